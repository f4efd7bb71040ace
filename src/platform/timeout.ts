import { ObjectUnavailable } from "./errors.ts";

const lateObject = (): Error => new ObjectUnavailable("a Durable Object did not answer in time");

/**
 * Waits for `work`, which is not stopped when it takes too long.
 * @throws what `late` makes when there is no answer by then; whatever `work` threw, if that comes first
 */
export async function withTimeout<T>(work: Promise<T>, timeoutMs: number, late = lateObject): Promise<T> {
	let timer: ReturnType<typeof setTimeout> | undefined;
	const over = new Promise<never>((_, reject) => {
		timer = setTimeout(() => reject(late()), timeoutMs);
	});
	try {
		return await Promise.race([work, over]);
	} finally {
		clearTimeout(timer);
	}
}
