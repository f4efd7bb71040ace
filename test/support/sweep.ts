/** The cron's sweep from its beginning to its end, through a queue that loses nothing and delivers at once. */
import { beginSweep, type SweepMessage, sweepPage } from "../../src/operations/scheduled.ts";

/** @returns how many pages it took */
export async function sweepEverything(env: Env, mostPages = 100): Promise<number> {
	const waiting: SweepMessage[] = [];
	const ORDERS = { send: async (message: SweepMessage) => void waiting.push(message) };
	const own = { ...env, ORDERS } as unknown as Env;
	await beginSweep(own);
	let pages = 0;
	for (let page = waiting.shift(); page !== undefined; page = waiting.shift()) {
		if (++pages > mostPages) throw new Error(`the sweep does not end in ${mostPages} pages`);
		await sweepPage(own, page.cursor);
	}
	return pages;
}
