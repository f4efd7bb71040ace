/**
 * Files out, in Shopify's columns: products and inventory, which `import.ts` reads again, and orders. They are made page by
 * page, from what the admin API lists.
 *
 * A file begins with a byte order mark, by which spreadsheets know UTF-8: without it they garble names, and save them so.
 */
import { type Admin, type CallOptions, NoAnswerError, pagesOf, type StockedProduct, unwrap } from "../client/index.ts";
import { IMPORT_PATIENCE_MS, MAX_PAGE, MAX_PRODUCT_PAGE } from "../limits.ts";
import { minorUnitOf } from "../payments/iso-4217.ts";
import { csvLine, formatMinor } from "./cells.ts";
import { htmlOf } from "./html-text.ts";
import { ORDER_HEADER, orderRows } from "./order-rows.ts";

export const EXPORTS = ["products", "inventory", "orders"] as const;
export type ExportKind = (typeof EXPORTS)[number];

export interface ExportedPart {
	readonly text: string;
	/** Products or orders in it. */
	readonly items: number;
}

const BYTE_ORDER_MARK = "\ufeff";

/** The parts of a file, in order. @throws ProblemError, NoAnswerError */
export async function* exportFile(admin: Admin, kind: ExportKind, signal?: AbortSignal): AsyncGenerator<ExportedPart> {
	const options = { patienceMs: IMPORT_PATIENCE_MS, ...(signal ? { signal } : {}) };
	if (kind === "orders") {
		yield { text: BYTE_ORDER_MARK + csvLine(ORDER_HEADER), items: 0 };
		const pages = pagesOf(async (at) => unwrap(await admin.listOrders({ ...at, limit: MAX_PAGE }, options)));
		for await (const { orders } of pages)
			yield { text: orders.flatMap(orderRows).map(csvLine).join(""), items: orders.length };
		return;
	}
	const columns = kind === "products" ? PRODUCT_COLUMNS : INVENTORY_COLUMNS;
	yield { text: BYTE_ORDER_MARK + csvLine(columns.map(([name]) => name)), items: 0 };
	for (const archived of [false, true]) {
		const pages = pagesOf(async (at) =>
			unwrap(await admin.listDefinedProducts({ ...at, archived, limit: MAX_PRODUCT_PAGE }, options)),
		);
		for await (const { products } of pages) {
			const whole = await Promise.all(products.map((product) => withStock(admin, product, options)));
			const rows = whole.map((product) => columns.map(([, cell]) => (typeof cell === "string" ? cell : cell(product))));
			yield { text: rows.map(csvLine).join(""), items: whole.length };
		}
	}
}

/** A page of a list lacks the counters of a SKU that did not answer in time. */
async function withStock(admin: Admin, product: StockedProduct, options: CallOptions): Promise<Stocked> {
	const { stock } =
		product.stock === null ? unwrap(await admin.getDefinedProduct({ sku: product.sku }, options)) : product;
	if (stock === null) throw new NoAnswerError(`the stock of ${product.sku} did not answer`, 503);
	return { ...product, stock };
}

type Stocked = StockedProduct & { readonly stock: NonNullable<StockedProduct["stock"]> };
/** Each column with what stands in it. */
type Columns = readonly (readonly [name: string, cell: string | ((product: Stocked) => string | number)])[];

/** Shopify's, by their new names, as far as there is something to say; then one that its files have no need of. */
const PRODUCT_COLUMNS: Columns = [
	["Title", ({ title }) => title],
	["URL handle", ({ sku }) => handleOf(sku)],
	["Description", ({ description }) => htmlOf(description ?? "")],
	["Published on online store", ({ archived }) => (archived ? "FALSE" : "TRUE")],
	["Status", ({ archived }) => (archived ? "archived" : "active")],
	["SKU", ({ sku }) => sku],
	// So Shopify writes a product without variants.
	["Option1 name", "Title"],
	["Option1 value", "Default Title"],
	["Price", ({ price }) => formatMinor(price.amount, minorUnitOf(price.currency) ?? 0)],
	["Inventory tracker", "shopify"],
	["Inventory quantity", ({ stock }) => stock.available],
	["Continue selling when out of stock", "deny"],
	["Product image URL", ({ imageUrl }) => imageUrl ?? ""],
	["Currency", ({ price }) => price.currency],
];

/**
 * Shopify's 19, and the version of the stock. Its equation holds, On hand = Available + Committed + Unavailable: a unit that
 * is sold has left our stock, so none is committed, and those that shoppers hold are unavailable.
 */
const INVENTORY_COLUMNS: Columns = [
	["Handle", ({ sku }) => handleOf(sku)],
	["Title", ({ title }) => title],
	["Option1 Name", "Title"],
	["Option1 Value", "Default Title"],
	["Option2 Name", ""],
	["Option2 Value", ""],
	["Option3 Name", ""],
	["Option3 Value", ""],
	["SKU", ({ sku }) => sku],
	["HS Code", ""],
	["COO", ""],
	["Location", ""],
	["Bin name", ""],
	["Incoming (not editable)", () => 0],
	["Unavailable (not editable)", ({ stock }) => stock.held],
	["Committed (not editable)", () => 0],
	["Available (not editable)", ({ stock }) => stock.available],
	["On hand (current)", ({ stock }) => stock.onHand],
	["On hand (new)", ""],
	["Version (not editable)", ({ stock }) => stock.version],
];

/**
 * A product's address at Shopify: small letters, digits and hyphens. What a SKU has beyond that is told apart by a number,
 * since two products with one handle would be variants of one.
 */
function handleOf(sku: string): string {
	const handle = sku.toLowerCase().replace(/[^a-z0-9]+/g, "-");
	if (handle === sku) return handle;
	let hash = 0;
	for (const char of sku) hash = (Math.imul(hash, 31) + char.charCodeAt(0)) >>> 0;
	return `${handle}-${hash.toString(36)}`;
}
