/**
 * One turn of a SKU's object: the books opened, brought up to the clock, changed, and closed.
 *
 * What it keeps true: whoever looks at the books sees no hold that has run out, and no unit that is free while somebody
 * ahead of the public could have it. Each change is stored as it is made, inside the caller's transaction, so either
 * the whole turn is stored or none of it.
 *
 * Not here: the rules (`ledger.ts`), the transaction and the alarm (`sku.ts`).
 */
import type { Product } from "../catalog/product.ts";
import type { HandedOut } from "./answers.ts";
import type { Change, Policy, Stock } from "./books.ts";
import * as ledger from "./ledger.ts";
import { assertBalanced } from "./posting.ts";
import type { SkuTables } from "./tables.ts";

export class Turn {
	readonly nowMs: number;
	readonly product: Product;
	readonly handedOut: HandedOut = { filledPreorders: 0, promoted: 0 };
	readonly #tables: SkuTables;
	readonly #opened: Stock;
	#stock: Stock;

	constructor(tables: SkuTables, product: Product, nowMs: number) {
		this.#tables = tables;
		this.product = product;
		this.nowMs = nowMs;
		this.#opened = this.#stock = tables.stock();
	}

	get stock(): Stock {
		return this.#stock;
	}

	get policy(): Policy {
		return this.product.policy;
	}

	/** The books as the ledger wants them for one shopper. `checkoutId`: what this one has does not count as owned. */
	books(shopperId: string, checkoutId: string | null = null): ledger.Books {
		const owned = this.policy.limitPerShopper === null ? 0 : this.#tables.ownedBy(shopperId, checkoutId);
		return { stock: this.#stock, policy: this.policy, mine: this.#tables.reservationOf(shopperId), owned };
	}

	apply(change: Change | null): void {
		if (change === null) return;
		this.#tables.save(change, this.nowMs);
		this.#stock = change.stock;
	}

	/** Ends what has run out, and hands out what that freed. */
	settle(): void {
		const { nowMs } = this;
		for (const r of this.#tables.dueReservations(nowMs)) this.apply(ledger.expire(this.#stock, r, nowMs));
		for (const p of this.#tables.duePreorders(nowMs)) this.apply(ledger.lapse(this.#stock, p, nowMs));
		this.handOut();
	}

	/** Units that are free go to whoever is next, until none is left or the next one needs more than there is. */
	handOut(): void {
		while (this.#stock.available > 0 && (this.#stock.owed > 0 || this.#stock.waiting > 0)) {
			const change = ledger.handOut(
				this.#stock,
				this.policy,
				this.#tables.firstOwed(),
				this.#tables.firstWaiting(),
				this.nowMs,
			);
			if (change === null) return;
			for (const p of change.preorders) this.handedOut.filledPreorders += p.quantity;
			for (const r of change.reservations) this.handedOut.promoted += r.quantity;
			this.apply(change);
		}
	}

	/** Stores the counters, when they changed. @throws InvariantError when they contradict the equation */
	close(): void {
		this.handOut();
		if (this.#stock === this.#opened) return;
		assertBalanced(this.#stock);
		this.#tables.saveStock(this.#stock);
	}
}
