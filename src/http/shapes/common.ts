/**
 * Parts that the shapes of several resources share.
 *
 * A shape is a zod schema, and the schemas are also what the OpenAPI document is made of, so the document says what is
 * checked. Requests are bounded in every direction before anything acts on them. Their objects are strict: a member that we
 * do not know is refused rather than ignored, since a misspelt `limitPerShoper` would sell without a limit.
 */
import { z } from "@hono/zod-openapi";
import { SKU_PATTERN } from "../../ids.ts";
import * as limits from "../../limits.ts";

// ---- Requests

/** RFC 3339. An offset other than Z is accepted; answers are in UTC. */
export const DateTime = z.iso.datetime({ offset: true });

export const Sku = z
	.string()
	.regex(
		SKU_PATTERN,
		"a SKU is 1 to 64 letters, digits, dots, underscores or hyphens, beginning with a letter or digit",
	)
	.openapi({ param: { name: "sku", in: "path" }, example: "drop-12-12" });

export const SkuPath = z.object({ sku: Sku });
/** Ids are ours, so one that is not of our making is simply not found. */
export const IdPath = z.object({ id: z.string().max(limits.MAX_ID) });

const CURRENCY = /^[A-Z]{3}$/;

export const Money = z.strictObject({
	amount: z.int().min(0).max(limits.MAX_PRICE_MINOR).openapi({ description: "minor units" }),
	currency: z.string().regex(CURRENCY, "an ISO 4217 code in capitals"),
});

export const Quantity = z.int().min(1).max(limits.MAX_QUANTITY);

export const LineBody = z.strictObject({ sku: Sku, quantity: Quantity });

export const Cursor = z.string().max(limits.MAX_CURSOR);
export const pageLimit = (fallback: number, most: number) => z.coerce.number().int().min(1).max(most).default(fallback);

// ---- Answers

export const Instant = z.iso.datetime();
export const MoneyResponse = z.object({ amount: z.int().min(0), currency: z.string().regex(CURRENCY) });
export const NextCursor = z.string().nullable();

export const money = (amount: number, currency: string) => ({ amount, currency });
