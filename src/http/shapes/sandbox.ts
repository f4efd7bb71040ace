/** The sandbox payment provider: what a test sets, and the payments as the provider has them. */
import { z } from "@hono/zod-openapi";
import {
	DEFAULT_PAGE,
	MAX_PAGE,
	MAX_SANDBOX_ANSWER_DELAY_MS,
	MAX_SANDBOX_FAULT_TIMES,
	MAX_SANDBOX_FAULTS,
	MAX_SANDBOX_WEBHOOK_COPIES,
	MAX_SANDBOX_WEBHOOK_DELAY_MS,
} from "../../limits.ts";
import { PAYMENT_STATUSES, type Payment } from "../../payments/provider.ts";
import type { SandboxReport } from "../../payments/sandbox/sandbox.ts";
import { time } from "../../platform/rfc3339.ts";
import { DateTime, EXAMPLE, Instant, MoneyResponse, money, NextCursor, pageLimit } from "./common.ts";

export const SandboxConfirmBody = z
	.strictObject({
		outcome: z.enum(["approve", "decline", "capture"]).openapi({
			description:
				"`approve`: the money is authorised. `decline`: the card is declined. `capture`: the money is taken at once.",
		}),
		paidAt: DateTime.optional().openapi({ description: "When the shopper paid; now by default." }),
		delayMs: z
			.int()
			.min(0)
			.max(MAX_SANDBOX_WEBHOOK_DELAY_MS)
			.default(0)
			.openapi({ description: "How late the webhook comes." }),
		copies: z
			.int()
			.min(1)
			.max(MAX_SANDBOX_WEBHOOK_COPIES)
			.default(1)
			.openapi({ description: "How often the webhook comes." }),
		silent: z.boolean().default(false).openapi({ description: "Send no webhook about this payment, ever." }),
	})
	.openapi("SandboxConfirmation", { example: { outcome: "approve", delayMs: 0, copies: 1 } });

const Fault = z
	.strictObject({
		call: z
			.enum(["create", "read", "void", "capture", "refund"])
			.openapi({ description: "The call that it applies to." }),
		fail: z.enum(["before", "after", "no"]).default("no").openapi({
			description: "`before`: the call is lost. `after`: it takes effect and its answer is lost. `no`: it is answered.",
		}),
		delayMs: z
			.int()
			.min(0)
			.max(MAX_SANDBOX_ANSWER_DELAY_MS)
			.default(0)
			.openapi({ description: "How long the answer takes." }),
		times: z
			.int()
			.min(1)
			.max(MAX_SANDBOX_FAULT_TIMES)
			.default(1)
			.openapi({ description: "How many calls it applies to." }),
	})
	.refine(({ fail, delayMs }) => fail !== "no" || delayMs > 0, {
		message: "neither fails nor is late",
		path: ["fail"],
	});

const EXAMPLE_FAULTS = { faults: [{ call: "capture", fail: "after", delayMs: 0, times: 2 } as const] };

export const SandboxFaultsBody = z
	.strictObject({ faults: z.array(Fault).max(MAX_SANDBOX_FAULTS) })
	.openapi("SandboxFaultsRequest", { example: EXAMPLE_FAULTS });

export const SandboxBooksQuery = z.object({
	cursor: z
		.string()
		.regex(/^\d{1,15}$/, "not a cursor of this list")
		.optional()
		.openapi({ param: { description: "`nextCursor` of the page before; absent for the first page." } }),
	limit: pageLimit(DEFAULT_PAGE, MAX_PAGE),
});

const EXAMPLE_PAYMENT = {
	id: EXAMPLE.paymentId,
	checkoutId: EXAMPLE.checkoutId,
	status: "authorised",
	currency: "USD",
	amount: money(3998, "USD"),
	authorised: money(3998, "USD"),
	captured: money(0, "USD"),
	refunded: money(0, "USD"),
	paidAt: EXAMPLE.paidAt,
	declined: null,
} as const;

export const SandboxPaymentResponse = z
	.object({
		id: z.string(),
		checkoutId: z.string(),
		status: z.enum(PAYMENT_STATUSES),
		currency: z.string(),
		amount: MoneyResponse,
		authorised: MoneyResponse.openapi({ description: "Authorised now and not yet captured." }),
		captured: MoneyResponse,
		refunded: MoneyResponse,
		paidAt: Instant.nullable(),
		declined: z.object({ code: z.string(), at: Instant }).nullable(),
	})
	.openapi("SandboxPayment", { example: EXAMPLE_PAYMENT });

export const SandboxConfirmResponse = SandboxPaymentResponse.extend({
	webhooksOwed: z.int().openapi({ description: "Webhooks about this payment that are still to come." }),
}).openapi("SandboxConfirmedPayment", { example: { ...EXAMPLE_PAYMENT, webhooksOwed: 0 } });

export const SandboxFaultsResponse = z
	.object({ faults: z.array(Fault) })
	.openapi("SandboxFaults", { example: EXAMPLE_FAULTS });

export const SandboxBooksResponse = z
	.object({
		totals: z.array(
			z.object({
				currency: z.string(),
				payments: z.object({ open: z.int(), authorised: z.int(), captured: z.int(), voided: z.int() }),
				authorised: MoneyResponse,
				captured: MoneyResponse,
				refunded: MoneyResponse,
			}),
		),
		webhooks: z.object({ owed: z.int(), delivered: z.int(), abandoned: z.int() }),
		payments: z.array(SandboxPaymentResponse),
		nextCursor: NextCursor,
	})
	.openapi("SandboxBooks", {
		example: {
			totals: [
				{
					currency: "USD",
					payments: { open: 0, authorised: 1, captured: 0, voided: 0 },
					authorised: money(3998, "USD"),
					captured: money(0, "USD"),
					refunded: money(0, "USD"),
				},
			],
			webhooks: { owed: 0, delivered: 1, abandoned: 0 },
			payments: [EXAMPLE_PAYMENT],
			nextCursor: null,
		},
	});

export function sandboxPaymentView(p: Payment) {
	return {
		id: p.id,
		checkoutId: p.checkoutId,
		status: p.status,
		currency: p.currency,
		amount: money(p.amountMinor, p.currency),
		authorised: money(p.authorisedMinor, p.currency),
		captured: money(p.capturedMinor, p.currency),
		refunded: money(p.refundedMinor, p.currency),
		paidAt: time(p.paidAtMs),
		declined: p.declined && { code: p.declined.code, at: time(p.declined.atMs) },
	};
}

export function sandboxBooksView({ totals, webhooks, payments, nextCursor }: SandboxReport) {
	return {
		totals: totals.map(({ currency, open, authorised, captured, voided, ...sums }) => ({
			currency,
			payments: { open, authorised, captured, voided },
			authorised: money(sums.authorisedMinor, currency),
			captured: money(sums.capturedMinor, currency),
			refunded: money(sums.refundedMinor, currency),
		})),
		webhooks,
		payments: payments.map(sandboxPaymentView),
		nextCursor,
	};
}
