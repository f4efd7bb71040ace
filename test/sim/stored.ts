/**
 * What objects have stored. It is read from storage and not asked of the objects: a call to an object would let it do
 * what it had forgotten.
 */
import { runInDurableObject } from "cloudflare:test";
import { fromStored, type Product, type Stored } from "../../src/catalog/product.ts";
import type { Checkout } from "../../src/checkout/rules/model.ts";
import { CheckoutStorage } from "../../src/checkout/storage.ts";
import type { Preorder, Reservation, Stock } from "../../src/stock/rules/model.ts";
import { stubOf } from "./nemesis.ts";
import type { Entry } from "./waitlist-audit.ts";

export interface SkuRows {
	readonly stock: Stock;
	readonly product: Product;
	readonly reservations: readonly Reservation[];
	readonly preorders: readonly Preorder[];
	readonly journal: readonly Entry[];
}

export async function rowsOf(sku: string): Promise<SkuRows> {
	return runInDurableObject(stubOf(`SKU ${sku}`), (_, { storage: { sql } }) => {
		const rows = (query: string) => sql.exec(query).toArray() as unknown;
		const [product] = rows("SELECT json FROM product") as { json: string }[];
		const [stock] = rows("SELECT * FROM stock") as Stock[];
		return {
			stock: stock as Stock,
			product: fromStored(JSON.parse(product?.json ?? "{}") as Stored<Product>),
			reservations: rows("SELECT * FROM reservations ORDER BY id") as Reservation[],
			preorders: rows("SELECT * FROM preorders ORDER BY id") as Preorder[],
			journal: rows("SELECT seq, kind, subjectId FROM journal ORDER BY page, seq") as Entry[],
		};
	});
}

export async function stateOf(id: string): Promise<Checkout | null> {
	return runInDurableObject(stubOf(`CHECKOUT ${id}`), (_, { storage: { sql } }) => {
		const tables = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'checkout'").toArray();
		if (tables.length === 0) return null;
		const [row] = sql.exec<{ json: string }>("SELECT json FROM checkout").toArray();
		return row === undefined ? null : (JSON.parse(row.json) as Checkout);
	});
}

/** What happened to a checkout, an event a line, the newest last. */
export async function eventsOf(id: string, atMost: number): Promise<string[]> {
	return runInDurableObject(stubOf(`CHECKOUT ${id}`), (_, { storage: { sql } }) => {
		const tables = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'checkout'").toArray();
		if (tables.length === 0) return [];
		const events = new CheckoutStorage(sql).events();
		return events.slice(-atMost).map((event) => JSON.stringify(event));
	});
}
