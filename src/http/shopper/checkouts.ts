/** Checkouts and a shopper's own orders: `/v1/checkouts` and `/v1/orders`. */
import { createRoute } from "@hono/zod-openapi";
import { callCheckout, checkoutIdOf, newestOrder } from "../../checkout/client.ts";
import type { Checkout } from "../../checkout/rpc.ts";
import { endReasonOf, statusOf, wasOpened } from "../../checkout/status.ts";
import { CHECKOUT_ID_PATTERN, ORDER_ID_PATTERN } from "../../ids.ts";
import { paymentProvider } from "../../payments/configured.ts";
import { changed, originOf } from "../context.ts";
import { shopperOnly } from "../middleware/auth.ts";
import { limitCheckouts } from "../middleware/rate-limits.ts";
import { openCheckout } from "../open-checkout.ts";
import { Problem } from "../problems.ts";
import {
	BODY_PROBLEMS,
	json,
	jsonBody,
	LOCATION,
	newRouter,
	problemResponses,
	RequiredIdempotencyHeader,
	requiredIdempotencyKey,
	SHOPPER,
	TOKEN_PROBLEMS,
} from "../route.ts";
import { CheckoutBody, CheckoutResponse, checkoutView } from "../shapes/checkout.ts";
import { idPath } from "../shapes/common.ts";
import { OrderResponse, orderView } from "../shapes/order.ts";

const middleware = [shopperOnly, limitCheckouts];
const shared = { tags: ["Checkouts"], security: SHOPPER, middleware };
const byId = { ...shared, path: "/v1/checkouts/{id}", request: { params: idPath("The checkout's id.") } } as const;

const open = createRoute({
	...shared,
	method: "post",
	path: "/v1/checkouts",
	operationId: "openCheckout",
	summary: "Open a checkout",
	description:
		"Secures every line, then creates the payment. The same `Idempotency-Key` with the same body answers with the " +
		"same checkout.",
	request: { headers: RequiredIdempotencyHeader, ...jsonBody(CheckoutBody) },
	responses: {
		201: json("The lines are yours if you pay by `expiresAt`.", CheckoutResponse, LOCATION),
		...problemResponses(
			...TOKEN_PROBLEMS,
			...BODY_PROBLEMS,
			"idempotency-key-missing",
			"unknown-sku",
			"lines-unavailable",
			"terms-changed",
			"too-many-held",
			"idempotency-key-reused",
			"payment-refused",
			"too-many-requests",
		),
	},
});

const getCheckout = createRoute({
	...byId,
	method: "get",
	operationId: "getCheckout",
	summary: "Get a checkout",
	responses: {
		200: json("The checkout.", CheckoutResponse),
		...problemResponses(...TOKEN_PROBLEMS, "unknown-checkout", "too-many-requests"),
	},
});

const cancelCheckout = createRoute({
	...byId,
	method: "delete",
	operationId: "cancelCheckout",
	summary: "Cancel a checkout",
	description: "Gives back what the checkout had pinned, and cancels its payment.",
	responses: {
		200: json("The checkout, cancelled now or ended before.", CheckoutResponse),
		...problemResponses(...TOKEN_PROBLEMS, "unknown-checkout", "not-cancellable", "too-many-requests"),
	},
});

const getOrder = createRoute({
	method: "get",
	path: "/v1/orders/{id}",
	operationId: "getOrder",
	summary: "Get an order",
	description: "The shopper's own order, from the moment it is paid.",
	tags: ["Orders"],
	security: SHOPPER,
	middleware,
	request: { params: idPath("The order's id.") },
	responses: {
		200: json("The order.", OrderResponse),
		...problemResponses(...TOKEN_PROBLEMS, "unknown-order", "too-many-requests"),
	},
});

const unknownCheckout = (): Problem => new Problem("unknown-checkout", "You have no checkout with this id.");

/** @throws Problem `unknown-checkout`, also for a checkout of another shopper: ids are not secret */
function requireOwn<C extends Checkout>(checkout: C | null, shopperId: string): C {
	if (checkout === null || checkout.shopperId !== shopperId || !wasOpened(checkout)) throw unknownCheckout();
	return checkout;
}

export const checkouts = newRouter()
	.openapi(open, async (c) => {
		const key = requiredIdempotencyKey(c.req.header("idempotency-key"));
		const configured = paymentProvider(c.env);
		if (configured.kind === "not-configured") throw new Problem("not-configured", "This shop has no payment provider.");
		const { shopperId } = c.var;
		const id = await checkoutIdOf(shopperId, key);
		const checkout = await openCheckout(c, id, shopperId, c.req.valid("json"), "shopper");
		c.header("location", `/v1/checkouts/${id}`);
		return c.json(checkoutView(checkout, originOf(c)), 201);
	})
	.openapi(getCheckout, async (c) => {
		const { id } = c.req.valid("param");
		if (!CHECKOUT_ID_PATTERN.test(id)) throw unknownCheckout();
		const own = requireOwn(await callCheckout(c.env, id, (object) => object.read()), c.var.shopperId);
		// Reading may have been what ended it.
		changed(c, "readEndedCheckout", endReasonOf(own) === null ? [] : own.lines, own);
		return c.json(checkoutView(own, originOf(c)), 200);
	})
	.openapi(cancelCheckout, async (c) => {
		const { id } = c.req.valid("param");
		if (!CHECKOUT_ID_PATTERN.test(id)) throw unknownCheckout();
		requireOwn(await callCheckout(c.env, id, (object) => object.read()), c.var.shopperId);
		const checkout = requireOwn(await callCheckout(c.env, id, (object) => object.cancel()), c.var.shopperId);
		changed(c, "cancelCheckout", checkout.lines, checkout);
		if (checkout.phase === "committing" || checkout.phase === "completed") {
			throw new Problem("not-cancellable", "The checkout has been paid. Ask the shop for a refund.", {
				members: { checkoutStatus: statusOf(checkout) },
			});
		}
		return c.json(checkoutView(checkout, originOf(c)), 200);
	})
	.openapi(getOrder, async (c) => {
		const { id } = c.req.valid("param");
		const order = ORDER_ID_PATTERN.test(id) ? await newestOrder(c.env, id) : null;
		if (order === null || order.shopperId !== c.var.shopperId) {
			throw new Problem("unknown-order", "You have no order with this id.");
		}
		return c.json(orderView(order), 200);
	});
