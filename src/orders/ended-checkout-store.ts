/**
 * Checkouts that ended without a sale, in D1: which a shopper had, so that `erase` finds them. There is nothing personal
 * here, and a row goes when its checkout has nothing left either.
 */
import { KEEP_ENDED_MS, PRUNED_ENDED_CHECKOUTS } from "../limits.ts";
import { upsertNewer } from "./upsert.ts";

export interface EndedCheckout {
	readonly checkoutId: string;
	readonly version: number;
	readonly shopperId: string;
	readonly endedAtMs: number;
}

const SAVE = upsertNewer("ended_checkouts", "checkout_id", {
	checkout_id: "checkoutId",
	version: "version",
	shopper_id: "shopperId",
	ended_at_ms: "endedAtMs",
});
const PRUNE = `DELETE FROM ended_checkouts WHERE checkout_id IN (
	SELECT checkout_id FROM ended_checkouts WHERE ended_at_ms < ? ORDER BY ended_at_ms LIMIT ?)`;

/** The statements that list them, and forget the oldest, for a batch with others. */
export function saveEndedCheckouts(
	db: D1Database,
	ended: readonly EndedCheckout[],
	nowMs: number,
): D1PreparedStatement[] {
	if (ended.length === 0) return [];
	return [
		db.prepare(SAVE).bind(JSON.stringify(ended)),
		// By then its object was emptied, or an outage keeps it for a little longer.
		db.prepare(PRUNE).bind(nowMs - 2 * KEEP_ENDED_MS, PRUNED_ENDED_CHECKOUTS),
	];
}

const PAGE = `SELECT checkout_id AS checkoutId FROM ended_checkouts
	WHERE shopper_id = ?1 AND checkout_id > ?2 ORDER BY checkout_id LIMIT ?3`;
const PAGE_BY_EMAIL = `SELECT checkout_id AS checkoutId FROM ended_checkouts
	WHERE shopper_id IN (SELECT shopper_id FROM orders WHERE email = ?1) AND checkout_id > ?2
	ORDER BY checkout_id LIMIT ?3`;

/** Those of this shopper, or of the shoppers who have an order with this e-mail address, by id after `afterId`. */
export async function listEndedCheckouts(
	db: D1Database,
	of: { readonly shopperId: string } | { readonly email: string },
	afterId: string,
	limit: number,
): Promise<string[]> {
	const statement = "shopperId" in of ? db.prepare(PAGE).bind(of.shopperId, afterId, limit) : null;
	const found = statement ?? db.prepare(PAGE_BY_EMAIL).bind("email" in of ? of.email : "", afterId, limit);
	const { results } = await found.all<{ checkoutId: string }>();
	return results.map(({ checkoutId }) => checkoutId);
}
