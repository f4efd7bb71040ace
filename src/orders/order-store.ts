/** Orders in D1. Writing an order twice, or an older version after a newer one, leaves the newer one (`upsert.ts`). */
import type { Order, OrderLine, OrderStatus } from "./order.ts";
import { upsertNewer } from "./upsert.ts";

/** The columns of each table, and the path of each in the record's JSON. */
const ORDER_FIELDS = {
	id: "id",
	version: "version",
	checkout_id: "checkoutId",
	shopper_id: "shopperId",
	email: "email",
	status: "status",
	currency: "currency",
	total_minor: "totalMinor",
	refunded_minor: "refundedMinor",
	refund_pending_minor: "refundPendingMinor",
	payment_provider: "payment.provider",
	payment_id: "payment.id",
	created_at_ms: "createdAtMs",
	completed_at_ms: "completedAtMs",
};

const LINE_FIELDS = {
	order_id: "orderId",
	position: "position",
	version: "version",
	sku: "sku",
	title: "title",
	quantity: "quantity",
	unit_price_minor: "unitPriceMinor",
	fulfilment: "fulfilment",
	subject_id: "subjectId",
	preorder_status: "preorder.status",
	expected_at_ms: "preorder.expectedAtMs",
	terms_version: "preorder.termsVersion",
	refunded: "refunded",
	returned: "returned",
};

const SAVE_ORDERS = upsertNewer("orders", "id", ORDER_FIELDS);
const SAVE_LINES = upsertNewer("order_lines", "order_id, position", LINE_FIELDS);

/** The statements that store orders, for a batch with others. */
export function saveOrders(db: D1Database, orders: readonly Order[]): D1PreparedStatement[] {
	const lines = orders.flatMap(({ id: orderId, version, lines }) =>
		lines.map((line, position) => ({ orderId, position, version, ...line })),
	);
	return [db.prepare(SAVE_ORDERS).bind(JSON.stringify(orders)), db.prepare(SAVE_LINES).bind(JSON.stringify(lines))];
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
	readonly refund_pending_minor: number;
	readonly payment_provider: string | null;
	readonly payment_id: string | null;
	readonly created_at_ms: number;
	readonly completed_at_ms: number;
	/** JSON of the lines, in order. */
	readonly lines: string;
}

const SELECT_ORDERS = `
	SELECT orders.*, (
		SELECT json_group_array(json_object('sku', sku, 'title', title, 'quantity', quantity,
			'unitPriceMinor', unit_price_minor, 'fulfilment', fulfilment, 'subjectId', subject_id,
			'refunded', refunded, 'returned', returned,
			'preorder', CASE WHEN terms_version IS NULL THEN NULL ELSE json_object(
				'status', preorder_status, 'expectedAtMs', expected_at_ms, 'termsVersion', terms_version) END))
		FROM (SELECT * FROM order_lines WHERE order_id = orders.id ORDER BY position)
	) AS lines FROM orders`;

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
		refundPendingMinor: row.refund_pending_minor,
		payment:
			row.payment_provider === null || row.payment_id === null
				? null
				: { provider: row.payment_provider, id: row.payment_id },
		createdAtMs: row.created_at_ms,
		completedAtMs: row.completed_at_ms,
		lines: JSON.parse(row.lines) as OrderLine[],
	};
}

/** The order; null when D1 does not have it yet. */
export async function findOrder(db: D1Database, id: string): Promise<Order | null> {
	const row = await db.prepare(`${SELECT_ORDERS} WHERE id = ?`).bind(id).first<OrderRow>();
	return row === null ? null : toOrder(row);
}

export interface OrderFilter {
	readonly status: OrderStatus | null;
	readonly sku: string | null;
	/** The last order of the page before; null for the first page. */
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

/** The ids of those orders that D1 does not have. */
export async function missingOrders(db: D1Database, ids: readonly string[]): Promise<string[]> {
	const { results } = await db
		.prepare("SELECT value AS id FROM json_each(?) WHERE value NOT IN (SELECT id FROM orders)")
		.bind(JSON.stringify(ids))
		.all<{ id: string }>();
	return results.map((row) => row.id);
}

/** Ids of the checkouts whose orders have one of these SKUs and were paid since then, newest first. */
export async function recentlyPaid(
	db: D1Database,
	skus: readonly string[],
	sinceMs: number,
	limit: number,
): Promise<string[]> {
	const { results } = await db
		.prepare(
			`SELECT checkout_id AS id FROM orders WHERE completed_at_ms >= ?2 AND payment_id IS NOT NULL
				AND id IN (SELECT order_id FROM order_lines WHERE sku IN (SELECT value FROM json_each(?1)))
			ORDER BY completed_at_ms DESC LIMIT ?3`,
		)
		.bind(JSON.stringify(skus), sinceMs, limit)
		.all<{ id: string }>();
	return results.map((row) => row.id);
}

/** Units of one SKU in the orders and pre-orders of D1. */
export interface RecordedUnits {
	readonly sold: number;
	readonly owed: number;
}

/** The units that D1 has of each of these SKUs, by SKU. */
export async function recordedUnits(db: D1Database, skus: readonly string[]): Promise<Map<string, RecordedUnits>> {
	const { results } = await db
		.prepare(
			`SELECT value AS sku,
				(SELECT IFNULL(SUM(quantity - returned), 0) FROM order_lines WHERE sku = value AND fulfilment = 'in_stock')
				+ (SELECT IFNULL(SUM(quantity - returned), 0) FROM preorders WHERE sku = value AND status = 'filled') AS sold,
				(SELECT IFNULL(SUM(quantity - returned), 0) FROM preorders WHERE sku = value AND status = 'owed') AS owed
			FROM json_each(?)`,
		)
		.bind(JSON.stringify(skus))
		.all<{ sku: string; sold: number; owed: number }>();
	return new Map(results.map(({ sku, ...units }) => [sku, units]));
}
