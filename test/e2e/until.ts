/** Waits for what a running server comes to by itself. */
const PATIENCE_MS = 100_000;
const POLL_MS = 200;

/** Waits until it holds. @param what is there instead, for the message */
export async function until(holds: () => Promise<boolean>, what: () => Promise<unknown>): Promise<void> {
	const deadlineMs = performance.now() + PATIENCE_MS;
	while (!(await holds())) {
		if (performance.now() > deadlineMs) throw new Error(`not in time: ${JSON.stringify(await what())}`);
		await new Promise((next) => setTimeout(next, POLL_MS));
	}
}
