/** Products as shoppers see them: `GET /v1/products` and `GET /v1/products/{sku}`. */
import { createRoute } from "@hono/zod-openapi";
import type { Product } from "../../catalog/product.ts";
import { listProducts } from "../../catalog/product-store.ts";
import type { EdgeSku } from "../../edge/sku.ts";
import { pageOf } from "../../platform/page.ts";
import { edgeSku } from "../context.ts";
import { unknownSku } from "../problems.ts";
import { json, newRouter, OPEN, problemResponses } from "../route.ts";
import { SkuPath } from "../shapes/common.ts";
import { ProductResponse, ProductsQuery, ProductsResponse, productView } from "../shapes/product.ts";

/** @throws Problem `unknown-sku` */
async function withAvailability(sku: EdgeSku, product: Product | null) {
	const availability = product && (await sku.availability());
	if (product === null || availability === null) throw unknownSku(sku.name);
	return productView(product, availability);
}

const shared = { tags: ["Products"], security: OPEN };

const listProductsRoute = createRoute({
	...shared,
	method: "get",
	path: "/v1/products",
	operationId: "listProducts",
	summary: "List products",
	description: "In order of SKU, each with what is available now.",
	request: { query: ProductsQuery },
	responses: {
		200: json("A page of products.", ProductsResponse),
		...problemResponses("invalid-request", "temporarily-unavailable"),
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
		...problemResponses("invalid-request", "unknown-sku", "temporarily-unavailable"),
	},
});

export const products = newRouter()
	.openapi(listProductsRoute, async (c) => {
		const { cursor, limit } = c.req.valid("query");
		const page = await listProducts(c.env.DB, cursor, limit + 1);
		const { shown, nextCursor } = pageOf(page, limit, ({ sku }) => sku);
		const products = await Promise.all(shown.map((product) => withAvailability(edgeSku(c, product.sku), product)));
		return c.json({ products, nextCursor }, 200);
	})
	.openapi(getProduct, async (c) => {
		const sku = edgeSku(c, c.req.valid("param").sku);
		return c.json(await withAvailability(sku, await sku.product()), 200);
	});
