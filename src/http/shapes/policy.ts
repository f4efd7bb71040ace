/** The policy of a product: what a merchant sets and changes of it, and how it is shown. */
import { z } from "@hono/zod-openapi";
import type { Policy } from "../../catalog/policy.ts";
import type { PolicyChange } from "../../catalog/product-change.ts";
import * as limits from "../../limits.ts";
import { time } from "../../platform/rfc3339.ts";
import { DateTime, EXAMPLE, Instant } from "./common.ts";

// ---- Requests

/** A member that may be left out, which changes nothing, or be null, which sets the default. */
const setting = <T extends z.ZodType>(schema: T, description: string) =>
	schema.nullable().optional().openapi({ description });

const seconds = (fallback: number, description: string) =>
	setting(z.int().min(1).max(limits.MAX_SECONDS), `${description} ${fallback} by default.`);

const Capacity = z.int().min(0).max(limits.MAX_RESTOCK).openapi({ description: "Units that may be pre-ordered." });
const TermsVersion = z
	.string()
	.min(1)
	.max(limits.MAX_NOTE)
	.openapi({ description: "Version of your terms, recorded with each pre-order." });
const expectedAt = setting(DateTime, "When the units are expected: in the future when it is set; null when unknown.");

const settings = {
	holdSeconds: seconds(limits.DEFAULT_HOLD_SECONDS, "For how long a reservation holds its units."),
	offerSeconds: seconds(
		limits.DEFAULT_OFFER_SECONDS,
		"For how long a shopper who came off the waitlist holds the units.",
	),
	offerSecondsAbsent: seconds(
		limits.DEFAULT_OFFER_SECONDS_ABSENT,
		"The same for a shopper who asked to be told by mail (`notify`), and may be anywhere when it comes.",
	),
	paymentWindowSeconds: seconds(limits.DEFAULT_PAYMENT_WINDOW_SECONDS, "For how long an opened checkout can be paid."),
	paymentGraceSeconds: seconds(
		limits.DEFAULT_PAYMENT_GRACE_SECONDS,
		"For how long after the window a payment still counts as in time.",
	),
	maxExtensions: setting(
		z.int().min(0).max(limits.MAX_EXTENSIONS),
		`How often a hold can be extended. ${limits.DEFAULT_MAX_EXTENSIONS} by default.`,
	),
	limitPerShopper: setting(
		z.int().min(1).max(limits.MAX_RESTOCK),
		"Units that one shopper may have; null for no limit, which is the default.",
	),
	waitlistLimit: setting(
		z.int().min(0).max(limits.MAX_RESTOCK),
		"Units that may be waited for; 0 for no waitlist, null for half as many as are held, which is the default.",
	),
	saleStartsAt: setting(DateTime, "Nobody can reserve before; null for no start, which is the default."),
	saleEndsAt: setting(DateTime, "Nobody can reserve from then on; null for no end, which is the default."),
	allowDelayedMethods: setting(
		z.boolean(),
		"Offer payment methods that take days to answer, such as a bank debit. False by default: the units of a checkout " +
			"are kept for its payment window only.",
	),
};

const TAKES_NONE = "Null when the SKU takes no pre-orders, which is the default.";

export const PolicyBody = z.strictObject({
	...settings,
	preorder: setting(z.strictObject({ capacity: Capacity, expectedAt, termsVersion: TermsVersion }), TAKES_NONE),
});

/** As the policy of a definition, but that the pre-orders too can be changed in part. */
export const PolicyPatchBody = z.strictObject({
	...settings,
	preorder: setting(
		z.strictObject({ capacity: Capacity.optional(), expectedAt, termsVersion: TermsVersion.optional() }),
		TAKES_NONE,
	),
});

type Body = z.output<typeof PolicyBody> | z.output<typeof PolicyPatchBody>;

/** Null and undefined stay what they are. */
const given = <A, B>(value: A | null | undefined, convert: (value: A) => B): B | null | undefined =>
	value === null || value === undefined ? (value as null | undefined) : convert(value);

const toMs = (seconds: number): number => seconds * 1000;

export function toPolicyChange(body: Body): PolicyChange {
	const { maxExtensions, limitPerShopper, waitlistLimit, allowDelayedMethods } = body;
	return {
		maxExtensions,
		limitPerShopper,
		waitlistLimit,
		allowDelayedMethods,
		holdMs: given(body.holdSeconds, toMs),
		offerMs: given(body.offerSeconds, toMs),
		offerAbsentMs: given(body.offerSecondsAbsent, toMs),
		paymentWindowMs: given(body.paymentWindowSeconds, toMs),
		paymentGraceMs: given(body.paymentGraceSeconds, toMs),
		preorder: given(body.preorder, ({ capacity, termsVersion, expectedAt }) => ({
			capacity,
			termsVersion,
			expectedAtMs: given(expectedAt, Date.parse),
		})),
		saleStartsAtMs: given(body.saleStartsAt, Date.parse),
		saleEndsAtMs: given(body.saleEndsAt, Date.parse),
	};
}

// ---- Answers

export const EXAMPLE_POLICY = {
	holdSeconds: 600,
	offerSeconds: 300,
	offerSecondsAbsent: 3600,
	paymentWindowSeconds: 900,
	paymentGraceSeconds: 120,
	maxExtensions: 3,
	limitPerShopper: 2,
	waitlistLimit: null,
	preorder: { capacity: 50, expectedAt: EXAMPLE.expectedAt, termsVersion: "2026-12" },
	saleStartsAt: "2026-12-12T12:00:00.000Z",
	saleEndsAt: "2026-12-13T12:00:00.000Z",
	allowDelayedMethods: false,
};

export const PolicyResponse = z
	.object({
		holdSeconds: z.number(),
		offerSeconds: z.number(),
		offerSecondsAbsent: z.number(),
		paymentWindowSeconds: z.number(),
		paymentGraceSeconds: z.number(),
		maxExtensions: z.int(),
		limitPerShopper: z.int().nullable(),
		waitlistLimit: z.int().nullable(),
		preorder: z.object({ capacity: z.int(), expectedAt: Instant.nullable(), termsVersion: z.string() }).nullable(),
		saleStartsAt: Instant.nullable(),
		saleEndsAt: Instant.nullable(),
		allowDelayedMethods: z.boolean(),
	})
	.openapi("Policy", { example: EXAMPLE_POLICY });

export function policyView(p: Policy) {
	return {
		holdSeconds: p.holdMs / 1000,
		offerSeconds: p.offerMs / 1000,
		offerSecondsAbsent: p.offerAbsentMs / 1000,
		paymentWindowSeconds: p.paymentWindowMs / 1000,
		paymentGraceSeconds: p.paymentGraceMs / 1000,
		maxExtensions: p.maxExtensions,
		limitPerShopper: p.limitPerShopper,
		waitlistLimit: p.waitlistLimit,
		preorder: p.preorder && {
			capacity: p.preorder.capacity,
			expectedAt: time(p.preorder.expectedAtMs),
			termsVersion: p.preorder.termsVersion,
		},
		saleStartsAt: time(p.saleStartsAtMs),
		saleEndsAt: time(p.saleEndsAtMs),
		allowDelayedMethods: p.allowDelayedMethods,
	};
}
