/** A product, as a merchant defines it, changes it and sees it. */
import { z } from "@hono/zod-openapi";
import type { Product } from "../../catalog/product.ts";
import type { ProductChange } from "../../catalog/product-change.ts";
import * as limits from "../../limits.ts";
import { time } from "../../platform/rfc3339.ts";
import { countersView } from "../../stock/api-views.ts";
import type { Stock } from "../../stock/rules/model.ts";
import { Instant, MoneyBody, MoneyResponse, money, NextCursor, pageLimit, SkuCursor } from "./common.ts";
import { EXAMPLE_POLICY, PolicyBody, PolicyPatchBody, PolicyResponse, policyView, toPolicyChange } from "./policy.ts";
import { EXAMPLE_PRODUCT } from "./product.ts";
import { EXAMPLE_COUNTERS, StockCounters } from "./stock.ts";

// ---- Requests

const Title = z.string().trim().min(1).max(limits.MAX_TITLE);
const shown = {
	description: z.string().max(limits.MAX_DESCRIPTION).nullable().optional(),
	imageUrl: z
		.url({ protocol: /^https?$/ })
		.max(limits.MAX_URL)
		.nullable()
		.optional(),
};

const policyDescription = "A member that is left out stays as it is; null, for one or for all, sets the default.";

export const ProductBody = z
	.strictObject({
		title: Title,
		...shown,
		price: MoneyBody,
		policy: PolicyBody.nullable().optional().openapi({ description: policyDescription }),
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

export const ProductPatchBody = z
	.strictObject({
		title: Title.optional(),
		...shown,
		price: MoneyBody.optional(),
		policy: PolicyPatchBody.nullable().optional().openapi({ description: policyDescription }),
	})
	.openapi("ProductPatch", { example: { title: "Night market, A2 print, signed", policy: { saleEndsAt: null } } });

/** What a definition or a patch changes. */
export function toProductChange(body: z.output<typeof ProductBody> | z.output<typeof ProductPatchBody>): ProductChange {
	const { title, description, imageUrl, price, policy } = body;
	return {
		title,
		description,
		imageUrl,
		price: price && { priceMinor: price.amount, currency: price.currency },
		policy: policy && toPolicyChange(policy),
	};
}

export const DefinedProductsQuery = z.object({
	q: z
		.string()
		.max(limits.MAX_TITLE)
		.default("")
		.openapi({ param: { description: "Only products with this text in their SKU or title; A to Z in either case." } }),
	archived: z
		.enum(["true", "false"])
		.default("false")
		.transform((text) => text === "true")
		.openapi({
			type: "boolean",
			param: { description: "`true` for the archived products, and no others; else those that are not archived." },
		}),
	cursor: SkuCursor,
	limit: pageLimit(limits.DEFAULT_PRODUCT_PAGE, limits.MAX_PRODUCT_PAGE),
});

// ---- Answers

const EXAMPLE_ADMIN_PRODUCT = {
	...EXAMPLE_PRODUCT,
	policy: EXAMPLE_POLICY,
	archived: false,
	revision: 1,
	updatedAt: "2026-12-01T09:00:00.000Z",
};

export const AdminProductResponse = z
	.object({
		sku: z.string(),
		title: z.string(),
		description: z.string().nullable(),
		imageUrl: z.string().nullable(),
		price: MoneyResponse,
		policy: PolicyResponse,
		archived: z.boolean().openapi({ description: "Unknown to new shoppers; `archiveProduct` says what that means." }),
		revision: z.int().openapi({ description: "Counts changes of the product. It is the product's ETag." }),
		updatedAt: Instant,
	})
	.openapi("AdminProduct", { example: EXAMPLE_ADMIN_PRODUCT });

export function adminProductView(p: Product) {
	return {
		sku: p.sku,
		title: p.title,
		description: p.description,
		imageUrl: p.imageUrl,
		price: money(p.priceMinor, p.currency),
		policy: policyView(p.policy),
		archived: p.isArchived,
		revision: p.revision,
		updatedAt: time(p.updatedAtMs),
	};
}

/** The `ETag` of a product: it changes whenever the product does (RFC 9110, section 8.8.3). */
export const productTag = ({ revision }: Pick<Product, "revision">): string => `"${revision}"`;

const EXAMPLE_STOCKED_PRODUCT = { ...EXAMPLE_ADMIN_PRODUCT, stock: EXAMPLE_COUNTERS };

export const StockedProductResponse = AdminProductResponse.extend({
	stock: StockCounters.nullable().openapi({ description: "Null in a list when the SKU did not answer in time." }),
}).openapi("StockedProduct", { example: EXAMPLE_STOCKED_PRODUCT });

export const StockedProductsResponse = z
	.object({ products: z.array(StockedProductResponse), nextCursor: NextCursor })
	.openapi("StockedProductPage", { example: { products: [EXAMPLE_STOCKED_PRODUCT], nextCursor: null } });

/** @param stock null when the SKU did not answer */
export function stockedProductView(product: Product, stock: Stock | null) {
	return { ...adminProductView(product), stock: stock && countersView(stock) };
}
