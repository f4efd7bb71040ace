/** The result of a soak, as tables for the person who ran it, as a JSON file that says the same, and as a picture. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PALETTES } from "../drop/compare/palette.ts";
import { alignColumns } from "../terminal.ts";
import type { SoakOptions } from "./options.ts";
import { pictureOf } from "./picture.ts";
import type { PlayedSoak } from "./play.ts";
import { ENOUGH_MINUTES, isFlat, type LevelFinding, type RateFinding, show } from "./rules.ts";
import type { SoakVerdict } from "./verdict.ts";

const RULE_WIDTH = 96;
const LABEL_WIDTH = 26;

export function printReport({ verdict }: PlayedSoak, { minutes }: SoakOptions): void {
	const { findings, problems, ok } = verdict;
	printTitle("what happened");
	console.log(
		alignColumns(happened(verdict).map(([label, value]) => [label.padEnd(LABEL_WIDTH), value.toLocaleString("en-US")])),
	);
	printTitle("must stay level");
	const levelHead = ["", "before", "middle third", "last third", "at rest", "grew", "allowed", ""];
	console.log(alignColumns([levelHead, ...findings.levels.map(levelRow)]));
	printTitle("may grow with the work: for each shopper");
	const rateHead = ["", "middle third", "last third", "allowed", ""];
	console.log(alignColumns([rateHead, ...findings.rates.map(rateRow)]));
	console.log();
	const isJudged = minutes >= ENOUGH_MINUTES;
	if (!isJudged) {
		console.log(
			`? What grew is not judged: a server that has just started does. Give it --minutes ${ENOUGH_MINUTES} or more.`,
		);
	} else {
		console.log("Grew: from the beginning of the middle third to the end, by the median slope (Theil and Sen).");
	}
	for (const problem of problems) console.log(`✗ ${problem}`);
	const passed = isJudged ? "nothing was left open, and nothing grew that should not" : "and nothing was left open";
	if (ok) console.log(`✓ the books agree, ${passed}`);
}

function happened({ stalls, end }: SoakVerdict): [string, number][] {
	const sum = (of: (stall: SoakVerdict["stalls"][number]) => number) =>
		stalls.reduce((total, stall) => total + of(stall), 0);
	const events = Object.values(end.receiver.taken).reduce((total, count) => total + count, 0);
	return [
		["shoppers", sum(({ asked }) => asked)],
		["bought", sum(({ became }) => (became.bought ?? 0) + (became["promoted, then bought"] ?? 0))],
		["  from the waitlist", sum(({ became }) => became["promoted, then bought"] ?? 0)],
		["pre-ordered", sum(({ became }) => (became["pre-ordered, owed"] ?? 0) + (became["pre-ordered, filled"] ?? 0))],
		["let it expire", sum(({ expired }) => expired)],
		["gave it back", sum(({ became }) => became.abandoned ?? 0)],
		["waited for nothing", sum(({ became }) => became.waited ?? 0)],
		["refused", sum(({ refused }) => refused)],
		["too late, or paid back", sum(({ became }) => (became["too-late"] ?? 0) + (became["paid-back"] ?? 0))],
		["refunds", end.refunds],
		["  sent back, sold again", end.returns],
		["deliveries", end.deliveries * stalls.length],
		["looks by watchers", end.watchers.looks],
		["webhooks taken", events],
		["webhooks refused at first", end.receiver.refused],
		["requests of shoppers", end.requests],
	];
}

function levelRow(finding: LevelFinding): string[] {
	const { name, unit, before, middle, last, rest, grew, allowed } = finding;
	const values = [before, middle, last, rest].map((value) => shown(value, unit));
	return [name, ...values, grew === null ? "–" : signed(grew, unit), show(allowed, unit), isFlat(finding) ? "✓" : "✗"];
}

function rateRow(finding: RateFinding): string[] {
	const { name, unit, middle, last, allowed } = finding;
	if (middle === null || last === null || allowed === null) return [name, "–", "–", "–", ""];
	return [name, show(middle, unit), show(last, unit), show(allowed, unit), isFlat(finding) ? "✓" : "✗"];
}

const shown = (value: number, unit: LevelFinding["unit"]): string => (Number.isNaN(value) ? "–" : show(value, unit));
const signed = (value: number, unit: LevelFinding["unit"]): string => `${value > 0 ? "+" : ""}${show(value, unit)}`;

function printTitle(title: string): void {
	console.log(`\n${`── ${title} `.padEnd(RULE_WIDTH, "─")}`);
}

export function writeResult(options: SoakOptions, { verdict, samples, startedAt }: PlayedSoak): void {
	const { json, picture, ...asked } = options;
	if (json !== null) {
		writeFileSync(json, `${JSON.stringify({ options: asked, startedAt, ...verdict, samples }, null, "\t")}\n`);
	}
	if (picture === null) return;
	mkdirSync(picture, { recursive: true });
	const during = samples.slice(1, -1);
	for (const look of ["light", "dark"] as const) {
		writeFileSync(join(picture, `soak-${look}.svg`), pictureOf(verdict, during, options.minutes, PALETTES[look]));
	}
}
