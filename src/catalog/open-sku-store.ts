/**
 * SKUs where something may be open, in D1: units that are held, somebody who waits, a record that has not arrived. A
 * SKU's object puts it on this list when it changes (`stock/open-mark.ts`), and a trigger puts a new product there. The sweep looks at these SKUs only, and takes
 * one off the list when its object says that it rests.
 *
 * A SKU too many costs a call. One too few is looked at in its turn: the sweep opens some of all SKUs with each run.
 */

const MARK = `INSERT INTO open_skus (sku, opened_at_ms) VALUES (?, ?)
	ON CONFLICT (sku) DO UPDATE SET opened_at_ms = MAX(opened_at_ms, excluded.opened_at_ms)`;
/** What was opened at the moment when it began to rest, or later, stays open. */
const REST = `DELETE FROM open_skus WHERE (sku, opened_at_ms) IN (
	SELECT open.sku, open.opened_at_ms FROM json_each(?) CROSS JOIN open_skus AS open ON open.sku = value ->> 'sku'
	WHERE open.opened_at_ms < value ->> 'sinceMs')`;

/** @param nowMs by the clock of the SKU's object */
export const markingOpen = (db: D1Database, sku: string, nowMs: number): D1PreparedStatement =>
	db.prepare(MARK).bind(sku, nowMs);

/** In order of SKU, after `afterSku`. */
export async function listOpen(db: D1Database, afterSku: string, limit: number): Promise<string[]> {
	const { results } = await db
		.prepare("SELECT sku FROM open_skus WHERE sku > ? ORDER BY sku LIMIT ?")
		.bind(afterSku, limit)
		.all<{ sku: string }>();
	return results.map(({ sku }) => sku);
}

export interface Resting {
	readonly sku: string;
	/** By the clock of its object: nothing was open then, and what has opened since is marked anew. */
	readonly sinceMs: number;
}

/** Takes those off the list that nothing has opened since. */
export async function markRested(db: D1Database, resting: readonly Resting[]): Promise<void> {
	if (resting.length > 0) await db.prepare(REST).bind(JSON.stringify(resting)).run();
}
