/** How a figure moves along another, told by medians: a few odd samples change nothing. Pure. */

export interface Point {
	readonly x: number;
	readonly y: number;
}

/** Of an even number of values, the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
	const sorted = values.toSorted((a, b) => a - b);
	const middle = sorted.length / 2;
	const [below, above] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
	return below === undefined || above === undefined ? Number.NaN : (below + above) / 2;
}

/**
 * The slope of Theil and Sen: the median of the slopes between each two points. Up to 29 % of the points may be
 * anything.
 * @returns NaN when no two points have different x
 */
export function slopeOf(points: readonly Point[]): number {
	const slopes: number[] = [];
	for (const [index, from] of points.entries()) {
		for (const to of points.slice(index + 1)) {
			if (to.x !== from.x) slopes.push((to.y - from.y) / (to.x - from.x));
		}
	}
	return median(slopes);
}
