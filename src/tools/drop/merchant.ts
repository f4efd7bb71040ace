/**
 * The merchant's side of a drop: puts the product on sale, gives every buyer a token, and reads the books afterwards.
 *
 * What it keeps true: nothing here is measured, so that the numbers are the buyers' alone. Not here: judging what the books say
 * (`verdict.ts`).
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type Answer, type Call, HttpClient, NoAnswer } from "../http.ts";
import { Unexpected } from "./shop.ts";

export interface StockBooks {
	readonly received: number;
	readonly adjusted: number;
	readonly available: number;
	readonly held: number;
	readonly waiting: number;
	readonly sold: number;
	readonly balanced: boolean;
}

export interface OrderRecord {
	readonly id: string;
	readonly checkoutId?: string;
	readonly status: string;
	readonly lines: readonly { readonly sku: string; readonly quantity: number; readonly fulfilment?: string }[];
}

/** How long a merchant call goes on while the server is away. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 250;

export class Merchant {
	readonly #client: HttpClient;
	readonly #token: string;
	readonly #concurrency: number;

	constructor(origin: string, token: string, concurrency: number) {
		this.#client = new HttpClient(origin, concurrency);
		this.#token = token;
		this.#concurrency = concurrency;
	}

	/** Answers how far the server's clock is ahead of ours, to the second. */
	async putOnSale(sku: string, units: number, holdSeconds: number): Promise<{ clockAheadMs: number }> {
		const product = { title: `12.12 replay ${sku}`, price: { amount: 1999, currency: "USD" }, policy: { holdSeconds } };
		const put = await this.#expect({ method: "PUT", path: `/admin/v1/products/${sku}`, json: product });
		const clockAheadMs = Date.parse(put.headers.date ?? "") - Date.now();
		if (units > 0) {
			await this.#expect({
				method: "POST",
				path: `/admin/v1/products/${sku}/restock`,
				idempotencyKey: `restock-${sku}`,
				json: { quantity: units, reference: "12.12 replay" },
			});
		}
		return { clockAheadMs: Number.isNaN(clockAheadMs) ? 0 : clockAheadMs };
	}

	/** Tokens exist before the doors open: a drop measures reservations, not sign-ups. */
	async tokens(shopperIds: readonly string[], onToken: () => void): Promise<string[]> {
		const tokens: string[] = new Array(shopperIds.length);
		let next = 0;
		const worker = async () => {
			while (next < shopperIds.length) {
				const index = next++;
				const json = { shopperId: shopperIds[index] };
				const answer = await this.#expect({ method: "POST", path: "/admin/v1/shoppers", json });
				tokens[index] = (answer.body as { token: string }).token;
				onToken();
			}
		};
		await Promise.all(Array.from({ length: this.#concurrency }, worker));
		return tokens;
	}

	async stock(sku: string): Promise<StockBooks> {
		return (await this.#expect({ method: "GET", path: `/admin/v1/products/${sku}/stock` })).body as StockBooks;
	}

	/** All orders of the SKU that D1 has. */
	async orders(sku: string): Promise<OrderRecord[]> {
		const orders: OrderRecord[] = [];
		for await (const body of this.#pages("/admin/v1/orders", { sku })) {
			orders.push(...(body as { orders: OrderRecord[] }).orders);
		}
		return orders;
	}

	/** Units of the SKU that its object has sold, less those that D1 has; NaN when the SKU is not in the list. */
	async difference(sku: string): Promise<number> {
		for await (const body of this.#pages("/admin/v1/reconciliation", {})) {
			const { skus } = body as { skus: { sku: string; difference: number }[] };
			const row = skus.find((candidate) => candidate.sku === sku);
			if (row) return row.difference;
		}
		return Number.NaN;
	}

	async *#pages(path: string, query: Record<string, string>): AsyncGenerator<unknown> {
		let cursor: string | null = null;
		do {
			const search: string = new URLSearchParams({ ...query, ...(cursor === null ? {} : { cursor }) }).toString();
			const { body } = await this.#expect({ method: "GET", path: `${path}?${search}` });
			yield body;
			cursor = (body as { nextCursor: string | null }).nextCursor;
		} while (cursor !== null);
	}

	/** Every merchant call may be repeated: reads, a PUT, a keyed restock, and tokens that nobody else holds. */
	async #expect(call: Call): Promise<Answer> {
		const deadlineMs = performance.now() + PATIENCE_MS;
		for (;;) {
			try {
				const answer = await this.#client.send({ ...call, token: this.#token });
				if (answer.status < 300) return answer;
				const passing = answer.status === 429 || answer.status === 503;
				if (!passing || answer.headers["retry-after"] === undefined || performance.now() > deadlineMs) {
					throw new Unexpected(`${call.method} ${call.path}`, answer);
				}
			} catch (error) {
				if (!(error instanceof NoAnswer) || performance.now() > deadlineMs) throw error;
			}
			await sleep(PAUSE_MS);
		}
	}

	close(): void {
		this.#client.close();
	}
}
