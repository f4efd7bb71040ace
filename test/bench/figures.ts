/** What is reported of several rounds: the median, and the median of the ratios within each round. */
import { median as medianOfAll } from "../../src/cli/soak/trend.ts";

/** What one round measured, by name: `perSecond`, `p50Ms`, … */
export type Figures = Readonly<Record<string, number>>;

/** Of the values that are known. */
export const median = (values: readonly number[]): number =>
	medianOfAll(values.filter((value) => !Number.isNaN(value)));

/** Nearest rank. */
export function quantile(values: readonly number[], part: number): number {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN;
}

export function medians(rounds: readonly Figures[]): Figures {
	const names = new Set(rounds.flatMap((figures) => Object.keys(figures)));
	return Object.fromEntries(
		[...names].map((name) => [name, median(rounds.map((figures) => figures[name] ?? Number.NaN))]),
	);
}

/**
 * Compares a figure of one row with that of another: the median of the ratios of each round. What slows the machine for
 * a while slows the rows of a round alike, so ratios are stable where the figures are not.
 */
export function ratio(of: readonly Figures[], to: readonly Figures[], figure: string): number {
	return median(of.map((figures, round) => (figures[figure] ?? Number.NaN) / (to[round]?.[figure] ?? Number.NaN)));
}
