/** Pre-orders in D1: copies of those in the SKUs' objects, for the merchant's lists. */
import type { PreorderState } from "./order.ts";
import type { PreorderRecord } from "./preorder.ts";
import { upsertNewer } from "./upsert.ts";

const SAVE_PREORDERS = upsertNewer("preorders", "id", {
	id: "id",
	version: "version",
	sku: "sku",
	checkout_id: "checkoutId",
	shopper_id: "shopperId",
	quantity: "quantity",
	returned: "returned",
	status: "status",
	expected_at_ms: "expectedAtMs",
	terms_version: "termsVersion",
	created_at_ms: "createdAtMs",
	ended_at_ms: "endedAtMs",
});

/** The statement that stores pre-orders, for a batch with others. */
export function savePreorders(db: D1Database, preorders: readonly PreorderRecord[]): D1PreparedStatement {
	return db.prepare(SAVE_PREORDERS).bind(JSON.stringify(preorders));
}

const LACKING = `SELECT value ->> 'id' AS id FROM json_each(?) LEFT JOIN preorders ON preorders.id = value ->> 'id'
	WHERE preorders.version IS NULL OR preorders.version < value ->> 'version'`;

/** Those of these that D1 does not have, or only in an older version. */
export async function lackingPreorders(
	db: D1Database,
	preorders: readonly Pick<PreorderRecord, "id" | "version">[],
): Promise<string[]> {
	if (preorders.length === 0) return [];
	const { results } = await db.prepare(LACKING).bind(JSON.stringify(preorders)).all<{ id: string }>();
	return results.map(({ id }) => id);
}

const SELECT_PREORDERS = `
	SELECT id, version, sku, checkout_id AS checkoutId, shopper_id AS shopperId, quantity, returned, status,
		expected_at_ms AS expectedAtMs, terms_version AS termsVersion,
		created_at_ms AS createdAtMs, ended_at_ms AS endedAtMs
	FROM preorders`;

export async function findPreorder(db: D1Database, id: string): Promise<PreorderRecord | null> {
	return db.prepare(`${SELECT_PREORDERS} WHERE id = ?`).bind(id).first<PreorderRecord>();
}

export interface PreorderFilter {
	readonly sku: string | null;
	readonly status: PreorderState | null;
	/** The last id of the page before; empty for the first page. */
	readonly afterId: string;
	readonly limit: number;
}

/** The page of pre-orders, oldest first, with the filters that are set: see `ordersPage`. */
function preordersPage({ sku, status, afterId, limit }: PreorderFilter): { query: string; bindings: unknown[] } {
	const filters: readonly (readonly [condition: string, binding: string])[] = [
		["id > ?", afterId],
		...(sku === null ? [] : [["sku = ?", sku] as const]),
		...(status === null ? [] : [["status = ?", status] as const]),
	];
	const where = filters.map(([condition]) => condition).join(" AND ");
	return {
		query: `${SELECT_PREORDERS} WHERE ${where} ORDER BY id LIMIT ?`,
		bindings: [...filters.map(([, binding]) => binding), limit],
	};
}

/** Pre-orders, oldest first: the order in which they are filled. */
export async function listPreorders(db: D1Database, filter: PreorderFilter): Promise<PreorderRecord[]> {
	const { query, bindings } = preordersPage(filter);
	const { results } = await db
		.prepare(query)
		.bind(...bindings)
		.all<PreorderRecord>();
	return results;
}
