import { ObjectUnavailable } from "./unavailable.ts";

/** @throws ObjectUnavailable when an object's answer is not there by then; whatever `work` threw, if that comes first */
export async function withTimeout<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
	let timer: ReturnType<typeof setTimeout> | undefined;
	const late = new Promise<never>((_, reject) => {
		timer = setTimeout(() => reject(new ObjectUnavailable("a Durable Object did not answer in time")), timeoutMs);
	});
	try {
		return await Promise.race([work, late]);
	} finally {
		clearTimeout(timer);
	}
}
