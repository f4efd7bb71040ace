/**
 * What an error of Stripe's SDK means for the call that threw it.
 *
 * Only an answer in which Stripe itself refuses counts as a refusal. Everything else (timeouts, broken connections,
 * 5xx, rate limits, an API key that is not accepted) leaves the result unknown. Not here: the reason why a change was
 * refused, which is taken from the payment's state and not from the text of an error (`provider.ts`).
 */
import Stripe from "stripe";
import { InvariantError } from "../../platform/assert.ts";
import type { CreateRefusal, Unknown } from "../provider.ts";

/** Stripe refused the request. */
export interface TurnedDown {
	readonly kind: "turned-down";
	/**
	 * Stripe only repeats its first answer to this key, which may be long ago. It keeps refusals and 5xx alike, for at
	 * least 24 hours. https://docs.stripe.com/api/idempotent_requests
	 */
	readonly isReplayed: boolean;
	/** The answer is an accident of Stripe's (a repeated 5xx), and says nothing about the request. */
	readonly isAccident: boolean;
	readonly detail: string;
	/** The parameter that Stripe objects to, and the kind of the error, if it names them. */
	readonly param: string | null;
	readonly code: string | null;
}

export type Failure =
	| TurnedDown
	/** The request may have taken effect. */
	| { readonly kind: "lost"; readonly detail: string };

/**
 * Classifies an error that a call to Stripe threw.
 * @throws InvariantError when an idempotency key was used again for something else
 * @throws the error itself when it is not Stripe's
 */
export function toFailure(error: unknown): Failure {
	const { StripeError, StripeIdempotencyError, StripeInvalidRequestError, StripeCardError, StripeAPIError } =
		Stripe.errors;
	if (!(error instanceof StripeError)) throw error;
	if (error instanceof StripeIdempotencyError) {
		throw new InvariantError(`an idempotency key was used again for something else: ${error.message}`);
	}
	const detail = [error.type, error.code, error.statusCode, error.message, error.requestId].filter(Boolean).join(" · ");
	const isReplayed = isReplay(error.headers);
	if (error instanceof StripeInvalidRequestError || error instanceof StripeCardError) {
		const { param = null, code = null } = error;
		return { kind: "turned-down", isReplayed, isAccident: false, detail, param, code };
	}
	// The request behind a repeated 5xx has come to its end, and the key will never be answered otherwise.
	if (error instanceof StripeAPIError && isReplayed) {
		return { kind: "turned-down", isReplayed, isAccident: true, detail, param: null, code: null };
	}
	return { kind: "lost", detail };
}

/** The result of a call that may have taken effect, or whose key Stripe answers with an old failure. */
export function unknown(failure: Failure): Unknown {
	const { detail } = failure;
	const isRemembered = failure.kind === "turned-down" && failure.isReplayed;
	return isRemembered ? { kind: "unknown", detail, isRemembered } : { kind: "unknown", detail };
}

/** What Stripe objects to in a payment that it does not create. */
export function createRefusalOf({ param, code }: TurnedDown): CreateRefusal {
	if (param === "receipt_email" || code === "email_invalid") return "email";
	if (param === "currency") return "currency";
	// For some currencies Stripe names the amount by its code alone. https://docs.stripe.com/error-codes
	const isAmount = param === "amount" || code === "invalid_charge_amount" || code?.startsWith("amount_too_") === true;
	return isAmount ? "amount" : "other";
}

/** Whether Stripe only repeats its first answer to the same key, which may be out of date. */
export function isReplay(headers: unknown): boolean {
	// The SDK's types say a plain object; with its fetch client a success carries the Response's own Headers.
	const value =
		headers instanceof Headers
			? headers.get("idempotent-replayed")
			: (headers as Record<string, string> | undefined)?.["idempotent-replayed"];
	return value === "true";
}
