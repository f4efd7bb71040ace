/**
 * The rules of the sandbox: what may happen to one payment, and what the payment is after that. Pure: time and ids are
 * arguments.
 *
 * Invariants of every payment: at most what was authorised is captured, at most what was captured is refunded or taken
 * back by the bank, and a voided payment has no money in it. Each transition names the event of the webhook that a
 * provider would send.
 *
 * Not here: what happens without the shopper and without us (`incidents.ts`), storage, keys and injected faults
 * (`sandbox.ts`), sending webhooks (`webhook-outbox.ts`).
 */
import { assertAmount, type CreateRequest, type Payment, type Refusal } from "../provider.ts";

/**
 * What the shopper's card or bank does. Each of these is one step, and steps follow one another:
 * - `begin`: the shopper is sent to their bank's page, and is not back yet. No webhook tells of it;
 * - `approve`: the money is authorised;
 * - `capture`: the money is taken at once, as a bank transfer would;
 * - `decline`: the attempt fails;
 * - `debit`: a method that answers after days. `approve`, `capture` or `decline` is its answer, later.
 */
export const CARD_OUTCOMES = ["begin", "approve", "capture", "decline", "debit"] as const;
export type CardOutcome = (typeof CARD_OUTCOMES)[number];

export type SandboxEventType =
	| "payment.processing"
	| "payment.authorised"
	| "payment.captured"
	| "payment.declined"
	| "payment.voided"
	| "payment.refunded"
	| "payment.refund_returned"
	| "dispute.opened"
	| "dispute.closed";

export type Transition =
	/** `event`: what the webhook about it is called; null when none is sent. */
	| { readonly kind: "changed"; readonly payment: Payment; readonly event: SandboxEventType | null }
	/** The payment already is in that state: nothing to store, no webhook to send. */
	| { readonly kind: "unchanged"; readonly payment: Payment }
	| { readonly kind: "refused"; readonly reason: Exclude<Refusal, "not-found">; readonly payment: Payment };

/** The code of every declined attempt, as card networks have it. */
export const DECLINE_CODE = "card_declined";

/** A new payment that nobody has paid yet. @throws InvariantError on an amount that is not above zero */
export function openPayment(request: CreateRequest, id: string): Payment {
	assertAmount(request.amountMinor);
	return {
		id,
		checkoutId: request.checkoutId,
		status: "open",
		currency: request.currency,
		amountMinor: request.amountMinor,
		authorisedMinor: 0,
		capturedMinor: 0,
		refundedMinor: 0,
		disputedMinor: 0,
		paidAtMs: null,
		attemptUnderWay: false,
		declined: null,
	};
}

/**
 * The shopper tries to pay.
 * @param paidAtMs when the shopper paid, which may be long before any webhook is sent
 */
export function confirmPayment(payment: Payment, outcome: CardOutcome, paidAtMs: number): Transition {
	switch (payment.status) {
		case "voided":
			return { kind: "refused", reason: "already-voided", payment };
		case "authorised":
		case "captured":
			return { kind: "unchanged", payment };
		case "processing":
			// The bank answers. The shopper had paid before.
			if (outcome === "begin" || outcome === "debit") return { kind: "unchanged", payment };
			return applyOutcome(payment, outcome, outcome === "decline" ? paidAtMs : (payment.paidAtMs ?? paidAtMs));
		case "open":
			if (outcome === "begin" && payment.attemptUnderWay) return { kind: "unchanged", payment };
			return applyOutcome(payment, outcome, paidAtMs);
	}
}

function applyOutcome(before: Payment, outcome: CardOutcome, paidAtMs: number): Transition {
	const { amountMinor } = before;
	const paid = { ...before, paidAtMs, declined: null, attemptUnderWay: false };
	const changed = (payment: Payment, event: SandboxEventType | null) => ({ kind: "changed", payment, event }) as const;
	switch (outcome) {
		case "begin":
			return changed({ ...before, attemptUnderWay: true, declined: null }, null);
		case "approve":
			return changed({ ...paid, status: "authorised", authorisedMinor: amountMinor }, "payment.authorised");
		case "capture":
			return changed({ ...paid, status: "captured", capturedMinor: amountMinor }, "payment.captured");
		case "debit":
			return changed({ ...paid, status: "processing", attemptUnderWay: true }, "payment.processing");
		case "decline": {
			const declined = { code: DECLINE_CODE, atMs: paidAtMs };
			return changed({ ...paid, status: "open", paidAtMs: null, declined }, "payment.declined");
		}
	}
}

/** Cancels a payment before money is captured. Voiding twice changes nothing. */
export function voidPayment(payment: Payment): Transition {
	switch (payment.status) {
		case "voided":
			return { kind: "unchanged", payment };
		case "captured":
			return { kind: "refused", reason: "already-captured", payment };
		case "processing":
			return { kind: "refused", reason: "processing", payment };
		case "open":
		case "authorised":
			return {
				kind: "changed",
				payment: { ...payment, status: "voided", authorisedMinor: 0, attemptUnderWay: false },
				event: "payment.voided",
			};
	}
}

/**
 * Captures part or all of what was authorised, once. The rest is released.
 * @throws InvariantError on an amount not above zero
 */
export function capturePayment(payment: Payment, amountMinor: number): Transition {
	assertAmount(amountMinor);
	switch (payment.status) {
		case "open":
		case "processing":
			return { kind: "refused", reason: "not-paid", payment };
		case "voided":
			return { kind: "refused", reason: "already-voided", payment };
		case "captured":
			return { kind: "refused", reason: "already-captured", payment };
		case "authorised":
			if (amountMinor > payment.authorisedMinor) return { kind: "refused", reason: "amount-too-large", payment };
			return {
				kind: "changed",
				payment: { ...payment, status: "captured", authorisedMinor: 0, capturedMinor: amountMinor },
				event: "payment.captured",
			};
	}
}

/** Refunds part or all of what was captured and not yet refunded. @throws InvariantError on an amount not above zero */
export function refundPayment(payment: Payment, amountMinor: number): Transition {
	assertAmount(amountMinor);
	switch (payment.status) {
		case "open":
		case "processing":
		case "authorised":
			return { kind: "refused", reason: "not-paid", payment };
		case "voided":
			return { kind: "refused", reason: "already-voided", payment };
		case "captured":
			if (amountMinor > payment.capturedMinor - payment.refundedMinor) {
				return { kind: "refused", reason: "amount-too-large", payment };
			}
			if (payment.disputedMinor > 0) return { kind: "refused", reason: "disputed", payment };
			return {
				kind: "changed",
				payment: { ...payment, refundedMinor: payment.refundedMinor + amountMinor },
				event: "payment.refunded",
			};
	}
}
