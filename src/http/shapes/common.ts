/**
 * Parts that the shapes of several resources share.
 *
 * A shape is a zod schema, and the OpenAPI document is made of the schemas, so the document says what is checked. A
 * request is bounded in every direction before anything acts on it. Objects in requests are strict: an unknown member
 * is refused rather than ignored, since a misspelt `limitPerShoper` would sell without a limit.
 */
import { z } from "@hono/zod-openapi";
import { ID_PATTERN, SKU_PATTERN } from "../../ids.ts";
import * as limits from "../../limits.ts";

// ---- Requests

/**
 * The path of the first text in a request that is not well-formed Unicode, be it a value or a name; null when there is
 * none. Half of a surrogate pair has no form in UTF-8: the databases would keep another text than was sent. `route.ts`
 * asks this of everything that a schema has let through, so that no new member can forget it.
 */
export function illFormedText(value: unknown, path: readonly string[] = []): readonly string[] | null {
	if (typeof value === "string") return value.isWellFormed() ? null : path;
	if (typeof value !== "object" || value === null) return null;
	for (const name in value) {
		const at = [...path, name];
		const found = name.isWellFormed() ? illFormedText((value as Record<string, unknown>)[name], at) : at;
		if (found !== null) return found;
	}
	return null;
}

const FIRST_INSTANT_MS = Date.parse("0001-01-01T00:00:00Z");
const LAST_INSTANT_MS = Date.parse("9999-12-31T23:59:59.999Z");

/**
 * RFC 3339. An offset other than Z is accepted; answers are in UTC. An instant whose year in UTC has other than four
 * digits could not be answered in RFC 3339.
 */
export const DateTime = z.iso.datetime({ offset: true }).refine((text) => {
	const ms = Date.parse(text);
	return ms >= FIRST_INSTANT_MS && ms <= LAST_INSTANT_MS;
}, "the year in UTC must be 0001 to 9999");

const SKU_RULE = "a SKU is 1 to 64 letters, digits, dots, underscores or hyphens, beginning with a letter or digit";

export const Sku = z.string().regex(SKU_PATTERN, SKU_RULE).openapi({ example: "drop-12-12" });

export const SkuPath = z.object({
	sku: Sku.openapi({ param: { name: "sku", in: "path", description: "The SKU." } }),
});

/** An id is accepted in any form: one that is not of our making is simply not found. */
export const idPath = (description: string) =>
	z.object({
		id: z
			.string()
			.max(limits.MAX_ID)
			.openapi({ param: { name: "id", in: "path", description } }),
	});

export const CURRENCY = /^[A-Z]{3}$/;

export const CurrencyCode = z
	.string()
	.regex(CURRENCY, "an ISO 4217 code in capitals")
	.openapi({ description: "ISO 4217 code." });

export const MoneyBody = z.strictObject({
	amount: z.int().min(0).max(limits.MAX_PRICE_MINOR).openapi({ description: "Minor units of the currency." }),
	currency: CurrencyCode,
});

export const Quantity = z.int().min(1).max(limits.MAX_QUANTITY).openapi({ description: "Units." });

export const LineBody = z.strictObject({ sku: Sku, quantity: Quantity });

/**
 * A query's place in a list. Lists start at their beginning without one.
 * @param form what the places of this list look like. With another one the list would begin anywhere, or look as if it had
 * ended
 */
const cursor = (form: RegExp) =>
	z
		.string()
		.max(limits.MAX_CURSOR, { abort: true })
		.refine((place) => place === "" || form.test(place), "not a cursor of this list")
		.default("")
		.openapi({ param: { description: "`nextCursor` of the page before; empty for the first page." } });

export const SkuCursor = cursor(SKU_PATTERN);
/** Of reservations and pre-orders. */
export const IdCursor = cursor(ID_PATTERN);
/** Of what looks at it itself, or takes any. */
export const Cursor = cursor(/(?:)/);

/** A number in a query, in decimal digits and no other form of a number that a program may know. */
export const inDigits = <T extends z.ZodType>(number: T) =>
	z.preprocess((text) => (typeof text === "string" && /^(?:0|[1-9]\d*)$/.test(text) ? Number(text) : text), number);

export const pageLimit = (fallback: number, most: number) =>
	inDigits(
		z
			.int()
			.min(1)
			.max(most)
			.default(fallback)
			.openapi({ param: { description: "Rows on the page." } }),
	);

export const SkuFilter = z
	.string()
	.regex(SKU_PATTERN)
	.optional()
	.openapi({ param: { description: "Only rows of this SKU." } });

/** @param statuses of the rows */
export const statusFilter = <const S extends readonly [string, ...string[]]>(statuses: S) =>
	z
		.enum(statuses)
		.optional()
		.openapi({ param: { description: "Only rows in this status." } });

// ---- Answers

/** RFC 3339 in UTC. */
export const Instant = z.iso.datetime();

export const MoneyResponse = z
	.object({
		amount: z.int().min(0).openapi({ description: "Minor units of the currency." }),
		currency: z.string().regex(CURRENCY).openapi({ description: "ISO 4217 code." }),
	})
	.openapi("Money", { example: { amount: 1999, currency: "USD" } });

export const money = (amount: number, currency: string) => ({ amount, currency });

export const NextCursor = z
	.string()
	.nullable()
	.openapi({ description: "Ask for the next page with this; null on the last page." });

/**
 * Ids of the examples in the OpenAPI document: the same everywhere, so that its requests and answers tell one story.
 */
export const EXAMPLE = {
	sku: "drop-12-12",
	shopperId: "s_019b0c5e-7a40-7c1e-9f3a-2b6d4e8f1a01",
	reservationId: "019b0c5e-9d10-7a52-8c44-5f0e6a7b3c21",
	checkoutId: "co_5f2b8c1d9e4a47f0b3c6d8e1f2a3b4c5",
	orderId: "or_5f2b8c1d9e4a47f0b3c6d8e1f2a3b4c5",
	preorderId: "019b0c5e-b4f0-7e18-a1d2-8c3b9f4e5d60",
	paymentId: "pay_019b0c5ea1f07b0c8d21",
	openedAt: "2026-12-12T12:00:05.000Z",
	paidAt: "2026-12-12T12:01:30.000Z",
	expectedAt: "2027-03-01T00:00:00.000Z",
} as const;
