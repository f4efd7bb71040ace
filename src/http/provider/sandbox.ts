/**
 * `/sandbox`: plays the shopper's card, breaks the provider on purpose, and shows the provider's own books.
 *
 * What it keeps true: none of it exists unless this is a laptop: elsewhere each address answers 404 as any unknown one does,
 * before anything is read of the request. Not here: what the provider decides (`payments/sandbox-rules.ts`).
 */
import { createRoute } from "@hono/zod-openapi";
import { createMiddleware } from "hono/factory";
import type { Payment } from "../../payments/provider.ts";
import { sandboxAllowed, sandboxObject } from "../../payments/sandbox/provider.ts";
import type { AppEnv } from "../context.ts";
import { Problem } from "../problems.ts";
import { json, jsonBody, newRouter, problemResponses } from "../route.ts";
import { IdPath } from "../shapes/common.ts";
import {
	SandboxBooksQuery,
	SandboxBooksResponse,
	SandboxConfirmBody,
	SandboxConfirmResponse,
	SandboxFaultsBody,
	SandboxFaultsResponse,
	SandboxPaymentResponse,
	sandboxBooksView,
	sandboxPaymentView,
} from "../shapes/sandbox.ts";

const localOnly = createMiddleware<AppEnv>(async (c, next) => {
	if (!sandboxAllowed(c.env)) throw new Problem("not-found", `Nothing answers ${c.req.method} ${c.req.path}.`);
	await next();
});

const shared = { middleware: localOnly, tags: ["sandbox (on a laptop only)"] };

const confirm = createRoute({
	...shared,
	method: "post",
	path: "/sandbox/payments/{id}/confirm",
	summary: "Play the shopper's card",
	description: "Answers once every webhook that is due now has been delivered, with the payment as it is by then.",
	request: { params: IdPath, ...jsonBody(SandboxConfirmBody) },
	responses: {
		200: json("The payment", SandboxConfirmResponse),
		...problemResponses({ 400: ["invalid-request"], 404: ["unknown-payment"], 409: ["payment-not-payable"] }),
	},
});

const read = createRoute({
	...shared,
	method: "get",
	path: "/sandbox/payments/{id}",
	summary: "What the provider believes about a payment",
	request: { params: IdPath },
	responses: { 200: json("The payment", SandboxPaymentResponse), ...problemResponses({ 404: ["unknown-payment"] }) },
});

const setFaults = createRoute({
	...shared,
	method: "post",
	path: "/sandbox/faults",
	summary: "Make the provider's next answers fail, in place of the former list",
	request: jsonBody(SandboxFaultsBody),
	responses: {
		200: json("The faults to come", SandboxFaultsResponse),
		...problemResponses({ 400: ["invalid-request"] }),
	},
});

const readFaults = createRoute({
	...shared,
	method: "get",
	path: "/sandbox/faults",
	summary: "The faults that are still to come",
	responses: { 200: json("The faults to come", SandboxFaultsResponse) },
});

const books = createRoute({
	...shared,
	method: "get",
	path: "/sandbox/books",
	summary: "The provider's own books: sums over all payments, and a page of them",
	request: { query: SandboxBooksQuery },
	responses: { 200: json("The books", SandboxBooksResponse), ...problemResponses({ 400: ["invalid-request"] }) },
});

const unknownPayment = (): Problem => new Problem("unknown-payment", "The provider has no payment with this id.");

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
				return c.json({ ...sandboxPaymentView(await believed(c.env, id)), webhooksOwed }, 200);
			}
		}
	})
	.openapi(read, async (c) => c.json(sandboxPaymentView(await believed(c.env, c.req.valid("param").id)), 200))
	.openapi(setFaults, async (c) => {
		const provider = sandboxObject(c.env);
		await provider.setFaults(c.req.valid("json").faults);
		return c.json({ faults: await provider.faults() }, 200);
	})
	.openapi(readFaults, async (c) => c.json({ faults: await sandboxObject(c.env).faults() }, 200))
	.openapi(books, async (c) => {
		const { cursor, limit } = c.req.valid("query");
		return c.json(sandboxBooksView(await sandboxObject(c.env).books(cursor ?? null, limit)), 200);
	});
