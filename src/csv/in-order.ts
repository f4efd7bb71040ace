/**
 * Works on several items at once, and gives the results in the order of the items. No more are taken than are worked on,
 * so a long source is never ahead of a slow worker.
 */
export async function* inOrder<Item, Result>(
	items: AsyncIterable<Item>,
	atOnce: number,
	work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
	const pending: Promise<Result>[] = [];
	const oldest = async (): Promise<Result> => (await pending.shift()) as Result;
	try {
		for await (const item of items) {
			const result = work(item);
			// Its error is thrown when its turn comes, and may come while another one is awaited.
			result.catch(() => {});
			pending.push(result);
			if (pending.length >= atOnce) yield await oldest();
		}
		while (pending.length > 0) yield await oldest();
	} finally {
		await Promise.allSettled(pending);
	}
}
