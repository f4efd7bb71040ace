/**
 * Waits for `work`, which is not stopped when it takes too long.
 * @param makeError makes what is thrown when there is no answer in time
 * @throws that error, or whatever `work` throws if that comes first
 */
export async function withTimeout<T>(work: Promise<T>, timeoutMs: number, makeError: () => Error): Promise<T> {
	let timer: ReturnType<typeof setTimeout> | undefined;
	const over = new Promise<never>((_, reject) => {
		timer = setTimeout(() => reject(makeError()), timeoutMs);
	});
	try {
		return await Promise.race([work, over]);
	} finally {
		clearTimeout(timer);
	}
}
