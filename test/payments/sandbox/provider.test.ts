/** The sandbox behind the port: the contract of every provider, and what only the sandbox can do. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { paymentProvider } from "../../../src/payments/configured.ts";
import type { Payment } from "../../../src/payments/provider.ts";
import { SandboxPaymentProvider, sandboxObject } from "../../../src/payments/sandbox/provider.ts";
import { type Fault, SandboxObject } from "../../../src/payments/sandbox/sandbox.ts";
import { SIGNATURE_HEADER, sign } from "../../../src/payments/sandbox/signature.ts";
import { describePaymentProvider } from "../contract.ts";
import { type Delivery, type Receiver, receive } from "./receiver.ts";

const sandbox = () => sandboxObject(env);
const newKey = () => crypto.randomUUID();
const REQUEST = { currency: "USD", email: "ada@example.com", allowDelayedMethods: false };
let receiver: Receiver;

beforeEach(async () => {
	receiver = receive();
	await sandbox().setFaults([]);
});
afterEach(() => vi.restoreAllMocks());

async function open(checkoutId = newKey(), amountMinor = 1000): Promise<Payment> {
	const request = { ...REQUEST, key: newKey(), checkoutId, amountMinor };
	const created = await new SandboxPaymentProvider(env).create(request);
	if (created.kind !== "created") throw new Error(created.kind);
	return created.payment;
}

/** The events received about a payment, in order. */
function events(paymentId: string): { id: string; type: string; payment: Payment }[] {
	return receiver.deliveries.map(({ body }) => JSON.parse(body)).filter(({ payment }) => payment.id === paymentId);
}

describePaymentProvider("the sandbox", () => ({
	provider: new SandboxPaymentProvider(env),
	async pay(paymentId, outcome, paidAtMs) {
		await sandbox().confirm(paymentId, { outcome, ...(paidAtMs === undefined ? {} : { paidAtMs }) });
	},
	async returnRefund(paymentId) {
		expect(await sandbox().incident(paymentId, { kind: "refund-returned" })).toMatchObject({ kind: "ok" });
	},
	async dispute(paymentId, how) {
		const kind = ({ open: "dispute-opened", won: "dispute-won", lost: "dispute-lost" } as const)[how];
		expect(await sandbox().incident(paymentId, { kind })).toMatchObject({ kind: "ok" });
	},
	async breakNext(call) {
		await sandbox().setFaults([{ call, fail: "stored", delayMs: 0, times: 1 }]);
	},
	async refuse(call, refuses) {
		await sandbox().setFaults(refuses ? [{ call, fail: "refuse", delayMs: 0, times: 1_000_000 }] : []);
	},
	async lose(call, what) {
		await sandbox().setFaults([{ call, fail: what === "call" ? "before" : "after", delayMs: 0, times: 1 }]);
	},
	async webhooks(paymentId) {
		await sandbox().settled(paymentId);
		return receiver.deliveries.filter(({ body }) => JSON.parse(body).payment.id === paymentId);
	},
	async irrelevantWebhook() {
		const body = JSON.stringify({ id: "evt_1", type: "payout.paid", createdAt: "2026-12-12T00:00:00Z" });
		const header = await sign(await sandbox().webhookSecret(), body, Date.now());
		return { body, headers: new Headers({ [SIGNATURE_HEADER]: header }) };
	},
}));

describe("the sandbox outside of local", () => {
	it.each(["production", "", "LOCAL"])("has neither a provider nor an object with ENVIRONMENT=%j", (ENVIRONMENT) => {
		const elsewhere = { ...env, ENVIRONMENT };
		expect(() => new SandboxPaymentProvider(elsewhere)).toThrow("ENVIRONMENT=local");
		expect(() => sandboxObject(elsewhere)).toThrow("ENVIRONMENT=local");
		expect(paymentProvider({ ...elsewhere, PAYMENT_PROVIDER: "sandbox" })).toEqual({
			kind: "not-configured",
			missing: ["ENVIRONMENT=local"],
		});
	});

	it("does not start its object", async () => {
		await runInDurableObject(sandbox(), (_, state) => {
			expect(() => new SandboxObject(state, { ...env, ENVIRONMENT: "production" })).toThrow("ENVIRONMENT=local");
		});
	});

	it("is what PAYMENT_PROVIDER=sandbox picks", () => {
		expect(paymentProvider({ ...env, PAYMENT_PROVIDER: "sandbox" })).toMatchObject({
			kind: "provider",
			provider: { name: "sandbox" },
		});
	});

	it("is configured without a webhook secret, since it makes one of its own", () => {
		const unconfigured = { ...env, SANDBOX_WEBHOOK_SECRET: "", PAYMENT_PROVIDER: "sandbox" };
		expect(paymentProvider(unconfigured)).toMatchObject({ kind: "provider", provider: { name: "sandbox" } });
	});

	it("answers not-configured to an unknown name of a provider", () => {
		expect(paymentProvider({ ...env, PAYMENT_PROVIDER: "barter" })).toMatchObject({ kind: "not-configured" });
	});
});

describe("the secret that signs the sandbox's webhooks", () => {
	let name: string;
	const object = () => env.SANDBOX.getByName(name);
	/** The environment of a sandbox of this test alone, with this secret; none when it is empty. */
	const envWith = (SANDBOX_WEBHOOK_SECRET: string) => {
		const SANDBOX = { getByName: object } as unknown as Env["SANDBOX"];
		return { ENVIRONMENT: "local", SANDBOX, SANDBOX_WEBHOOK_SECRET };
	};
	/** The object as it is started in such an environment. */
	const start = (secret: string) =>
		runInDurableObject(object(), (instance) => {
			(instance as unknown as { env: object }).env = { ...env, SANDBOX_WEBHOOK_SECRET: secret };
		});

	/** A webhook that this sandbox has sent. */
	async function sent(): Promise<Delivery> {
		const created = await object().create({ ...REQUEST, key: newKey(), checkoutId: "c1", amountMinor: 1000 });
		if (created.kind !== "ok") throw new Error(created.kind);
		const { id } = created.payment;
		await object().confirm(id, { outcome: "approve" });
		await object().settled(id);
		const delivery = receiver.deliveries.findLast(({ body }) => JSON.parse(body).payment.id === id);
		if (delivery === undefined) throw new Error("no webhook was sent");
		return delivery;
	}

	const parse = (by: SandboxPaymentProvider, { body, headers }: Omit<Delivery, "atMs">) =>
		by.parseWebhook(body, headers, Date.now());

	beforeEach(() => {
		name = `secret-${newKey()}`;
	});

	it("is made by the sandbox where none is configured, and verifies what it signed", async () => {
		await start("");
		const webhook = await sent();
		expect(await parse(new SandboxPaymentProvider(envWith("")), webhook)).toMatchObject({ kind: "event" });
		expect(await object().webhookSecret()).toMatch(/^[0-9a-f]{64}$/);
	});

	it("is another one for each sandbox", async () => {
		await start("");
		const mine = await object().webhookSecret();
		name = `secret-${newKey()}`;
		await start("");
		expect(await object().webhookSecret()).not.toBe(mine);
	});

	it("refuses a forged webhook", async () => {
		await start("");
		const { body } = await sent();
		const verifier = new SandboxPaymentProvider(envWith(""));
		for (const guess of ["guess", "undefined", "null", "0".repeat(64)]) {
			const headers = new Headers({ [SIGNATURE_HEADER]: await sign(guess, body, Date.now()) });
			expect(await parse(verifier, { body, headers })).toEqual({ kind: "bad-signature" });
		}
		expect(await parse(verifier, { body, headers: new Headers() })).toEqual({ kind: "bad-signature" });
	});

	it("is the same in every isolate and after the object has died", async () => {
		await start("");
		const before = await sent();
		// Killed, not evicted: the timeout of a delivery keeps the object awake.
		await runInDurableObject(object(), async (_, state) => {
			await state.storage.sync();
			state.abort("the power is cut");
		}).catch(() => null);
		await start("");
		const after = await sent();
		// An isolate remembers the secret by its binding: another binding to the same object is another isolate's.
		for (const isolate of [envWith(""), envWith("")]) {
			const verifier = new SandboxPaymentProvider(isolate);
			for (const webhook of [before, after]) expect(await parse(verifier, webhook)).toMatchObject({ kind: "event" });
		}
	});

	it("is asked for once by an isolate", async () => {
		await start("");
		const webhook = await sent();
		const asked = vi.fn(object);
		const isolate = { ...envWith(""), SANDBOX: { getByName: asked } as never };
		const verifiers = Array.from({ length: 3 }, () => new SandboxPaymentProvider(isolate));
		asked.mockClear();
		for (const verifier of verifiers) expect(await parse(verifier, webhook)).toMatchObject({ kind: "event" });
		expect(asked).toHaveBeenCalledTimes(1);
	});

	it("is asked for again when a webhook does not fit, as after the sandbox's storage was emptied", async () => {
		await start("");
		const verifier = new SandboxPaymentProvider(envWith(""));
		expect(await parse(verifier, await sent())).toMatchObject({ kind: "event" });
		await runInDurableObject(object(), (_, { storage }) => storage.kv.delete("webhookSecret"));
		expect(await parse(verifier, await sent())).toMatchObject({ kind: "event" });
	});

	it("answers unknown while the sandbox cannot be asked for it, so that the webhook is sent again", async () => {
		await start("");
		const webhook = await sent();
		const getByName = () => ({ webhookSecret: () => new Promise(() => {}) });
		const cut = { ...envWith(""), SANDBOX: { getByName } as never };
		expect(await parse(new SandboxPaymentProvider(cut, 20), webhook)).toMatchObject({ kind: "unknown" });
	});

	it("is the one that the environment names, as on a laptop that has it in .dev.vars", async () => {
		await start("");
		const own = await object().webhookSecret();
		await start("configured");
		const webhook = await sent();
		expect(await object().webhookSecret()).toBe("configured");
		expect(await parse(new SandboxPaymentProvider(envWith("configured")), webhook)).toMatchObject({ kind: "event" });
		const headers = new Headers({ [SIGNATURE_HEADER]: await sign(own, webhook.body, Date.now()) });
		const forged = await parse(new SandboxPaymentProvider(envWith("configured")), { body: webhook.body, headers });
		expect(forged).toEqual({ kind: "bad-signature" });
	});
});

describe("a verified webhook that cannot be parsed", () => {
	it.each(["", "not json", "null", "[]", "{}", '{"type":"payment.captured"}'])(
		"is ignored when its body is %j",
		async (body) => {
			const header = await sign(await sandbox().webhookSecret(), body, Date.now());
			const result = await new SandboxPaymentProvider(env).parseWebhook(
				body,
				new Headers({ [SIGNATURE_HEADER]: header }),
				Date.now(),
			);
			expect(result).toMatchObject({ kind: "ignored" });
		},
	);

	const payment: Payment = {
		id: "sbx_1",
		checkoutId: "c1",
		status: "captured",
		currency: "USD",
		amountMinor: 1000,
		authorisedMinor: 0,
		capturedMinor: 1000,
		refundedMinor: 0,
		disputedMinor: 0,
		paidAtMs: 1,
		attemptUnderWay: false,
		declined: null,
	};

	async function parse(event: unknown) {
		const body = JSON.stringify(event);
		const header = await sign(await sandbox().webhookSecret(), body, Date.now());
		const headers = new Headers({ [SIGNATURE_HEADER]: header });
		return new SandboxPaymentProvider(env).parseWebhook(body, headers, Date.now());
	}

	it.each([
		null,
		{},
		[],
		"sbx_1",
		...Object.keys(payment)
			.filter((member) => member !== "disputedMinor" && member !== "attemptUnderWay")
			.map((member) => ({ ...payment, [member]: undefined })),
		{ ...payment, id: "" },
		{ ...payment, checkoutId: 7 },
		{ ...payment, status: "paid" },
		{ ...payment, capturedMinor: -1 },
		{ ...payment, refundedMinor: "all" },
		{ ...payment, disputedMinor: 0.5 },
		{ ...payment, attemptUnderWay: "no" },
		{ ...payment, declined: {} },
	])("is ignored when its payment is %j", async (half) => {
		expect(await parse({ id: "evt_1", type: "payment.captured", payment: half })).toEqual({
			kind: "ignored",
			id: "evt_1",
			type: "payment.captured",
		});
	});

	it("is ignored without an id of its own, by which it is told from others", async () => {
		expect(await parse({ type: "payment.captured", payment })).toMatchObject({ kind: "ignored" });
	});

	it("is understood when the code before has sent it, which knew no disputes", async () => {
		const { disputedMinor: _disputed, attemptUnderWay: _attempt, ...old } = payment;
		expect(await parse({ id: "evt_1", type: "payment.captured", payment: old })).toMatchObject({
			kind: "event",
			payment,
		});
	});

	it("is believed as it is signed, although the provider's books say otherwise", async () => {
		const { id } = await open();
		expect(await parse({ id: "evt_1", type: "payment.captured", payment: { ...payment, id } })).toMatchObject({
			kind: "event",
			payment: { status: "captured" },
		});
		expect(await new SandboxPaymentProvider(env).read(id)).toMatchObject({ payment: { status: "open" } });
	});
});

describe("create", () => {
	it("is refused for a currency that does not exist", async () => {
		const request = { ...REQUEST, currency: "XXX", key: newKey(), checkoutId: "c1", amountMinor: 1000 };
		expect(await new SandboxPaymentProvider(env).create(request)).toMatchObject({
			kind: "refused",
			reason: "currency",
		});
	});

	it.each(["amount", "currency", "email", "other"] as const)("is refused by a fault for its %s", async (reason) => {
		const fault = { call: "create", fail: "refuse", delayMs: 0, times: 1 } as const;
		await sandbox().setFaults([reason === "other" ? fault : { ...fault, reason }]);
		const request = { ...REQUEST, key: newKey(), checkoutId: "c1", amountMinor: 1000 };
		expect(await new SandboxPaymentProvider(env).create(request)).toMatchObject({ kind: "refused", reason });
		expect(await new SandboxPaymentProvider(env).create(request)).toMatchObject({ kind: "created" });
	});
});

describe("confirm", () => {
	it("refuses a voided payment as not payable", async () => {
		const { id } = await open();
		await new SandboxPaymentProvider(env).void(id, newKey());
		expect(await sandbox().confirm(id, { outcome: "approve" })).toMatchObject({
			kind: "not-payable",
			payment: { status: "voided" },
		});
	});

	it("returns a paid payment as it is, and sends no webhook", async () => {
		const { id } = await open();
		await sandbox().confirm(id, { outcome: "approve", paidAtMs: 1000 });
		const again = await sandbox().confirm(id, { outcome: "capture", paidAtMs: 2000, copies: 5 });
		expect(again).toMatchObject({ kind: "ok", payment: { status: "authorised", paidAtMs: 1000 } });
		await sandbox().settled(id);
		expect(events(id)).toHaveLength(1);
	});

	it("does not find an unknown payment", async () => {
		expect(await sandbox().confirm("sbx_nobody", { outcome: "approve" })).toEqual({ kind: "not-found" });
	});

	it("takes the present time when none is given", async () => {
		const { id } = await open();
		const before = Date.now();
		await sandbox().confirm(id, { outcome: "capture" });
		const answer = await sandbox().peek(id);
		const paidAtMs = (answer.kind === "ok" && answer.payment.paidAtMs) || 0;
		expect(paidAtMs).toBeGreaterThanOrEqual(before);
		expect(paidAtMs).toBeLessThanOrEqual(Date.now());
	});
});

describe("faults", () => {
	const fault = (over: Partial<Fault>): Fault => ({ call: "read", fail: "before", delayMs: 0, times: 1, ...over });

	it("hit the next calls of their kind, in their order and as often as they say, and no other call", async () => {
		const provider = new SandboxPaymentProvider(env);
		const { id } = await open();
		await sandbox().setFaults([fault({ times: 2 }), fault({ call: "void", fail: "after" })]);
		const kinds = [];
		for (let i = 0; i < 3; i++) kinds.push((await provider.read(id)).kind);
		expect(kinds).toEqual(["unknown", "unknown", "ok"]);
		expect(await sandbox().faults()).toEqual([fault({ call: "void", fail: "after" })]);
		expect(await provider.void(id, newKey())).toMatchObject({ kind: "unknown" });
		expect(await provider.read(id)).toMatchObject({ kind: "ok", payment: { status: "voided" } });
		expect(await sandbox().faults()).toEqual([]);
	});

	it("are replaced as a whole", async () => {
		await sandbox().setFaults([fault({ times: 9 })]);
		await sandbox().setFaults([fault({ call: "refund" })]);
		expect(await sandbox().faults()).toEqual([fault({ call: "refund" })]);
	});

	it("make a call unknown that answers too slowly, although it took effect", async () => {
		const { id } = await open();
		await sandbox().setFaults([fault({ call: "void", fail: "no", delayMs: 30_000 })]);
		const hasty = new SandboxPaymentProvider(env, 50);
		expect(await hasty.void(id, newKey())).toEqual({ kind: "unknown", detail: "no answer within 50 ms" });
		expect(await hasty.read(id)).toMatchObject({ kind: "ok", payment: { status: "voided" } });
	});

	it("only delay a call that answers slowly and in time", async () => {
		const { id } = await open();
		await sandbox().setFaults([fault({ fail: "no", delayMs: 30 })]);
		const before = performance.now();
		expect(await new SandboxPaymentProvider(env).read(id)).toMatchObject({ kind: "ok" });
		expect(performance.now() - before).toBeGreaterThanOrEqual(25);
	});

	it("leave what a key has done as it is, when the provider breaks later", async () => {
		const provider = new SandboxPaymentProvider(env);
		const { id } = await open();
		const key = newKey();
		expect(await provider.void(id, key)).toMatchObject({ kind: "ok" });
		await sandbox().setFaults([fault({ call: "void", fail: "stored" })]);
		expect(await provider.void(id, key)).toMatchObject({ kind: "unknown" });
		expect(await provider.void(id, key)).toMatchObject({ kind: "ok", payment: { status: "voided" } });
	});

	it("are not used up by a key that is answered from memory", async () => {
		const provider = new SandboxPaymentProvider(env);
		const { id } = await open();
		const key = newKey();
		await sandbox().setFaults([fault({ call: "void", fail: "stored", times: 2 })]);
		for (let i = 0; i < 3; i++) await provider.void(id, key);
		expect(await sandbox().faults()).toEqual([fault({ call: "void", fail: "stored" })]);
	});

	it("apply neither to observers nor to the shopper's card", async () => {
		const { id } = await open();
		await sandbox().setFaults([fault({ times: 99 })]);
		expect(await sandbox().peek(id)).toMatchObject({ kind: "ok" });
		expect(await sandbox().confirm(id, { outcome: "approve" })).toMatchObject({ kind: "ok" });
	});

	it("leave the webhook of a call that took effect: it may be the first report of it", async () => {
		const { id } = await open();
		await sandbox().confirm(id, { outcome: "approve" });
		await sandbox().setFaults([fault({ call: "capture", fail: "after" })]);
		expect(await new SandboxPaymentProvider(env).capture(id, 1000, newKey())).toMatchObject({ kind: "unknown" });
		await sandbox().settled(id);
		expect(events(id).map(({ type }) => type)).toEqual(["payment.authorised", "payment.captured"]);
	});
});

describe("the event of a webhook", () => {
	it("carries the payment as it was when it happened, however late it is sent", async () => {
		const { id } = await open();
		await sandbox().confirm(id, { outcome: "approve", delayMs: 3_600_000 });
		await new SandboxPaymentProvider(env).capture(id, 1000, newKey());
		expect(await sandbox().settled(id)).toBe(1);
		expect(events(id).map(({ payment }) => payment.status)).toEqual(["captured"]);
	});
});

describe("a silent provider", () => {
	it("never sends a webhook about the payment: only a read shows its state", async () => {
		const { id } = await open();
		await sandbox().confirm(id, { outcome: "approve", silent: true });
		await new SandboxPaymentProvider(env).capture(id, 1000, newKey());
		expect(await sandbox().settled(id)).toBe(0);
		expect(events(id)).toEqual([]);
		expect(await new SandboxPaymentProvider(env).read(id)).toMatchObject({
			kind: "ok",
			payment: { status: "captured" },
		});
	});

	it("stays silent for the card that is tried after a declined one", async () => {
		const { id } = await open();
		await sandbox().confirm(id, { outcome: "decline", silent: true });
		await sandbox().confirm(id, { outcome: "approve" });
		expect(await sandbox().settled(id)).toBe(0);
		expect(events(id)).toEqual([]);
	});
});

describe("the provider's report", () => {
	it("has totals by currency, and lists each payment once, in pages", async () => {
		const provider = new SandboxPaymentProvider(env);
		const before = (await sandbox().books(null, 1)).totals.find(({ currency }) => currency === "USD");
		const paid = await open(newKey(), 900);
		await sandbox().confirm(paid.id, { outcome: "approve" });
		await provider.capture(paid.id, 700, newKey());
		await provider.refund(paid.id, 300, newKey());
		const held = await open(newKey(), 500);
		await sandbox().confirm(held.id, { outcome: "approve" });
		const after = (await sandbox().books(null, 1)).totals.find(({ currency }) => currency === "USD");
		expect(after).toMatchObject({
			payments: (before?.payments ?? 0) + 2,
			authorisedMinor: (before?.authorisedMinor ?? 0) + 500,
			capturedMinor: (before?.capturedMinor ?? 0) + 700,
			refundedMinor: (before?.refundedMinor ?? 0) + 300,
		});

		const listed: string[] = [];
		let cursor: string | null = null;
		do {
			const page: Awaited<ReturnType<ReturnType<typeof sandbox>["books"]>> = await sandbox().books(cursor, 3);
			expect(page.payments.length).toBeLessThanOrEqual(3);
			listed.push(...page.payments.map(({ id }) => id));
			cursor = page.nextCursor;
		} while (cursor !== null);
		expect(new Set(listed).size).toBe(listed.length);
		expect(listed.slice(-2)).toEqual([paid.id, held.id]);
		expect(listed.length).toBe((await sandbox().books(null, 1)).totals.reduce((n, { payments }) => n + payments, 0));
	});
});
