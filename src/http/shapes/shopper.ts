/** A shopper's token. */
import { z } from "@hono/zod-openapi";
import { SHOPPER_ID_PATTERN } from "../../ids.ts";
import { MAX_SHOPPER_TOKEN_SECONDS, MAX_TURNSTILE_TOKEN, SHOPPER_TOKEN_SECONDS } from "../../limits.ts";
import { time } from "../../platform/rfc3339.ts";
import { EXAMPLE, Instant } from "./common.ts";

export const NewShopperBody = z
	.strictObject({
		turnstileToken: z.string().min(1).max(MAX_TURNSTILE_TOKEN).optional().openapi({
			description:
				"What the challenge gave the page. Needed where the shop asks for one: `challenge-required` says so.",
		}),
	})
	.optional()
	.openapi("NewShopperRequest", { example: {} });

export const ShopperBody = z
	.strictObject({
		shopperId: z.string().regex(SHOPPER_ID_PATTERN).openapi({
			description: "Your own id of the customer. Ids that differ in case only are two shoppers.",
		}),
		expiresInSeconds: z
			.int()
			.min(1)
			.max(MAX_SHOPPER_TOKEN_SECONDS)
			.default(SHOPPER_TOKEN_SECONDS)
			.openapi({ description: "For how long the token is valid." }),
	})
	.openapi("ShopperTokenRequest", { example: { shopperId: "customer-1042", expiresInSeconds: 86_400 } });

export const ShopperResponse = z
	.object({
		shopperId: z.string(),
		token: z.string().openapi({ description: "Send it as `Authorization: Bearer <token>`." }),
		expiresAt: Instant,
	})
	.openapi("Shopper", {
		example: {
			shopperId: EXAMPLE.shopperId,
			token: "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJzXzAxOWIifQ.c2lnbmF0dXJl",
			expiresAt: "2027-01-11T12:00:00.000Z",
		},
	});

export const shopperView = (shopperId: string, { token, expiresAtMs }: { token: string; expiresAtMs: number }) => ({
	shopperId,
	token,
	expiresAt: time(expiresAtMs),
});
