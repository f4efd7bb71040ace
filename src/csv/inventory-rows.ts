/**
 * What the rows of an inventory file want. Pure.
 *
 * `On hand (new)` is a count of somebody who saw `On hand (current)`: it holds only while that is what the shop has. Without
 * it a row changes nothing; but `Available` is the first stock of a SKU that never had any. Not `On hand`: Shopify counts
 * units there that are sold and not yet shipped.
 */
import { SKU_PATTERN } from "../ids.ts";
import { MAX_RESTOCK } from "../limits.ts";
import { parseCount, unguardFormula } from "./cells.ts";
import type { InventoryColumn } from "./columns.ts";
import type { CsvRecord } from "./record-reader.ts";
import { type Refusal, type RowReport, refused } from "./report.ts";

export interface WantedCount {
	readonly kind: "count";
	readonly row: number;
	readonly sku: string;
	/** Units on hand when the file was made. */
	readonly expected: number;
	/** Units on hand as somebody has counted them. */
	readonly counted: number;
	/** Of the stock when the file was made; null in a file that is not ours. */
	readonly version: number | null;
}

export interface WantedFirstStock {
	readonly kind: "first-stock";
	readonly row: number;
	readonly sku: string;
	readonly units: number;
}

export function readInventoryRow(
	places: ReadonlyMap<InventoryColumn, number>,
	{ row, cells }: CsvRecord,
): WantedCount | WantedFirstStock | RowReport {
	const cell = (column: InventoryColumn): string =>
		unguardFormula((cells[places.get(column) ?? cells.length] ?? "").trim());
	const sku = cell("sku").replace(/^'/, "");
	const refuse = (refusal: Refusal): RowReport => refused(row, sku === "" ? null : sku, refusal);
	if (sku === "") return refuse({ kind: "no-sku" });
	if (!SKU_PATTERN.test(sku)) return refuse({ kind: "not-a-sku", text: sku });
	const texts = (["available", "expected", "counted"] as const).map((column) => cell(column));
	const [available, expected, counted] = texts.map((text) => (isNoCount(text) ? null : parseCount(text)));
	const wrong = texts.find((text) => !isNoCount(text) && parseCount(text) === null);
	if (wrong !== undefined) return refuse({ kind: "not-a-count", text: wrong });
	if (typeof counted === "number") {
		if (typeof expected !== "number") return refuse({ kind: "no-expected-count" });
		if (counted < 0) return refuse({ kind: "not-a-count", text: cell("counted") });
		// A delivery at a time, an object may hold more than that.
		if (Math.abs(counted - expected) > MAX_RESTOCK) return refuse({ kind: "too-many-units", most: MAX_RESTOCK });
		return { kind: "count", row, sku, expected, counted, version: parseCount(cell("version")) };
	}
	if (typeof available === "number" && available > 0) {
		if (available > MAX_RESTOCK) return refuse({ kind: "too-many-units", most: MAX_RESTOCK });
		return { kind: "first-stock", row, sku, units: available };
	}
	return { row, sku, outcome: "unchanged", changes: [], refusal: null, remarks: [{ kind: "no-count" }] };
}

/** Nothing, or what Shopify writes where a location does not keep the item. */
const isNoCount = (text: string): boolean => text === "" || text.toLowerCase() === "not stocked";
