/** Shoppers: `POST /v1/shoppers` for anybody, `POST /admin/v1/shoppers` for a merchant's own customer ids. */
import { createRoute } from "@hono/zod-openapi";
import { SHOPPER_TOKEN_SECONDS } from "../../limits.ts";
import { newId } from "../../platform/id.ts";
import { time } from "../../platform/rfc3339.ts";
import { issueShopperToken } from "../middleware/auth.ts";
import { limitTokens } from "../middleware/rate-limits.ts";
import { ADMIN, json, jsonBody, newRouter, problemResponses } from "../route.ts";
import { ShopperBody, ShopperResponse } from "../shapes/shopper.ts";

const create = createRoute({
	method: "post",
	path: "/v1/shoppers",
	summary: "Become a shopper",
	middleware: limitTokens,
	responses: {
		201: json("A new shopper and its token", ShopperResponse),
		...problemResponses({ 429: ["too-many-requests"], 503: ["not-configured"] }),
	},
});

const mint = createRoute({
	method: "post",
	path: "/admin/v1/shoppers",
	summary: "Mint a token for a customer of yours",
	description: "The same id is the same shopper, so that a reservation outlives a lost browser session.",
	security: ADMIN,
	request: jsonBody(ShopperBody),
	responses: {
		201: json("A token for this shopper", ShopperResponse),
		...problemResponses({ 400: ["invalid-request"] }),
	},
});

export const shoppers = newRouter()
	.openapi(create, async (c) => {
		const shopperId = `s_${newId()}`;
		const { token, expiresAtMs } = await issueShopperToken(
			c.env.SHOPPER_TOKEN_SECRET,
			shopperId,
			Date.now(),
			SHOPPER_TOKEN_SECONDS,
		);
		return c.json({ shopperId, token, expiresAt: time(expiresAtMs) }, 201);
	})
	.openapi(mint, async (c) => {
		const { shopperId, expiresInSeconds } = c.req.valid("json");
		const { token, expiresAtMs } = await issueShopperToken(
			c.env.SHOPPER_TOKEN_SECRET,
			shopperId,
			Date.now(),
			expiresInSeconds,
		);
		return c.json({ shopperId, token, expiresAt: time(expiresAtMs) }, 201);
	});
