/** The sandbox's rules: every call in every state, and that no sequence of calls leads to an impossible payment. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Payment, PaymentStatus } from "../../../src/payments/provider.ts";
import {
	capturePayment,
	confirmPayment,
	DECLINE_CODE,
	openPayment,
	refundPayment,
	type Transition,
	voidPayment,
} from "../../../src/payments/sandbox/rules.ts";

const REQUEST = {
	key: "k",
	checkoutId: "c1",
	amountMinor: 1000,
	currency: "USD",
	email: "ada@example.com",
	allowDelayedMethods: false,
};
const OPEN = openPayment(REQUEST, "p1");

function changed(transition: Transition): Payment {
	if (transition.kind !== "changed") throw new Error(`not changed but ${JSON.stringify(transition)}`);
	return transition.payment;
}

const AUTHORISED = changed(confirmPayment(OPEN, "approve", 5));
const IN_STATE: Record<PaymentStatus, Payment> = {
	open: OPEN,
	processing: { ...OPEN, status: "processing", attemptUnderWay: true, paidAtMs: 5 },
	authorised: AUTHORISED,
	captured: changed(capturePayment(AUTHORISED, 600)),
	voided: changed(voidPayment(AUTHORISED)),
};

/** The result of every call in every state: the event that it makes, "unchanged", or the reason of the refusal. */
const CALLS: Record<string, (payment: Payment) => Transition> = {
	approve: (payment) => confirmPayment(payment, "approve", 9),
	decline: (payment) => confirmPayment(payment, "decline", 9),
	"capture at once": (payment) => confirmPayment(payment, "capture", 9),
	void: voidPayment,
	"capture 600": (payment) => capturePayment(payment, 600),
	"capture 1001": (payment) => capturePayment(payment, 1001),
	"refund 600": (payment) => refundPayment(payment, 600),
	"refund 601": (payment) => refundPayment(payment, 601),
};

const TABLE: Record<keyof typeof CALLS, Record<PaymentStatus, string>> = {
	approve: {
		open: "payment.authorised",
		processing: "unchanged",
		authorised: "unchanged",
		captured: "unchanged",
		voided: "already-voided",
	},
	decline: {
		open: "payment.declined",
		processing: "unchanged",
		authorised: "unchanged",
		captured: "unchanged",
		voided: "already-voided",
	},
	"capture at once": {
		open: "payment.captured",
		processing: "unchanged",
		authorised: "unchanged",
		captured: "unchanged",
		voided: "already-voided",
	},
	void: {
		open: "payment.voided",
		processing: "processing",
		authorised: "payment.voided",
		captured: "already-captured",
		voided: "unchanged",
	},
	"capture 600": {
		open: "not-paid",
		processing: "not-paid",
		authorised: "payment.captured",
		captured: "already-captured",
		voided: "already-voided",
	},
	"capture 1001": {
		open: "not-paid",
		processing: "not-paid",
		authorised: "amount-too-large",
		captured: "already-captured",
		voided: "already-voided",
	},
	"refund 600": {
		open: "not-paid",
		processing: "not-paid",
		authorised: "not-paid",
		captured: "payment.refunded",
		voided: "already-voided",
	},
	"refund 601": {
		open: "not-paid",
		processing: "not-paid",
		authorised: "not-paid",
		captured: "amount-too-large",
		voided: "already-voided",
	},
};

function resultOf(transition: Transition): string {
	switch (transition.kind) {
		case "changed":
			return transition.event;
		case "unchanged":
			return "unchanged";
		case "refused":
			return transition.reason;
	}
}

describe("a payment", () => {
	for (const [name, row] of Object.entries(TABLE)) {
		for (const [status, expected] of Object.entries(row)) {
			it(`answers ${name} with ${expected} while ${status}`, () => {
				const payment = IN_STATE[status as PaymentStatus];
				const transition = CALLS[name]?.(payment);
				expect(transition && resultOf(transition)).toBe(expected);
				if (transition?.kind !== "changed") expect(transition?.payment).toBe(payment);
			});
		}
	}
});

describe("a changed payment", () => {
	it("is authorised for the whole amount, at the time the shopper paid", () => {
		expect(AUTHORISED).toMatchObject({ status: "authorised", authorisedMinor: 1000, capturedMinor: 0, paidAtMs: 5 });
	});

	it("is captured in part, and the rest is released", () => {
		expect(IN_STATE.captured).toMatchObject({
			status: "captured",
			authorisedMinor: 0,
			capturedMinor: 600,
			paidAtMs: 5,
		});
	});

	it("stays open after a decline, and can be paid by another card", () => {
		const declined = changed(confirmPayment(OPEN, "decline", 7));
		expect(declined).toMatchObject({ status: "open", paidAtMs: null, declined: { code: DECLINE_CODE, atMs: 7 } });
		expect(changed(confirmPayment(declined, "approve", 8))).toMatchObject({ status: "authorised", declined: null });
	});

	it("is refunded up to what was captured and no further", () => {
		const once = changed(refundPayment(IN_STATE.captured, 400));
		expect(once.refundedMinor).toBe(400);
		expect(resultOf(refundPayment(once, 201))).toBe("amount-too-large");
		expect(changed(refundPayment(once, 200)).refundedMinor).toBe(600);
	});
});

describe("an amount that is not above zero or not whole", () => {
	for (const amount of [0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
		it(`is refused everywhere when it is ${amount}`, () => {
			expect(() => openPayment({ ...REQUEST, amountMinor: amount }, "p")).toThrow("not an amount of money");
			expect(() => capturePayment(IN_STATE.authorised, amount)).toThrow("not an amount of money");
			expect(() => refundPayment(IN_STATE.captured, amount)).toThrow("not an amount of money");
		});
	}
});

describe("any sequence of calls", () => {
	const call = fc.oneof(
		fc.record({ do: fc.constant("confirm"), outcome: fc.constantFrom("approve", "decline", "capture") }),
		fc.record({ do: fc.constant("void") }),
		fc.record({ do: fc.constantFrom("capture", "refund"), amount: fc.integer({ min: 1, max: 1200 }) }),
	) as fc.Arbitrary<{ do: string; outcome?: "approve" | "decline" | "capture"; amount?: number }>;

	it("leads to possible payments only, and never changes what was final", () =>
		fc.assert(
			fc.property(fc.array(call, { maxLength: 12 }), (calls) => {
				let payment = OPEN;
				for (const [at, step] of calls.entries()) {
					const before = payment;
					const transition =
						step.do === "confirm"
							? confirmPayment(payment, step.outcome ?? "approve", at)
							: step.do === "void"
								? voidPayment(payment)
								: step.do === "capture"
									? capturePayment(payment, step.amount ?? 1)
									: refundPayment(payment, step.amount ?? 1);
					payment = transition.payment;
					expect(payment.authorisedMinor).toBe(payment.status === "authorised" ? payment.amountMinor : 0);
					expect(payment.capturedMinor).toBeLessThanOrEqual(payment.amountMinor);
					expect(payment.refundedMinor).toBeLessThanOrEqual(payment.capturedMinor);
					expect(payment.capturedMinor > 0).toBe(payment.status === "captured");
					expect(payment.refundedMinor).toBeGreaterThanOrEqual(before.refundedMinor);
					if (before.status === "captured") expect(payment.capturedMinor).toBe(before.capturedMinor);
					if (before.status === "voided") expect(payment).toBe(before);
					if (before.paidAtMs !== null) expect(payment.paidAtMs).toBe(before.paidAtMs);
				}
			}),
		));
});
