/**
 * One purchase over HTTP, as a shopper's browser makes it: reserve, check out, pay, and read the completed checkout. By
 * the typed client, which costs the buyer's side some 30 µs a call over bare undici: under 1 % of a purchase.
 */
import { type PooledFetch, pooledFetch } from "../../src/cli/pooled-fetch.ts";
import { createShop, type Shop, unwrap } from "../../src/client/index.ts";
import type { Served } from "./workerd.ts";

/** Buyers of one server, on so many connections. */
export class Buyers {
	readonly #origin: string;
	readonly #pool: PooledFetch;

	constructor({ port }: Pick<Served, "port">, connections: number) {
		this.#origin = `http://127.0.0.1:${port}`;
		this.#pool = pooledFetch(connections);
	}

	/** Nothing is repeated: what is not answered at once fails the bench. */
	buyer(token: string): Shop {
		const shopper = { shopperId: "", token, expiresAt: "" };
		return createShop({
			...{ origin: this.#origin, fetch: this.#pool.fetch, patienceMs: 0, timeoutMs: Number.POSITIVE_INFINITY },
			...{ tokens: { get: () => shopper, set: () => {} }, newShopper: async () => shopper, WebSocket: null },
		});
	}

	close(): void {
		this.#pool.close();
	}
}

/** Holds a unit, or what else is wanted. */
export async function reserveOne(
	buyer: Shop,
	sku: string,
	wanted: { readonly quantity: number; readonly wait?: boolean } = { quantity: 1 },
): Promise<void> {
	const { status } = unwrap(await buyer.reserve({ sku, ...wanted }));
	if (status !== (wanted.wait ? "waiting" : "held")) throw new Error(`a reservation is ${status}`);
}

/** @returns the checkout's id, once it is completed */
export async function pay(buyer: Shop, sku: string, idempotencyKey: string): Promise<string> {
	const cart = { lines: [{ sku, quantity: 1 }], email: "shopper@example.com" };
	const { id, payment } = unwrap(await buyer.openCheckout(cart, { idempotencyKey }));
	unwrap(await buyer.service.confirmSandboxPayment({ id: payment?.id ?? "", outcome: "approve" }));
	const { status } = unwrap(await buyer.getCheckout({ id }));
	if (status !== "completed") throw new Error(`a checkout that was paid is ${status}`);
	return id;
}
