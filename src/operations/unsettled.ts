/**
 * What checkouts cannot settle by themselves, as they told D1: all of it, the oldest first, whatever its age. Each is
 * tried again and named. It leaves the list when its checkout says that it is settled.
 */
import { type CheckoutEnv, callCheckout } from "../checkout/client.ts";
import { SWEEP_UNSETTLED } from "../limits.ts";
import type { SettlementRecord } from "../orders/messages.ts";
import { countUnsettledAfter, listUnsettled } from "../orders/unsettled-store.ts";
import { pageOf } from "../platform/page.ts";
import type { FanOut } from "./fan-out.ts";
import { timeAndId } from "./sweep-cursor.ts";

export interface UnsettledReport {
	readonly found: readonly SettlementRecord[];
	/** How many come after these. */
	readonly left: number;
}

/** @param place where the page before ended, or "" */
export async function retryUnsettled(
	env: CheckoutEnv & Pick<Env, "DB">,
	fanOut: FanOut,
	place: string,
): Promise<UnsettledReport & { readonly next: string | null }> {
	const at = timeAndId(place);
	const after = at && { sinceMs: at.atMs, checkoutId: at.id };
	const rows = await listUnsettled(env.DB, after, SWEEP_UNSETTLED + 1);
	const { shown: found, nextCursor: next } = pageOf(rows, SWEEP_UNSETTLED, (row) => `${row.sinceMs}.${row.checkoutId}`);
	const ids = found.map(({ checkoutId }) => checkoutId);
	await fanOut.call(ids, (id) => callCheckout(env, id, (object) => object.retrySettlement()));
	const last = found.at(-1);
	const left = next === null || last === undefined ? 0 : await countUnsettledAfter(env.DB, last);
	return { found, left, next };
}
