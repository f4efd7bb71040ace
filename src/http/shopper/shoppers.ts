/** Shoppers: `POST /v1/shoppers` for anybody, `POST /admin/v1/shoppers` for a merchant's own customer ids. */
import { createRoute } from "@hono/zod-openapi";
import { SHOPPER_TOKEN_SECONDS } from "../../limits.ts";
import { newId } from "../../platform/id.ts";
import { issueShopperToken } from "../middleware/auth.ts";
import { limitTokens } from "../middleware/rate-limits.ts";
import { requireHuman } from "../middleware/turnstile.ts";
import { ADMIN, BODY_PROBLEMS, json, jsonBody, newRouter, OPEN, problemResponses } from "../route.ts";
import { NewShopperBody, ShopperBody, ShopperResponse, shopperView } from "../shapes/shopper.ts";

const createShopper = createRoute({
	method: "post",
	path: "/v1/shoppers",
	operationId: "createShopper",
	summary: "Create a shopper token",
	description:
		"Makes a new shopper. The token is the only thing that proves who it is. A shop may ask for a challenge of Cloudflare " +
		"Turnstile first.",
	tags: ["Shoppers"],
	security: OPEN,
	middleware: limitTokens,
	request: { body: { required: false, content: { "application/json": { schema: NewShopperBody } } } },
	responses: {
		201: json("A new shopper and its token.", ShopperResponse),
		...problemResponses(
			...BODY_PROBLEMS,
			"challenge-required",
			"challenge-failed",
			"too-many-requests",
			"not-configured",
			"temporarily-unavailable",
		),
	},
});

const createShopperToken = createRoute({
	method: "post",
	path: "/admin/v1/shoppers",
	operationId: "createShopperToken",
	summary: "Create a token for a customer",
	description: "The same id is the same shopper, so a reservation outlives a lost browser session.",
	tags: ["Merchant: shoppers"],
	security: ADMIN,
	request: jsonBody(ShopperBody),
	responses: {
		201: json("A token of this shopper.", ShopperResponse),
		...problemResponses(...BODY_PROBLEMS, "unauthorized", "not-configured"),
	},
});

export const shoppers = newRouter()
	.openapi(createShopper, async (c) => {
		await requireHuman(c.env, c.req.valid("json")?.turnstileToken);
		const shopperId = `s_${newId()}`;
		const issued = await issueShopperToken(c.env, shopperId, Date.now(), SHOPPER_TOKEN_SECONDS);
		return c.json(shopperView(shopperId, issued), 201);
	})
	.openapi(createShopperToken, async (c) => {
		const { shopperId, expiresInSeconds } = c.req.valid("json");
		const issued = await issueShopperToken(c.env, shopperId, Date.now(), expiresInSeconds);
		return c.json(shopperView(shopperId, issued), 201);
	});
