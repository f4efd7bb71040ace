/**
 * The alarm of a webhook's object: when it is set, and what happens when it rings. The platform gives up an alarm that fails
 * six times, so one that fails is set anew here, later each time.
 */
import { RESEND_FIRST_MS, RESEND_MOST_MS } from "../limits.ts";
import { messageOf } from "../platform/errors.ts";
import { log } from "../platform/log.ts";
import { backoffMs } from "../platform/retry.ts";

/** It is never set closer than this, so no state of the object can make it spin. */
const GAP_MS = 25;

export class WebhookAlarm {
	readonly #ctx: DurableObjectState;
	/** The time that it is set for; null when it is not, or that is not known. */
	#atMs: number | null = null;
	#failures = 0;

	constructor(ctx: DurableObjectState) {
		this.#ctx = ctx;
	}

	/** Has it ring by then. One that rings too early finds nothing to do, and costs less than moving it each time. */
	schedule(dueAtMs: number, nowMs: number): void {
		const atMs = Math.max(dueAtMs, nowMs + GAP_MS);
		if (this.#atMs !== null && this.#atMs > nowMs && this.#atMs <= atMs) return;
		this.#ctx.waitUntil(this.#set(atMs));
	}

	async remove(): Promise<void> {
		this.#atMs = null;
		await this.#ctx.storage.deleteAlarm();
	}

	/** It rings: does what is due. An error is only logged. @param webhookId undefined when there is none any more */
	async ring(webhookId: string | undefined, work: () => Promise<void>): Promise<void> {
		this.#atMs = null;
		try {
			await work();
			this.#failures = 0;
		} catch (error) {
			const againInMs = backoffMs(this.#failures++, RESEND_FIRST_MS, RESEND_MOST_MS);
			log("alarm-failed", { of: "webhook", webhookId, againInMs, error: messageOf(error) });
			await this.#set(Date.now() + againInMs);
		}
	}

	#set(atMs: number): Promise<void> {
		this.#atMs = atMs;
		return this.#ctx.storage.setAlarm(atMs);
	}
}
