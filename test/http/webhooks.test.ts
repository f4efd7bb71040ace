/** `POST /webhooks/{provider}`: only what is signed is believed, and whatever was understood is answered 200. */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Payment } from "../../src/payments/provider.ts";
import { sandboxObject } from "../../src/payments/sandbox/provider.ts";
import { SIGNATURE_HEADER, sign } from "../../src/payments/sandbox/signature.ts";
import { call, expectProblem } from "../support/http.ts";
import { newProduct, stockOf } from "../support/merchant.ts";
import { recordedOrder } from "../support/orders.ts";
import { paymentAtProvider } from "../support/provider.ts";
import { type Checkout, newShopper, paymentIdOf, type Shopper } from "../support/shopper.ts";

afterEach(() => vi.useRealTimers());

const provider = () => sandboxObject(env);
let events = 0;

/** What the sandbox would send: an event of this type about the payment as given. */
async function webhook(
	type: string,
	payment: Payment,
	id = `evt_${++events}`,
): Promise<{ body: string; signature: string }> {
	const body = JSON.stringify({ id, type, createdAt: new Date().toISOString(), payment });
	return { body, signature: await sign(env.SANDBOX_WEBHOOK_SECRET, body, Date.now()) };
}

const post = (body: string, signature?: string, headers: Record<string, string> = {}) =>
	call<{ received?: boolean; type?: string }>("POST", "/webhooks/sandbox", {
		body,
		headers: {
			"content-type": "application/json",
			...(signature ? { [SIGNATURE_HEADER]: signature } : {}),
			...headers,
		},
	});

/** A checkout whose shopper has paid, with every webhook about it still to come. */
async function paidInSilence(): Promise<{ sku: string; ada: Shopper; checkout: Checkout; payment: Payment }> {
	const sku = await newProduct({ units: 1 });
	const ada = await newShopper();
	const checkout = await ada.checkout([{ sku, quantity: 1 }]);
	await provider().confirm(paymentIdOf(checkout), { outcome: "approve", silent: true });
	return { sku, ada, checkout, payment: await paymentAtProvider(paymentIdOf(checkout)) };
}

describe("a signed webhook", () => {
	it("of a payment brings the checkout to its end", async () => {
		const { sku, ada, checkout, payment } = await paidInSilence();
		const { body, signature } = await webhook("payment.authorised", payment);
		expect(await post(body, signature)).toMatchObject({ status: 200, body: { received: true } });
		expect(await ada.read(checkout.id)).toMatchObject({ body: { status: "completed" } });
		expect(await stockOf(sku)).toMatchObject({ sold: 1, held: 0 });
	});

	it("delivered again and again, one after the other and at once, does its thing once (medusa 13301)", async () => {
		const { sku, ada, checkout, payment } = await paidInSilence();
		const { body, signature } = await webhook("payment.authorised", payment);
		const answers = await Promise.all([
			...Array.from({ length: 5 }, () => post(body, signature)),
			// The browser comes back at the same moment.
			ada.read(checkout.id),
		]);
		expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200));
		expect(await post(body, signature)).toMatchObject({ status: 200 });
		expect(await ada.read(checkout.id)).toMatchObject({ body: { status: "completed" } });
		expect(await stockOf(sku)).toMatchObject({ sold: 1, available: 0 });
		expect(await paymentAtProvider(payment.id)).toMatchObject({ capturedMinor: 1999, refundedMinor: 0 });
		const seen = (await env.CHECKOUT.getByName(checkout.id).events()).filter(({ kind }) => kind === "payment-seen");
		expect(seen.filter(({ eventId }) => eventId === JSON.parse(body).id)).toHaveLength(1);
		const order = await recordedOrder(`or_${checkout.id.slice(3)}`);
		expect(order.lines).toHaveLength(1);
	});

	it("about the same payment by several events at once is one sale", async () => {
		const { sku, ada, checkout, payment } = await paidInSilence();
		const sent = await Promise.all(Array.from({ length: 4 }, () => webhook("payment.authorised", payment)));
		await Promise.all(sent.map(({ body, signature }) => post(body, signature)));
		expect(await ada.read(checkout.id)).toMatchObject({ body: { status: "completed" } });
		expect(await stockOf(sku)).toMatchObject({ sold: 1 });
		expect(await paymentAtProvider(payment.id)).toMatchObject({ capturedMinor: 1999 });
		// The first of them was news. The others cost no write, nor does word of a capture that was ours.
		const told = (await env.CHECKOUT.getByName(checkout.id).events()).filter(({ eventId }) => eventId !== null);
		expect(told).toHaveLength(1);
	});

	it("out of order: an old decline after the payment takes nothing back", async () => {
		const { ada, checkout, payment } = await paidInSilence();
		const first = await webhook("payment.authorised", payment);
		await post(first.body, first.signature);
		const open: Payment = {
			...payment,
			status: "open",
			authorisedMinor: 0,
			paidAtMs: null,
			declined: { code: "card_declined", atMs: Date.now() - 60_000 },
		};
		const late = await webhook("payment.declined", open);
		expect(await post(late.body, late.signature)).toMatchObject({ status: 200 });
		expect(await ada.read(checkout.id)).toMatchObject({
			body: { status: "completed", payment: { status: "captured" } },
		});
	});

	it("a late `paid` does not revive what was called off (mollie/WooCommerce 1252)", async () => {
		const { sku, ada, checkout, payment } = await paidInSilence();
		expect(await ada.cancel(checkout.id)).toMatchObject({ body: { status: "cancelled" } });
		const { body, signature } = await webhook("payment.authorised", payment);
		expect(await post(body, signature)).toMatchObject({ status: 200 });
		expect(await ada.read(checkout.id)).toMatchObject({ body: { status: "cancelled", payment: { status: "voided" } } });
		expect(await stockOf(sku)).toMatchObject({ available: 1, sold: 0 });
		expect(await paymentAtProvider(payment.id)).toMatchObject({ status: "voided" });
	});

	it("of a cancelled payment ends the checkout, and its units go back (medusa 16398)", async () => {
		const sku = await newProduct({ units: 1 });
		const ada = await newShopper();
		const checkout = await ada.checkout([{ sku, quantity: 1 }]);
		// As a person at the provider's dashboard would.
		await provider().void(paymentIdOf(checkout), "by hand");
		await provider().settled(paymentIdOf(checkout));
		expect(await ada.read(checkout.id)).toMatchObject({ body: { status: "cancelled" } });
		expect(await stockOf(sku)).toMatchObject({ available: 1, held: 0 });
	});
});

describe("understood, and of no use: 200, or the provider sends it for days (hi.events 513)", () => {
	it.each([
		["of a kind we do not act upon", { id: "evt_a", type: "payout.paid", createdAt: "2026-12-12T00:00:00Z" }],
		["of no kind", { id: "evt_b" }],
		["that is a list", []],
		["that is null", null],
	])("one %s", async (_, event) => {
		const body = JSON.stringify(event);
		expect(await post(body, await sign(env.SANDBOX_WEBHOOK_SECRET, body, Date.now()))).toMatchObject({ status: 200 });
	});

	it("one that is no JSON, but signed", async () => {
		const body = "not json";
		expect(await post(body, await sign(env.SANDBOX_WEBHOOK_SECRET, body, Date.now()))).toMatchObject({ status: 200 });
	});

	it("one about a checkout that we do not know, and none is made of it", async () => {
		const { payment } = await paidInSilence();
		const checkoutId = `co_${"f".repeat(32)}`;
		const { body, signature } = await webhook("payment.authorised", { ...payment, checkoutId });
		expect(await post(body, signature)).toMatchObject({ status: 200 });
		expect(await env.CHECKOUT.getByName(checkoutId).read()).toBeNull();
	});

	it("one about another payment than the checkout's", async () => {
		const { ada, checkout, payment } = await paidInSilence();
		const { body, signature } = await webhook("payment.captured", {
			...payment,
			id: "sbx_other",
			status: "captured",
			capturedMinor: 1,
		});
		expect(await post(body, signature)).toMatchObject({ status: 200 });
		expect(await ada.read(checkout.id)).toMatchObject({
			body: { status: "awaiting_payment", payment: { id: payment.id } },
		});
	});

	it("one that was understood before", async () => {
		const { payment } = await paidInSilence();
		const { body, signature } = await webhook("payment.authorised", payment);
		for (let i = 0; i < 3; i++) expect(await post(body, signature)).toMatchObject({ status: 200 });
	});
});

describe("not signed by the provider: 400 bad-signature, and nothing changes", () => {
	it.each([
		["no signature", () => undefined],
		["an empty one", () => " "],
		["nonsense", () => "nonsense"],
		["one of another secret", (body: string) => sign("another-secret-0123456789abcdef", body, Date.now())],
		["one of another body", (body: string) => sign(env.SANDBOX_WEBHOOK_SECRET, `${body} `, Date.now())],
		["one of ten minutes ago", (body: string) => sign(env.SANDBOX_WEBHOOK_SECRET, body, Date.now() - 600_000)],
		["one of the future", (body: string) => sign(env.SANDBOX_WEBHOOK_SECRET, body, Date.now() + 600_000)],
		["stripe's form of one", () => `t=${Math.floor(Date.now() / 1000)},v1=${"0".repeat(64)}`],
	])("%s", async (_, signature) => {
		const { sku, ada, checkout, payment } = await paidInSilence();
		const { body } = await webhook("payment.authorised", payment);
		expectProblem(await post(body, await signature(body)), 400, "bad-signature");
		expect(await ada.read(checkout.id)).toMatchObject({ body: { status: "awaiting_payment" } });
		expect(await stockOf(sku)).toMatchObject({ sold: 0, held: 1 });
	});

	it("a shopper's or the merchant's token is no signature", async () => {
		const { payment } = await paidInSilence();
		const { body } = await webhook("payment.authorised", payment);
		expectProblem(await post(body, undefined, { authorization: `Bearer ${env.ADMIN_TOKEN}` }), 400, "bad-signature");
	});
});

describe("the address", () => {
	it("is the configured provider's only", async () => {
		for (const name of ["stripe", "paypal", "SANDBOX", "sandbox%20", "sandbox/x"]) {
			expectProblem(await call("POST", `/webhooks/${name}`, { body: "{}" }), 404, "not-found");
		}
		expectProblem(await call("GET", "/webhooks/sandbox"), 404, "not-found");
	});

	it("takes any content type, since the signature is over the bytes", async () => {
		const { ada, checkout, payment } = await paidInSilence();
		const { body, signature } = await webhook("payment.authorised", payment);
		expect(await post(body, signature, { "content-type": "text/plain" })).toMatchObject({ status: 200 });
		expect(await ada.read(checkout.id)).toMatchObject({ body: { status: "completed" } });
	});

	it("takes no body that is larger than any event", async () => {
		const body = "x".repeat(1_000_000);
		const signature = await sign(env.SANDBOX_WEBHOOK_SECRET, body, Date.now());
		expectProblem(await post(body, signature), 413, "body-too-large");
	});
});

describe("a shopper who never comes back", () => {
	it("and a provider whose webhook never comes: the checkout asks by itself at the end of the window", async () => {
		vi.useFakeTimers({ toFake: ["Date"] });
		const { sku, ada, checkout, payment } = await paidInSilence();
		vi.setSystemTime(Date.parse(checkout.expiresAt as string));
		expect(await ada.read(checkout.id)).toMatchObject({
			body: { status: "completed", payment: { status: "captured" } },
		});
		expect(await stockOf(sku)).toMatchObject({ sold: 1 });
		expect(await paymentAtProvider(payment.id)).toMatchObject({ capturedMinor: 1999 });
	});
});
