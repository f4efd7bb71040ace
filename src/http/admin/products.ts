/** The merchant's products: `/admin/v1/products`. Their stock, below each of them, is in `stock.ts`. */
import { createRoute } from "@hono/zod-openapi";
import type { Product } from "../../catalog/product.ts";
import type { ProductChange } from "../../catalog/product-change.ts";
import { searchProducts } from "../../catalog/product-store.ts";
import type { EdgeSku } from "../../edge/sku.ts";
import { FanOut } from "../../operations/fan-out.ts";
import { rebuildSku } from "../../operations/rebuild.ts";
import { assertNever } from "../../platform/assert.ts";
import { pageOf } from "../../platform/page.ts";
import { requireChargeable } from "../chargeable.ts";
import { edgeSku, requireSku } from "../context.ts";
import { Problem, unknownSku } from "../problems.ts";
import {
	ADMIN,
	BODY_PROBLEMS,
	ETAG,
	IF_MATCH,
	ifMatch,
	invalidRequest,
	json,
	jsonBody,
	newRouter,
	problemResponses,
	TOKEN_PROBLEMS,
} from "../route.ts";
import {
	AdminProductResponse,
	adminProductView,
	DefinedProductsQuery,
	ProductBody,
	ProductPatchBody,
	productTag,
	StockedProductResponse,
	StockedProductsResponse,
	stockedProductView,
	toProductChange,
} from "../shapes/admin-product.ts";
import { SkuPath } from "../shapes/common.ts";
import { RebuildQuery, RebuildResponse } from "../shapes/operations.ts";

const path = "/admin/v1/products/{sku}";
const bySku = { params: SkuPath };
const products = { tags: ["Merchant: products"], security: ADMIN };
const always = [...TOKEN_PROBLEMS, "invalid-request", "unknown-sku"] as const;

const define = createRoute({
	...products,
	method: "put",
	path,
	operationId: "defineProduct",
	summary: "Define a product",
	description:
		"Makes a product, or changes the one that is there: a member that is left out stays as it is, and null sets the " +
		"default. Reservations that exist keep their times.",
	parameters: [IF_MATCH],
	request: { ...bySku, ...jsonBody(ProductBody) },
	responses: {
		200: json("The product was changed.", AdminProductResponse, ETAG),
		201: json("The product is new.", AdminProductResponse, ETAG),
		...problemResponses(...TOKEN_PROBLEMS, ...BODY_PROBLEMS, "precondition-failed"),
	},
});

const change = createRoute({
	...products,
	method: "patch",
	path,
	operationId: "changeProduct",
	summary: "Change a part of a product",
	description: "A member that is left out stays as it is, and null sets the default.",
	parameters: [IF_MATCH],
	request: { ...bySku, ...jsonBody(ProductPatchBody) },
	responses: {
		200: json("The product after it.", AdminProductResponse, ETAG),
		...problemResponses(...always, ...BODY_PROBLEMS, "precondition-failed"),
	},
});

const archiving = {
	...products,
	method: "post" as const,
	parameters: [IF_MATCH],
	request: bySku,
	responses: {
		200: json("The product after it.", AdminProductResponse, ETAG),
		...problemResponses(...always, "precondition-failed"),
	},
};

const archive = createRoute({
	...archiving,
	path: `${path}/archive`,
	operationId: "archiveProduct",
	summary: "Archive a product",
	description:
		"Takes a product out of the shop. It is `unknown-sku` to whoever has nothing of it, and nobody gets more of it than " +
		"they have. What is held, waits or is owed goes on: holds can be extended, paid and released, open checkouts paid, " +
		"orders refunded, and units that are restocked or come back go to pre-orders and the waitlist as before. Its stock " +
		"and policy can be changed. Repeating it changes nothing.",
});

const unarchive = createRoute({
	...archiving,
	path: `${path}/unarchive`,
	operationId: "unarchiveProduct",
	summary: "Take a product out of the archive",
	description: "It is in the shop again, as it was. Repeating it changes nothing.",
});

const getDefined = createRoute({
	...products,
	method: "get",
	path,
	operationId: "getDefinedProduct",
	summary: "Get a product with its policy and counters",
	description: "As the SKU's object has it, by which it sells.",
	request: bySku,
	responses: { 200: json("The product.", StockedProductResponse, ETAG), ...problemResponses(...always) },
});

const listDefined = createRoute({
	...products,
	method: "get",
	path: "/admin/v1/products",
	operationId: "listDefinedProducts",
	summary: "List products with policies and counters",
	description: "In order of SKU: those that are not archived, or with `archived=true` those that are.",
	request: { query: DefinedProductsQuery },
	responses: {
		200: json("A page of products.", StockedProductsResponse),
		...problemResponses(...TOKEN_PROBLEMS, "invalid-request"),
	},
});

const rebuild = createRoute({
	...products,
	method: "post",
	path: `${path}/rebuild`,
	operationId: "rebuildProduct",
	summary: "Rebuild the D1 records of a SKU",
	description:
		"Writes the product, its pre-orders and a page of its orders to D1 again, from the objects. Call it again with " +
		"`nextCursor` until that is null. It deletes nothing.",
	request: { ...bySku, query: RebuildQuery },
	responses: { 200: json("How many orders were sent again.", RebuildResponse), ...problemResponses(...always) },
});

/** @throws Problem `precondition-failed` */
function productChanged(revision: number | null): never {
	throw new Problem("precondition-failed", "If-Match is not the ETag of the product as it is now.", {
		headers: revision === null ? {} : { etag: productTag({ revision }) },
	});
}

/** @throws Problem `unknown-sku` or `precondition-failed` */
async function setArchived(sku: EdgeSku, isArchived: boolean, condition: string | undefined): Promise<Product> {
	const result = await sku.archive(isArchived, ifMatch(condition));
	if (result.kind === "unknown-sku") throw unknownSku(sku.name);
	return result.kind === "stale" ? productChanged(result.revision) : result.product;
}

/** @throws Problem `invalid-request` or `precondition-failed` */
async function applyChange(sku: EdgeSku, change: ProductChange, condition: string | undefined) {
	const result = await sku.define(change, ifMatch(condition));
	switch (result.kind) {
		case "defined":
			return result;
		case "invalid":
			throw invalidRequest([result]);
		case "stale":
			return productChanged(result.revision);
		default:
			return assertNever(result);
	}
}

/** The products as their objects have them, with counters; as D1 has it one whose object does not answer. */
async function withCounters(products: readonly Product[], edgeSkuOf: (sku: string) => EdgeSku) {
	const skus = products.map(({ sku }) => sku);
	const reports = await new FanOut().call(skus, async (sku) => ({ sku, report: await edgeSkuOf(sku).stock() }));
	const known = new Map(reports.map(({ sku, report }) => [sku, report.kind === "stock" ? report : null]));
	return products.map((product) => {
		const report = known.get(product.sku);
		return report ? stockedProductView(report.product, report.stock) : stockedProductView(product, null);
	});
}

export const adminProducts = newRouter()
	.openapi(define, async (c) => {
		const sku = edgeSku(c, c.req.valid("param").sku);
		const body = c.req.valid("json");
		requireChargeable(c.env, body.price.amount, body.price.currency);
		const change = toProductChange(body);
		const { created, product } = await applyChange(sku, change, c.req.header("if-match"));
		c.header("etag", productTag(product));
		return c.json(adminProductView(product), created ? 201 : 200);
	})
	.openapi(change, async (c) => {
		const sku = await requireSku(c, c.req.valid("param").sku);
		const body = c.req.valid("json");
		if (body.price !== undefined) requireChargeable(c.env, body.price.amount, body.price.currency);
		const change = toProductChange(body);
		const { product } = await applyChange(sku, change, c.req.header("if-match"));
		c.header("etag", productTag(product));
		return c.json(adminProductView(product), 200);
	})
	.openapi(archive, async (c) => {
		const sku = await requireSku(c, c.req.valid("param").sku);
		const product = await setArchived(sku, true, c.req.header("if-match"));
		c.header("etag", productTag(product));
		return c.json(adminProductView(product), 200);
	})
	.openapi(unarchive, async (c) => {
		const sku = await requireSku(c, c.req.valid("param").sku);
		const product = await setArchived(sku, false, c.req.header("if-match"));
		c.header("etag", productTag(product));
		return c.json(adminProductView(product), 200);
	})
	.openapi(getDefined, async (c) => {
		const sku = await requireSku(c, c.req.valid("param").sku);
		const report = await sku.stock();
		if (report.kind === "unknown-sku") throw unknownSku(sku.name);
		c.header("etag", productTag(report.product));
		return c.json(stockedProductView(report.product, report.stock), 200);
	})
	.openapi(listDefined, async (c) => {
		const { q, archived, cursor, limit } = c.req.valid("query");
		const page = await searchProducts(c.env.DB, { text: q, isArchived: archived }, cursor, limit + 1);
		const { shown, nextCursor } = pageOf(page, limit, ({ sku }) => sku);
		return c.json({ products: await withCounters(shown, (sku) => edgeSku(c, sku)), nextCursor }, 200);
	})
	.openapi(rebuild, async (c) => {
		// Not through `requireSku`, which reads D1: the product may be just what D1 lacks.
		const { sku } = c.req.valid("param");
		const page = await rebuildSku(c.env, sku, c.req.valid("query").cursor);
		if (page === null) throw unknownSku(sku);
		return c.json({ sku, orders: page.orders, nextCursor: page.nextCursor }, 200);
	});
