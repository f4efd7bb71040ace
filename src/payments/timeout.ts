/** A call to a payment provider that is too slow or throws has an unknown result. It is never taken for a failure. */
import { messageOf } from "../platform/errors.ts";
import { withTimeout } from "../platform/timeout.ts";

/**
 * Waits for a provider's answer. The call itself is not stopped and may still take effect, hence `unknown`.
 * @param work the call, already under way
 * @param timeoutMs how long to wait for it
 */
export async function orUnknown<T>(
	work: Promise<T>,
	timeoutMs: number,
): Promise<T | { readonly kind: "unknown"; readonly detail: string }> {
	try {
		return await withTimeout(work, timeoutMs, () => new Error(`no answer within ${timeoutMs} ms`));
	} catch (error) {
		return { kind: "unknown", detail: messageOf(error) };
	}
}
