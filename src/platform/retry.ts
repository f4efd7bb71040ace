/** Retries with full jitter: each pause is random, between nothing and a bound that doubles each time. */

export interface RetryOptions {
	/** Attempts in all, the first included. */
	readonly attempts: number;
	/** Bound of the first pause, in milliseconds. */
	readonly backoffMs: number;
	readonly shouldRetry: (error: unknown) => boolean;
}

/** @throws what `work` threw last, or the first error that `shouldRetry` declines */
export async function retry<T>(work: () => Promise<T>, { attempts, backoffMs, shouldRetry }: RetryOptions): Promise<T> {
	for (let attempt = 1; ; attempt++) {
		try {
			return await work();
		} catch (error) {
			if (attempt >= attempts || !shouldRetry(error)) throw error;
			await scheduler.wait(Math.random() * backoffMs * 2 ** (attempt - 1));
		}
	}
}

/** The pause before attempt number `failures + 1`: doubled after each failure, up to `mostMs`. */
export function backoffMs(failures: number, firstMs: number, mostMs: number): number {
	return Math.min(mostMs, firstMs * 2 ** Math.min(failures, 30));
}
