/**
 * What a call of a SKU's object costs, and what each reservation in it: the same reservations in calls of one, of some
 * and of many. `npm run crowd` goes by these.
 */
import type { Suite } from "./measurement.ts";
import { freshName, Shop } from "./shop.ts";

const SIZES = [1, 8, 64];
const CALLS = 2_000;
/** As from so many isolates: while one call is synced to disk, others are decided. */
const CALLS_AT_ONCE = 64;
const PLENTY = 100_000_000;
const LONG_HOLD = { holdSeconds: 86_400 };

export const calls: Suite = {
	name: "calls",
	about: "one object alone: reservations in calls of 1, 8 and 64, and looks at what can be had",
	group: "object",
	async prepare(context) {
		const served = await context.holdfast(true);
		const shop = new Shop(served);
		const timed = async (calls: number, work: () => Promise<unknown>) => {
			const startMs = performance.now();
			await work();
			const elapsedMs = performance.now() - startMs;
			return { perSecond: (calls * 1000) / elapsedMs, microsEach: (elapsedMs * 1000) / calls };
		};
		return [
			...SIZES.map((perCall) => ({
				name: `calls-${perCall}`,
				title: `calls of ${perCall}`,
				async measure() {
					const sku = freshName("calls");
					await shop.sell(sku, PLENTY, LONG_HOLD);
					const send = await shop.readyToFill({
						sku,
						reservations: CALLS * perCall,
						perCall,
						callsAtOnce: CALLS_AT_ONCE,
					});
					return timed(CALLS, send);
				},
			})),
			{
				name: "calls-look",
				title: "looks, one by one",
				async measure() {
					const sku = freshName("calls");
					await shop.sell(sku, PLENTY, LONG_HOLD);
					return timed(CALLS, () => shop.ask("availability", sku, CALLS));
				},
			},
		];
	},
};
