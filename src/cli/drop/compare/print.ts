/** The result of a comparison, in the terminal and in files. */
import { accessSync, constants, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { UsageError } from "../../options.ts";
import { alignColumns } from "../../terminal.ts";
import type { CompareOptions } from "../options.ts";
import type { Comparison } from "./comparison.ts";
import { pageOf } from "./page.ts";
import { PALETTES } from "./palette.ts";
import { pictureOf } from "./picture.ts";
import { figureRows, titleOf, VARIANT_TITLES, verdictOf } from "./words.ts";

export function printComparison(comparison: Comparison): void {
	const { seed, variant, problems, naive } = comparison;
	const header = ["", `${VARIANT_TITLES[variant]} (naive)`, "Holdfast"];
	console.log(`\n── ${titleOf(comparison)}, seed ${seed} ──\n`);
	console.log(alignColumns([header, ...figureRows(comparison)]));
	console.log();
	const verdict = verdictOf(comparison);
	console.log(`${naive.mustGoBackMinor > 0 ? "✗" : "·"} ${verdict.naive}`);
	for (const problem of problems) console.log(`✗ ${problem}`);
	console.log(`${problems.length === 0 ? "✓" : "✗"} ${verdict.holdfast}`);
}

export function writeComparison(
	comparison: Comparison,
	{ report, picture }: CompareOptions,
	json: string | null,
): void {
	if (report !== null) writeFileSync(report, pageOf(comparison));
	if (json !== null) writeFileSync(json, `${JSON.stringify(comparison, null, "\t")}\n`);
	if (picture === null) return;
	mkdirSync(picture, { recursive: true });
	for (const look of ["light", "dark"] as const) {
		writeFileSync(join(picture, `compare-${look}.svg`), pictureOf(comparison, PALETTES[look]));
	}
}

/** A comparison takes a while: what cannot be written is said before it. @throws UsageError */
export function requireWritable({ report }: CompareOptions, json: string | null): void {
	for (const [flag, file] of [
		["--report", report],
		["--json", json],
	] as const) {
		if (file === null) continue;
		try {
			accessSync(dirname(file), constants.W_OK);
		} catch {
			throw new UsageError(`${flag} ${file} cannot be written: there is no such folder, or it is not yours.`);
		}
	}
}
