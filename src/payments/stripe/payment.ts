/**
 * Converts Stripe's PaymentIntent to a `Payment` of the port. Pure.
 *
 * One PaymentIntent is one payment, and only those that carry the id of a checkout are ours. Nothing is inferred from
 * the name of an event or from what we requested: every field is read from the intent, its latest charge, and the
 * refunds and disputes of that charge. Amounts are converted by `currencies.ts`.
 */
import type Stripe from "stripe";
import { assert } from "../../platform/assert.ts";
import type { Payment, PaymentStatus } from "../provider.ts";
import { fromStripeAmount } from "./currencies.ts";

/** The name in Stripe's metadata under which an intent carries its checkout's id. */
export const CHECKOUT_METADATA = "holdfast_checkout";

/** What must be expanded in an intent for `toPayment` to read it. */
export const INTENT_EXPAND = ["latest_charge.refunds"];

/** What belongs to a payment and is not in its intent. */
export interface Beside {
	/** Every refund of the charge, whatever became of it. */
	readonly refunds: readonly Stripe.Refund[];
	readonly disputes: readonly Stripe.Dispute[];
	/** When the last attempt failed, for an attempt that left no charge with that time. */
	readonly declinedAtMs?: number | undefined;
}

/** The charge of the latest attempt to pay, if there was one. @throws InvariantError when it is not expanded */
export function chargeOf(intent: Stripe.PaymentIntent): Stripe.Charge | null {
	const charge = intent.latest_charge;
	assert(typeof charge !== "string", "an intent was read without its latest charge");
	return charge;
}

/** The payment of a PaymentIntent; null when the intent is not ours. @throws InvariantError as `chargeOf` does */
export function toPayment(intent: Stripe.PaymentIntent, beside: Beside): Payment | null {
	const checkoutId = intent.metadata[CHECKOUT_METADATA];
	if (checkoutId === undefined) return null;
	const charge = chargeOf(intent);
	const status = toStatus(intent.status);
	const isCaptured = status === "captured";
	const minor = (amount: number) => fromStripeAmount(amount, intent.currency);
	// A debit's charge is not paid before it has settled, but the shopper has done their part.
	const hasPaid = status === "processing" || (status !== "open" && charge?.paid === true);
	return {
		id: intent.id,
		checkoutId,
		status,
		currency: intent.currency.toUpperCase(),
		amountMinor: minor(intent.amount),
		authorisedMinor: status === "authorised" ? minor(intent.amount_capturable) : 0,
		capturedMinor: isCaptured ? minor(intent.amount_received) : 0,
		refundedMinor: isCaptured ? minor(sum(beside.refunds.filter(isStanding))) : 0,
		disputedMinor: isCaptured ? minor(disputed(intent, beside.disputes)) : 0,
		// The charge is created when the shopper pays, also by a method whose success is known only days later.
		paidAtMs: hasPaid && charge ? charge.created * 1000 : null,
		attemptUnderWay: status === "processing" || intent.status === "requires_action",
		declined: status === "open" ? toDeclined(intent, charge, beside.declinedAtMs) : null,
	};
}

function toStatus(status: Stripe.PaymentIntent.Status): PaymentStatus {
	switch (status) {
		case "processing":
			return "processing";
		case "requires_capture":
			return "authorised";
		case "succeeded":
			return "captured";
		case "canceled":
			return "voided";
		// A state that Stripe adds one day is not paid as far as we know.
		// https://docs.stripe.com/payments/paymentintents/lifecycle
		default:
			return "open";
	}
}

/**
 * Whether a refund gives the money back, or is about to. One that failed or was cancelled does not, and that may come
 * days after it had "succeeded". The charge's `amount_refunded` is not read, since nothing says that it goes down then.
 * https://docs.stripe.com/refunds#failed-refunds
 */
export function isStanding(refund: Stripe.Refund): boolean {
	return refund.status !== "failed" && refund.status !== "canceled";
}

/**
 * What the shopper's bank took back, in Stripe's unit. An inquiry (`warning_…`) takes nothing, and leaves the charge
 * refundable; neither does a dispute that was prevented or won. https://docs.stripe.com/api/disputes/object
 */
function disputed(intent: Stripe.PaymentIntent, disputes: readonly Stripe.Dispute[]): number {
	const taken = disputes.filter(
		({ status }) => status !== "won" && status !== "prevented" && !status.startsWith("warning_"),
	);
	// A dispute may be counted in another currency than the charge. Then all of the charge is in question.
	const isForeign = taken.some(({ currency }) => currency !== intent.currency);
	return isForeign ? intent.amount_received : Math.min(sum(taken), intent.amount_received);
}

const sum = (amounts: readonly { readonly amount: number }[]) => amounts.reduce((all, { amount }) => all + amount, 0);

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
