/**
 * Calls a Durable Object, and repeats a call that failed in passing.
 *
 * A call is repeated only when the platform marks its error as retryable and not as overloaded: repeating a call to a
 * busy object makes it busier (https://developers.cloudflare.com/durable-objects/best-practices/error-handling/). So
 * every method that is called through here must be safe to repeat. A stub that has thrown may stay broken: each attempt
 * takes a new one.
 */
import { CALL_BACKOFF_MS, MAX_CALL_ATTEMPTS } from "../limits.ts";
import { ObjectUnavailable } from "./errors.ts";
import { retry } from "./retry.ts";

/**
 * @param getStub a new stub of the object
 * @template T the interface that the object implements (its room's `rpc.ts`). The platform's own type of a stub wraps
 * each result in types of its own, which say nothing about the plain values that we send.
 * @throws ObjectUnavailable when the object is overloaded or cannot be reached
 */
export async function callObject<T, R>(getStub: () => unknown, call: (object: T) => Promise<R>): Promise<R> {
	try {
		return await retry(() => call(getStub() as T), {
			attempts: MAX_CALL_ATTEMPTS,
			backoffMs: CALL_BACKOFF_MS,
			shouldRetry: (error) => hasFlag(error, "retryable") && !hasFlag(error, "overloaded"),
		});
	} catch (error) {
		if (hasFlag(error, "retryable") || hasFlag(error, "overloaded")) {
			throw new ObjectUnavailable("a Durable Object could not serve the call", { cause: error });
		}
		throw error;
	}
}

/** Whether the platform said of this call that its object has too much to do. */
export const isOverloaded = (error: unknown): boolean =>
	hasFlag(error, "overloaded") || (error instanceof ObjectUnavailable && hasFlag(error.cause, "overloaded"));

function hasFlag(error: unknown, flag: "retryable" | "overloaded"): boolean {
	return error instanceof Error && (error as Error & Partial<Record<typeof flag, boolean>>)[flag] === true;
}
