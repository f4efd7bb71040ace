/**
 * "Sold out", answered by the isolate itself: once a SKU's object has said that nothing is left for anybody (no unit, no
 * place in line, no pre-order), asking it again for the next moment could only waste it.
 *
 * What it keeps true: the latch only ever refuses, and for at most `LATCH_MS`, and not beyond the moment at which the
 * object expects units back; what frees units through this isolate opens it at once. A shopper who got something through
 * this isolate passes it, so that asking again for what one has is answered with what one has.
 *
 * Not here: what passes it by its nature (reading, releasing, extending, `If-Match`, checkout).
 */
import { REFRESH_AHEAD_MS, SOLD_OUT_ENTRIES, SOLD_OUT_EXEMPT_SHOPPERS, SOLD_OUT_TTL_MS } from "../limits.ts";
import { GenerationalMap } from "../platform/bounded-map.ts";
import { RefreshAheadCache } from "../platform/refresh-ahead-cache.ts";

export class SoldOutCache<A> {
	readonly #refusals = new RefreshAheadCache<A>({
		most: SOLD_OUT_ENTRIES,
		lastsMs: SOLD_OUT_TTL_MS,
		newsMs: REFRESH_AHEAD_MS,
	});
	/** `sku shopper` of those who got something here. */
	readonly #exempt = new GenerationalMap<true>(SOLD_OUT_EXEMPT_SHOPPERS);

	/** The refusal that the object gave a moment ago, if it still holds for this shopper. */
	get(sku: string, shopperId: string, nowMs: number): A | null {
		const closed = this.#refusals.get(sku, nowMs);
		return closed === null || this.#exempt.get(`${sku} ${shopperId}`) ? null : closed;
	}

	/** Whether this asker is to ask the object all the same: `Moments`. */
	claimRefresh(sku: string, nowMs: number): boolean {
		return this.#refusals.claimRefresh(sku, nowMs);
	}

	/** @param backAtMs when the object expects units to come back; null when it expects none */
	set(sku: string, answer: A, nowMs: number, backAtMs: number | null): void {
		this.#refusals.set(sku, answer, nowMs, backAtMs);
	}

	/** Units may have come free. */
	invalidate(sku: string): void {
		this.#refusals.invalidate(sku);
	}

	/** This shopper holds something, or waits. */
	exempt(sku: string, shopperId: string): void {
		this.#exempt.set(`${sku} ${shopperId}`, true);
	}
}
