/**
 * Reads what the shop and its payment provider have recorded, page by page. `collect-evidence.ts` waits until all of it
 * is there, and `checks.ts` compares it with what the buyers report.
 */
import { pagesOf } from "../../client/index.ts";
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
		return all(
			(at) => this.#merchant.ask("the list of orders", (admin) => admin.listOrders({ ...of, ...at })),
			({ orders }) => orders,
		);
	}

	/** All paid pre-orders of the SKU in D1. */
	preorders(): Promise<PreorderRecord[]> {
		const of = { sku: this.#sku, ...PAGE };
		return all(
			(at) => this.#merchant.ask("the list of pre-orders", (admin) => admin.listPreorders({ ...of, ...at })),
			({ preorders }) => preorders,
		);
	}

	/** Everything that happened to the SKU's stock, in order. */
	journal(): Promise<JournalEntry[]> {
		const of = { sku: this.#sku, ...PAGE };
		return all(
			({ cursor = "0" }) =>
				this.#merchant.ask("the journal", (admin) => admin.getJournal({ ...of, after: Number(cursor) })),
			({ entries }) => entries,
		);
	}

	/** All payments at the sandbox provider, of every SKU. */
	payments(): Promise<PaymentRecord[]> {
		return all(
			(at) =>
				this.#merchant.ask("the provider's books", (_, { service }) => service.getSandboxBooks({ ...PAGE, ...at })),
			({ payments }) => payments,
		);
	}

	/** Units that the SKU's object has sold or owes, less those in D1; NaN when the server does not list the SKU. */
	async difference(): Promise<number> {
		const rows = await all(
			(at) => this.#merchant.ask("the reconciliation", (admin) => admin.reconcile(at)),
			({ skus }) => skus,
		);
		return rows.find(({ sku }) => sku === this.#sku)?.difference ?? Number.NaN;
	}
}

async function all<Page extends { readonly nextCursor: string | null }, Row>(
	read: (at: { readonly cursor?: string }) => Promise<Page>,
	rowsOf: (page: Page) => readonly Row[],
): Promise<Row[]> {
	const found: Row[] = [];
	for await (const page of pagesOf(read)) found.push(...rowsOf(page));
	return found;
}
