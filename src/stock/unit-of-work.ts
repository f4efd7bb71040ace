/**
 * One turn of a SKU's object: the books opened, brought up to the clock, changed, and closed.
 *
 * What it keeps true: whoever looks at the books sees no hold that has run out, and no unit that is free while somebody
 * ahead of the public could have it. Changes are stored inside the caller's transaction, at the latest when the turn closes,
 * so either the whole turn is stored or none of it.
 *
 * Not here: the rules (`ledger.ts`), the transaction and the alarm (`sku.ts`).
 */

import type { Policy } from "../catalog/policy.ts";
import type { Product } from "../catalog/product.ts";
import { MAX_ROWS_PER_COMMAND } from "../limits.ts";
import type { Allocated } from "./rpc.ts";
import { allocateNext, offerToStalledHead } from "./rules/allocate.ts";
import { assertBalanced } from "./rules/bookkeeping.ts";
import type { Change, DecisionContext, Preorder, Reservation, Stock } from "./rules/model.ts";
import * as endings from "./rules/release.ts";
import type { SkuStorage } from "./storage/sku-storage.ts";

export class UnitOfWork {
	readonly nowMs: number;
	readonly product: Product;
	readonly #storage: SkuStorage;
	readonly #opened: Stock;
	#stock: Stock;
	/** Rows that this turn may still settle or hand out. */
	#left = MAX_ROWS_PER_COMMAND;
	/** What was read ahead of shoppers whom nothing has changed for since. */
	readonly #prefetched = new Map<string, Pick<DecisionContext, "mine" | "owned">>();
	/** Something was changed that somebody may be watching. */
	hasChanged = false;
	/** Pre-orders that D1 has to hear of, as this turn left them. */
	readonly preorderChanges = new Map<string, Preorder>();

	constructor(storage: SkuStorage, product: Product, nowMs: number) {
		this.#storage = storage;
		this.product = product;
		this.nowMs = nowMs;
		this.#opened = this.#stock = storage.stock();
	}

	get stock(): Stock {
		return this.#stock;
	}

	get policy(): Policy {
		return this.product.policy;
	}

	/** Reads at once what `books` will be asked for, one shopper after the other. */
	prefetch(shopperIds: readonly string[]): void {
		const mine = this.#storage.reservations.ofShoppers(shopperIds);
		const owned = this.policy.limitPerShopper === null ? null : this.#storage.ownedBy(shopperIds, null);
		for (const id of shopperIds) this.#prefetched.set(id, { mine: mine.get(id) ?? null, owned: owned?.get(id) ?? 0 });
	}

	/** The books as the ledger wants them for one shopper. `checkoutId`: what this one has does not count as owned. */
	contextOf(shopperId: string, checkoutId: string | null = null): DecisionContext {
		const expected = checkoutId === null ? this.#prefetched.get(shopperId) : undefined;
		return { stock: this.#stock, policy: this.policy, ...(expected ?? this.#shopperFacts(shopperId, checkoutId)) };
	}

	#shopperFacts(shopperId: string, checkoutId: string | null): Pick<DecisionContext, "mine" | "owned"> {
		const owned = this.policy.limitPerShopper === null ? null : this.#storage.ownedBy([shopperId], checkoutId);
		return { mine: this.#storage.reservations.ofShopper(shopperId), owned: owned?.get(shopperId) ?? 0 };
	}

	apply(change: Change | null): void {
		if (change === null) return;
		this.#storage.save(change, this.nowMs);
		this.hasChanged = true;
		this.#stock = change.stock;
		for (const { shopperId } of change.reservations) this.#prefetched.delete(shopperId);
		for (const preorder of change.preorders) {
			this.#prefetched.delete(preorder.shopperId);
			if (preorder.version > 0) this.preorderChanges.set(preorder.id, preorder);
		}
	}

	/**
	 * Ends what has run out, and hands out what that freed. False when there is more of it than one turn may do: then
	 * nothing else may be decided before the next turn has gone on with it.
	 */
	expireDue(): boolean {
		const { nowMs } = this;
		if ((this.#storage.nextDueMs() ?? Number.POSITIVE_INFINITY) <= nowMs) this.#endWhatIsDue(nowMs);
		this.allocate();
		return !this.isOverBudget;
	}

	#endWhatIsDue(nowMs: number): void {
		const reservations = this.#storage.reservations.due(nowMs, this.#left);
		for (const r of reservations) {
			if (r.status === "waiting") this.apply(this.#offerToStalledHead(r));
			else this.apply(endings.expire(this.#stock, r, nowMs));
		}
		this.#left -= reservations.length;
		const preorders = this.#left > 0 ? this.#storage.preorders.due(nowMs, this.#left) : [];
		for (const p of preorders) this.apply(endings.expirePreorder(this.#stock, p, nowMs));
		this.#left -= preorders.length;
	}

	#offerToStalledHead(waiting: Reservation): Change {
		const isFirst = this.#storage.reservations.nextWaiting(1)[0]?.id === waiting.id;
		return offerToStalledHead(this.#stock, this.policy, waiting, isFirst, this.nowMs);
	}

	/** The turn had more to do than it may: the object has to go on with it, in further turns. */
	get isOverBudget(): boolean {
		return this.#left <= 0;
	}

	/**
	 * Units that are free go to whoever is next, until none is left or the next one needs more than there is. Where a turn
	 * is cut short nobody passes those who are still to be served: the public gets nothing while anybody is ahead.
	 */
	allocate(): void {
		if (this.#stock.available <= 0 || (this.#stock.owed <= 0 && this.#stock.waiting <= 0)) return;
		// Nobody joins while units are handed out, and each who is served takes one at least.
		const atMost = Math.min(this.#left, this.#stock.available);
		const owed = this.#stock.owed > 0 ? this.#storage.preorders.nextOwed(atMost) : [];
		const waiting = this.#stock.waiting > 0 ? this.#storage.reservations.nextWaiting(atMost) : [];
		for (; this.#left > 0 && this.#stock.available > 0; this.#left--) {
			const change = allocateNext(this.#stock, this.policy, owed[0] ?? null, waiting[0] ?? null, this.nowMs);
			if (change === null) return;
			this.apply(change);
			if (change.preorders.length > 0) owed.shift();
			// Somebody who was not served, but noticed, is still the head.
			else waiting.splice(0, 1, ...change.reservations.filter(({ place }) => place !== null));
		}
	}

	/** Where the units that are free now will go: the same order as `handOut`, looked at only. */
	previewAllocation(): Allocated {
		let free = this.#stock.available;
		const take = (quantities: Iterable<number>): number => {
			let units = 0;
			for (const quantity of quantities) {
				if (quantity > free) return units;
				free -= quantity;
				units += quantity;
			}
			return units;
		};
		const filledPreorders = take(this.#storage.preorders.owedQuantities());
		// The line is served only when every pre-order has been.
		return {
			filledPreorders,
			promoted: filledPreorders < this.#stock.owed ? 0 : take(this.#storage.reservations.waitingQuantities()),
		};
	}

	/** Stores the counters, when they changed. @throws InvariantError when they contradict the equation */
	close(): void {
		this.allocate();
		this.#storage.flush();
		if (this.#stock === this.#opened) return;
		assertBalanced(this.#stock);
		this.#storage.saveStock(this.#stock);
	}
}
