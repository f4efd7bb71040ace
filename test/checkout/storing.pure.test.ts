/** What of a checkout has to be stored, and before what: the rule by which a drive may keep answers in memory. */
import { describe, expect, it } from "vitest";
import type { Effect } from "../../src/checkout/rules/effect.ts";
import type { Checkout, Event } from "../../src/checkout/rules/model.ts";
import { nextEffect } from "../../src/checkout/rules/next-effect.ts";
import { mayBeTold, mayStayUnstored, mustBeStoredBefore } from "../../src/checkout/rules/storing.ts";
import {
	answer,
	authorised,
	cancel,
	captured,
	cart,
	created,
	given,
	lost,
	PRICE,
	pinned,
	refused,
	sold,
	unclear,
	unpinned,
	voided,
	webhook,
} from "./saga-dsl.ts";

const also = (c: Checkout, ...events: readonly Event[]): Checkout => given(c, ...events).checkout;

const opening = cart(["a", "b"]);
const awaiting = also(opening, pinned("a"), pinned("b"), created);
const committing = also(awaiting, webhook(authorised(2 * PRICE)));
const paid = also(awaiting, webhook(captured(2 * PRICE)));
const closing = also(awaiting, cancel);
const sent: Event = { kind: "deferred", strand: "record", pauseMs: 10_000, unclear: false };
const completed = also(committing, sold("a"), sold("b"), answer(captured(2 * PRICE)));

/** The next effect, and whether what happened since `stored` has to be stored before it. */
function next(stored: Checkout, ...since: Event[]): [Effect["kind"] | undefined, boolean] {
	const c = also(stored, ...since);
	const effect = nextEffect(c);
	return [effect?.kind, effect !== null && mustBeStoredBefore(effect, stored, c)];
}

describe("what an effect follows from", () => {
	it("is not stored again when nothing has happened since", () => {
		for (const c of [opening, committing, closing, completed]) expect(next(c)[1]).toBe(false);
	});

	it("may be the answer of a SKU that would come again, while other SKUs are asked", () => {
		expect(next(opening, pinned("a"))).toEqual(["pin", false]);
		expect(next(opening, refused("a"))).toEqual(["pin", false]);
		expect(next(committing, sold("a"))).toEqual(["commit", false]);
		expect(next(also(closing, answer(voided)), unpinned("a"))).toEqual(["unpin", false]);
	});

	it("may be what was sold, when that is captured", () => {
		expect(next(committing, sold("a"), sold("b"))).toEqual(["capture", false]);
		expect(next(committing, sold("a"), lost("b"))).toEqual(["capture", false]);
	});

	it("is stored before a payment is created, since a price may be another one at the next pin", () => {
		expect(next(opening, pinned("a"), pinned("b"))).toEqual(["create-payment", true]);
	});

	it("is stored before money goes back", () => {
		expect(next(committing, lost("a"), lost("b"))).toEqual(["void", true]);
		expect(next(paid, lost("a"), sold("b"))).toEqual(["refund", true]);
	});

	it("is stored before a SKU is asked, when the provider has answered", () => {
		expect(next(closing, answer(voided))).toEqual(["unpin", true]);
		expect(next(also(awaiting, unclear), answer(authorised(2 * PRICE)))).toEqual(["commit", true]);
	});

	it("is stored before a SKU is asked, when the checkout has given up opening, or is to be sold", () => {
		expect(next(opening, pinned("a"), refused("b"))).toEqual(["unpin", true]);
		expect(next(opening, pinned("a", { unitPriceMinor: 0 }), pinned("b", { unitPriceMinor: 0 }))).toEqual([
			"commit",
			true,
		]);
	});

	it("is stored before a SKU is asked by a new attempt", () => {
		expect(next(opening, { kind: "attempt-over", attempt: 7 })).toEqual(["pin", true]);
	});

	it("is stored before a capture under another key", () => {
		const c = { ...also(committing, sold("a"), sold("b")), keyNumber: 1 };
		expect(mustBeStoredBefore({ kind: "capture", paymentId: "p", amountMinor: 1 }, committing, c)).toBe(true);
	});

	it("is stored before a version of it leaves", () => {
		expect(next(committing, sold("a"), sold("b"), answer(captured(2 * PRICE)))).toEqual(["record", true]);
		for (const kind of ["tell", "record-settlement"] as const)
			expect(mustBeStoredBefore({ kind }, committing, completed)).toBe(true);
	});

	it("need not be stored to read a payment, which changes nothing", () => {
		expect(next(committing, sold("a"), sold("b"), unclear)).toEqual(["read-payment", false]);
	});
});

describe("a caller", () => {
	it("is told of what is stored, and of what is nobody else's affair", () => {
		expect(mayBeTold(completed, also(completed, sent))).toBe(true);
		expect(mayBeTold(committing, also(committing, sold("a")))).toBe(false);
	});
});

describe("what may stay unstored when nothing is due", () => {
	it("is only that something was sent, since it is sent again", () => {
		expect(mayStayUnstored(completed, also(completed, sent))).toBe(true);
		expect(mayStayUnstored(completed, also(completed, { ...sent, strand: "settlement" }))).toBe(true);
		expect(mayStayUnstored(completed, also(completed, { ...sent, strand: "money" }))).toBe(false);
		expect(mayStayUnstored(completed, also(completed, { ...sent, strand: "units" }))).toBe(false);
		const failing = also(completed, { ...sent, strand: "money" });
		expect(mayStayUnstored(failing, also(failing, sent))).toBe(true);
		expect(mayStayUnstored(completed, also(failing, sent))).toBe(false);
		expect(mayStayUnstored(committing, also(committing, sold("a")))).toBe(false);
		expect(mayStayUnstored(completed, also(completed, { kind: "recorded", version: completed.version }))).toBe(false);
	});
});
