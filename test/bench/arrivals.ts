/** The crowd of a drop: how many of the buyers who come too late reach the object at all. */
import { reserveRequest } from "./http-rows.ts";
import type { Suite } from "./measurement.ts";
import { freshName, Shop } from "./shop.ts";

const ARRIVALS = 50_000;
const UNITS = 100;
const CONNECTIONS = 128;
const LONGEST_MS = 300_000;

export const arrivals: Suite = {
	name: "arrivals",
	about: "50,000 arrivals for 100 units: the share of the late ones that reaches the object",
	group: "object",
	async prepare(context) {
		const [load, served] = await Promise.all([context.load(), context.holdfast(true)]);
		const shop = new Shop(served);
		return [
			{
				name: "arrivals-50000",
				title: "50,000 arrivals for 100 units",
				async measure() {
					const sku = freshName("drop");
					await shop.sell(sku, UNITS, { waitlistLimit: 0 });
					const { statuses, perSecond } = await load.run({
						port: served.port,
						connections: CONNECTIONS,
						warmMs: 0,
						measureMs: LONGEST_MS,
						request: reserveRequest(`/v1/reservations/${sku}`, served.secret),
						atMost: ARRIVALS,
					});
					if (statuses[201] !== UNITS || statuses[409] !== ARRIVALS - UNITS) {
						throw new Error(`${UNITS} should be held and the rest refused: ${JSON.stringify(statuses)}`);
					}
					const { asked, calls } = await shop.bench<{ asked: number; calls: number }>("measured", { sku });
					return {
						perSecond,
						objectCalls: calls,
						lateAsked: asked - UNITS,
						latePercent: ((asked - UNITS) * 100) / (ARRIVALS - UNITS),
					};
				},
			},
		];
	},
};
