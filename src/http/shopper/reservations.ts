/** A shopper's reservation of one SKU: `/v1/reservations/{sku}`. */
import { createRoute } from "@hono/zod-openapi";
import { checkFlagged, recordHold } from "../../edge/holding-limit.ts";
import { reservationView } from "../../stock/api-views.ts";
import { edgeOf, requireSku } from "../context.ts";
import { shopperOnly } from "../middleware/auth.ts";
import { limitReservations } from "../middleware/rate-limits.ts";
import { ifMatch, json, jsonBody, newRouter, problemResponses, SHOPPER } from "../route.ts";
import { SkuPath } from "../shapes/common.ts";
import { etagOf, ReservationResponse, ReserveBody } from "../shapes/reservation.ts";
import { stockProblem, tooManyHeld } from "../stock-problems.ts";

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
		const sku = await requireSku(c, c.req.valid("param").sku);
		const { quantity, wait } = c.req.valid("json");
		const { shopperId } = c.var;
		const tooMany = await checkFlagged(edgeOf(c), shopperId, sku.name);
		if (tooMany !== null) throw tooManyHeld(tooMany, Date.now());
		const result = await sku.reserve({ shopperId, quantity, wait, ifMatch: ifMatch(c.req.header("if-match")) });
		if (!("reservation" in result)) throw stockProblem(result, sku.name, Date.now());
		if (result.created) recordHold(edgeOf(c), shopperId, sku.name);
		const status = result.kind === "waiting" ? 202 : result.created ? 201 : 200;
		c.header("etag", etagOf(result.reservation));
		return c.json(reservationView(sku.name, result.reservation), status);
	})
	.openapi(read, async (c) => {
		const sku = await requireSku(c, c.req.valid("param").sku);
		const result = await sku.reservation(c.var.shopperId);
		if (result.kind !== "found") throw stockProblem(result, sku.name, Date.now());
		c.header("etag", etagOf(result.reservation));
		return c.json(reservationView(sku.name, result.reservation), 200);
	})
	.openapi(release, async (c) => {
		const sku = await requireSku(c, c.req.valid("param").sku);
		const result = await sku.release(c.var.shopperId);
		if (result.kind !== "released") throw stockProblem(result, sku.name, Date.now());
		c.header("etag", etagOf(result.reservation));
		return c.json(reservationView(sku.name, result.reservation), 200);
	})
	.openapi(extend, async (c) => {
		const sku = await requireSku(c, c.req.valid("param").sku);
		const result = await sku.extend(c.var.shopperId);
		if (result.kind !== "extended") throw stockProblem(result, sku.name, Date.now());
		c.header("etag", etagOf(result.reservation));
		return c.json(reservationView(sku.name, result.reservation), 200);
	});
