/** An order, and a refund of it. */
import { z } from "@hono/zod-openapi";
import { SHOPPER_ID_PATTERN } from "../../ids.ts";
import { DEFAULT_PAGE, MAX_ADJUSTMENTS, MAX_EMAIL, MAX_LINES, MAX_NOTE, MAX_PAGE } from "../../limits.ts";
import {
	ORDER_STATUSES,
	type Order,
	type OrderLine,
	PREORDER_STATUSES,
	UNSETTLED_REASONS,
} from "../../orders/order.ts";
import { time } from "../../platform/rfc3339.ts";
import { AdjustmentRefundBody, AdjustmentResponse, adjustmentView, Metadata, ShipTo } from "./amounts.ts";
import { ERASED_DESCRIPTION, UNSETTLED_DESCRIPTION } from "./checkout.ts";
import {
	Cursor,
	DateTime,
	EXAMPLE,
	Instant,
	LineBody,
	MoneyResponse,
	money,
	NextCursor,
	pageLimit,
	SkuFilter,
	statusFilter,
} from "./common.ts";

const line = {
	sku: z.string(),
	title: z.string().openapi({ description: "The product's title when the checkout was opened." }),
	quantity: z.int(),
	unitPrice: MoneyResponse,
	refunded: z.int().openapi({
		description: "Units whose price was given back, or is on its way: `refundPending` of the order says how much is.",
	}),
	returned: z.int().openapi({ description: "Units that went back to the stock." }),
};

const OrderLineResponse = z.discriminatedUnion("fulfilment", [
	z.object({ ...line, fulfilment: z.literal("in_stock") }).openapi("InStockOrderLine"),
	z
		.object({
			...line,
			fulfilment: z.literal("preorder"),
			preorder: z.enum(PREORDER_STATUSES),
			expectedAt: Instant.nullable().openapi({ description: "When the units are expected; null when unknown." }),
			termsVersion: z.string().openapi({ description: "Version of the terms that the shopper accepted." }),
			acceptedAt: Instant.nullable().openapi({
				description: "When the shopper accepted them; null for an order of an earlier version.",
			}),
		})
		.openapi("PreorderOrderLine"),
]);

const EXAMPLE_ORDER = {
	id: EXAMPLE.orderId,
	checkoutId: EXAMPLE.checkoutId,
	status: "paid",
	email: "ada@example.com",
	lines: [
		{
			sku: EXAMPLE.sku,
			title: "Night market, A2 print",
			quantity: 2,
			unitPrice: money(1999, "USD"),
			fulfilment: "in_stock",
			refunded: 0,
			returned: 0,
		},
	],
	adjustments: [],
	total: money(3998, "USD"),
	shipTo: null,
	refunded: money(0, "USD"),
	refundPending: money(0, "USD"),
	unsettled: null,
	payment: { provider: "stripe", id: EXAMPLE.paymentId },
	refundedBy: "provider",
	createdAt: EXAMPLE.openedAt,
	completedAt: EXAMPLE.paidAt,
} as const;

export const OrderResponse = z
	.object({
		id: z.string(),
		checkoutId: z.string(),
		status: z.enum(ORDER_STATUSES),
		email: z.string().nullable().openapi({ description: ERASED_DESCRIPTION }),
		lines: z.array(OrderLineResponse),
		adjustments: z.array(AdjustmentResponse).openapi({ description: "Amounts of the total that are not lines'." }),
		total: MoneyResponse,
		shipTo: z.union([ShipTo, z.null()]),
		refunded: MoneyResponse,
		refundPending: MoneyResponse.openapi({
			description: "Owed to the shopper, and not yet given back by the provider.",
		}),
		unsettled: z.enum(UNSETTLED_REASONS).nullable().openapi({ description: UNSETTLED_DESCRIPTION }),
		payment: z
			.object({ provider: z.string(), id: z.string().openapi({ description: "The provider's id of the payment." }) })
			.nullable()
			.openapi({ description: "Null when the order cost nothing." }),
		refundedBy: z
			.enum(["provider", "shop"])
			.nullable()
			.openapi({
				description:
					"Who moves the money of refunds; null when the order cost nothing. `shop`: the payment was the shop's own, so " +
					"the shop has to have given back what `refunded` says.",
			}),
		createdAt: Instant.openapi({ description: "When the checkout was opened." }),
		completedAt: Instant.openapi({ description: "When it was paid and its units were sold." }),
	})
	.openapi("Order", { example: EXAMPLE_ORDER });

function lineView({ preorder, ...line }: OrderLine, currency: string) {
	return {
		sku: line.sku,
		title: line.title,
		quantity: line.quantity,
		unitPrice: money(line.unitPriceMinor, currency),
		...(preorder === null
			? { fulfilment: "in_stock" as const }
			: {
					fulfilment: "preorder" as const,
					preorder: preorder.status,
					expectedAt: time(preorder.expectedAtMs),
					termsVersion: preorder.termsVersion,
					acceptedAt: time(preorder.acceptedAtMs ?? null),
				}),
		refunded: line.refunded,
		returned: line.returned,
	};
}

export function orderView(o: Order) {
	return {
		id: o.id,
		checkoutId: o.checkoutId,
		status: o.status,
		email: o.email || null,
		lines: o.lines.map((line) => lineView(line, o.currency)),
		adjustments: (o.adjustments ?? []).map((adjustment) => adjustmentView(adjustment, o.currency)),
		total: money(o.totalMinor, o.currency),
		shipTo: o.shipTo ?? null,
		refunded: money(o.refundedMinor, o.currency),
		refundPending: money(o.refundPendingMinor, o.currency),
		unsettled: o.unsettled ?? null,
		payment: o.payment,
		refundedBy: o.payment && (o.payment.provider === "external" ? ("shop" as const) : ("provider" as const)),
		createdAt: time(o.createdAtMs),
		completedAt: time(o.completedAtMs),
	};
}

const page = { cursor: Cursor, limit: pageLimit(DEFAULT_PAGE, MAX_PAGE) };

export const OrderPageQuery = z.object(page);

export const OrdersResponse = z
	.object({ orders: z.array(OrderResponse), nextCursor: NextCursor })
	.openapi("OrderPage", { example: { orders: [EXAMPLE_ORDER], nextCursor: null } });

// ---- For the merchant

export const OrdersQuery = z.object({
	status: statusFilter(ORDER_STATUSES),
	sku: SkuFilter,
	email: z
		.string()
		.max(MAX_EMAIL)
		.optional()
		.openapi({ param: { description: "Only orders with this e-mail address, letter by letter." } }),
	shopperId: z
		.string()
		.regex(SHOPPER_ID_PATTERN)
		.optional()
		.openapi({ param: { description: "Only orders of this shopper." } }),
	from: DateTime.optional().openapi({ param: { description: "Only orders that were paid then or later." } }),
	to: DateTime.optional().openapi({ param: { description: "Only orders that were paid before then." } }),
	...page,
});

export const EXAMPLE_ADMIN_ORDER = { ...EXAMPLE_ORDER, shopperId: EXAMPLE.shopperId, metadata: { parcel: "JD0002" } };

export const AdminOrderResponse = OrderResponse.extend({ shopperId: z.string(), metadata: Metadata }).openapi(
	"AdminOrder",
	{
		example: EXAMPLE_ADMIN_ORDER,
	},
);

export const AdminOrdersResponse = z
	.object({ orders: z.array(AdminOrderResponse), nextCursor: NextCursor })
	.openapi("AdminOrderPage", { example: { orders: [EXAMPLE_ADMIN_ORDER], nextCursor: null } });

export const adminOrderView = (o: Order) => ({
	...{ ...orderView(o), shopperId: o.shopperId, metadata: o.metadata ?? {} },
});

export const RefundBody = z
	.strictObject({
		lines: z
			.array(LineBody)
			.min(1)
			.max(MAX_LINES)
			.refine((lines) => new Set(lines.map((line) => line.sku)).size === lines.length, "a SKU stands here once")
			.nullable()
			.default(null)
			.openapi({
				description:
					"Units whose price to refund. Null or absent for everything that is left of the order, or for no line when " +
					"`adjustments` are named.",
			}),
		adjustments: z
			.array(AdjustmentRefundBody)
			.min(1)
			.max(MAX_ADJUSTMENTS)
			.refine((all) => new Set(all.map(({ index }) => index)).size === all.length, "an adjustment stands here once")
			.optional()
			.openapi({ description: "Amounts to refund that are not lines': shipping, tax, fees." }),
		restock: z.boolean().openapi({ description: "Whether the units go back to the stock." }),
		reason: z.string().trim().min(1).max(MAX_NOTE),
	})
	.openapi("RefundRequest", {
		example: { lines: [{ sku: EXAMPLE.sku, quantity: 1 }], restock: true, reason: "Arrived damaged" },
	});
