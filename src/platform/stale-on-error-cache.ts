/**
 * A TTL cache of what is read from a database, for one isolate. A database that is slow is asked no more often, and one
 * that is down stops nobody whose answer is remembered.
 *
 * Invariants:
 * - an answer is shown for `ttlMs`. One caller is sent for a new one shortly before that ends, and waits for nothing:
 *   everybody has the old answer until the new one is there;
 * - an answer that is older is given only while somebody is asking, or when asking failed, and never beyond `staleMs`;
 * - a database that fails is asked once in `retryMs` for each key that has an answer;
 * - an answer that was on its way when its key was invalidated is not kept; memory is bounded.
 *
 * It keeps answers and not their promises: a promise belongs to the request that made it, and would hang with it.
 */
import { evictOldest } from "./bounded-map.ts";

export interface StaleOnErrorOptions {
	readonly maxEntries: number;
	readonly ttlMs: number;
	/** How long before an answer expires one caller is sent for a new one. */
	readonly refreshAheadMs: number;
	/** How old an answer may be when there is no new one. */
	readonly staleMs: number;
	/** How long after a failure the database is not asked again. */
	readonly retryMs: number;
	/** How long one caller's asking keeps others from it. Longer than asking may take. */
	readonly askMs: number;
}

interface Entry<A> {
	readonly answer: A;
	/** When it was asked for. */
	readonly atMs: number;
	/** Until when nobody need ask. */
	untilMs: number;
	/** Until when somebody is asking. */
	askedUntilMs: number;
}

export class StaleOnErrorCache<A extends {}> {
	readonly #entries = new Map<string, Entry<A>>();
	readonly #options: StaleOnErrorOptions;
	/** Counts invalidations: what was asked for before one of them is not kept. */
	#generation = 0;

	constructor(options: StaleOnErrorOptions) {
		this.#options = options;
	}

	/** The answer while it is younger than `ttlMs`, without asking. */
	fresh(key: string, nowMs: number): A | null {
		const entry = this.#entries.get(key);
		return entry !== undefined && nowMs < entry.atMs + this.#options.ttlMs ? entry.answer : null;
	}

	/**
	 * @param load asks the database; null when there is nothing, which is not kept
	 * @param keepAlive lets a request outlive its client while it refreshes an answer for others
	 * @throws what `load` threw, when there is no old answer to give
	 */
	async get(
		key: string,
		nowMs: number,
		load: () => Promise<A | null>,
		keepAlive: (work: Promise<unknown>) => void,
	): Promise<A | null> {
		const { refreshAheadMs, staleMs, askMs } = this.#options;
		const entry = this.#entries.get(key);
		if (entry === undefined || nowMs >= entry.atMs + staleMs) return this.#load(key, nowMs, load);
		const isAsked = nowMs < entry.askedUntilMs;
		if (nowMs < entry.untilMs) {
			if (!isAsked && nowMs >= entry.untilMs - refreshAheadMs) {
				entry.askedUntilMs = nowMs + askMs;
				keepAlive(this.#loadOrKeep(key, nowMs, load, entry));
			}
			return entry.answer;
		}
		// Long unused: whoever comes first waits for the new answer, and others only if theirs would be much too old.
		if (isAsked && nowMs < entry.untilMs + askMs) return entry.answer;
		entry.askedUntilMs = nowMs + askMs;
		return this.#loadOrKeep(key, nowMs, load, entry);
	}

	/** The next caller asks; the answer is still there if that fails. */
	expire(key: string): void {
		const entry = this.#entries.get(key);
		if (entry !== undefined) Object.assign(entry, { untilMs: 0, askedUntilMs: 0 });
	}

	invalidate(key: string): void {
		this.#generation += 1;
		this.#entries.delete(key);
	}

	clear(): void {
		this.#generation += 1;
		this.#entries.clear();
	}

	/** What is asked for now may be kept only if this is the same when the answer comes. */
	get generation(): number {
		return this.#generation;
	}

	async #load(key: string, nowMs: number, load: () => Promise<A | null>): Promise<A | null> {
		const generation = this.#generation;
		const answer = await load();
		if (generation !== this.#generation) return answer;
		this.#entries.delete(key);
		if (answer === null) return null;
		evictOldest(this.#entries, this.#options.maxEntries);
		// The age counts from the request: an answer that was long on its way is no younger than that.
		this.#entries.set(key, { answer, atMs: nowMs, untilMs: nowMs + this.#options.ttlMs, askedUntilMs: 0 });
		return answer;
	}

	async #loadOrKeep(key: string, nowMs: number, load: () => Promise<A | null>, old: Entry<A>): Promise<A | null> {
		try {
			return await this.#load(key, nowMs, load);
		} catch {
			// `load` has reported it.
			old.untilMs = nowMs + this.#options.retryMs;
			old.askedUntilMs = 0;
			return old.answer;
		}
	}
}
