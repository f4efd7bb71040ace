/** A drop's crowd: how many of those who come too late reach the object at all. */
import { reserveRequest } from "./http-rows.ts";
import type { Part } from "./measurement.ts";
import { fresh, Shop } from "./shop.ts";

const ARRIVALS = 50_000;
const UNITS = 100;
const CONNECTIONS = 128;
const LONGEST_MS = 300_000;

export const arrivals: Part = {
	name: "arrivals",
	about: "50,000 arrivals for 100 units: the share of the late ones that reaches the object",
	set: "object",
	async prepare(world) {
		const [load, served] = await Promise.all([world.load(), world.holdfast(true)]);
		const shop = new Shop(served);
		return [
			{
				name: "arrivals-50000",
				title: "50,000 arrivals for 100 units",
				async measure() {
					const sku = fresh("drop");
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
