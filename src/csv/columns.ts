/**
 * The columns of the files, in Shopify's names, and what a file is by its header. Pure.
 *
 * Shopify renamed the columns of its product file; most files in the world have the old names. Both are read, in any case of
 * letters, in any order. What is written has the new ones.
 */
import { CsvFileError } from "./csv-file-error.ts";

/** What is read, by the names that it has in files: the first is what an export calls it. */
const PRODUCT_COLUMNS = {
	handle: ["URL handle", "Handle"],
	title: ["Title"],
	description: ["Description", "Body (HTML)", "Body HTML"],
	published: ["Published on online store", "Published"],
	status: ["Status"],
	sku: ["SKU", "Variant SKU"],
	option1: ["Option1 value"],
	option2: ["Option2 value"],
	option3: ["Option3 value"],
	price: ["Price", "Variant Price"],
	/** Not one of Shopify's, whose files are in the currency of the shop. Without it the currency is asked for. */
	currency: ["Currency"],
	quantity: ["Inventory quantity", "Variant Inventory Qty"],
	oversell: ["Continue selling when out of stock", "Variant Inventory Policy"],
	picture: ["Product image URL", "Image Src"],
	variantPicture: ["Variant image URL", "Variant Image"],
} as const;

const INVENTORY_COLUMNS = {
	sku: ["SKU", "Variant SKU"],
	available: ["Available (not editable)", "Available"],
	expected: ["On hand (current)"],
	counted: ["On hand (new)"],
	/** Not one of Shopify's: the version of the stock when it was exported, which no two exports of different stock share. */
	version: ["Version (not editable)"],
} as const;

export type ProductColumn = keyof typeof PRODUCT_COLUMNS;
export type InventoryColumn = keyof typeof INVENTORY_COLUMNS;
type Places<Column extends string> = ReadonlyMap<Column, number>;

export type Header =
	| { readonly kind: "products"; readonly places: Places<ProductColumn>; readonly ignored: readonly string[] }
	| { readonly kind: "inventory"; readonly places: Places<InventoryColumn>; readonly ignored: readonly string[] };

/** @throws CsvFileError when the file has none of what can be imported */
export function readHeader(cells: readonly string[]): Header {
	const names = cells.map((cell) => cell.trim());
	const has = (...wanted: readonly string[]): boolean =>
		wanted.some((one) => names.some((name) => name.toLowerCase() === one.toLowerCase()));
	const hasSku = has(...PRODUCT_COLUMNS.sku);
	if (hasSku && has(...INVENTORY_COLUMNS.expected, ...INVENTORY_COLUMNS.counted, ...INVENTORY_COLUMNS.available)) {
		return { kind: "inventory", ...placesOf(INVENTORY_COLUMNS, names) };
	}
	if (hasSku && has(...PRODUCT_COLUMNS.title, ...PRODUCT_COLUMNS.price)) {
		return { kind: "products", ...placesOf(PRODUCT_COLUMNS, names) };
	}
	if (has("Lineitem sku", "Financial Status")) throw new CsvFileError({ kind: "orders" });
	throw new CsvFileError({ kind: "unknown-columns", columns: names.filter((name) => name !== "") });
}

/** Where each column that is read stands, and the names of the others. */
function placesOf<Column extends string>(
	columns: Readonly<Record<Column, readonly string[]>>,
	names: readonly string[],
) {
	const columnOf = new Map<string, Column>();
	for (const column of Object.keys(columns) as Column[]) {
		for (const name of columns[column]) columnOf.set(name.toLowerCase(), column);
	}
	const places = new Map<Column, number>();
	const ignored: string[] = [];
	names.forEach((name, place) => {
		const column = columnOf.get(name.toLowerCase());
		if (column === undefined) {
			if (name !== "") ignored.push(name);
			return;
		}
		const before = places.get(column);
		if (before !== undefined) throw new CsvFileError({ kind: "column-twice", columns: [names[before] ?? "", name] });
		places.set(column, place);
	});
	return { places, ignored };
}
