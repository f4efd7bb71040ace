/** Checkouts that the merchant's server opens for a shopper: `/admin/v1/checkouts`. */
import { createRoute } from "@hono/zod-openapi";
import { merchantCheckoutIdOf } from "../../checkout/client.ts";
import { paymentProvider } from "../../payments/configured.ts";
import { originOf } from "../context.ts";
import { openCheckout } from "../open-checkout.ts";
import { Problem } from "../problems.ts";
import {
	ADMIN,
	BODY_PROBLEMS,
	json,
	jsonBody,
	LOCATION,
	newRouter,
	problemResponses,
	RequiredIdempotencyHeader,
	requiredIdempotencyKey,
	TOKEN_PROBLEMS,
} from "../route.ts";
import { MerchantCheckoutBody, MerchantCheckoutResponse, merchantCheckoutView } from "../shapes/checkout.ts";

const shared = { tags: ["Merchant: checkouts"], security: ADMIN };

const open = createRoute({
	...shared,
	method: "post",
	path: "/admin/v1/checkouts",
	operationId: "openCheckoutFor",
	summary: "Open a checkout for a shopper",
	description:
		"As a shopper does, and with what a browser may not say: `adjustments`. The same `Idempotency-Key` with the same " +
		"body answers with the same checkout, whoever its shopper is.",
	request: { headers: RequiredIdempotencyHeader, ...jsonBody(MerchantCheckoutBody) },
	responses: {
		201: json("The lines are the shopper's if it is paid by `expiresAt`.", MerchantCheckoutResponse, LOCATION),
		...problemResponses(
			...TOKEN_PROBLEMS,
			...BODY_PROBLEMS,
			"idempotency-key-missing",
			"unknown-sku",
			"lines-unavailable",
			"adjustments-refused",
			"terms-changed",
			"too-many-held",
			"idempotency-key-reused",
			"payment-refused",
		),
	},
});

export const adminCheckouts = newRouter().openapi(open, async (c) => {
	const key = requiredIdempotencyKey(c.req.header("idempotency-key"));
	const body = c.req.valid("json");
	const configured = paymentProvider(c.env);
	if (configured.kind === "not-configured") throw new Problem("not-configured", "This shop has no payment provider.");
	const id = await merchantCheckoutIdOf(key);
	const checkout = await openCheckout(c, id, body.shopperId, body, "merchant");
	c.header("location", `/admin/v1/checkouts/${id}`);
	return c.json(merchantCheckoutView(checkout, originOf(c)), 201);
});
