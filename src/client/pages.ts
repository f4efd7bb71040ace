/** Lists, page by page. */

/**
 * Every page of a list, from the first to the last.
 * @param read one page: `pagesOf(async (at) => unwrap(await shop.listOwnOrders(at)))`. What it throws ends the list
 */
export async function* pagesOf<Page extends { readonly nextCursor: string | null }>(
	read: (at: { readonly cursor?: string }) => Promise<Page>,
): AsyncGenerator<Page, void> {
	for (let cursor: string | null = ""; cursor !== null; ) {
		const page: Page = await read(cursor === "" ? {} : { cursor });
		yield page;
		cursor = page.nextCursor;
	}
}
