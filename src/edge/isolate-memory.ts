/**
 * What one isolate remembers. An app has one of these and hands it to every request.
 *
 * Nothing here grants anything. A memory may refuse for a moment, show what was true a moment ago, or let requests
 * travel together. All of it is bounded, and all of it may be lost at any time: the platform ends isolates when it
 * likes. What makes a memory stale stands in `sku.ts`, and how long each lasts in `limits.ts`.
 */
import type { Product } from "../catalog/product.ts";
import { BARRED_ADDRESSES, FLAGGED_SHOPPERS, HEARD_SKUS } from "../limits.ts";
import { GenerationalMap } from "../platform/bounded-map.ts";
import type { StockEnv } from "../stock/client.ts";
import type { ReservationResult, Reserved, ReserveRequest } from "../stock/rpc.ts";
import type { Heard, Place } from "../stock/rules/gates.ts";
import { AvailabilityCache } from "./availability-cache.ts";
import { CallBatchers, type KeepAlive } from "./call-batcher.ts";
import { ProductCache } from "./product-cache.ts";
import type { SoldOut } from "./reserve-path.ts";
import { ShopSize } from "./small-shop.ts";
import { SoldOutCache } from "./sold-out-cache.ts";

/** What a request brings along: its environment, what its isolate remembers, and a way to outlive its client. */
export interface Edge {
	readonly env: StockEnv & Pick<Env, "DB" | "GATE" | "HOLDINGS" | "RATE_LIMITS">;
	readonly memory: IsolateMemory;
	readonly keepAlive: KeepAlive;
	/** Where the request comes from: near it are the gates that it may meet. */
	readonly place?: () => Place;
}

export class IsolateMemory {
	readonly products = new ProductCache();
	readonly availability: AvailabilityCache;
	readonly soldOut = new SoldOutCache<SoldOut>();
	/** Requests that travel together; null when each makes a call of its own. */
	readonly batchers: {
		readonly reservations: CallBatchers<ReserveRequest, Reserved>;
		/** Shoppers who look at their own reservation. */
		readonly ownReservations: CallBatchers<string, ReservationResult>;
		/** SKUs that are looked up in D1. */
		readonly products: CallBatchers<string, Product | null>;
	} | null;
	/** What SKUs have said of how hot they are: `gates/ask.ts`. */
	readonly heard = new GenerationalMap<Heard>(HEARD_SKUS);
	#seed: number | null = null;
	/** D1 was seen to have its tables, which it does not lose again. */
	hasTables = false;
	/** Shoppers who had too many SKUs once: `holding-limit.ts`. */
	readonly flaggedShoppers = new GenerationalMap<true>(FLAGGED_SHOPPERS);
	readonly shopSize = new ShopSize();
	/** Addresses that sent too many wrong admin tokens, and until when each is refused. */
	readonly barredAddresses = new GenerationalMap<number>(BARRED_ADDRESSES);

	constructor({ batching }: { readonly batching: boolean }) {
		this.availability = new AvailabilityCache({ batching });
		this.batchers = batching
			? { reservations: new CallBatchers(), ownReservations: new CallBatchers(), products: new CallBatchers() }
			: null;
	}

	/** By which isolates spread among the gates of a region. Made late: nothing is random while a Worker starts. */
	get seed(): number {
		this.#seed ??= Math.floor(Math.random() * 2 ** 20);
		return this.#seed;
	}
}
