/** The merchant's products and stock: `/admin/v1/products/{sku}` and what stands below it. */
import { createRoute } from "@hono/zod-openapi";
import { rebuildSku } from "../../operations/rebuild.ts";
import { assertNever } from "../../platform/assert.ts";
import { fingerprint } from "../../platform/hash.ts";
import { pageOf } from "../../platform/page.ts";
import { edgeSku, requireSku } from "../context.ts";
import { Problem, unknownSku } from "../problems.ts";
import {
	ADMIN,
	IdempotencyHeader,
	idempotencyKey,
	json,
	jsonBody,
	newRouter,
	problemResponses,
	requiredIdempotencyKey,
} from "../route.ts";
import { IdPath, SkuPath } from "../shapes/common.ts";
import { RebuildQuery, RebuildResponse } from "../shapes/operations.ts";
import { AdminProductResponse, adminProductView, ProductBody, toDraft } from "../shapes/product.ts";
import {
	AdminReservationResponse,
	AdminReservationsResponse,
	adminReservationView,
	ReservationsQuery,
} from "../shapes/reservation.ts";
import {
	AdjustBody,
	AdjustResponse,
	countersView,
	entryView,
	JournalQuery,
	JournalResponse,
	RestockBody,
	RestockResponse,
	StockResponse,
	stockView,
} from "../shapes/stock.ts";
import { stockProblem } from "../stock-problems.ts";

const path = "/admin/v1/products/{sku}";
const always = { 400: ["invalid-request"], 401: ["unauthorized"], 404: ["unknown-sku"] } as const;
const keyReused = () => new Problem("idempotency-key-reused", "This key belongs to a request with another body.");

const define = createRoute({
	method: "put",
	path,
	summary: "Set what a SKU is and by which policy it is sold",
	description: "The whole product: what is left out gets its default. Reservations that exist keep their times.",
	security: ADMIN,
	request: { params: SkuPath, ...jsonBody(ProductBody) },
	responses: {
		200: json("Changed", AdminProductResponse),
		201: json("New", AdminProductResponse),
		...problemResponses({ 400: ["invalid-request"], 401: ["unauthorized"] }),
	},
});

const restock = createRoute({
	method: "post",
	path: `${path}/restock`,
	summary: "Units have arrived",
	description: "Needs an `Idempotency-Key` header. Paid pre-orders are served first, then the line, then the public.",
	security: ADMIN,
	request: { params: SkuPath, headers: IdempotencyHeader, ...jsonBody(RestockBody) },
	responses: {
		200: json("Where the units went, and the stock after it", RestockResponse),
		...problemResponses({
			...always,
			400: ["invalid-request", "idempotency-key-missing"],
			409: ["on-hand-changed"],
			422: ["idempotency-key-reused"],
		}),
	},
});

const adjust = createRoute({
	method: "post",
	path: `${path}/adjust`,
	summary: "Correct the count, with a reason",
	security: ADMIN,
	request: { params: SkuPath, headers: IdempotencyHeader, ...jsonBody(AdjustBody) },
	responses: {
		200: json("The stock after it", AdjustResponse),
		...problemResponses({ ...always, 409: ["below-held"], 422: ["idempotency-key-reused"] }),
	},
});

const stock = createRoute({
	method: "get",
	path: `${path}/stock`,
	summary: "The counters of a SKU, held against its rows",
	security: ADMIN,
	request: { params: SkuPath },
	responses: { 200: json("The stock", StockResponse), ...problemResponses(always) },
});

const list = createRoute({
	method: "get",
	path: `${path}/reservations`,
	summary: "Reservations of a SKU, oldest first",
	security: ADMIN,
	request: { params: SkuPath, query: ReservationsQuery },
	responses: { 200: json("A page of them", AdminReservationsResponse), ...problemResponses(always) },
});

const release = createRoute({
	method: "post",
	path: `${path}/reservations/{id}/release`,
	summary: "Let go of a shopper's hold or place in line",
	security: ADMIN,
	request: { params: SkuPath.extend(IdPath.shape) },
	responses: {
		200: json("The reservation, as it ended", AdminReservationResponse),
		...problemResponses({ ...always, 404: ["unknown-sku", "no-reservation"], 409: ["in-checkout", "already-sold"] }),
	},
});

const journal = createRoute({
	method: "get",
	path: `${path}/journal`,
	summary: "Everything that changed the stock, in order",
	security: ADMIN,
	request: { params: SkuPath, query: JournalQuery },
	responses: { 200: json("A page of entries", JournalResponse), ...problemResponses(always) },
});

const rebuild = createRoute({
	method: "post",
	path: `${path}/rebuild`,
	summary: "Write D1 again from the objects: the product, its pre-orders and orders",
	description: "Does a page of orders at a time: call again with nextCursor until it is null. Nothing is deleted.",
	security: ADMIN,
	request: { params: SkuPath, query: RebuildQuery },
	responses: { 200: json("How many orders were sent again", RebuildResponse), ...problemResponses(always) },
});

export const adminProducts = newRouter()
	.openapi(define, async (c) => {
		const { sku } = c.req.valid("param");
		const { created, product } = await edgeSku(c, sku).define(toDraft(sku, c.req.valid("json")));
		return c.json(adminProductView(product), created ? 201 : 200);
	})
	.openapi(restock, async (c) => {
		const body = c.req.valid("json");
		const key = requiredIdempotencyKey(c.req.header("idempotency-key"));
		const sku = await requireSku(c, c.req.valid("param").sku);
		const result = await sku.restock(body, { key: `restock ${key}`, fingerprint: await fingerprint(body) });
		switch (result.kind) {
			case "restocked": {
				const { received, filledPreorders, promoted, handingOut } = result;
				return c.json({ received, filledPreorders, promoted, handingOut, ...countersView(result.stock) }, 200);
			}
			case "on-hand-differs": {
				const { onHand } = result;
				throw new Problem("on-hand-changed", `${onHand} units are on hand. Nothing was changed.`, {
					members: { sku: sku.name, onHand },
				});
			}
			case "key-reused":
				throw keyReused();
			case "unknown-sku":
				throw unknownSku(sku.name);
			default:
				return assertNever(result);
		}
	})
	.openapi(adjust, async (c) => {
		const body = c.req.valid("json");
		const key = idempotencyKey(c.req.header("idempotency-key"));
		const sku = await requireSku(c, c.req.valid("param").sku);
		const keyed = key === null ? null : { key: `adjust ${key}`, fingerprint: await fingerprint(body) };
		const result = await sku.adjust(body, keyed);
		switch (result.kind) {
			case "adjusted":
				return c.json({ adjusted: body.delta, bumped: result.bumped, ...countersView(result.stock) }, 200);
			case "below-held": {
				const members = { sku: sku.name, shortBy: result.shortBy, ...countersView(result.stock) };
				const detail = `${result.shortBy} of these units are held. Nothing was changed.`;
				throw new Problem("below-held", detail, { members });
			}
			case "key-reused":
				throw keyReused();
			case "unknown-sku":
				throw unknownSku(sku.name);
			default:
				return assertNever(result);
		}
	})
	.openapi(stock, async (c) => {
		const sku = await requireSku(c, c.req.valid("param").sku);
		const report = await sku.stock();
		if (report.kind === "unknown-sku") throw unknownSku(sku.name);
		return c.json(stockView(report), 200);
	})
	.openapi(list, async (c) => {
		const { status, cursor, limit } = c.req.valid("query");
		const sku = await requireSku(c, c.req.valid("param").sku);
		const result = await sku.reservations(status ?? null, cursor, limit + 1);
		if (result.kind === "unknown-sku") throw unknownSku(sku.name);
		const { shown, nextCursor } = pageOf(result.reservations, limit, ({ id }) => id);
		return c.json({ reservations: shown.map((r) => adminReservationView(sku.name, r)), nextCursor }, 200);
	})
	.openapi(release, async (c) => {
		const { sku: name, id } = c.req.valid("param");
		const sku = await requireSku(c, name);
		const result = await sku.releaseById(id);
		if (result.kind !== "released") throw stockProblem(result, name, Date.now());
		return c.json(adminReservationView(name, result.reservation), 200);
	})
	.openapi(journal, async (c) => {
		const { after, limit } = c.req.valid("query");
		const sku = await requireSku(c, c.req.valid("param").sku);
		const result = await sku.journal(after, limit + 1);
		if (result.kind === "unknown-sku") throw unknownSku(sku.name);
		const { shown, nextCursor } = pageOf(result.entries, limit, ({ seq }) => String(seq));
		return c.json({ entries: shown.map(entryView), nextCursor }, 200);
	})
	.openapi(rebuild, async (c) => {
		// Not by way of the catalogue: what is being rebuilt may be just what it lacks.
		const { sku } = c.req.valid("param");
		const page = await rebuildSku(c.env, sku, c.req.valid("query").cursor);
		if (page === null) throw unknownSku(sku);
		return c.json({ sku, orders: page.orders, nextCursor: page.nextCursor }, 200);
	});
