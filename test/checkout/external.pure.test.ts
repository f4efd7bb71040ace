/** What the merchant's server says of its own payment, at every moment of a checkout. */
import { describe, expect, it } from "vitest";
import { decidePaid, outcomeOf } from "../../src/checkout/rules/external.ts";
import type { Checkout, Event } from "../../src/checkout/rules/model.ts";
import {
	answer,
	at,
	cancel,
	cart,
	GRACE,
	given,
	LATE,
	lost,
	NOW,
	owed,
	PAY_BY,
	PAYMENT,
	PRICE,
	pinned,
	sold,
	spared,
	tick,
	toCommit,
	toRead,
	toRecord,
	toRefund,
	toUnpin,
	toVoid,
	unpinned,
} from "./saga-dsl.ts";

const DUE = 3 * PRICE;
const OPEN = { amountMinor: DUE, attemptUnderWay: true };
const created: Event = {
	...{ kind: "payment-created", provider: "external", payWith: { external: true } },
	payment: { ...PAYMENT, ...OPEN },
};
const awaiting = () =>
	given(cart(["a 1", "b 2"], { isExternal: true, acceptPreorder: true }), pinned("a"), pinned("b"), created).checkout;
const said = (paidAtMs = NOW) => ({ reference: "psp-1", paidAtMs, amountMinor: DUE, currency: "USD" });
const paid = (paidAtMs = NOW): Event => ({ kind: "paid-outside", ...said(paidAtMs) });
const back = (refundedMinor: number): Event =>
	answer({ ...OPEN, status: "captured", capturedMinor: DUE, refundedMinor, paidAtMs: NOW, attemptUnderWay: false });
/** The window and the grace are over, and the payment is called off. */
const closing = () => given(awaiting(), at(LATE), tick, tick, answer(OPEN)).then(toVoid).checkout;
const closed = () =>
	given(closing(), answer({ ...OPEN, status: "voided" }), unpinned("a"), unpinned("b")).is({ phase: "closed" })
		.checkout;

describe("a payment that the merchant's server tells of", () => {
	it("sells every line, and nothing is captured at anybody's", () => {
		const { checkout } = given(awaiting(), paid())
			.then(toCommit("a", 1))
			.and(sold("a"), sold("b"))
			.is({ phase: "completed", payment: { reference: "psp-1" } })
			.then(toRecord);
		expect(outcomeOf(checkout)).toEqual({ outcome: "sold", refundMinor: 0 });
	});

	it("is waited for until the grace is over, since nobody can be asked", () => {
		given(awaiting(), at(PAY_BY), tick)
			.then(toRead)
			.and(answer(OPEN))
			.is({ phase: "closing" })
			.and(paid(PAY_BY + 1));
		given(awaiting(), at(PAY_BY), tick, answer(OPEN), paid(PAY_BY + 1)).then(toCommit("a", 1));
	});

	it("ends every doubt about it, and is newer than every answer that is still under way", () => {
		const c = awaiting();
		const payment = { ...c.payment, inDoubt: true, unclear: "void", revision: 4 };
		given({ ...c, payment } as Checkout, paid()).is({
			payment: { inDoubt: false, unclear: null, revision: 5, seen: { status: "captured", attemptUnderWay: false } },
		});
	});

	it("is not known before it is decided what came of it", () => {
		expect(outcomeOf(given(awaiting(), paid(), sold("a")).checkout)).toBeNull();
	});

	it("has a part of it to be given back when a part of the lines is gone", () => {
		const { checkout } = given(awaiting(), paid(), sold("a"), lost("b"))
			.then(toRefund(2 * PRICE))
			.and(back(2 * PRICE));
		expect(outcomeOf(checkout)).toEqual({ outcome: "sold", refundMinor: 2 * PRICE });
	});

	it("is a pre-order when one line became one", () => {
		expect(outcomeOf(given(awaiting(), paid(), sold("a"), owed("b")).checkout)?.outcome).toBe("preorder");
	});

	it("has all of it to be given back after the checkout was called off", () => {
		const c = given(awaiting(), cancel, answer({ ...OPEN, status: "voided" }), unpinned("a"), unpinned("b")).checkout;
		const { checkout } = given(c, paid()).then(toRefund(DUE)).and(back(DUE)).is({ phase: "closed" }).then(null);
		expect(outcomeOf(checkout)).toEqual({ outcome: "refund", refundMinor: DUE });
	});

	it("has nothing to be given back that was never paid", () => {
		expect(outcomeOf(closing())).toEqual({ outcome: "refund", refundMinor: 0 });
		const never = given(cart(["a 1"], { isExternal: true }), cancel, spared("a")).is({
			phase: "closed",
			payment: null,
		});
		expect(outcomeOf(never.checkout)).toEqual({ outcome: "refund", refundMinor: 0 });
	});

	it("that came after the grace has all of it to be given back", () => {
		given(closed(), at(LATE), paid(LATE)).then(toRefund(DUE)).and(back(DUE)).is({ phase: "closed" }).then(null);
	});
});

describe("a payment in time that is told late", () => {
	it("asks for the units again, as a new attempt: the one before has ended at the SKUs", () => {
		const before = closed();
		const { checkout } = given(before, at(LATE), paid()).then(toCommit("a", 1));
		expect(checkout.attempt).toBeGreaterThan(before.attempt);
		given(checkout, sold("a"), sold("b")).is({ phase: "completed" });
		const { checkout: none } = given(checkout, lost("a"), lost("b")).then(toRefund(DUE)).and(back(DUE));
		expect(outcomeOf(none)).toEqual({ outcome: "refund", refundMinor: DUE });
	});

	it("is no loss when the answer to giving a unit back is still on its way", () => {
		const unpinning = given(closing(), answer({ ...OPEN, status: "voided" })).then(toUnpin("a")).checkout;
		given(unpinning, at(LATE), paid(), unpinned("a"))
			.then(toCommit("a", 1))
			.and(sold("a"), sold("b"))
			.is({ phase: "completed" });
	});

	it("is in time at the very end of the grace, and late a millisecond after it", () => {
		given(closed(), at(LATE), paid(PAY_BY + GRACE)).then(toCommit("a", 1));
		given(closed(), at(LATE), paid(PAY_BY + GRACE + 1)).then(toRefund(DUE));
	});

	it("has an attempt after every one before, whatever the clock says", () => {
		const attemptAfter = (attempt: number) => given({ ...closed(), attempt }, at(LATE), paid()).checkout.attempt;
		expect(attemptAfter(1)).toBe(LATE);
		expect(attemptAfter(LATE + 7)).toBe(LATE + 8);
	});

	it("is judged by our clock when the merchant's runs ahead", () => {
		given(awaiting(), at(PAY_BY), paid(LATE + 1)).then(toCommit("a", 1));
	});
});

describe("what the merchant's server may say", () => {
	const kindOf = (c: Checkout, changes: object = {}) => decidePaid(c, { ...said(), ...changes }).kind;

	it("is the checkout's total, once, by one reference", () => {
		const c = awaiting();
		expect(kindOf(c)).toBe("news");
		expect(kindOf(c, { amountMinor: DUE - 1 })).toBe("amount-differs");
		expect(kindOf(c, { currency: "EUR" })).toBe("amount-differs");
		const { checkout } = given(c, paid());
		expect(kindOf(checkout)).toBe("known");
		expect(kindOf(checkout, { paidAtMs: NOW + 5 })).toBe("known");
		expect(kindOf(checkout, { reference: "psp-2" })).toBe("paid-otherwise");
		expect(kindOf(checkout, { amountMinor: 0 })).toBe("amount-differs");
		expect(given(checkout, { ...paid(), reference: "psp-2" } as Event).checkout).toBe(checkout);
	});

	it("is nothing of a checkout that is not open, or whose payment is a provider's", () => {
		expect(kindOf(cart(["a 1"], { isExternal: true }))).toBe("not-open");
		expect(kindOf(cart(["a 1"]))).toBe("not-external");
		expect(given(cart(["a 1"]), paid()).checkout).toEqual(cart(["a 1"]));
		const providers = { ...awaiting(), isExternal: false };
		expect(given(providers, paid()).checkout).toBe(providers);
		const opening = given(cart(["a 1"], { isExternal: true }), pinned("a")).is({ phase: "opening", payment: null });
		expect(kindOf(opening.checkout, { amountMinor: 0 })).toBe("not-open");
	});

	it("is nothing new of an order that costs nothing", () => {
		const free = cart(["a 1"], { isExternal: true, adjustments: [`discount ${-PRICE}`] });
		const { checkout } = given(free, pinned("a"), sold("a")).is({ phase: "completed", payment: null });
		expect(kindOf(checkout, { amountMinor: 0 })).toBe("known");
		expect(kindOf(checkout, { amountMinor: 1 })).toBe("amount-differs");
		expect(outcomeOf(checkout)).toEqual({ outcome: "sold", refundMinor: 0 });
	});
});
