/**
 * Who gets units that come free, and in which order. When the public may take one is in `availability.ts`.
 *
 * Units come free by a restock, a release, an expiry, a refund or a count. Whatever the cause, they go to paid
 * pre-orders, oldest first, then to the waitlist, in order, and then to the public (`availability.ts`). Nobody is
 * passed: if the next one needs more units than are free, everybody behind waits too. That holds for a pre-order that is
 * paid while units stand free for the head of the waitlist: it comes first for what comes free from then on, and those
 * units stay set aside for who was on the waitlist before it (`setAside`).
 *
 * Outside the sale window nobody is promoted, and nothing stands free for anybody on the waitlist.
 *
 * A head who never comes back must not block the others for ever. After a while, the head of a stalled waitlist is
 * offered what is free (`offerToStalledHead`).
 */
import type { Policy } from "../../catalog/policy.ts";
import { saleNotOpen } from "./availability.ts";
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
	const head = saleNotOpen(policy, nowMs) === null ? firstWaiting : null;
	if (firstOwed !== null) {
		const standing = standsFree(stock, head);
		const quantity = firstOwed.quantity - firstOwed.returned;
		if (stock.available - standing >= quantity) return fill(stock, firstOwed, quantity, standing, nowMs);
		return head !== null && standing >= head.quantity ? promote(stock, policy, head, nowMs) : null;
	}
	if (head === null) return null;
	if (stock.available >= head.quantity) return promote(stock, policy, head, nowMs);
	const hasDeadline = head.expiresAtMs !== null;
	return isStalled(stock) && !hasDeadline ? setStallDeadline(stock, head, nowMs + policy.offerMs) : null;
}

/** Units that stand free for the head of the waitlist, so that no pre-order gets them that came to be owed later. */
export function standsFree(stock: Stock, head: Pick<Reservation, "place"> | null): number {
	if (head === null || stock.owed === 0 || (head.place ?? 0) > stock.setAsideUpTo) return 0;
	return Math.min(stock.setAside, stock.available);
}

function fill(stock: Stock, owed: Preorder, quantity: number, standing: number, nowMs: number): Change {
	const filled: Preorder = { ...owed, status: "filled", version: owed.version + 1, endedAtMs: nowMs };
	const deltas = { available: -quantity, sold: quantity, owed: -quantity, filled: quantity };
	// What no longer stands free for anybody is not set aside again for who comes to the front later.
	const setAside = standing - stock.setAside;
	return changePreorder(stock, "preorder-filled", filled, { ...deltas, setAside }, quantity);
}

function promote(stock: Stock, policy: Policy, waiting: Reservation, nowMs: number): Change {
	const { quantity } = waiting;
	const held: Reservation = {
		...waiting,
		status: "held",
		expiresAtMs: nowMs + policy.offerMs,
		heldSinceMs: nowMs,
		place: null,
		offered: true,
		version: waiting.version + 1,
	};
	const deltas = { available: -quantity, held: quantity, waiting: -quantity };
	const setAside = -Math.min(stock.setAside, quantity);
	return changeReservation(stock, "promoted", held, { ...deltas, setAside });
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
	if (!isFirst || !isStalled(stock) || saleNotOpen(policy, nowMs) !== null)
		return setStallDeadline(stock, waiting, null);
	const more = stock.available - waiting.quantity;
	const fewer: Reservation = { ...waiting, quantity: stock.available, version: waiting.version + 1 };
	const resized = changeReservation(stock, "resized", fewer, { waiting: more }, more);
	return combine(resized, promote(resized.stock, policy, fewer, nowMs));
}
