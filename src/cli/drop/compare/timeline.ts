/** How many buyers were where at each moment of a drop, from their stories. Pure. */
import type { StockSample } from "./recorder.ts";
import type { Story } from "./stories.ts";

export interface Point {
	readonly atMs: number;
	/** Units that the shop showed as to be had. */
	readonly shown: number;
	/** Sold, and there is a unit for it. */
	readonly sold: number;
	readonly oversold: number;
	/** Buyers whose payment is under way. */
	readonly paying: number;
	/** Buyers who hold a unit, or stand at the till of a shop that holds none. */
	readonly held: number;
	/** Buyers who were told before paying. */
	readonly refused: number;
	/** Buyers who paid for a unit that does not exist, and must be told late. */
	readonly late: number;
}

/** A point wherever anything changes, from the start to the end. */
export function timelineOf(stories: readonly Story[], samples: readonly StockSample[], units: number): Point[] {
	const changes: {
		readonly atMs: number;
		readonly by: Partial<Record<keyof Point, number>>;
		readonly shown?: number;
	}[] = samples.map(({ atMs, shown }) => ({ atMs, by: {}, shown }));
	for (const { fate, heldMs, payingMs, endedMs, freeMs } of stories) {
		if (heldMs !== null) {
			changes.push({ atMs: heldMs, by: { held: 1 } }, { atMs: payingMs ?? freeMs, by: { held: -1 } });
		}
		if (payingMs !== null) changes.push({ atMs: payingMs, by: { paying: 1 } }, { atMs: endedMs, by: { paying: -1 } });
		if (fate === "served") changes.push({ atMs: endedMs, by: { sold: 1 } });
		if (fate === "refused") changes.push({ atMs: endedMs, by: { refused: 1 } });
		if (fate === "oversold") changes.push({ atMs: endedMs, by: { oversold: 1, late: 1 } });
		if (fate === "charged") changes.push({ atMs: endedMs, by: { late: 1 } });
	}
	changes.sort((a, b) => a.atMs - b.atMs);
	let last: Point = { atMs: 0, shown: units, sold: 0, oversold: 0, paying: 0, held: 0, refused: 0, late: 0 };
	const points = [last];
	for (const { atMs, by, shown = last.shown } of changes) {
		last = { ...last, atMs, shown };
		for (const name of Object.keys(by) as (keyof Point)[]) last = { ...last, [name]: last[name] + (by[name] ?? 0) };
		if (points.at(-1)?.atMs === atMs) points.pop();
		points.push(last);
	}
	return points;
}
