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
		["POST", "/sandbox/payments/sbx_1/incidents", { kind: "dispute-opened" }],
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
				disputed: euro(0),
				paidAt: "2026-12-12T12:00:00.000Z",
				attemptUnderWay: false,
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

describe("incidents", () => {
	const happen = (id: string, json: unknown) => call("POST", `/sandbox/payments/${id}/incidents`, json);
	const sent = () => receiver.deliveries.map(({ body }) => JSON.parse(body) as { type: string; payment: object });

	it("play a debit of days: first processing, later captured", async () => {
		const id = await open();
		const confirm = (outcome: string) => call("POST", `/sandbox/payments/${id}/confirm`, { outcome });
		expect((await confirm("begin")).body).toMatchObject({ status: "open", attemptUnderWay: true });
		expect((await confirm("debit")).body).toMatchObject({ status: "processing", attemptUnderWay: true });
		expect((await confirm("capture")).body).toMatchObject({ status: "captured", attemptUnderWay: false });
		expect(sent().map(({ type }) => type)).toEqual(["payment.processing", "payment.captured"]);
	});

	it("play a refund that comes back, and a dispute until it is won", async () => {
		const id = await open();
		await call("POST", `/sandbox/payments/${id}/confirm`, { outcome: "capture", silent: false });
		await new SandboxPaymentProvider(env).refund(id, 999, crypto.randomUUID());
		expect(await happen(id, { kind: "refund-returned" })).toMatchObject({ status: 200, body: { refunded: euro(0) } });
		expect(await happen(id, { kind: "refunded-by-hand", amountMinor: 99 })).toMatchObject({
			body: { refunded: euro(99), webhooksOwed: 0 },
		});
		expect(await happen(id, { kind: "dispute-opened" })).toMatchObject({ body: { disputed: euro(1900) } });
		expect(await happen(id, { kind: "dispute-won" })).toMatchObject({ body: { disputed: euro(0) } });
		expect(sent().map(({ type }) => type)).toEqual([
			"payment.captured",
			"payment.refunded",
			"payment.refund_returned",
			"payment.refunded",
			"dispute.opened",
			"dispute.closed",
		]);
	});

	it("play each refund's return once, the latest first, one made by hand included", async () => {
		const id = await open();
		await call("POST", `/sandbox/payments/${id}/confirm`, { outcome: "capture" });
		await new SandboxPaymentProvider(env).refund(id, 200, crypto.randomUUID());
		await happen(id, { kind: "refunded-by-hand", amountMinor: 30 });
		await new SandboxPaymentProvider(env).refund(id, 1, crypto.randomUUID());
		for (const refunded of [230, 200, 0]) {
			expect(await happen(id, { kind: "refund-returned" })).toMatchObject({ body: { refunded: euro(refunded) } });
		}
		expect(await happen(id, { kind: "refund-returned" })).toMatchObject({ status: 409 });
	});

	it("send their webhooks as late and as often as requested, or not at all", async () => {
		const id = await open();
		await call("POST", `/sandbox/payments/${id}/confirm`, { outcome: "capture" });
		receiver.deliveries.length = 0;
		const late = { kind: "dispute-opened", amountMinor: 1, delayMs: 3_600_000, copies: 2 };
		expect(await happen(id, late)).toMatchObject({ body: { webhooksOwed: 2 } });
		expect(await happen(id, { kind: "dispute-lost", copies: 2 })).toMatchObject({ body: { webhooksOwed: 2 } });
		expect(receiver.deliveries).toHaveLength(2);
		await happen(id, { kind: "dispute-won", silent: true });
		expect(receiver.deliveries).toHaveLength(2);
	});

	it("misreport a payment to us, and not in the provider's books", async () => {
		const id = await open();
		const as = { status: "captured", capturedMinor: 1999, attemptUnderWay: false };
		expect(await happen(id, { kind: "misreported", as })).toMatchObject({ body: { status: "open" } });
		expect(sent()).toMatchObject([{ payment: { id, ...as } }]);
	});

	it("answer 409 when they cannot happen now, and 404 for an unknown payment", async () => {
		const id = await open();
		expect(await happen(id, { kind: "refund-returned" })).toMatchObject({
			status: 409,
			body: { type: "/problems/incident-impossible", paymentStatus: "open" },
		});
		expect(await happen("sbx_nobody", { kind: "dispute-opened" })).toMatchObject({
			status: 404,
			body: { type: "/problems/unknown-payment" },
		});
	});

	it.each([
		{},
		{ kind: "earthquake" },
		{ kind: "dispute-opened", amountMinor: 0 },
		{ kind: "dispute-won", amountMinor: 5 },
		{ kind: "misreported" },
		{ kind: "misreported", as: { status: "paid" } },
		{ kind: "misreported", as: { id: "another" } },
	])("refuse %j as invalid", async (json) => {
		expect(await happen(await open(), json)).toMatchObject({
			status: 400,
			body: { type: "/problems/invalid-request" },
		});
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
		{ faults: [{ call: "read", fail: "refuse" }] },
		{ faults: [{ call: "read", fail: "stored" }] },
		{ faults: [{ call: "capture", fail: "refuse", reason: "email" }] },
		{ faults: [{ call: "create", fail: "before", reason: "email" }] },
		{ faults: [{ call: "create", fail: "refuse", reason: "weather" }] },
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
		type Listed = Record<"captured" | "refunded" | "disputed" | "authorised", { amount: number }> & { id: string };
		const payments: Listed[] = [];
		let cursor: unknown = "0";
		while (cursor !== null) {
			const { body } = await call("GET", `/sandbox/books?limit=5&cursor=${cursor}`);
			payments.push(...(body["payments"] as Listed[]));
			cursor = body["nextCursor"];
		}
		expect(payments.at(-1)).toMatchObject({ id, captured: euro(1999), refunded: euro(999) });
		const sum = (field: "captured" | "refunded" | "disputed" | "authorised") =>
			payments.reduce((total, payment) => total + payment[field].amount, 0);
		expect(first.body["totals"]).toEqual([
			{
				currency: "EUR",
				payments: {
					open: expect.any(Number),
					processing: expect.any(Number),
					authorised: expect.any(Number),
					captured: expect.any(Number),
					voided: expect.any(Number),
				},
				authorised: euro(sum("authorised")),
				captured: euro(sum("captured")),
				refunded: euro(sum("refunded")),
				disputed: euro(sum("disputed")),
			},
		]);
	});

	it.each(["cursor=x", "cursor=-1", "limit=0", "limit=100000"])("refuses %s as invalid", async (query) => {
		expect(await call("GET", `/sandbox/books?${query}`)).toMatchObject({ status: 400 });
	});
});
