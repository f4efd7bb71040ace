/**
 * A TTL cache of answers of Durable Objects, for one isolate. One caller refreshes an entry shortly before it expires,
 * so an object is read about once a TTL, however many callers there are.
 *
 * Invariants: no answer is given for longer than its TTL, but as an old one where the caller has no other; an answer
 * that was on its way when its key was invalidated is not stored; memory is bounded.
 */
import { evictOldest } from "./bounded-map.ts";

interface Entry<A> {
	/** Null until there is one. */
	answer: A | null;
	readonly untilMs: number;
	isRefreshing: boolean;
	/** The newest answer that there ever was, and when it was asked for. */
	readonly last: { readonly answer: A; readonly atMs: number } | null;
}

/** Handed from `beginRefresh` to `set`: the answer is stored only if the key was not invalidated in between. */
export type Refresh = object;

export interface RefreshAheadOptions {
	readonly maxEntries: number;
	readonly ttlMs: number;
	/** How long before an answer expires one caller is sent for a new one. */
	readonly refreshAheadMs: number;
}

export class RefreshAheadCache<A> {
	readonly #entries = new Map<string, Entry<A>>();
	readonly #options: RefreshAheadOptions;

	constructor(options: RefreshAheadOptions) {
		this.#options = options;
	}

	get(key: string, nowMs: number): A | null {
		const entry = this.#entries.get(key);
		return entry !== undefined && nowMs < entry.untilMs ? entry.answer : null;
	}

	/** The newest answer that there was, invalidated or not; null when it was asked for more than `maxAgeMs` ago. */
	old(key: string, nowMs: number, maxAgeMs: number): A | null {
		const last = this.#entries.get(key)?.last ?? null;
		return last !== null && nowMs < last.atMs + maxAgeMs ? last.answer : null;
	}

	/**
	 * Whether this caller is to ask the object although there is an answer, which is about to expire. True for one
	 * caller; the others find a new answer when the old one has expired, and need not all ask at once.
	 */
	claimRefresh(key: string, nowMs: number): boolean {
		const entry = this.#entries.get(key);
		if (entry === undefined || entry.isRefreshing || nowMs < entry.untilMs - this.#options.refreshAheadMs) return false;
		entry.isRefreshing = true;
		return true;
	}

	/** To be called before the object is asked. */
	beginRefresh(key: string): Refresh {
		const known = this.#entries.get(key);
		if (known !== undefined) return known;
		return this.#putEmpty(key, null);
	}

	/**
	 * @param changesAtMs when the object expects its answer to change by itself; null when it expects no change
	 * @param refresh from `beginRefresh`; without it the answer is stored whatever happened since, and the last one
	 * counts
	 */
	set(key: string, answer: A, nowMs: number, changesAtMs: number | null, refresh?: Refresh): void {
		if (refresh !== undefined && this.#entries.get(key) !== refresh) return;
		const untilMs = Math.min(nowMs + this.#options.ttlMs, changesAtMs ?? Number.POSITIVE_INFINITY);
		this.#put(key, { answer, untilMs, isRefreshing: false, last: { answer, atMs: nowMs } });
	}

	/** Changes the answer that there is, if any, and neither its age nor who refreshes it. */
	amend(key: string, change: (answer: A) => A): void {
		const known = this.#entries.get(key);
		if (known !== undefined && known.answer !== null) known.answer = change(known.answer);
	}

	invalidate(key: string): void {
		const known = this.#entries.get(key);
		if (known !== undefined) this.#putEmpty(key, known.last);
	}

	/** An entry without an answer, so that no answer that is on its way for an earlier one is stored. */
	#putEmpty(key: string, last: Entry<A>["last"]): Entry<A> {
		return this.#put(key, { answer: null, untilMs: Number.POSITIVE_INFINITY, isRefreshing: true, last });
	}

	#put(key: string, entry: Entry<A>): Entry<A> {
		this.#entries.delete(key);
		evictOldest(this.#entries, this.#options.maxEntries);
		this.#entries.set(key, entry);
		return entry;
	}
}
