/** A product and its policy: as a merchant defines it, as a merchant sees it, and as a shopper sees it. */
import { z } from "@hono/zod-openapi";
import type { Policy } from "../../catalog/policy.ts";
import type { Product, ProductDraft } from "../../catalog/product.ts";
import * as limits from "../../limits.ts";
import { time } from "../../platform/rfc3339.ts";
import { availabilityView } from "../../stock/api-views.ts";
import { type Availability, SALE_STATUSES } from "../../stock/rpc.ts";
import {
	Cursor,
	DateTime,
	EXAMPLE,
	Instant,
	MoneyBody,
	MoneyResponse,
	money,
	NextCursor,
	pageLimit,
} from "./common.ts";

// ---- The policy

const seconds = z.int().min(1).max(limits.MAX_SECONDS);

export const PolicyBody = z
	.strictObject({
		holdSeconds: seconds
			.default(limits.DEFAULT_HOLD_SECONDS)
			.openapi({ description: "For how long a reservation holds its units." }),
		offerSeconds: seconds
			.default(limits.DEFAULT_OFFER_SECONDS)
			.openapi({ description: "For how long a shopper who came off the waitlist holds the units." }),
		paymentWindowSeconds: seconds
			.default(limits.DEFAULT_PAYMENT_WINDOW_SECONDS)
			.openapi({ description: "For how long an opened checkout can be paid." }),
		paymentGraceSeconds: seconds
			.default(limits.DEFAULT_PAYMENT_GRACE_SECONDS)
			.openapi({ description: "For how long after the window a payment still counts as in time." }),
		maxExtensions: z
			.int()
			.min(0)
			.max(limits.MAX_EXTENSIONS)
			.default(limits.DEFAULT_MAX_EXTENSIONS)
			.openapi({ description: "How often a hold can be extended." }),
		limitPerShopper: z
			.int()
			.min(1)
			.max(limits.MAX_RESTOCK)
			.nullable()
			.default(null)
			.openapi({ description: "Units that one shopper may have; null for no limit." }),
		waitlistLimit: z.int().min(0).max(limits.MAX_RESTOCK).nullable().default(null).openapi({
			description: "Units that may be waited for; 0 for no waitlist, null for half as many as are held.",
		}),
		preorder: z
			.strictObject({
				capacity: z.int().min(0).max(limits.MAX_RESTOCK).openapi({ description: "Units that may be pre-ordered." }),
				expectedAt: DateTime.nullable().default(null).openapi({ description: "When the units are expected." }),
				termsVersion: z
					.string()
					.min(1)
					.max(limits.MAX_NOTE)
					.openapi({ description: "Version of your terms, recorded with each pre-order." }),
			})
			.nullable()
			.default(null)
			.openapi({ description: "Null when the SKU takes no pre-orders." }),
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

export const EXAMPLE_POLICY = {
	holdSeconds: 600,
	offerSeconds: 300,
	paymentWindowSeconds: 900,
	paymentGraceSeconds: 120,
	maxExtensions: 3,
	limitPerShopper: 2,
	waitlistLimit: null,
	preorder: { capacity: 50, expectedAt: EXAMPLE.expectedAt, termsVersion: "2026-12" },
	saleStartsAt: "2026-12-12T12:00:00.000Z",
	saleEndsAt: "2026-12-13T12:00:00.000Z",
};

export const PolicyResponse = z
	.object({
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
	})
	.openapi("Policy", { example: EXAMPLE_POLICY });

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

const EXAMPLE_PRODUCT = {
	sku: EXAMPLE.sku,
	title: "Night market, A2 print",
	description: "Numbered, 300 copies",
	imageUrl: "https://shop.example/night-market.jpg",
	price: money(1999, "USD"),
};

export const ProductBody = z
	.strictObject({
		title: z.string().trim().min(1).max(limits.MAX_TITLE),
		description: z.string().max(limits.MAX_DESCRIPTION).nullable().default(null),
		imageUrl: z
			.union([
				z.url({ protocol: /^https?$/ }),
				z.string().regex(/^\/[\w./-]*$/, "must be a URL, or a path of this shop"),
			])
			.pipe(z.string().max(limits.MAX_URL))
			.nullable()
			.default(null)
			.openapi({ type: ["string", "null"], description: "A picture: its URL, or its path at this shop." }),
		price: MoneyBody,
		policy: PolicyBody.prefault({}),
	})
	.openapi("ProductDefinition", {
		example: {
			title: EXAMPLE_PRODUCT.title,
			description: EXAMPLE_PRODUCT.description,
			imageUrl: EXAMPLE_PRODUCT.imageUrl,
			price: EXAMPLE_PRODUCT.price,
			policy: { limitPerShopper: 2, saleStartsAt: "2026-12-12T12:00:00Z" },
		},
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
		revision: z.int().openapi({ description: "Counts changes of the product." }),
		updatedAt: Instant,
	})
	.openapi("AdminProduct", {
		example: { ...EXAMPLE_PRODUCT, policy: EXAMPLE_POLICY, revision: 1, updatedAt: "2026-12-01T09:00:00.000Z" },
	});

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
	cursor: Cursor,
	limit: pageLimit(limits.DEFAULT_PRODUCT_PAGE, limits.MAX_PRODUCT_PAGE),
});

const EXAMPLE_SHOWN_PRODUCT = {
	...EXAMPLE_PRODUCT,
	saleStartsAt: EXAMPLE_POLICY.saleStartsAt,
	saleEndsAt: EXAMPLE_POLICY.saleEndsAt,
	limitPerShopper: 2,
	availability: {
		status: "in_stock",
		available: 117,
		held: 183,
		waiting: 0,
		preorderRemaining: 50,
		version: 412,
		asOf: EXAMPLE.openedAt,
	},
	preorder: { expectedAt: EXAMPLE.expectedAt, termsVersion: "2026-12", remaining: 50 },
} as const;

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
			status: z.enum(SALE_STATUSES).openapi({
				description: "`all_held`: nothing is free now, and units may come back from those who hold them.",
			}),
			available: z.int().openapi({ description: "Units that nobody owns or holds." }),
			held: z.int().openapi({ description: "Units that shoppers hold or are paying for." }),
			waiting: z.int().openapi({ description: "Units that shoppers on the waitlist wait for." }),
			preorderRemaining: z.int().openapi({ description: "Units that may still be pre-ordered." }),
			version: z.int().openapi({ description: "Counts changes of the stock." }),
			asOf: Instant.openapi({ description: "When this was true: at most a second ago." }),
		}),
		preorder: z
			.object({ expectedAt: Instant.nullable(), termsVersion: z.string(), remaining: z.int() })
			.nullable()
			.openapi({ description: "What a pre-order would be now; null when the SKU takes none." }),
	})
	.openapi("Product", { example: EXAMPLE_SHOWN_PRODUCT });

export const ProductsResponse = z
	.object({ products: z.array(ProductResponse), nextCursor: NextCursor })
	.openapi("ProductPage", { example: { products: [EXAMPLE_SHOWN_PRODUCT], nextCursor: null } });

/** The terms that a shopper would accept: shown before they are asked to. */
function preorderView({ policy }: Product, { preorderRemaining }: Availability) {
	const { preorder } = policy;
	if (preorder === null || preorderRemaining === 0) return null;
	return {
		expectedAt: time(preorder.expectedAtMs),
		termsVersion: preorder.termsVersion,
		remaining: preorderRemaining,
	};
}

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
		preorder: preorderView(p, availability),
	};
}
