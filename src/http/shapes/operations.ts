/** Reconciliation, sweep and rebuild: what an operator asks and is shown. */
import { z } from "@hono/zod-openapi";
import type { Overdue } from "../../checkout/status.ts";
import { MAX_PRODUCT_PAGE } from "../../limits.ts";
import type { Difference } from "../../operations/payments.ts";
import type { SettlementRecord } from "../../orders/messages.ts";
import { UNSETTLED_REASONS } from "../../orders/order.ts";
import { time } from "../../platform/rfc3339.ts";
import { Cursor, EXAMPLE, Instant, MoneyResponse, money, NextCursor, pageLimit, SkuCursor } from "./common.ts";
import { WebhookResponse } from "./webhook.ts";

const limit = pageLimit(MAX_PRODUCT_PAGE, MAX_PRODUCT_PAGE);
/** A page of SKUs. */
export const SkuPageQuery = z.object({ cursor: SkuCursor, limit });
export const SweepQuery = z.object({ cursor: Cursor, limit });

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

const Unsettled = z
	.object({
		checkoutId: z.string(),
		shopperId: z.string(),
		phase: z.string().openapi({ description: "Where the checkout's state machine stands." }),
		reason: z.enum(UNSETTLED_REASONS).openapi({
			description:
				"The provider refuses, or does not say what it did; a refund came back from the shopper's bank; the money is " +
				"disputed; a SKU does not answer; or the deadlines are over.",
		}),
		since: Instant,
	})
	.openapi("UnsettledCheckout", {
		example: {
			checkoutId: EXAMPLE.checkoutId,
			shopperId: EXAMPLE.shopperId,
			phase: "completed",
			reason: "provider-refuses",
			since: EXAMPLE.paidAt,
		},
	});

export function unsettledView({ checkoutId, shopperId, phase, reason, sinceMs }: SettlementRecord) {
	return { checkoutId, shopperId, phase, reason, since: time(sinceMs) };
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
		unsettled: z
			.object({
				total: z.int(),
				byReason: z.partialRecord(z.enum(UNSETTLED_REASONS), z.int()),
				oldest: z.array(Unsettled),
			})
			.openapi({ description: "Checkouts of the whole shop that cannot settle their money or units by themselves." }),
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
					waiting: z.int(),
					paying: z.int().openapi({ description: "Those of `held` that are in checkouts." }),
					version: z.int().openapi({ description: "Counts changes of the stock." }),
					difference: z.int(),
					balanced: z.boolean(),
				})
				.openapi("SkuReconciliation"),
		),
		disabledWebhooks: z.array(WebhookResponse).openapi({
			description: "Webhooks whose receivers are told nothing any more; none when all is well.",
		}),
		unreachable: Unreachable,
		nextCursor: NextCursor,
	})
	.openapi("Reconciliation", {
		example: {
			balanced: true,
			difference: 0,
			overdue: [],
			unsettled: { total: 0, byReason: {}, oldest: [] },
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
					waiting: 0,
					paying: 12,
					version: 412,
					difference: 0,
					balanced: true,
				},
			],
			disabledWebhooks: [],
			unreachable: [],
			nextCursor: null,
		},
	});

export const SweepResponse = z
	.object({
		skus: z.int().openapi({ description: "SKUs on this page." }),
		unsettled: z
			.object({
				found: z
					.array(Unsettled)
					.openapi({ description: "Those of this page, the oldest first. Each was tried again." }),
				left: z.int().openapi({ description: "How many come on the pages after this one." }),
			})
			.openapi({ description: "Checkouts that cannot settle their money or units by themselves, whatever their age." }),
		overdue: OverdueResponse,
		payments: z
			.object({
				compared: z.int().openapi({ description: "Payments that were read from the provider." }),
				unread: z.int().openapi({ description: "Payments that the provider did not answer for." }),
				left: z.int().openapi({ description: "Payments that the pages after this one compare." }),
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
			.openapi({ description: "Payments of orders that changed within a day, compared with the provider's state." }),
		resent: z.int().openapi({
			description: "Orders and pre-orders that D1 lacked, or had in an old version, and that were sent again.",
		}),
		stray: z
			.array(
				z
					.object({
						sku: z.string(),
						checkoutId: z.string(),
						units: z.int(),
						takenBack: z
							.boolean()
							.openapi({ description: "False when nobody knows the checkout, or its SKU did not answer." }),
					})
					.openapi("StrayUnits"),
			)
			.openapi({ description: "Units that a SKU had sold to a checkout that ended without them." }),
		walksLeft: z.int().openapi({
			description: "SKUs with more to look at than one page can. The pages after this one go on with them.",
		}),
		unbalanced: z.array(z.string()).openapi({ description: "SKUs whose counters do not balance." }),
		unreachable: Unreachable,
		nextCursor: NextCursor,
	})
	.openapi("Sweep", {
		example: {
			skus: 1,
			unsettled: { found: [], left: 0 },
			overdue: [],
			payments: { compared: 3, unread: 0, differing: [], left: 0 },
			resent: 0,
			stray: [],
			walksLeft: 0,
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
