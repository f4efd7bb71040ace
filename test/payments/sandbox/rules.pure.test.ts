/** The sandbox's rules: every call in every state, and that no sequence of calls leads to an impossible payment. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Payment, PaymentStatus } from "../../../src/payments/provider.ts";
import { happen, type Incident, misreport } from "../../../src/payments/sandbox/incidents.ts";
import {
	CARD_OUTCOMES,
	type CardOutcome,
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
const PROCESSING = changed(confirmPayment(OPEN, "debit", 5));
const IN_STATE: Record<PaymentStatus, Payment> = {
	open: OPEN,
	processing: PROCESSING,
	authorised: AUTHORISED,
	captured: changed(capturePayment(AUTHORISED, 600)),
	voided: changed(voidPayment(AUTHORISED)),
};

/** The result of every call in every state: the event that it makes, "unchanged", or the reason of the refusal. */
const CALLS: Record<string, (payment: Payment) => Transition> = {
	begin: (payment) => confirmPayment(payment, "begin", 9),
	debit: (payment) => confirmPayment(payment, "debit", 9),
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
	begin: {
		open: "no event",
		processing: "unchanged",
		authorised: "unchanged",
		captured: "unchanged",
		voided: "already-voided",
	},
	debit: {
		open: "payment.processing",
		processing: "unchanged",
		authorised: "unchanged",
		captured: "unchanged",
		voided: "already-voided",
	},
	approve: {
		open: "payment.authorised",
		processing: "payment.authorised",
		authorised: "unchanged",
		captured: "unchanged",
		voided: "already-voided",
	},
	decline: {
		open: "payment.declined",
		processing: "payment.declined",
		authorised: "unchanged",
		captured: "unchanged",
		voided: "already-voided",
	},
	"capture at once": {
		open: "payment.captured",
		processing: "payment.captured",
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
			return transition.event ?? "no event";
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

	it("was paid when the shopper did their part, however late the bank answers", () => {
		expect(changed(confirmPayment(PROCESSING, "capture", 99))).toMatchObject({
			status: "captured",
			capturedMinor: 1000,
			paidAtMs: 5,
			attemptUnderWay: false,
		});
		expect(changed(confirmPayment(PROCESSING, "decline", 99))).toMatchObject({
			status: "open",
			paidAtMs: null,
			attemptUnderWay: false,
			declined: { atMs: 99 },
		});
	});

	it("has an attempt under way from when the shopper has begun, once, until that has ended", () => {
		const begun = changed(confirmPayment(OPEN, "begin", 5));
		expect(begun).toEqual({ ...OPEN, attemptUnderWay: true });
		expect(resultOf(confirmPayment(begun, "begin", 6))).toBe("unchanged");
		for (const end of [
			confirmPayment(begun, "approve", 7),
			confirmPayment(begun, "capture", 7),
			confirmPayment(begun, "decline", 7),
			voidPayment(begun),
		]) {
			expect(changed(end).attemptUnderWay).toBe(false);
		}
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

const INCIDENTS: readonly Incident[] = [
	{ kind: "refund-returned" },
	{ kind: "dispute-opened" },
	{ kind: "dispute-opened", amountMinor: 300 },
	{ kind: "dispute-won" },
	{ kind: "dispute-lost" },
	{ kind: "refunded-by-hand" },
	{ kind: "refunded-by-hand", amountMinor: 200 },
	{ kind: "voided-by-hand" },
	{ kind: "misreported", as: { refundedMinor: 7 } },
];

describe("an incident", () => {
	const { captured } = IN_STATE;
	const refunded = changed(refundPayment(captured, 100));
	const disputed = changed(happen(captured, { kind: "dispute-opened" }, null));
	const voided = { status: "voided", authorisedMinor: 0 };

	it.each([
		["refund-returned", {}, refunded, 100, "payment.refund_returned", { refundedMinor: 0 }],
		["refund-returned", {}, captured, null, "not-paid", {}],
		["dispute-opened", {}, refunded, null, "dispute.opened", { disputedMinor: 500, refundedMinor: 100 }],
		["dispute-opened", { amountMinor: 30 }, captured, null, "dispute.opened", { disputedMinor: 30 }],
		["dispute-opened", { amountMinor: 601 }, captured, null, "amount-too-large", {}],
		["dispute-opened", {}, AUTHORISED, null, "not-paid", {}],
		["dispute-opened", {}, disputed, null, "disputed", {}],
		["dispute-won", {}, disputed, null, "dispute.closed", { disputedMinor: 0 }],
		["dispute-lost", {}, disputed, null, "dispute.closed", { disputedMinor: 600 }],
		["dispute-won", {}, captured, null, "other", {}],
		["refunded-by-hand", {}, refunded, 100, "payment.refunded", { refundedMinor: 600 }],
		["refunded-by-hand", { amountMinor: 7 }, captured, null, "payment.refunded", { refundedMinor: 7 }],
		["refunded-by-hand", {}, disputed, null, "disputed", {}],
		["refunded-by-hand", {}, OPEN, null, "not-paid", {}],
		["voided-by-hand", {}, AUTHORISED, null, "payment.voided", voided],
		["voided-by-hand", {}, captured, null, "already-captured", {}],
		["misreported", { as: { refundedMinor: 7 } }, captured, null, "unchanged", {}],
	] as const)("%s %j makes of a payment the expected one", (kind, how, payment, latest, result, after) => {
		const transition = happen(payment, { kind, ...how } as Incident, latest);
		expect(resultOf(transition)).toBe(result);
		expect(transition.payment).toEqual({ ...payment, ...after });
	});

	it("misreports what it was told to, and nothing else", () => {
		const said = misreport(captured, { status: "voided", capturedMinor: undefined });
		expect(said).toEqual({ ...captured, status: "voided" });
	});
});

describe("any sequence of calls", () => {
	const call = fc.oneof(
		fc.record({ do: fc.constant("confirm"), outcome: fc.constantFrom(...CARD_OUTCOMES) }),
		fc.record({ do: fc.constant("void") }),
		fc.record({ do: fc.constant("incident"), incident: fc.constantFrom(...INCIDENTS) }),
		fc.record({ do: fc.constantFrom("capture", "refund"), amount: fc.integer({ min: 1, max: 1200 }) }),
	) as fc.Arbitrary<{ do: string; outcome?: CardOutcome; incident?: Incident; amount?: number }>;

	it("leads to possible payments only, and never changes what was final", () =>
		fc.assert(
			fc.property(fc.array(call, { maxLength: 12 }), (calls) => {
				let payment = OPEN;
				let latestRefundMinor: number | null = null;
				for (const [at, step] of calls.entries()) {
					const before = payment;
					const { incident, outcome, amount = 1 } = step;
					const transition = incident
						? happen(payment, incident, latestRefundMinor)
						: outcome
							? confirmPayment(payment, outcome, at)
							: step.do === "void"
								? voidPayment(payment)
								: step.do === "capture"
									? capturePayment(payment, amount)
									: refundPayment(payment, amount);
					payment = transition.payment;
					const refunded = payment.refundedMinor - before.refundedMinor;
					if (refunded !== 0) latestRefundMinor = refunded > 0 ? refunded : null;
					expect(payment.authorisedMinor).toBe(payment.status === "authorised" ? payment.amountMinor : 0);
					expect(payment.capturedMinor).toBeLessThanOrEqual(payment.amountMinor);
					expect(payment.refundedMinor + payment.disputedMinor).toBeLessThanOrEqual(payment.capturedMinor);
					expect(payment.refundedMinor).toBeGreaterThanOrEqual(0);
					expect(payment.capturedMinor > 0).toBe(payment.status === "captured");
					if (incident?.kind !== "refund-returned") expect(refunded).toBeGreaterThanOrEqual(0);
					if (payment.attemptUnderWay) expect(["open", "processing"]).toContain(payment.status);
					if (before.status === "captured") expect(payment.capturedMinor).toBe(before.capturedMinor);
					if (before.status === "voided") expect(payment).toBe(before);
					const failed = before.status === "processing" && payment.status === "open";
					if (before.paidAtMs !== null) expect(payment.paidAtMs).toBe(failed ? null : before.paidAtMs);
				}
			}),
		));
});
