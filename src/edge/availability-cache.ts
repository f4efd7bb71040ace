/**
 * What can be had of a SKU, as shoppers are shown it. A drop's crowd looks at one product, and its object, which has to sell,
 * is not asked by each: an isolate remembers the answer for a moment.
 *
 * What it keeps true: an answer is at most `AVAILABILITY_MS` old, and `asOf` says of when it is; it shows no hold that has run out,
 * and no status from before a sale's beginning or end; whoever changes the stock through this isolate sees the change at once.
 */

import { unknownSku } from "../http/problems.ts";
import { AVAILABILITY_ENTRIES, AVAILABILITY_TTL_MS, REFRESH_AHEAD_MS } from "../limits.ts";
import { RefreshAheadCache } from "../platform/refresh-ahead-cache.ts";
import { callSku } from "../stock/client.ts";
import type { Availability } from "../stock/rpc.ts";

const moments = new RefreshAheadCache<Availability>({
	most: AVAILABILITY_ENTRIES,
	lastsMs: AVAILABILITY_TTL_MS,
	newsMs: REFRESH_AHEAD_MS,
});

/** @throws Problem `unknown-sku`; ObjectUnavailable when the object cannot serve just now */
export async function availabilityOf(env: Env, sku: string): Promise<Availability> {
	const nowMs = Date.now();
	const known = moments.get(sku, nowMs);
	if (known !== null && !moments.claimRefresh(sku, nowMs)) return known;
	const expected = moments.beginRefresh(sku);
	const answer = await callSku(env, sku, (object) => object.availability());
	if (answer.kind === "unknown-sku") throw unknownSku(sku);
	const { availability, changesAtMs } = answer;
	// Counted from when it was asked for: an answer that was long on its way is no younger than that.
	moments.set(sku, availability, nowMs, changesAtMs, expected);
	return availability;
}

/** The stock of this SKU may have changed through this isolate. */
export function forgetAvailability(sku: string): void {
	moments.invalidate(sku);
}
