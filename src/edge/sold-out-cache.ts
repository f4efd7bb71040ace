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
import { LATCH_ENTRIES, LATCH_HOLDERS, LATCH_MS, NEWS_MS } from "../limits.ts";
import { Recent } from "../platform/bounded-map.ts";
import { Moments } from "../platform/refresh-ahead-cache.ts";

export class Latch<A> {
	readonly #closed = new Moments<A>({ most: LATCH_ENTRIES, lastsMs: LATCH_MS, newsMs: NEWS_MS });
	/** `sku shopper` of those who got something here. */
	readonly #holders = new Recent<true>(LATCH_HOLDERS);

	/** The refusal that the object gave a moment ago, if it still holds for this shopper. */
	answer(sku: string, shopperId: string, nowMs: number): A | null {
		const closed = this.#closed.get(sku, nowMs);
		return closed === null || this.#holders.get(`${sku} ${shopperId}`) ? null : closed;
	}

	/** Whether this asker is to ask the object all the same: `Moments`. */
	wantsNews(sku: string, nowMs: number): boolean {
		return this.#closed.wantsNews(sku, nowMs);
	}

	/** @param backAtMs when the object expects units to come back; null when it expects none */
	close(sku: string, answer: A, nowMs: number, backAtMs: number | null): void {
		this.#closed.set(sku, answer, nowMs, backAtMs);
	}

	/** Units may have come free. */
	open(sku: string): void {
		this.#closed.forget(sku);
	}

	/** This shopper holds something, or waits. */
	letPass(sku: string, shopperId: string): void {
		this.#holders.set(`${sku} ${shopperId}`, true);
	}
}
