/** The result of a comparison, in the terminal and in files. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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
