/**
 * Who gets the last unit: the order in which free units are handed out.
 *
 * Units come free by a restock, a release, an expiry, a refund or a count. Whatever the cause, they go to paid pre-orders,
 * oldest first, then to the waitlist, in order, and then to the public (`availability.ts`). Nobody is passed: if the next one
 * needs more units than are free, everybody behind waits too. So that a shopper who never comes back cannot block the
 * others for ever, the head of a stalled waitlist is after a while offered what there is (`offerToStalledHead`).
 */
import type { Policy } from "../../catalog/policy.ts";
import { changePreorder, changeReservation, combine } from "./bookkeeping.ts";
import type { Change, Preorder, Reservation, Stock } from "./model.ts";

/**
 * The one routine for units that come free, from whatever cause: one step of it. The caller repeats it in the same
 * turn until it answers null. Whoever is first in order and cannot be served stops everybody behind them.
 */
export function allocateNext(
	stock: Stock,
	policy: Policy,
	firstOwed: Preorder | null,
	firstWaiting: Reservation | null,
	nowMs: number,
): Change | null {
	if (firstOwed !== null) {
		const quantity = firstOwed.quantity - firstOwed.returned;
		if (stock.available < quantity) return null;
		const filled: Preorder = { ...firstOwed, status: "filled", version: firstOwed.version + 1, endedAtMs: nowMs };
		const deltas = { available: -quantity, sold: quantity, owed: -quantity, filled: quantity };
		return changePreorder(stock, "preorder-filled", filled, deltas, quantity);
	}
	if (firstWaiting !== null) {
		if (stock.available >= firstWaiting.quantity) return promote(stock, policy, firstWaiting, nowMs);
		const hasDeadline = firstWaiting.expiresAtMs !== null;
		return isStalled(stock) && !hasDeadline ? setStallDeadline(stock, firstWaiting, nowMs + policy.offerMs) : null;
	}
	return null;
}

function promote(stock: Stock, policy: Policy, waiting: Reservation, nowMs: number): Change {
	const { quantity } = waiting;
	const held: Reservation = {
		...waiting,
		status: "held",
		expiresAtMs: nowMs + policy.offerMs,
		place: null,
		offered: true,
		version: waiting.version + 1,
	};
	return changeReservation(stock, "promoted", held, { available: -quantity, held: quantity, waiting: -quantity });
}

/** Units are free, the head of the line needs more, and nothing is out that could come back: only a delivery would help. */
export function isStalled(stock: Stock): boolean {
	return stock.available > 0 && stock.waiting > 0 && stock.owed === 0 && stock.held === 0;
}

/** It moves no units, so there is nothing for the journal. */
function setStallDeadline(stock: Stock, waiting: Reservation, expiresAtMs: number | null): Change {
	const reservations = [{ ...waiting, expiresAtMs, version: waiting.version + 1 }];
	return { stock: { ...stock, version: stock.version + 1 }, reservations, preorders: [], entries: [] };
}

/**
 * Somebody has been first in a line that stood still for as long as an offer lasts. They are offered what there is; not
 * taken, it passes on like any offer. When they are not first any more, or the line moves again, the time is forgotten.
 */
export function offerToStalledHead(
	stock: Stock,
	policy: Policy,
	waiting: Reservation,
	isFirst: boolean,
	nowMs: number,
): Change {
	if (!isFirst || !isStalled(stock)) return setStallDeadline(stock, waiting, null);
	const more = stock.available - waiting.quantity;
	const fewer: Reservation = { ...waiting, quantity: stock.available, version: waiting.version + 1 };
	const resized = changeReservation(stock, "resized", fewer, { waiting: more }, more);
	return combine(resized, promote(resized.stock, policy, fewer, nowMs));
}
