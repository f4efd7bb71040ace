/** Keeping what an isolate remembers small. */

/** Drops the oldest entry when there are `most` already: a Map and a Set keep the order of insertion. */
export function evictOldest(
	entries: { readonly size: number; keys(): Iterator<string>; delete(key: string): boolean },
	most: number,
): void {
	if (entries.size < most) return;
	const oldest = entries.keys().next();
	if (!oldest.done) entries.delete(oldest.value);
}

/**
 * Remembers at most `most` keys: the newer half of them for sure. Two halves take turns, and the older one is dropped as a
 * whole: a Map that loses its oldest key again and again has ever more gaps to step over to find it.
 */
export class GenerationalMap<V extends {}> {
	readonly #half: number;
	#newer = new Map<string, V>();
	#older = new Map<string, V>();

	constructor(most: number) {
		this.#half = Math.max(1, Math.floor(most / 2));
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
