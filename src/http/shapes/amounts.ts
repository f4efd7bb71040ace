/** What a checkout and an order carry beside their lines: adjustments, an address and metadata. */
import { z } from "@hono/zod-openapi";
import type { AdjustmentFault } from "../../checkout/status.ts";
import * as limits from "../../limits.ts";
import { ADJUSTMENT_KINDS, type OrderAdjustment } from "../../orders/order.ts";
import { CURRENCY, CurrencyCode, MoneyBody, MoneyResponse, money } from "./common.ts";
import { COUNTRIES } from "./countries.ts";

// ---- Adjustments

const SIGNED = "Minor units of the currency; below zero for a discount, and for nothing else.";

export const AdjustmentBody = z
	.strictObject({
		kind: z.enum(ADJUSTMENT_KINDS),
		label: z.string().trim().min(1).max(limits.MAX_NOTE).openapi({ description: "What the shopper reads." }),
		amount: z
			.strictObject({
				amount: z.int().min(-limits.MAX_PRICE_MINOR).max(limits.MAX_PRICE_MINOR).openapi({ description: SIGNED }),
				currency: CurrencyCode,
			})
			.openapi("SignedMoneyRequest"),
	})
	.refine(({ kind, amount }) => (kind === "discount" ? amount.amount < 0 : amount.amount >= 0), {
		path: ["amount", "amount"],
		message: "a discount's amount is below zero, any other is not",
	})
	.openapi("CheckoutAdjustmentRequest", {
		example: { kind: "shipping", label: "Standard delivery", amount: money(490, "USD") },
	});

export const toAdjustment = ({ kind, label, amount: { amount, currency } }: z.infer<typeof AdjustmentBody>) => ({
	...{ kind, label, amountMinor: amount, currency },
});

export const AdjustmentResponse = z
	.object({
		kind: z.enum(ADJUSTMENT_KINDS),
		label: z.string(),
		amount: z
			.object({ amount: z.int().openapi({ description: SIGNED }), currency: z.string().regex(CURRENCY) })
			.openapi("SignedMoney"),
		refunded: MoneyResponse.openapi({ description: "What was given back of it by name." }),
	})
	.openapi("CheckoutAdjustment", {
		description: "An amount that is not a line's: the merchant's server has said it.",
		example: {
			...{ kind: "shipping", label: "Standard delivery" },
			...{ amount: money(490, "USD"), refunded: money(0, "USD") },
		},
	});

export const adjustmentView = (adjustment: OrderAdjustment, currency: string) => ({
	kind: adjustment.kind,
	label: adjustment.label,
	amount: money(adjustment.amountMinor, currency),
	refunded: money(adjustment.refundedMinor, currency),
});

export const AdjustmentRefundBody = z
	.strictObject({
		index: z
			.int()
			.min(0)
			.max(limits.MAX_ADJUSTMENTS - 1)
			.openapi({ description: "Its place in the order's `adjustments`, from 0." }),
		amount: MoneyBody.refine(({ amount }) => amount > 0, { path: ["amount"], message: "is above zero" })
			.nullable()
			.default(null)
			.openapi({ description: "How much of it; null or absent for what is left." }),
	})
	.openapi("CheckoutAdjustmentRefund");

export const ADJUSTMENT_FAULTS = ["currencies-differ", "below-zero"] as const satisfies readonly AdjustmentFault[];

// ---- Where it is sent

const part = (description: string) => z.string().trim().min(1).max(limits.MAX_ADDRESS_PART).openapi({ description });

export const ShipTo = z
	.strictObject({
		name: part("Who receives it."),
		line1: part("Street and number."),
		line2: part("Flat, floor, company.").optional(),
		city: part("City or town."),
		region: part("State, province or county.").optional(),
		postalCode: part("Postal code, where the country has them.").optional(),
		country: z
			.string()
			.refine((code) => COUNTRIES.has(code), "an ISO 3166-1 alpha-2 code in capitals")
			.openapi({ description: "ISO 3166-1 alpha-2." }),
		phone: part("For the carrier.").optional(),
	})
	.openapi("ShipTo", {
		example: {
			name: "Ada Lovelace",
			line1: "12 St James's Square",
			city: "London",
			postalCode: "SW1Y 4JH",
			country: "GB",
		},
	});

// ---- Metadata

const MetadataKey = z.string().min(1).max(limits.MAX_METADATA_KEY);

export const Metadata = z
	.record(MetadataKey, z.string().max(limits.MAX_METADATA_VALUE))
	.refine((names) => Object.keys(names).length <= limits.MAX_METADATA_KEYS, `at most ${limits.MAX_METADATA_KEYS} names`)
	.openapi("Metadata", {
		description:
			`Up to ${limits.MAX_METADATA_KEYS} texts of your own, by names of up to ${limits.MAX_METADATA_KEY} characters. ` +
			"Only the merchant reads them.",
		example: { cart: "8842" },
	});

export const MetadataBody = z
	.strictObject({
		metadata: z
			.record(MetadataKey, z.string().max(limits.MAX_METADATA_VALUE).nullable())
			.refine(
				(names) => Object.keys(names).length <= 2 * limits.MAX_METADATA_KEYS,
				`at most ${2 * limits.MAX_METADATA_KEYS} names`,
			)
			.openapi({ description: "Each name is set on its own; null or an empty text takes it away." }),
	})
	.openapi("OrderChange", { example: { metadata: { parcel: "JD0002", cart: null } } });
