/** What each SKU's object said at the last sweep, in D1. The metrics read it, and nothing decides by it. */
import type { SkuReconciliation } from "./reconcile.ts";

/** The units of a SKU by its object, and by D1. */
const unitsOf = (json: string) => `(${json} ->> 'sold') + (${json} ->> 'owed')`;
const inD1 = (json: string) => `(${json} ->> 'soldInD1') + (${json} ->> 'owedInD1')`;
const [OLD, NEW] = ["stock_snapshots.json", "excluded.json"];
/**
 * What D1 lacked at the last look has come since. While a SKU sells, something is on its way at each look, and that is not
 * the same record each time.
 */
const HAS_COME = `iif(${inD1(OLD)} < ${unitsOf(OLD)}, ${inD1(NEW)} >= ${unitsOf(OLD)}, ${inD1(NEW)} <= ${unitsOf(OLD)})`;

/** A SKU that nothing happened to is not written again. What D1 lacks may change without the SKU. */
const SAVE = `INSERT INTO stock_snapshots (sku, changed_at_ms, json, differs_since_ms, compared_at_ms)
	SELECT value ->> 'sku', ?2, value, iif(value ->> 'difference' > 0, ?2, NULL), ?2 FROM json_each(?1) WHERE true
	ON CONFLICT (sku) DO UPDATE SET changed_at_ms = excluded.changed_at_ms, json = excluded.json,
		differs_since_ms = iif(excluded.differs_since_ms IS NULL OR differs_since_ms IS NULL OR ${HAS_COME},
			excluded.differs_since_ms, differs_since_ms)
	WHERE stock_snapshots.json <> excluded.json`;

export async function saveSnapshots(db: D1Database, rows: readonly SkuReconciliation[], nowMs: number): Promise<void> {
	if (rows.length > 0) await db.prepare(SAVE).bind(JSON.stringify(rows), nowMs).run();
}

/** Those that changed last, in order of SKU. */
export async function snapshots(db: D1Database, limit: number): Promise<SkuReconciliation[]> {
	const { results } = await db
		.prepare(
			"SELECT json FROM (SELECT sku, json FROM stock_snapshots ORDER BY changed_at_ms DESC LIMIT ?) ORDER BY sku",
		)
		.bind(limit)
		.all<{ json: string }>();
	return results.map(({ json }) => JSON.parse(json) as SkuReconciliation);
}

export async function countSnapshots(db: D1Database): Promise<number> {
	return Number(await db.prepare("SELECT COUNT(*) AS skus FROM stock_snapshots").first("skus"));
}

/** Since when a record of any SKU has been on its way to D1, as sweeps saw it; null while none is. */
export async function differsSinceMs(db: D1Database): Promise<number | null> {
	const oldest = "SELECT MIN(differs_since_ms) AS since FROM stock_snapshots WHERE differs_since_ms IS NOT NULL";
	return db.prepare(oldest).first<number>("since");
}

/** Those of these SKUs whose sales were not compared with D1 since. A new one has nothing that D1 could have lost. */
export async function notComparedSince(db: D1Database, skus: readonly string[], atMs: number): Promise<string[]> {
	const { results } = await db
		.prepare("SELECT sku FROM json_each(?1) JOIN stock_snapshots ON sku = value WHERE compared_at_ms < ?2")
		.bind(JSON.stringify(skus), atMs)
		.all<{ sku: string }>();
	return results.map(({ sku }) => sku);
}

export async function markCompared(db: D1Database, sku: string, nowMs: number): Promise<void> {
	await db.prepare("UPDATE stock_snapshots SET compared_at_ms = ? WHERE sku = ?").bind(nowMs, sku).run();
}
