/** A shop's customers and its merchant over real HTTP, for the tests of the built Worker. */
import { expect } from "vitest";
import { type Answer, type Call, HttpClient } from "../../src/cli/http.ts";
import type { TestServer } from "../support/server.ts";

export interface Stock {
	readonly received: number;
	readonly available: number;
	readonly held: number;
	readonly paying: number;
	readonly sold: number;
	readonly balanced: boolean;
}

export interface Line {
	readonly sku: string;
	readonly quantity: number;
}

export interface Checkout {
	readonly id: string;
	readonly status: string;
	readonly orderId: string | null;
	readonly payment: { readonly id: string };
}

export interface Order {
	readonly id: string;
	readonly checkoutId: string;
	readonly lines: readonly Line[];
}

interface Page {
	readonly nextCursor: string | null;
}

export class ShopClient {
	readonly #server: TestServer;
	#http: HttpClient;
	/** A request that got no answer at all is thrown by `send`, as `NoAnswer`. */
	readonly #connections: number;

	constructor(server: TestServer, connections = 128) {
		this.#server = server;
		this.#connections = connections;
		this.#http = new HttpClient(server.origin, connections);
	}

	/** After a restart: on the old connections nobody listens any more. */
	reconnect(): void {
		this.close();
		this.#http = new HttpClient(this.#server.origin, this.#connections);
	}

	close(): void {
		this.#http.close();
	}

	send(call: Call): Promise<Answer> {
		return this.#http.send(call);
	}

	async #expect<T>(status: number, call: Call): Promise<T> {
		const answer = await this.send(call);
		expect(answer.status, `${call.method} ${call.path}: ${JSON.stringify(answer.body)}`).toBe(status);
		return answer.body as T;
	}

	// ---- Shoppers

	async newShoppers(count: number): Promise<string[]> {
		const call: Call = { method: "POST", path: "/v1/shoppers" };
		const shoppers = await Promise.all(Array.from({ length: count }, () => this.#expect<{ token: string }>(201, call)));
		return shoppers.map(({ token }) => token);
	}

	reserve(token: string, sku: string, quantity = 1): Promise<Answer> {
		return this.send({ method: "PUT", path: `/v1/reservations/${sku}`, token, json: { quantity } });
	}

	open(token: string, lines: readonly Line[], idempotencyKey: string): Promise<Answer> {
		const json = { lines, email: "ada@example.com" };
		return this.send({ method: "POST", path: "/v1/checkouts", token, idempotencyKey, json });
	}

	readCheckout(token: string, id: string): Promise<Checkout> {
		return this.#expect(200, { method: "GET", path: `/v1/checkouts/${id}`, token });
	}

	confirm(paymentId: string, json: object = { outcome: "approve" }): Promise<Answer> {
		return this.send({ method: "POST", path: `/sandbox/payments/${paymentId}/confirm`, json });
	}

	/** What the provider has taken and kept of a payment, in minor units. */
	async kept(paymentId: string): Promise<number> {
		type Amounts = Record<"captured" | "refunded" | "authorised", { amount: number }>;
		const path = `/sandbox/payments/${paymentId}`;
		const { captured, refunded, authorised } = await this.#expect<Amounts>(200, { method: "GET", path });
		expect(authorised.amount, "money still set aside").toBe(0);
		return captured.amount - refunded.amount;
	}

	// ---- The merchant

	#merchant<T>(call: Omit<Call, "token">, status = 200): Promise<T> {
		return this.#expect(status, { ...call, path: `/admin/v1${call.path}`, token: this.#server.env.ADMIN_TOKEN });
	}

	async newProduct(sku: string, units: number, policy: object = {}): Promise<string> {
		const json = { title: sku, price: { amount: 1999, currency: "USD" }, policy };
		await this.#merchant({ method: "PUT", path: `/products/${sku}`, json }, 201);
		const restock = { method: "POST", path: `/products/${sku}/restock`, json: { quantity: units } } as const;
		await this.#merchant({ ...restock, idempotencyKey: "first" });
		return sku;
	}

	stock(sku: string): Promise<Stock> {
		return this.#merchant({ method: "GET", path: `/products/${sku}/stock` });
	}

	/** Every order of a SKU that D1 has. */
	async orders(sku: string): Promise<Order[]> {
		const all: Order[] = [];
		for (let cursor: string | null = ""; cursor !== null; ) {
			const path: string = `/orders?sku=${sku}&limit=200&cursor=${cursor}`;
			const page: Page & { orders: Order[] } = await this.#merchant({ method: "GET", path });
			all.push(...page.orders);
			cursor = page.nextCursor;
		}
		return all;
	}

	/** The sum of all differences between the objects and D1, and whether every SKU balances. */
	async reconcile(): Promise<{ difference: number; balanced: boolean }> {
		let [difference, balanced] = [0, true];
		for (let cursor: string | null = ""; cursor !== null; ) {
			const path: string = `/reconciliation?cursor=${cursor}`;
			const page: Page & { difference: number; balanced: boolean } = await this.#merchant({ method: "GET", path });
			difference += page.difference;
			balanced &&= page.balanced;
			cursor = page.nextCursor;
		}
		return { difference, balanced };
	}
}

/** The name of the problem that was answered, or the status when it was none. */
export function problemOf({ status, body }: Answer): string {
	const type = (body as { type?: unknown } | undefined)?.type;
	return typeof type === "string" ? type.replace("/problems/", "") : `status ${status}`;
}
