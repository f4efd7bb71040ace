/**
 * What the rows of one SKU add up to, and whether its counters say the same. Nothing here is computed from the
 * counters.
 *
 * Two ways: from the rows that are open and the sums that are carried (`carried.ts`), which costs the same however much
 * was sold before; and from every row, which is for the sweep and for whoever doubts the first way.
 */
import type { Stock } from "../rules/model.ts";
import type { Carried } from "./carried.ts";

/** What the rows, not the counters, add up to. */
export interface Audit {
	readonly received: number;
	readonly adjusted: number;
	readonly held: number;
	readonly paying: number;
	readonly sold: number;
	readonly waiting: number;
	readonly pending: number;
	readonly owed: number;
	/**
	 * A filled pre-order does not say which of its `returned` units were cancelled before it was filled, so the rows
	 * give these two sums and not the three counters.
	 */
	readonly filledOrCancelled: number;
	readonly returnedOrCancelled: number;
}

interface Units {
	readonly quantity: number;
	readonly returned: number;
}

// The live ones have an index of shoppers, and without being told SQLite would rather read every row.
const LIVE = `SELECT status, SUM(quantity) AS quantity, SUM(returned) AS returned
	FROM reservations INDEXED BY reservations_live WHERE endedAtMs IS NULL GROUP BY status`;
const SOLD = `SELECT SUM(quantity) AS quantity, SUM(returned) AS returned
	FROM reservations INDEXED BY reservations_sold WHERE status = 'sold'`;
const PREORDERS = "SELECT status, SUM(quantity) AS quantity, SUM(returned) AS returned FROM preorders";
const UNITS = `SELECT IFNULL(SUM(received), 0) AS received, IFNULL(SUM(adjusted), 0) AS adjusted
	FROM journal_pages WHERE (received <> 0 OR adjusted <> 0)`;

/** From the rows that are open and the sums that are carried. */
export function quickAudit(sql: SqlStorage, carried: Carried): Audit {
	const [sold, filled, cancelled] = [
		carried.sums("sold"),
		carried.sums("preorder-filled"),
		carried.sums("preorder-cancelled"),
	];
	return audit(sql, "carried = 0", {
		received: carried.sums("received").quantity,
		adjusted: carried.sums("adjusted").quantity,
		...{ sold, filled, cancelled },
	});
}

/** From every row. It reads all that was ever sold. */
export function fullAudit(sql: SqlStorage): Audit {
	const none = { quantity: 0, returned: 0 };
	return audit(sql, "TRUE", { received: 0, adjusted: 0, sold: none, filled: none, cancelled: none });
}

function audit(
	sql: SqlStorage,
	which: "carried = 0" | "TRUE",
	carried: {
		readonly received: number;
		readonly adjusted: number;
		readonly sold: Units;
		readonly filled: Units;
		readonly cancelled: Units;
	},
): Audit {
	const live = byStatus(sql, LIVE);
	const [sales] = sql.exec<{ quantity: number | null; returned: number | null }>(`${SOLD} AND ${which}`).toArray();
	const sold = plus(carried.sold, { quantity: sales?.quantity ?? 0, returned: sales?.returned ?? 0 });
	const preorders = byStatus(sql, `${PREORDERS} WHERE ${which} GROUP BY status`);
	const filled = plus(carried.filled, preorders("filled"));
	const cancelled = plus(carried.cancelled, preorders("cancelled"));
	const owed = preorders("owed");
	const moved = sql.exec<{ received: number; adjusted: number }>(`${UNITS} AND ${which}`).one();
	const paying = live("paying").quantity;
	return {
		received: carried.received + moved.received,
		adjusted: carried.adjusted + moved.adjusted,
		held: live("held").quantity + paying,
		paying,
		sold: sold.quantity - sold.returned + filled.quantity - filled.returned,
		waiting: live("waiting").quantity,
		pending: preorders("pending").quantity,
		owed: owed.quantity - owed.returned,
		filledOrCancelled: filled.quantity + owed.returned + cancelled.returned,
		returnedOrCancelled: sold.returned + filled.returned + owed.returned + cancelled.returned,
	};
}

const plus = (a: Units, b: Units): Units => ({ quantity: a.quantity + b.quantity, returned: a.returned + b.returned });

function byStatus(sql: SqlStorage, query: string): (status: string) => Units {
	const rows = sql.exec<{ status: string; quantity: number; returned: number }>(query).toArray();
	return (status) => rows.find((row) => row.status === status) ?? { quantity: 0, returned: 0 };
}

/** Whether the rows add up to the counters, and satisfy the equation. */
export function isBalanced(stock: Stock, rows: Audit): boolean {
	return (
		rows.received === stock.received &&
		rows.adjusted === stock.adjusted &&
		rows.held === stock.held &&
		rows.sold === stock.sold &&
		rows.waiting === stock.waiting &&
		rows.pending === stock.pending &&
		rows.owed === stock.owed &&
		rows.filledOrCancelled === stock.filled + stock.cancelled &&
		rows.returnedOrCancelled === stock.returned + stock.cancelled &&
		rows.received + rows.adjusted === stock.available + rows.held + rows.sold
	);
}
