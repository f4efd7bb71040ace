/** The stock of a SKU, which only merchants see: restocks, adjustments, counters and the journal. */
import { z } from "@hono/zod-openapi";
import * as limits from "../../limits.ts";
import { time } from "../../platform/rfc3339.ts";
import type { JournalRow, StockReport } from "../../stock/rpc.ts";
import type { Stock } from "../../stock/rules/model.ts";
import { Instant, NextCursor, pageLimit } from "./common.ts";
import { PolicyResponse, policyView } from "./product.ts";

const counters = z.object({
	available: z.int(),
	onHand: z.int(),
	held: z.int(),
	sold: z.int(),
	waiting: z.int(),
	version: z.int(),
});

export const countersView = (s: Stock) => ({
	available: s.available,
	onHand: s.available + s.held,
	held: s.held,
	sold: s.sold,
	waiting: s.waiting,
	version: s.version,
});

// ---- Restock and adjust

export const RestockBody = z.strictObject({
	quantity: z.int().min(1).max(limits.MAX_RESTOCK),
	reference: z.string().min(1).max(limits.MAX_NOTE).nullable().default(null),
	ifOnHand: z.int().min(0).nullable().default(null),
});

export const RestockResponse = counters
	.extend({
		received: z.int(),
		filledPreorders: z.int(),
		promoted: z.int(),
		handingOut: z.int().openapi({ description: "units of these still being handed out: a long line takes a moment" }),
	})
	.openapi("Restock");

export const AdjustBody = z.strictObject({
	delta: z
		.int()
		.min(-limits.MAX_RESTOCK)
		.max(limits.MAX_RESTOCK)
		.refine((delta) => delta !== 0, "nothing to adjust"),
	reason: z.string().trim().min(1).max(limits.MAX_NOTE),
	force: z.boolean().default(false),
});

export const AdjustResponse = counters.extend({ adjusted: z.int(), bumped: z.int() }).openapi("Adjustment");

// ---- The counters

export const StockResponse = z
	.object({
		sku: z.string(),
		received: z.int(),
		adjusted: z.int(),
		returned: z.int(),
		onHand: z.int(),
		available: z.int(),
		held: z.int(),
		paying: z.int(),
		waiting: z.int(),
		sold: z.int(),
		preorders: z.object({ owed: z.int(), filled: z.int(), cancelled: z.int() }),
		demand: z.object({
			refused: z.int().openapi({ description: "units that were asked of the object and could not be had" }),
			waiting: z.int(),
			owed: z.int(),
			wouldSellAtOnce: z.int().openapi({ description: "a restock of this many would be taken at once" }),
		}),
		balanced: z.boolean(),
		policy: PolicyResponse,
		version: z.int(),
	})
	.openapi("Stock");

export function stockView({ product, stock, paying, refused, balanced }: StockReport) {
	return {
		sku: product.sku,
		received: stock.received,
		adjusted: stock.adjusted,
		returned: stock.returned,
		onHand: stock.available + stock.held,
		available: stock.available,
		held: stock.held,
		paying,
		waiting: stock.waiting,
		sold: stock.sold,
		preorders: { owed: stock.owed, filled: stock.filled, cancelled: stock.cancelled },
		demand: {
			refused,
			waiting: stock.waiting,
			owed: stock.owed,
			wouldSellAtOnce: Math.max(0, stock.waiting + stock.owed - stock.available),
		},
		balanced,
		policy: policyView(product.policy),
		version: stock.version,
	};
}

// ---- The journal

export const JournalQuery = z.object({
	after: z.coerce.number().int().min(0).default(0),
	limit: pageLimit(limits.DEFAULT_PAGE, limits.MAX_PAGE),
});

export const JournalResponse = z.object({
	entries: z.array(
		z
			.object({
				seq: z.int(),
				at: Instant,
				kind: z.string(),
				quantity: z.int(),
				shopperId: z.string().nullable(),
				subjectId: z.string().nullable(),
				checkoutId: z.string().nullable(),
				note: z.string().nullable(),
				available: z.int(),
				held: z.int(),
				sold: z.int(),
			})
			.openapi("JournalEntry"),
	),
	nextCursor: NextCursor,
});

export function entryView(e: JournalRow) {
	const { atMs, ...entry } = e;
	return { ...entry, at: time(atMs) };
}
