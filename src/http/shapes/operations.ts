/** Reconciliation, sweep and rebuild: what an operator asks and is shown. */
import { z } from "@hono/zod-openapi";
import type { Overdue } from "../../checkout/status.ts";
import { MAX_PRODUCT_PAGE } from "../../limits.ts";
import type { Difference } from "../../operations/sweep.ts";
import { time } from "../../platform/rfc3339.ts";
import { Cursor, EXAMPLE, Instant, MoneyResponse, money, NextCursor, pageLimit } from "./common.ts";

/** A page of SKUs. */
export const SkuPageQuery = z.object({ cursor: Cursor, limit: pageLimit(MAX_PRODUCT_PAGE, MAX_PRODUCT_PAGE) });

const OverdueResponse = z
	.array(
		z
			.object({
				checkoutId: z.string(),
				phase: z.string().openapi({ description: "Where the checkout's state machine stands.", example: "closing" }),
				since: Instant.openapi({ description: "When it should have ended." }),
				unsettled: z.boolean().openapi({ description: "Whether the provider still owes an answer or an action." }),
			})
			.openapi("OverdueCheckout"),
	)
	.openapi({ description: "Checkouts past their deadlines; none when all is well." });

export function overdueView({ sinceMs, ...overdue }: Overdue) {
	return { ...overdue, since: time(sinceMs) };
}

const Unreachable = z
	.array(z.string())
	.openapi({ description: "SKUs and checkouts whose objects did not answer, so that their state is not known." });

export const ReconciliationResponse = z
	.object({
		balanced: z.boolean().openapi({ description: "Whether every SKU answered and balances." }),
		difference: z
			.int()
			.openapi({ description: "Units, sold and owed, by which these SKUs and D1 differ. An order on its way counts." }),
		overdue: OverdueResponse,
		skus: z.array(
			z
				.object({
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
				})
				.openapi("SkuReconciliation"),
		),
		unreachable: Unreachable,
		nextCursor: NextCursor,
	})
	.openapi("Reconciliation", {
		example: {
			balanced: true,
			difference: 0,
			overdue: [],
			skus: [
				{
					sku: EXAMPLE.sku,
					received: 300,
					adjusted: 0,
					available: 117,
					held: 180,
					sold: 3,
					soldInD1: 3,
					owed: 0,
					owedInD1: 0,
					difference: 0,
					balanced: true,
				},
			],
			unreachable: [],
			nextCursor: null,
		},
	});

export const SweepResponse = z
	.object({
		skus: z.int().openapi({ description: "SKUs on this page." }),
		overdue: OverdueResponse,
		payments: z
			.object({
				compared: z.int().openapi({ description: "Payments that were read from the provider." }),
				unread: z.int().openapi({ description: "Payments that the provider did not answer for." }),
				differing: z.array(
					z
						.object({
							checkoutId: z.string(),
							isNews: z
								.boolean()
								.openapi({ description: "Whether the provider's state was new to us. It is taken over." }),
							kept: MoneyResponse.openapi({ description: "Captured and not refunded." }),
							due: MoneyResponse.openapi({ description: "The value of what the shopper has or is owed." }),
						})
						.openapi("DifferingPayment"),
				),
			})
			.openapi({ description: "Payments of the last day, compared with the provider's state." }),
		resent: z.int().openapi({ description: "Orders that D1 lacked and were sent again." }),
		unbalanced: z.array(z.string()).openapi({ description: "SKUs whose counters do not balance." }),
		unreachable: Unreachable,
		nextCursor: NextCursor,
	})
	.openapi("Sweep", {
		example: {
			skus: 1,
			overdue: [],
			payments: { compared: 3, unread: 0, differing: [] },
			resent: 0,
			unbalanced: [],
			unreachable: [],
			nextCursor: null,
		},
	});

export function differenceView({ checkoutId, isNews, currency, keptMinor, dueMinor }: Difference) {
	return { checkoutId, isNews, kept: money(keptMinor, currency), due: money(dueMinor, currency) };
}

export const RebuildQuery = z.object({ cursor: Cursor });

export const RebuildResponse = z
	.object({
		sku: z.string(),
		orders: z.int().openapi({ description: "Orders on this page that were sent to D1 again." }),
		nextCursor: NextCursor,
	})
	.openapi("Rebuild", { example: { sku: EXAMPLE.sku, orders: 3, nextCursor: null } });
