/**
 * Who gets units that come free, and in which order. When the public may take one is in `availability.ts`.
 *
 * Units come free by a restock, a release, an expiry, a refund or a count. Whatever the cause, they go to paid
 * pre-orders, oldest first, then to the waitlist, in order, and then to the public (`availability.ts`). Nobody is
 * passed: if the next one needs more units than are free, everybody behind waits too.
 *
 * A head who never comes back must not block the others for ever. After a while, the head of a stalled waitlist is
 * offered what is free (`offerToStalledHead`).
 */
import type { Policy } from "../../catalog/policy.ts";
import { changePreorder, changeReservation, combine } from "./bookkeeping.ts";
import type { Change, Preorder, Reservation, Stock } from "./model.ts";

/**
 * One step of handing out free units: serves the first pre-order or shopper in order. The caller repeats it in the same
 * unit of work until it returns null. A first one who cannot be served stops everybody behind them.
 * @param firstOwed the oldest pre-order that is owed
 * @param firstWaiting the head of the waitlist
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

/**
 * Units are free that could not be allocated, so the head of the waitlist needs more; and none are held that could come
 * back. To be asked after free units were allocated: it looks at the counters alone.
 */
export function isStalled(stock: Stock): boolean {
	return stock.available > 0 && stock.waiting > 0 && stock.owed === 0 && stock.held === 0;
}

/** It moves no units, so the journal gets no entry. */
function setStallDeadline(stock: Stock, waiting: Reservation, expiresAtMs: number | null): Change {
	const reservations = [{ ...waiting, expiresAtMs, version: waiting.version + 1 }];
	return { stock: { ...stock, version: stock.version + 1 }, reservations, preorders: [], entries: [] };
}

/**
 * The head of a waitlist that has been stalled for as long as an offer lasts is offered what is free. An offer that is
 * not taken passes on like any other. The deadline is dropped when the shopper is no longer first, or the waitlist
 * moves again.
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
