/**
 * Reads what the shop and its payment provider have recorded, page by page. `collect-evidence.ts` waits until all of it
 * is there, and `checks.ts` compares it with what the buyers report.
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

	/** All orders of the SKU in D1. */
	orders(): Promise<OrderRecord[]> {
		return this.#all("/admin/v1/orders", "orders", { sku: this.#sku, limit: PAGE });
	}

	/** All paid pre-orders of the SKU in D1. */
	preorders(): Promise<PreorderRecord[]> {
		return this.#all("/admin/v1/preorders", "preorders", { sku: this.#sku, limit: PAGE });
	}

	/** Everything that happened to the SKU's stock, in order. */
	journal(): Promise<JournalEntry[]> {
		return this.#all(`/admin/v1/products/${this.#sku}/journal`, "entries", { limit: PAGE }, "after");
	}

	/** All payments at the sandbox provider, of every SKU. */
	payments(): Promise<PaymentRecord[]> {
		return this.#all("/sandbox/books", "payments", { limit: PAGE });
	}

	/** Units that the SKU's object has sold or owes, less those in D1; NaN when the server does not list the SKU. */
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
