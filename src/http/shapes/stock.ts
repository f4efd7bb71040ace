/** The stock of a SKU, which only merchants see: restocks, adjustments, counters and the journal. */
import { z } from "@hono/zod-openapi";
import * as limits from "../../limits.ts";
import { time } from "../../platform/rfc3339.ts";
import type { JournalRow, StockReport } from "../../stock/rpc.ts";
import type { Stock } from "../../stock/rules/model.ts";
import { EXAMPLE, Instant, inDigits, NextCursor, pageLimit } from "./common.ts";
import { EXAMPLE_POLICY, PolicyResponse, policyView } from "./policy.ts";

/** The counters that a change of the stock is answered with. */
export const StockCounters = z.object({
	available: z.int().openapi({ description: "Units that nobody owns or holds." }),
	onHand: z.int().openapi({ description: "Units in the warehouse: available and held." }),
	held: z.int().openapi({ description: "Units that shoppers hold or are paying for." }),
	sold: z.int().openapi({ description: "Units that were paid for and have not come back." }),
	waiting: z.int().openapi({ description: "Units that shoppers on the waitlist wait for." }),
	version: z.int().openapi({ description: "Counts changes of the stock." }),
});

export const EXAMPLE_COUNTERS = { available: 117, onHand: 300, held: 183, sold: 0, waiting: 0, version: 412 };

export const countersView = (s: Stock) => ({
	available: s.available,
	onHand: s.available + s.held,
	held: s.held,
	sold: s.sold,
	waiting: s.waiting,
	version: s.version,
});

// ---- Restock and adjust

/** A condition, by which two people who count the same shelf do not both book what they found. */
const ifOnHand = (verb: string) =>
	z
		.int()
		.min(0)
		.nullable()
		.default(null)
		.openapi({ description: `${verb} only if this many units are on hand now.` });

export const RestockBody = z
	.strictObject({
		quantity: z.int().min(1).max(limits.MAX_RESTOCK).openapi({ description: "Units that arrived." }),
		reference: z
			.string()
			.min(1)
			.max(limits.MAX_NOTE)
			.nullable()
			.default(null)
			.openapi({ description: "Your own note, such as a delivery's number. The journal keeps it." }),
		ifOnHand: ifOnHand("Restock"),
	})
	.openapi("RestockRequest", { example: { quantity: 300, reference: "PO-2026-118" } });

export const RestockResponse = StockCounters.extend({
	received: z.int().openapi({ description: "Units of this restock." }),
	filledPreorders: z.int().openapi({ description: "Units that went to pre-orders." }),
	promoted: z.int().openapi({ description: "Units that went to shoppers on the waitlist." }),
	handingOut: z.int().openapi({
		description: "Units of these that are still being handed out: a long waitlist takes a moment.",
	}),
}).openapi("Restock", {
	example: { ...EXAMPLE_COUNTERS, received: 300, filledPreorders: 0, promoted: 183, handingOut: 0 },
});

export const AdjustBody = z
	.strictObject({
		delta: z
			.int()
			.min(-limits.MAX_RESTOCK)
			.max(limits.MAX_RESTOCK)
			.refine((delta) => delta !== 0, "nothing to adjust")
			.openapi({ description: "Units to add, or to take when negative. Not 0." }),
		reason: z.string().trim().min(1).max(limits.MAX_NOTE).openapi({ description: "The journal keeps it." }),
		ifOnHand: ifOnHand("Adjust"),
		force: z
			.boolean()
			.default(false)
			.openapi({
				description:
					"When the free units do not suffice, take held ones: the newest holds go back to the waitlist. Units in a " +
					"checkout are never taken.",
			}),
	})
	.openapi("AdjustRequest", { example: { delta: -2, reason: "Counted: two prints were damaged" } });

export const AdjustResponse = StockCounters.extend({
	adjusted: z.int().openapi({ description: "The units of this adjustment." }),
	bumped: z.int().openapi({ description: "Units that `force` took from holds." }),
}).openapi("Adjustment", { example: { ...EXAMPLE_COUNTERS, adjusted: -2, bumped: 0 } });

// ---- The counters

export const StockResponse = z
	.object({
		sku: z.string(),
		received: z.int(),
		adjusted: z.int(),
		returned: z.int().openapi({ description: "Sold units that came back; they are available or sold again." }),
		onHand: z.int().openapi({ description: "Units in the warehouse: available and held." }),
		available: z.int(),
		held: z.int().openapi({ description: "Units that shoppers hold, those of `paying` included." }),
		paying: z.int().openapi({ description: "Units in checkouts that are not paid yet." }),
		waiting: z.int().openapi({ description: "Units that shoppers on the waitlist wait for." }),
		sold: z.int().openapi({ description: "Units that were paid for and have not come back." }),
		preorders: z.object({ owed: z.int(), filled: z.int(), cancelled: z.int() }),
		demand: z.object({
			refused: z.int().openapi({ description: "Units that were asked for and refused as sold out." }),
			waiting: z.int(),
			owed: z.int(),
			wouldSellAtOnce: z.int().openapi({ description: "A restock of this many units would be taken at once." }),
		}),
		balanced: z.boolean().openapi({
			description:
				"Whether received + adjusted = available + held + sold, computed from the rows that are open and the sums of older " +
				"ones. The reconciliation reads every row.",
		}),
		policy: PolicyResponse,
		version: z.int().openapi({ description: "Counts changes of the stock." }),
	})
	.openapi("Stock", {
		example: {
			sku: EXAMPLE.sku,
			received: 300,
			adjusted: 0,
			returned: 0,
			onHand: 300,
			available: 117,
			held: 183,
			paying: 12,
			waiting: 0,
			sold: 0,
			preorders: { owed: 0, filled: 0, cancelled: 0 },
			demand: { refused: 0, waiting: 0, owed: 0, wouldSellAtOnce: 0 },
			balanced: true,
			policy: EXAMPLE_POLICY,
			version: 412,
		},
	});

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
	after: inDigits(
		z
			.int()
			.min(0)
			.default(0)
			.openapi({ param: { description: "`nextCursor` of the page before; 0 for the first page." } }),
	),
	limit: pageLimit(limits.DEFAULT_PAGE, limits.MAX_PAGE),
});

const EXAMPLE_ENTRY = {
	seq: 413,
	at: EXAMPLE.openedAt,
	kind: "held",
	quantity: 2,
	shopperId: EXAMPLE.shopperId,
	subjectId: EXAMPLE.reservationId,
	checkoutId: null,
	note: null,
	actor: null,
	available: 115,
	held: 185,
	sold: 0,
};

const JournalEntryResponse = z
	.object({
		seq: z.int().openapi({ description: "Place in the journal, from 1 without a gap." }),
		at: Instant,
		kind: z.string().openapi({ description: "What happened to the units." }),
		quantity: z.int(),
		shopperId: z.string().nullable(),
		subjectId: z.string().nullable().openapi({ description: "The reservation or pre-order it happened to." }),
		checkoutId: z.string().nullable(),
		note: z.string().nullable().openapi({ description: "The merchant's reference or reason." }),
		actor: z.string().nullable().openapi({
			description: "Who of the merchant's people did it: `admin` by the admin token, or whom Cloudflare Access names.",
		}),
		available: z.int().openapi({ description: "Available after it, as are `held` and `sold`." }),
		held: z.int(),
		sold: z.int(),
	})
	.openapi("JournalEntry", { example: EXAMPLE_ENTRY });

export const JournalResponse = z
	.object({ entries: z.array(JournalEntryResponse), nextCursor: NextCursor })
	.openapi("JournalPage", { example: { entries: [EXAMPLE_ENTRY], nextCursor: "413" } });

export function entryView(e: JournalRow) {
	const { atMs, ...entry } = e;
	// An object of the version before does not say who did it.
	return { ...entry, actor: entry.actor ?? null, at: time(atMs) };
}
