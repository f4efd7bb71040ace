/**
 * The alarm of a SKU's object: when it is set, and what happens when it rings.
 *
 * It rings when the next hold, pin or unpaid pre-order runs out, when the head of a stalled waitlist is to get an
 * offer, when the sale begins with somebody on the waitlist, when a unit of work was cut short, or when pre-orders have to be sent to D1 again. `SkuObject.alarm` then runs
 * an empty command: every unit of work starts by ending what is due and allocating what came free
 * (`UnitOfWork.expireDue`). So but for what goes to D1 the alarm does no more than any command does: it wakes the
 * object when nobody calls. It may be late or early, and comes at least once:
 * https://developers.cloudflare.com/durable-objects/api/alarms/
 */
import type { Product } from "../catalog/product.ts";
import type { PreorderOutbox } from "./preorder-outbox.ts";
import type { SkuStorage } from "./storage/sku-storage.ts";

export class SkuAlarm {
	readonly #ctx: DurableObjectState;
	readonly #storage: SkuStorage;
	readonly #outbox: PreorderOutbox;
	/** When the alarm rings; null when it is not set, or not known to be. */
	#ringsAtMs: number | null = null;

	constructor(ctx: DurableObjectState, storage: SkuStorage, outbox: PreorderOutbox) {
		this.#ctx = ctx;
		this.#storage = storage;
		this.#outbox = outbox;
	}

	/**
	 * Sets the alarm when something is due before it would ring, and only then, since setting it costs a write. Called in
	 * the transaction of a unit of work, with which it is undone.
	 * @param wakeAtMs `UnitOfWork.wakeAtMs`: a unit of work was cut short, or the sale will begin; null for neither
	 */
	schedule(wakeAtMs: number | null): Promise<void> | null {
		const dueMs = Math.min(
			wakeAtMs ?? Number.POSITIVE_INFINITY,
			this.#storage.nextDueMs() ?? Number.POSITIVE_INFINITY,
			this.#outbox.resendAtMs ?? Number.POSITIVE_INFINITY,
		);
		if (dueMs === Number.POSITIVE_INFINITY || (this.#ringsAtMs !== null && this.#ringsAtMs <= dueMs)) return null;
		this.#ringsAtMs = dueMs;
		return this.#ctx.storage.setAlarm(dueMs);
	}

	/** The transaction that may have set the alarm was undone, so when it rings is not known. The next one sets it. */
	forget(): void {
		this.#ringsAtMs = null;
	}

	/** The alarm rang: sends pre-orders again, if they are due. The command that ends what is due comes after it. */
	rang(product: Product | null): void {
		this.#ringsAtMs = null;
		const { resendAtMs } = this.#outbox;
		if (product !== null && resendAtMs !== null && resendAtMs <= Date.now()) {
			this.#ctx.waitUntil(this.#outbox.flush(product.sku));
		}
	}
}
