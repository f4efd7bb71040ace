/** A product, as a shopper sees it. */
import { z } from "@hono/zod-openapi";
import type { Product } from "../../catalog/product.ts";
import * as limits from "../../limits.ts";
import { time } from "../../platform/rfc3339.ts";
import { availabilityView } from "../../stock/api-views.ts";
import { type Availability, SALE_STATUSES } from "../../stock/rpc.ts";
import { EXAMPLE, Instant, MoneyResponse, money, NextCursor, pageLimit, SkuCursor } from "./common.ts";
import { EXAMPLE_POLICY } from "./policy.ts";

/** What is shown of a product to everybody. */
export const EXAMPLE_PRODUCT = {
	sku: EXAMPLE.sku,
	title: "Night market, A2 print",
	description: "Numbered, 300 copies",
	imageUrl: "https://shop.example/night-market.jpg",
	price: money(1999, "USD"),
};

export const ProductsQuery = z.object({
	cursor: SkuCursor,
	limit: pageLimit(limits.DEFAULT_PRODUCT_PAGE, limits.MAX_PRODUCT_PAGE),
});

const EXAMPLE_SHOWN_PRODUCT = {
	...EXAMPLE_PRODUCT,
	saleStartsAt: EXAMPLE_POLICY.saleStartsAt,
	saleEndsAt: EXAMPLE_POLICY.saleEndsAt,
	limitPerShopper: 2,
	offerSecondsAbsent: 3600,
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

const AvailabilityResponse = z
	.object({
		status: z.enum(SALE_STATUSES).openapi({
			description: "`all_held`: nothing is free now, and units may come back from those who hold them.",
		}),
		available: z.int().openapi({ description: "Units that nobody owns or holds." }),
		held: z.int().openapi({ description: "Units that shoppers hold or are paying for." }),
		waiting: z.int().openapi({ description: "Units that shoppers on the waitlist wait for." }),
		preorderRemaining: z.int().openapi({ description: "Units that may still be pre-ordered." }),
		version: z.int().openapi({ description: "Counts changes of the stock." }),
		asOf: Instant.openapi({ description: "When this was true: at most a second ago." }),
	})
	.openapi("Availability", { example: EXAMPLE_SHOWN_PRODUCT.availability });

const shown = {
	sku: z.string(),
	title: z.string(),
	description: z.string().nullable(),
	imageUrl: z.string().nullable(),
	price: MoneyResponse,
	saleStartsAt: Instant.nullable(),
	saleEndsAt: Instant.nullable(),
	limitPerShopper: z.int().nullable(),
	offerSecondsAbsent: z.number().openapi({
		description: "For how long you have the units if you wait for them and are told by mail (`notify`).",
	}),
	preorder: z
		.object({ expectedAt: Instant.nullable(), termsVersion: z.string(), remaining: z.int() })
		.nullable()
		.openapi({ description: "What a pre-order would be now; null when the SKU takes none." }),
};

export const ProductResponse = z
	.object({ ...shown, availability: AvailabilityResponse })
	.openapi("Product", { example: EXAMPLE_SHOWN_PRODUCT });

/** Not an extension of the other: what extends a schema can only narrow it, and null would not be allowed. */
const ListedProductResponse = z
	.object({
		...shown,
		availability: z.union([AvailabilityResponse, z.null()]).openapi({
			description: "Null when the stock of this product cannot answer just now.",
		}),
	})
	.openapi("ListedProduct", { example: EXAMPLE_SHOWN_PRODUCT });

export const ProductsResponse = z
	.object({ products: z.array(ListedProductResponse), nextCursor: NextCursor })
	.openapi("ProductPage", { example: { products: [EXAMPLE_SHOWN_PRODUCT], nextCursor: null } });

/** The terms that a shopper would accept: shown before they are asked to. */
function preorderView({ policy }: Product, availability: Availability | null) {
	const { preorder } = policy;
	const remaining = availability?.preorderRemaining ?? 0;
	if (preorder === null || remaining === 0) return null;
	return { expectedAt: time(preorder.expectedAtMs), termsVersion: preorder.termsVersion, remaining };
}

export const productView = (p: Product, availability: Availability) => ({
	...listedProductView(p, availability),
	availability: availabilityView(availability),
});

/** @param availability null when it is not known just now */
export function listedProductView(p: Product, availability: Availability | null) {
	return {
		sku: p.sku,
		title: p.title,
		description: p.description,
		imageUrl: p.imageUrl,
		price: money(p.priceMinor, p.currency),
		saleStartsAt: time(p.policy.saleStartsAtMs),
		saleEndsAt: time(p.policy.saleEndsAtMs),
		limitPerShopper: p.policy.limitPerShopper,
		offerSecondsAbsent: p.policy.offerAbsentMs / 1000,
		availability: availability && availabilityView(availability),
		preorder: preorderView(p, availability),
	};
}
