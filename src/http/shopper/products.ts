/** Products as shoppers see them: `GET /v1/products` and `GET /v1/products/{sku}`. */
import { createRoute } from "@hono/zod-openapi";
import type { Product } from "../../catalog/product.ts";
import { listProducts } from "../../catalog/product-store.ts";
import { availabilityOf } from "../../edge/availability-cache.ts";
import { productOf } from "../../edge/product-cache.ts";
import { unknownSku } from "../problems.ts";
import { json, newRouter, problemResponses } from "../route.ts";
import { ProductResponse, ProductsQuery, ProductsResponse, SkuPath } from "../shapes/schemas.ts";
import { productView } from "../shapes/views.ts";

/** @throws Problem `unknown-sku` when no merchant has defined it; its object is not called then */
export async function requireProduct(env: Env, sku: string): Promise<Product> {
	const product = await productOf(env.DB, sku, Date.now());
	if (product === null) throw unknownSku(sku);
	return product;
}

async function withAvailability(env: Env, product: Product) {
	return productView(product, await availabilityOf(env, product.sku));
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
		const shown = await Promise.all(page.slice(0, limit).map((product) => withAvailability(c.env, product)));
		return c.json({ products: shown, nextCursor: page.length > limit ? (shown.at(-1)?.sku ?? null) : null }, 200);
	})
	.openapi(read, async (c) => {
		const product = await requireProduct(c.env, c.req.valid("param").sku);
		return c.json(await withAvailability(c.env, product), 200);
	});
