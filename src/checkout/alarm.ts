/** The alarm of a checkout's object. https://developers.cloudflare.com/durable-objects/api/alarms/ */
import { RESEND_FIRST_MS, RESEND_MOST_MS, RESUME_AFTER_CRASH_MS } from "../limits.ts";
import { messageOf } from "../platform/errors.ts";
import { log } from "../platform/log.ts";
import { backoffMs } from "../platform/retry.ts";
import type { Checkout } from "./rules/model.ts";
import { dueEffect, wakeAtMs } from "./rules/next-effect.ts";
import { forgettingOf } from "./rules/retention.ts";

/** When it is to be forgotten; null for never, and for now: the drive that is under way does that. */
function forgetsAtMs(checkout: Checkout, nowMs: number): number | null {
	const { atMs = 0 } = forgettingOf(checkout) ?? {};
	return atMs > nowMs ? atMs : null;
}

export class CheckoutAlarm {
	readonly #storage: DurableObjectStorage;
	/** The time that the alarm is set for; null when none is set, or that is not known. */
	#atMs: number | null = null;
	#failures = 0;

	constructor(storage: DurableObjectStorage) {
		this.#storage = storage;
	}

	/**
	 * Sets the alarm for the next time at which the checkout has something to do. While effects are due, that is a
	 * short while from now, in case the object dies during the drive. An alarm that rings a little too early stays: setting
	 * it costs a row, and what it is for has mostly happened before it rings.
	 */
	async schedule(checkout: Checkout): Promise<void> {
		const nowMs = Date.now();
		const dueAtMs = wakeAtMs(checkout) ?? forgetsAtMs(checkout, nowMs);
		// A time that has passed is no alarm.
		const setFor = this.#atMs !== null && this.#atMs > nowMs ? this.#atMs : null;
		if (dueAtMs === null) return setFor === null ? undefined : this.#unset();
		const busy = dueEffect(checkout, nowMs) !== null;
		const atMs = busy ? nowMs + RESUME_AFTER_CRASH_MS : dueAtMs;
		if (setFor === atMs || (setFor !== null && setFor <= atMs && atMs <= nowMs + RESEND_FIRST_MS)) return;
		this.#atMs = atMs;
		await this.#storage.setAlarm(atMs);
	}

	/** Nothing is left to do: the object need not be woken for that. */
	async #unset(): Promise<void> {
		this.#atMs = null;
		await this.#storage.deleteAlarm();
	}

	/** Whether it is known to ring by the time at which the checkout has something to do. */
	ringsFor(checkout: Checkout): boolean {
		const dueAtMs = wakeAtMs(checkout);
		return dueAtMs !== null && this.#atMs !== null && this.#atMs > Date.now() && this.#atMs <= dueAtMs;
	}

	/** What was set may not be set any more. */
	forget(): void {
		this.#atMs = null;
	}

	/**
	 * The alarm rings: does what is due. The platform gives an alarm up after six failures, and nothing would wake the
	 * checkout again. So a failure is logged, and another alarm is set, later each time.
	 * @param names by which the checkout is found in the logs
	 */
	async ring(names: Readonly<Record<string, unknown>>, work: () => Promise<unknown>): Promise<void> {
		this.#atMs = null;
		try {
			await work();
			this.#failures = 0;
		} catch (error) {
			const againInMs = backoffMs(this.#failures++, RESUME_AFTER_CRASH_MS, RESEND_MOST_MS);
			log("alarm-failed", { of: "checkout", ...names, againInMs, error: messageOf(error) });
			this.#atMs = Date.now() + againInMs;
			await this.#storage.setAlarm(this.#atMs);
		}
	}
}
