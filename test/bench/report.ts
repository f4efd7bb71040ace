/** What a bench looks like: progress on the way (standard error), tables at the end (standard output), a file. */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { alignColumns } from "../../src/cli/terminal.ts";
import { bill, DROP, PRICE_LIST, PRICES } from "./cost.ts";
import { type Figures, medians, ratio } from "./figures.ts";
import type { Measured } from "./main.ts";
import { THINGS } from "./operations.ts";
import type { BenchOptions } from "./options.ts";

/** How a figure is headed and shown. One that is not named here is shown under its own name. */
const SHOWN: Readonly<Record<string, { readonly head: string; readonly show: (value: number) => string }>> = {
	perSecond: { head: "per second", show: (value) => Math.round(value).toLocaleString("en-US") },
	p50Ms: { head: "p50 ms", show: (value) => value.toFixed(value < 10 ? 2 : 1) },
	p99Ms: { head: "p99 ms", show: (value) => value.toFixed(value < 10 ? 2 : 1) },
	cpuMicros: { head: "CPU µs", show: (value) => value.toFixed(0) },
};

export function printReport(measured: readonly Measured[], { rounds, seconds }: BenchOptions): void {
	console.log(
		`\nMedians of ${rounds} rounds, ${seconds} s each where under load. Ratios are medians of each round's ratio.`,
	);
	for (const set of new Set(measured.map(({ part }) => part.set))) {
		const rows = measured.filter(({ part }) => part.set === set);
		const shapes = Map.groupBy(rows, ({ rounds }) => Object.keys(rounds[0] ?? {}).join());
		for (const [shape, alike] of shapes) {
			if (shape !== "" && alike[0]?.part.name !== "cost") console.log(`\n${table(alike, measured)}`);
		}
		const operations = rows.find(({ row }) => row?.name === "operations");
		if (operations !== undefined) console.log(`\n${costTable(medians(operations.rounds))}`);
		for (const { part, missing } of rows)
			if (missing !== null) console.log(`\n${part.name}: not available: ${missing}`);
	}
}

function table(rows: readonly Measured[], all: readonly Measured[]): string {
	const figures = Object.keys(rows[0]?.rounds[0] ?? {}).filter((name) =>
		rows.some(({ rounds }) => !Number.isNaN(medians(rounds)[name])),
	);
	const ratios = [...new Set(rows.flatMap(({ row }) => Object.keys(row?.against ?? {})))].filter((column) =>
		rows.some((row) => ratioOf(row, column, all) !== null),
	);
	const header = ["", ...figures.map((name) => SHOWN[name]?.head ?? name), ...ratios];
	const lines = rows.map((measured) => {
		const values = medians(measured.rounds);
		return [
			measured.row?.title ?? "",
			...figures.map((name) => shown(name, values[name])),
			...ratios.map((column) => ratioOf(measured, column, all)?.toFixed(2) ?? "–"),
		];
	});
	return alignColumns([header, ...lines]);
}

/** What was counted for each thing that a drop does, and what a drop comes to. */
function costTable(counted: Figures): string {
	const operations = ["objectRequests", "rowsWritten", "rowsRead", "queueMessages", "d1Rows"];
	const things = THINGS.map((thing) => [thing, ...operations.map((name) => shown("", counted[`${thing} ${name}`]))]);
	const items = bill(counted, DROP);
	const total = items.reduce((sum, { dollars }) => sum + dollars, 0);
	return [
		alignColumns([
			["counted for one", "object requests", "rows written", "rows read", "messages", "D1 rows"],
			...things,
		]),
		"",
		alignColumns([
			[`a drop of ${amount(DROP.units)} units, ${amount(DROP.arrivals)} arrivals`, "count", "US$"],
			...items.map(({ what, count, dollars }) => [what, amount(count), dollars.toFixed(2)]),
			["in all", "", total.toFixed(2)],
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

function ratioOf({ row, rounds }: Measured, column: string, all: readonly Measured[]): number | null {
	const other = all.find((candidate) => candidate.row !== null && candidate.row.name === row?.against?.[column]);
	return other === undefined ? null : ratio(rounds, other.rounds, "perSecond");
}

export function writeJson(file: string, measured: readonly Measured[], options: BenchOptions, startedAt: Date): void {
	const rows = measured.map((one) => ({
		name: one.row?.name ?? one.part.name,
		title: one.row?.title ?? one.part.about,
		...(one.missing === null ? {} : { notAvailable: one.missing }),
		median: medians(one.rounds),
		ratios: Object.fromEntries(
			Object.keys(one.row?.against ?? {}).map((column) => [column, ratioOf(one, column, measured)]),
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
