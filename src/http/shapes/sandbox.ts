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

/** How the webhook about a change is sent. */
const webhookOrder = {
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
};

export const SandboxConfirmBody = z
	.strictObject({
		outcome: z.enum(["begin", "approve", "decline", "capture", "debit"]).openapi({
			description:
				"`begin`: the shopper goes to their bank's page. `approve`: the money is authorised. `decline`: the attempt " +
				"fails. `capture`: the money is taken at once. `debit`: the method answers after days; send `approve`, " +
				"`capture` or `decline` when it does.",
		}),
		paidAt: DateTime.optional().openapi({ description: "When the shopper paid; now by default." }),
		...webhookOrder,
	})
	.openapi("SandboxConfirmation", { example: { outcome: "approve", delayMs: 0, copies: 1 } });

const minor = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const someOfIt = minor
	.min(1)
	.optional()
	.openapi({ description: "Minor units; all that was captured and not refunded by default." });
const incident = <Kind extends string>(kind: Kind, description: string) => ({
	kind: z.literal(kind).openapi({ description }),
	...webhookOrder,
});

export const SandboxIncidentBody = z
	.discriminatedUnion("kind", [
		z.strictObject(incident("refund-returned", "The shopper's bank sends the latest refund back.")),
		z.strictObject({
			...incident("dispute-opened", "The shopper's bank takes money back. Nothing can be refunded meanwhile."),
			amountMinor: someOfIt,
		}),
		z.strictObject(incident("dispute-won", "The money that was taken back is there again.")),
		z.strictObject(incident("dispute-lost", "The money that was taken back stays with the shopper.")),
		z.strictObject({
			...incident("refunded-by-hand", "The merchant refunds at the provider, and not through this shop."),
			amountMinor: someOfIt,
		}),
		z.strictObject(incident("voided-by-hand", "The merchant cancels the payment at the provider.")),
		z.strictObject({
			...incident("misreported", "A signed webhook says what is not so. The provider's books stay as they are."),
			as: z
				.strictObject({
					status: z.enum(PAYMENT_STATUSES).optional(),
					authorisedMinor: minor.optional(),
					capturedMinor: minor.optional(),
					refundedMinor: minor.optional(),
					disputedMinor: minor.optional(),
					attemptUnderWay: z.boolean().optional(),
				})
				.openapi({ description: "What the webhook says otherwise than it is." }),
		}),
	])
	.openapi("SandboxIncident", { example: { kind: "dispute-opened", amountMinor: 1500, delayMs: 0, copies: 1 } });

const Fault = z
	.strictObject({
		call: z
			.enum(["create", "read", "void", "capture", "refund"])
			.openapi({ description: "The call that it applies to." }),
		fail: z
			.enum(["before", "after", "no", "stored", "refuse"])
			.default("no")
			.openapi({
				description:
					"`before`: the call is lost. `after`: it takes effect and its answer is lost. `no`: it is answered. `stored`: " +
					"the provider breaks without an effect, and answers the same key so for ever. `refuse`: the provider says no, " +
					"for a reason of its own.",
			}),
		reason: z
			.enum(["amount", "currency", "email", "other"])
			.optional()
			.openapi({ description: "What the provider objects to, for a `create` that is refused; `other` by default." }),
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
	})
	.refine(({ call, fail }) => call !== "read" || (fail !== "stored" && fail !== "refuse"), {
		message: "a read has no key and is not refused",
		path: ["fail"],
	})
	.refine(({ call, fail, reason }) => reason === undefined || (call === "create" && fail === "refuse"), {
		message: "only a creation is refused for a reason",
		path: ["reason"],
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
	disputed: money(0, "USD"),
	paidAt: EXAMPLE.paidAt,
	attemptUnderWay: false,
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
		refunded: MoneyResponse.openapi({ description: "Less what came back." }),
		disputed: MoneyResponse.openapi({ description: "Taken back by the shopper's bank." }),
		paidAt: Instant.nullable(),
		attemptUnderWay: z
			.boolean()
			.openapi({ description: "The shopper is at their bank's page, or the method has not answered yet." }),
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
				payments: z.object({
					open: z.int(),
					processing: z.int(),
					authorised: z.int(),
					captured: z.int(),
					voided: z.int(),
				}),
				authorised: MoneyResponse,
				captured: MoneyResponse,
				refunded: MoneyResponse,
				disputed: MoneyResponse,
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
					payments: { open: 0, processing: 0, authorised: 1, captured: 0, voided: 0 },
					authorised: money(3998, "USD"),
					captured: money(0, "USD"),
					refunded: money(0, "USD"),
					disputed: money(0, "USD"),
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
		disputed: money(p.disputedMinor, p.currency),
		paidAt: time(p.paidAtMs),
		attemptUnderWay: p.attemptUnderWay,
		declined: p.declined && { code: p.declined.code, at: time(p.declined.atMs) },
	};
}

export function sandboxBooksView({ totals, webhooks, payments, nextCursor }: SandboxReport) {
	return {
		totals: totals.map(({ currency, open, processing, authorised, captured, voided, ...sums }) => ({
			currency,
			payments: { open, processing, authorised, captured, voided },
			authorised: money(sums.authorisedMinor, currency),
			captured: money(sums.capturedMinor, currency),
			refunded: money(sums.refundedMinor, currency),
			disputed: money(sums.disputedMinor, currency),
		})),
		webhooks,
		payments: payments.map(sandboxPaymentView),
		nextCursor,
	};
}
