/** A shopper's token. */
import { z } from "@hono/zod-openapi";
import { SHOPPER_ID_PATTERN } from "../../ids.ts";
import { MAX_SHOPPER_TOKEN_SECONDS, SHOPPER_TOKEN_SECONDS } from "../../limits.ts";
import { Instant } from "./common.ts";

export const ShopperBody = z.strictObject({
	shopperId: z.string().regex(SHOPPER_ID_PATTERN),
	expiresInSeconds: z.int().min(1).max(MAX_SHOPPER_TOKEN_SECONDS).default(SHOPPER_TOKEN_SECONDS),
});

export const ShopperResponse = z
	.object({ shopperId: z.string(), token: z.string(), expiresAt: Instant })
	.openapi("Shopper");
