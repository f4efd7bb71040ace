/**
 * What the shop and its payment provider have written down: reading it, page by page.
 *
 * Not here: waiting until it is all there (`settle.ts`), and holding it against what the buyers say (`verdict.ts`).
 */
import type { Merchant } from "./merchant.ts";
import type { JournalEntry, OrderRecord, PaymentRecord, PreorderRecord, StockCounters } from "./records.ts";

const PAGE = "200";

export class AdminReader {
	readonly #merchant: Merchant;
	readonly #sku: string;

	constructor(merchant: Merchant, sku: string) {
		this.#merchant = merchant;
		this.#sku = sku;
	}

	async stock(): Promise<StockCounters> {
		const path = `/admin/v1/products/${this.#sku}/stock`;
		return (await this.#merchant.send({ method: "GET", path })).body as StockCounters;
	}

	/** All orders of the SKU that D1 has. */
	orders(): Promise<OrderRecord[]> {
		return this.#all("/admin/v1/orders", "orders", { sku: this.#sku, limit: PAGE });
	}

	/** All paid pre-orders of the SKU that D1 has. */
	preorders(): Promise<PreorderRecord[]> {
		return this.#all("/admin/v1/preorders", "preorders", { sku: this.#sku, limit: PAGE });
	}

	/** Everything that happened to the SKU's stock, in order. */
	journal(): Promise<JournalEntry[]> {
		return this.#all(`/admin/v1/products/${this.#sku}/journal`, "entries", { limit: PAGE }, "after");
	}

	/** All payments that the sandbox provider knows, of every SKU. */
	payments(): Promise<PaymentRecord[]> {
		return this.#all("/sandbox/books", "payments", { limit: PAGE });
	}

	/** Units of the SKU that its object has sold or owes, less those that D1 has; NaN when the SKU is not in the list. */
	async difference(): Promise<number> {
		const rows = await this.#all<{ sku: string; difference: number }>("/admin/v1/reconciliation", "skus", {});
		return rows.find(({ sku }) => sku === this.#sku)?.difference ?? Number.NaN;
	}

	async #all<T>(path: string, list: string, query: Record<string, string>, cursorName = "cursor"): Promise<T[]> {
		const all: T[] = [];
		let cursor: string | null = null;
		do {
			const search = new URLSearchParams({ ...query, ...(cursor === null ? {} : { [cursorName]: cursor }) });
			const { body } = await this.#merchant.send({ method: "GET", path: `${path}?${search.toString()}` });
			const page = body as { [name: string]: T[] } & { nextCursor: string | null };
			all.push(...(page[list] ?? []));
			cursor = page.nextCursor;
		} while (cursor !== null);
		return all;
	}
}
