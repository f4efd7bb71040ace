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

const PAGE_BEFORE = `SELECT checkout_id AS checkoutId, ended_at_ms AS endedAtMs FROM ended_checkouts
	WHERE ended_at_ms < ?1 AND ended_at_ms >= ?2 AND (ended_at_ms > ?2 OR checkout_id > ?3)
	ORDER BY ended_at_ms, checkout_id LIMIT ?4`;

/** A place among them by when they ended. */
export type EndPlace = Pick<EndedCheckout, "checkoutId" | "endedAtMs">;

/** Those that ended before this time, the first of them first. @param after null for the first page */
export async function endedBefore(
	db: D1Database,
	beforeMs: number,
	after: EndPlace | null,
	limit: number,
): Promise<EndPlace[]> {
	const { results } = await db
		.prepare(PAGE_BEFORE)
		.bind(beforeMs, after?.endedAtMs ?? 0, after?.checkoutId ?? "", limit)
		.all<EndPlace>();
	return results;
}

const REMOVE = `DELETE FROM ended_checkouts
	WHERE ended_at_ms < ?2 AND checkout_id IN (SELECT value FROM json_each(?1))`;

/** Takes those off the list that have nothing to forget any more, unless they ended again meanwhile. */
export async function removeEndedCheckouts(db: D1Database, ids: readonly string[], beforeMs: number): Promise<void> {
	if (ids.length > 0) await db.prepare(REMOVE).bind(JSON.stringify(ids), beforeMs).run();
}

const UNLISTED = `SELECT value AS checkoutId FROM json_each(?1) WHERE NOT EXISTS (
	SELECT 1 FROM ended_checkouts WHERE checkout_id = value)
	AND NOT EXISTS (SELECT 1 FROM orders WHERE id = replace(value, 'co_', 'or_'))`;

/** Those of these checkouts that are not on the list, and have no order either. */
export async function unlistedCheckouts(db: D1Database, ids: readonly string[]): Promise<string[]> {
	if (ids.length === 0) return [];
	const { results } = await db.prepare(UNLISTED).bind(JSON.stringify(ids)).all<{ checkoutId: string }>();
	return results.map(({ checkoutId }) => checkoutId);
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
