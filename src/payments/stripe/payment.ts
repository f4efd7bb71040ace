/**
 * What Stripe says of a payment, in the port's words.
 *
 * What it keeps true: one PaymentIntent is one payment, and only those that carry our checkout's id are ours. Nothing is
 * inferred from an event's name or from what we asked for: every field is read from the intent and its latest charge.
 * Amounts pass unchanged, since Stripe counts in the currency's minor unit as we do (¥500 is 500; for the few currencies with
 * rules of their own see https://docs.stripe.com/currencies#special-cases). Pure. Not here: calls (`stripe.ts`).
 */
import type Stripe from "stripe";
import { assert } from "../../platform/assert.ts";
import type { Payment, PaymentStatus } from "../provider.ts";

/** The name in Stripe's metadata under which an intent carries its checkout's id. */
export const CHECKOUT_METADATA = "holdfast_checkout";

/** What must be expanded in an intent for `toPayment` to read it. */
export const INTENT_EXPAND = ["latest_charge"];

/**
 * One PaymentIntent as a payment; null when it was not made by us.
 * @param intent with its latest charge expanded
 * @param declinedAtMs when the last attempt failed, for the attempts that left no charge to tell
 */
export function toPayment(intent: Stripe.PaymentIntent, declinedAtMs?: number): Payment | null {
	const checkoutId = intent.metadata[CHECKOUT_METADATA];
	if (checkoutId === undefined) return null;
	const charge = intent.latest_charge;
	assert(typeof charge !== "string", "an intent was read without its latest charge");
	const status = toStatus(intent.status);
	const paid = status !== "open" && charge?.paid === true;
	return {
		id: intent.id,
		checkoutId,
		status,
		currency: intent.currency.toUpperCase(),
		amountMinor: intent.amount,
		authorisedMinor: status === "authorised" ? intent.amount_capturable : 0,
		capturedMinor: status === "captured" ? intent.amount_received : 0,
		// What a partial capture or a cancellation lets go is not in here, since API version 2025-03-31.
		// https://docs.stripe.com/changelog/basil/2025-03-31/remove-refund-from-partial-capture-and-payment-cancellation-flow
		refundedMinor: status === "captured" ? (charge?.amount_refunded ?? 0) : 0,
		// The charge is made when the shopper pays, also for methods whose success is only known days later.
		paidAtMs: paid && charge ? charge.created * 1000 : null,
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
		// `processing` is a bank debit on its way: not paid yet, and it may still fail. And whatever Stripe adds one day is not
		// paid as far as we know. https://docs.stripe.com/payments/paymentintents/lifecycle
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
		// `code` is the kind ("card_declined"), `decline_code` the bank's reason within it, which is not for shoppers' eyes.
		code: error.code ?? error.type,
		atMs: failedAtS === null ? (declinedAtMs ?? intent.created * 1000) : failedAtS * 1000,
	};
}
