/** Each state of a PaymentIntent, converted to a payment of the port. */
import type Stripe from "stripe";
import { describe, expect, it } from "vitest";
import { type Beside, CHECKOUT_METADATA, toPayment } from "../../../src/payments/stripe/payment.ts";
import { blankCharge, blankDispute, blankIntent, blankRefund } from "./objects.ts";

function intent(over: Partial<Stripe.PaymentIntent> = {}): Stripe.PaymentIntent {
	const id = "pi_1";
	const metadata = { [CHECKOUT_METADATA]: "c1" };
	const fields = { id, amount: 1000, currency: "jpy", created: 1, client_secret: "s", metadata };
	return { ...blankIntent({ ...fields, payment_method_options: {} }), ...over };
}

function charge(over: Partial<Stripe.Charge> = {}): Stripe.Charge {
	const fields = { id: "ch_1", amount: 1000, currency: "jpy", created: 7, payment_intent: "pi_1" } as const;
	return { ...blankCharge({ ...fields, paid: true, captured: false, status: "succeeded" }), ...over };
}

const NOTHING: Beside = { refunds: [], disputes: [] };

function refund(amount: number, status: string): Stripe.Refund {
	const fields = { id: "re_1", amount, currency: "jpy", created: 8, payment_intent: "pi_1", charge: "ch_1" };
	return { ...blankRefund({ ...fields, metadata: {} }), status };
}

function dispute(amount: number, status: Stripe.Dispute.Status, currency = "jpy"): Stripe.Dispute {
	return {
		...blankDispute({ id: "dp_1", amount, currency, created: 9, charge: "ch_1", payment_intent: "pi_1" }),
		status,
	};
}

describe("an intent as a payment", () => {
	it.each([
		["requires_payment_method", "open"],
		["requires_confirmation", "open"],
		["requires_action", "open"],
		["processing", "processing"],
		["requires_capture", "authorised"],
		["succeeded", "captured"],
		["canceled", "voided"],
		["a state of the future", "open"],
	])("is read from state %s as %s, with money only where that state has some", (status, expected) => {
		const everything = { amount_capturable: 1000, amount_received: 900, latest_charge: charge() };
		const beside = { refunds: [refund(50, "succeeded")], disputes: [dispute(200, "lost")] };
		expect(toPayment(intent({ status, ...everything }), beside)).toEqual({
			id: "pi_1",
			checkoutId: "c1",
			status: expected,
			currency: "JPY",
			amountMinor: 1000,
			authorisedMinor: expected === "authorised" ? 1000 : 0,
			capturedMinor: expected === "captured" ? 900 : 0,
			refundedMinor: expected === "captured" ? 50 : 0,
			disputedMinor: expected === "captured" ? 200 : 0,
			paidAtMs: expected === "open" ? null : 7000,
			attemptUnderWay: status === "requires_action" || status === "processing",
			declined: null,
		});
	});

	it("was never paid when it was cancelled after a failed attempt", () => {
		const failed = charge({ paid: false, status: "failed" });
		expect(toPayment(intent({ status: "canceled", latest_charge: failed }), NOTHING)).toMatchObject({ paidAtMs: null });
	});

	it("has the decline and its time: by the charge, by the event, or by its own creation", () => {
		const last_payment_error = { type: "card_error", code: "card_declined", decline_code: "lost_card" };
		const failed = charge({ paid: false, status: "failed" });
		const code = "card_declined";
		const at = (declinedAtMs: number) => ({ ...NOTHING, declinedAtMs });
		expect(toPayment(intent({ last_payment_error, latest_charge: failed }), at(9))?.declined).toEqual({
			code,
			atMs: 7000,
		});
		expect(toPayment(intent({ last_payment_error }), at(9))?.declined).toEqual({ code, atMs: 9 });
		expect(toPayment(intent({ last_payment_error }), NOTHING)?.declined).toEqual({ code, atMs: 1000 });
		expect(toPayment(intent({ last_payment_error: { type: "api_error" } }), NOTHING)?.declined?.code).toBe("api_error");
	});

	it("is null when it carries no checkout of ours", () => {
		expect(toPayment(intent({ metadata: {} }), NOTHING)).toBeNull();
	});

	it("throws when it was read without its charge, which is a mistake of ours", () => {
		expect(() => toPayment(intent({ latest_charge: "ch_1" }), NOTHING)).toThrow("latest charge");
	});

	const paid = { status: "succeeded", amount_received: 1000, latest_charge: charge() } as const;

	it("counts every refund that gives the money back, and none that failed or was cancelled", () => {
		const statuses = ["succeeded", "pending", "requires_action", "failed", "canceled"];
		const refunds = statuses.map((status, i) => refund(10 ** i, status));
		expect(toPayment(intent(paid), { ...NOTHING, refunds })?.refundedMinor).toBe(111);
	});

	it.each([
		["needs_response", 400],
		["under_review", 400],
		["lost", 400],
		["appeal_under_review", 400],
		["a status of the future", 400],
		["won", 0],
		["prevented", 0],
		["warning_needs_response", 0],
		["warning_under_review", 0],
		["warning_closed", 0],
	])("with a dispute of 400 that is %s is disputed by %i", (status, disputedMinor) => {
		expect(toPayment(intent(paid), { ...NOTHING, disputes: [dispute(400, status)] })).toMatchObject({ disputedMinor });
	});

	it("is disputed by all that was captured at most, and in another currency by all of it", () => {
		const several = [dispute(800, "lost"), dispute(800, "needs_response")];
		expect(toPayment(intent(paid), { ...NOTHING, disputes: several })?.disputedMinor).toBe(1000);
		const foreign = [dispute(7, "lost", "usd")];
		expect(toPayment(intent(paid), { ...NOTHING, disputes: foreign })?.disputedMinor).toBe(1000);
	});

	it("is counted in the minor units of ISO 4217, in every amount", () => {
		const isk = { currency: "isk", amount: 500_000, amount_received: 500_000, amount_capturable: 500_000 };
		const beside = { refunds: [refund(120_000, "succeeded")], disputes: [dispute(30_000, "lost", "isk")] };
		expect(toPayment(intent({ ...paid, ...isk }), beside)).toMatchObject({
			amountMinor: 5000,
			capturedMinor: 5000,
			refundedMinor: 1200,
			disputedMinor: 300,
		});
		expect(toPayment(intent({ ...paid, ...isk, status: "requires_capture" }), NOTHING)?.authorisedMinor).toBe(5000);
	});

	it("that is processing was paid when its charge was made, although the charge is not paid yet", () => {
		const pending = charge({ paid: false, status: "pending" });
		expect(toPayment(intent({ status: "processing", latest_charge: pending }), NOTHING)).toMatchObject({
			status: "processing",
			paidAtMs: 7000,
			attemptUnderWay: true,
		});
	});
});
