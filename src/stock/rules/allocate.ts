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
	const owed = firstOwed && firstOwed.quantity - firstOwed.returned;
	const next = nextServed(stock, owed, head);
	if (next === "preorder" && firstOwed !== null) return fill(stock, firstOwed, head, nowMs);
	if (next === "head" && head !== null) return promote(stock, policy, head, nowMs);
	if (head === null || head.expiresAtMs !== null || !isStalled(stock)) return null;
	return setStallDeadline(stock, head, nowMs + policy.offerMs);
}

/** The counters that say who is served next. */
type Free = Pick<Stock, "available" | "setAside" | "setAsideUpTo">;
/** What of the head of the waitlist says whether it is served next. */
export type Head = Pick<Reservation, "quantity" | "place">;

/** @param owed units that the oldest owed pre-order still wants; null when none is owed */
function nextServed(free: Free, owed: number | null, head: Head | null): "preorder" | "head" | null {
	const standing = standsFree(free, head);
	if (owed !== null && free.available - standing >= owed) return "preorder";
	const forHead = owed === null ? free.available : standing;
	return head !== null && forHead >= head.quantity ? "head" : null;
}

/**
 * Units that stand free for the head of the waitlist, so that no pre-order gets them that came to be owed later. Without
 * meaning while none is owed.
 */
export function standsFree(free: Free, head: Head | null): number {
	if (head === null || (head.place ?? 0) > free.setAsideUpTo) return 0;
	return Math.min(free.setAside, free.available);
}

/** What no longer stands free for anybody is not set aside again for who comes to the front later. */
const setAsideByFill = (free: Free, head: Head | null): number => standsFree(free, head) - free.setAside;

const setAsideByPromotion = (free: Free, quantity: number): number => -Math.min(free.setAside, quantity);

/** Free units that were handed out to those ahead of the public. */
export interface Allocated {
	/** Units that went to pre-orders. */
	readonly filledPreorders: number;
	/** Units that went to the waitlist. */
	readonly promoted: number;
}

/**
 * Where the units that are free now will go when `allocateNext` is repeated until it returns null. It decides by the
 * same `nextServed`, since a merchant is told this before a long waitlist has been served.
 * @param owed units that each owed pre-order still wants, the oldest first
 * @param waiting the waitlist in order; empty outside the sale window
 */
export function previewAllocation(stock: Free, owed: Iterator<number>, waiting: Iterator<Head>): Allocated {
	const take = <T>(from: Iterator<T>): T | null => {
		const { done, value } = from.next();
		return done ? null : value;
	};
	const free = { ...stock };
	const allocated = { filledPreorders: 0, promoted: 0 };
	let [preorder, head] = [take(owed), take(waiting)];
	while (free.available > 0) {
		const next = nextServed(free, preorder, head);
		if (next === "preorder" && preorder !== null) {
			// What `fill` sets aside no longer stood free for anybody who waits now.
			free.available -= preorder;
			allocated.filledPreorders += preorder;
			preorder = take(owed);
		} else if (next === "head" && head !== null) {
			free.setAside += setAsideByPromotion(free, head.quantity);
			free.available -= head.quantity;
			allocated.promoted += head.quantity;
			head = take(waiting);
		} else break;
	}
	return allocated;
}

function fill(stock: Stock, owed: Preorder, head: Head | null, nowMs: number): Change {
	const quantity = owed.quantity - owed.returned;
	const filled: Preorder = { ...owed, status: "filled", version: owed.version + 1, endedAtMs: nowMs };
	const deltas = { available: -quantity, sold: quantity, owed: -quantity, filled: quantity };
	const setAside = setAsideByFill(stock, head);
	return changePreorder(stock, "preorder-filled", filled, { ...deltas, setAside }, quantity);
}

function promote(stock: Stock, policy: Policy, waiting: Reservation, nowMs: number): Change {
	const { quantity } = waiting;
	const held: Reservation = {
		...waiting,
		status: "held",
		expiresAtMs: nowMs + (waiting.absent ? policy.offerAbsentMs : policy.offerMs),
		heldSinceMs: nowMs,
		place: null,
		offered: true,
		version: waiting.version + 1,
	};
	const deltas = { available: -quantity, held: quantity, waiting: -quantity };
	const setAside = setAsideByPromotion(stock, quantity);
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
