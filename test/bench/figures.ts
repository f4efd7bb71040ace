/** Numbers of several rounds, and what to say of them: the median, and medians of ratios within a round. */

/** What one round of a row has measured, by name: `perSecond`, `p50Ms`, … */
export type Figures = Readonly<Record<string, number>>;

export function median(values: readonly number[]): number {
	const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
	const middle = sorted.length / 2;
	const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
	return low === undefined || high === undefined ? Number.NaN : (low + high) / 2;
}

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
 * How one row's figure compares with another's: the median of the ratios of each round. What slows the machine for a
 * while slows neighbours in a round alike, so this stands still where the figures themselves do not.
 */
export function ratio(of: readonly Figures[], to: readonly Figures[], figure: string): number {
	return median(of.map((figures, round) => (figures[figure] ?? Number.NaN) / (to[round]?.[figure] ?? Number.NaN)));
}
