/** The sandbox payment provider: what a test tells it, and what it believes. */
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
import type { Payment } from "../../payments/provider.ts";
import type { SandboxReport } from "../../payments/sandbox/sandbox.ts";
import { time } from "../../platform/rfc3339.ts";
import { DateTime, Instant, MoneyResponse, money, NextCursor, pageLimit } from "./common.ts";

export const SandboxConfirmBody = z.strictObject({
	outcome: z.enum(["approve", "decline", "capture"]).openapi({
		description: "approve: the money is held · decline: the card is turned down · capture: the money is taken at once",
	}),
	paidAt: DateTime.optional().openapi({ description: "when the shopper paid; now by default" }),
	delayMs: z
		.int()
		.min(0)
		.max(MAX_SANDBOX_WEBHOOK_DELAY_MS)
		.default(0)
		.openapi({ description: "how late the webhook comes" }),
	copies: z
		.int()
		.min(1)
		.max(MAX_SANDBOX_WEBHOOK_COPIES)
		.default(1)
		.openapi({ description: "how often the webhook comes" }),
	silent: z.boolean().default(false).openapi({ description: "no webhook ever comes about this payment" }),
});

const Fault = z
	.strictObject({
		call: z.enum(["create", "read", "void", "capture", "refund"]),
		fail: z.enum(["before", "after", "no"]).default("no").openapi({
			description: "the call is lost · it takes effect and its answer is lost · it is answered",
		}),
		delayMs: z
			.int()
			.min(0)
			.max(MAX_SANDBOX_ANSWER_DELAY_MS)
			.default(0)
			.openapi({ description: "how long the answer takes" }),
		times: z.int().min(1).max(MAX_SANDBOX_FAULT_TIMES).default(1),
	})
	.refine(({ fail, delayMs }) => fail !== "no" || delayMs > 0, {
		message: "neither fails nor is late",
		path: ["fail"],
	});

export const SandboxFaultsBody = z.strictObject({ faults: z.array(Fault).max(MAX_SANDBOX_FAULTS) });

export const SandboxBooksQuery = z.object({
	cursor: z
		.string()
		.regex(/^\d{1,15}$/, "not a cursor of this list")
		.optional(),
	limit: pageLimit(DEFAULT_PAGE, MAX_PAGE),
});

export const SandboxPaymentResponse = z
	.object({
		id: z.string(),
		checkoutId: z.string(),
		status: z.enum(["open", "authorised", "captured", "voided"]),
		currency: z.string(),
		amount: MoneyResponse,
		authorised: MoneyResponse.openapi({ description: "held now, and not yet taken" }),
		captured: MoneyResponse,
		refunded: MoneyResponse,
		paidAt: Instant.nullable(),
		declined: z.object({ code: z.string(), at: Instant }).nullable(),
	})
	.openapi("SandboxPayment");

export const SandboxConfirmResponse = SandboxPaymentResponse.extend({
	webhooksOwed: z.int().openapi({ description: "webhooks about this payment that are still to come" }),
});

export const SandboxFaultsResponse = z.object({ faults: z.array(Fault) });

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
	.openapi("SandboxBooks");

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
