/**
 * The port behind which every payment provider stands.
 *
 * What it keeps true: a caller never guesses. Each call answers with what the provider itself says of the payment (a
 * `Payment` snapshot), with a refusal that names its reason, or with `unknown`: the call may or may not have taken
 * effect, and only `read` can tell. Every call that changes something takes a key, and the same key does its thing once;
 * asked again, it answers with the payment as it is by then. A refusal did nothing and is not remembered: the same key may
 * succeed later. Two things throw, since only we can cause them: an amount that is not a whole number above zero, and a
 * key used again for something else.
 *
 * Money is authorised first and captured when the stock is committed; a method that takes the money at once shows
 * up as `captured` without our asking. Not here: what to do about any of it (`checkout/money.ts`).
 */

import { assert } from "../platform/assert.ts";

export type ProviderName = "sandbox" | "stripe";

/**
 * - `open`: nothing has been paid; the shopper may try (again).
 * - `authorised`: the money is set aside, not taken.
 * - `captured`: money was taken; `capturedMinor` says how much.
 * - `voided`: the payment was called off before any money was taken, and can never be paid.
 */
export type PaymentStatus = "open" | "authorised" | "captured" | "voided";

/** What the provider believes about one payment, at the moment it answered. Amounts in minor units. */
export interface Payment {
	readonly id: string;
	/** The checkout this payment was created for, carried in the provider's metadata. */
	readonly checkoutId: string;
	readonly status: PaymentStatus;
	readonly currency: string;
	/** What the shopper was asked for. */
	readonly amountMinor: number;
	/** What is set aside now and can still be captured: the amount while `authorised`, and 0 in every other state. */
	readonly authorisedMinor: number;
	readonly capturedMinor: number;
	readonly refundedMinor: number;
	/** When the shopper paid, by the provider's clock; null while `open`, or voided before it was ever paid. */
	readonly paidAtMs: number | null;
	/** The last attempt the provider turned down, if any. A declined payment stays `open`. */
	readonly declined: { readonly code: string; readonly atMs: number } | null;
}

export type Refusal =
	| "not-found"
	/** Asked to capture what was not authorised, or to refund what was not captured. */
	| "not-paid"
	| "already-captured"
	| "already-voided"
	| "amount-too-large";

export type PaymentResult =
	| { readonly kind: "ok"; readonly payment: Payment }
	| { readonly kind: "refused"; readonly reason: Refusal; readonly payment: Payment | null }
	/** Timeout, broken connection or 5xx: the effect may have happened. `read` tells. */
	| { readonly kind: "unknown"; readonly detail: string };

/** How the shopper's page goes on to pay: a hosted page, or a secret for the provider's own form. */
export type NextAction = { readonly url: string } | { readonly clientSecret: string };

export type CreateResult =
	| { readonly kind: "created"; readonly payment: Payment; readonly payWith: NextAction }
	/** The provider will not take this payment at all (below its smallest amount, a currency it does not know): asking again is no help. */
	| { readonly kind: "refused"; readonly detail: string }
	| { readonly kind: "unknown"; readonly detail: string };

export type WebhookResult =
	/** A verified message about one of our payments. `id` is the provider's event id, the same for each delivery. */
	| { readonly kind: "event"; readonly id: string; readonly type: string; readonly payment: Payment }
	/** Verified, but of a kind we do not act upon, or about a payment that is not ours. */
	| { readonly kind: "ignored"; readonly id: string; readonly type: string }
	/** Verified, but the provider could not be asked what became of the payment: answer 503, and it sends it again. */
	| { readonly kind: "unknown"; readonly detail: string }
	| { readonly kind: "bad-signature" };

export interface CreateRequest {
	/** Idempotency key: the same key answers with the same payment. */
	readonly key: string;
	readonly checkoutId: string;
	readonly amountMinor: number;
	/** ISO 4217, upper case. */
	readonly currency: string;
	readonly email: string;
}

export interface PaymentProvider {
	readonly name: ProviderName;
	create(request: CreateRequest): Promise<CreateResult>;
	read(paymentId: string): Promise<PaymentResult>;
	/** Calls off a payment that is `open` or `authorised`. Refused with `already-captured` once money was taken. Voiding twice is `ok`. */
	void(paymentId: string, key: string): Promise<PaymentResult>;
	/** Takes `amountMinor`, at most what was authorised, once; what is left of the authorisation is let go. */
	capture(paymentId: string, amountMinor: number, key: string): Promise<PaymentResult>;
	/** Gives back `amountMinor`, at most what was captured and not yet refunded. */
	refund(paymentId: string, amountMinor: number, key: string): Promise<PaymentResult>;
	/**
	 * Verifies and parses a webhook.
	 * @param body the raw bytes as received, undecoded JSON: the signature covers exactly these
	 * @param nowMs for the signature's age
	 */
	parseWebhook(body: string, headers: Headers, nowMs: number): Promise<WebhookResult>;
}

/** @throws InvariantError unless `amountMinor` is a whole number of minor units above zero */
export function assertAmount(amountMinor: number): void {
	assert(Number.isSafeInteger(amountMinor) && amountMinor > 0, `not an amount of money: ${amountMinor}`);
}
