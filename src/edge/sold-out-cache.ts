/**
 * A negative cache: "sold out", answered by the isolate. Once the object of a SKU has said that nothing is left for
 * anybody (no unit, no place on the waitlist, no pre-order), asking it again at once would only waste its time.
 *
 * Invariants:
 * - it only refuses, for at most `SOLD_OUT_TTL_MS`, and not beyond the moment at which the object expects units back;
 * - a call of this isolate that frees units for others invalidates it at once: `STALE_AFTER` in `sku.ts`;
 * - a shopper who got something through this isolate is exempt, so asking again for what one has is answered with it.
 *
 * GET, DELETE, extend, `If-Match` and checkouts do not use this cache.
 */
import { REFRESH_AHEAD_MS, SOLD_OUT_ENTRIES, SOLD_OUT_EXEMPT_SHOPPERS, SOLD_OUT_TTL_MS } from "../limits.ts";
import { GenerationalMap } from "../platform/bounded-map.ts";
import { RefreshAheadCache } from "../platform/refresh-ahead-cache.ts";

/** @template A the refusal, as the object gave it */
export class SoldOutCache<A> {
	readonly #refusals = new RefreshAheadCache<A>({
		maxEntries: SOLD_OUT_ENTRIES,
		ttlMs: SOLD_OUT_TTL_MS,
		refreshAheadMs: REFRESH_AHEAD_MS,
	});
	/** `sku shopper` of those who got something here. */
	readonly #exempt = new GenerationalMap<true>(SOLD_OUT_EXEMPT_SHOPPERS);

	/** The refusal that the object gave a moment ago; null when there is none for this shopper. */
	get(sku: string, shopperId: string, nowMs: number): A | null {
		const refusal = this.#refusals.get(sku, nowMs);
		return refusal === null || this.#exempt.get(`${sku} ${shopperId}`) ? null : refusal;
	}

	/** Whether this request is the one that asks the object all the same, shortly before the refusal runs out. */
	claimRefresh(sku: string, nowMs: number): boolean {
		return this.#refusals.claimRefresh(sku, nowMs);
	}

	/** @param backAtMs when the object expects units to come back; null when it expects none */
	set(sku: string, refusal: A, nowMs: number, backAtMs: number | null): void {
		this.#refusals.set(sku, refusal, nowMs, backAtMs);
	}

	invalidate(sku: string): void {
		this.#refusals.invalidate(sku);
	}

	/** This shopper holds something of the SKU, or waits for it. */
	exempt(sku: string, shopperId: string): void {
		this.#exempt.set(`${sku} ${shopperId}`, true);
	}
}
