/**
 * Answers of objects that an isolate may give by itself for a moment, so that what a crowd asks is asked of the object about once
 * a second.
 *
 * What it keeps true: no answer is given for longer than it was said to hold; what was forgotten is not remembered again by
 * an answer that was on its way; memory is bounded.
 */
import { makeRoom } from "./bounded-map.ts";

interface Entry<A> {
	/** Null until there is one. */
	readonly answer: A | null;
	readonly untilMs: number;
	/** Somebody has been sent for news of it. */
	isAsked: boolean;
}

/** What has to be the same still for an answer to be remembered. */
export type Expected = object;

export class Moments<A> {
	readonly #entries = new Map<string, Entry<A>>();
	readonly #most: number;
	readonly #lastsMs: number;
	readonly #newsMs: number;

	/** @param newsMs how long before an answer runs out somebody is sent for a new one */
	constructor({ most, lastsMs, newsMs }: { readonly most: number; readonly lastsMs: number; readonly newsMs: number }) {
		this.#most = most;
		this.#lastsMs = lastsMs;
		this.#newsMs = newsMs;
	}

	get(key: string, nowMs: number): A | null {
		const entry = this.#entries.get(key);
		return entry !== undefined && nowMs < entry.untilMs ? entry.answer : null;
	}

	/**
	 * Whether this asker is to ask the object all the same, shortly before the answer runs out: one of them, so that the others
	 * find a new answer then and need not all ask at once.
	 */
	wantsNews(key: string, nowMs: number): boolean {
		const entry = this.#entries.get(key);
		if (entry === undefined || entry.isAsked || nowMs < entry.untilMs - this.#newsMs) return false;
		entry.isAsked = true;
		return true;
	}

	/** Say this before asking, and hand it to `set` with the answer. */
	expect(key: string): Expected {
		const known = this.#entries.get(key);
		if (known !== undefined) return known;
		const entry: Entry<A> = { answer: null, untilMs: Number.POSITIVE_INFINITY, isAsked: true };
		this.#put(key, entry);
		return entry;
	}

	/**
	 * @param changesAtMs when the object expects its answer to change by itself; null when it expects none
	 * @param expected does nothing when the key was forgotten since; without it, what comes last counts
	 */
	set(key: string, answer: A, nowMs: number, changesAtMs: number | null, expected?: Expected): void {
		if (expected !== undefined && this.#entries.get(key) !== expected) return;
		const untilMs = Math.min(nowMs + this.#lastsMs, changesAtMs ?? Number.POSITIVE_INFINITY);
		this.#put(key, { answer, untilMs, isAsked: false });
	}

	forget(key: string): void {
		this.#entries.delete(key);
	}

	#put(key: string, entry: Entry<A>): void {
		this.#entries.delete(key);
		makeRoom(this.#entries, this.#most);
		this.#entries.set(key, entry);
	}
}
