/**
 * Converts Stripe's PaymentIntent to a `Payment` of the port. Pure.
 *
 * One PaymentIntent is one payment, and only those that carry the id of a checkout are ours. Nothing is inferred from
 * the name of an event or from what we requested: every field is read from the intent and its latest charge. Amounts
 * pass unchanged, since Stripe counts in the currency's minor unit as we do (¥500 is 500; for the few currencies with
 * rules of their own see https://docs.stripe.com/currencies#special-cases).
 */
import type Stripe from "stripe";
import { assert } from "../../platform/assert.ts";
import type { Payment, PaymentStatus } from "../provider.ts";

/** The name in Stripe's metadata under which an intent carries its checkout's id. */
export const CHECKOUT_METADATA = "holdfast_checkout";

/** What must be expanded in an intent for `toPayment` to read it. */
export const INTENT_EXPAND = ["latest_charge"];

/**
 * The payment of a PaymentIntent; null when the intent is not ours.
 * @param intent with its latest charge expanded
 * @param declinedAtMs when the last attempt failed, for an attempt that left no charge with that time
 * @throws InvariantError when the charge is not expanded
 */
export function toPayment(intent: Stripe.PaymentIntent, declinedAtMs?: number): Payment | null {
	const checkoutId = intent.metadata[CHECKOUT_METADATA];
	if (checkoutId === undefined) return null;
	const charge = intent.latest_charge;
	assert(typeof charge !== "string", "an intent was read without its latest charge");
	const status = toStatus(intent.status);
	const paid = status === "processing" || (status !== "open" && charge?.paid === true);
	return {
		id: intent.id,
		checkoutId,
		status,
		currency: intent.currency.toUpperCase(),
		amountMinor: intent.amount,
		authorisedMinor: status === "authorised" ? intent.amount_capturable : 0,
		capturedMinor: status === "captured" ? intent.amount_received : 0,
		// Since API version 2025-03-31 this no longer includes what a partial capture or a cancellation releases.
		// https://docs.stripe.com/changelog/basil/2025-03-31/remove-refund-from-partial-capture-and-payment-cancellation-flow
		refundedMinor: status === "captured" ? (charge?.amount_refunded ?? 0) : 0,
		disputedMinor: 0,
		// The charge is created when the shopper pays, also by a method whose success is known only days later.
		paidAtMs: paid && charge ? charge.created * 1000 : null,
		attemptUnderWay: intent.status === "requires_action" || intent.status === "processing",
		declined: status === "open" ? toDeclined(intent, charge, declinedAtMs) : null,
	};
}

function toStatus(status: Stripe.PaymentIntent.Status): PaymentStatus {
	switch (status) {
		case "requires_capture":
			return "authorised";
		case "succeeded":
			return "captured";
		case "canceled":
			return "voided";
		case "processing":
			return "processing";
		// A state that Stripe adds one day is not paid as far as we know.
		// https://docs.stripe.com/payments/paymentintents/lifecycle
		default:
			return "open";
	}
}

function toDeclined(
	intent: Stripe.PaymentIntent,
	charge: Stripe.Charge | null,
	declinedAtMs: number | undefined,
): Payment["declined"] {
	const error = intent.last_payment_error;
	if (error === null) return null;
	const failedAtS = charge !== null && !charge.paid ? charge.created : null;
	return {
		// `code` is the kind ("card_declined"). `decline_code` is the bank's reason, which shoppers must not see.
		code: error.code ?? error.type,
		atMs: failedAtS === null ? (declinedAtMs ?? intent.created * 1000) : failedAtS * 1000,
	};
}
