/**
 * What an error of Stripe's SDK means for the call that got it, and the keys under which a call may be made again.
 *
 * What it keeps true: only an answer in which Stripe itself says no counts as a no; everything else (timeouts, broken
 * connections, 5xx, rate limits, a key of ours that is not accepted) leaves the call unknown. Not here: why it said no, which is
 * read from the payment's state and not from words in an error (`stripe.ts`).
 */
import Stripe from "stripe";
import { MAX_RETRY_KEYS } from "../../limits.ts";
import { InvariantError } from "../../platform/assert.ts";

export type Failure =
	/** Stripe turned the request down. */
	| {
			readonly kind: "turned-down";
			/** It only repeats what it said to this key before, which may be long ago. */
			readonly replayed: boolean;
			/** What it repeats was an accident of its own (a 5xx), and says nothing of the request. */
			readonly accident: boolean;
			readonly detail: string;
			/** The parameter that it objects to, if it names one. */
			readonly param: string | null;
	  }
	/** It may have been done. */
	| { readonly kind: "lost"; readonly detail: string };

/**
 * Reads an error that a call to Stripe threw.
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
	// A 5xx is remembered for its key as any answer is, so the request behind a replayed one has come to its end.
	// https://docs.stripe.com/api/idempotent_requests
	if (error instanceof StripeAPIError && replayed) {
		return { kind: "turned-down", replayed, accident: true, detail, param: null };
	}
	return { kind: "lost", detail };
}

/**
 * The keys that stand for one key, in the order in which to use them. Stripe repeats to a key whatever it answered first,
 * refusals and 500s included, so a call that is to be made again needs a fresh one; these being always the same, it is
 * still made once only.
 */
export function retryKeys(key: string): string[] {
	return [key, ...Array.from({ length: MAX_RETRY_KEYS - 1 }, (_, i) => `${key}~${i + 2}`)];
}

/** Whether an answer is the repetition of what Stripe answered to the same key before, and so perhaps of the past. */
export function isReplay(headers: unknown): boolean {
	// The SDK's types say a plain object; with its fetch client a success carries the Response's own Headers.
	const value =
		headers instanceof Headers
			? headers.get("idempotent-replayed")
			: (headers as Record<string, string> | undefined)?.["idempotent-replayed"];
	return value === "true";
}
