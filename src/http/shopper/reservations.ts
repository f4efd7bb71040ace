/** A shopper's reservation of one SKU: `/v1/reservations/{sku}`. */
import { createRoute } from "@hono/zod-openapi";
import type { Context } from "hono";
import { checkFlagged, recordHold } from "../../edge/holding-limit.ts";
import { MAX_SKUS_HELD } from "../../limits.ts";
import { configuredMailer } from "../../mail/configured.ts";
import { etagOf, reservationView } from "../../stock/api-views.ts";
import type { ReserveRequest } from "../../stock/rpc.ts";
import { type AppEnv, edgeOf, originOf, requireSku } from "../context.ts";
import { shopperOnly } from "../middleware/auth.ts";
import { limitReservations } from "../middleware/rate-limits.ts";
import {
	BODY_PROBLEMS,
	ETAG,
	IF_MATCH,
	ifMatch,
	json,
	jsonBody,
	newRouter,
	problemResponses,
	SHOPPER,
	TOKEN_PROBLEMS,
} from "../route.ts";
import { SkuPath } from "../shapes/common.ts";
import { ReservationResponse, ReserveBody } from "../shapes/reservation.ts";
import { stockProblem, tooManyHeld } from "../stock-problems.ts";

const path = "/v1/reservations/{sku}";
const shared = {
	tags: ["Reservations"],
	security: SHOPPER,
	middleware: [shopperOnly, limitReservations],
	request: { params: SkuPath },
};
const always = [...TOKEN_PROBLEMS, "invalid-request", "unknown-sku"] as const;

/** Exported for the bench, which serves this route without the object to measure what the rest costs. */
export const reserve = createRoute({
	...shared,
	method: "put",
	path,
	operationId: "reserve",
	summary: "Reserve units",
	description:
		"Sets how many units you hold, or joins the waitlist with `wait`. Repeating a request answers the same, and does " +
		`not start the hold's time again. You may have something of ${MAX_SKUS_HELD} SKUs at once. The first request ` +
		"beyond that may still be answered 201, since it is counted after it was answered: then the units are taken back " +
		"a moment later, and the next one is refused as `too-many-held`.",
	parameters: [IF_MATCH],
	request: { params: SkuPath, ...jsonBody(ReserveBody) },
	responses: {
		200: json("You held units before, and now hold these.", ReservationResponse, ETAG),
		201: json("The units are held until `expiresAt`.", ReservationResponse, ETAG),
		202: json("You are on the waitlist.", ReservationResponse, ETAG),
		...problemResponses(
			...always,
			...BODY_PROBLEMS,
			"sold-out",
			"limit-exceeded",
			"too-many-held",
			"sale-not-open",
			"in-checkout",
			"precondition-failed",
			"too-many-requests",
		),
	},
});

const getReservation = createRoute({
	...shared,
	method: "get",
	path,
	operationId: "getReservation",
	summary: "Get a reservation",
	description: "Your live reservation of the SKU, or how your last one ended.",
	responses: {
		200: json("The reservation.", ReservationResponse, ETAG),
		...problemResponses(...always, "no-reservation", "too-many-requests"),
	},
});

const releaseReservation = createRoute({
	...shared,
	method: "delete",
	path,
	operationId: "releaseReservation",
	summary: "Release a reservation",
	description: "Gives back the held units, or leaves the waitlist. Repeating it answers the same.",
	parameters: [IF_MATCH],
	responses: {
		200: json("The reservation as it ended.", ReservationResponse, ETAG),
		...problemResponses(
			...always,
			"no-reservation",
			"in-checkout",
			"already-sold",
			"precondition-failed",
			"too-many-requests",
		),
	},
});

const extendReservation = createRoute({
	...shared,
	method: "post",
	path: `${path}/extend`,
	operationId: "extendReservation",
	summary: "Extend a reservation",
	description: "Starts the hold's time again, as often as the SKU's policy allows.",
	parameters: [IF_MATCH],
	responses: {
		200: json("The reservation with its new `expiresAt`.", ReservationResponse, ETAG),
		...problemResponses(
			...always,
			"no-reservation",
			"extension-limit",
			"in-checkout",
			"not-held",
			"precondition-failed",
			"too-many-requests",
		),
	},
});

/** Where no mail is sent no address is kept. */
function toNotify(c: Context<AppEnv>, notify: { readonly email: string } | null): ReserveRequest["notify"] {
	return notify && configuredMailer(c.env) && { email: notify.email, origin: originOf(c) };
}

export const reservations = newRouter()
	.openapi(reserve, async (c) => {
		const sku = await requireSku(c, c.req.valid("param").sku);
		const { quantity, wait, notify } = c.req.valid("json");
		const shopperId = c.get("shopperId");
		const tooMany = await checkFlagged(edgeOf(c), shopperId, sku.name);
		if (tooMany !== null) throw tooManyHeld(tooMany, Date.now());
		const result = await sku.reserve({
			...{ shopperId, quantity, wait, ifMatch: ifMatch(c.req.header("if-match")) },
			...(notify === undefined ? {} : { notify: toNotify(c, notify) }),
		});
		if (!("reservation" in result)) throw stockProblem(result, sku.name, Date.now());
		if (result.created) recordHold(edgeOf(c), shopperId, sku.name);
		const status = result.kind === "waiting" ? 202 : result.created ? 201 : 200;
		c.header("etag", etagOf(result.reservation));
		return c.json(reservationView(sku.name, result.reservation), status);
	})
	.openapi(getReservation, async (c) => {
		const sku = await requireSku(c, c.req.valid("param").sku);
		const result = await sku.reservation(c.var.shopperId);
		if (result.kind !== "found") throw stockProblem(result, sku.name, Date.now());
		c.header("etag", etagOf(result.reservation));
		return c.json(reservationView(sku.name, result.reservation), 200);
	})
	.openapi(releaseReservation, async (c) => {
		const sku = await requireSku(c, c.req.valid("param").sku);
		const result = await sku.release(c.var.shopperId, ifMatch(c.req.header("if-match")));
		if (result.kind !== "released") throw stockProblem(result, sku.name, Date.now());
		c.header("etag", etagOf(result.reservation));
		return c.json(reservationView(sku.name, result.reservation), 200);
	})
	.openapi(extendReservation, async (c) => {
		const sku = await requireSku(c, c.req.valid("param").sku);
		const result = await sku.extend(c.var.shopperId, ifMatch(c.req.header("if-match")));
		if (result.kind !== "extended") throw stockProblem(result, sku.name, Date.now());
		c.header("etag", etagOf(result.reservation));
		return c.json(reservationView(sku.name, result.reservation), 200);
	});
