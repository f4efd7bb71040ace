/**
 * What can be had of a SKU, as shoppers are shown it. A drop's crowd looks at one product. Its object has to sell, so
 * an isolate asks it about once a second, however many look.
 *
 * Invariants:
 * - an answer is at most `AVAILABILITY_TTL_MS` old, and its `asOf` says from when it is;
 * - it shows no hold that has run out, and no status from before the start or the end of a sale;
 * - whoever changes the stock through this isolate sees the change at once: `sku.ts` invalidates it.
 */
import { AVAILABILITY_ENTRIES, AVAILABILITY_TTL_MS, REFRESH_AHEAD_MS } from "../limits.ts";
import { RefreshAheadCache } from "../platform/refresh-ahead-cache.ts";
import type { Availability, AvailabilityResult } from "../stock/rpc.ts";

export class AvailabilityCache {
	readonly #answers = new RefreshAheadCache<Availability>({
		maxEntries: AVAILABILITY_ENTRIES,
		ttlMs: AVAILABILITY_TTL_MS,
		refreshAheadMs: REFRESH_AHEAD_MS,
	});

	/**
	 * The availability, from memory where that is fresh enough; null when no merchant has defined the SKU.
	 * @param ask calls the SKU's object
	 * @throws whatever `ask` throws
	 */
	async get(sku: string, nowMs: number, ask: () => Promise<AvailabilityResult>): Promise<Availability | null> {
		const known = this.#answers.get(sku, nowMs);
		if (known !== null && !this.#answers.claimRefresh(sku, nowMs)) return known;
		const refresh = this.#answers.beginRefresh(sku);
		const result = await ask();
		if (result.kind === "unknown-sku") return null;
		// The age counts from the request: an answer that was long on its way is no younger than that.
		this.#answers.set(sku, result.availability, nowMs, result.changesAtMs, refresh);
		return result.availability;
	}

	invalidate(sku: string): void {
		this.#answers.invalidate(sku);
	}
}
