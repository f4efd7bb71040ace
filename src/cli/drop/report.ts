/** The result of a drop, as tables for the person who ran it and as a JSON file that says the same. */
import { writeFileSync } from "node:fs";
import { alignColumns } from "../terminal.ts";
import type { DropOptions } from "./options.ts";
import type { Latencies } from "./shop.ts";
import type { DetailedOutcome } from "./tally.ts";
import type { Verdict } from "./verdict.ts";

export interface Measurements {
	readonly sku: string;
	readonly origin: string;
	readonly startedAt: string;
	/** From the start to the last buyer's outcome. */
	readonly rushSeconds: number;
	readonly requests: number;
	/** Answers 429, and 503 with Retry-After. */
	readonly turnedAway: number;
	readonly serverErrors: number;
	readonly noAnswers: number;
	/** By what the buyer asked for. */
	readonly latencies: ReadonlyMap<string, Latencies>;
}

/** Every outcome there is, in the order of the table. */
const OUTCOME_LABELS: Readonly<Record<DetailedOutcome, string>> = {
	bought: "bought",
	"promoted, then bought": "promoted, then bought",
	"pre-ordered, owed": "pre-ordered, still owed",
	"pre-ordered, filled": "pre-ordered, filled",
	unpaid: "let the hold expire",
	abandoned: "released the unit",
	waited: "waited, got nothing",
	refused: "refused",
	"too-late": "too late to pay",
	"paid-back": "paid too late, paid back",
	lost: "lost",
	"pre-order gone": "pre-order gone",
	hanging: "left hanging",
	failed: "answered wrongly",
};

const LABEL_WIDTH = 26;
const VALUE_WIDTH = 10;
const RULE_WIDTH = 78;

export function printReport(verdict: Verdict, measured: Measurements): void {
	const outcomes = (Object.keys(OUTCOME_LABELS) as DetailedOutcome[]).flatMap((outcome): [string, number][] =>
		verdict.became[outcome] ? [[OUTCOME_LABELS[outcome], verdict.became[outcome]]] : [],
	);
	printSection("buyers", [["asked", verdict.asked], ...outcomes, ["unaccounted for", verdict.unaccounted]]);
	printSection("stock", [
		["buyers who held a unit", verdict.held],
		["promotions", verdict.promoted],
		["buyers who paid", verdict.paid],
		["units sold", verdict.sold],
		["pre-orders owed", verdict.owed],
		["pre-orders filled", verdict.filled],
		["held or sold at once", verdict.peakClaims],
		["oversold", verdict.oversold],
		["lost", verdict.lost],
		["left hanging", verdict.hanging],
		["orders in D1", verdict.ordersInD1],
		["SKU object less D1", verdict.difference],
		["journal entries", verdict.journalEntries],
		["balanced", String(verdict.balanced)],
	]);
	const { money } = verdict;
	printSection("money, USD", [
		["captured", major(money.captured)],
		["refunded", major(money.refunded)],
		["voided", major(money.voided)],
		["value of the orders", major(money.worth)],
		["kept beyond that value", major(money.difference)],
	]);
	printSection("requests", [
		["requests", measured.requests],
		["requests per second", perSecond(measured)],
		["told to come back later", measured.turnedAway],
		["server errors", measured.serverErrors],
		["replies lost", measured.noAnswers],
	]);
	printLatencies(measured.latencies);
	console.log();
	for (const problem of verdict.problems) console.log(`✗ ${problem}`);
	if (verdict.ok) console.log("✓ nothing oversold, lost or left hanging; every buyer and every cent accounted for");
}

function printSection(title: string, rows: readonly (readonly [string, string | number])[]): void {
	printTitle(title);
	for (const [label, value] of rows) console.log(label.padEnd(LABEL_WIDTH) + String(value).padStart(VALUE_WIDTH));
}

function printTitle(title: string): void {
	console.log(`\n${`── ${title} `.padEnd(RULE_WIDTH, "─")}`);
}

function printLatencies(latencies: Measurements["latencies"]): void {
	printTitle("latency, ms");
	const rows = [...latencies].map(([name, { waitedMs, wireMs }]) => [
		name,
		String(waitedMs.length),
		...[waitedMs, wireMs].flatMap((list) => [quantile(list, 0.5), quantile(list, 0.99)]).map(milliseconds),
	]);
	const header = ["", "calls", "p50", "p99", "p50 on the wire", "p99 on the wire"];
	console.log(alignColumns([header.map((head, column) => (column === 0 ? head.padEnd(LABEL_WIDTH) : head)), ...rows]));
	console.log("p50 and p99 include retries and the wait for a free connection; on the wire is one request alone.");
}

/** The drop's own currency has a hundred minor units. */
function major(minor: number): string {
	return (minor / 100).toFixed(2);
}

export function writeJson(file: string, options: DropOptions, verdict: Verdict, measured: Measurements): void {
	const { target: _, json: __, compare: ___, ...shown } = options; // the admin token stays out
	const { latencies, ...rest } = measured;
	const latencyMs = Object.fromEntries(
		[...latencies].map(([name, { waitedMs, wireMs }]) => [
			name,
			{ calls: waitedMs.length, waited: quantiles(waitedMs), wire: quantiles(wireMs) },
		]),
	);
	const result = { options: shown, ...rest, requestsPerSecond: perSecond(measured), ...verdict, latencyMs };
	writeFileSync(file, `${JSON.stringify(result, null, "\t")}\n`);
}

function perSecond(measured: Measurements): number {
	return Math.round(measured.requests / Math.max(measured.rushSeconds, 0.001));
}

function quantiles(list: readonly number[]): { p50: number | null; p99: number | null } {
	return { p50: quantile(list, 0.5), p99: quantile(list, 0.99) };
}

/** Nearest rank, to a tenth of a millisecond. */
function quantile(list: readonly number[], part: number): number | null {
	const sorted = [...list].sort((a, b) => a - b);
	const value = sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)];
	return value === undefined ? null : Math.round(value * 10) / 10;
}

function milliseconds(value: number | null): string {
	return value === null ? "–" : value.toFixed(1);
}
