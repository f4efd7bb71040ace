/**
 * One impatient head: a shopper waits for more units than are free, so everybody behind waits too. What a join and a
 * look cost then, beside a waitlist of the same length at a SKU that has no unit free.
 */
import { Buyers, reserveOne } from "./buyer.ts";
import { signer } from "./load/tokens.ts";
import type { Measurement, Suite } from "./measurement.ts";
import { freshName, Shop } from "./shop.ts";

const UNITS = 1_000;
const BEHIND = 2_000;
const JOINS = 2_000;
/** Calls as a busy isolate makes them. */
const JOINS_PER_CALL = 32;
const LOOKS = 200;
/** Nothing lapses, and a stalled head is offered nothing, while it is measured. */
const POLICY = { waitlistLimit: 1_000_000, holdSeconds: 86_400, offerSeconds: 86_400 };

export const head: Suite = {
	name: "head",
	about: "a join and a look, with and without a head of the waitlist that cannot be served",
	group: "object",
	async prepare(context) {
		const served = await context.holdfast(true);
		const shop = new Shop(served);
		const sign = signer(served.secret);
		const buyers = new Buyers(served, 1);
		context.atEnd(async () => buyers.close());

		/** A SKU with a waitlist: all its units are held, or free for a head that wants one more. */
		const withWaitlist = async (isHeadStuck: boolean) => {
			const sku = freshName("head");
			await shop.sell(sku, UNITS, POLICY);
			const first = isHeadStuck ? { quantity: UNITS + 1, wait: true } : { quantity: UNITS };
			await reserveOne(buyers.buyer(sign(freshName("first"))), sku, first);
			await shop.fill({ sku, reservations: BEHIND, perCall: JOINS_PER_CALL, callsAtOnce: 1, wait: true }, "waiting");
			return sku;
		};
		const row = (what: string, title: string, isHeadStuck: boolean, times: number, prepare: Prepare): Measurement => ({
			name: `${what}-${isHeadStuck ? "stuck" : "free"}`,
			title: `${title}, ${isHeadStuck ? "head cannot be served" : "all units held"}`,
			ratiosTo: isHeadStuck ? { "÷ all held": `${what}-free` } : {},
			async measure() {
				const work = await prepare(await withWaitlist(isHeadStuck));
				const startMs = performance.now();
				await work();
				const elapsedMs = performance.now() - startMs;
				return { perSecond: (times * 1000) / elapsedMs, microsEach: (elapsedMs * 1000) / times };
			},
		});
		const joins: Prepare = (sku) =>
			shop.readyToFill({ sku, reservations: JOINS, perCall: JOINS_PER_CALL, callsAtOnce: 1, wait: true }, "waiting");
		const looks: Prepare = async (sku) => () => shop.ask("availability", sku, LOOKS);
		return [false, true].flatMap((isHeadStuck) => [
			row("join", "a join", isHeadStuck, JOINS, joins),
			row("look", "a look", isHeadStuck, LOOKS, looks),
		]);
	},
};

/** @returns the work that is timed */
type Prepare = (sku: string) => Promise<() => Promise<void>>;
