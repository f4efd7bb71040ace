/**
 * Who gets the last unit: the rules of one SKU's stock.
 *
 * Pure: each function takes the books as they are (the counters, the rows concerned, the time) and answers either a
 * refusal or what changes. `sku.ts` loads the rows and stores the answer in one transaction; nothing else may write stock.
 *
 * The order in which units that come free are handed out stands in one place, `handOut`: paid pre-orders, then the
 * line, then the public. The public is served by `reserve` and `pin`, which give nothing while anybody is ahead
 * (`obtainable`), so a newcomer cannot pass somebody who waits, even when the head of the line needs more than is free. So
 * that one who never comes back cannot keep units from everybody for ever, the head of a line that stands still is
 * offered what there is after a while (`endPatience`).
 *
 * Not here: how reservations end (`endings.ts`), how units come and go (`units.ts`), the equation (`posting.ts`), the words
 * (`books.ts`); the clock, ids, SQL, HTTP.
 */

import type { Policy } from "../../catalog/policy.ts";
import { type CounterDeltas, changePreorder, changeReservation, combine } from "./bookkeeping.ts";
import {
	type Change,
	type CheckoutRows,
	type DecisionContext,
	type InCheckout,
	inCheckout,
	isLive,
	type LimitExceeded,
	type LiveReservation,
	type Preorder,
	type PreorderOffer,
	type Reservation,
	type ReservationStatus,
	type SaleNotOpen,
	type SoldOut,
	type Stock,
	tagOf,
} from "./model.ts";
import { end, returnUnits } from "./release.ts";

// ---- What anybody may ask

/** Whether the public can have `quantity` units now: they are there, and nobody is ahead. */
export function canTakeNow(stock: Stock, quantity: number): boolean {
	return stock.available >= quantity && stock.waiting === 0 && stock.owed === 0;
}

/** Units that may wait in all. The default line is open only while units are held: somebody may yet not pay. */
export function waitlistLimit(stock: Stock, policy: Policy): number {
	if (policy.waitlistLimit !== null) return policy.waitlistLimit;
	return stock.held > 0 ? Math.max(1, Math.floor((stock.available + stock.held) / 2)) : 0;
}

export function preorderOffer(stock: Stock, policy: Policy): PreorderOffer | null {
	if (policy.preorder === null) return null;
	const remaining = policy.preorder.capacity - stock.pending - stock.owed;
	if (remaining <= 0) return null;
	return { expectedAtMs: policy.preorder.expectedAtMs, termsVersion: policy.preorder.termsVersion, remaining };
}

/** Whether nobody can get anything: no unit, no place in line, no pre-order. */
export function isExhausted(stock: Stock, policy: Policy): boolean {
	return (
		!canTakeNow(stock, 1) && stock.waiting >= waitlistLimit(stock, policy) && preorderOffer(stock, policy) === null
	);
}

export type SaleStatus = "in_stock" | "all_held" | "preorder" | "sold_out" | "not_started" | "ended";

export function saleStatus(stock: Stock, policy: Policy, nowMs: number): SaleStatus {
	if (policy.saleStartsAtMs !== null && nowMs < policy.saleStartsAtMs) return "not_started";
	if (policy.saleEndsAtMs !== null && nowMs >= policy.saleEndsAtMs) return "ended";
	if (canTakeNow(stock, 1)) return "in_stock";
	if (stock.held > 0) return "all_held";
	return preorderOffer(stock, policy) === null ? "sold_out" : "preorder";
}

function saleNotOpen(policy: Policy, nowMs: number): SaleNotOpen | null {
	const open =
		(policy.saleStartsAtMs === null || nowMs >= policy.saleStartsAtMs) &&
		(policy.saleEndsAtMs === null || nowMs < policy.saleEndsAtMs);
	return open ? null : { kind: "sale-not-open", startsAtMs: policy.saleStartsAtMs, endsAtMs: policy.saleEndsAtMs };
}

function exceedsLimit({ policy, owned }: DecisionContext, quantity: number): LimitExceeded | null {
	if (policy.limitPerShopper === null || owned + quantity <= policy.limitPerShopper) return null;
	return { kind: "limit-exceeded", limit: policy.limitPerShopper, owned };
}

const soldOut = (stock: Stock, policy: Policy): SoldOut => ({
	kind: "sold-out",
	preorder: preorderOffer(stock, policy),
});

// ---- Reserving

export interface ReserveCommand {
	/** Id for a new reservation; unused when the shopper has a live one. */
	readonly id: string;
	readonly shopperId: string;
	readonly quantity: number;
	/** Wants to stand in line when the units cannot be had now. */
	readonly wait: boolean;
	/** Go on only if the live reservation has one of these tags; `"*"` for any live one; null for no condition. */
	readonly ifMatch: readonly string[] | "*" | null;
}

export type ReserveDecision =
	| {
			readonly kind: "held" | "waiting";
			readonly reservation: Reservation;
			readonly created: boolean;
			readonly change: Change | null;
	  }
	| { readonly kind: "stale"; readonly current: string | null }
	| SoldOut
	| LimitExceeded
	| SaleNotOpen
	| InCheckout;

/**
 * Sets how many units the shopper has on hold. Asking for what is already so changes nothing; above all it does not
 * start the hold's time again, or a cart could be kept for ever by touching it.
 */
export function reserve(books: DecisionContext, ask: ReserveCommand, nowMs: number): ReserveDecision {
	const { stock, policy, mine } = books;
	const live = isLive(mine) ? mine : null;

	if (ask.ifMatch !== null) {
		const current = live && tagOf(live);
		if (current === null || (ask.ifMatch !== "*" && !ask.ifMatch.includes(current))) return { kind: "stale", current };
	}
	if (live?.status === "paying") return inCheckout(live);
	if (live !== null && live.quantity === ask.quantity) {
		return { kind: live.status, reservation: live, created: false, change: null };
	}
	// Giving units back is never refused; asking for more is asking.
	if (live !== null && ask.quantity < live.quantity) return resize(stock, live, ask.quantity);

	const refusal = saleNotOpen(policy, nowMs) ?? exceedsLimit(books, ask.quantity);
	if (refusal !== null) return refusal;

	if (live?.status === "held") {
		return canTakeNow(stock, ask.quantity - live.quantity) ? resize(stock, live, ask.quantity) : soldOut(stock, policy);
	}
	if (live === null && canTakeNow(stock, ask.quantity)) {
		const reservation = newReservation(ask, "held", nowMs, { expiresAtMs: nowMs + policy.holdMs });
		const change = changeReservation(stock, "held", reservation, { available: -ask.quantity, held: ask.quantity });
		return { kind: "held", reservation, created: true, change };
	}
	return joinWaitlist(books, live, ask, nowMs);
}

/** A shopper who already waits and now wants more goes to the end: those behind did not agree to wait for it. */
function joinWaitlist(
	{ stock, policy }: DecisionContext,
	live: LiveReservation | null,
	ask: ReserveCommand,
	nowMs: number,
): ReserveDecision {
	const others = stock.waiting - (live?.quantity ?? 0);
	const wants = ask.wait || live !== null;
	if (!wants || others + ask.quantity > waitlistLimit(stock, policy)) return soldOut(stock, policy);
	const place = stock.place + 1;
	const reservation = live
		? { ...live, quantity: ask.quantity, place, expiresAtMs: null, version: live.version + 1 }
		: newReservation(ask, "waiting", nowMs, { place });
	const change = changeReservation(stock, "waiting", reservation, {
		waiting: ask.quantity - (live?.quantity ?? 0),
		place: 1,
	});
	return { kind: "waiting", reservation, created: live === null, change };
}

function resize(stock: Stock, live: LiveReservation, quantity: number): ReserveDecision {
	const reservation = { ...live, quantity, version: live.version + 1 };
	const more = quantity - live.quantity;
	const moves = live.status === "waiting" ? { waiting: more } : { available: -more, held: more };
	const change = changeReservation(stock, "resized", reservation, moves, more);
	return { kind: live.status === "waiting" ? "waiting" : "held", reservation, created: false, change };
}

function newReservation(
	ask: { readonly id: string; readonly shopperId: string; readonly quantity: number },
	status: ReservationStatus,
	nowMs: number,
	rest: Partial<Reservation>,
): Reservation {
	return {
		id: ask.id,
		shopperId: ask.shopperId,
		quantity: ask.quantity,
		status,
		expiresAtMs: null,
		heldUntilMs: null,
		place: null,
		extensions: 0,
		offered: false,
		checkoutId: null,
		returned: 0,
		version: 1,
		createdAtMs: nowMs,
		endedAtMs: null,
		...rest,
	};
}

// ---- Checkout: the second stock check, and the sale

export interface PinCommand {
	/** Ids for a new reservation or pre-order, should one be needed. */
	readonly id: string;
	readonly shopperId: string;
	readonly checkoutId: string;
	readonly quantity: number;
	readonly acceptPreorder: boolean;
}

export type PinDecision =
	| { readonly kind: "pinned"; readonly reservation: Reservation; readonly change: Change | null }
	| { readonly kind: "preordered"; readonly preorder: Preorder; readonly change: Change | null }
	| SoldOut
	| LimitExceeded
	| SaleNotOpen
	| InCheckout;

/**
 * The second stock check: pins the units the shopper holds to a checkout, or takes them now, or else promises units
 * of the next delivery. Pinning twice for one checkout answers the same, also when it has bought by then.
 *
 * A hold may be checked out after the sale's end: it was taken in time.
 */
export function pin(books: DecisionContext, claim: CheckoutRows, ask: PinCommand, nowMs: number): PinDecision {
	const { stock, policy, mine } = books;
	const { reservation: bought, preorder: promised } = claim;
	if (promised !== null && promised.status !== "cancelled")
		return { kind: "preordered", preorder: promised, change: null };
	if (bought?.status === "sold") return { kind: "pinned", reservation: bought, change: null };
	const live = isLive(mine) ? mine : null;
	if (live?.status === "paying") {
		return live.checkoutId === ask.checkoutId ? { kind: "pinned", reservation: live, change: null } : inCheckout(live);
	}
	const holds = live?.status === "held" ? live.quantity : 0;
	const more = ask.quantity - holds;
	if (more > 0) {
		const refusal = saleNotOpen(policy, nowMs) ?? exceedsLimit(books, ask.quantity);
		if (refusal !== null) return refusal;
	}
	// Whoever stands in line is not `obtainable` to, so past this line a live reservation holds units.
	if (more > 0 && !canTakeNow(stock, more))
		return live?.status === "held" ? soldOut(stock, policy) : placePreorder(books, live, ask, nowMs);

	const pinned = {
		quantity: ask.quantity,
		status: "paying" as const,
		expiresAtMs: nowMs + policy.paymentWindowMs + policy.paymentGraceMs,
		heldUntilMs: live?.expiresAtMs ?? null,
		checkoutId: ask.checkoutId,
	};
	const reservation = live
		? { ...live, ...pinned, version: live.version + 1 }
		: newReservation(ask, "paying", nowMs, pinned);
	const change = changeReservation(stock, "paying", reservation, { available: -more, held: more });
	return { kind: "pinned", reservation, change };
}

/** The units cannot be had: a pre-order, if the SKU takes them and the shopper agreed. It ends their wait in line. */
function placePreorder(
	{ stock, policy }: DecisionContext,
	live: LiveReservation | null,
	ask: PinCommand,
	nowMs: number,
): PinDecision {
	const offer = preorderOffer(stock, policy);
	if (!ask.acceptPreorder || offer === null || offer.remaining < ask.quantity) return soldOut(stock, policy);
	const preorder: Preorder = {
		id: ask.id,
		shopperId: ask.shopperId,
		checkoutId: ask.checkoutId,
		quantity: ask.quantity,
		status: "pending",
		expiresAtMs: nowMs + policy.paymentWindowMs + policy.paymentGraceMs,
		expectedAtMs: offer.expectedAtMs,
		termsVersion: offer.termsVersion,
		returned: 0,
		version: 0,
		createdAtMs: nowMs,
		endedAtMs: null,
	};
	const left = live && returnUnits(stock, live, "converted", nowMs);
	const promised = changePreorder(left?.stock ?? stock, "preorder-pending", preorder, { pending: ask.quantity });
	return { kind: "preordered", preorder, change: left ? combine(left, promised) : promised };
}

export interface CommitCommand {
	readonly id: string;
	readonly shopperId: string;
	readonly checkoutId: string;
	readonly quantity: number;
	/** The terms were accepted, so that a pin which was lost may become a pre-order. */
	readonly acceptPreorder: boolean;
}

export type CommitDecision =
	| { readonly kind: "sold"; readonly reservation: Reservation; readonly change: Change | null }
	| { readonly kind: "owed"; readonly preorder: Preorder; readonly change: Change | null }
	/** The pin is gone, and so are the units: the money must go back. */
	| { readonly kind: "lost" };

/**
 * The checkout was paid. Pinned units become sold and a pending pre-order becomes owed. When the pin is gone (paid in
 * time, told late) the units are taken again if they can be had, else promised if the terms allow it.
 */
export function commit(books: DecisionContext, claim: CheckoutRows, ask: CommitCommand, nowMs: number): CommitDecision {
	const { stock } = books;
	const { reservation, preorder } = claim;
	if (reservation?.status === "sold") return { kind: "sold", reservation, change: null };
	if (preorder?.status === "owed" || preorder?.status === "filled") return { kind: "owed", preorder, change: null };
	if (reservation?.status === "paying") {
		const sold = end(reservation, "sold", nowMs);
		return {
			kind: "sold",
			reservation: sold,
			change: changeReservation(stock, "sold", sold, { held: -sold.quantity, sold: sold.quantity }),
		};
	}
	if (preorder?.status === "pending") return markOwed(stock, preorder, { pending: -preorder.quantity });

	if (exceedsLimit(books, ask.quantity + (isLive(books.mine) ? books.mine.quantity : 0)) !== null)
		return { kind: "lost" };
	if (canTakeNow(stock, ask.quantity)) {
		const retaken = newReservation(ask, "sold", nowMs, { checkoutId: ask.checkoutId, endedAtMs: nowMs });
		const change = changeReservation(stock, "sold", retaken, { available: -ask.quantity, sold: ask.quantity });
		return { kind: "sold", reservation: retaken, change };
	}
	const offer = preorderOffer(stock, books.policy);
	if (!ask.acceptPreorder || offer === null || offer.remaining < ask.quantity) return { kind: "lost" };
	const { id, shopperId, checkoutId, quantity } = ask;
	const { expectedAtMs, termsVersion } = offer;
	return markOwed(
		stock,
		{
			id,
			shopperId,
			checkoutId,
			quantity,
			expectedAtMs,
			termsVersion,
			status: "pending",
			expiresAtMs: null,
			returned: 0,
			version: 0,
			createdAtMs: nowMs,
			endedAtMs: null,
		},
		{},
	);
}

function markOwed(stock: Stock, pending: Preorder, moves: CounterDeltas): CommitDecision {
	const preorder: Preorder = { ...pending, status: "owed", expiresAtMs: null, version: pending.version + 1 };
	return {
		kind: "owed",
		preorder,
		change: changePreorder(stock, "preorder-owed", preorder, { ...moves, owed: preorder.quantity }),
	};
}

// ---- Units that come free

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
		const moves = { available: -quantity, sold: quantity, owed: -quantity, filled: quantity };
		return changePreorder(stock, "preorder-filled", filled, moves, quantity);
	}
	if (firstWaiting !== null) {
		if (stock.available >= firstWaiting.quantity) return promote(stock, policy, firstWaiting, nowMs);
		const isNoticed = firstWaiting.expiresAtMs !== null;
		return isStalled(stock) && !isNoticed ? setStallDeadline(stock, firstWaiting, nowMs + policy.offerMs) : null;
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
