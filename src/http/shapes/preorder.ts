/** A paid pre-order, as a merchant sees it. */
import { z } from "@hono/zod-openapi";
import { orderIdOf } from "../../ids.ts";
import { DEFAULT_PAGE, MAX_PAGE } from "../../limits.ts";
import { PREORDER_STATUSES } from "../../orders/order.ts";
import type { PreorderRecord } from "../../orders/preorder.ts";
import { time } from "../../platform/rfc3339.ts";
import { EXAMPLE, IdCursor, Instant, NextCursor, pageLimit, SkuFilter, statusFilter } from "./common.ts";

export const PreordersQuery = z.object({
	sku: SkuFilter,
	status: statusFilter(PREORDER_STATUSES),
	cursor: IdCursor,
	limit: pageLimit(DEFAULT_PAGE, MAX_PAGE),
});

export const EXAMPLE_PREORDER = {
	id: EXAMPLE.preorderId,
	sku: EXAMPLE.sku,
	shopperId: EXAMPLE.shopperId,
	orderId: EXAMPLE.orderId,
	quantity: 1,
	returned: 0,
	status: "owed",
	expectedAt: EXAMPLE.expectedAt,
	termsVersion: "2026-12",
	acceptedAt: EXAMPLE.openedAt,
	endedAt: null,
} as const;

export const PreorderResponse = z
	.object({
		id: z.string(),
		sku: z.string(),
		shopperId: z.string(),
		orderId: z.string(),
		quantity: z.int().openapi({ description: "Units that were pre-ordered." }),
		returned: z
			.int()
			.openapi({ description: "Units that were cancelled while owed, or came back after they were filled." }),
		status: z.enum(PREORDER_STATUSES),
		expectedAt: Instant.nullable(),
		termsVersion: z.string(),
		acceptedAt: Instant.openapi({ description: "When the shopper accepted the terms." }),
		endedAt: Instant.nullable(),
	})
	.openapi("Preorder", { example: EXAMPLE_PREORDER });

export const PreordersResponse = z
	.object({ preorders: z.array(PreorderResponse), nextCursor: NextCursor })
	.openapi("PreorderPage", { example: { preorders: [EXAMPLE_PREORDER], nextCursor: null } });

export function preorderView(p: PreorderRecord) {
	return {
		id: p.id,
		sku: p.sku,
		shopperId: p.shopperId,
		orderId: orderIdOf(p.checkoutId),
		quantity: p.quantity,
		returned: p.returned,
		status: p.status,
		expectedAt: time(p.expectedAtMs),
		termsVersion: p.termsVersion,
		acceptedAt: time(p.createdAtMs),
		endedAt: time(p.endedAtMs),
	};
}
