/** A product and its policy: as a merchant defines it, as a merchant sees it, and as a shopper sees it. */
import { z } from "@hono/zod-openapi";
import type { Policy } from "../../catalog/policy.ts";
import type { Product, ProductDraft } from "../../catalog/product.ts";
import * as limits from "../../limits.ts";
import { time } from "../../platform/rfc3339.ts";
import { availabilityView } from "../../stock/api-views.ts";
import type { Availability } from "../../stock/rpc.ts";
import { Cursor, DateTime, Instant, Money, MoneyResponse, money, NextCursor, pageLimit } from "./common.ts";

// ---- The policy

const seconds = z.int().min(1).max(limits.MAX_SECONDS);

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
				expectedAt: DateTime.nullable().default(null),
				termsVersion: z.string().min(1).max(limits.MAX_NOTE),
			})
			.nullable()
			.default(null),
		saleStartsAt: DateTime.nullable().default(null),
		saleEndsAt: DateTime.nullable().default(null),
	})
	.refine(
		({ saleStartsAt, saleEndsAt }) =>
			saleStartsAt === null || saleEndsAt === null || Date.parse(saleStartsAt) < Date.parse(saleEndsAt),
		{ message: "the sale must end after it starts", path: ["saleEndsAt"] },
	);

const toMs = (seconds: number): number => seconds * 1000;
const parseInstant = (text: string | null): number | null => (text === null ? null : Date.parse(text));

function toPolicy(body: z.output<typeof PolicyBody>): Policy {
	return {
		holdMs: toMs(body.holdSeconds),
		offerMs: toMs(body.offerSeconds),
		paymentWindowMs: toMs(body.paymentWindowSeconds),
		paymentGraceMs: toMs(body.paymentGraceSeconds),
		maxExtensions: body.maxExtensions,
		limitPerShopper: body.limitPerShopper,
		waitlistLimit: body.waitlistLimit,
		preorder: body.preorder && { ...body.preorder, expectedAtMs: parseInstant(body.preorder.expectedAt) },
		saleStartsAtMs: parseInstant(body.saleStartsAt),
		saleEndsAtMs: parseInstant(body.saleEndsAt),
	};
}

export const PolicyResponse = z.object({
	holdSeconds: z.number(),
	offerSeconds: z.number(),
	paymentWindowSeconds: z.number(),
	paymentGraceSeconds: z.number(),
	maxExtensions: z.int(),
	limitPerShopper: z.int().nullable(),
	waitlistLimit: z.int().nullable(),
	preorder: z.object({ capacity: z.int(), expectedAt: Instant.nullable(), termsVersion: z.string() }).nullable(),
	saleStartsAt: Instant.nullable(),
	saleEndsAt: Instant.nullable(),
});

export function policyView(p: Policy) {
	return {
		holdSeconds: p.holdMs / 1000,
		offerSeconds: p.offerMs / 1000,
		paymentWindowSeconds: p.paymentWindowMs / 1000,
		paymentGraceSeconds: p.paymentGraceMs / 1000,
		maxExtensions: p.maxExtensions,
		limitPerShopper: p.limitPerShopper,
		waitlistLimit: p.waitlistLimit,
		preorder: p.preorder && {
			capacity: p.preorder.capacity,
			expectedAt: time(p.preorder.expectedAtMs),
			termsVersion: p.preorder.termsVersion,
		},
		saleStartsAt: time(p.saleStartsAtMs),
		saleEndsAt: time(p.saleEndsAtMs),
	};
}

// ---- For the merchant

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

export function toDraft(sku: string, body: z.output<typeof ProductBody>): ProductDraft {
	const { title, description, imageUrl, price } = body;
	const policy = toPolicy(body.policy);
	return { sku, title, description, imageUrl, priceMinor: price.amount, currency: price.currency, policy };
}

export const AdminProductResponse = z
	.object({
		sku: z.string(),
		title: z.string(),
		description: z.string().nullable(),
		imageUrl: z.string().nullable(),
		price: MoneyResponse,
		policy: PolicyResponse,
		revision: z.int(),
		updatedAt: Instant,
	})
	.openapi("AdminProduct");

export function adminProductView(p: Product) {
	return {
		sku: p.sku,
		title: p.title,
		description: p.description,
		imageUrl: p.imageUrl,
		price: money(p.priceMinor, p.currency),
		policy: policyView(p.policy),
		revision: p.revision,
		updatedAt: time(p.updatedAtMs),
	};
}

// ---- For shoppers

export const ProductsQuery = z.object({
	cursor: Cursor.default(""),
	limit: pageLimit(limits.DEFAULT_PRODUCT_PAGE, limits.MAX_PRODUCT_PAGE),
});

export const ProductResponse = z
	.object({
		sku: z.string(),
		title: z.string(),
		description: z.string().nullable(),
		imageUrl: z.string().nullable(),
		price: MoneyResponse,
		saleStartsAt: Instant.nullable(),
		saleEndsAt: Instant.nullable(),
		limitPerShopper: z.int().nullable(),
		availability: z.object({
			status: z.enum(["in_stock", "all_held", "preorder", "sold_out", "not_started", "ended"]),
			available: z.int(),
			held: z.int(),
			waiting: z.int(),
			preorderRemaining: z.int(),
			version: z.int(),
			asOf: Instant.openapi({ description: "of when this is: at most a second ago" }),
		}),
	})
	.openapi("Product");
export const ProductsResponse = z.object({ products: z.array(ProductResponse), nextCursor: NextCursor });

export function productView(p: Product, availability: Availability) {
	return {
		sku: p.sku,
		title: p.title,
		description: p.description,
		imageUrl: p.imageUrl,
		price: money(p.priceMinor, p.currency),
		saleStartsAt: time(p.policy.saleStartsAtMs),
		saleEndsAt: time(p.policy.saleEndsAtMs),
		limitPerShopper: p.policy.limitPerShopper,
		availability: availabilityView(availability),
	};
}
