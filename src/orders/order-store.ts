/** Orders in D1. Writing an order twice, or an older version after a newer one, leaves the newer one (`upsert.ts`). */
import type { Metadata, Order, OrderAdjustment, OrderLine, OrderStatus, ShipTo, UnsettledReason } from "./order.ts";
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
	unsettled: "unsettled",
	changed_at_ms: "changedAtMs",
	adjustments: "adjustments",
	ship_to: "shipTo",
	metadata: "metadata",
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
	accepted_at_ms: "preorder.acceptedAtMs",
	refunded: "refunded",
	returned: "returned",
	completed_at_ms: "completedAtMs",
};

const SAVE_ORDERS = upsertNewer("orders", "id", ORDER_FIELDS);
const SAVE_LINES = upsertNewer("order_lines", "order_id, position", LINE_FIELDS);

/** The statements that store orders, for a batch with others. */
export function saveOrders(db: D1Database, orders: readonly Order[], nowMs: number): D1PreparedStatement[] {
	const lines = orders.flatMap(({ id: orderId, version, completedAtMs, lines }) =>
		lines.map((line, position) => ({ orderId, position, version, completedAtMs, ...line })),
	);
	const rows = orders.map(({ lines: _, ...order }) => ({ ...order, changedAtMs: nowMs }));
	return [db.prepare(SAVE_ORDERS).bind(JSON.stringify(rows)), db.prepare(SAVE_LINES).bind(JSON.stringify(lines))];
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
	readonly unsettled: UnsettledReason | null;
	/** JSON of each, or null where earlier code wrote the order. */
	readonly adjustments: string | null;
	readonly ship_to: string | null;
	readonly metadata: string | null;
	/** JSON of the lines, in order. */
	readonly lines: string;
}

const SELECT_FROM = `
	SELECT orders.*, (
		SELECT json_group_array(json_object('sku', sku, 'title', title, 'quantity', quantity,
			'unitPriceMinor', unit_price_minor, 'fulfilment', fulfilment, 'subjectId', subject_id,
			'refunded', refunded, 'returned', returned,
			'preorder', CASE WHEN terms_version IS NULL THEN NULL ELSE json_object(
				'status', preorder_status, 'expectedAtMs', expected_at_ms, 'termsVersion', terms_version,
				'acceptedAtMs', accepted_at_ms) END))
		FROM (SELECT * FROM order_lines AS line WHERE line.order_id = orders.id ORDER BY position)
	) AS lines FROM`;
const SELECT_ORDERS = `${SELECT_FROM} orders`;

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
		unsettled: row.unsettled,
		payment:
			row.payment_provider === null || row.payment_id === null
				? null
				: { provider: row.payment_provider, id: row.payment_id },
		createdAtMs: row.created_at_ms,
		completedAtMs: row.completed_at_ms,
		lines: JSON.parse(row.lines) as OrderLine[],
		adjustments: JSON.parse(row.adjustments ?? "[]") as OrderAdjustment[],
		shipTo: JSON.parse(row.ship_to ?? "null") as ShipTo | null,
		metadata: JSON.parse(row.metadata ?? "{}") as Metadata,
	};
}

/** The order; null when D1 does not have it yet. */
export async function findOrder(db: D1Database, id: string): Promise<Order | null> {
	const row = await db.prepare(`${SELECT_ORDERS} WHERE id = ?`).bind(id).first<OrderRow>();
	return row === null ? null : toOrder(row);
}

/** What is absent or null filters nothing. */
export interface OrderFilter {
	readonly status?: OrderStatus | null;
	readonly sku?: string | null;
	readonly shopperId?: string | null;
	/** Whatever the case of A to Z: domains have none, and no mail server in use tells apart two names by it. */
	readonly email?: string | null;
	/** When the order was paid: from the first of these to before the second. */
	readonly fromMs?: number | null;
	readonly toMs?: number | null;
	/** The last order of the page before; null for the first page. */
	readonly after: { readonly completedAtMs: number; readonly id: string } | null;
	readonly limit: number;
}

/**
 * The page of orders, newest first. Only the filters that are set stand in the statement: SQLite chooses an index before
 * it knows what is bound, and none serves a filter that may be null. Orders of a SKU are found by their lines.
 */
function ordersPage({ after, limit, ...filter }: OrderFilter): { query: string; bindings: unknown[] } {
	const ofSku = filter.sku ?? null;
	const [table, id] = ofSku === null ? ["orders", "id"] : ["order_lines", "order_id"];
	const atMs = `${table}.completed_at_ms`;
	const conditions: readonly (readonly [condition: string, value: unknown])[] = [
		["status = ?", filter.status],
		["shopper_id = ?", filter.shopperId],
		["email = ? COLLATE NOCASE", filter.email],
		["order_lines.sku = ?", ofSku],
		[`${atMs} >= ?`, filter.fromMs],
		[`${atMs} < ?`, filter.toMs],
	];
	const filters: readonly (readonly [condition: string, ...bindings: unknown[]])[] = [
		...conditions.filter(([, value]) => value !== undefined && value !== null),
		// Beside the bound on the time, which an index can serve: the rest of the orders of that very time.
		...(after === null
			? []
			: [
					[`${atMs} <= ?`, after.completedAtMs] as const,
					[`(${atMs} < ? OR ${id} > ?)`, after.completedAtMs, after.id] as const,
				]),
	];
	const where = filters.map(([condition]) => condition).join(" AND ") || "true";
	// CROSS JOIN: the lines come first, in their order.
	const from = ofSku === null ? SELECT_ORDERS : `${SELECT_FROM} order_lines CROSS JOIN orders ON orders.id = order_id`;
	return {
		query: `${from} WHERE ${where} ORDER BY ${atMs} DESC, ${id} LIMIT ?`,
		bindings: [...filters.flatMap(([, ...bindings]) => bindings), limit],
	};
}

export async function listOrders(db: D1Database, filter: OrderFilter): Promise<Order[]> {
	const { query, bindings } = ordersPage(filter);
	const { results } = await db
		.prepare(query)
		.bind(...bindings)
		.all<OrderRow>();
	return results.map(toOrder);
}

/** A place among the orders by when they changed. */
export interface ChangePlace {
	readonly changedAtMs: number;
	readonly id: string;
}

const CHANGED_AT = "IFNULL(changed_at_ms, completed_at_ms)";
// Not as a comparison of rows: SQLite finds no place in an index of an expression by that.
const PAID_AFTER = `payment_id IS NOT NULL AND ${CHANGED_AT} >= ?1 AND (${CHANGED_AT} > ?1 OR id > ?2)`;
const CHANGED_PAGE = `SELECT id, checkout_id AS checkoutId, ${CHANGED_AT} AS changedAtMs FROM orders
	WHERE ${PAID_AFTER} ORDER BY ${CHANGED_AT}, id LIMIT ?3`;
const CHANGED_COUNT = `SELECT COUNT(*) AS orders FROM orders WHERE ${PAID_AFTER}`;

/** Paid orders in the order in which D1 took their newest version. */
export async function changedOrders(
	db: D1Database,
	after: ChangePlace,
	limit: number,
): Promise<(ChangePlace & { readonly checkoutId: string })[]> {
	const { results } = await db
		.prepare(CHANGED_PAGE)
		.bind(after.changedAtMs, after.id, limit)
		.all<ChangePlace & { readonly checkoutId: string }>();
	return results;
}

/** How many paid orders come after this place. */
export async function countChangedOrders(db: D1Database, after: ChangePlace): Promise<number> {
	const row = await db.prepare(CHANGED_COUNT).bind(after.changedAtMs, after.id).first<{ orders: number }>();
	return row?.orders ?? 0;
}

const UNITS_IN_ORDERS = `SELECT orders.id AS id, (
		SELECT SUM(quantity - returned) FROM order_lines
		WHERE order_id = orders.id AND sku = ?2 AND IFNULL(preorder_status, '') <> 'cancelled'
	) AS units
	FROM json_each(?1) JOIN orders ON orders.id = json_each.value`;

/**
 * The units of this SKU that each of these orders has, by D1: bought and not returned, or owed. One statement and one
 * bound parameter for all of them. An order that D1 does not have is left out.
 */
export async function unitsInOrders(
	db: D1Database,
	sku: string,
	orderIds: readonly string[],
): Promise<Map<string, number>> {
	const { results } = await db.prepare(UNITS_IN_ORDERS).bind(JSON.stringify(orderIds), sku).all<{
		id: string;
		units: number | null;
	}>();
	return new Map(results.map(({ id, units }) => [id, units ?? 0]));
}

/** Units of one SKU in the orders and pre-orders of D1. */
export interface RecordedUnits {
	readonly sold: number;
	readonly owed: number;
}

/**
 * Those of these SKUs whose pre-orders are not the same units by their orders: an order that is on its way, or a
 * pre-order of a checkout that has no order.
 */
export async function skusWithUnmatchedPreorders(db: D1Database, skus: readonly string[]): Promise<string[]> {
	const { results } = await db
		.prepare("SELECT sku FROM json_each(?) JOIN sku_units ON sku = value WHERE preordered <> ordered")
		.bind(JSON.stringify(skus))
		.all<{ sku: string }>();
	return results.map(({ sku }) => sku);
}

/** The units that D1 has of each of these SKUs, by SKU. It has kept the sums: triggers of `migrations/` change them. */
export async function recordedUnits(db: D1Database, skus: readonly string[]): Promise<Map<string, RecordedUnits>> {
	const { results } = await db
		.prepare("SELECT sku, sold, owed FROM json_each(?) JOIN sku_units ON sku = value")
		.bind(JSON.stringify(skus))
		.all<RecordedUnits & { readonly sku: string }>();
	return new Map(results.map(({ sku, ...units }) => [sku, units]));
}
