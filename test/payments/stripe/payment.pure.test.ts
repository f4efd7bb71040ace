/** Each state of a PaymentIntent, converted to a payment of the port. */
import type Stripe from "stripe";
import { describe, expect, it } from "vitest";
import { CHECKOUT_METADATA, toPayment } from "../../../src/payments/stripe/payment.ts";
import { blankCharge, blankIntent } from "./objects.ts";

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
		const everything = {
			amount_capturable: 1000,
			amount_received: 900,
			latest_charge: charge({ amount_refunded: 50 }),
		};
		expect(toPayment(intent({ status, ...everything }))).toEqual({
			id: "pi_1",
			checkoutId: "c1",
			status: expected,
			currency: "JPY",
			amountMinor: 1000,
			authorisedMinor: expected === "authorised" ? 1000 : 0,
			capturedMinor: expected === "captured" ? 900 : 0,
			refundedMinor: expected === "captured" ? 50 : 0,
			disputedMinor: 0,
			paidAtMs: expected === "open" ? null : 7000,
			attemptUnderWay: status === "requires_action" || status === "processing",
			declined: null,
		});
	});

	it("was never paid when it was cancelled after a failed attempt", () => {
		const failed = charge({ paid: false, status: "failed" });
		expect(toPayment(intent({ status: "canceled", latest_charge: failed }))).toMatchObject({ paidAtMs: null });
	});

	it("has the decline and its time: by the charge, by the event, or by its own creation", () => {
		const last_payment_error = { type: "card_error", code: "card_declined", decline_code: "lost_card" };
		const failed = charge({ paid: false, status: "failed" });
		const code = "card_declined";
		expect(toPayment(intent({ last_payment_error, latest_charge: failed }), 9)?.declined).toEqual({ code, atMs: 7000 });
		expect(toPayment(intent({ last_payment_error }), 9)?.declined).toEqual({ code, atMs: 9 });
		expect(toPayment(intent({ last_payment_error }))?.declined).toEqual({ code, atMs: 1000 });
		expect(toPayment(intent({ last_payment_error: { type: "api_error" } }))?.declined?.code).toBe("api_error");
	});

	it("is null when it carries no checkout of ours", () => {
		expect(toPayment(intent({ metadata: {} }))).toBeNull();
	});

	it("throws when it was read without its charge, which is a mistake of ours", () => {
		expect(() => toPayment(intent({ latest_charge: "ch_1" }))).toThrow("latest charge");
	});
});
