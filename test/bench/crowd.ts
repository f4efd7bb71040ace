/**
 * The crowd of a drop, at a shop with the default policy: how many of those who get nothing reach the SKU's object all
 * the same. Those it has to answer are the units and the places on the waitlist that it gives; everybody else should be
 * refused by the isolate.
 */
import { BODY, reserveRequest } from "./http-rows.ts";
import type { Measurement, Suite } from "./measurement.ts";
import { freshName, Shop } from "./shop.ts";

const ARRIVALS = 50_000;
const UNITS = 100;
const CONNECTIONS = 128;
const LONGEST_MS = 300_000;
/** Most shoppers do not ask for a place on the waitlist: so its 50 places are not all taken. */
const WAITS = { every: 2_000, body: '{"quantity":1,"wait":true}' };
const HOUR_MS = 3_600_000;
const PREORDERS = { preorder: { capacity: 50, termsVersion: "v1" } };

interface Crowd {
	readonly name: string;
	readonly title: string;
	policy(nowMs: number): object;
	/** The sale has not begun: nobody can get anything. */
	readonly isEarly?: boolean;
}

const later = (nowMs: number) => ({ saleStartsAt: new Date(nowMs + HOUR_MS).toISOString() });

const CROWDS: readonly Crowd[] = [
	{ name: "default", title: "default policy, 1 in 2,000 waits", policy: () => ({}) },
	{ name: "no-waitlist", title: "the same without a waitlist", policy: () => ({ waitlistLimit: 0 }) },
	{ name: "preorders", title: "default, and pre-orders open", policy: () => PREORDERS },
	{ name: "early", title: "an hour before the sale", policy: later, isEarly: true },
	{
		name: "early-preorders",
		title: "an hour before, and pre-orders open",
		policy: (nowMs) => ({ ...later(nowMs), ...PREORDERS }),
		isEarly: true,
	},
];

export const crowd: Suite = {
	name: "crowd",
	about: "50,000 arrivals for 100 units: how many losers in 100 reach the object",
	group: "object",
	async prepare(context) {
		const [load, served] = await Promise.all([context.load(), context.holdfast(true)]);
		const shop = new Shop(served);
		return CROWDS.map(({ name, title, policy, isEarly }): Measurement => {
			const measure = async () => {
				const sku = freshName("drop");
				await shop.sell(sku, UNITS, policy(Date.now()));
				const request = { ...reserveRequest(`/v1/reservations/${sku}`, served.secret), body: BODY, sometimes: WAITS };
				const { statuses, perSecond } = await load.run({
					...{ port: served.port, connections: CONNECTIONS, warmMs: 0, measureMs: LONGEST_MS },
					...{ request, atMost: ARRIVALS },
				});
				const waiting = statuses[202] ?? 0;
				const served201 = isEarly ? 0 : UNITS;
				const losers = ARRIVALS - served201 - waiting;
				if ((statuses[201] ?? 0) !== served201 || statuses[409] !== losers) {
					throw new Error(`${title}: ${served201} should be held and the rest refused: ${JSON.stringify(statuses)}`);
				}
				const { asked, calls } = await shop.bench<{ asked: number; calls: number }>("measured", { sku });
				const losersAtObject = asked - served201 - waiting;
				return { perSecond, calls, waiting, losersAtObject, losersIn100: (losersAtObject * 100) / losers };
			};
			return { name: `crowd-${name}`, title, measure };
		});
	},
};
