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
import { LATCH_ENTRIES, LATCH_HOLDERS, LATCH_MS, LATCH_NEWS_MS } from "../limits.ts";
import { makeRoom, Recent } from "../platform/bounded.ts";

interface Closed<A> {
	readonly untilMs: number;
	readonly answer: A;
	/** Somebody has been sent for news of it. */
	isAsked: boolean;
}

export class Latch<A> {
	readonly #closed = new Map<string, Closed<A>>();
	/** `sku shopper` of those who got something here. */
	readonly #holders = new Recent<true>(LATCH_HOLDERS);

	/** The refusal that the object gave a moment ago, if it still holds for this shopper. */
	answer(sku: string, shopperId: string, nowMs: number): A | null {
		const closed = this.#closed.get(sku);
		if (closed === undefined || this.#holders.get(`${sku} ${shopperId}`)) return null;
		if (nowMs < closed.untilMs) return closed.answer;
		this.#closed.delete(sku);
		return null;
	}

	/**
	 * Whether this asker is to ask the object all the same, shortly before the answer runs out: one of them, so that the others
	 * find a new answer then and need not all ask at once.
	 */
	wantsNews(sku: string, nowMs: number): boolean {
		const closed = this.#closed.get(sku);
		if (closed === undefined || closed.isAsked || nowMs < closed.untilMs - LATCH_NEWS_MS) return false;
		closed.isAsked = true;
		return true;
	}

	/** @param backAtMs when the object expects units to come back; null when it expects none */
	close(sku: string, answer: A, nowMs: number, backAtMs: number | null): void {
		makeRoom(this.#closed, LATCH_ENTRIES);
		const untilMs = Math.min(nowMs + LATCH_MS, backAtMs ?? Number.POSITIVE_INFINITY);
		this.#closed.set(sku, { answer, untilMs, isAsked: false });
	}

	/** Units may have come free. */
	open(sku: string): void {
		this.#closed.delete(sku);
	}

	/** This shopper holds something, or waits. */
	letPass(sku: string, shopperId: string): void {
		this.#holders.set(`${sku} ${shopperId}`, true);
	}
}
