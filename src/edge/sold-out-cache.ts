/**
 * A negative cache: "sold out", answered by the isolate. Once the object of a SKU has said that no unit is free for the
 * public, asking it again at once would only waste its time.
 *
 * Invariants:
 * - it only refuses, for at most `SOLD_OUT_TTL_MS` from when the object was asked, and not beyond the moment at which
 *   the object expects units back;
 * - it refuses what was asked for: a request that would wait is refused only when the waitlist is full too;
 * - a call of this isolate that frees units for the public invalidates it at once (`sku.ts`), and an answer that was on
 *   its way meanwhile does not bring it back;
 * - a shopper who is known here to have something of the SKU is exempt, so asking again for what one has is answered
 *   with it. One who got it through another isolate may be refused here until this one has seen that: by their GET,
 *   extend, `If-Match` or DELETE, which never use this cache. A checkout looks before it refuses (`cart.ts`).
 */
import { REFRESH_AHEAD_MS, SOLD_OUT_ENTRIES, SOLD_OUT_EXEMPT_SHOPPERS, SOLD_OUT_TTL_MS } from "../limits.ts";
import { GenerationalMap } from "../platform/bounded-map.ts";
import { type Refresh, RefreshAheadCache } from "../platform/refresh-ahead-cache.ts";

interface Remembered<A> {
	readonly refusal: A;
	readonly refusesWaiters: boolean;
	readonly askedAtMs: number;
}

/** From `beginAsking`: when the object was asked, and whether units were freed since. */
export interface Asking {
	readonly atMs: number;
	readonly refresh: Refresh;
}

/** @template A the refusal, as the object gave it */
export class SoldOutCache<A> {
	readonly #refusals = new RefreshAheadCache<Remembered<A>>({
		maxEntries: SOLD_OUT_ENTRIES,
		ttlMs: SOLD_OUT_TTL_MS,
		refreshAheadMs: REFRESH_AHEAD_MS,
	});
	/** `sku shopper` of those who got something here. */
	readonly #exempt = new GenerationalMap<true>(SOLD_OUT_EXEMPT_SHOPPERS);
	/** When units of a SKU last came free here. */
	readonly #freedAtMs = new GenerationalMap<number>(SOLD_OUT_ENTRIES);

	/** The refusal that the object gave a moment ago; null when there is none for such a request. */
	get(sku: string, wait: boolean, nowMs: number): A | null {
		const known = this.#refusals.get(sku, nowMs);
		return known === null || (wait && !known.refusesWaiters) ? null : known.refusal;
	}

	/** When the object was asked for the refusal that there is; null when there is none. */
	askedAtMs(sku: string, nowMs: number): number | null {
		return this.#refusals.get(sku, nowMs)?.askedAtMs ?? null;
	}

	/** Whether this request is the one that asks the object all the same, shortly before the refusal runs out. */
	claimRefresh(sku: string, nowMs: number): boolean {
		return this.#refusals.claimRefresh(sku, nowMs);
	}

	/** To be called before the object is asked. */
	beginAsking(sku: string, atMs: number): Asking {
		return { atMs, refresh: this.#refusals.beginRefresh(sku) };
	}

	/**
	 * Remembers a refusal, unless units were freed since the object was asked.
	 * @param refusesWaiters whether it holds for requests with `wait` too
	 * @param backAtMs when the object expects units to come back; null when it expects none
	 */
	set(sku: string, refusal: A, refusesWaiters: boolean, { atMs, refresh }: Asking, backAtMs: number | null): void {
		this.#refusals.set(sku, { refusal, refusesWaiters, askedAtMs: atMs }, atMs, backAtMs, refresh);
	}

	/** Units are held for longer than the object said: the refusal stands, but not its time to ask again. */
	forgetRetryTime(sku: string, forget: (refusal: A) => A): void {
		this.#refusals.amend(sku, (known) => ({ ...known, refusal: forget(known.refusal) }));
	}

	invalidate(sku: string, nowMs = Date.now()): void {
		this.#refusals.invalidate(sku);
		this.#freedAtMs.set(sku, nowMs);
	}

	/** How long ago units came free here: a refusal that is older than that refuses nobody. Infinite when none did. */
	freedAgoMs(sku: string, nowMs: number): number {
		return nowMs - (this.#freedAtMs.get(sku) ?? Number.NEGATIVE_INFINITY);
	}

	/** This shopper holds something of the SKU, or waits for it. */
	exempt(sku: string, shopperId: string): void {
		this.#exempt.set(`${sku} ${shopperId}`, true);
	}

	isExempt(sku: string, shopperId: string): boolean {
		return this.#exempt.get(`${sku} ${shopperId}`) === true;
	}
}
