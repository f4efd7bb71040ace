/**
 * How holds are extended, and how reservations and unpaid pre-orders end without a sale.
 *
 * Invariant: every reservation ends at most once (`end` asserts it). Releasing one that has ended changes nothing, and
 * gives it as it ended; releasing a sold one is refused. Units that go back become available and nothing more:
 * `allocate.ts` decides who gets them.
 */

import { assert } from "../../platform/assert.ts";
import { changePreorder, changeReservation, combine } from "./bookkeeping.ts";
import {
	type AlreadySold,
	type Change,
	type DecisionContext,
	type EntryKind,
	type IfMatch,
	type InCheckout,
	inCheckout,
	isLive,
	isMatch,
	type NoReservation,
	type Preorder,
	type Reservation,
	type ReservationStatus,
	type Stale,
	type Stock,
	tagOf,
} from "./model.ts";
import { longestHoldMs } from "./time-bound.ts";

export type ExtendDecision =
	| { readonly kind: "extended"; readonly reservation: Reservation }
	| { readonly kind: "not-held" }
	| { readonly kind: "extension-limit"; readonly limit: number }
	| InCheckout
	| NoReservation
	| Stale;

/**
 * Restarts the time of a hold, at most `maxExtensions` times, and not beyond the time for which a shopper may keep units
 * from others (`time-bound.ts`). It moves no units, so it changes no counter. A condition is looked at last: what would
 * be refused without it is refused as that (RFC 9110, section 13.2.1).
 */
export function extend(context: DecisionContext, nowMs: number, ifMatch: IfMatch = null): ExtendDecision {
	const { policy, mine } = context;
	if (!isLive(mine)) return { kind: "no-reservation", lastStatus: mine?.status ?? null };
	if (mine.status === "paying") return inCheckout(mine);
	if (mine.status === "waiting") return { kind: "not-held" };
	if (mine.extensions >= policy.maxExtensions) return { kind: "extension-limit", limit: policy.maxExtensions };
	const endsAtMs = mine.expiresAtMs ?? 0;
	const mostMs = longestHoldMs(context, mine);
	if (mostMs <= endsAtMs) return { kind: "extension-limit", limit: policy.maxExtensions };
	if (!isMatch(ifMatch, tagOf(mine))) return { kind: "stale", current: tagOf(mine) };
	const expiresAtMs = Math.max(endsAtMs, Math.min(mostMs, nowMs + (mine.offered ? policy.offerMs : policy.holdMs)));
	// Who extends is here, so it is by the shorter time, which is no gain while much of the longer one is left.
	if (mine.absent && expiresAtMs === endsAtMs) return { kind: "extended", reservation: mine };
	return {
		kind: "extended",
		reservation: { ...mine, expiresAtMs, extensions: mine.extensions + 1, version: mine.version + 1 },
	};
}

/** @throws InvariantError when the reservation has ended already */
export function end(r: Reservation, status: ReservationStatus, nowMs: number): Reservation {
	assert(isLive(r), `a reservation ends once: ${r.id} is ${r.status}`);
	return { ...r, status, expiresAtMs: null, place: null, version: r.version + 1, endedAtMs: nowMs };
}

/** Ends a live reservation: its units, or its place on the waitlist, go back. */
export function returnUnits(
	stock: Stock,
	r: Reservation,
	status: "released" | "expired" | "converted",
	nowMs: number,
): Change {
	const deltas = r.status === "waiting" ? { waiting: -r.quantity } : { held: -r.quantity, available: r.quantity };
	// In the journal, `converted` is the end of a wait, and `released` that of a hold.
	const kinds = r.status === "waiting" ? ({ released: "left" } as const) : ({ converted: "released" } as const);
	const kind: EntryKind = (kinds as Partial<Record<typeof status, EntryKind>>)[status] ?? status;
	// A hold that lapsed in a checkout ends as it would have without it.
	const quantity = r.pin?.heldBefore ?? r.quantity;
	return changeReservation(stock, kind, { ...end(r, status, nowMs), quantity }, deltas, r.quantity);
}

/**
 * Ends a reservation whose time is up. A hold that a checkout has pinned and a pin on a hold end each in its own time:
 * the rest of the hold lapses while the pin goes on, and the hold goes on when the pin lapses.
 * @throws InvariantError when its time is not up
 */
export function expire(stock: Stock, r: Reservation, nowMs: number): Change {
	assert(r.expiresAtMs !== null && r.expiresAtMs <= nowMs, `${r.id} is not due`);
	if (isAhead(pinnedUntilMs(r), nowMs)) return giveUpRest(stock, r);
	if (r.status === "paying" && isAhead(r.heldUntilMs, nowMs)) {
		// It keeps the checkout's id: the payment may have been in time, and its news be late.
		return restoreHold(stock, r, { checkoutId: r.checkoutId, heldUntilMs: r.heldUntilMs });
	}
	// It ended when its time was up, and not when that was noticed.
	return returnUnits(stock, r, "expired", Math.max(pinnedUntilMs(r) ?? r.expiresAtMs, r.heldUntilMs ?? 0));
}

const isAhead = (atMs: number | null, nowMs: number): boolean => atMs !== null && atMs > nowMs;

/** When a pin runs out; null for a reservation that is not pinned. */
export const pinnedUntilMs = (r: Reservation): number | null =>
	r.status === "paying" ? (r.pin?.untilMs ?? r.expiresAtMs) : null;

/** The units that a checkout has pinned, of a reservation that may have more. */
export const pinnedUnits = (r: Reservation): number => r.pin?.units ?? r.quantity;

/** The former hold has run out: what the checkout has not pinned of it goes back. */
function giveUpRest(stock: Stock, r: Reservation): Change {
	const units = pinnedUnits(r);
	const rest = r.quantity - units;
	const next = { ...r, quantity: units, expiresAtMs: pinnedUntilMs(r), version: r.version + 1 };
	return changeReservation(stock, "resized", next, { held: -rest, available: rest }, -rest);
}

/** The checkout is over, and the hold from before it goes on in its former quantity until its former end. */
function restoreHold(
	stock: Stock,
	r: Reservation,
	rest: Pick<Reservation, "checkoutId" | "heldUntilMs"> = { checkoutId: null, heldUntilMs: null },
): Change {
	const quantity = r.pin?.heldBefore ?? r.quantity;
	const more = r.quantity - quantity;
	const version = r.version + 1;
	const hold: Reservation = { ...r, ...rest, status: "held", expiresAtMs: r.heldUntilMs, pin: null, quantity, version };
	const unpinned = changeReservation(stock, "unpinned", hold, {});
	if (more === 0) return unpinned;
	return combine(unpinned, changeReservation(unpinned.stock, "resized", hold, { held: -more, available: more }, -more));
}

/** Ends a pin without a sale: the shopper gets back what they had before it, as far as it has not lapsed meanwhile. */
export function endPin(stock: Stock, r: Reservation, nowMs: number): Change {
	if (isAhead(r.heldUntilMs, nowMs)) return restoreHold(stock, r);
	return returnUnits(stock, r, r.heldUntilMs === null ? "released" : "expired", nowMs);
}

export type ReleaseDecision =
	| { readonly kind: "released"; readonly reservation: Reservation; readonly change: Change | null }
	| InCheckout
	| AlreadySold
	| NoReservation
	| Stale;

/** Ends a hold or a wait, for its shopper or for the merchant. A reservation that has ended stays as it ended. */
export function release(
	stock: Stock,
	mine: Reservation | null,
	nowMs: number,
	ifMatch: IfMatch = null,
): ReleaseDecision {
	if (mine === null) return { kind: "no-reservation", lastStatus: null };
	if (mine.status === "sold") return { kind: "already-sold" };
	if (mine.status === "paying") return inCheckout(mine);
	if (!isMatch(ifMatch, tagOf(mine)) && !isReleaseOf(ifMatch, mine)) return { kind: "stale", current: tagOf(mine) };
	if (!isLive(mine)) return { kind: "released", reservation: mine, change: null };
	const change = returnUnits(stock, mine, "released", nowMs);
	return { kind: "released", reservation: change.reservations[0] as Reservation, change };
}

/**
 * Whether the release that the condition asks for is just what happened. A call that is repeated because its answer was
 * lost must not be told that its own success has made it stale.
 */
function isReleaseOf(ifMatch: IfMatch, r: Reservation): boolean {
	return r.status === "released" && isMatch(ifMatch, tagOf({ id: r.id, version: r.version - 1 }));
}

/** Cancels a pre-order that was never paid, which frees its part of the capacity. */
export function expirePreorder(stock: Stock, preorder: Preorder, nowMs: number): Change {
	assert(preorder.status === "pending", `${preorder.id} is ${preorder.status}`);
	const next: Preorder = { ...preorder, status: "cancelled", expiresAtMs: null, endedAtMs: nowMs };
	return changePreorder(stock, "preorder-cancelled", next, { pending: -preorder.quantity });
}
