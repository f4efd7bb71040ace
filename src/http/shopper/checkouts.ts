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
	IdempotencyHeader,
	json,
	jsonBody,
	newRouter,
	problemResponses,
	requiredIdempotencyKey,
	SHOPPER,
} from "../route.ts";
import { CheckoutBody, CheckoutResponse, checkoutView } from "../shapes/checkout.ts";
import { IdPath } from "../shapes/common.ts";
import { OrderResponse, orderView } from "../shapes/order.ts";
import { tooManyHeld } from "../stock-problems.ts";

const shared = { security: SHOPPER, middleware: [shopperOnly, limitCheckouts] };

const open = createRoute({
	...shared,
	method: "post",
	path: "/v1/checkouts",
	summary: "Check out: every line is secured before you pay",
	description: "Needs an `Idempotency-Key` header. The same key with the same body answers with the same checkout.",
	request: { headers: IdempotencyHeader, ...jsonBody(CheckoutBody) },
	responses: {
		201: json("Pay by expiresAt, and the lines are yours", CheckoutResponse),
		...problemResponses({
			400: ["invalid-request", "idempotency-key-missing"],
			401: ["unauthorized"],
			404: ["unknown-sku"],
			409: ["lines-unavailable", "too-many-held", "idempotency-key-in-flight"],
			422: ["idempotency-key-reused", "payment-refused"],
			503: ["temporarily-unavailable", "not-configured"],
		}),
	},
});

const read = createRoute({
	...shared,
	method: "get",
	path: "/v1/checkouts/{id}",
	summary: "Where a checkout stands",
	request: { params: IdPath },
	responses: { 200: json("The checkout", CheckoutResponse), ...problemResponses({ 404: ["unknown-checkout"] }) },
});

const cancel = createRoute({
	...shared,
	method: "delete",
	path: "/v1/checkouts/{id}",
	summary: "Call a checkout off: what it had pinned goes back",
	request: { params: IdPath },
	responses: {
		200: json("The checkout, cancelled or ended before", CheckoutResponse),
		...problemResponses({ 404: ["unknown-checkout"], 409: ["not-cancellable"] }),
	},
});

const readOrder = createRoute({
	...shared,
	method: "get",
	path: "/v1/orders/{id}",
	summary: "Your order, from the moment it is paid",
	request: { params: IdPath },
	responses: { 200: json("The order", OrderResponse), ...problemResponses({ 404: ["unknown-order"] }) },
});

const unknownCheckout = (): Problem => new Problem("unknown-checkout", "You have no checkout with this id.");

async function isOpened(env: Env, id: string): Promise<boolean> {
	const checkout = await callCheckout(env, id, (object) => object.read());
	return checkout !== null && wasOpened(checkout);
}

/** @throws Problem `unknown-checkout`, also for another shopper's: an id is no secret */
function requireOwn(checkout: Checkout | null, shopperId: string): Checkout {
	if (checkout === null || checkout.shopperId !== shopperId || !wasOpened(checkout)) throw unknownCheckout();
	return checkout;
}

/** The opened checkout. @throws Problem saying why it could not be opened, or not yet */
function requireOpened(checkout: Checkout): Checkout {
	const ending = endReasonOf(checkout);
	if (ending === "refused") {
		const { lines } = checkoutView(checkout);
		const currencies = new Set(checkout.lines.flatMap((line) => ("currency" in line ? [line.currency] : [])));
		const refused = lines.filter((line) => line.fulfilment === "refused");
		// Lines in several currencies are each fine alone, and cannot be paid together.
		const named = currencies.size > 1 ? lines.map((line) => ({ ...line, reason: "currencies-differ" })) : refused;
		const detail = `${named.length} of ${lines.length} lines cannot be had: ${named.map((line) => line.sku).join(", ")}.`;
		throw new Problem("lines-unavailable", detail, { members: { lines: named } });
	}
	if (ending === "unpayable") {
		throw new Problem("payment-refused", "The provider turned this amount or currency down. Nothing is held.");
	}
	if (ending === "failed" || checkout.phase === "opening") {
		throw new Problem("temporarily-unavailable", "The checkout is not open yet. Ask again with the same key.", {
			headers: retryAfter(RETRY_AFTER_SECONDS),
		});
	}
	return checkout;
}

export const checkouts = newRouter()
	.openapi(open, async (c) => {
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
	.openapi(read, async (c) => {
		const { id } = c.req.valid("param");
		if (!CHECKOUT_ID_PATTERN.test(id)) throw unknownCheckout();
		const checkout = requireOwn(await callCheckout(c.env, id, (object) => object.read()), c.var.shopperId);
		// Reading may have been what ended it.
		if (endReasonOf(checkout) !== null) changed(c, "readEndedCheckout", checkout.lines);
		return c.json(checkoutView(checkout), 200);
	})
	.openapi(cancel, async (c) => {
		const { id } = c.req.valid("param");
		if (!CHECKOUT_ID_PATTERN.test(id)) throw unknownCheckout();
		requireOwn(await callCheckout(c.env, id, (object) => object.read()), c.var.shopperId);
		const checkout = requireOwn(await callCheckout(c.env, id, (object) => object.cancel()), c.var.shopperId);
		changed(c, "cancelCheckout", checkout.lines);
		if (checkout.phase === "committing" || checkout.phase === "completed") {
			throw new Problem("not-cancellable", "It has been paid. Ask the shop for a refund.", {
				members: { checkoutStatus: checkoutView(checkout).status },
			});
		}
		return c.json(checkoutView(checkout), 200);
	})
	.openapi(readOrder, async (c) => {
		const { id } = c.req.valid("param");
		const order = ORDER_ID_PATTERN.test(id) ? await newestOrder(c.env, id) : null;
		if (order === null || order.shopperId !== c.var.shopperId) {
			throw new Problem("unknown-order", "You have no order with this id.");
		}
		return c.json(orderView(order), 200);
	});
