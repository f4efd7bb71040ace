/**
 * What a drop costs on Cloudflare: counted operations times the price list. Pure. What a month includes without charge
 * is left out: the sum is what one more drop adds to a busy month.
 *
 * CPU time is an assumption, since only Cloudflare's machines can measure it.
 */
import { SMALL_SHOP_SKUS } from "../../src/limits.ts";
import type { Figures } from "./figures.ts";

/**
 * Dollars per million, of the Workers Paid plan. The prices of rows, D1 and queues are from memory: the list was not at
 * hand for them.
 */
export const PRICES = {
	asOf: "2026-11-23",
	/** https://developers.cloudflare.com/workers/platform/pricing/#workers */
	workerRequests: 0.3,
	cpuMs: 0.02,
	/** https://developers.cloudflare.com/durable-objects/platform/pricing/ */
	objectRequests: 0.15,
	objectGbSeconds: 12.5,
	rowsWritten: 1,
	rowsRead: 0.001,
	/** https://developers.cloudflare.com/d1/platform/pricing/ */
	d1RowsWritten: 1,
	/** https://developers.cloudflare.com/queues/platform/pricing/ */
	queueOperations: 0.4,
} as const;
export const PRICE_LIST = "https://developers.cloudflare.com/workers/platform/pricing/";
/** A message is billed when it is written, read and deleted. */
const OPERATIONS_PER_MESSAGE = 3;
/** Memory for which an object is billed while it is awake. */
const OBJECT_GB = 0.128;

/** The drop that is billed: who comes and what they do. */
export interface Drop {
	/** SKUs of the shop: in one of few, nobody's holds are noted (`src/edge/small-shop.ts`). */
	readonly skus: number;
	readonly units: number;
	readonly arrivals: number;
	/** Holds for each unit sold: some run out, and the unit is the next waiting shopper's. */
	readonly holdsPerUnit: number;
	/** Places on the waitlist for each unit: with the default policy half as many as are held. All are taken. */
	readonly placesPerUnit: number;
	/** A token, a look at the product, an attempt to reserve, and the preflight of a storefront of another origin. */
	readonly requestsPerArrival: number;
	readonly looksPerArrival: number;
	/** In addition: the checkout, the provider's webhook, two looks at the checkout, the order, and three preflights. */
	readonly requestsPerPurchase: number;
	readonly minutes: number;
	/**
	 * Isolates that serve the crowd. Each asks the object about once a second for availability, and whether all is
	 * gone. The sold-out cache answers all others, as the suite `crowd` shows.
	 */
	readonly isolates: number;
	readonly cpuMsPerRequest: number;
}

export const DROP: Drop = {
	skus: 1,
	units: 10_000,
	arrivals: 1_000_000,
	holdsPerUnit: 1.25,
	placesPerUnit: 0.5,
	requestsPerArrival: 4,
	looksPerArrival: 1,
	requestsPerPurchase: 8,
	minutes: 10,
	isolates: 500,
	cpuMsPerRequest: 1,
};

export interface Item {
	readonly what: string;
	readonly count: number;
	readonly dollars: number;
}

/** @param counted the counts of `operations.ts`: `reservation rowsWritten`, … */
export function bill(counted: Figures, drop: Drop): readonly Item[] {
	const lapses = drop.units * (drop.holdsPerUnit - 1);
	const places = drop.units * drop.placesPerUnit;
	const times = {
		reservation: drop.units,
		join: places,
		lapse: lapses,
		purchase: drop.units,
		refusal: drop.isolates * drop.minutes * 60,
		// An isolate caches availability for a second, or until a request changes the stock through it.
		look: Math.min(
			drop.arrivals * drop.looksPerArrival,
			drop.isolates * drop.minutes * 60 + lapses + places + 3 * drop.units,
		),
		// For each hold and place, and for each checkout before it opens. Each counts as its shopper's first, which writes
		// a row.
		note: drop.skus <= SMALL_SHOP_SKUS ? 0 : drop.units + places + drop.units,
	};
	const sum = (operation: string) =>
		Object.entries(times).reduce((total, [thing, count]) => total + count * (counted[`${thing} ${operation}`] ?? 0), 0);
	const requests = drop.arrivals * drop.requestsPerArrival + drop.units * drop.requestsPerPurchase;
	const item = (what: string, count: number, perMillion: number): Item => ({
		what,
		count: Math.round(count),
		dollars: (count * perMillion) / 1e6,
	});
	return [
		item("requests to the Worker", requests, PRICES.workerRequests),
		item(`CPU ms, at ${drop.cpuMsPerRequest} a request`, requests * drop.cpuMsPerRequest, PRICES.cpuMs),
		item("requests to objects", sum("objectRequests"), PRICES.objectRequests),
		item("GB-s of the SKU's object", drop.minutes * 60 * OBJECT_GB, PRICES.objectGbSeconds),
		item("rows written by objects", sum("rowsWritten"), PRICES.rowsWritten),
		item("rows read by objects", sum("rowsRead"), PRICES.rowsRead),
		item("queue operations", sum("queueMessages") * OPERATIONS_PER_MESSAGE, PRICES.queueOperations),
		item("rows written in D1", drop.units * (counted["purchase d1Rows"] ?? 0), PRICES.d1RowsWritten),
	];
}
