/** The result in the terminal and in files. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PALETTES } from "../drop/compare/palette.ts";
import { alignColumns } from "../terminal.ts";
import type { CrowdOptions } from "./options.ts";
import { pageOf } from "./page.ts";
import { pictureOf } from "./picture.ts";
import type { Result } from "./result.ts";
import { KIND_TITLES, regionsOf, tableOf, targetsOf, titleOf } from "./words.ts";

export function printResult(result: Result): void {
	const { runs } = result;
	console.log(`\n── ${titleOf(result)}, seed ${result.order.seed} ──\n`);
	console.log(alignColumns([["", ...runs.map(({ kind }) => KIND_TITLES[kind])], ...tableOf(result)]));
	for (const run of runs) {
		console.log(`\n── ${KIND_TITLES[run.kind]}: reservations that the object decided, by region ──\n`);
		console.log(alignColumns(regionsOf(run)));
	}
	console.log();
	for (const run of runs) {
		console.log(`${KIND_TITLES[run.kind]}:`);
		for (const { isKept, text } of run.promises) console.log(`  ${isKept ? "✓" : "✗"} ${text}`);
		for (const { isMet, text } of targetsOf(run)) console.log(`  ${isMet ? "✓" : "·"} ${text}`);
	}
	console.log(`\nThe same again: ${result.command}`);
}

export function writeResult(result: Result, { report, picture, json }: CrowdOptions): void {
	if (report !== null) writeFileSync(report, pageOf(result));
	if (json !== null) writeFileSync(json, `${JSON.stringify(result, null, "\t")}\n`);
	if (picture === null) return;
	mkdirSync(picture, { recursive: true });
	for (const look of ["light", "dark"] as const) {
		writeFileSync(join(picture, `crowd-${look}.svg`), pictureOf(result, PALETTES[look]));
	}
}
