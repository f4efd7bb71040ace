/** Pages of lists: ask for one row more than a page shows, and its being there says that there is a next page. */

/**
 * @param rows up to `limit + 1` of them, in the list's order
 * @param cursorOf what the next page is asked for by: the place of the last row shown
 */
export function pageOf<T>(
	rows: readonly T[],
	limit: number,
	cursorOf: (last: T) => string,
): { readonly shown: readonly T[]; readonly nextCursor: string | null } {
	const shown = rows.slice(0, limit);
	const last = shown.at(-1);
	return { shown, nextCursor: rows.length > limit && last !== undefined ? cursorOf(last) : null };
}
