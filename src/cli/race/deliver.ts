/** Sends one intent as its plan has it: once, twice, or again after no answer came. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Delivery } from "./plan.ts";
import type { Asked, Recorder, Reply } from "./recorder.ts";

/** @returns the first reply that came; null when none did */
export async function deliver<R extends Reply>(
	recorder: Recorder,
	asked: Pick<Asked, "actor" | "request">,
	{ sending, afterMs }: Delivery,
	send: (signal: AbortSignal) => Promise<R>,
): Promise<R | null> {
	const cutAfterMs = sending.startsWith("cut") ? afterMs : null;
	const first = recorder.ask({ ...asked, cutAfterMs, isReplyLost: sending === "lost-reply" }, send);
	if (sending === "double-click") {
		const repeats = recorder.size - 1;
		await sleep(afterMs);
		const second = await recorder.ask({ ...asked, repeats }, send);
		return (await first).reply ?? second.reply;
	}
	const { id, reply } = await first;
	if (reply !== null || sending === "once" || sending === "cut-and-gone") return reply;
	return (await recorder.ask({ ...asked, repeats: id }, send)).reply;
}
