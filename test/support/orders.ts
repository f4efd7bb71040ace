/** Records of orders in D1: made by hand, or awaited. */
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import type { Order } from "../../src/orders/order.ts";
import { findOrder, saveOrders } from "../../src/orders/order-store.ts";
import { eventually } from "./clock.ts";

let serial = Date.now();
const FIRST_MS = 1_700_000_000_000;

/** An order of one unit, completed this many minutes after `FIRST_MS`. */
export function storedOrder(minute: number, sku: string, changes: Partial<Order> = {}): Order {
	const id = (serial++).toString(16).padStart(32, "0");
	return {
		id: `or_${id}`,
		checkoutId: `co_${id}`,
		shopperId: "s_1",
		email: "ada@example.com",
		status: "paid",
		currency: "USD",
		totalMinor: 100,
		refundedMinor: 0,
		refundPendingMinor: 0,
		unsettled: null,
		payment: { provider: "sandbox", id: "sbx_1" },
		createdAtMs: FIRST_MS,
		completedAtMs: FIRST_MS + minute * 60_000,
		version: 1,
		adjustments: [],
		shipTo: null,
		metadata: {},
		lines: [
			{
				sku,
				title: "Mug",
				quantity: 1,
				unitPriceMinor: 100,
				fulfilment: "in_stock",
				subjectId: "r_1",
				preorder: null,
				refunded: 0,
				returned: 0,
			},
		],
		...changes,
	};
}

export async function storeOrders(...orders: readonly Order[]): Promise<void> {
	await env.DB.batch(saveOrders(env.DB, orders, Date.now()));
}

/** The order in D1, once the queue has delivered it. */
export const recordedOrder = (orderId: string): Promise<Order> =>
	eventually(async () => {
		const order = await findOrder(env.DB, orderId);
		expect(order, `order ${orderId} in D1`).not.toBeNull();
		return order as Order;
	});
