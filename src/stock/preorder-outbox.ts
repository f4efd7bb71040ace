/**
 * Pre-orders on their way to D1: what a SKU's object has decided and D1 has yet to hear.
 *
 * What it keeps true: a row that D1 has not confirmed is sent, and sent again, until it has. The rows themselves are the
 * list (`recordedVersion < version`), so nothing is lost with the object's memory. A queue that is down stops nothing else.
 *
 * Not here: the alarm (`sku.ts` sets it for `resendAtMs`), the rows (`storage/preorders.ts`).
 */
import { OUTBOX_BATCH, RESEND_FIRST_MS } from "../limits.ts";
import type { RecordMessage } from "../orders/messages.ts";
import type { PreorderRecord } from "../orders/preorder.ts";
import { assert } from "../platform/assert.ts";
import type { Preorder } from "./rules/model.ts";
import type { SkuStorage } from "./storage/sku-storage.ts";

/** A pre-order as D1 is told of it. */
export function toRecord(sku: string, { expiresAtMs: _, status, ...preorder }: Preorder): PreorderRecord {
	assert(status !== "pending", "D1 hears of a pre-order when it is paid");
	return { sku, status, ...preorder };
}

export class PreorderOutbox {
	readonly #storage: SkuStorage;
	readonly #queue: () => Queue<RecordMessage>;
	/** More are unsent than one batch carries: the next goes when D1 has confirmed some. */
	#hasBacklog = false;
	/** When what D1 has not confirmed is sent again; null when there is nothing. */
	resendAtMs: number | null = null;

	constructor(storage: SkuStorage, queue: () => Queue<RecordMessage>) {
		this.#storage = storage;
		this.#queue = queue;
	}

	/** After a sleep: what was unconfirmed then still is. */
	restore(nowMs: number): void {
		if (this.#storage.preorders.unrecorded(1).length > 0) this.resendAtMs = nowMs;
	}

	/** A turn made news. Called inside its transaction, so that the alarm is set with it. */
	scheduleResend(nowMs: number): void {
		this.resendAtMs ??= nowMs + RESEND_FIRST_MS;
	}

	/** D1 has these, in these versions or later ones. */
	async acknowledge(
		sku: string,
		recorded: readonly { readonly id: string; readonly version: number }[],
	): Promise<void> {
		for (const { id, version } of recorded) this.#storage.preorders.markRecorded(id, version);
		if (this.#hasBacklog || this.#storage.preorders.unrecorded(1).length === 0) await this.flush(sku);
	}

	/** Sends what D1 has not confirmed: a batch of it, and the next when that one is. */
	async flush(sku: string): Promise<void> {
		const unrecorded = this.#storage.preorders.unrecorded(OUTBOX_BATCH);
		this.#hasBacklog = unrecorded.length === OUTBOX_BATCH;
		this.resendAtMs = unrecorded.length === 0 ? null : Date.now() + RESEND_FIRST_MS;
		await this.send(sku, unrecorded);
	}

	/** Sends these, without waiting for the alarm. A fault is none: the alarm sends them again. */
	async send(sku: string, preorders: readonly Preorder[]): Promise<void> {
		const messages = preorders.map((preorder) => ({
			body: { kind: "preorder", preorder: toRecord(sku, preorder) } satisfies RecordMessage,
		}));
		try {
			for (let sent = 0; sent < messages.length; sent += OUTBOX_BATCH) {
				await this.#queue().sendBatch(messages.slice(sent, sent + OUTBOX_BATCH));
			}
		} catch (fault) {
			const why = fault instanceof Error ? fault.message : "unknown fault";
			console.error(`${sku}: ${messages.length} pre-orders not sent: ${why}`);
		}
	}
}
