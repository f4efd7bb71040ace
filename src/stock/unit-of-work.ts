/**
 * One unit of work of a SKU's object (Orleans calls it a turn): opened, brought up to the clock, changed, and closed,
 * all inside one transaction of the caller (`command-runner.ts`).
 *
 * Invariant: a command sees no hold that has run out, and sees free units only after pre-orders and the waitlist were
 * offered them. Changes are buffered and stored at the latest when the unit of work closes, so either all of it is
 * stored or nothing.
 */

import type { Policy } from "../catalog/policy.ts";
import type { Product } from "../catalog/product.ts";
import { MAX_ROWS_PER_COMMAND } from "../limits.ts";
import { type Allocated, allocateNext, offerToStalledHead, previewAllocation } from "./rules/allocate.ts";
import { canTakeNow, saleNotOpen } from "./rules/availability.ts";
import { assertBalanced } from "./rules/bookkeeping.ts";
import type { Change, DecisionContext, Preorder, Reservation, Stock } from "./rules/model.ts";
import { type AddressFate, addressFates } from "./rules/notify.ts";
import * as endings from "./rules/release.ts";
import type { SkuStorage } from "./storage/sku-storage.ts";

interface FirstInOrder {
	readonly owed: Preorder[];
	readonly waiting: Reservation[];
}

export interface ReservationNews {
	readonly kind: "promoted" | "expired";
	/** Of its entry in the journal. */
	readonly seq: number;
	readonly reservation: Reservation;
}

export class UnitOfWork {
	readonly nowMs: number;
	readonly product: Product;
	readonly storage: SkuStorage;
	readonly #stockAtStart: Stock;
	#stock: Stock;
	/** Rows that this unit of work may still end or serve. */
	#rowsLeft = MAX_ROWS_PER_COMMAND;
	/** What was read ahead for shoppers, until one of their rows changes. */
	readonly #prefetched = new Map<string, Pick<DecisionContext, "mine" | "owned">>();
	/** Something was changed that somebody may be watching. */
	hasChanged = false;
	/** Whose reservations changed, some of them more than once. */
	readonly changedShoppers: string[] = [];
	/** Somebody joined or left the waitlist, so others may have another place. */
	hasWaitlistMoved = false;
	/** Reservations that got units from the waitlist, or lost them to the clock: somebody may listen. */
	readonly reservationNews: ReservationNews[] = [];
	/** Somebody was promoted who is to be told by mail. */
	owesMail = false;
	/** Changed pre-orders, by id, to be sent to D1. */
	readonly preorderChanges = new Map<string, Preorder>();

	constructor(storage: SkuStorage, product: Product, nowMs: number) {
		this.storage = storage;
		this.product = product;
		this.nowMs = nowMs;
		this.#stockAtStart = this.#stock = storage.stock();
	}

	get stock(): Stock {
		return this.#stock;
	}

	get policy(): Policy {
		return this.product.policy;
	}

	/** Units that anybody may take now: none while somebody is ahead of the public. */
	get freeForPublic(): number {
		return canTakeNow(this.#stock, 1) ? this.#stock.available : 0;
	}

	/** Allocates what is free. @returns how many more units the public can take than the `before` that it could */
	freedSince(before: number): number {
		this.allocate();
		return Math.max(0, this.freeForPublic - before);
	}

	/** Reads in one go what `contextOf` will need for each of these shoppers. */
	prefetch(shopperIds: readonly string[]): void {
		const mine = this.storage.reservations.ofShoppers(shopperIds);
		const owned = this.policy.limitPerShopper === null ? null : this.storage.ownedBy(shopperIds, null);
		for (const id of shopperIds) this.#prefetched.set(id, { mine: mine.get(id) ?? null, owned: owned?.get(id) ?? 0 });
	}

	/** What the rules look at for one shopper. @param checkoutId what this checkout has does not count as owned */
	contextOf(shopperId: string, checkoutId: string | null = null): DecisionContext {
		const prefetched = checkoutId === null ? this.#prefetched.get(shopperId) : undefined;
		const { isArchived } = this.product;
		const facts = prefetched ?? this.#shopperFacts(shopperId, checkoutId);
		return { stock: this.#stock, policy: this.policy, isArchived, ...facts };
	}

	#shopperFacts(shopperId: string, checkoutId: string | null): Pick<DecisionContext, "mine" | "owned"> {
		const owned = this.policy.limitPerShopper === null ? null : this.storage.ownedBy([shopperId], checkoutId);
		return { mine: this.storage.reservations.ofShopper(shopperId), owned: owned?.get(shopperId) ?? 0 };
	}

	/** Makes a change part of this unit of work. @param change null changes nothing */
	apply(change: Change | null): void {
		if (change === null) return;
		this.storage.save(change, this.#stock, this.nowMs);
		this.hasChanged = true;
		if (change.stock.waiting !== this.#stock.waiting) this.hasWaitlistMoved = true;
		this.#stock = change.stock;
		for (const { shopperId } of change.reservations) {
			this.#prefetched.delete(shopperId);
			this.changedShoppers.push(shopperId);
		}
		for (const { kind, seq, subjectId } of change.entries) {
			if (kind !== "promoted" && kind !== "expired") continue;
			const reservation = change.reservations.find(({ id }) => id === subjectId);
			if (reservation !== undefined) this.reservationNews.push({ kind, seq, reservation });
		}
		for (const fate of addressFates(change)) this.#settleAddress(fate);
		for (const preorder of change.preorders) {
			this.#prefetched.delete(preorder.shopperId);
			if (preorder.version > 0) this.preorderChanges.set(preorder.id, preorder);
		}
	}

	#settleAddress(fate: AddressFate): void {
		if (fate.kind === "forget") {
			this.storage.addresses.forget(fate.reservationId);
			return;
		}
		this.storage.addresses.owe(fate.reservationId, fate.promotion);
		this.owesMail = true;
	}

	/**
	 * Ends what is due, and allocates what that freed. False when there is more of it than one unit of work may do: then
	 * nothing else may be decided before the next unit of work has gone on with it.
	 */
	expireDue(): boolean {
		const { nowMs } = this;
		if ((this.storage.nextDueMs() ?? Number.POSITIVE_INFINITY) <= nowMs) this.#endWhatIsDue(nowMs);
		this.allocate();
		return !this.isOverBudget;
	}

	#endWhatIsDue(nowMs: number): void {
		const reservations = this.storage.reservations.due(nowMs, this.#rowsLeft);
		for (const r of reservations) {
			if (r.status === "waiting") this.apply(this.#offerToStalledHead(r));
			else this.apply(endings.expire(this.#stock, r, nowMs));
		}
		this.#rowsLeft -= reservations.length;
		const preorders = this.#rowsLeft > 0 ? this.storage.preorders.due(nowMs, this.#rowsLeft) : [];
		for (const p of preorders) this.apply(endings.expirePreorder(this.#stock, p, nowMs));
		this.#rowsLeft -= preorders.length;
	}

	#offerToStalledHead(waiting: Reservation): Change {
		const isFirst = this.storage.reservations.nextWaiting(1)[0]?.id === waiting.id;
		return offerToStalledHead(this.#stock, this.policy, waiting, isFirst, this.nowMs);
	}

	/** There was more to do than one unit of work may: the object has to go on with it in further ones. */
	get isOverBudget(): boolean {
		return this.#rowsLeft <= 0;
	}

	/**
	 * Hands out free units, one step of `allocateNext` after the other, until none is left or the next one needs more
	 * than there are. When it is cut short nobody passes those who are still to be served: the public gets nothing while
	 * anybody is ahead.
	 */
	allocate(): void {
		let ahead: FirstInOrder | null = null;
		for (let served = 0; this.#rowsLeft > 0 && this.#stock.available > 0; this.#rowsLeft--, served++) {
			if (this.#stock.owed <= 0 && (this.#stock.waiting <= 0 || !this.#isOnSale)) return;
			// The first alone, which the tables remember: one who cannot be served must not make everybody read rows.
			ahead = served === 0 ? this.#readAhead(1) : served === 1 ? this.#readAhead(MAX_ROWS_PER_COMMAND) : ahead;
			const { owed, waiting } = ahead as FirstInOrder;
			const change = allocateNext(this.#stock, this.policy, owed[0] ?? null, waiting[0] ?? null, this.nowMs);
			if (change === null) return;
			this.apply(change);
			if (change.preorders.length > 0) owed.shift();
			// The head only got a deadline, and no units.
			else if (change.reservations.some(({ place }) => place !== null)) return;
			else waiting.shift();
		}
	}

	/** Outside the sale window nobody on the waitlist is served. */
	get #isOnSale(): boolean {
		return saleNotOpen(this.policy, this.nowMs) === null;
	}

	/** The first to get free units. Nobody joins while units are handed out, and each who is served takes one at least. */
	#readAhead(wanted: number): FirstInOrder {
		const { available, owed, waiting } = this.#stock;
		const { preorders, reservations } = this.storage;
		const atMost = Math.min(wanted, this.#rowsLeft, available);
		return {
			owed: owed > 0 ? preorders.nextOwed(atMost) : [],
			waiting: waiting > 0 && this.#isOnSale ? reservations.nextWaiting(atMost) : [],
		};
	}

	/** Where the units that are free now will go. Changes nothing. */
	previewAllocation(): Allocated {
		const { preorders, reservations } = this.storage;
		const isServed = this.#isOnSale && this.#stock.waiting > 0;
		const waiting = isServed ? reservations.waitlist() : [].values();
		return previewAllocation(this.#stock, preorders.owedQuantities(), waiting);
	}

	/**
	 * Stores what is buffered, and the counters if they changed.
	 * @throws InvariantError when they contradict the equation
	 */
	close(): void {
		this.allocate();
		this.storage.flush();
		if (this.#stock === this.#stockAtStart) return;
		assertBalanced(this.#stock);
		this.storage.saveStock(this.#stock);
	}
}
