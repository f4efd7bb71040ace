/** What is unsettled, in D1: copies of what checkouts say of themselves, for the merchant and the sweep. */
import type { SettlementRecord } from "./messages.ts";
import type { UnsettledReason } from "./order.ts";
import { upsertNewer } from "./upsert.ts";

const SAVE_SETTLEMENTS = upsertNewer("unsettled", "checkout_id", {
	checkout_id: "checkoutId",
	version: "version",
	shopper_id: "shopperId",
	phase: "phase",
	reason: "reason",
	since_ms: "sinceMs",
	settled_at_ms: "settledAtMs",
});

/** The statement that stores settlements, for a batch with others. */
export function saveSettlements(db: D1Database, records: readonly SettlementRecord[]): D1PreparedStatement {
	return db.prepare(SAVE_SETTLEMENTS).bind(JSON.stringify(records));
}

/** A place in the list: the row before the next one. */
export interface UnsettledPlace {
	readonly sinceMs: number;
	readonly checkoutId: string;
}

const UNSETTLED_PAGE = `
	SELECT checkout_id AS checkoutId, version, shopper_id AS shopperId, phase, reason, since_ms AS sinceMs,
		settled_at_ms AS settledAtMs
	FROM unsettled WHERE settled_at_ms IS NULL AND (since_ms, checkout_id) > (?1, ?2)
	ORDER BY since_ms, checkout_id LIMIT ?3`;

/** What is unsettled, the oldest first. @param after null for the first page */
export async function listUnsettled(
	db: D1Database,
	after: UnsettledPlace | null,
	limit: number,
): Promise<SettlementRecord[]> {
	const { results } = await db
		.prepare(UNSETTLED_PAGE)
		.bind(after?.sinceMs ?? -1, after?.checkoutId ?? "", limit)
		.all<SettlementRecord>();
	return results;
}

/** How many come after this place. */
export async function countUnsettledAfter(db: D1Database, after: UnsettledPlace): Promise<number> {
	const row = await db
		.prepare(
			`SELECT COUNT(*) AS checkouts FROM unsettled
			WHERE settled_at_ms IS NULL AND (since_ms, checkout_id) > (?1, ?2)`,
		)
		.bind(after.sinceMs, after.checkoutId)
		.first<{ checkouts: number }>();
	return row?.checkouts ?? 0;
}

/** How many checkouts are unsettled, by reason. Reasons that nobody has are left out. */
export async function countUnsettled(db: D1Database): Promise<Partial<Record<UnsettledReason, number>>> {
	const { results } = await db
		.prepare("SELECT reason, COUNT(*) AS checkouts FROM unsettled WHERE settled_at_ms IS NULL GROUP BY reason")
		.all<{ reason: UnsettledReason; checkouts: number }>();
	return Object.fromEntries(results.map(({ reason, checkouts }) => [reason, checkouts]));
}
