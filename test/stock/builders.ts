/**
 * Builders for the tests of the rules. What a test does not name has the plainest value: a policy without limits, an
 * empty stock, a reservation of one unit. `deltas` gives what a rule did to the counters, and thereby what it left
 * alone.
 */

import type { Policy } from "../../src/catalog/policy.ts";
import type { DecisionContext } from "../../src/stock/rules/model.ts";
import { type Change, EMPTY_STOCK, type Preorder, type Reservation, type Stock } from "../../src/stock/rules/model.ts";
import type { PinCommand } from "../../src/stock/rules/purchase.ts";
import type { ReserveCommand } from "../../src/stock/rules/reserve.ts";
import type { CommitCommand } from "../../src/stock/rules/sale.ts";

export const NOW = Date.UTC(2026, 11, 12, 12, 0, 0);

const POLICY: Policy = {
	holdMs: 600_000,
	offerMs: 300_000,
	offerAbsentMs: 3_600_000,
	paymentWindowMs: 900_000,
	paymentGraceMs: 120_000,
	maxExtensions: 3,
	limitPerShopper: null,
	waitlistLimit: null,
	preorder: null,
	saleStartsAtMs: null,
	saleEndsAtMs: null,
	allowDelayedMethods: false,
};

export const aPolicy = (over: Partial<Policy> = {}): Policy => ({ ...POLICY, ...over });

/** A policy that takes pre-orders of `capacity` units. */
export const preorders = (capacity: number): Partial<Policy> => ({
	preorder: { capacity, expectedAtMs: NOW + 86_400_000, termsVersion: "v1" },
});

/** Counters in balance: `received` is what the others add up to. */
export function aStock(over: Partial<Omit<Stock, "received">> = {}): Stock {
	const stock = { ...EMPTY_STOCK, ...over };
	return { ...stock, received: stock.available + stock.held + stock.sold - stock.adjusted };
}

function aReservation(over: Partial<Reservation>): Reservation {
	return {
		id: "r1",
		shopperId: "ada",
		quantity: 1,
		status: "held",
		expiresAtMs: null,
		heldUntilMs: null,
		pin: null,
		heldSinceMs: null,
		place: null,
		extensions: 0,
		offered: false,
		absent: false,
		checkoutId: null,
		returned: 0,
		refunded: 0,
		version: 1,
		createdAtMs: NOW - 60_000,
		endedAtMs: null,
		...over,
	};
}

export const held = (over: Partial<Reservation> = {}) => aReservation({ expiresAtMs: NOW + 60_000, ...over });
export const waiting = (over: Partial<Reservation> = {}) => aReservation({ status: "waiting", place: 1, ...over });
export const paying = (over: Partial<Reservation> = {}) =>
	aReservation({ status: "paying", expiresAtMs: NOW + 60_000, checkoutId: "c1", ...over });
export const ended = (status: "sold" | "released" | "expired" | "converted", over: Partial<Reservation> = {}) =>
	aReservation({ status, endedAtMs: NOW - 1, checkoutId: status === "sold" ? "c1" : null, ...over });

export function aPreorder(status: Preorder["status"], over: Partial<Preorder> = {}): Preorder {
	return {
		id: "p1",
		shopperId: "ada",
		checkoutId: "c1",
		quantity: 1,
		status,
		expiresAtMs: status === "pending" ? NOW + 60_000 : null,
		expectedAtMs: NOW + 86_400_000,
		termsVersion: "v1",
		returned: 0,
		refunded: 0,
		attempt: null,
		replaces: null,
		version: status === "pending" ? 0 : 1,
		createdAtMs: NOW - 60_000,
		endedAtMs: status === "filled" || status === "cancelled" ? NOW - 1 : null,
		...over,
	};
}

export const aContext = (stock: Stock, rest: Partial<DecisionContext> = {}): DecisionContext => ({
	stock,
	policy: POLICY,
	mine: null,
	owned: 0,
	...rest,
});

export const reserveCommand = (over: Partial<ReserveCommand> = {}): ReserveCommand => ({
	id: "new",
	shopperId: "ada",
	quantity: 1,
	wait: false,
	ifMatch: null,
	...over,
});

export const pinCommand = (over: Partial<PinCommand> = {}): PinCommand => ({
	id: "new",
	shopperId: "ada",
	checkoutId: "c1",
	quantity: 1,
	acceptPreorder: false,
	...over,
});

export const commitCommand = (over: Partial<CommitCommand> = {}): CommitCommand => pinCommand(over);

/** By how much a change moved each counter. Counters that did not move are left out. */
export function deltas(before: Stock, change: Change | null): Partial<Record<keyof Stock, number>> {
	const after = change?.stock ?? before;
	const moves: Partial<Record<keyof Stock, number>> = {};
	for (const name of Object.keys(before) as (keyof Stock)[]) {
		if (name === "version" || name === "seq" || name === "place" || name === "setAsideUpTo") continue;
		if (after[name] !== before[name]) moves[name] = after[name] - before[name];
	}
	return moves;
}

/** Those decisions of `A` that may be of kind `K`. */
type OfKind<A, K> = A extends { readonly kind: infer T } ? (K extends T ? A : never) : never;

/** The decision, if it is of that kind; else the test fails and shows it. */
export function the<A extends { readonly kind: string }, K extends A["kind"]>(kind: K, decision: A): OfKind<A, K> {
	if (decision.kind !== kind) throw new Error(`not ${kind} but ${JSON.stringify(decision)}`);
	return decision as OfKind<A, K>;
}
