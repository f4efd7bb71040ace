/** Reconciliation, sweep and rebuild: what a merchant's operator asks and is shown. */
import { z } from "@hono/zod-openapi";
import type { Overdue } from "../../checkout/status.ts";
import { MAX_PRODUCT_PAGE } from "../../limits.ts";
import type { Difference } from "../../operations/sweep.ts";
import { time } from "../../platform/rfc3339.ts";
import { Cursor, Instant, MoneyResponse, money, NextCursor, pageLimit } from "./common.ts";

/** A page of SKUs. */
export const SkuPageQuery = z.object({
	cursor: Cursor.default(""),
	limit: pageLimit(MAX_PRODUCT_PAGE, MAX_PRODUCT_PAGE),
});

const overdue = z.array(
	z.object({ checkoutId: z.string(), phase: z.string(), since: Instant, unsettled: z.boolean() }),
);

export function overdueView({ sinceMs, ...overdue }: Overdue) {
	return { ...overdue, since: time(sinceMs) };
}

const unreachable = z
	.array(z.string())
	.openapi({ description: "SKUs and checkouts whose objects did not answer: of them nothing is known" });

export const ReconciliationResponse = z
	.object({
		balanced: z.boolean(),
		difference: z
			.int()
			.openapi({ description: "units, sold and owed, by which the objects and D1 differ over these SKUs" }),
		overdue: overdue.openapi({ description: "checkouts that should have ended by now; none when all is well" }),
		skus: z.array(
			z.object({
				sku: z.string(),
				received: z.int(),
				adjusted: z.int(),
				available: z.int(),
				held: z.int(),
				sold: z.int(),
				soldInD1: z.int(),
				owed: z.int(),
				owedInD1: z.int(),
				difference: z.int(),
				balanced: z.boolean(),
			}),
		),
		unreachable,
		nextCursor: NextCursor,
	})
	.openapi("Reconciliation");

export const SweepResponse = z
	.object({
		skus: z.int(),
		overdue,
		payments: z
			.object({
				compared: z.int(),
				unread: z.int(),
				differing: z.array(
					z.object({ checkoutId: z.string(), isNews: z.boolean(), kept: MoneyResponse, due: MoneyResponse }),
				),
			})
			.openapi({ description: "payments of the last day, held against the provider's word" }),
		resent: z.int(),
		unbalanced: z.array(z.string()),
		unreachable,
		nextCursor: NextCursor,
	})
	.openapi("Sweep");

export function differenceView({ checkoutId, isNews, currency, keptMinor, dueMinor }: Difference) {
	return { checkoutId, isNews, kept: money(keptMinor, currency), due: money(dueMinor, currency) };
}

export const RebuildQuery = z.object({ cursor: Cursor.default("") });
export const RebuildResponse = z.object({ sku: z.string(), orders: z.int(), nextCursor: NextCursor });
