/**
 * `/sandbox`: plays the shopper's card and bank, injects faults into the provider, and shows the provider's own books.
 *
 * None of it exists unless ENVIRONMENT is local. Elsewhere each address answers 404 as any unknown one does, before
 * anything of the request is read. Not here: what the provider decides (`payments/sandbox/rules.ts`).
 */
import { createRoute } from "@hono/zod-openapi";
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import type { Payment } from "../../payments/provider.ts";
import { sandboxAllowed, sandboxObject } from "../../payments/sandbox/provider.ts";
import type { AppEnv } from "../context.ts";
import { Problem } from "../problems.ts";
import { BODY_PROBLEMS, json, jsonBody, newRouter, OPEN, problemResponses } from "../route.ts";
import { idPath } from "../shapes/common.ts";
import {
	SandboxBooksQuery,
	SandboxBooksResponse,
	SandboxConfirmBody,
	SandboxConfirmResponse,
	SandboxFaultsBody,
	SandboxFaultsResponse,
	SandboxIncidentBody,
	SandboxPaymentResponse,
	sandboxBooksView,
	sandboxPaymentView,
} from "../shapes/sandbox.ts";

/** Whether the address is one of the sandbox, in a deployment that has none. */
export const isHiddenSandbox = (c: Context<AppEnv>): boolean =>
	c.req.path.startsWith("/sandbox/") && !sandboxAllowed(c.env);

const localOnly = createMiddleware<AppEnv>(async (c, next) => {
	if (isHiddenSandbox(c)) throw new Problem("not-found", `Nothing answers ${c.req.method} ${c.req.path}.`);
	await next();
});

const shared = { middleware: localOnly, tags: ["Sandbox"], security: OPEN };
const byId = { params: idPath("The payment's id.") };

const confirm = createRoute({
	...shared,
	method: "post",
	path: "/sandbox/payments/{id}/confirm",
	operationId: "confirmSandboxPayment",
	summary: "Play the shopper's card",
	description: "Answers once every webhook that is due now was delivered, with the payment as it is by then.",
	request: { ...byId, ...jsonBody(SandboxConfirmBody) },
	responses: {
		200: json("The payment.", SandboxConfirmResponse),
		...problemResponses(...BODY_PROBLEMS, "not-found", "unknown-payment", "payment-not-payable"),
	},
});

const incident = createRoute({
	...shared,
	method: "post",
	path: "/sandbox/payments/{id}/incidents",
	operationId: "createSandboxIncident",
	summary: "Let something happen to a payment",
	description:
		"Plays the shopper's bank, or the merchant at the provider. Answers once every webhook that is due now was " +
		"delivered, with the payment as it is by then.",
	request: { ...byId, ...jsonBody(SandboxIncidentBody) },
	responses: {
		200: json("The payment.", SandboxConfirmResponse),
		...problemResponses(...BODY_PROBLEMS, "not-found", "unknown-payment", "incident-impossible"),
	},
});

const read = createRoute({
	...shared,
	method: "get",
	path: "/sandbox/payments/{id}",
	operationId: "getSandboxPayment",
	summary: "Get a payment as the provider has it",
	request: byId,
	responses: {
		200: json("The payment.", SandboxPaymentResponse),
		...problemResponses("not-found", "unknown-payment"),
	},
});

const setFaults = createRoute({
	...shared,
	method: "post",
	path: "/sandbox/faults",
	operationId: "setSandboxFaults",
	summary: "Set the faults of the provider's next answers",
	description: "Replaces the former list.",
	request: jsonBody(SandboxFaultsBody),
	responses: {
		200: json("The faults that are still to come.", SandboxFaultsResponse),
		...problemResponses(...BODY_PROBLEMS, "not-found"),
	},
});

const readFaults = createRoute({
	...shared,
	method: "get",
	path: "/sandbox/faults",
	operationId: "getSandboxFaults",
	summary: "Get the faults that are still to come",
	responses: {
		200: json("The faults that are still to come.", SandboxFaultsResponse),
		...problemResponses("not-found"),
	},
});

const books = createRoute({
	...shared,
	method: "get",
	path: "/sandbox/books",
	operationId: "getSandboxBooks",
	summary: "Get the provider's books",
	description: "Sums over all payments, and a page of them.",
	request: { query: SandboxBooksQuery },
	responses: { 200: json("The books.", SandboxBooksResponse), ...problemResponses("invalid-request", "not-found") },
});

const unknownPayment = (): Problem => new Problem("unknown-payment", "The provider has no payment with this id.");

/** @throws Problem `unknown-payment` */
async function requireSandboxPayment(env: Env, id: string): Promise<Payment> {
	const seen = await sandboxObject(env).peek(id);
	if (seen.kind !== "ok") throw unknownPayment();
	return seen.payment;
}

/** The payment once every webhook about it that is due now was delivered. @throws Problem `unknown-payment` */
async function settledPayment(env: Env, id: string) {
	const webhooksOwed = await sandboxObject(env).settled(id);
	return { ...sandboxPaymentView(await requireSandboxPayment(env, id)), webhooksOwed };
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
				throw new Problem("payment-not-payable", "The payment was voided.", {
					members: { paymentStatus: confirmed.payment.status },
				});
			case "ok":
				return c.json(await settledPayment(c.env, id), 200);
		}
	})
	.openapi(incident, async (c) => {
		const { id } = c.req.valid("param");
		const happened = await sandboxObject(c.env).incident(id, c.req.valid("json"));
		switch (happened.kind) {
			case "not-found":
				throw unknownPayment();
			case "impossible":
				throw new Problem("incident-impossible", `This cannot happen to the payment now: ${happened.reason}.`, {
					members: { paymentStatus: happened.payment.status },
				});
			case "ok":
				return c.json(await settledPayment(c.env, id), 200);
		}
	})
	.openapi(read, async (c) =>
		c.json(sandboxPaymentView(await requireSandboxPayment(c.env, c.req.valid("param").id)), 200),
	)
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
