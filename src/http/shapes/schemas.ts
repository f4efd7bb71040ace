/**
 * The shapes of requests and answers, as zod schemas: what is checked is what the OpenAPI document says.
 *
 * What it keeps true: a request is bounded in every direction before anything is asked of it, and a member we do not know
 * is refused rather than ignored, since a misspelt `limitPerShoper` would sell without a limit.
 */
import { z } from "@hono/zod-openapi";
import { SHOPPER_ID_PATTERN, SKU_PATTERN } from "../../ids.ts";
import * as limits from "../../limits.ts";

const seconds = z.int().min(1).max(limits.MAX_SECONDS);
/** RFC 3339; an offset other than Z is taken and answered back in UTC. */
const dateTime = z.iso.datetime({ offset: true });
const cursor = z.string().max(200);
const page = (fallback: number, most: number) => z.coerce.number().int().min(1).max(most).default(fallback);

export const Sku = z
	.string()
	.regex(
		SKU_PATTERN,
		"a SKU is 1 to 64 letters, digits, dots, underscores or hyphens, beginning with a letter or digit",
	)
	.openapi({ param: { name: "sku", in: "path" }, example: "drop-12-12" });

export const SkuPath = z.object({ sku: Sku });
/** Ids are ours, so one that is not of our making is simply not found. */
export const IdPath = z.object({ id: z.string().max(limits.MAX_ID) });

export const Money = z.strictObject({
	amount: z.int().min(0).max(limits.MAX_PRICE_MINOR).openapi({ description: "minor units" }),
	currency: z.string().regex(/^[A-Z]{3}$/, "an ISO 4217 code in capitals"),
});

const quantity = z.int().min(1).max(limits.MAX_QUANTITY);

export const ReserveBody = z.strictObject({
	quantity,
	wait: z.boolean().default(false).openapi({ description: "stand in line when the units cannot be had now" }),
});

export const CheckoutBody = z.strictObject({
	lines: z
		.array(z.strictObject({ sku: Sku, quantity }))
		.min(1)
		.max(limits.MAX_LINES),
	email: z.email().max(limits.MAX_EMAIL),
	acceptPreorder: z.boolean().default(false),
	partial: z.boolean().default(false),
});

export const ShopperBody = z.strictObject({
	shopperId: z.string().regex(SHOPPER_ID_PATTERN),
	expiresInSeconds: z.int().min(1).max(limits.MAX_SHOPPER_TOKEN_SECONDS).default(limits.SHOPPER_TOKEN_SECONDS),
});

export const PolicyBody = z
	.strictObject({
		holdSeconds: seconds.default(limits.DEFAULT_HOLD_SECONDS),
		offerSeconds: seconds.default(limits.DEFAULT_OFFER_SECONDS),
		paymentWindowSeconds: seconds.default(limits.DEFAULT_PAYMENT_WINDOW_SECONDS),
		paymentGraceSeconds: seconds.default(limits.DEFAULT_PAYMENT_GRACE_SECONDS),
		maxExtensions: z.int().min(0).max(limits.MAX_EXTENSIONS).default(limits.DEFAULT_MAX_EXTENSIONS),
		limitPerShopper: z.int().min(1).max(limits.MAX_RESTOCK).nullable().default(null),
		waitlistLimit: z.int().min(0).max(limits.MAX_RESTOCK).nullable().default(null),
		preorder: z
			.strictObject({
				capacity: z.int().min(0).max(limits.MAX_RESTOCK),
				expectedAt: dateTime.nullable().default(null),
				termsVersion: z.string().min(1).max(limits.MAX_NOTE),
			})
			.nullable()
			.default(null),
		saleStartsAt: dateTime.nullable().default(null),
		saleEndsAt: dateTime.nullable().default(null),
	})
	.refine(
		({ saleStartsAt, saleEndsAt }) =>
			saleStartsAt === null || saleEndsAt === null || Date.parse(saleStartsAt) < Date.parse(saleEndsAt),
		{ message: "the sale must end after it starts", path: ["saleEndsAt"] },
	);

export const ProductBody = z.strictObject({
	title: z.string().trim().min(1).max(limits.MAX_TITLE),
	description: z.string().max(limits.MAX_DESCRIPTION).nullable().default(null),
	imageUrl: z
		.url({ protocol: /^https?$/ })
		.max(limits.MAX_URL)
		.nullable()
		.default(null),
	price: Money,
	policy: PolicyBody.prefault({}),
});

export const RestockBody = z.strictObject({
	quantity: z.int().min(1).max(limits.MAX_RESTOCK),
	reference: z.string().min(1).max(limits.MAX_NOTE).nullable().default(null),
	ifOnHand: z.int().min(0).nullable().default(null),
});

export const AdjustBody = z.strictObject({
	delta: z
		.int()
		.min(-limits.MAX_RESTOCK)
		.max(limits.MAX_RESTOCK)
		.refine((delta) => delta !== 0, "nothing to adjust"),
	reason: z.string().trim().min(1).max(limits.MAX_NOTE),
	force: z.boolean().default(false),
});

export const ProductsQuery = z.object({
	cursor: cursor.default(""),
	limit: page(limits.DEFAULT_PRODUCT_PAGE, limits.MAX_PRODUCT_PAGE),
});

export const ReservationsQuery = z.object({
	status: z.enum(["waiting", "held", "paying", "sold", "released", "expired", "converted"]).optional(),
	cursor: cursor.default(""),
	limit: page(limits.DEFAULT_PAGE, limits.MAX_PAGE),
});

export const JournalQuery = z.object({
	after: z.coerce.number().int().min(0).default(0),
	limit: page(limits.DEFAULT_PAGE, limits.MAX_PAGE),
});

export const OrdersQuery = z.object({
	status: z.enum(["paid", "partially_refunded", "refunded"]).optional(),
	sku: z.string().regex(SKU_PATTERN).optional(),
	cursor: cursor.default(""),
	limit: page(limits.DEFAULT_PAGE, limits.MAX_PAGE),
});

export const PreordersQuery = z.object({
	sku: z.string().regex(SKU_PATTERN).optional(),
	status: z.enum(["owed", "filled", "cancelled"]).optional(),
	cursor: cursor.default(""),
	limit: page(limits.DEFAULT_PAGE, limits.MAX_PAGE),
});

export const RefundBody = z.strictObject({
	lines: z
		.array(z.strictObject({ sku: Sku, quantity }))
		.min(1)
		.max(limits.MAX_LINES)
		.refine((lines) => new Set(lines.map((line) => line.sku)).size === lines.length, "a SKU stands here once")
		.nullable()
		.default(null)
		.openapi({ description: "what to refund; everything that is left when absent" }),
	restock: z.boolean().openapi({ description: "whether the units go back to the stock" }),
	reason: z.string().trim().min(1).max(limits.MAX_NOTE),
});

export const RebuildQuery = z.object({ cursor: cursor.default("") });

export const ReconciliationQuery = z.object({
	cursor: cursor.default(""),
	limit: page(limits.MAX_PRODUCT_PAGE, limits.MAX_PRODUCT_PAGE),
});

// ---- Answers -------------------------------------------------------------------------------------------------------

const instant = z.iso.datetime();
const amount = z.object({ amount: z.int(), currency: z.string() });
const nextCursor = z.string().nullable();

export const ProblemBody = z
	.object({
		type: z.string().openapi({ example: "/problems/sold-out" }),
		title: z.string(),
		status: z.int(),
		detail: z.string(),
		requestId: z.string(),
	})
	.catchall(z.any())
	.openapi("Problem");

export const ShopperResponse = z
	.object({ shopperId: z.string(), token: z.string(), expiresAt: instant })
	.openapi("Shopper");

export const ProductResponse = z
	.object({
		sku: z.string(),
		title: z.string(),
		description: z.string().nullable(),
		imageUrl: z.string().nullable(),
		price: amount,
		saleStartsAt: instant.nullable(),
		saleEndsAt: instant.nullable(),
		limitPerShopper: z.int().nullable(),
		availability: z.object({
			status: z.enum(["in_stock", "all_held", "preorder", "sold_out", "not_started", "ended"]),
			available: z.int(),
			held: z.int(),
			waiting: z.int(),
			preorderRemaining: z.int(),
			version: z.int(),
			asOf: instant.openapi({ description: "of when this is: at most a second ago" }),
		}),
	})
	.openapi("Product");
export const ProductsResponse = z.object({ products: z.array(ProductResponse), nextCursor });

export const ReservationResponse = z
	.object({
		sku: z.string(),
		id: z.string(),
		quantity: z.int(),
		status: z.enum(["waiting", "held", "paying", "sold", "released", "expired", "converted"]),
		expiresAt: instant.nullable(),
		position: z.int().nullable(),
		extensionsLeft: z.int(),
		version: z.int(),
	})
	.openapi("Reservation");

export const CheckoutResponse = z
	.object({
		id: z.string(),
		status: z.enum([
			"awaiting_payment",
			"committing",
			"completed",
			"payment_failed",
			"cancelled",
			"expired",
			"refunded",
		]),
		email: z.string(),
		lines: z.array(
			z
				.object({
					sku: z.string(),
					quantity: z.int(),
					fulfilment: z.enum(["in_stock", "preorder", "refused"]).nullable(),
				})
				.catchall(z.any()),
		),
		total: amount.nullable(),
		payment: z.object({ provider: z.string(), id: z.string(), status: z.string() }).catchall(z.any()).nullable(),
		orderId: z.string().nullable(),
		createdAt: instant,
		expiresAt: instant.nullable(),
	})
	.openapi("Checkout");

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
					unitPrice: amount,
					fulfilment: z.enum(["in_stock", "preorder"]),
					refunded: z.int(),
					returned: z.int(),
				})
				.catchall(z.any()),
		),
		total: amount,
		refunded: amount,
		refundPending: amount,
		payment: z.object({ provider: z.string(), id: z.string() }).nullable(),
		createdAt: instant,
		completedAt: instant,
	})
	.openapi("Order");
export const AdminOrderResponse = OrderResponse.extend({ shopperId: z.string() }).openapi("AdminOrder");
export const AdminOrdersResponse = z.object({ orders: z.array(AdminOrderResponse), nextCursor });

const policyResponse = z.object({
	holdSeconds: z.number(),
	offerSeconds: z.number(),
	paymentWindowSeconds: z.number(),
	paymentGraceSeconds: z.number(),
	maxExtensions: z.int(),
	limitPerShopper: z.int().nullable(),
	waitlistLimit: z.int().nullable(),
	preorder: z.object({ capacity: z.int(), expectedAt: instant.nullable(), termsVersion: z.string() }).nullable(),
	saleStartsAt: instant.nullable(),
	saleEndsAt: instant.nullable(),
});

export const AdminProductResponse = z
	.object({
		sku: z.string(),
		title: z.string(),
		description: z.string().nullable(),
		imageUrl: z.string().nullable(),
		price: amount,
		policy: policyResponse,
		revision: z.int(),
		updatedAt: instant,
	})
	.openapi("AdminProduct");

const counters = z.object({
	available: z.int(),
	onHand: z.int(),
	held: z.int(),
	sold: z.int(),
	waiting: z.int(),
	version: z.int(),
});

export const RestockResponse = counters
	.extend({
		received: z.int(),
		filledPreorders: z.int(),
		promoted: z.int(),
		handingOut: z.int().openapi({ description: "units of these still being handed out: a long line takes a moment" }),
	})
	.openapi("Restock");
export const AdjustResponse = counters.extend({ adjusted: z.int(), bumped: z.int() }).openapi("Adjustment");

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
		policy: policyResponse,
		version: z.int(),
	})
	.openapi("Stock");

export const AdminReservationResponse = ReservationResponse.extend({
	shopperId: z.string(),
	checkoutId: z.string().nullable(),
	createdAt: instant,
	endedAt: instant.nullable(),
}).openapi("AdminReservation");
export const AdminReservationsResponse = z.object({ reservations: z.array(AdminReservationResponse), nextCursor });

export const JournalResponse = z.object({
	entries: z.array(
		z
			.object({
				seq: z.int(),
				at: instant,
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
	nextCursor,
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
		expectedAt: instant.nullable(),
		termsVersion: z.string(),
		acceptedAt: instant,
		endedAt: instant.nullable(),
	})
	.openapi("Preorder");
export const PreordersResponse = z.object({ preorders: z.array(PreorderResponse), nextCursor });
export const RebuildResponse = z.object({ sku: z.string(), orders: z.int(), nextCursor });

const overdue = z.array(
	z.object({ checkoutId: z.string(), phase: z.string(), since: instant, unsettled: z.boolean() }),
);

const unreachable = z
	.array(z.string())
	.openapi({ description: "SKUs and checkouts whose objects did not answer: of them nothing is known" });

export const SweepResponse = z
	.object({
		skus: z.int(),
		overdue,
		payments: z
			.object({
				compared: z.int(),
				unread: z.int(),
				differing: z.array(z.object({ checkoutId: z.string(), isNews: z.boolean(), kept: Money, due: Money })),
			})
			.openapi({ description: "payments of the last day, held against the provider's word" }),
		resent: z.int(),
		unbalanced: z.array(z.string()),
		unreachable,
		nextCursor,
	})
	.openapi("Sweep");

export const AdminCheckoutResponse = CheckoutResponse.extend({
	shopperId: z.string(),
	phase: z.string(),
	events: z.array(z.object({ at: instant, kind: z.string(), eventId: z.string().nullable(), detail: z.any() })),
}).openapi("AdminCheckout");

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
		nextCursor,
	})
	.openapi("Reconciliation");
