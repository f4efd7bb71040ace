/** Products as shoppers see them: `GET /v1/products` and `GET /v1/products/{sku}`. */
import { createRoute } from "@hono/zod-openapi";
import type { Product } from "../../catalog/product.ts";
import { lookUpPage } from "../../edge/product-lookup.ts";
import type { EdgeSku } from "../../edge/sku.ts";
import { ObjectUnavailable } from "../../platform/errors.ts";
import { pageOf } from "../../platform/page.ts";
import { edgeOf, edgeSku } from "../context.ts";
import { limitReads } from "../middleware/rate-limits.ts";
import { unknownSku } from "../problems.ts";
import { json, newRouter, OPEN, problemResponses } from "../route.ts";
import { SkuPath } from "../shapes/common.ts";
import { listedProductView, ProductResponse, ProductsQuery, ProductsResponse, productView } from "../shapes/product.ts";

/**
 * One SKU that cannot answer does not take the page with it: its product is listed without its availability. One that
 * was archived since the page was read is not listed.
 */
async function listed(sku: EdgeSku, product: Product) {
	try {
		const availability = await sku.availability();
		return availability && listedProductView(product, availability);
	} catch (error) {
		if (error instanceof ObjectUnavailable) return listedProductView(product, null);
		throw error;
	}
}

const shared = { tags: ["Products"], security: OPEN, middleware: limitReads };

const listProductsRoute = createRoute({
	...shared,
	method: "get",
	path: "/v1/products",
	operationId: "listProducts",
	summary: "List products",
	description:
		"In order of SKU, each with what is available now. `availability` is null for a product whose stock cannot answer " +
		"just now.",
	request: { query: ProductsQuery },
	responses: {
		200: json("A page of products.", ProductsResponse),
		...problemResponses("invalid-request", "too-many-requests", "temporarily-unavailable"),
	},
});

const getProduct = createRoute({
	...shared,
	method: "get",
	path: "/v1/products/{sku}",
	operationId: "getProduct",
	summary: "Get a product",
	description: "With what is available now, at most a second old.",
	request: { params: SkuPath },
	responses: {
		200: json("The product.", ProductResponse),
		...problemResponses("invalid-request", "unknown-sku", "too-many-requests", "temporarily-unavailable"),
	},
});

export const products = newRouter()
	.openapi(listProductsRoute, async (c) => {
		const { cursor, limit } = c.req.valid("query");
		const page = await lookUpPage(edgeOf(c), cursor, limit + 1);
		const { shown, nextCursor } = pageOf(page, limit, ({ sku }) => sku);
		const products = await Promise.all(shown.map((product) => listed(edgeSku(c, product.sku), product)));
		return c.json({ products: products.filter((product) => product !== null), nextCursor }, 200);
	})
	.openapi(getProduct, async (c) => {
		const sku = edgeSku(c, c.req.valid("param").sku);
		const product = await sku.product();
		const availability = product && !product.isArchived ? await sku.availability() : null;
		if (product === null || availability === null) throw unknownSku(sku.name);
		return c.json(productView(product, availability), 200);
	});
