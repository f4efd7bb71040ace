/** Products as shoppers see them: `GET /v1/products` and `GET /v1/products/{sku}`. */
import { createRoute } from "@hono/zod-openapi";
import type { Product } from "../../catalog/product.ts";
import { listProducts } from "../../catalog/product-store.ts";
import type { EdgeSku } from "../../edge/sku.ts";
import { pageOf } from "../../platform/page.ts";
import { edgeSku } from "../context.ts";
import { unknownSku } from "../problems.ts";
import { json, newRouter, problemResponses } from "../route.ts";
import { SkuPath } from "../shapes/common.ts";
import { ProductResponse, ProductsQuery, ProductsResponse, productView } from "../shapes/product.ts";

/** @throws Problem `unknown-sku` */
async function withAvailability(sku: EdgeSku, product: Product | null) {
	const availability = product && (await sku.availability());
	if (product === null || availability === null) throw unknownSku(sku.name);
	return productView(product, availability);
}

const list = createRoute({
	method: "get",
	path: "/v1/products",
	summary: "All products, in order of SKU",
	request: { query: ProductsQuery },
	responses: { 200: json("A page of products", ProductsResponse), ...problemResponses({ 400: ["invalid-request"] }) },
});

const read = createRoute({
	method: "get",
	path: "/v1/products/{sku}",
	summary: "One product, and what of it can be had now",
	request: { params: SkuPath },
	responses: {
		200: json("The product", ProductResponse),
		...problemResponses({ 400: ["invalid-request"], 404: ["unknown-sku"], 503: ["temporarily-unavailable"] }),
	},
});

export const products = newRouter()
	.openapi(list, async (c) => {
		const { cursor, limit } = c.req.valid("query");
		const page = await listProducts(c.env.DB, cursor, limit + 1);
		const { shown, nextCursor } = pageOf(page, limit, ({ sku }) => sku);
		const products = await Promise.all(shown.map((product) => withAvailability(edgeSku(c, product.sku), product)));
		return c.json({ products, nextCursor }, 200);
	})
	.openapi(read, async (c) => {
		const sku = edgeSku(c, c.req.valid("param").sku);
		return c.json(await withAvailability(sku, await sku.product()), 200);
	});
