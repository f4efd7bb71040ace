/** A paid pre-order, as a merchant sees it. */
import { z } from "@hono/zod-openapi";
import { orderIdOf, SKU_PATTERN } from "../../ids.ts";
import { DEFAULT_PAGE, MAX_PAGE } from "../../limits.ts";
import type { PreorderRecord } from "../../orders/preorder.ts";
import { time } from "../../platform/rfc3339.ts";
import { Cursor, Instant, NextCursor, pageLimit } from "./common.ts";

export const PreordersQuery = z.object({
	sku: z.string().regex(SKU_PATTERN).optional(),
	status: z.enum(["owed", "filled", "cancelled"]).optional(),
	cursor: Cursor.default(""),
	limit: pageLimit(DEFAULT_PAGE, MAX_PAGE),
});

export const PreorderResponse = z
	.object({
		id: z.string(),
		sku: z.string(),
		shopperId: z.string(),
		orderId: z.string(),
		quantity: z.int(),
		returned: z.int(),
		status: z.enum(["owed", "filled", "cancelled"]),
		expectedAt: Instant.nullable(),
		termsVersion: z.string(),
		acceptedAt: Instant,
		endedAt: Instant.nullable(),
	})
	.openapi("Preorder");
export const PreordersResponse = z.object({ preorders: z.array(PreorderResponse), nextCursor: NextCursor });

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
