/**
 * `/sandbox`: plays the shopper's card, breaks the provider on purpose, and shows the provider's own books.
 *
 * What it keeps true: none of it exists unless this is a laptop: elsewhere each address answers 404 as any unknown one does,
 * before anything is read of the request. Not here: what the provider decides (`payments/sandbox-rules.ts`).
 */
import { createRoute, z } from "@hono/zod-openapi";
import { createMiddleware } from "hono/factory";
import { DEFAULT_PAGE, MAX_PAGE } from "../../limits.ts";
import type { Payment } from "../../payments/provider.ts";
import { sandboxAllowed, sandboxObject } from "../../payments/sandbox/provider.ts";
import { money, time } from "../../platform/format.ts";
import type { AppEnv } from "../context.ts";
import { Problem } from "../problems.ts";
import { json, jsonBody, newRouter, problemResponses } from "../route.ts";
import { IdPath } from "../shapes/schemas.ts";

/** A webhook later than a month after the payment is no test of anything. */
const MAX_WEBHOOK_DELAY_MS = 30 * 86_400_000;
const MAX_COPIES = 20;
/** Longer than any provider is waited for. */
const MAX_ANSWER_DELAY_MS = 60_000;
const MAX_FAULTS = 100;
const MAX_FAULT_TIMES = 1_000_000;

const localOnly = createMiddleware<AppEnv>(async (c, next) => {
	if (!sandboxAllowed(c.env)) throw new Problem("not-found", `Nothing answers ${c.req.method} ${c.req.path}.`);
	await next();
});

const ConfirmBody = z.strictObject({
	outcome: z.enum(["approve", "decline", "capture"]).openapi({
		description: "approve: the money is held · decline: the card is turned down · capture: the money is taken at once",
	}),
	paidAt: z.iso.datetime({ offset: true }).optional().openapi({ description: "when the shopper paid; now by default" }),
	delayMs: z.int().min(0).max(MAX_WEBHOOK_DELAY_MS).default(0).openapi({ description: "how late the webhook comes" }),
	copies: z.int().min(1).max(MAX_COPIES).default(1).openapi({ description: "how often the webhook comes" }),
	silent: z.boolean().default(false).openapi({ description: "no webhook ever comes about this payment" }),
});

const Fault = z
	.strictObject({
		call: z.enum(["create", "read", "void", "capture", "refund"]),
		fail: z.enum(["before", "after", "no"]).default("no").openapi({
			description: "the call is lost · it takes effect and its answer is lost · it is answered",
		}),
		delayMs: z.int().min(0).max(MAX_ANSWER_DELAY_MS).default(0).openapi({ description: "how long the answer takes" }),
		times: z.int().min(1).max(MAX_FAULT_TIMES).default(1),
	})
	.refine(({ fail, delayMs }) => fail !== "no" || delayMs > 0, {
		message: "neither fails nor is late",
		path: ["fail"],
	});

const FaultsBody = z.strictObject({ faults: z.array(Fault).max(MAX_FAULTS) });

const BooksQuery = z.object({
	cursor: z
		.string()
		.regex(/^\d{1,15}$/, "not a cursor of this list")
		.optional(),
	limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE),
});

const amount = z.object({ amount: z.int(), currency: z.string() });
const instant = z.iso.datetime();

const PaymentResponse = z
	.object({
		id: z.string(),
		checkoutId: z.string(),
		status: z.enum(["open", "authorised", "captured", "voided"]),
		currency: z.string(),
		amount,
		authorised: amount.openapi({ description: "held now, and not yet taken" }),
		captured: amount,
		refunded: amount,
		paidAt: instant.nullable(),
		declined: z.object({ code: z.string(), at: instant }).nullable(),
	})
	.openapi("SandboxPayment");

const ConfirmResponse = PaymentResponse.extend({
	webhooksOwed: z.int().openapi({ description: "webhooks about this payment that are still to come" }),
});

const FaultsResponse = z.object({ faults: z.array(Fault) });

const BooksResponse = z
	.object({
		totals: z.array(
			z.object({
				currency: z.string(),
				payments: z.object({ open: z.int(), authorised: z.int(), captured: z.int(), voided: z.int() }),
				authorised: amount,
				captured: amount,
				refunded: amount,
			}),
		),
		webhooks: z.object({ owed: z.int(), delivered: z.int(), abandoned: z.int() }),
		payments: z.array(PaymentResponse),
		nextCursor: z.string().nullable(),
	})
	.openapi("SandboxBooks");

const shared = { middleware: localOnly, tags: ["sandbox (on a laptop only)"] };

const confirm = createRoute({
	...shared,
	method: "post",
	path: "/sandbox/payments/{id}/confirm",
	summary: "Play the shopper's card",
	description: "Answers once every webhook that is due now has been delivered, with the payment as it is by then.",
	request: { params: IdPath, ...jsonBody(ConfirmBody) },
	responses: {
		200: json("The payment", ConfirmResponse),
		...problemResponses({ 400: ["invalid-request"], 404: ["unknown-payment"], 409: ["payment-not-payable"] }),
	},
});

const read = createRoute({
	...shared,
	method: "get",
	path: "/sandbox/payments/{id}",
	summary: "What the provider believes about a payment",
	request: { params: IdPath },
	responses: { 200: json("The payment", PaymentResponse), ...problemResponses({ 404: ["unknown-payment"] }) },
});

const setFaults = createRoute({
	...shared,
	method: "post",
	path: "/sandbox/faults",
	summary: "Make the provider's next answers fail, in place of the former list",
	request: jsonBody(FaultsBody),
	responses: { 200: json("The faults to come", FaultsResponse), ...problemResponses({ 400: ["invalid-request"] }) },
});

const readFaults = createRoute({
	...shared,
	method: "get",
	path: "/sandbox/faults",
	summary: "The faults that are still to come",
	responses: { 200: json("The faults to come", FaultsResponse) },
});

const books = createRoute({
	...shared,
	method: "get",
	path: "/sandbox/books",
	summary: "The provider's own books: sums over all payments, and a page of them",
	request: { query: BooksQuery },
	responses: { 200: json("The books", BooksResponse), ...problemResponses({ 400: ["invalid-request"] }) },
});

const unknownPayment = (): Problem => new Problem("unknown-payment", "The provider has no payment with this id.");

function paymentView(p: Payment) {
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

/** @throws Problem `unknown-payment` */
async function believed(env: Env, id: string): Promise<Payment> {
	const seen = await sandboxObject(env).peek(id);
	if (seen.kind !== "ok") throw unknownPayment();
	return seen.payment;
}

export const sandbox = newRouter()
	.openapi(confirm, async (c) => {
		const { id } = c.req.valid("param");
		const { paidAt, ...how } = c.req.valid("json");
		const provider = sandboxObject(c.env);
		const confirmed = await provider.confirm(id, paidAt === undefined ? how : { ...how, paidAtMs: Date.parse(paidAt) });
		switch (confirmed.kind) {
			case "not-found":
				throw unknownPayment();
			case "not-payable":
				throw new Problem("payment-not-payable", "The payment was called off.", {
					members: { paymentStatus: confirmed.payment.status },
				});
			case "ok": {
				const webhooksOwed = await provider.settled(id);
				return c.json({ ...paymentView(await believed(c.env, id)), webhooksOwed }, 200);
			}
		}
	})
	.openapi(read, async (c) => c.json(paymentView(await believed(c.env, c.req.valid("param").id)), 200))
	.openapi(setFaults, async (c) => {
		const provider = sandboxObject(c.env);
		await provider.setFaults(c.req.valid("json").faults);
		return c.json({ faults: await provider.faults() }, 200);
	})
	.openapi(readFaults, async (c) => c.json({ faults: await sandboxObject(c.env).faults() }, 200))
	.openapi(books, async (c) => {
		const { cursor, limit } = c.req.valid("query");
		const { totals, webhooks, payments, nextCursor } = await sandboxObject(c.env).books(cursor ?? null, limit);
		return c.json(
			{
				totals: totals.map(({ currency, open, authorised, captured, voided, ...sums }) => ({
					currency,
					payments: { open, authorised, captured, voided },
					authorised: money(sums.authorisedMinor, currency),
					captured: money(sums.capturedMinor, currency),
					refunded: money(sums.refundedMinor, currency),
				})),
				webhooks,
				payments: payments.map(paymentView),
				nextCursor,
			},
			200,
		);
	});
