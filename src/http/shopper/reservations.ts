/** A shopper's reservation of one SKU: `/v1/reservations/{sku}`. */
import { createRoute } from "@hono/zod-openapi";
import { noteHold, refuseHoarder } from "../../edge/holding-limit.ts";
import { reserve, unlatch } from "../../edge/sku.ts";
import { reservationView } from "../../stock/api-views.ts";
import { callSku } from "../../stock/client.ts";
import { shopperOnly } from "../middleware/auth.ts";
import { limitReservations } from "../middleware/rate-limits.ts";
import { ifMatch, json, jsonBody, newRouter, problemResponses, SHOPPER } from "../route.ts";
import { ReservationResponse, ReserveBody, SkuPath } from "../shapes/schemas.ts";
import { etagOf } from "../shapes/views.ts";
import { stockProblem } from "../stock-problems.ts";
import { requireProduct } from "./products.ts";

const path = "/v1/reservations/{sku}";
const shared = { security: SHOPPER, middleware: [shopperOnly, limitReservations], request: { params: SkuPath } };
const always = { 400: ["invalid-request"], 401: ["unauthorized"], 503: ["temporarily-unavailable"] } as const;

/** Exported for the bench, whose door is this route without the object. */
export const putReservation = createRoute({
	...shared,
	method: "put",
	path,
	summary: "Hold units, or stand in line for them",
	description:
		"Sets how many units you hold. Asking again for the same answers the same and does not start the time again.",
	// Named here for the document only: checking it by schema would mean reading every header of every request.
	parameters: [
		{
			in: "header",
			name: "if-match",
			required: false,
			schema: { type: "string" },
			description: "an ETag you were given",
		},
	],
	request: { params: SkuPath, ...jsonBody(ReserveBody) },
	responses: {
		200: json("You held units already", ReservationResponse),
		201: json("The units are yours until expiresAt", ReservationResponse),
		202: json("You stand in line", ReservationResponse),
		...problemResponses({
			...always,
			404: ["unknown-sku"],
			409: ["sold-out", "limit-exceeded", "too-many-held", "sale-not-open", "in-checkout"],
			412: ["precondition-failed"],
		}),
	},
});

const read = createRoute({
	...shared,
	method: "get",
	path,
	summary: "Your reservation, or how your last one ended",
	responses: {
		200: json("The reservation", ReservationResponse),
		...problemResponses({ ...always, 404: ["unknown-sku", "no-reservation"] }),
	},
});

const release = createRoute({
	...shared,
	method: "delete",
	path,
	summary: "Let go of units, or leave the line",
	responses: {
		200: json("The reservation, as it ended", ReservationResponse),
		...problemResponses({ ...always, 404: ["unknown-sku", "no-reservation"], 409: ["in-checkout", "already-sold"] }),
	},
});

const extend = createRoute({
	...shared,
	method: "post",
	path: `${path}/extend`,
	summary: "Start the hold's time again, a limited number of times",
	responses: {
		200: json("The reservation", ReservationResponse),
		...problemResponses({
			...always,
			404: ["unknown-sku", "no-reservation"],
			409: ["extension-limit", "in-checkout", "not-held"],
		}),
	},
});

export const reservations = newRouter()
	.openapi(putReservation, async (c) => {
		const { sku } = c.req.valid("param");
		const { quantity, wait } = c.req.valid("json");
		await requireProduct(c.env, sku);
		const { shopperId } = c.var;
		await refuseHoarder(c.env, shopperId, sku);
		const request = { shopperId, quantity, wait, ifMatch: ifMatch(c.req.header("if-match")) };
		const result = await reserve(c.env, c.executionCtx, sku, request);
		if (!("reservation" in result)) throw stockProblem(result, sku, Date.now());
		if (result.created) noteHold(c.env, c.executionCtx, shopperId, sku);
		const status = result.kind === "waiting" ? 202 : result.created ? 201 : 200;
		c.header("etag", etagOf(result.reservation));
		return c.json(reservationView(sku, result.reservation), status);
	})
	.openapi(read, async (c) => {
		const { sku } = c.req.valid("param");
		await requireProduct(c.env, sku);
		const result = await callSku(c.env, sku, (object) => object.reservation(c.var.shopperId));
		if (result.kind !== "found") throw stockProblem(result, sku, Date.now());
		c.header("etag", etagOf(result.reservation));
		return c.json(reservationView(sku, result.reservation), 200);
	})
	.openapi(release, async (c) => {
		const { sku } = c.req.valid("param");
		await requireProduct(c.env, sku);
		const result = await callSku(c.env, sku, (object) => object.release(c.var.shopperId));
		unlatch(sku);
		if (result.kind !== "released") throw stockProblem(result, sku, Date.now());
		c.header("etag", etagOf(result.reservation));
		return c.json(reservationView(sku, result.reservation), 200);
	})
	.openapi(extend, async (c) => {
		const { sku } = c.req.valid("param");
		await requireProduct(c.env, sku);
		const result = await callSku(c.env, sku, (object) => object.extend(c.var.shopperId));
		if (result.kind !== "extended") throw stockProblem(result, sku, Date.now());
		c.header("etag", etagOf(result.reservation));
		return c.json(reservationView(sku, result.reservation), 200);
	});
