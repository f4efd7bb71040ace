/** Snapshots of a payment: which is news, which is old, and which only shows that the payment has to be read. */
import { describe, expect, it } from "vitest";
import type { Checkout, Event } from "../../src/checkout/rules/model.ts";
import { compareProgress, paidInTime, showsReturnedRefund } from "../../src/checkout/rules/payment-snapshot.ts";
import { isTooOldToCallOff } from "../../src/checkout/rules/payment-verdict.ts";
import type { Payment } from "../../src/payments/provider.ts";
import {
	answer,
	at,
	authorised,
	cancel,
	captured,
	cart,
	created,
	declined,
	GRACE,
	given,
	NOW,
	PAY_BY,
	PAYMENT,
	PRICE,
	pinned,
	sold,
	tick,
	toRead,
	toVoid,
	webhook,
} from "./saga-dsl.ts";

const awaiting = () => given(cart(["a"]), pinned("a"), created).checkout;
const complete = () => given(awaiting(), webhook(authorised(PRICE)), sold("a"), answer(captured(PRICE))).checkout;
const expired = () => given(awaiting(), at(PAY_BY), tick).checkout;

const unclear = (effect: "void" | "capture" | "refund"): Event => ({
	...{ kind: "deferred", strand: "money", pauseMs: 1_000, unclear: true, effect },
});

describe("progress", () => {
	it("goes from open to processing, authorised, voided and captured", () => {
		const statuses = ["open", "processing", "authorised", "voided", "captured"] as const;
		for (const [i, status] of statuses.entries()) {
			for (const [j, other] of statuses.entries()) {
				const progress = compareProgress({ ...PAYMENT, status }, { ...PAYMENT, status: other });
				expect(Math.sign(progress)).toBe(Math.sign(i - j));
			}
		}
	});

	it("is more money captured, and then more refunded", () => {
		const of = (capturedMinor: number, refundedMinor: number) => ({ ...PAYMENT, capturedMinor, refundedMinor });
		expect(compareProgress(of(2, 0), of(1, 1))).toBeGreaterThan(0);
		expect(compareProgress(of(2, 1), of(2, 0))).toBeGreaterThan(0);
		expect(compareProgress(of(2, 1), of(2, 1))).toBe(0);
	});
});

describe("a snapshot", () => {
	const old = (payment: Payment): Payment => {
		const { attemptUnderWay, disputedMinor, ...rest } = payment;
		return rest as Payment;
	};

	it("of the version before says the same as one that has no attempt under way and no dispute", () => {
		const c = awaiting();
		given(c, { kind: "payment-seen", payment: old(PAYMENT), asked: true }).is(c);
		expect(given(c, { kind: "payment-seen", payment: old(PAYMENT), asked: true }).checkout).toBe(c);
		const { payment } = given(c, {
			kind: "payment-seen",
			payment: old({ ...PAYMENT, ...authorised(PRICE) }),
			asked: false,
		}).checkout;
		expect(payment?.seen).toEqual({ ...PAYMENT, ...authorised(PRICE) });
	});

	it("that was stored by the version before has no dispute: what it captured is kept", () => {
		const paid = given(awaiting(), webhook(captured(PRICE))).checkout;
		const { payment } = paid;
		const stored = { ...paid, payment: { ...payment, seen: old(payment?.seen ?? PAYMENT) } } as Checkout;
		given(stored, sold("a")).is({ phase: "completed" });
	});

	it("of a decline is news if it is dated later, whoever asked", () => {
		for (const asked of [true, false]) {
			given(awaiting(), webhook(declined(), asked))
				.is({ payment: { seen: declined(), revision: 1 } })
				.and(webhook(declined(NOW + 1), asked))
				.is({ payment: { seen: declined(NOW + 1), revision: 2 } });
		}
	});

	it("that was asked for a comparison makes no doubt, and says nothing about the key of an effect", () => {
		const compared = (payment: Partial<Payment>): Event => ({
			...{ kind: "payment-seen", payment: { ...PAYMENT, ...payment }, asked: false, revision: 0 },
		});
		given(awaiting(), compared(declined())).is({ payment: { inDoubt: false, seen: declined() } });
		given(awaiting(), unclear("void"), compared(declined())).is({ keyNumber: 0, payment: { unclear: "void" } });
	});

	it("counts each that is taken, and no other", () => {
		const c = awaiting();
		expect(c.payment?.revision).toBe(0);
		const paid = given(c, webhook(authorised(PRICE))).checkout;
		expect(paid.payment?.revision).toBe(1);
		expect(given(paid, answer(captured(PRICE))).checkout.payment?.revision).toBe(2);
		expect(given(expired(), answer({})).checkout.payment?.revision).toBe(0);
	});
});

describe("a webhook that contradicts what is known", () => {
	it.each([
		["a dispute that nobody told of", { ...captured(PRICE), disputedMinor: 1 }],
		["less than was captured", authorised(PRICE)],
	])("puts the payment in doubt for %s, and changes nothing else", (_, payment) => {
		const c = complete();
		const { checkout } = given(c, webhook(payment)).then(toRead);
		expect(checkout).toEqual({ ...c, payment: { ...c.payment, inDoubt: true } });
		expect(given(checkout, webhook(payment)).checkout).toBe(checkout);
	});

	it("does not for a decline that is dated earlier, or an attempt under way", () => {
		const declined = given(awaiting(), webhook({ declined: { code: "card_declined", atMs: NOW } })).checkout;
		expect(given(declined, webhook({ declined: { code: "card_declined", atMs: NOW - 1 } })).checkout).toBe(declined);
		const c = awaiting();
		expect(given(c, webhook({ attemptUnderWay: true })).checkout).toBe(c);
	});
});

describe("the key of a void or a capture", () => {
	it.each(["void", "capture"] as const)("is dead once a read shows that the %s was not made", (effect) => {
		const { checkout } = given(awaiting(), unclear(effect)).is({ payment: { unclear: effect, inDoubt: true } });
		given(checkout, answer({})).is({ keyNumber: 1, payment: { unclear: null, inDoubt: false } });
		// A webhook, news, and another doubt say nothing about it.
		given(checkout, webhook({ declined: { code: "card_declined", atMs: NOW } })).is({ keyNumber: 0 });
		given(checkout, answer(authorised(PRICE))).is({ keyNumber: 0, payment: { unclear: null } });
	});

	it("lives on after a refund, and after a doubt that no effect of ours caused", () => {
		given(complete(), unclear("refund"), answer(captured(PRICE))).is({ keyNumber: 0 });
		given(expired(), answer({})).is({ keyNumber: 0 });
	});
});

describe("a refund that comes back", () => {
	const refunded = () => {
		const units = [{ sku: "a", quantity: 1 }];
		const refund: Event = { kind: "refund", units, restock: false, reason: "" };
		return given(complete(), refund, answer(captured(PRICE, PRICE))).checkout;
	};
	const shows = (payment: Partial<Payment>, over: object = {}) =>
		showsReturnedRefund(refunded(), {
			...{ kind: "payment-seen", payment: { ...PAYMENT, ...payment }, asked: true },
			...over,
		});

	it("is shown by an answer of our own with less refunded, and all else as it was", () => {
		expect(shows(captured(PRICE, PRICE - 1))).toBe(true);
		expect(shows(captured(PRICE, PRICE))).toBe(false);
		expect(shows(captured(PRICE - 1, 0))).toBe(false);
		expect(shows({ ...captured(PRICE, 0), status: "authorised" })).toBe(false);
		expect(shows({ ...captured(PRICE, 0), id: "pay_2" })).toBe(false);
	});

	it("is not shown by a webhook, nor by an answer from before the newest snapshot", () => {
		const { revision = 0 } = refunded().payment ?? {};
		expect(shows(captured(PRICE), { asked: false })).toBe(false);
		expect(shows(captured(PRICE), { revision })).toBe(true);
		expect(shows(captured(PRICE), { revision: revision - 1 })).toBe(false);
		expect(showsReturnedRefund(cart(["a"]), { kind: "payment-seen", payment: PAYMENT, asked: true })).toBe(false);
	});
});

describe("a payment in time", () => {
	it("is one that was made by the end of the grace, or is told of by then without a date", () => {
		const window = { payByMs: PAY_BY, graceMs: GRACE };
		const c = given(awaiting(), webhook(authorised(PRICE, PAY_BY + GRACE))).checkout;
		expect(paidInTime(c, window, PAY_BY * 2)).toBe(true);
		expect(paidInTime(c, { ...window, graceMs: GRACE - 1 }, 0)).toBe(false);
		expect(paidInTime(awaiting(), window, PAY_BY + GRACE)).toBe(true);
		expect(paidInTime(awaiting(), window, PAY_BY + GRACE + 1)).toBe(false);
	});
});

describe("an answer by which a payment would be called off", () => {
	const FRESH = 1_000;
	const isTooOld = (c: Checkout, askedAtMs: number, tookMs: number, payment: Partial<Payment> = {}) =>
		isTooOldToCallOff(c, { ...PAYMENT, ...payment }, askedAtMs, askedAtMs + tookMs, FRESH);

	it("is too old when it took long, and was asked for before the end of the grace", () => {
		expect(isTooOld(expired(), PAY_BY, FRESH)).toBe(false);
		expect(isTooOld(expired(), PAY_BY, FRESH + 1)).toBe(true);
		expect(isTooOld(expired(), PAY_BY + GRACE - 1, FRESH + 1)).toBe(true);
		expect(isTooOld(expired(), PAY_BY + GRACE, FRESH + 1)).toBe(false);
	});

	it("is none when it shows more than an open payment, or nobody can pay any more", () => {
		expect(isTooOld(expired(), PAY_BY, FRESH + 1, authorised(PRICE))).toBe(false);
		expect(isTooOld(given(awaiting(), cancel).checkout, PAY_BY, FRESH + 1)).toBe(false);
		expect(isTooOld(awaiting(), PAY_BY, FRESH + 1)).toBe(false);
	});
});

describe("an attempt under way", () => {
	it("is waited for only when the window has ended, and not when the shopper has cancelled", () => {
		const trying = given(awaiting(), answer({ attemptUnderWay: true })).checkout;
		given(trying).then(null);
		given(trying, cancel).then(toVoid);
		given(trying, at(PAY_BY), tick, answer({ attemptUnderWay: true })).then(toRead);
	});
});
