/**
 * The port of a payment provider. Every provider implements it, and `test/payments/contract.ts` tests each of them.
 *
 * A caller never guesses. The result of a call is the payment as the provider has it (a `Payment` snapshot), a refusal
 * that names its reason, or `unknown`: the call may or may not have taken effect, and only `read` shows which.
 *
 * Every call that changes something takes a key, and the same key takes effect once. Repeated, it answers with the
 * payment as it is by then. A refusal did nothing. A provider may remember its answer to a key, a refusal or an accident
 * of its own included, and repeat it for ever: then the result is `unknown` with `isRemembered`, and only another key can
 * succeed. The caller numbers its keys; no provider makes keys of its own. Two things throw, since only we can cause
 * them: an amount that is not a whole number above zero, and a key used again for something else.
 *
 * Money is authorised first and captured when the stock is committed. A method that captures at once shows up as
 * `captured` without a call of ours. Not here: when to capture, void or refund (`checkout/rules/settlement.ts`).
 */

import { assert } from "../platform/assert.ts";

/** `external`: the merchant's own payment, of which their server tells. */
export type ProviderName = "sandbox" | "stripe" | "external";

/**
 * - `open`: nothing has been paid; the shopper may try (again).
 * - `processing`: the shopper has done their part, and the method answers later (a bank debit: days). It cannot be voided;
 *   it becomes `captured`, or `open` again when it fails.
 * - `authorised`: the money is reserved at the shopper's bank and not captured.
 * - `captured`: money was captured; `capturedMinor` says how much.
 * - `voided`: the payment was cancelled before any money was captured, and can never be paid.
 */
export const PAYMENT_STATUSES = ["open", "processing", "authorised", "captured", "voided"] as const;
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];

/** One payment as the provider has it at the moment it answers: a snapshot. Amounts in minor units. */
export interface Payment {
	readonly id: string;
	/** The checkout that this payment was created for, from the provider's metadata. */
	readonly checkoutId: string;
	readonly status: PaymentStatus;
	readonly currency: string;
	/** What the shopper was asked to pay. */
	readonly amountMinor: number;
	/** What can be captured now: the amount while `authorised`, and 0 in every other state. */
	readonly authorisedMinor: number;
	readonly capturedMinor: number;
	/** What was given back, at present: it goes down when the shopper's bank sends a refund back. */
	readonly refundedMinor: number;
	/** What the shopper's bank took back in disputes that are open or lost. A dispute that was won is 0 again. */
	readonly disputedMinor: number;
	/** When the shopper paid, by the provider's clock; null while `open`, and when voided before it was paid. */
	readonly paidAtMs: number | null;
	/** The shopper is in the middle of paying (at their bank's page), or the method has not answered yet. */
	readonly attemptUnderWay: boolean;
	/** The last attempt that the provider declined, if any. A declined payment stays `open`. */
	readonly declined: { readonly code: string; readonly atMs: number } | null;
}

export type Refusal =
	| "not-found"
	/** A capture of what was not authorised, or a refund of what was not captured. */
	| "not-paid"
	| "already-captured"
	| "already-voided"
	| "amount-too-large"
	/** A void of what the shopper's bank has not answered yet: it can neither be paid again nor be called off. */
	| "processing"
	/** A refund of a payment that the shopper's bank has taken back, or is about to. */
	| "disputed"
	/** The provider says no, and the payment's state does not show why. */
	| "other";

export type PaymentResult =
	| { readonly kind: "ok"; readonly payment: Payment }
	| { readonly kind: "refused"; readonly reason: Refusal; readonly payment: Payment | null }
	| Unknown;

/** Timeout, broken connection or 5xx: the call may have taken effect. `read` shows which. */
export interface Unknown {
	readonly kind: "unknown";
	readonly detail: string;
	/** The provider only repeats an old failure to this key. The same key can never succeed. */
	readonly isRemembered?: boolean;
}

/**
 * What the shopper's page needs to pay: the URL of a hosted page, or a secret for the provider's form. `external`: the
 * merchant's own shop takes the money.
 */
export type NextAction = { readonly url: string } | { readonly clientSecret: string } | { readonly external: true };

export type CreateResult =
	| { readonly kind: "created"; readonly payment: Payment; readonly payWith: NextAction }
	/** The provider never accepts this payment: a retry does not help. */
	| { readonly kind: "refused"; readonly reason: CreateRefusal; readonly detail: string }
	| Unknown;

/**
 * What the provider does not accept: the amount (too small or too large, or not payable in this currency), the
 * currency, the e-mail address, or something that only `detail` names.
 */
export const CREATE_REFUSALS = ["amount", "currency", "email", "other"] as const;
export type CreateRefusal = (typeof CREATE_REFUSALS)[number];

export type WebhookResult =
	/** Verified, about one of our payments. `id` is the provider's id of the event, the same for each delivery. */
	| { readonly kind: "event"; readonly id: string; readonly type: string; readonly payment: Payment }
	/** Verified, but of a type that we do not act upon, or about a payment that is not ours. */
	| { readonly kind: "ignored"; readonly id: string; readonly type: string }
	/** Verified, but the payment could not be read: answer 503, and the provider sends the webhook again. */
	| { readonly kind: "unknown"; readonly detail: string }
	| { readonly kind: "bad-signature" };

export interface CreateRequest {
	/** Idempotency key: the same key creates one payment. */
	readonly key: string;
	readonly checkoutId: string;
	readonly amountMinor: number;
	/** ISO 4217, upper case. */
	readonly currency: string;
	readonly email: string;
	/** Also offer methods that answer after days (bank debits, vouchers). Else only those that answer at once. */
	readonly allowDelayedMethods: boolean;
}

export interface PaymentProvider {
	readonly name: ProviderName;
	/** Creates a payment that nobody has paid yet. */
	create(request: CreateRequest): Promise<CreateResult>;
	/** The payment as it is now. */
	read(paymentId: string): Promise<PaymentResult>;
	/**
	 * Cancels a payment that is `open` or `authorised`. Refused with `already-captured` afterwards, and with `processing`
	 * while the shopper's bank has not answered. Voiding twice is `ok`.
	 */
	void(paymentId: string, key: string): Promise<PaymentResult>;
	/**
	 * Captures `amountMinor`, at most what was authorised, once. The rest of the authorisation is released.
	 * @param currency the payment's. A provider that counts some currencies otherwise reads the payment without it
	 */
	capture(paymentId: string, amountMinor: number, key: string, currency?: string): Promise<PaymentResult>;
	/**
	 * Refunds `amountMinor`, at most what was captured and not yet refunded. When a refund came back, its key is used up.
	 * @param currency as for `capture`
	 */
	refund(paymentId: string, amountMinor: number, key: string, currency?: string): Promise<PaymentResult>;
	/**
	 * Verifies and parses a webhook.
	 * @param body the text exactly as received: the signature covers it to the byte
	 * @param nowMs the time against which the signature's age is measured
	 */
	parseWebhook(body: string, headers: Headers, nowMs: number): Promise<WebhookResult>;
}

/**
 * Checks an amount of money.
 * @throws InvariantError unless `amountMinor` is a whole number of minor units above zero
 */
export function assertAmount(amountMinor: number): void {
	assert(Number.isSafeInteger(amountMinor) && amountMinor > 0, `not an amount of money: ${amountMinor}`);
}
