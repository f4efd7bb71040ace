/**
 * Stripe behind the port, through its real SDK: the contract of every provider, and what only Stripe does to a client.
 */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { paymentProvider } from "../../../src/payments/configured.ts";
import type { CreateRequest, Payment, PaymentProvider } from "../../../src/payments/provider.ts";
import { StripePaymentProvider } from "../../../src/payments/stripe/provider.ts";
import { STRIPE_EVENTS } from "../../../src/payments/stripe/webhook.ts";
import { describePaymentProvider } from "../contract.ts";
import { StripeEmulator } from "./emulator.ts";

const webhookSecrets = [StripeEmulator.WEBHOOK_SECRET];
let serial = 0;
const newKey = () => `key-${serial++}`;

function start(): { stripe: StripeEmulator; provider: PaymentProvider } {
	const stripe = new StripeEmulator();
	return {
		stripe,
		provider: new StripePaymentProvider({ secretKey: "sk_test_1", webhookSecrets, fetch: stripe.fetch }),
	};
}

function aRequest(over: Partial<CreateRequest> = {}): CreateRequest {
	return {
		key: newKey(),
		checkoutId: "c1",
		amountMinor: 1000,
		currency: "USD",
		email: "ada@example.com",
		allowDelayedMethods: false,
		...over,
	};
}

async function open(provider: PaymentProvider, request = aRequest()): Promise<Payment> {
	const created = await provider.create(request);
	if (created.kind !== "created") throw new Error(created.detail);
	return created.payment;
}

async function captured(stripe: StripeEmulator, provider: PaymentProvider, amountMinor = 1000): Promise<string> {
	const { id } = await open(provider);
	stripe.pay(id, "card", Date.now());
	expect(await provider.capture(id, amountMinor, newKey())).toMatchObject({ kind: "ok" });
	return id;
}

describePaymentProvider("Stripe", () => {
	const { stripe, provider } = start();
	const by = { approve: "card", decline: "bad-card", capture: "ideal", debit: "debit" } as const;
	return {
		provider,
		async pay(paymentId, outcome, paidAtMs = Date.now()) {
			if (outcome === "begin") return stripe.begin(paymentId);
			stripe.settle(paymentId, outcome === "capture");
			stripe.pay(paymentId, by[outcome], paidAtMs);
		},
		async returnRefund(paymentId) {
			stripe.failRefund(paymentId);
		},
		async dispute(paymentId, how) {
			if (how === "open") stripe.dispute(paymentId);
			else stripe.closeDispute(paymentId, how);
		},
		async breakNext(call) {
			stripe.injectFault(call, "500-undone");
		},
		async refuse(call, refuses) {
			if (refuses) stripe.refuses.add(call);
			else stripe.refuses.delete(call);
		},
		async lose(call, what) {
			stripe.injectFault(call, what === "call" ? "lost-call" : "lost-answer");
		},
		webhooks: (paymentId) => stripe.webhooks(paymentId),
		irrelevantWebhook: () => stripe.sign(stripe.event("payout.paid", { id: "po_1", object: "payout" })),
	};
});

describe("Stripe as the provider", () => {
	const secrets = { STRIPE_SECRET_KEY: "sk_1", STRIPE_WEBHOOK_SECRET: "whsec_1" };

	it("is what PAYMENT_PROVIDER=stripe picks, in production too", () => {
		const chosen = paymentProvider({ ...env, ...secrets, ENVIRONMENT: "production", PAYMENT_PROVIDER: "stripe" });
		expect(chosen).toMatchObject({ kind: "provider", provider: { name: "stripe" } });
	});

	it.each([
		[{}, ["STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"]],
		[{ STRIPE_SECRET_KEY: "sk_1" }, ["STRIPE_WEBHOOK_SECRET"]],
		[{ ...secrets, STRIPE_SECRET_KEY: "" }, ["STRIPE_SECRET_KEY"]],
	])("is not configured with %j, and names what is missing", (some, missing) => {
		const chosen = paymentProvider({ ...env, ...some, PAYMENT_PROVIDER: "stripe" });
		expect(chosen).toEqual({ kind: "not-configured", missing });
	});

	it("accepts no webhook without a webhook secret", async () => {
		const { stripe } = start();
		const provider = new StripePaymentProvider({ secretKey: "sk_1", webhookSecrets: [""], fetch: stripe.fetch });
		const { body, headers } = await stripe.sign(stripe.event("payment_intent.succeeded", { id: "pi_1" }));
		expect(await provider.parseWebhook(body, headers, Date.now())).toEqual({ kind: "bad-signature" });
	});
});

describe("a request to create a payment", () => {
	it("authorises first by each method that can, and hides none that cannot", async () => {
		const { stripe, provider } = start();
		await open(provider, aRequest({ amountMinor: 500, currency: "JPY", checkoutId: "c77" }));
		const params = Object.fromEntries(stripe.created[0] ?? []);
		expect(params).toMatchObject({
			amount: "500",
			currency: "jpy",
			"automatic_payment_methods[enabled]": "true",
			"payment_method_options[card][capture_method]": "manual",
			"payment_method_options[klarna][capture_method]": "manual",
			"metadata[holdfast_checkout]": "c77",
			receipt_email: "ada@example.com",
		});
		expect(params["capture_method"]).toBeUndefined();
	});

	it("authorises first by cards only when the account does not know a method, and still sells", async () => {
		const { stripe, provider } = start();
		stripe.unknownMethods.add("billie");
		const request = aRequest();
		const { id } = await open(provider, request);
		expect((await open(provider, request)).id).toBe(id);
		stripe.pay(id, "card", Date.now());
		expect(await provider.read(id)).toMatchObject({ payment: { status: "authorised" } });
	});

	it("is refused without a request when Stripe could never charge it", async () => {
		const { stripe, provider } = start();
		for (const [amountMinor, currency, reason] of [
			[49, "USD", "amount"],
			[5124, "KWD", "amount"],
			[1000, "KPW", "currency"],
		] as const) {
			expect(await provider.create(aRequest({ amountMinor, currency }))).toEqual({
				kind: "refused",
				reason,
				detail: expect.stringContaining(currency),
			});
		}
		expect(stripe.requests).toEqual([]);
	});

	it.each(["amount", "email", "other"] as const)(
		"is refused by Stripe after one request, for its %s",
		async (reason) => {
			const { stripe, provider } = start();
			if (reason === "amount") stripe.smallest = 1001;
			if (reason === "email") stripe.badEmails.add("ada@example.com");
			if (reason === "other") stripe.refuses.add("create");
			expect(await provider.create(aRequest())).toEqual({
				kind: "refused",
				reason,
				detail: expect.stringMatching(/\S/),
			});
			expect(stripe.requests).toHaveLength(1);
		},
	);

	it("is made although the code before has asked for it under the same key, with other parameters", async () => {
		const { stripe, provider } = start();
		const request = aRequest();
		const body = new URLSearchParams({ amount: "1000", currency: "usd", "metadata[holdfast_checkout]": "c1" });
		// That code made keys of its own out of the one that it was given.
		for (const key of [request.key, `${request.key}~2`, `${request.key}~cards`]) {
			const headers = { "idempotency-key": key };
			const before = await stripe.fetch("https://api.stripe.com/v1/payment_intents", { method: "POST", headers, body });
			expect(before.status).toBe(200);
		}
		const { id } = await open(provider, request);
		expect((await open(provider, request)).id).toBe(id);
	});

	const excluded = (stripe: StripeEmulator, request = -1) =>
		[...(stripe.created.at(request) ?? [])]
			.filter(([name]) => name.startsWith("excluded_payment_method_types"))
			.map(([, method]) => method);

	it("excludes the methods that answer after days, unless they are allowed", async () => {
		const { stripe, provider } = start();
		await open(provider);
		expect(excluded(stripe)).toEqual(expect.arrayContaining(["sepa_debit", "us_bank_account", "boleto", "konbini"]));
		for (const instant of ["card", "link", "ideal", "klarna", "blik"]) expect(excluded(stripe)).not.toContain(instant);
		await open(provider, aRequest({ allowDelayedMethods: true }));
		expect(excluded(stripe)).toEqual([]);
	});

	it("takes cards alone when the account cannot exclude the others, and still sells", async () => {
		const { stripe, provider } = start();
		stripe.excludesNothing = true;
		const request = aRequest();
		const { id } = await open(provider, request);
		expect(Object.fromEntries(stripe.created.at(-1) ?? [])).toMatchObject({
			"allowed_payment_method_types[0]": "card",
		});
		expect(excluded(stripe)).toEqual([]);
		expect((await open(provider, request)).id).toBe(id);
	});
});

describe("an amount in a currency that Stripe counts otherwise", () => {
	it.each([
		["ISK", 5000, 500_000],
		["UGX", 5000, 500_000],
		["MGA", 50_000, 500],
		["JPY", 5000, 5000],
		["KWD", 8000, 8000],
	])("is converted both ways, through every call (%s %i is %i)", async (currency, ours, stripes) => {
		const { stripe, provider } = start();
		const { id, amountMinor } = await open(provider, aRequest({ amountMinor: ours, currency }));
		expect(amountMinor).toBe(ours);
		expect(stripe.created[0]?.get("amount")).toBe(String(stripes));
		stripe.pay(id, "card", Date.now());
		expect(await provider.read(id)).toMatchObject({ payment: { authorisedMinor: ours, currency } });
		const part = ours - ours / 5;
		expect(await provider.capture(id, part, newKey(), currency)).toMatchObject({ payment: { capturedMinor: part } });
		// Without its currency the payment is read for it.
		expect(await provider.refund(id, part / 2, newKey())).toMatchObject({
			payment: { capturedMinor: part, refundedMinor: part / 2 },
		});
		expect(await provider.refund(id, part / 4, newKey(), currency)).toMatchObject({
			payment: { refundedMinor: (part * 3) / 4 },
		});
	});

	it("is unknown when Stripe cannot express a part of it", async () => {
		const { stripe, provider } = start();
		const { id } = await open(provider, aRequest({ amountMinor: 5120, currency: "KWD" }));
		stripe.pay(id, "card", Date.now());
		expect(await provider.capture(id, 5115, newKey(), "KWD")).toEqual({
			kind: "unknown",
			detail: expect.stringContaining("KWD"),
		});
	});
});

describe("a call without a usable answer", () => {
	it.each(["lost-call", "lost-answer", "500", "500-undone", "429", "hang"] as const)(
		"is unknown after exactly one request (%s)",
		async (fault) => {
			const { stripe } = start();
			const provider = new StripePaymentProvider({
				secretKey: "sk_1",
				webhookSecrets,
				fetch: stripe.fetch,
				timeoutMs: 20,
			});
			const { id } = await open(provider);
			stripe.pay(id, "card", Date.now());
			stripe.requests.length = 0;
			stripe.injectFault("capture", fault);
			expect(await provider.capture(id, 1000, newKey(), "USD")).toEqual({
				kind: "unknown",
				detail: expect.stringMatching(/\S/),
			});
			expect(stripe.requests).toHaveLength(1);
		},
	);

	it("is unknown whichever of its requests was lost", async () => {
		const { stripe, provider } = start();
		const id = await captured(stripe, provider);
		for (const call of ["refund", "list-refunds"] as const) {
			stripe.injectFault(call, "lost-call");
			expect(await provider.refund(id, 1, newKey())).toMatchObject({ kind: "unknown" });
		}
		// Refused, and then the read of the reason is lost.
		stripe.injectFault("read", "lost-call");
		expect(await provider.void(id, newKey())).toMatchObject({ kind: "unknown" });
		stripe.injectFault("create", "500");
		expect(await provider.create(aRequest())).toMatchObject({ kind: "unknown" });
	});

	it("is unknown when our API key is not accepted", async () => {
		const provider = new StripePaymentProvider({
			secretKey: "sk_wrong",
			webhookSecrets,
			fetch: async () =>
				Response.json({ error: { type: "invalid_request_error", message: "Invalid API Key" } }, { status: 401 }),
		});
		expect(await provider.read("pi_1")).toMatchObject({ kind: "unknown", detail: expect.stringContaining("401") });
		expect(await provider.create(aRequest())).toMatchObject({ kind: "unknown" });
	});
});

describe("a call that took effect and whose 500 Stripe remembers for its key", () => {
	it("answers a repeated capture or void with the payment as it is", async () => {
		const { stripe, provider } = start();
		for (const call of ["capture", "void"] as const) {
			const { id } = await open(provider);
			stripe.pay(id, "card", Date.now());
			const key = newKey();
			const act = () => (call === "void" ? provider.void(id, key) : provider.capture(id, 700, key));
			stripe.injectFault(call, "500");
			expect(await act()).toMatchObject({ kind: "unknown" });
			expect(await act()).toMatchObject(
				call === "void"
					? { kind: "ok", payment: { status: "voided" } }
					: { kind: "refused", reason: "already-captured", payment: { capturedMinor: 700 } },
			);
		}
	});

	it("ends in one refund when it is repeated", async () => {
		const { stripe, provider } = start();
		const id = await captured(stripe, provider);
		const key = newKey();
		stripe.injectFault("refund", "500");
		expect(await provider.refund(id, 300, key)).toMatchObject({ kind: "unknown" });
		for (let i = 0; i < 2; i++) {
			expect(await provider.refund(id, 300, key)).toMatchObject({ kind: "ok", payment: { refundedMinor: 300 } });
		}
	});

	it("sends exactly the key that it was given, and no other", async () => {
		const { stripe, provider } = start();
		const id = await captured(stripe, provider);
		const key = newKey();
		stripe.injectFault("refund", "500-undone");
		for (let i = 0; i < 3; i++) await provider.refund(id, 300, key);
		expect(stripe.keysOf("POST /v1/refunds")).toEqual([key, key, key]);
	});
});

describe("a key that Stripe has forgotten after a day", () => {
	it("does not refund a second time", async () => {
		const { stripe, provider } = start();
		const id = await captured(stripe, provider);
		const key = newKey();
		stripe.injectFault("refund", "lost-answer");
		expect(await provider.refund(id, 400, key)).toMatchObject({ kind: "unknown" });
		stripe.forgetKeys();
		expect(await provider.refund(id, 400, key)).toMatchObject({ kind: "ok", payment: { refundedMinor: 400 } });
	});

	it("is found among many refunds, page by page", async () => {
		const { stripe, provider } = start();
		const id = await captured(stripe, provider);
		const keys = Array.from({ length: 7 }, newKey);
		for (const key of keys) expect(await provider.refund(id, 10, key)).toMatchObject({ kind: "ok" });
		stripe.forgetKeys();
		for (const key of keys) {
			expect(await provider.refund(id, 10, key)).toMatchObject({ kind: "ok", payment: { refundedMinor: 70 } });
		}
	});
});

describe("a refund that comes back", () => {
	it.each(["failed", "canceled"] as const)(
		"no longer counts when it is %s, however many there were",
		async (status) => {
			const { stripe, provider } = start();
			const id = await captured(stripe, provider);
			for (let i = 0; i < 7; i++) await provider.refund(id, 10, newKey());
			stripe.failRefund(id, status);
			const webhook = (await stripe.webhooks(id)).at(-1);
			const parse = provider.parseWebhook(webhook?.body ?? "", webhook?.headers ?? new Headers(), Date.now());
			expect(await parse).toMatchObject({ kind: "event", payment: { refundedMinor: 60 } });
		},
	);

	it("is still known when Stripe has forgotten its key", async () => {
		const { stripe, provider } = start();
		const id = await captured(stripe, provider);
		const key = newKey();
		await provider.refund(id, 400, key);
		stripe.failRefund(id);
		stripe.forgetKeys();
		expect(await provider.refund(id, 400, key)).toMatchObject({ kind: "unknown", isRemembered: true });
		expect(await provider.read(id)).toMatchObject({ payment: { refundedMinor: 0 } });
	});
});

describe("an inquiry of the shopper's bank", () => {
	it("takes nothing, and leaves the payment refundable", async () => {
		const { stripe, provider } = start();
		const id = await captured(stripe, provider);
		stripe.dispute(id, 1000, "warning_needs_response");
		expect(await provider.read(id)).toMatchObject({ payment: { disputedMinor: 0 } });
		expect(await provider.refund(id, 400, newKey())).toMatchObject({ kind: "ok", payment: { refundedMinor: 400 } });
	});
});

describe("a payment's disputes", () => {
	it("are asked for only when there were any, and page by page", async () => {
		const { stripe, provider } = start();
		const id = await captured(stripe, provider);
		await provider.read(id);
		expect(stripe.requests).not.toContain("GET /v1/disputes");
		for (let i = 0; i < 5; i++) stripe.dispute(id, 100);
		expect(await provider.read(id)).toMatchObject({ payment: { disputedMinor: 500 } });
	});

	it("leave the payment unknown when they cannot be read", async () => {
		const { stripe, provider } = start();
		const id = await captured(stripe, provider);
		stripe.dispute(id);
		stripe.injectFault("list-disputes", "lost-call");
		expect(await provider.read(id)).toMatchObject({ kind: "unknown" });
	});
});

describe("an intent that another program created in the same account", () => {
	it("is not found, and its webhooks are ignored", async () => {
		const { stripe, provider } = start();
		const foreign = stripe.foreignIntent();
		expect(await provider.read(foreign.id)).toEqual({ kind: "refused", reason: "not-found", payment: null });
		const { body, headers } = await stripe.sign(stripe.event("payment_intent.succeeded", foreign));
		expect(await provider.parseWebhook(body, headers, Date.now())).toMatchObject({ kind: "ignored" });
	});
});

describe("a Stripe webhook", () => {
	it("is acted upon for each event that the README says to subscribe to", async () => {
		const { stripe, provider } = start();
		const { id } = await open(provider);
		for (const type of STRIPE_EVENTS) {
			const object = type.startsWith("payment_intent") ? { id } : { id: "x", payment_intent: id };
			const { body, headers } = await stripe.sign(stripe.event(type, object));
			expect(await provider.parseWebhook(body, headers, Date.now())).toMatchObject({ kind: "event", type });
		}
	});

	it("carries the present payment, although it was sent before and by an older API version", async () => {
		const { stripe, provider } = start();
		const { id } = await open(provider);
		const paidAtMs = Date.UTC(2026, 11, 12);
		stripe.pay(id, "card", paidAtMs);
		await provider.capture(id, 600, newKey());
		await provider.refund(id, 100, newKey());
		for (const { body, headers } of await stripe.webhooks(id)) {
			expect(await provider.parseWebhook(body, headers, Date.now())).toMatchObject({
				payment: { status: "captured", capturedMinor: 600, refundedMinor: 100, paidAtMs },
			});
		}
	});

	it("is unknown when its payment cannot be read, so Stripe sends it again", async () => {
		const { stripe, provider } = start();
		const { id } = await open(provider);
		stripe.pay(id, "card", Date.now());
		const [webhook] = await stripe.webhooks(id);
		stripe.injectFault("read", "500");
		const parse = () => provider.parseWebhook(webhook?.body ?? "", webhook?.headers ?? new Headers(), Date.now());
		expect(await parse()).toMatchObject({ kind: "unknown" });
		expect(await parse()).toMatchObject({ kind: "event" });
	});

	it("has the time of a failed attempt that left no charge", async () => {
		const { stripe, provider } = start();
		const { id } = await open(provider);
		stripe.failAuthentication(id);
		const [webhook] = await stripe.webhooks(id);
		expect(
			await provider.parseWebhook(webhook?.body ?? "", webhook?.headers ?? new Headers(), Date.now()),
		).toMatchObject({
			payment: { declined: { code: "payment_intent_authentication_failure", atMs: expect.any(Number) } },
		});
	});

	it.each(["null", "[]", "{}", "not json", '{"id":"evt_1"}'])(
		"is ignored when it is verified and its body is %j",
		async (text) => {
			const { stripe, provider } = start();
			const { body, headers } = await stripe.sign(text);
			expect(await provider.parseWebhook(body, headers, Date.now())).toMatchObject({ kind: "ignored" });
		},
	);

	it("is taken when either of two secrets signed it, as while one is rotated", async () => {
		const { stripe } = start();
		const { WEBHOOK_SECRET } = StripeEmulator;
		const { body, headers } = await stripe.sign(stripe.event("customer.created", { id: "cus_1" }));
		for (const webhookSecrets of [
			["whsec_next", WEBHOOK_SECRET],
			[WEBHOOK_SECRET, "whsec_last"],
		]) {
			const provider = new StripePaymentProvider({ secretKey: "sk_1", webhookSecrets, fetch: stripe.fetch });
			expect(await provider.parseWebhook(body, headers, Date.now())).toMatchObject({ kind: "ignored" });
		}
	});

	it("is refused when it was signed with another secret", async () => {
		const { stripe } = start();
		const provider = new StripePaymentProvider({
			secretKey: "sk_1",
			webhookSecrets: ["whsec_other"],
			fetch: stripe.fetch,
		});
		const { body, headers } = await stripe.sign(stripe.event("payment_intent.succeeded", { id: "pi_1" }));
		expect(await provider.parseWebhook(body, headers, Date.now())).toEqual({ kind: "bad-signature" });
	});
});
