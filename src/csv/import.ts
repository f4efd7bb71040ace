/**
 * Imports a file: reads it through once, to find what would stop it half way, and then row by row.
 *
 * An import is a client like any other. It reads what the shop has of a row's SKU, plans what is to be changed
 * (`plan.ts`), and makes the calls of the plan; a dry run makes none. Both run where the merchant is, so the command and the
 * page are one mechanism, and no request is longer than one row. Each call is repeatable, so an import that was stopped is
 * run again: what was done is unchanged then.
 */
import { type Admin, NoAnswerError } from "../client/index.ts";
import { IMPORT_PATIENCE_MS, IMPORT_ROWS_AT_ONCE } from "../limits.ts";
import { type Header, readHeader } from "./columns.ts";
import { CsvFileError } from "./csv-file-error.ts";
import { inOrder } from "./in-order.ts";
import { readInventoryRow, type WantedCount, type WantedFirstStock } from "./inventory-rows.ts";
import {
	correct,
	type Known,
	outcomeOf,
	type Plan,
	planCount,
	planFirstStock,
	planProduct,
	type Step,
} from "./plan.ts";
import { type PriceFormat, ProductRows, type WantedProduct } from "./product-rows.ts";
import { type CsvFile, readRecords } from "./read-records.ts";
import type { CsvRecord } from "./record-reader.ts";
import { type RowReport, refused } from "./report.ts";
import { ShopRows } from "./shop-rows.ts";

/** A file that can be imported. */
export interface InspectedFile {
	readonly file: CsvFile;
	readonly header: Header;
	/** Rows below the header that are not blank. */
	readonly rows: number;
}

/** Reads the whole file. @throws CsvFileError when it cannot be imported */
export async function inspectFile(file: CsvFile, signal?: AbortSignal): Promise<InspectedFile> {
	let header: Header | null = null;
	let rows = 0;
	for await (const { cells } of readRecords(file)) {
		signal?.throwIfAborted();
		if (header === null) header = readHeader(cells);
		else rows += 1;
	}
	if (header === null || rows === 0) throw new CsvFileError({ kind: "empty" });
	return { file, header, rows };
}

export interface ImportOptions {
	readonly admin: Admin;
	/** Of prices, where the file does not say it; null when there is none to go by. */
	readonly currency: string | null;
	/** Says what would happen, and changes nothing. */
	readonly isDryRun: boolean;
	readonly signal?: AbortSignal;
	/** How long one call may be repeated. */
	readonly patienceMs?: number;
}

type Wanted = WantedProduct | WantedCount | WantedFirstStock;

/**
 * What becomes of each row, in the order of the file.
 * @throws NoAnswerError when the shop cannot be reached or is busy for long, ProblemError when it lets nobody in
 */
export async function* importRows(inspected: InspectedFile, options: ImportOptions): AsyncGenerator<RowReport> {
	const { admin, currency, isDryRun, signal, patienceMs = IMPORT_PATIENCE_MS } = options;
	const shop = new ShopRows(admin, inspected.file.name, { patienceMs, ...(signal ? { signal } : {}) });
	let busyRows = 0;
	const work = async (row: Wanted | RowReport): Promise<RowReport> => {
		signal?.throwIfAborted();
		if (!("kind" in row)) return row;
		const report = await importRow(shop, row, isDryRun);
		busyRows = report.refusal?.kind === "busy" ? busyRows + 1 : 0;
		// Not the trouble of one SKU, but the shop's.
		if (busyRows >= IMPORT_ROWS_AT_ONCE) throw new NoAnswerError("the shop has been busy for long", 503);
		return report;
	};
	yield* inOrder(readWanted(inspected, currency), IMPORT_ROWS_AT_ONCE, work);
}

/** What each row wants, or what is to be said of it already. */
async function* readWanted({ file, header }: InspectedFile, currency: string | null) {
	let read: ((record: CsvRecord) => Wanted | RowReport) | null = null;
	let width = 0;
	/** The only thing that grows with the file. */
	const rowOf = new Map<string, number>();
	for await (const record of readRecords(file)) {
		if (read === null) {
			read = readerOf(header, { currency, point: record.delimiter === "," ? "." : ".," });
			width = record.cells.length;
			continue;
		}
		const { row, cells, isSpoilt } = record;
		const isTooWide = cells.slice(width).some((cell) => cell !== "");
		if (isSpoilt || isTooWide) {
			yield refused(row, null, { kind: isSpoilt ? "spoilt" : "too-many-cells" });
			continue;
		}
		const wanted = read(record);
		const earlier = wanted.sku === null ? undefined : rowOf.get(wanted.sku);
		if (wanted.sku !== null && earlier === undefined) rowOf.set(wanted.sku, wanted.row);
		const isSecond = earlier !== undefined && "kind" in wanted;
		yield isSecond ? refused(wanted.row, wanted.sku, { kind: "sku-twice", row: earlier }) : wanted;
	}
}

function readerOf(header: Header, format: PriceFormat): (record: CsvRecord) => Wanted | RowReport {
	if (header.kind === "inventory") return (record) => readInventoryRow(header.places, record);
	const rows = new ProductRows(header.places, format);
	return (record) => rows.read(record);
}

async function importRow(shop: ShopRows, wanted: Wanted, isDryRun: boolean): Promise<RowReport> {
	const { row, sku } = wanted;
	const known = await shop.read(sku, isStocking(wanted));
	if (known !== null && "kind" in known) return refused(row, sku, known);
	const plan = planOf(wanted, known, isDryRun);
	if (plan.kind === "refused") return refused(row, sku, plan.refusal);
	const { steps, remarks } = plan;
	const done: Step[] = [];
	let isDoneBefore = false;
	for (const step of isDryRun ? [] : steps) {
		const made = await shop.make(step, { sku, row, known });
		if (typeof made === "object")
			return { ...refused(row, sku, made), changes: done.flatMap(({ changes }) => changes) };
		if (made === "done") done.push(step);
		else isDoneBefore = true;
	}
	const made = isDryRun ? steps : done;
	return {
		...{ row, sku, outcome: outcomeOf(made), changes: made.flatMap(({ changes }) => changes), refusal: null },
		remarks: isDoneBefore ? [...remarks, { kind: "done-before" }] : remarks,
	};
}

const isStocking = (wanted: Wanted): boolean =>
	wanted.kind === "first-stock" || (wanted.kind === "product" && wanted.firstStock !== null);

function planOf(wanted: Wanted, known: Known | null, isDryRun: boolean): Plan {
	switch (wanted.kind) {
		case "product":
			return planProduct(wanted, known);
		case "first-stock":
			return planFirstStock(wanted.units, known);
		case "count": {
			const plan = planCount(wanted, known);
			// An earlier import may have made it, and units were sold since. The shop knows by the key, and nobody else.
			const mayBeDone = plan.kind === "refused" && plan.refusal.kind === "count-changed";
			const isAsked = mayBeDone && !isDryRun && wanted.counted !== wanted.expected;
			return isAsked ? { kind: "steps", steps: [correct(wanted)], remarks: [] } : plan;
		}
	}
}
