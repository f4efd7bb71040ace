/**
 * The alarm of a SKU's object: when it is set, and what happens when it rings.
 *
 * It rings when the next hold, pin or unpaid pre-order runs out, when the head of a stalled waitlist is to get an
 * offer, when the sale begins with somebody on the waitlist, when a unit of work was cut short, when pre-orders have to
 * be sent to D1 again, when watchers are to learn what the clock alone changed, and when old rows are to be folded. `SkuObject.alarm` then runs an empty command: every unit
 * of work starts by ending what is due and allocating what came free (`UnitOfWork.expireDue`). So for the stock the
 * alarm does no more than any command does: it wakes the object when nobody calls. It may be late or early, and comes
 * at least once: https://developers.cloudflare.com/durable-objects/api/alarms/
 *
 * Invariant: while anything is due, an alarm is set. The platform gives up on an alarm that fails six times, so one that
 * fails is set anew here, and a time that has passed is not taken for an alarm that will still ring.
 */
import { RESEND_MOST_MS, RETRY_FIRST_MS } from "../limits.ts";
import { messageOf } from "../platform/errors.ts";
import { log } from "../platform/log.ts";

/** When something is due at the latest; null for never. It is asked at the end of each unit of work. */
export type Due = (nowMs: number) => number | null;

export class SkuAlarm {
	readonly #storage: DurableObjectStorage;
	readonly #dues: readonly Due[];
	/** When the alarm rings; null when it is not set, or not known to be. */
	#ringsAtMs: number | null = null;
	/** The pause before an alarm that failed is tried again. */
	#pauseMs = RETRY_FIRST_MS;

	constructor(storage: DurableObjectStorage, dues: readonly Due[]) {
		this.#storage = storage;
		this.#dues = dues;
	}

	/**
	 * Sets the alarm when something is due before it would ring, and only then, since setting it costs a write. Called in
	 * the transaction of a unit of work, with which it is undone.
	 * @param cutShort a unit of work was cut short, and has to go on at once
	 */
	schedule(nowMs: number, cutShort: boolean): Promise<void> | null {
		let dueMs = cutShort ? nowMs : Number.POSITIVE_INFINITY;
		for (const due of this.#dues) dueMs = Math.min(dueMs, due(nowMs) ?? Number.POSITIVE_INFINITY);
		const isSet = this.#ringsAtMs !== null && this.#ringsAtMs > nowMs;
		if (dueMs === Number.POSITIVE_INFINITY || (isSet && (this.#ringsAtMs as number) <= dueMs)) return null;
		return this.#set(dueMs);
	}

	/** The transaction that may have set the alarm was undone, so when it rings is not known. The next one sets it. */
	forget(): void {
		this.#ringsAtMs = null;
	}

	/** The alarm rang: does what is due, and sets it anew whatever came of that. An error is only logged. */
	async ring(sku: string | undefined, work: () => Promise<void>): Promise<void> {
		this.#ringsAtMs = null;
		let hasFailed = true;
		try {
			await work();
			hasFailed = false;
			this.#pauseMs = RETRY_FIRST_MS;
		} catch (error) {
			log("alarm-failed", { of: "SKU", sku, againInMs: this.#pauseMs, error: messageOf(error) });
		} finally {
			await (hasFailed ? this.#retryLater() : this.schedule(Date.now(), false));
		}
	}

	#retryLater(): Promise<void> {
		const atMs = Date.now() + this.#pauseMs;
		this.#pauseMs = Math.min(2 * this.#pauseMs, RESEND_MOST_MS);
		return this.#set(atMs);
	}

	#set(atMs: number): Promise<void> {
		this.#ringsAtMs = atMs;
		return this.#storage.setAlarm(atMs);
	}
}
