/** Checkouts and a shopper's own orders: `/v1/checkouts` and `/v1/orders`. */
import { createRoute } from "@hono/zod-openapi";
import { callCheckout, checkoutIdOf, newestOrder } from "../../checkout/client.ts";
import type { Checkout } from "../../checkout/rpc.ts";
import { endReasonOf, wasOpened } from "../../checkout/status.ts";
import { checkHoldings } from "../../edge/holding-limit.ts";
import { CHECKOUT_ID_PATTERN, ORDER_ID_PATTERN } from "../../ids.ts";
import { RETRY_AFTER_SECONDS } from "../../limits.ts";
import { paymentProvider } from "../../payments/configured.ts";
import { fingerprint } from "../../platform/hash.ts";
import { changed, edgeOf, requireSku } from "../context.ts";
import { shopperOnly } from "../middleware/auth.ts";
import { limitCheckouts } from "../middleware/rate-limits.ts";
import { Problem, retryAfter } from "../problems.ts";
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
import { tooManyHeld } from "../stock-problems.ts";

const middleware = [shopperOnly, limitCheckouts];
const shared = { tags: ["Checkouts"], security: SHOPPER, middleware };
const byId = { ...shared, path: "/v1/checkouts/{id}", request: { params: idPath("The checkout's id.") } } as const;

const openCheckout = createRoute({
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
		...problemResponses(...TOKEN_PROBLEMS, "unknown-checkout"),
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
	responses: { 200: json("The order.", OrderResponse), ...problemResponses(...TOKEN_PROBLEMS, "unknown-order") },
});

const unknownCheckout = (): Problem => new Problem("unknown-checkout", "You have no checkout with this id.");

async function isOpened(env: Env, id: string): Promise<boolean> {
	const checkout = await callCheckout(env, id, (object) => object.read());
	return checkout !== null && wasOpened(checkout);
}

/** @throws Problem `unknown-checkout`, also for a checkout of another shopper: ids are not secret */
function requireOwn(checkout: Checkout | null, shopperId: string): Checkout {
	if (checkout === null || checkout.shopperId !== shopperId || !wasOpened(checkout)) throw unknownCheckout();
	return checkout;
}

/** @throws Problem with the reason when the checkout could not be opened, or is not open yet */
function requireOpened(checkout: Checkout): Checkout {
	const ending = endReasonOf(checkout);
	if (ending === "refused") {
		const { lines } = checkoutView(checkout);
		const currencies = new Set(checkout.lines.flatMap((line) => ("currency" in line ? [line.currency] : [])));
		const refused = lines.filter((line) => line.fulfilment === "refused");
		// Each of the lines could be bought by itself, but one payment has one currency.
		const named = currencies.size > 1 ? lines.map((line) => ({ ...line, reason: "currencies-differ" })) : refused;
		const skus = named.map(({ sku }) => sku).join(", ");
		const detail = `${named.length} of ${lines.length} lines are not available: ${skus}.`;
		throw new Problem("lines-unavailable", detail, { members: { lines: named } });
	}
	if (ending === "unpayable") {
		throw new Problem(
			"payment-refused",
			"The provider does not accept a payment of this amount or currency. The lines were released.",
		);
	}
	if (ending === "failed" || checkout.phase === "opening") {
		throw new Problem(
			"temporarily-unavailable",
			"The checkout is not open yet. Send the request again with the same Idempotency-Key.",
			{
				headers: retryAfter(RETRY_AFTER_SECONDS),
			},
		);
	}
	return checkout;
}

export const checkouts = newRouter()
	.openapi(openCheckout, async (c) => {
		const key = requiredIdempotencyKey(c.req.header("idempotency-key"));
		const configured = paymentProvider(c.env);
		if (configured.kind === "not-configured") throw new Problem("not-configured", "This shop has no payment provider.");
		const { shopperId } = c.var;
		const body = c.req.valid("json");
		await Promise.all(body.lines.map(({ sku }) => requireSku(c, sku)));
		const [id, digest] = await Promise.all([checkoutIdOf(shopperId, key), fingerprint(body)]);
		const skus = body.lines.map(({ sku }) => sku);
		const tooMany = await checkHoldings(edgeOf(c), shopperId, skus);
		// A checkout that was opened before is answered as before.
		if (tooMany !== null && !(await isOpened(c.env, id))) throw tooManyHeld(tooMany, Date.now());
		const result = await callCheckout(c.env, id, (object) => object.open({ id, shopperId, ...body }, digest));
		if (result.kind === "key-reused") {
			throw new Problem("idempotency-key-reused", "This key belongs to a checkout with another body.");
		}
		changed(c, "openCheckout", body.lines);
		const checkout = requireOpened(result.checkout);
		c.header("location", `/v1/checkouts/${id}`);
		return c.json(checkoutView(checkout), 201);
	})
	.openapi(getCheckout, async (c) => {
		const { id } = c.req.valid("param");
		if (!CHECKOUT_ID_PATTERN.test(id)) throw unknownCheckout();
		const checkout = requireOwn(await callCheckout(c.env, id, (object) => object.read()), c.var.shopperId);
		// Reading may have been what ended it.
		if (endReasonOf(checkout) !== null) changed(c, "readEndedCheckout", checkout.lines);
		return c.json(checkoutView(checkout), 200);
	})
	.openapi(cancelCheckout, async (c) => {
		const { id } = c.req.valid("param");
		if (!CHECKOUT_ID_PATTERN.test(id)) throw unknownCheckout();
		requireOwn(await callCheckout(c.env, id, (object) => object.read()), c.var.shopperId);
		const checkout = requireOwn(await callCheckout(c.env, id, (object) => object.cancel()), c.var.shopperId);
		changed(c, "cancelCheckout", checkout.lines);
		if (checkout.phase === "committing" || checkout.phase === "completed") {
			throw new Problem("not-cancellable", "The checkout has been paid. Ask the shop for a refund.", {
				members: { checkoutStatus: checkoutView(checkout).status },
			});
		}
		return c.json(checkoutView(checkout), 200);
	})
	.openapi(getOrder, async (c) => {
		const { id } = c.req.valid("param");
		const order = ORDER_ID_PATTERN.test(id) ? await newestOrder(c.env, id) : null;
		if (order === null || order.shopperId !== c.var.shopperId) {
			throw new Problem("unknown-order", "You have no order with this id.");
		}
		return c.json(orderView(order), 200);
	});
