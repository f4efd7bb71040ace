/**
 * What an error of Stripe's SDK means for the call that threw it, and the keys under which a call may be repeated.
 *
 * Only an answer in which Stripe itself refuses counts as a refusal. Everything else (timeouts, broken connections,
 * 5xx, rate limits, an API key that is not accepted) leaves the result unknown. Not here: the reason of a refusal,
 * which is taken from the payment's state and not from the text of an error (`provider.ts`).
 */
import Stripe from "stripe";
import { MAX_RETRY_KEYS } from "../../limits.ts";
import { InvariantError } from "../../platform/assert.ts";

export type Failure =
	/** Stripe refused the request. */
	| {
			readonly kind: "turned-down";
			/** Stripe only repeats its first answer to this key, which may be long ago. */
			readonly replayed: boolean;
			/** The repeated answer was an accident of Stripe's (a 5xx), and says nothing about the request. */
			readonly accident: boolean;
			readonly detail: string;
			/** The parameter that Stripe objects to, if it names one. */
			readonly param: string | null;
	  }
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
	const replayed = isReplay(error.headers);
	if (error instanceof StripeInvalidRequestError || error instanceof StripeCardError) {
		return { kind: "turned-down", replayed, accident: false, detail, param: error.param ?? null };
	}
	// Stripe remembers a 5xx for its key like any answer, so the request behind a replayed one has come to its end.
	// https://docs.stripe.com/api/idempotent_requests
	if (error instanceof StripeAPIError && replayed) {
		return { kind: "turned-down", replayed, accident: true, detail, param: null };
	}
	return { kind: "lost", detail };
}

/**
 * The keys that stand for one key, in the order in which to use them. Stripe repeats its first answer to a key,
 * refusals and 500s included, so a call that is to be tried again needs a fresh key. The fresh keys are always the same
 * ones, so the call still takes effect once.
 */
export function retryKeys(key: string): string[] {
	return [key, ...Array.from({ length: MAX_RETRY_KEYS - 1 }, (_, i) => `${key}~${i + 2}`)];
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
