/** The sandbox's routes: requests, responses, and that none of them exists in production. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SandboxPaymentProvider, sandboxObject } from "../../../src/payments/sandbox/provider.ts";
import { app } from "../../support/worker.ts";
import { type Receiver, receive } from "./receiver.ts";

let receiver: Receiver;

beforeEach(async () => {
	receiver = receive();
	await sandboxObject(env).setFaults([]);
});
afterEach(() => vi.restoreAllMocks());

async function call(method: string, path: string, body?: unknown, bindings: Env = env) {
	const init: RequestInit = { method };
	if (body !== undefined) {
		init.body = typeof body === "string" ? body : JSON.stringify(body);
		init.headers = { "content-type": "application/json" };
	}
	const response = await app.request(path, init, bindings);
	return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function open(): Promise<string> {
	const request = {
		key: crypto.randomUUID(),
		checkoutId: "c1",
		amountMinor: 1999,
		currency: "EUR",
		email: "a@b.example",
		allowDelayedMethods: false,
	};
	const created = await new SandboxPaymentProvider(env).create(request);
	if (created.kind !== "created") throw new Error(created.kind);
	return created.payment.id;
}

const euro = (amount: number) => ({ amount, currency: "EUR" });

describe("outside of local", () => {
	const elsewhere = { ...env, ENVIRONMENT: "production" };

	it.each([
		["POST", "/sandbox/payments/sbx_1/confirm", { outcome: "approve" }],
		["POST", "/sandbox/payments/sbx_1/confirm", "this is not even read"],
		["GET", "/sandbox/payments/sbx_1", undefined],
		["POST", "/sandbox/faults", { faults: [] }],
		["GET", "/sandbox/faults", undefined],
		["GET", "/sandbox/books", undefined],
	])("answers %s %s as any unknown address", async (method, path, body) => {
		const there = await call(method, path, body, elsewhere);
		const unknown = await call(method, "/sandbox/nothing", body, elsewhere);
		expect(there.status).toBe(404);
		expect({ ...there.body, requestId: "", detail: "" }).toEqual({ ...unknown.body, requestId: "", detail: "" });
		expect(there.body["detail"]).toBe(`Nothing answers ${method} ${path}.`);
	});
});

describe("confirm", () => {
	it("plays the card, waits for the webhook, and shows the payment after it", async () => {
		const id = await open();
		receiver.answer = async () => {
			await sandboxObject(env).capture(id, 1500, `capture-${id}`);
			return new Response();
		};
		const paidAt = "2026-12-12T13:00:00+01:00";
		expect(await call("POST", `/sandbox/payments/${id}/confirm`, { outcome: "approve", paidAt })).toEqual({
			status: 200,
			body: {
				id,
				checkoutId: "c1",
				status: "captured",
				currency: "EUR",
				amount: euro(1999),
				authorised: euro(0),
				captured: euro(1500),
				refunded: euro(0),
				paidAt: "2026-12-12T12:00:00.000Z",
				declined: null,
				webhooksOwed: 0,
			},
		});
		expect(receiver.deliveries).toHaveLength(2);
	});

	it("shows how many webhooks are still to come, and sends as many copies as requested", async () => {
		const late = await open();
		expect(
			await call("POST", `/sandbox/payments/${late}/confirm`, { outcome: "approve", delayMs: 3_600_000, copies: 2 }),
		).toMatchObject({ status: 200, body: { status: "authorised", webhooksOwed: 2 } });
		expect(receiver.deliveries).toHaveLength(0);
		const silent = await open();
		await call("POST", `/sandbox/payments/${silent}/confirm`, { outcome: "capture", silent: true });
		expect(receiver.deliveries).toHaveLength(0);
		const thrice = await open();
		await call("POST", `/sandbox/payments/${thrice}/confirm`, { outcome: "capture", copies: 3 });
		expect(receiver.deliveries).toHaveLength(3);
	});

	it("leaves the payment open with the reason when the card is declined", async () => {
		const id = await open();
		const paidAt = "2026-12-12T12:00:00Z";
		expect(await call("POST", `/sandbox/payments/${id}/confirm`, { outcome: "decline", paidAt })).toMatchObject({
			status: 200,
			body: { status: "open", paidAt: null, declined: { code: "card_declined", at: "2026-12-12T12:00:00.000Z" } },
		});
	});

	it("answers 409 for a voided payment and 404 for an unknown one", async () => {
		const id = await open();
		await new SandboxPaymentProvider(env).void(id, crypto.randomUUID());
		expect(await call("POST", `/sandbox/payments/${id}/confirm`, { outcome: "approve" })).toMatchObject({
			status: 409,
			body: { type: "/problems/payment-not-payable", status: 409, paymentStatus: "voided" },
		});
		expect(await call("POST", "/sandbox/payments/sbx_nobody/confirm", { outcome: "approve" })).toMatchObject({
			status: 404,
			body: { type: "/problems/unknown-payment" },
		});
	});

	it.each([
		{},
		{ outcome: "maybe" },
		{ outcome: "approve", paidAt: "yesterday" },
		{ outcome: "approve", delayMs: -1 },
		{ outcome: "approve", delayMs: 0.5 },
		{ outcome: "approve", copies: 0 },
		{ outcome: "approve", copies: 1000 },
		{ outcome: "approve", silently: true },
	])("refuses %j as invalid", async (body) => {
		const id = await open();
		expect(await call("POST", `/sandbox/payments/${id}/confirm`, body)).toMatchObject({
			status: 400,
			body: { type: "/problems/invalid-request" },
		});
		expect(await call("GET", `/sandbox/payments/${id}`)).toMatchObject({ body: { status: "open" } });
	});
});

describe("faults", () => {
	it("are set as a list, are used up by calls, and can be read", async () => {
		const id = await open();
		const set = await call("POST", "/sandbox/faults", {
			faults: [
				{ call: "read", fail: "before", times: 2 },
				{ call: "capture", delayMs: 5 },
			],
		});
		const capture = { call: "capture", fail: "no", delayMs: 5, times: 1 };
		expect(set.body).toEqual({ faults: [{ call: "read", fail: "before", delayMs: 0, times: 2 }, capture] });
		expect(await new SandboxPaymentProvider(env).read(id)).toMatchObject({ kind: "unknown" });
		expect(await new SandboxPaymentProvider(env).read(id)).toMatchObject({ kind: "unknown" });
		expect((await call("GET", "/sandbox/faults")).body).toEqual({ faults: [capture] });
		expect((await call("POST", "/sandbox/faults", { faults: [] })).body).toEqual({ faults: [] });
	});

	it.each([
		{ faults: [{ call: "read" }] },
		{ faults: [{ call: "confirm", fail: "before" }] },
		{ faults: [{ call: "read", fail: "sometimes" }] },
		{ faults: [{ call: "read", fail: "before", times: 0 }] },
		[],
	])("refuses %j as invalid", async (body) => {
		expect(await call("POST", "/sandbox/faults", body)).toMatchObject({ status: 400 });
	});
});

describe("books", () => {
	it("show totals by currency and payments page by page", async () => {
		const id = await open();
		await call("POST", `/sandbox/payments/${id}/confirm`, { outcome: "capture" });
		await new SandboxPaymentProvider(env).refund(id, 999, crypto.randomUUID());
		const first = await call("GET", "/sandbox/books?limit=1");
		expect(first).toMatchObject({ status: 200, body: { nextCursor: expect.stringMatching(/^\d+$/) } });
		type Listed = Record<"captured" | "refunded" | "authorised", { amount: number }> & { id: string };
		const payments: Listed[] = [];
		let cursor: unknown = "0";
		while (cursor !== null) {
			const { body } = await call("GET", `/sandbox/books?limit=5&cursor=${cursor}`);
			payments.push(...(body["payments"] as Listed[]));
			cursor = body["nextCursor"];
		}
		expect(payments.at(-1)).toMatchObject({ id, captured: euro(1999), refunded: euro(999) });
		const sum = (field: "captured" | "refunded" | "authorised") =>
			payments.reduce((total, payment) => total + payment[field].amount, 0);
		expect(first.body["totals"]).toEqual([
			{
				currency: "EUR",
				payments: {
					open: expect.any(Number),
					authorised: expect.any(Number),
					captured: expect.any(Number),
					voided: expect.any(Number),
				},
				authorised: euro(sum("authorised")),
				captured: euro(sum("captured")),
				refunded: euro(sum("refunded")),
			},
		]);
	});

	it.each(["cursor=x", "cursor=-1", "limit=0", "limit=100000"])("refuses %s as invalid", async (query) => {
		expect(await call("GET", `/sandbox/books?${query}`)).toMatchObject({ status: 400 });
	});
});
