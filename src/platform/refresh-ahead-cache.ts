/**
 * Answers of objects that an isolate may give by itself for a moment, so that what a crowd asks is asked of the object about once
 * a second.
 *
 * What it keeps true: no answer is given for longer than it was said to hold; what was forgotten is not remembered again by
 * an answer that was on its way; memory is bounded.
 */
import { evictOldest } from "./bounded-map.ts";

interface Entry<A> {
	/** Null until there is one. */
	readonly answer: A | null;
	readonly untilMs: number;
	/** Somebody has been sent for news of it. */
	isRefreshing: boolean;
}

/** What has to be the same still for an answer to be remembered. */
export type Refresh = object;

export class RefreshAheadCache<A> {
	readonly #entries = new Map<string, Entry<A>>();
	readonly #maxEntries: number;
	readonly #ttlMs: number;
	readonly #refreshAheadMs: number;

	/** @param newsMs how long before an answer runs out somebody is sent for a new one */
	constructor({ most, lastsMs, newsMs }: { readonly most: number; readonly lastsMs: number; readonly newsMs: number }) {
		this.#maxEntries = most;
		this.#ttlMs = lastsMs;
		this.#refreshAheadMs = newsMs;
	}

	get(key: string, nowMs: number): A | null {
		const entry = this.#entries.get(key);
		return entry !== undefined && nowMs < entry.untilMs ? entry.answer : null;
	}

	/**
	 * Whether this asker is to ask the object all the same, shortly before the answer runs out: one of them, so that the others
	 * find a new answer then and need not all ask at once.
	 */
	claimRefresh(key: string, nowMs: number): boolean {
		const entry = this.#entries.get(key);
		if (entry === undefined || entry.isRefreshing || nowMs < entry.untilMs - this.#refreshAheadMs) return false;
		entry.isRefreshing = true;
		return true;
	}

	/** Say this before asking, and hand it to `set` with the answer. */
	beginRefresh(key: string): Refresh {
		const known = this.#entries.get(key);
		if (known !== undefined) return known;
		const entry: Entry<A> = { answer: null, untilMs: Number.POSITIVE_INFINITY, isRefreshing: true };
		this.#put(key, entry);
		return entry;
	}

	/**
	 * @param changesAtMs when the object expects its answer to change by itself; null when it expects none
	 * @param expected does nothing when the key was forgotten since; without it, what comes last counts
	 */
	set(key: string, answer: A, nowMs: number, changesAtMs: number | null, expected?: Refresh): void {
		if (expected !== undefined && this.#entries.get(key) !== expected) return;
		const untilMs = Math.min(nowMs + this.#ttlMs, changesAtMs ?? Number.POSITIVE_INFINITY);
		this.#put(key, { answer, untilMs, isRefreshing: false });
	}

	invalidate(key: string): void {
		this.#entries.delete(key);
	}

	#put(key: string, entry: Entry<A>): void {
		this.#entries.delete(key);
		evictOldest(this.#entries, this.#maxEntries);
		this.#entries.set(key, entry);
	}
}
