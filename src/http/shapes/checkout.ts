/** A checkout, as its shopper sees it, and its history, as a merchant sees it. */
import { z } from "@hono/zod-openapi";
import type { NamedTerms } from "../../catalog/policy.ts";
import { unsettledOf } from "../../checkout/order.ts";
import type { Checkout, Line } from "../../checkout/rules/model.ts";
import { CHECKOUT_STATUSES, endReasonOf, isPaidTooLate, payByMsOf, statusOf, totalOf } from "../../checkout/status.ts";
import { orderIdOf } from "../../ids.ts";
import { MAX_LINES, MAX_NOTE, MAX_QUANTITY } from "../../limits.ts";
import { UNSETTLED_REASONS } from "../../orders/order.ts";
import { PAYMENT_STATUSES } from "../../payments/provider.ts";
import { time } from "../../platform/rfc3339.ts";
import { lineRefusalView } from "../stock-problems.ts";
import { AdjustmentResponse, adjustmentView, Metadata, ShipTo } from "./amounts.ts";
import { DateTime, EXAMPLE, Instant, LineBody, MoneyResponse, money } from "./common.ts";
import { Email } from "./email.ts";
import { STOCK_REFUSALS } from "./refusal.ts";

/** What several lines of one SKU ask for is one line, and its bound is that of a line. */
function areSumsInBounds(lines: readonly { readonly sku: string; readonly quantity: number }[]): boolean {
	const sums = Map.groupBy(lines, ({ sku }) => sku);
	return [...sums.values()].every((same) => same.reduce((sum, { quantity }) => sum + quantity, 0) <= MAX_QUANTITY);
}

const AcceptedTerms = z
	.strictObject({
		termsVersion: z.string().min(1).max(MAX_NOTE),
		expectedAt: DateTime.nullable().optional().openapi({
			description: "The date that was shown with them, or null where none was; left out, any date is accepted.",
		}),
	})
	.openapi("AcceptedTerms");

export const toNamedTerms = ({ termsVersion, expectedAt }: z.infer<typeof AcceptedTerms>): NamedTerms => ({
	termsVersion,
	...(expectedAt === undefined ? {} : { expectedAtMs: expectedAt === null ? null : Date.parse(expectedAt) }),
});

/** What a shopper may say, and the merchant's server too. */
export const CheckoutRequest = z.strictObject({
	lines: z
		.array(LineBody)
		.min(1)
		.max(MAX_LINES)
		.refine(areSumsInBounds, `all lines of a SKU have at most ${MAX_QUANTITY} units together`)
		.openapi({ description: "The same SKU on several lines is one line of their sum." }),
	email: Email,
	acceptPreorder: z
		.union([z.boolean(), AcceptedTerms])
		.default(false)
		.openapi({
			description:
				"Accept the pre-order terms for lines that are not in stock: those of this version, as they were shown, or " +
				"with `true` those of the moment. A line whose terms have another version, or another date than the one that is " +
				"named, is refused as `terms-changed`.",
		}),
	partial: z
		.boolean()
		.default(false)
		.openapi({ description: "Keep the lines that can be had instead of refusing the whole checkout." }),
	shipTo: ShipTo.optional(),
	metadata: Metadata.optional(),
});

export const EXAMPLE_REQUEST = { lines: [{ sku: EXAMPLE.sku, quantity: 2 }], email: "ada@example.com", partial: false };

export const CheckoutBody = CheckoutRequest.openapi("CheckoutRequest", { example: EXAMPLE_REQUEST });

// ---- A line

const line = { sku: z.string(), quantity: z.int() };
const priced = { ...line, title: z.string(), unitPrice: MoneyResponse };
const terms = {
	expectedAt: Instant.nullable().openapi({ description: "When the units are expected; null when unknown." }),
	termsVersion: z.string().openapi({ description: "Version of the terms that the shopper accepted." }),
};

const refused = <const R extends keyof typeof STOCK_REFUSALS>(reason: R, name: string) =>
	z
		.object({ ...line, fulfilment: z.literal("refused"), reason: z.literal(reason), ...STOCK_REFUSALS[reason] })
		.openapi(name);

const RefusedLineResponse = z.discriminatedUnion("reason", [
	refused("unknown-sku", "UnknownLine"),
	refused("sold-out", "SoldOutLine"),
	refused("limit-exceeded", "LimitExceededLine"),
	refused("sale-not-open", "SaleNotOpenLine"),
	refused("in-checkout", "InCheckoutLine"),
	refused("terms-changed", "TermsChangedLine"),
]);

type RefusedLine = z.infer<typeof RefusedLineResponse>;

const LOSS_REASONS = ["paid-too-late", "units-gone", "payment-reversed"] as const;
type LossReason = (typeof LOSS_REASONS)[number];

const LostLineResponse = z
	.object({
		...priced,
		fulfilment: z.literal("refused"),
		reason: z.enum(LOSS_REASONS).openapi({
			description:
				"`paid-too-late`: after the window and its grace. `units-gone`: in time, but the payment became known late. " +
				"`payment-reversed`: the money was gone again before the sale was complete.",
		}),
		expectedAt: terms.expectedAt.optional(),
		termsVersion: terms.termsVersion.optional(),
	})
	.openapi("LostLine", { description: "A line that was paid for, and that the shopper does not get." });

const CheckoutLineResponse = z.union([
	z
		.object({ ...line, fulfilment: z.null() })
		.openapi("UndecidedLine", { description: "A line of a checkout that ended before the line was asked for." }),
	z.object({ ...priced, fulfilment: z.literal("in_stock") }).openapi("InStockLine"),
	z.object({ ...priced, fulfilment: z.literal("preorder"), ...terms }).openapi("PreorderLine"),
	LostLineResponse,
	RefusedLineResponse,
]);

const { sku: _, ...facts } = z
	.object({
		...STOCK_REFUSALS["sold-out"],
		...STOCK_REFUSALS["limit-exceeded"],
		...STOCK_REFUSALS["sale-not-open"],
		...STOCK_REFUSALS["in-checkout"],
	})
	.partial().shape;

/** A line of a checkout that could not be opened: why it could not be had. */
export const UnavailableLineResponse = z.union([
	RefusedLineResponse,
	z
		.object({
			...line,
			title: z.string().optional(),
			unitPrice: MoneyResponse.optional(),
			fulfilment: z.enum(["in_stock", "preorder", "refused"]).nullable(),
			reason: z.literal("currencies-differ"),
			...facts,
			expectedAt: terms.expectedAt.optional(),
			termsVersion: terms.termsVersion.optional(),
		})
		.openapi("CurrenciesDifferLine", {
			description: "A line of a checkout whose lines are in several currencies, so that one payment cannot pay them.",
		}),
]);

export type UnavailableLine = z.infer<typeof UnavailableLineResponse>;

/** The facts come from the problem that a reservation would get; the schemas of both are made of the same members. */
export const refusedLineView = (
	{ sku, quantity }: Pick<Line, "sku" | "quantity">,
	refusal: Parameters<typeof lineRefusalView>[0],
): RefusedLine => ({ sku, quantity, fulfilment: "refused", ...lineRefusalView(refusal, sku) }) as RefusedLine;

/** @param loss why the shopper has none of the lines that are released; null when they were not paid for */
export function lineView(line: Line, loss: LossReason | null) {
	const { sku, quantity } = line;
	switch (line.claim) {
		case "asked":
		case "spared":
			return { sku, quantity, fulfilment: null };
		case "refused":
			return refusedLineView(line, line.refusal);
		case "lost":
		case "returning":
		case "pinned":
		case "committed":
		case "released": {
			const { title, preorder } = line;
			const priced = { sku, quantity, title, unitPrice: money(line.unitPriceMinor, line.currency) };
			const terms = preorder && { expectedAt: time(preorder.expectedAtMs), termsVersion: preorder.termsVersion };
			const reason =
				loss !== null && (loss === "paid-too-late" || line.claim === "released") ? loss : LOSSES[line.claim];
			if (reason !== null) return { ...priced, fulfilment: "refused" as const, reason, ...terms };
			return terms === null
				? { ...priced, fulfilment: "in_stock" as const }
				: { ...priced, fulfilment: "preorder" as const, ...terms };
		}
	}
}

/** Why the shopper does not get a line that they paid for. */
const LOSSES = {
	lost: "units-gone",
	returning: "payment-reversed",
	pinned: null,
	committed: null,
	released: null,
} as const satisfies Record<string, LossReason | null>;

/** Why the shopper gets none of a checkout that they paid for. One that lost its units says so line by line. */
function lossOf(c: Checkout): LossReason | null {
	if (isPaidTooLate(c)) return "paid-too-late";
	return endReasonOf(c) === "lost" ? "payment-reversed" : null;
}

// ---- The checkout

const payment = {
	provider: z.string(),
	id: z.string().openapi({ description: "The provider's id of the payment." }),
	status: z.enum(PAYMENT_STATUSES),
	paidAt: Instant.nullable().openapi({ description: "When the shopper paid, by the provider's clock." }),
	declined: z
		.string()
		.nullable()
		.openapi({ description: "The provider's code for the last attempt that it declined.", example: "card_declined" }),
	captured: MoneyResponse,
	refunded: MoneyResponse,
};

/** Without what only its shopper may have. */
export const PlainPaymentResponse = z.object(payment).openapi("PlainPayment");

const CheckoutPaymentResponse = z.union([
	z
		.strictObject({ ...payment, url: z.string().openapi({ description: "Send the shopper to this page to pay." }) })
		.openapi("HostedPayment"),
	z
		.strictObject({
			...payment,
			clientSecret: z.string().openapi({ description: "For the provider's own form on your page." }),
		})
		.openapi("EmbeddedPayment"),
	z
		.strictObject({
			...payment,
			reference: z
				.string()
				.nullable()
				.openapi({ description: "What the shop calls the payment; null until it is paid." }),
		})
		.openapi("ExternalPayment", { description: "The shop's own payment, of which its server tells." }),
]);

export const ERASED_DESCRIPTION = "Null when its shopper was erased.";

export const UNSETTLED_DESCRIPTION =
	"What keeps the money or the units from being settled for now, and is being seen to; null when nothing does.";

export const EXAMPLE_CHECKOUT = {
	id: EXAMPLE.checkoutId,
	status: "awaiting_payment",
	email: "ada@example.com",
	lines: [
		{
			sku: EXAMPLE.sku,
			quantity: 2,
			title: "Night market, A2 print",
			unitPrice: money(1999, "USD"),
			fulfilment: "in_stock",
		},
	],
	adjustments: [],
	total: money(3998, "USD"),
	shipTo: null,
	payUrl: `https://shop.example/checkout/${EXAMPLE.checkoutId}`,
	payment: {
		provider: "stripe",
		id: EXAMPLE.paymentId,
		clientSecret: `${EXAMPLE.paymentId}_secret`,
		status: "open",
		paidAt: null,
		declined: null,
		captured: money(0, "USD"),
		refunded: money(0, "USD"),
	},
	orderId: null,
	unsettled: null,
	createdAt: EXAMPLE.openedAt,
	expiresAt: "2026-12-12T12:15:05.000Z",
} as const;

export const CheckoutResponse = z
	.object({
		id: z.string(),
		status: z.enum(CHECKOUT_STATUSES),
		email: z.string().nullable().openapi({ description: ERASED_DESCRIPTION }),
		lines: z.array(CheckoutLineResponse),
		adjustments: z.array(AdjustmentResponse).openapi({ description: "Amounts of the total that are not lines'." }),
		total: z.union([MoneyResponse, z.null()]).openapi({
			description: "The lines and the adjustments; null while no line has a price.",
		}),
		// Not `nullable()`, with which the document would let requests say null too.
		shipTo: z.union([ShipTo, z.null()]),
		payUrl: z
			.string()
			.nullable()
			.openapi({
				description:
					"The page where its shopper pays; null when the shop takes the payment itself. A shop that made the checkout leads them there with their token behind the " +
					"address: `#shopper=<token>`.",
			}),
		payment: CheckoutPaymentResponse.nullable().openapi({
			description: "Null before the payment exists, and for a checkout that costs nothing.",
		}),
		orderId: z.string().nullable().openapi({ description: "The order, once the checkout is completed." }),
		unsettled: z.enum(UNSETTLED_REASONS).nullable().openapi({ description: UNSETTLED_DESCRIPTION }),
		createdAt: Instant,
		expiresAt: Instant.nullable().openapi({ description: "Until when the shopper may pay." }),
	})
	.openapi("Checkout", { example: EXAMPLE_CHECKOUT });

/** @param origin of the shop, for the address of its pages */
export function checkoutView(c: Checkout, origin: string) {
	const total = totalOf(c);
	const { payment } = c;
	const loss = lossOf(c);
	return {
		id: c.id,
		status: statusOf(c),
		email: c.email || null,
		lines: c.lines.map((line) => lineView(line, loss)),
		adjustments: (c.adjustments ?? []).map((adjustment) => adjustmentView(adjustment, adjustment.currency)),
		total: total && money(total.amountMinor, total.currency),
		shipTo: c.shipTo ?? null,
		payUrl: c.isExternal ? null : `${origin}/checkout/${c.id}`,
		payment: payment && {
			provider: payment.provider,
			id: payment.seen.id,
			...("external" in payment.payWith ? { reference: payment.reference ?? null } : payment.payWith),
			status: payment.seen.status,
			paidAt: time(payment.seen.paidAtMs),
			declined: payment.seen.declined?.code ?? null,
			captured: money(payment.seen.capturedMinor, payment.seen.currency),
			refunded: money(payment.seen.refundedMinor, payment.seen.currency),
		},
		orderId: c.phase === "completed" ? orderIdOf(c.id) : null,
		unsettled: unsettledOf(c),
		createdAt: time(c.createdAtMs),
		expiresAt: time(payByMsOf(c)),
	};
}
