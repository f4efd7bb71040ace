/** A checkout as the merchant sees it: with whose it is and its history. And what the merchant's server says of it. */
import { z } from "@hono/zod-openapi";
import type { EventRow } from "../../checkout/rpc.ts";
import type { Checkout } from "../../checkout/rules/model.ts";
import { type PaidOutcome, totalOf } from "../../checkout/status.ts";
import { SHOPPER_ID_PATTERN } from "../../ids.ts";
import { MAX_ADJUSTMENTS, MAX_NOTE } from "../../limits.ts";
import { time } from "../../platform/rfc3339.ts";
import { AdjustmentBody, Metadata } from "./amounts.ts";
import { CheckoutRequest, CheckoutResponse, checkoutView, EXAMPLE_CHECKOUT, EXAMPLE_REQUEST } from "./checkout.ts";
import { DateTime, EXAMPLE, Instant, MoneyBody, MoneyResponse, money } from "./common.ts";

export const MerchantCheckoutBody = CheckoutRequest.extend({
	shopperId: z
		.string()
		.regex(SHOPPER_ID_PATTERN, "a shopper's id")
		.openapi({ description: "Whose checkout it is: with a token of this shopper it is found, paid and called off." }),
	payment: z
		.enum(["provider", "external"])
		.optional()
		.openapi({
			description:
				"Who takes the money: this deployment's payment provider, or with `external` your own shop, whose server then " +
				"says `paid` or `abandon`.",
		}),
	adjustments: z
		.array(AdjustmentBody)
		.max(MAX_ADJUSTMENTS)
		.refine(
			(all) => new Set(all.map(({ amount }) => amount.currency)).size <= 1,
			"all adjustments have the currency of the lines",
		)
		.optional()
		.openapi({
			description:
				"Amounts that are not lines': `total` is the lines and these. They stand as they are when a part of the lines " +
				"is refused or lost. The checkout is refused when they take its total below zero.",
		}),
}).openapi("MerchantCheckoutRequest", {
	example: {
		...{ ...EXAMPLE_REQUEST, shopperId: EXAMPLE.shopperId },
		adjustments: [{ kind: "shipping", label: "Standard delivery", amount: money(490, "USD") }],
	},
});

const EXAMPLE_MERCHANT_CHECKOUT = { ...EXAMPLE_CHECKOUT, shopperId: EXAMPLE.shopperId, metadata: {} };

export const MerchantCheckoutResponse = CheckoutResponse.extend({ shopperId: z.string(), metadata: Metadata }).openapi(
	"MerchantCheckout",
	{ example: EXAMPLE_MERCHANT_CHECKOUT },
);

export const merchantCheckoutView = (c: Checkout, origin: string) => ({
	...{ ...checkoutView(c, origin), shopperId: c.shopperId, metadata: c.metadata ?? {} },
});

export const PaidBody = z
	.strictObject({
		reference: z
			.string()
			.trim()
			.min(1)
			.max(MAX_NOTE)
			.openapi({ description: "Your own name of the payment: one checkout is paid by one." }),
		paidAt: DateTime.openapi({ description: "When the shopper paid: this decides whether it was in time." }),
		amount: MoneyBody.openapi({ description: "What was paid: the checkout's `total`, and no other amount." }),
	})
	.openapi("ExternalPaid", {
		example: { reference: "psp-88421", paidAt: EXAMPLE.paidAt, amount: money(3998, "USD") },
	});

export const PaidResponse = z
	.object({
		outcome: z.enum(["sold", "preorder", "refund"]).openapi({
			description:
				"`sold`: the shopper has it. `preorder`: a line or all of it is owed. `refund`: nothing was to be had, or it was " +
				"too late, or called off before.",
		}),
		refund: MoneyResponse.openapi({
			description: "What your shop has to give back now: for lines that were not to be had, or for all.",
		}),
		checkout: MerchantCheckoutResponse,
	})
	.openapi("ExternalOutcome", {
		example: { outcome: "sold", refund: money(0, "USD"), checkout: EXAMPLE_MERCHANT_CHECKOUT },
	});

export function paidView(c: Checkout, { outcome, refundMinor }: PaidOutcome, origin: string) {
	const currency = totalOf(c)?.currency ?? "";
	return { outcome, refund: money(refundMinor, currency), checkout: merchantCheckoutView(c, origin) };
}

export const AdminCheckoutResponse = MerchantCheckoutResponse.extend({
	phase: z.string().openapi({ description: "Where the checkout's state machine stands.", example: "awaiting" }),
	events: z.array(
		z
			.object({
				at: Instant,
				kind: z.string().openapi({ example: "payment-seen" }),
				eventId: z.string().nullable().openapi({ description: "The provider's id of the event; null for our own." }),
				detail: z.record(z.string(), z.unknown()).openapi({ description: "The event as it was stored." }),
			})
			.openapi("CheckoutEvent"),
	),
}).openapi("AdminCheckout", {
	example: {
		...EXAMPLE_MERCHANT_CHECKOUT,
		phase: "awaiting",
		events: [
			{
				at: EXAMPLE.openedAt,
				kind: "line-released",
				eventId: null,
				detail: { kind: "line-released", sku: EXAMPLE.sku },
			},
		],
	},
});

/** The secret with which the shopper pays is for the shopper: earlier code has stored it with the event. */
export function eventView(e: EventRow) {
	const { payWith: _, ...detail } = JSON.parse(e.detail) as Record<string, unknown>;
	return {
		at: time(e.atMs),
		kind: e.kind,
		eventId: e.eventId,
		detail,
	};
}
