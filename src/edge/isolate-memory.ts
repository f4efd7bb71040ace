/**
 * What one isolate remembers. An app has one of these and hands it to every request.
 *
 * Nothing here grants anything. A memory may refuse for a moment, show what was true a moment ago, or let requests
 * travel together. All of it is bounded, and all of it may be lost at any time: the platform ends isolates when it
 * likes. What makes a memory stale stands in `sku.ts`, and how long each lasts in `limits.ts`.
 */
import { FLAGGED_SHOPPERS } from "../limits.ts";
import { GenerationalMap } from "../platform/bounded-map.ts";
import type { ReserveRequest, ReserveResult } from "../stock/rpc.ts";
import { AvailabilityCache } from "./availability-cache.ts";
import { CallBatchers } from "./call-batcher.ts";
import { ProductCache } from "./product-cache.ts";
import { SoldOutCache } from "./sold-out-cache.ts";

export class IsolateMemory {
	readonly products = new ProductCache();
	readonly availability = new AvailabilityCache();
	readonly soldOut = new SoldOutCache<ReserveResult>();
	/** Reservations that travel together; null when each makes a call of its own. */
	readonly batchers: CallBatchers<ReserveRequest, ReserveResult> | null;
	/** Shoppers who had too many SKUs once: `holding-limit.ts`. */
	readonly flaggedShoppers = new GenerationalMap<true>(FLAGGED_SHOPPERS);

	constructor({ batching }: { readonly batching: boolean }) {
		this.batchers = batching ? new CallBatchers() : null;
	}
}
