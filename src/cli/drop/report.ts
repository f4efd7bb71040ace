/**
 * What a drop looks like to the person who ran it: a progress bar or plain lines on the way, a table at the end, a file.
 *
 * What it keeps true: the table goes to standard output and everything else to standard error, so that it can be piped; the file
 * says the same as the table. Not here: what counts as good (`verdict.ts`).
 */
import { writeFileSync } from "node:fs";
import { SingleBar } from "cli-progress";
import type { DropOptions } from "./options.ts";
import type { Latencies } from "./shop.ts";
import type { DetailedOutcome, Verdict } from "./verdict.ts";

export interface Measurements {
	readonly sku: string;
	readonly origin: string;
	readonly startedAt: string;
	/** From the first arrival to the last buyer's fate. */
	readonly rushSeconds: number;
	readonly requests: number;
	readonly turnedAway: number;
	readonly serverErrors: number;
	readonly noAnswers: number;
	readonly latencies: ReadonlyMap<string, Latencies>;
}

const PLAIN_LINE_EVERY_MS = 2000;

/** Every end there is, in the order of the table. */
const OUTCOME_LABELS: Readonly<Record<DetailedOutcome, string>> = {
	bought: "bought",
	"promoted, then bought": "promoted, then bought",
	"pre-ordered, owed": "pre-ordered, and owed",
	"pre-ordered, filled": "pre-ordered, and filled",
	unpaid: "let it expire",
	abandoned: "abandoned",
	waited: "waited in vain",
	refused: "refused",
	"too-late": "too late to pay",
	"paid-back": "paid too late, got it back",
	lost: "lost",
	"pre-order gone": "pre-order gone",
	hanging: "left hanging",
	failed: "answered wrongly",
};

export type Count = "held" | "waiting" | "refused" | "paid";

export class Progress {
	readonly #bar: SingleBar;
	readonly #counts = { held: 0, waiting: 0, refused: 0, paid: 0 };

	/** @param counts what is counted beside the steps */
	constructor(title: string, total: number, counts: readonly Count[]) {
		const terminal = Boolean(process.stderr.isTTY);
		const counted = counts.map((count) => ` · ${count} {${count}}`).join("");
		this.#bar = new SingleBar({
			stream: process.stderr,
			format: `${title} ${terminal ? "{bar} " : ""}{value}/{total}${counted}`,
			barCompleteChar: "█",
			barIncompleteChar: "░",
			barsize: 30,
			hideCursor: true,
			gracefulExit: true, // gives the cursor back when we are stopped
			noTTYOutput: !terminal,
			notTTYSchedule: PLAIN_LINE_EVERY_MS,
		});
		this.#bar.start(total, 0, this.#counts);
	}

	step(): void {
		this.#bar.increment(1, this.#counts);
	}

	count(what: Count): void {
		this.#counts[what] += 1;
	}

	stop(): void {
		this.#bar.stop();
	}
}

export function tell(line: string): void {
	console.error(line);
}

export function printTable(verdict: Verdict, measured: Measurements): void {
	const ends = (Object.keys(OUTCOME_LABELS) as DetailedOutcome[]).flatMap((end): [string, number][] =>
		verdict.became[end] ? [[OUTCOME_LABELS[end], verdict.became[end]]] : [],
	);
	printRows([["asked", verdict.asked], ...ends, ["unaccounted for", verdict.unaccounted]]);
	const { money } = verdict;
	printRows([
		["held", verdict.held],
		["promoted", verdict.promoted],
		["paid", verdict.paid],
		["sold", verdict.sold],
		["pre-orders owed", verdict.owed],
		["pre-orders filled", verdict.filled],
		["oversold", verdict.oversold],
		["lost", verdict.lost],
		["hanging", verdict.hanging],
		["claims at once, at most", verdict.peakClaims],
		["orders in D1", verdict.ordersInD1],
		["objects less D1", verdict.difference],
		["journal entries", verdict.journalEntries],
		["balanced", String(verdict.balanced)],
		["captured", major(money.captured)],
		["refunded", major(money.refunded)],
		["voided", major(money.voided)],
		["worth to shoppers", major(money.worth)],
		["kept less worth", major(money.difference)],
	]);
	printRows([
		["requests", measured.requests],
		["requests/s", perSecond(measured)],
		["asked to come back", measured.turnedAway],
		["server errors", measured.serverErrors],
		["replies lost", measured.noAnswers],
	]);
	const header = ["milliseconds", "calls", "p50", "p99", "p50 on the wire", "p99 on the wire"];
	const latencies = [...measured.latencies].map(([name, samples]) => [
		name,
		String(samples.waitedMs.length),
		...[samples.waitedMs, samples.wireMs].flatMap((list) => [shown(quantile(list, 0.5)), shown(quantile(list, 0.99))]),
	]);
	console.log(`\n${align([header, ...latencies])}\n`);
	for (const problem of verdict.problems) console.log(`✗ ${problem}`);
	if (verdict.ok) console.log("✓ nothing oversold, lost or left hanging; every buyer and every cent accounted for");
}

function printRows(rows: readonly (readonly [string, string | number])[]): void {
	console.log(`\n${align(rows.map(([name, value]) => [name, String(value)]))}`);
}

/** The drop's own currency has a hundred minor units. */
function major(minor: number): string {
	return (minor / 100).toFixed(2);
}

export function writeJson(file: string, options: DropOptions, verdict: Verdict, measured: Measurements): void {
	const { target: _, jsonFile: __, ...shown } = options; // the admin token stays out
	const { latencies: samples, ...rest } = measured;
	const latencyMs = Object.fromEntries(
		[...samples].map(([name, { waitedMs, wireMs }]) => [
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

function shown(ms: number | null): string {
	return ms === null ? "–" : ms.toFixed(1);
}

/** First column to the left, the others to the right. */
function align(rows: readonly (readonly string[])[]): string {
	const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
	const cell = (text: string, column: number) =>
		column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
	return rows.map((row) => row.map(cell).join("  ")).join("\n");
}
