/**
 * How many units buyers could call theirs at one moment, and whether there were that many.
 *
 * Pure, and from the buyers' side alone: the server's counters play no part in it, only the clock it reads.
 */
import type { BuyerReport } from "./outcome.ts";

/** Units that arrive, from the moment at which they were sent for. */
export interface Delivery {
	readonly atMs: number;
	readonly units: number;
}

/** Clocks agree only so well; a hold counts as ended a little before its time, never after. */
const CLOCK_MARGIN_MS = 2000;

/** Sweeps over the moments at which units came, were gained and were given back. */
export function countConcurrentHolds(
	reports: readonly BuyerReport[],
	stock: number,
	deliveries: readonly Delivery[],
	clockAheadMs: number,
): { readonly peak: number; readonly over: number } {
	const changes: { atMs: number; by: number; room: number }[] = deliveries.map(({ atMs, units }) => ({
		...{ atMs, by: 0, room: units },
	}));
	for (const { outcome, heldAtMs, expiresAtMs } of reports) {
		// Whether those who were lost or left hanging still have a unit is not known; they are counted as such.
		if (heldAtMs === null || outcome === "lost" || outcome === "hanging" || outcome === "failed") continue;
		changes.push({ atMs: heldAtMs, by: 1, room: 0 });
		if (outcome !== "bought" && expiresAtMs !== null) {
			const goneAtMs = Math.max(heldAtMs, expiresAtMs - clockAheadMs - CLOCK_MARGIN_MS);
			changes.push({ atMs: goneAtMs, by: -1, room: 0 });
		}
	}
	changes.sort((a, b) => a.atMs - b.atMs || b.room - a.room || a.by - b.by);
	let claimed = 0;
	let room = stock;
	let peak = 0;
	let over = 0;
	for (const change of changes) {
		claimed += change.by;
		room += change.room;
		peak = Math.max(peak, claimed);
		over = Math.max(over, claimed - room);
	}
	return { peak, over };
}
