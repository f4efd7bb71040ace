/**
 * The rules of the sandbox: what may happen to one payment, and what the payment is after that. Pure: time and ids are
 * arguments.
 *
 * Invariants of every payment: at most what was authorised is captured, at most what was captured is refunded, and a
 * voided payment has no money in it. Each transition names the event of the webhook that a provider would send.
 *
 * Not here: storage, keys and injected faults (`sandbox.ts`), sending webhooks (`webhook-outbox.ts`).
 */
import { assertAmount, type CreateRequest, type Payment, type Refusal } from "../provider.ts";

/** How the shopper's card behaves: authorises, declines, or captures at once (as a bank transfer would). */
export type CardOutcome = "approve" | "decline" | "capture";

export type SandboxEventType =
	| "payment.authorised"
	| "payment.captured"
	| "payment.declined"
	| "payment.voided"
	| "payment.refunded";

export type Transition =
	| { readonly kind: "changed"; readonly payment: Payment; readonly event: SandboxEventType }
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
		case "processing":
		case "authorised":
		case "captured":
			return { kind: "unchanged", payment };
		case "open":
			return { kind: "changed", ...applyOutcome(payment, outcome, paidAtMs) };
	}
}

function applyOutcome(
	payment: Payment,
	outcome: CardOutcome,
	paidAtMs: number,
): { payment: Payment; event: SandboxEventType } {
	const { amountMinor } = payment;
	switch (outcome) {
		case "approve":
			return {
				payment: { ...payment, status: "authorised", authorisedMinor: amountMinor, paidAtMs, declined: null },
				event: "payment.authorised",
			};
		case "capture":
			return {
				payment: { ...payment, status: "captured", capturedMinor: amountMinor, paidAtMs, declined: null },
				event: "payment.captured",
			};
		case "decline":
			return {
				payment: { ...payment, declined: { code: DECLINE_CODE, atMs: paidAtMs } },
				event: "payment.declined",
			};
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
				payment: { ...payment, status: "voided", authorisedMinor: 0 },
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
			return {
				kind: "changed",
				payment: { ...payment, refundedMinor: payment.refundedMinor + amountMinor },
				event: "payment.refunded",
			};
	}
}
