/** Checkouts that the merchant's server opens for a shopper, and the payment of its own shop: `/admin/v1/checkouts`. */
import { createRoute } from "@hono/zod-openapi";
import { callCheckout, merchantCheckoutIdOf } from "../../checkout/client.ts";
import { outcomeOf, statusOf } from "../../checkout/status.ts";
import { CHECKOUT_ID_PATTERN } from "../../ids.ts";
import { paymentProvider } from "../../payments/configured.ts";
import { assertNever } from "../../platform/assert.ts";
import { changed, originOf } from "../context.ts";
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
import { idPath, money } from "../shapes/common.ts";
import {
	MerchantCheckoutBody,
	MerchantCheckoutResponse,
	merchantCheckoutView,
	PaidBody,
	PaidResponse,
	paidView,
} from "../shapes/merchant-checkout.ts";

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

const byId = { params: idPath("The checkout's id.") };

const paid = createRoute({
	...shared,
	method: "post",
	path: "/admin/v1/checkouts/{id}/paid",
	operationId: "reportPaid",
	summary: "Say that your shop was paid",
	description:
		"For a checkout whose payment is your own. It is a sale when it was paid within the window and its grace, however " +
		"late this arrives: what is pinned is sold, what is free is taken again, and what is not becomes a pre-order if that " +
		"was accepted. `refund` says what your shop has to give back, also when only a part was to be had. The same " +
		"reference again gets the same answer.",
	request: { ...byId, ...jsonBody(PaidBody) },
	responses: {
		200: json("What became of it, and what your shop has to give back.", PaidResponse),
		...problemResponses(...TOKEN_PROBLEMS, ...BODY_PROBLEMS, "unknown-checkout", "not-external", "paid-otherwise"),
	},
});

const abandon = createRoute({
	...shared,
	method: "post",
	path: "/admin/v1/checkouts/{id}/abandon",
	operationId: "abandonCheckout",
	summary: "Give up a checkout of your own payment",
	description: "Gives the units back. What is said to be paid after that is to be refunded.",
	request: byId,
	responses: {
		200: json("The checkout, ended now or before.", MerchantCheckoutResponse),
		...problemResponses(
			...TOKEN_PROBLEMS,
			"unknown-checkout",
			"not-external",
			"not-cancellable",
			"unsupported-media-type",
		),
	},
});

const unknown = (): Problem => new Problem("unknown-checkout", "There is no checkout with this id.");
const notExternal = (): Problem => new Problem("not-external", "The payment of this checkout is not the shop's own.");

export const adminCheckouts = newRouter()
	.openapi(open, async (c) => {
		const key = requiredIdempotencyKey(c.req.header("idempotency-key"));
		const body = c.req.valid("json");
		const configured = paymentProvider(c.env);
		if (body.payment !== "external" && configured.kind === "not-configured")
			throw new Problem("not-configured", "This shop has no payment provider.");
		const id = await merchantCheckoutIdOf(key);
		const checkout = await openCheckout(c, id, body.shopperId, body, "merchant");
		c.header("location", `/admin/v1/checkouts/${id}`);
		return c.json(merchantCheckoutView(checkout, originOf(c)), 201);
	})
	.openapi(paid, async (c) => {
		const { id } = c.req.valid("param");
		const { reference, paidAt, amount } = c.req.valid("json");
		if (!CHECKOUT_ID_PATTERN.test(id)) throw unknown();
		const { amount: amountMinor, currency } = amount;
		const said = { reference, paidAtMs: Date.parse(paidAt), amountMinor, currency };
		const result = await callCheckout(c.env, id, (object) => object.paidOutside(said));
		switch (result.kind) {
			case "paid": {
				changed(c, "paidOutside", result.checkout.lines, result);
				const outcome = outcomeOf(result.checkout);
				if (outcome !== null) return c.json(paidView(result.checkout, outcome, originOf(c)), 200);
				throw new Problem(
					"temporarily-unavailable",
					"The payment is noted, and its units are not sold yet. Say it again.",
				);
			}
			case "unknown-checkout":
			case "not-open":
				throw unknown();
			case "not-external":
				throw notExternal();
			case "amount-differs": {
				const total = money(result.amountMinor, result.currency);
				throw new Problem("paid-otherwise", "The amount is not the checkout's total.", { members: { total } });
			}
			case "paid-otherwise": {
				const members = { reference: result.reference };
				throw new Problem("paid-otherwise", "The checkout was paid by another reference.", { members });
			}
			default:
				return assertNever(result);
		}
	})
	.openapi(abandon, async (c) => {
		const { id } = c.req.valid("param");
		const before = CHECKOUT_ID_PATTERN.test(id) ? await callCheckout(c.env, id, (object) => object.read()) : null;
		if (before === null) throw unknown();
		if (!before.isExternal) throw notExternal();
		const checkout = await callCheckout(c.env, id, (object) => object.cancel());
		if (checkout === null) throw unknown();
		changed(c, "cancelCheckout", checkout.lines, checkout);
		if (checkout.phase === "committing" || checkout.phase === "completed") {
			throw new Problem("not-cancellable", "The checkout has been paid. Refund its order.", {
				members: { checkoutStatus: statusOf(checkout) },
			});
		}
		return c.json(merchantCheckoutView(checkout, originOf(c)), 200);
	});
