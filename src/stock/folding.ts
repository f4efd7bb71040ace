/**
 * Folds what is old of a SKU into sums, so that what it costs stays flat however long it has sold
 * (`storage/carried.ts`).
 *
 * It is done by the alarm, in slices of few rows, each a transaction of its own, with everybody else served between
 * them. No command waits for it. It begins when there is enough to fold, and an object with a million old rows, as
 * earlier code left them, is folded within minutes; until then audits read what is not folded yet.
 */
import { FOLD_AFTER_MS, FOLD_EVERY_MS, FOLD_FROM, FOLD_PAUSE_MS, FOLD_SLICE, FOLD_SLICES } from "../limits.ts";
import type { SkuStorage } from "./storage/sku-storage.ts";

export class Folding {
	readonly #ctx: DurableObjectState;
	readonly #storage: SkuStorage;
	/** When there is something to fold; null when there is not enough. */
	#dueMs: number | null = null;
	/** `SkuStorage.foldable` when it was last looked how much there is to fold; null before that. */
	#looked: number | null = null;

	constructor(ctx: DurableObjectState, storage: SkuStorage) {
		this.#ctx = ctx;
		this.#storage = storage;
	}

	/** When to fold next, for the alarm. It looks into the tables only once in a while, since every command asks. */
	dueMs(nowMs: number): number | null {
		if (this.#looked === null || this.#storage.foldable - this.#looked >= FOLD_SLICE) this.#look(nowMs);
		return this.#dueMs;
	}

	#look(nowMs: number): void {
		this.#looked = this.#storage.foldable;
		const { carried } = this.#storage;
		if (carried.countOpen(FOLD_FROM) >= FOLD_FROM) {
			this.#dueMs = nowMs + FOLD_PAUSE_MS;
			return;
		}
		const oldestMs = carried.oldestEndedAtMs(FOLD_FROM);
		this.#dueMs = oldestMs === null ? null : Math.max(nowMs, oldestMs + FOLD_AFTER_MS + FOLD_EVERY_MS);
	}

	/** The alarm rang: folds some slices, if they are due. */
	async run(): Promise<void> {
		if (this.#dueMs === null || this.#dueMs > Date.now()) return;
		for (let slices = 0; slices < FOLD_SLICES; slices++) {
			const endedBeforeMs = Date.now() - FOLD_AFTER_MS;
			const rows = this.#ctx.storage.transactionSync(() => this.#storage.carried.fold(endedBeforeMs, FOLD_SLICE));
			if (rows < FOLD_SLICE) return this.#look(Date.now());
			await scheduler.wait(0);
		}
		this.#dueMs = Date.now() + FOLD_PAUSE_MS;
	}
}
