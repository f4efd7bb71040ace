/**
 * How long a payment provider may take to answer, and what it means when it does not.
 *
 * What it keeps true: a call that is too slow or that throws has an unknown outcome, and is never taken for a failure.
 */
import { withTimeout } from "../platform/timeout.ts";

/**
 * Waits for a provider's answer. The call itself is not stopped: it may yet take effect, which is why this is `unknown`.
 * @param work the call that was begun
 * @param timeoutMs how long to wait for it
 */
export async function orUnknown<T>(
	work: Promise<T>,
	timeoutMs: number,
): Promise<T | { readonly kind: "unknown"; readonly detail: string }> {
	try {
		return await withTimeout(work, timeoutMs, () => new Error(`no answer within ${timeoutMs} ms`));
	} catch (error) {
		return { kind: "unknown", detail: error instanceof Error ? error.message : String(error) };
	}
}
