/**
 * Reads what the shop and its payment provider have recorded, page by page. `collect-evidence.ts` waits until all of it
 * is there, and `checks.ts` compares it with what the buyers report.
 */
import type { Merchant } from "./merchant.ts";
import type { JournalEntry, OrderRecord, PaymentRecord, PreorderRecord, StockCounters } from "./records.ts";

const PAGE = { limit: 200 };

export class AdminReader {
	readonly #merchant: Merchant;
	readonly #sku: string;

	constructor(merchant: Merchant, sku: string) {
		this.#merchant = merchant;
		this.#sku = sku;
	}

	stock(): Promise<StockCounters> {
		return this.#merchant.ask("reading the stock", (admin) => admin.getStock({ sku: this.#sku }));
	}

	/** All orders of the SKU in D1. */
	orders(): Promise<OrderRecord[]> {
		const of = { sku: this.#sku, ...PAGE };
		return all(async (next) => {
			const page = await this.#merchant.ask("the list of orders", (admin) => admin.listOrders({ ...of, ...next }));
			return [page.orders, page.nextCursor];
		});
	}

	/** All paid pre-orders of the SKU in D1. */
	preorders(): Promise<PreorderRecord[]> {
		const of = { sku: this.#sku, ...PAGE };
		return all(async (next) => {
			const page = await this.#merchant.ask("the list of pre-orders", (admin) =>
				admin.listPreorders({ ...of, ...next }),
			);
			return [page.preorders, page.nextCursor];
		});
	}

	/** Everything that happened to the SKU's stock, in order. */
	journal(): Promise<JournalEntry[]> {
		const of = { sku: this.#sku, ...PAGE };
		return all(async ({ cursor }) => {
			const page = await this.#merchant.ask("the journal", (admin) =>
				admin.getJournal({ ...of, ...(cursor === undefined ? {} : { after: Number(cursor) }) }),
			);
			return [page.entries, page.nextCursor];
		});
	}

	/** All payments at the sandbox provider, of every SKU. */
	payments(): Promise<PaymentRecord[]> {
		return all(async (next) => {
			const page = await this.#merchant.ask("the provider's books", (_, { service }) =>
				service.getSandboxBooks({ ...PAGE, ...next }),
			);
			return [page.payments, page.nextCursor];
		});
	}

	/** Units that the SKU's object has sold or owes, less those in D1; NaN when the server does not list the SKU. */
	async difference(): Promise<number> {
		const rows = await all(async (next) => {
			const page = await this.#merchant.ask("the reconciliation", (admin) => admin.reconcile(next));
			return [page.skus, page.nextCursor];
		});
		return rows.find(({ sku }) => sku === this.#sku)?.difference ?? Number.NaN;
	}
}

/** @param read one page: its rows, and the cursor of the next one */
async function all<Row>(
	read: (next: { cursor?: string }) => Promise<readonly [rows: readonly Row[], nextCursor: string | null]>,
): Promise<Row[]> {
	const found: Row[] = [];
	for (let cursor: string | null = ""; cursor !== null; ) {
		const [rows, nextCursor]: readonly [readonly Row[], string | null] = await read(cursor === "" ? {} : { cursor });
		found.push(...rows);
		cursor = nextCursor;
	}
	return found;
}
