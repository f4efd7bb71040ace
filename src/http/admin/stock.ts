/** The stock of a merchant's SKU: what stands below `/admin/v1/products/{sku}` and changes or shows it. */
import { createRoute } from "@hono/zod-openapi";
import type { EdgeSku } from "../../edge/sku.ts";
import { assertNever } from "../../platform/assert.ts";
import { fingerprint } from "../../platform/hash.ts";
import { pageOf } from "../../platform/page.ts";
import { countersView, etagOf } from "../../stock/api-views.ts";
import { requireSku } from "../context.ts";
import { Problem, unknownSku } from "../problems.ts";
import {
	ADMIN,
	BODY_PROBLEMS,
	ETAG,
	IdempotencyHeader,
	IF_MATCH,
	ifMatch,
	json,
	jsonBody,
	newRouter,
	ownKeyUnless,
	problemResponses,
	RequiredIdempotencyHeader,
	requiredIdempotencyKey,
	TOKEN_PROBLEMS,
} from "../route.ts";
import { idPath, SkuPath } from "../shapes/common.ts";
import {
	AdminReservationResponse,
	AdminReservationsResponse,
	adminReservationView,
	ReservationsQuery,
} from "../shapes/reservation.ts";
import {
	AdjustBody,
	AdjustResponse,
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
const bySku = { params: SkuPath };
const stock = { tags: ["Merchant: stock"], security: ADMIN, request: bySku };
const always = [...TOKEN_PROBLEMS, "invalid-request", "unknown-sku"] as const;
const keyReused = () => new Problem("idempotency-key-reused", "This key belongs to a request with another body.");

const restock = createRoute({
	...stock,
	method: "post",
	path: `${path}/restock`,
	operationId: "restock",
	summary: "Restock a SKU",
	description: "Adds units that arrived. They go to paid pre-orders first, then to the waitlist, then to the public.",
	request: { ...bySku, headers: RequiredIdempotencyHeader, ...jsonBody(RestockBody) },
	responses: {
		200: json("Where the units went, and the stock after it.", RestockResponse),
		...problemResponses(
			...always,
			...BODY_PROBLEMS,
			"idempotency-key-missing",
			"on-hand-changed",
			"idempotency-key-reused",
		),
	},
});

const adjust = createRoute({
	...stock,
	method: "post",
	path: `${path}/adjust`,
	operationId: "adjustStock",
	summary: "Adjust the stock of a SKU",
	description: "Corrects the count of units on hand, with a reason.",
	request: { ...bySku, headers: IdempotencyHeader, ...jsonBody(AdjustBody) },
	responses: {
		200: json("The stock after it.", AdjustResponse),
		...problemResponses(...always, ...BODY_PROBLEMS, "below-held", "on-hand-changed", "idempotency-key-reused"),
	},
});

const getStock = createRoute({
	...stock,
	method: "get",
	path: `${path}/stock`,
	operationId: "getStock",
	summary: "Get the stock of a SKU",
	description: "Every counter, and whether the counters agree with the rows.",
	responses: { 200: json("The stock.", StockResponse), ...problemResponses(...always) },
});

const listReservations = createRoute({
	...stock,
	method: "get",
	path: `${path}/reservations`,
	operationId: "listReservations",
	summary: "List the reservations of a SKU",
	description: "The oldest first.",
	request: { ...bySku, query: ReservationsQuery },
	responses: { 200: json("A page of reservations.", AdminReservationsResponse), ...problemResponses(...always) },
});

const release = createRoute({
	...stock,
	method: "post",
	path: `${path}/reservations/{id}/release`,
	operationId: "releaseReservationById",
	summary: "Release a shopper's reservation",
	description: "Gives back the units that a shopper holds, or takes the shopper off the waitlist.",
	parameters: [IF_MATCH],
	request: { params: SkuPath.extend(idPath("The reservation's id.").shape) },
	responses: {
		200: json("The reservation as it ended.", AdminReservationResponse, ETAG),
		...problemResponses(...always, "no-reservation", "in-checkout", "already-sold", "precondition-failed"),
	},
});

const getJournal = createRoute({
	...stock,
	method: "get",
	path: `${path}/journal`,
	operationId: "getJournal",
	summary: "Get the journal of a SKU",
	description: "Everything that changed its stock, in order.",
	request: { ...bySku, query: JournalQuery },
	responses: { 200: json("A page of entries.", JournalResponse), ...problemResponses(...always) },
});

const onHandChanged = (sku: EdgeSku, onHand: number): Problem =>
	new Problem("on-hand-changed", `${onHand} units are on hand. Nothing was changed.`, {
		members: { sku: sku.name, onHand },
	});

export const adminStock = newRouter()
	.openapi(restock, async (c) => {
		const body = c.req.valid("json");
		const key = requiredIdempotencyKey(c.req.header("idempotency-key"));
		const sku = await requireSku(c, c.req.valid("param").sku);
		const result = await sku.restock(
			{ ...body, actor: c.var.actor },
			{ key: `restock ${key}`, fingerprint: await fingerprint(body) },
		);
		switch (result.kind) {
			case "restocked": {
				const { received, filledPreorders, promoted, handingOut } = result;
				return c.json({ received, filledPreorders, promoted, handingOut, ...countersView(result.stock) }, 200);
			}
			case "on-hand-differs":
				throw onHandChanged(sku, result.onHand);
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
		const key = ownKeyUnless(c.req.header("idempotency-key"));
		const sku = await requireSku(c, c.req.valid("param").sku);
		const result = await sku.adjust(
			{ ...body, actor: c.var.actor },
			{ key: `adjust ${key}`, fingerprint: await fingerprint(body) },
		);
		switch (result.kind) {
			case "adjusted":
				return c.json({ adjusted: body.delta, bumped: result.bumped, ...countersView(result.stock) }, 200);
			case "on-hand-differs":
				throw onHandChanged(sku, result.onHand);
			case "below-held": {
				const members = { sku: sku.name, shortBy: result.shortBy, ...countersView(result.stock) };
				const detail = `${result.shortBy} of these units are held, or are not there. Nothing was changed.`;
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
	.openapi(getStock, async (c) => {
		const sku = await requireSku(c, c.req.valid("param").sku);
		const report = await sku.stock();
		if (report.kind === "unknown-sku") throw unknownSku(sku.name);
		return c.json(stockView(report), 200);
	})
	.openapi(listReservations, async (c) => {
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
		const result = await sku.releaseById(id, ifMatch(c.req.header("if-match")), c.var.actor);
		if (result.kind !== "released") throw stockProblem(result, name, Date.now());
		c.header("etag", etagOf(result.reservation));
		return c.json(adminReservationView(name, result.reservation), 200);
	})
	.openapi(getJournal, async (c) => {
		const { after, limit } = c.req.valid("query");
		const sku = await requireSku(c, c.req.valid("param").sku);
		const result = await sku.journal(after, limit + 1);
		if (result.kind === "unknown-sku") throw unknownSku(sku.name);
		const { shown, nextCursor } = pageOf(result.entries, limit, ({ seq }) => String(seq));
		return c.json({ entries: shown.map(entryView), nextCursor }, 200);
	});
