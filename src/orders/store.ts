/**
 * Orders in D1.
 *
 * What it keeps true: writing an order twice, or an older version after a newer one, leaves the newer one. A whole batch
 * is two statements whatever its size, with the rows travelling as JSON: D1 takes 100 bound parameters a statement and
 * about a thousand short queries a second (https://developers.cloudflare.com/d1/platform/limits/).
 *
 * Not here: who may read an order, or how it came to be.
 */
import type { Order, OrderLine, OrderStatus } from "./order.ts";

const field = (name: string): string => `json_extract(value, '$.${name}')`;

const SAVE_ORDERS = `
	INSERT INTO orders (id, version, checkout_id, shopper_id, email, status, currency, total_minor, refunded_minor,
		payment_provider, payment_id, created_at_ms, completed_at_ms)
	SELECT ${["id", "version", "checkoutId", "shopperId", "email", "status", "currency", "totalMinor", "refundedMinor"].map(field)},
		${["payment.provider", "payment.id", "createdAtMs", "completedAtMs"].map(field)}
	FROM json_each(?1) WHERE true
	ON CONFLICT (id) DO UPDATE SET version = excluded.version, status = excluded.status, refunded_minor = excluded.refunded_minor
	WHERE excluded.version > orders.version`;

const SAVE_LINES = `
	INSERT INTO order_lines (order_id, position, version, sku, title, quantity, unit_price_minor, fulfilment, subject_id,
		expected_at_ms, terms_version)
	SELECT ${["orderId", "position", "version", "sku", "title", "quantity", "unitPriceMinor", "fulfilment", "subjectId"].map(field)},
		${["preorder.expectedAtMs", "preorder.termsVersion"].map(field)}
	FROM json_each(?1) WHERE true
	ON CONFLICT (order_id, position) DO UPDATE SET version = excluded.version, fulfilment = excluded.fulfilment,
		subject_id = excluded.subject_id, expected_at_ms = excluded.expected_at_ms, terms_version = excluded.terms_version
	WHERE excluded.version > order_lines.version`;

/** Stores orders, in one transaction. @throws Error when D1 does */
export async function saveOrders(db: D1Database, orders: readonly Order[]): Promise<void> {
	const lines = orders.flatMap(({ id: orderId, version, lines }) =>
		lines.map((line, position) => ({ orderId, position, version, ...line })),
	);
	await db.batch([
		db.prepare(SAVE_ORDERS).bind(JSON.stringify(orders)),
		db.prepare(SAVE_LINES).bind(JSON.stringify(lines)),
	]);
}

interface OrderRow {
	readonly id: string;
	readonly version: number;
	readonly checkout_id: string;
	readonly shopper_id: string;
	readonly email: string;
	readonly status: OrderStatus;
	readonly currency: string;
	readonly total_minor: number;
	readonly refunded_minor: number;
	readonly payment_provider: string | null;
	readonly payment_id: string | null;
	readonly created_at_ms: number;
	readonly completed_at_ms: number;
	/** JSON of the lines, in order. */
	readonly lines: string;
}

const SELECT_ORDERS = `
	SELECT orders.*, (
		SELECT json_group_array(json_object('sku', sku, 'title', title, 'quantity', quantity, 'unitPriceMinor', unit_price_minor,
			'fulfilment', fulfilment, 'subjectId', subject_id, 'expectedAtMs', expected_at_ms, 'termsVersion', terms_version))
		FROM (SELECT * FROM order_lines WHERE order_id = orders.id ORDER BY position)
	) AS lines FROM orders`;

type LineRow = Omit<OrderLine, "preorder"> & {
	readonly expectedAtMs: number | null;
	readonly termsVersion: string | null;
};

function toOrder(row: OrderRow): Order {
	return {
		id: row.id,
		version: row.version,
		checkoutId: row.checkout_id,
		shopperId: row.shopper_id,
		email: row.email,
		status: row.status,
		currency: row.currency,
		totalMinor: row.total_minor,
		refundedMinor: row.refunded_minor,
		payment:
			row.payment_provider === null || row.payment_id === null
				? null
				: { provider: row.payment_provider, id: row.payment_id },
		createdAtMs: row.created_at_ms,
		completedAtMs: row.completed_at_ms,
		lines: (JSON.parse(row.lines) as LineRow[]).map(({ expectedAtMs, termsVersion, ...line }) => ({
			...line,
			preorder: termsVersion === null ? null : { expectedAtMs, termsVersion },
		})),
	};
}

/** The order, if D1 has it yet. */
export async function findOrder(db: D1Database, id: string): Promise<Order | null> {
	const row = await db.prepare(`${SELECT_ORDERS} WHERE id = ?`).bind(id).first<OrderRow>();
	return row === null ? null : toOrder(row);
}

export interface OrderFilter {
	readonly status: OrderStatus | null;
	readonly sku: string | null;
	/** Only orders after this one in the list; null to start. */
	readonly after: { readonly completedAtMs: number; readonly id: string } | null;
	readonly limit: number;
}

/** Orders, newest first. */
export async function listOrders(db: D1Database, { status, sku, after, limit }: OrderFilter): Promise<Order[]> {
	const { results } = await db
		.prepare(
			`${SELECT_ORDERS}
			WHERE (?1 IS NULL OR status = ?1)
				AND (?2 IS NULL OR id IN (SELECT order_id FROM order_lines WHERE sku = ?2))
				AND (?3 IS NULL OR completed_at_ms < ?3 OR (completed_at_ms = ?3 AND id > ?4))
			ORDER BY completed_at_ms DESC, id LIMIT ?5`,
		)
		.bind(status, sku, after?.completedAtMs ?? null, after?.id ?? null, limit)
		.all<OrderRow>();
	return results.map(toOrder);
}

/** Units of each SKU that D1's orders say were sold from stock. */
export async function soldBySku(db: D1Database, skus: readonly string[]): Promise<Map<string, number>> {
	const { results } = await db
		.prepare(
			`SELECT sku, SUM(quantity) AS units FROM order_lines
			WHERE fulfilment = 'in_stock' AND sku IN (SELECT value FROM json_each(?)) GROUP BY sku`,
		)
		.bind(JSON.stringify(skus))
		.all<{ sku: string; units: number }>();
	return new Map(results.map(({ sku, units }) => [sku, units]));
}
