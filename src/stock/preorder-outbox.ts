/**
 * The outbox of pre-orders: sends those that changed to D1, by way of the queue.
 *
 * Invariant: a pre-order is sent again and again until D1 has acknowledged it, with pauses that double, so that a D1
 * that was down recovers under no flood. The rows themselves are the list of what is to be sent (`recordedVersion <
 * version` in `storage/preorders.ts`), so nothing is lost with the object's memory. A queue that is down stops nothing
 * else. `alarm.ts` rings for `resendAtMs`.
 */
import { OUTBOX_BATCH, RESEND_FIRST_MS, RESEND_MOST_MS } from "../limits.ts";
import type { RecordMessage } from "../orders/messages.ts";
import type { PreorderRecord } from "../orders/preorder.ts";
import { assert } from "../platform/assert.ts";
import { messageOf } from "../platform/errors.ts";
import { log } from "../platform/log.ts";
import type { Preorder } from "./rules/model.ts";
import type { SkuStorage } from "./storage/sku-storage.ts";

/** A pre-order as D1 stores it. @throws InvariantError when it is not paid */
export function toRecord(sku: string, preorder: Preorder): PreorderRecord {
	const { expiresAtMs: _, attempt: _a, replaces: _r, refunded: _f, status, ...record } = preorder;
	assert(status !== "pending", "a pre-order goes to D1 when it is paid");
	return { sku, status, ...record };
}

export class PreorderOutbox {
	readonly #storage: SkuStorage;
	readonly #queue: () => Queue<RecordMessage>;
	/** More are unsent than one batch carries: the next batch goes when D1 has acknowledged some. */
	#hasBacklog = false;
	/** How long D1 is given to acknowledge what is sent next. */
	#pauseMs = RESEND_FIRST_MS;
	/** When the pre-orders that D1 has not acknowledged are sent again; null when there are none. */
	resendAtMs: number | null = null;

	constructor(storage: SkuStorage, queue: () => Queue<RecordMessage>) {
		this.#storage = storage;
		this.#queue = queue;
	}

	/** The object was loaded again: what was unacknowledged before still is. */
	restore(nowMs: number): void {
		if (this.#storage.preorders.unrecorded(1).length > 0) this.resendAtMs = nowMs;
	}

	/** A unit of work changed pre-orders. Called inside its transaction, in which the alarm is then set. */
	scheduleResend(nowMs: number): void {
		if (this.resendAtMs === null) this.#pause(nowMs);
	}

	/** D1 has these pre-orders, in these versions or later ones. */
	async acknowledge(
		sku: string,
		recorded: readonly { readonly id: string; readonly version: number }[],
	): Promise<void> {
		for (const { id, version } of recorded) this.#storage.preorders.markRecorded(id, version);
		const isDone = this.#storage.preorders.unrecorded(1).length === 0;
		if (!isDone && !this.#hasBacklog) return;
		this.#pauseMs = RESEND_FIRST_MS;
		await this.flush(sku);
	}

	/** Sends what D1 should have acknowledged by now. */
	async resendDue(sku: string, nowMs: number): Promise<void> {
		if (this.resendAtMs !== null && this.resendAtMs <= nowMs) await this.flush(sku);
	}

	/** Sends one batch of what D1 has not acknowledged. The next one follows when D1 has acknowledged this one. */
	async flush(sku: string): Promise<void> {
		const unrecorded = this.#storage.preorders.unrecorded(OUTBOX_BATCH);
		this.#hasBacklog = unrecorded.length === OUTBOX_BATCH;
		if (unrecorded.length > 0) this.#pause(Date.now());
		else [this.resendAtMs, this.#pauseMs] = [null, RESEND_FIRST_MS];
		await this.send(sku, unrecorded);
	}

	#pause(nowMs: number): void {
		this.resendAtMs = nowMs + this.#pauseMs;
		this.#pauseMs = Math.min(2 * this.#pauseMs, RESEND_MOST_MS);
	}

	/** Sends these now. An error of the queue is only logged, since the alarm sends them again. */
	async send(sku: string, preorders: readonly Preorder[]): Promise<void> {
		const messages = preorders.map((preorder) => ({
			body: { kind: "preorder", preorder: toRecord(sku, preorder) } satisfies RecordMessage,
		}));
		try {
			for (let sent = 0; sent < messages.length; sent += OUTBOX_BATCH) {
				await this.#queue().sendBatch(messages.slice(sent, sent + OUTBOX_BATCH));
			}
		} catch (error) {
			log("preorders-not-sent", { sku, preorders: messages.length, error: messageOf(error) });
		}
	}
}
