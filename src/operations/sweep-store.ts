/**
 * How far the sweep has come, in D1: the cron's own cursor, and the SKUs that have more to look at than one sweep can.
 * A row that is lost costs only that its walk begins anew.
 */

export type WalkKind = "sales" | "suspects";

/** A walk through the sales or the lapsed pins of one SKU. */
export interface Walk {
	readonly kind: WalkKind;
	readonly sku: string;
	/** Where it goes on; "" at the beginning. */
	readonly place: string;
}

const PUT = `INSERT INTO sweep_places (kind, sku, place, moved_at_ms) VALUES (?1, ?2, ?3, ?4)
	ON CONFLICT (kind, sku) DO UPDATE SET place = excluded.place, moved_at_ms = excluded.moved_at_ms`;
const BEGIN = `INSERT INTO sweep_places (kind, sku, place, moved_at_ms) SELECT ?1, value, '', 0 FROM json_each(?2) WHERE true
	ON CONFLICT (kind, sku) DO NOTHING`;
const CRON = "cron";

/** Begins a walk at each of these SKUs. One that is under way goes on from where it is. */
export async function beginWalks(db: D1Database, kind: WalkKind, skus: readonly string[]): Promise<void> {
	if (skus.length > 0) await db.prepare(BEGIN).bind(kind, JSON.stringify(skus)).run();
}

/** Walks under way, first those that waited longest. */
export async function walksUnderWay(db: D1Database, limit: number): Promise<Walk[]> {
	const { results } = await db
		.prepare("SELECT kind, sku, place FROM sweep_places WHERE kind <> ? ORDER BY moved_at_ms, sku, kind LIMIT ?")
		.bind(CRON, limit)
		.all<Walk>();
	return results;
}

export async function countWalks(db: D1Database): Promise<number> {
	const row = await db.prepare("SELECT COUNT(*) AS walks FROM sweep_places WHERE kind <> ?").bind(CRON).first("walks");
	return Number(row);
}

/** @param place null when the walk has come to its end */
export async function moveWalk(
	db: D1Database,
	{ kind, sku }: Walk,
	place: string | null,
	nowMs: number,
): Promise<void> {
	await (place === null
		? db.prepare("DELETE FROM sweep_places WHERE kind = ? AND sku = ?").bind(kind, sku)
		: db.prepare(PUT).bind(kind, sku, place, nowMs)
	).run();
}

/** Where the cron goes on; null when it has never run. */
export async function cronCursor(db: D1Database): Promise<string | null> {
	return db.prepare("SELECT place FROM sweep_places WHERE kind = ? AND sku = ''").bind(CRON).first<string>("place");
}

/** When the cron last ended a page; null when it has never run. */
export async function cronMovedAtMs(db: D1Database): Promise<number | null> {
	return db.prepare("SELECT moved_at_ms FROM sweep_places WHERE kind = ? AND sku = ''").bind(CRON).first("moved_at_ms");
}

/** Has the cron go on from there. It has not come any further by that, so the time of its last page stays. */
export async function resetCron(db: D1Database, cursor: string, nowMs: number): Promise<void> {
	await db
		.prepare(
			`INSERT INTO sweep_places (kind, sku, place, moved_at_ms) VALUES (?1, '', ?2, ?3)
			ON CONFLICT (kind, sku) DO UPDATE SET place = excluded.place`,
		)
		.bind(CRON, cursor, nowMs)
		.run();
}

/** A page of the cron's sweep is done. @returns false when it was begun anew meanwhile, and goes on elsewhere */
export async function moveCron(db: D1Database, from: string, to: string, nowMs: number): Promise<boolean> {
	const { meta } = await db
		.prepare("UPDATE sweep_places SET place = ?1, moved_at_ms = ?2 WHERE kind = ?3 AND sku = '' AND place = ?4")
		.bind(to, nowMs, CRON, from)
		.run();
	return meta.changes > 0;
}

/**
 * Opens the next few of all SKUs, in their turn, so that each is looked at now and then although nothing is open there: D1
 * may have lost what it had of one, or never have heard that one is open.
 */
export async function openInTurn(db: D1Database, skus: number): Promise<void> {
	const place = `SELECT place FROM sweep_places WHERE kind = '${CRON}' AND sku = 'turn'`;
	const next = `SELECT sku FROM products WHERE sku > ifnull((${place}), '') ORDER BY sku LIMIT ?1`;
	await db.batch([
		db.prepare(`INSERT INTO open_skus SELECT sku, 0 FROM (${next}) WHERE true ON CONFLICT DO NOTHING`).bind(skus),
		// From the beginning after the last one.
		db
			.prepare(
				`INSERT INTO sweep_places (kind, sku, place, moved_at_ms)
				SELECT '${CRON}', 'turn', iif(COUNT(*) = ?1, MAX(sku), ''), 0 FROM (${next}) WHERE true
				ON CONFLICT (kind, sku) DO UPDATE SET place = excluded.place`,
			)
			.bind(skus),
	]);
}

/**
 * Lists that the sweep does not go through whole in each run: what ended long ago, a little each time; what earlier code left,
 * once; and the payments of a day, now and then: their place is when that was begun last.
 */
type Round = "ended" | "past" | "payments";

/** Where the list goes on: "" at its beginning, null when there is nothing to go through, or it was never begun. */
export async function roundPlace(db: D1Database, round: Round): Promise<string | null> {
	return db.prepare("SELECT place FROM sweep_places WHERE kind = ? AND sku = ?").bind(CRON, round).first("place");
}

/** @param place null when the list is done with */
export async function moveRound(db: D1Database, round: Round, place: string | null, nowMs: number): Promise<void> {
	const move =
		place === null
			? db.prepare("DELETE FROM sweep_places WHERE kind = ? AND sku = ?").bind(CRON, round)
			: db.prepare(PUT).bind(CRON, round, place, nowMs);
	await move.run();
}
