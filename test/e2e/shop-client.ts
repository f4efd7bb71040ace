/** A shop's customers and its merchant over real HTTP, by the typed client, for the tests of the built Worker. */
import { expect } from "vitest";
import { pooledFetch } from "../../src/cli/pooled-fetch.ts";
import {
	type Admin,
	type AdminOrder,
	type AnyProblem,
	createAdmin,
	createShop,
	type Refused,
	type Result,
	type Shop,
	type Shopper,
	type Stock,
	unwrap,
} from "../../src/client/index.ts";
import type { TestServer } from "../support/server.ts";

type Policy = NonNullable<Parameters<Admin["defineProduct"]>[0]["policy"]>;

/** One shopper, and who that is. */
export interface Customer extends Shop {
	readonly shopper: Shopper;
}

export class TestShop {
	readonly admin: Admin;
	readonly #pool;
	readonly #shared;

	/** @param patienceMs how long a shopper's call is repeated; by default a test sees the first answer */
	constructor(server: Pick<TestServer, "origin" | "env">, { connections = 128, patienceMs = 0 } = {}) {
		this.#pool = pooledFetch(connections);
		this.#shared = {
			...{ origin: server.origin, fetch: this.#pool.fetch, patienceMs },
			...{ timeoutMs: Number.POSITIVE_INFINITY, WebSocket: null },
		};
		this.admin = createAdmin({ ...this.#shared, token: server.env.ADMIN_TOKEN });
	}

	close(): void {
		this.#pool.close();
	}

	// ---- Shoppers

	newCustomers(count: number): Promise<Customer[]> {
		return Promise.all(
			Array.from({ length: count }, async () => {
				const shopper = unwrap(await createShop(this.#shared).createShopper());
				return this.customer(shopper);
			}),
		);
	}

	/** A token that is refused stays refused: a test must see it. */
	customer(shopper: Shopper): Customer {
		const tokens = { get: () => shopper, set: () => {} };
		return { ...createShop({ ...this.#shared, tokens, newShopper: async () => shopper }), shopper };
	}

	/** What the provider has taken and kept of a payment, in minor units. */
	async kept(paymentId: string): Promise<number> {
		const { service } = createShop(this.#shared);
		const { captured, refunded, authorised } = unwrap(await service.getSandboxPayment({ id: paymentId }));
		expect(authorised.amount, "money still set aside").toBe(0);
		return captured.amount - refunded.amount;
	}

	// ---- The merchant

	async newProduct(sku: string, units: number, policy: Policy = {}): Promise<string> {
		const product = { sku, title: sku, price: { amount: 1999, currency: "USD" }, policy };
		expect(await this.admin.defineProduct(product)).toMatchObject({ ok: true, status: 201 });
		unwrap(await this.admin.restock({ sku, quantity: units }));
		return sku;
	}

	async stock(sku: string): Promise<Stock> {
		return unwrap(await this.admin.getStock({ sku }));
	}

	/** Every order of a SKU that D1 has. */
	async orders(sku: string): Promise<AdminOrder[]> {
		const all: AdminOrder[] = [];
		for (let cursor: string | null = ""; cursor !== null; ) {
			const page: { orders: readonly AdminOrder[]; nextCursor: string | null } = unwrap(
				await this.admin.listOrders({ sku, limit: 200, cursor }),
			);
			all.push(...page.orders);
			cursor = page.nextCursor;
		}
		return all;
	}

	/** The sum of all differences between the objects and D1, and whether every SKU balances. */
	async reconcile(): Promise<{ difference: number; balanced: boolean }> {
		let [difference, balanced] = [0, true];
		for (let cursor: string | null = ""; cursor !== null; ) {
			const page: { difference: number; balanced: boolean; nextCursor: string | null } = unwrap(
				await this.admin.reconcile({ cursor }),
			);
			difference += page.difference;
			balanced &&= page.balanced;
			cursor = page.nextCursor;
		}
		return { difference, balanced };
	}
}

export const isRefused = <Problem>(result: Result<unknown, Problem>): result is Refused<Problem> => !result.ok;

/** The name of the problem that was answered, or the status when it was none. */
export function problemOf(result: Result<unknown, AnyProblem>): string {
	return result.ok ? `status ${result.status}` : result.problem.type.replace("/problems/", "");
}
