/** An order, and a refund of it. */
import { z } from "@hono/zod-openapi";
import { SKU_PATTERN } from "../../ids.ts";
import { DEFAULT_PAGE, MAX_LINES, MAX_NOTE, MAX_PAGE } from "../../limits.ts";
import type { Order } from "../../orders/order.ts";
import { time } from "../../platform/rfc3339.ts";
import { Cursor, Instant, LineBody, MoneyResponse, money, NextCursor, pageLimit } from "./common.ts";

export const OrderResponse = z
	.object({
		id: z.string(),
		checkoutId: z.string(),
		status: z.enum(["paid", "partially_refunded", "refunded"]),
		email: z.string(),
		lines: z.array(
			z
				.object({
					sku: z.string(),
					title: z.string(),
					quantity: z.int(),
					unitPrice: MoneyResponse,
					fulfilment: z.enum(["in_stock", "preorder"]),
					refunded: z.int(),
					returned: z.int(),
				})
				.catchall(z.any()),
		),
		total: MoneyResponse,
		refunded: MoneyResponse,
		refundPending: MoneyResponse,
		payment: z.object({ provider: z.string(), id: z.string() }).nullable(),
		createdAt: Instant,
		completedAt: Instant,
	})
	.openapi("Order");

export function orderView(o: Order) {
	return {
		id: o.id,
		checkoutId: o.checkoutId,
		status: o.status,
		email: o.email,
		lines: o.lines.map((line) => ({
			sku: line.sku,
			title: line.title,
			quantity: line.quantity,
			unitPrice: money(line.unitPriceMinor, o.currency),
			fulfilment: line.fulfilment,
			...(line.preorder
				? {
						preorder: line.preorder.status,
						expectedAt: time(line.preorder.expectedAtMs),
						termsVersion: line.preorder.termsVersion,
					}
				: {}),
			refunded: line.refunded,
			returned: line.returned,
		})),
		total: money(o.totalMinor, o.currency),
		refunded: money(o.refundedMinor, o.currency),
		refundPending: money(o.refundPendingMinor, o.currency),
		payment: o.payment,
		createdAt: time(o.createdAtMs),
		completedAt: time(o.completedAtMs),
	};
}

// ---- For the merchant

export const OrdersQuery = z.object({
	status: z.enum(["paid", "partially_refunded", "refunded"]).optional(),
	sku: z.string().regex(SKU_PATTERN).optional(),
	cursor: Cursor.default(""),
	limit: pageLimit(DEFAULT_PAGE, MAX_PAGE),
});

export const AdminOrderResponse = OrderResponse.extend({ shopperId: z.string() }).openapi("AdminOrder");
export const AdminOrdersResponse = z.object({ orders: z.array(AdminOrderResponse), nextCursor: NextCursor });

export const adminOrderView = (o: Order) => ({ ...orderView(o), shopperId: o.shopperId });

export const RefundBody = z.strictObject({
	lines: z
		.array(LineBody)
		.min(1)
		.max(MAX_LINES)
		.refine((lines) => new Set(lines.map((line) => line.sku)).size === lines.length, "a SKU stands here once")
		.nullable()
		.default(null)
		.openapi({ description: "what to refund; everything that is left when absent" }),
	restock: z.boolean().openapi({ description: "whether the units go back to the stock" }),
	reason: z.string().trim().min(1).max(MAX_NOTE),
});
