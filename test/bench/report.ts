/** The result of a bench: tables on standard output, and a JSON file. */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { alignColumns } from "../../src/cli/terminal.ts";
import { bill, DROP, PRICE_LIST, PRICES } from "./cost.ts";
import { type Figures, medians, ratio } from "./figures.ts";
import { ledgerText } from "./ledger-text.ts";
import type { MeasuredRow } from "./measurement.ts";
import { OPERATIONS } from "./operations.ts";
import type { BenchOptions } from "./options.ts";

/** The heading and form of a figure. A figure that is not listed here has its own name for a heading. */
const SHOWN: Readonly<Record<string, { readonly head: string; readonly show: (value: number) => string }>> = {
	perSecond: { head: "per second", show: (value) => Math.round(value).toLocaleString("en-US") },
	p50Ms: { head: "p50 ms", show: (value) => value.toFixed(value < 10 ? 2 : 1) },
	p99Ms: { head: "p99 ms", show: (value) => value.toFixed(value < 10 ? 2 : 1) },
	doorsP50: { head: "p50 ÷ health", show: (value) => value.toFixed(1) },
	doorsP99: { head: "p99 ÷ health", show: (value) => value.toFixed(1) },
	cpuMicros: { head: "CPU µs", show: (value) => value.toFixed(0) },
	microsEach: { head: "µs each", show: (value) => value.toFixed(0) },
	msEach: { head: "ms each", show: (value) => value.toPrecision(2) },
	calls: { head: "calls of the object", show: (value) => value.toFixed(0) },
	losersAtObject: { head: "losers at the object", show: (value) => value.toLocaleString("en-US") },
	losersIn100: { head: "of 100 losers", show: (value) => value.toPrecision(2) },
	alonePercent: { head: "% of a core without", show: (value) => value.toFixed(1) },
	watchedPercent: { head: "with them", show: (value) => value.toFixed(1) },
	watchersPercent: { head: "their share", show: (value) => value.toFixed(1) },
	ownPercent: { head: "of it the object's own", show: (value) => value.toFixed(1) },
	messagesPerSecond: { head: "messages a second", show: (value) => Math.round(value).toLocaleString("en-US") },
};

/** Suites whose figures are no row of a table. */
const OWN_TABLES: ReadonlySet<string> = new Set(["cost", "ledger"]);

export function printReport(measured: readonly MeasuredRow[], { rounds, seconds }: BenchOptions): void {
	console.log(
		`\nMedians of ${rounds} ${rounds === 1 ? "round" : "rounds"}, ${seconds} s each under load. Ratios are medians of each round's ratio.`,
	);
	for (const group of new Set(measured.map(({ suite }) => suite.group))) {
		const rows = measured.filter(({ suite }) => suite.group === group);
		const shapes = Map.groupBy(rows, ({ rounds }) => Object.keys(rounds[0] ?? {}).join());
		for (const [shape, alike] of shapes) {
			if (shape !== "" && !OWN_TABLES.has(alike[0]?.suite.name ?? "")) console.log(`\n${table(alike, measured)}`);
		}
		const operations = rows.find(({ row }) => row?.name === "operations");
		if (operations !== undefined) console.log(`\n${costTable(medians(operations.rounds))}`);
		const ledger = rows.find(({ row }) => row?.name === "ledger")?.rounds.at(-1);
		if (ledger !== undefined) console.log(`\n${ledgerText(ledger)}`);
		for (const { suite, missing } of rows)
			if (missing !== null) console.log(`\n${suite.name}: not available: ${missing}`);
	}
}

function table(rows: readonly MeasuredRow[], all: readonly MeasuredRow[]): string {
	const figures = Object.keys(rows[0]?.rounds[0] ?? {}).filter((name) =>
		rows.some(({ rounds }) => !Number.isNaN(medians(rounds)[name])),
	);
	const ratios = [...new Set(rows.flatMap(({ row }) => Object.keys(row?.ratiosTo ?? {})))].filter((column) =>
		rows.some((row) => ratioOf(row, column, all) !== null),
	);
	const header = ["", ...figures.map((name) => SHOWN[name]?.head ?? name), ...ratios];
	const lines = rows.map((measured) => {
		const values = medians(measured.rounds);
		return [
			measured.row?.title ?? "",
			...figures.map((name) => shown(name, values[name])),
			...ratios.map((column) => shownRatio(ratioOf(measured, column, all))),
		];
	});
	return alignColumns([header, ...lines]);
}

/** The counts for each operation of a drop, and the bill of a whole drop. */
function costTable(counted: Figures): string {
	const counts = ["objectRequests", "rowsWritten", "rowsRead", "queueMessages", "d1Rows"];
	const perOperation = OPERATIONS.map((operation) => [
		operation,
		...counts.map((name) => shown("", counted[`${operation} ${name}`])),
	]);
	const items = bill(counted, DROP);
	const total = items.reduce((sum, { dollars }) => sum + dollars, 0);
	return [
		alignColumns([
			["counted for each", "object requests", "rows written", "rows read", "messages", "D1 rows"],
			...perOperation,
		]),
		"",
		alignColumns([
			[`a drop of ${amount(DROP.units)} units, ${amount(DROP.arrivals)} arrivals`, "count", "US$"],
			...items.map(({ what, count, dollars }) => [what, amount(count), dollars.toFixed(2)]),
			["total", "", total.toFixed(2)],
		]),
		`Prices of ${PRICES.asOf} (${PRICE_LIST}), without what a month includes.`,
		`Assumed: ${Object.entries(DROP)
			.map(([name, value]) => `${name} ${amount(value)}`)
			.join(", ")}.`,
	].join("\n");
}

const amount = (count: number): string => count.toLocaleString("en-US");

function shown(name: string, value: number | undefined): string {
	if (value === undefined || Number.isNaN(value)) return "–";
	return SHOWN[name]?.show(value) ?? Number(value.toPrecision(3)).toLocaleString("en-US");
}

function shownRatio(value: number | null): string {
	return value === null ? "–" : value < 0.1 ? value.toPrecision(2) : value.toFixed(2);
}

function ratioOf({ row, rounds }: MeasuredRow, column: string, all: readonly MeasuredRow[]): number | null {
	const other = all.find((candidate) => candidate.row !== null && candidate.row.name === row?.ratiosTo?.[column]);
	return other === undefined ? null : ratio(rounds, other.rounds, "perSecond");
}

export function writeJson(
	file: string,
	measured: readonly MeasuredRow[],
	options: BenchOptions,
	startedAt: Date,
): void {
	const rows = measured.map((one) => ({
		name: one.row?.name ?? one.suite.name,
		title: one.row?.title ?? one.suite.about,
		...(one.missing === null ? {} : { notAvailable: one.missing }),
		median: medians(one.rounds),
		ratios: Object.fromEntries(
			Object.keys(one.row?.ratiosTo ?? {}).map((column) => [column, ratioOf(one, column, measured)]),
		),
		rounds: one.rounds satisfies Figures[],
	}));
	const machine = { cores: cpus().length, processor: cpus()[0]?.model ?? "", node: process.version };
	const { rounds, seconds } = options;
	const operations = measured.find(({ row }) => row?.name === "operations");
	const dropOnCloudflare =
		operations === undefined ? null : { drop: DROP, prices: PRICES, bill: bill(medians(operations.rounds), DROP) };
	const result = { startedAt: startedAt.toISOString(), machine, options: { rounds, seconds }, rows, dropOnCloudflare };
	writeFileSync(file, `${JSON.stringify(result, null, "\t")}\n`);
}
