/** Keeps small what an isolate remembers. */

/** Drops the oldest entry when there are `maxEntries` already: a Map and a Set keep the order of insertion. */
export function evictOldest(
	entries: { readonly size: number; keys(): Iterator<string>; delete(key: string): boolean },
	maxEntries: number,
): void {
	if (entries.size < maxEntries) return;
	const oldest = entries.keys().next();
	if (!oldest.done) entries.delete(oldest.value);
}

/**
 * Remembers at most `maxEntries` keys, and certainly the newer half of them. Two generations take turns, and the older
 * one is dropped as a whole: a Map whose oldest key is deleted again and again has ever more gaps to step over to find
 * the next.
 */
export class GenerationalMap<V extends {}> {
	readonly #half: number;
	#newer = new Map<string, V>();
	#older = new Map<string, V>();

	constructor(maxEntries: number) {
		this.#half = Math.max(1, Math.floor(maxEntries / 2));
	}

	get(key: string): V | undefined {
		return this.#newer.get(key) ?? this.#older.get(key);
	}

	set(key: string, value: V): void {
		if (this.#newer.size >= this.#half && !this.#newer.has(key)) {
			this.#older = this.#newer;
			this.#newer = new Map();
		}
		this.#newer.set(key, value);
	}
}
