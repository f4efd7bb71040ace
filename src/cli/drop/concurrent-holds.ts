/**
 * How many units buyers held or had bought at one moment, and whether there were that many. Pure. It uses the buyers'
 * reports alone: of the server it needs only how far its clock is ahead.
 */
import type { BuyerReport } from "./outcome.ts";

/** Units of a restock. They count from the moment at which the restock was requested. */
export interface Delivery {
	readonly atMs: number;
	readonly units: number;
}

/** Clocks agree only so well. A hold counts as ended this long before its time, and never after it. */
const CLOCK_MARGIN_MS = 2000;

/**
 * Goes through the moments at which units arrived, were taken and were given back.
 * @returns the most units held or bought at once, and by how many that exceeded the units there were
 */
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
		// Nobody knows whether a buyer who was lost or left hanging still has a unit. The verdict counts them on their
		// own.
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
