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

/** What a buyer waits for, one after the other. */
export const BUYER_STEPS = ["reserve", "open", "pay", "look"] as const;
export type BuyerStep = (typeof BUYER_STEPS)[number];
/** Does one step, and may take its time. */
export type DoStep = <T>(step: BuyerStep, work: () => Promise<T>) => Promise<T>;

/** @returns the checkout's id, once it is completed */
export async function pay(
	buyer: Shop,
	sku: string,
	idempotencyKey: string,
	doStep: DoStep = (_, work) => work(),
): Promise<string> {
	const cart = { lines: [{ sku, quantity: 1 }], email: "shopper@example.com" };
	const { id, payment } = unwrap(await doStep("open", () => buyer.openCheckout(cart, { idempotencyKey })));
	const paymentId = payment?.id ?? "";
	unwrap(await doStep("pay", () => buyer.service.confirmSandboxPayment({ id: paymentId, outcome: "approve" })));
	const { status } = unwrap(await doStep("look", () => buyer.getCheckout({ id })));
	if (status !== "completed") throw new Error(`a checkout that was paid is ${status}`);
	return id;
}
