/**
 * How holds are extended, and how reservations and unpaid pre-orders end without a sale.
 *
 * Invariant: every reservation ends at most once (`end` asserts it). Releasing one that has ended changes nothing, and
 * gives it as it ended; releasing a sold one is refused. Units that go back become available and nothing more:
 * `allocate.ts` decides who gets them.
 */

import type { Policy } from "../../catalog/policy.ts";
import { assert } from "../../platform/assert.ts";
import { changePreorder, changeReservation } from "./bookkeeping.ts";
import {
	type AlreadySold,
	type Change,
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

export type ExtendDecision =
	| { readonly kind: "extended"; readonly reservation: Reservation }
	| { readonly kind: "not-held" }
	| { readonly kind: "extension-limit"; readonly limit: number }
	| InCheckout
	| NoReservation
	| Stale;

/**
 * Restarts the time of a hold, at most `maxExtensions` times. It moves no units, so it changes no counter. A condition
 * is looked at last: what would be refused without it is refused as that (RFC 9110, section 13.2.1).
 */
export function extend(
	policy: Policy,
	mine: Reservation | null,
	nowMs: number,
	ifMatch: IfMatch = null,
): ExtendDecision {
	if (!isLive(mine)) return { kind: "no-reservation", lastStatus: mine?.status ?? null };
	if (mine.status === "paying") return inCheckout(mine);
	if (mine.status === "waiting") return { kind: "not-held" };
	if (mine.extensions >= policy.maxExtensions) return { kind: "extension-limit", limit: policy.maxExtensions };
	if (!isMatch(ifMatch, tagOf(mine))) return { kind: "stale", current: tagOf(mine) };
	const expiresAtMs = Math.max(mine.expiresAtMs ?? 0, nowMs + (mine.offered ? policy.offerMs : policy.holdMs));
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
	const kind = r.status === "waiting" && status === "released" ? "left" : status;
	return changeReservation(stock, kind, end(r, status, nowMs), deltas);
}

/** Ends a reservation whose time is up. @throws InvariantError when it is not */
export function expire(stock: Stock, r: Reservation, nowMs: number): Change {
	assert(r.expiresAtMs !== null && r.expiresAtMs <= nowMs, `${r.id} is not due`);
	return returnUnits(stock, r, "expired", nowMs);
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
