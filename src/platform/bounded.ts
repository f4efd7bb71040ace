/** Keeping what an isolate remembers small. */

/** Drops the oldest entry when there are `most` already: a Map and a Set keep the order of insertion. */
export function makeRoom(
	entries: { readonly size: number; keys(): Iterator<string>; delete(key: string): boolean },
	most: number,
): void {
	if (entries.size < most) return;
	const oldest = entries.keys().next();
	if (!oldest.done) entries.delete(oldest.value);
}
