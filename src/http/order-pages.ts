/** Pages of orders, newest first: the cursor of a place among them, and the page after it. */
import { ORDER_ID_PATTERN } from "../ids.ts";
import type { Order } from "../orders/order.ts";
import { listOrders, type OrderFilter } from "../orders/order-store.ts";
import { pageOf } from "../platform/page.ts";
import { invalidRequest } from "./route.ts";

const cursorOf = (o: Order): string => `${o.completedAtMs}.${o.id}`;

/** @throws Problem `invalid-request` when the cursor is not one of ours */
function parseCursor(cursor: string): OrderFilter["after"] {
	if (cursor === "") return null;
	const [completedAtMs, id] = cursor.split(".");
	if (id === undefined || !/^\d{1,15}$/.test(completedAtMs ?? "") || !ORDER_ID_PATTERN.test(id)) {
		throw invalidRequest([{ path: ["cursor"], message: "not a cursor of this list" }]);
	}
	return { completedAtMs: Number(completedAtMs), id };
}

/**
 * The page of orders after this cursor, as D1 has them.
 * @throws Problem `invalid-request` when the cursor is not one of ours
 */
export async function orderPage(
	db: D1Database,
	filter: Partial<Omit<OrderFilter, "after" | "limit">>,
	{ cursor, limit }: { readonly cursor: string; readonly limit: number },
) {
	return pageOf(await listOrders(db, { ...filter, after: parseCursor(cursor), limit: limit + 1 }), limit, cursorOf);
}
