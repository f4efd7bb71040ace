/** `POST /webhooks/{provider}`: believes only signed events, and answers 200 to every event that it understood. */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Payment } from "../../src/payments/provider.ts";
import { sandboxObject } from "../../src/payments/sandbox/provider.ts";
import { SIGNATURE_HEADER, sign } from "../../src/payments/sandbox/signature.ts";
import { call, callWith, expectProblem } from "../support/http.ts";
import { newProduct, stockOf } from "../support/merchant.ts";
import { recordedOrder } from "../support/orders.ts";
import { paymentAtProvider } from "../support/provider.ts";
import { type Checkout, newShopper, paymentIdOf, type Shopper } from "../support/shopper.ts";

afterEach(() => vi.useRealTimers());

const provider = () => sandboxObject(env);
/** A signature that the sandbox itself would make. */
const signAsSandbox = async (body: string, atMs: number) => sign(await provider().webhookSecret(), body, atMs);
let events = 0;

/** An event of this type about this payment, as the sandbox would send it. */
async function webhook(
	type: string,
	payment: Payment,
	id = `evt_${++events}`,
): Promise<{ body: string; signature: string }> {
	const body = JSON.stringify({ id, type, createdAt: new Date().toISOString(), payment });
	return { body, signature: await signAsSandbox(body, Date.now()) };
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

/** A checkout whose shopper has paid, and whose webhooks are all still to come. */
async function paidInSilence(): Promise<{ sku: string; ada: Shopper; checkout: Checkout; payment: Payment }> {
	const sku = await newProduct({ units: 1 });
	const ada = await newShopper();
	const checkout = await ada.checkout([{ sku, quantity: 1 }]);
	await provider().confirm(paymentIdOf(checkout), { outcome: "approve", silent: true });
	return { sku, ada, checkout, payment: await paymentAtProvider(paymentIdOf(checkout)) };
}

describe("a signed webhook", () => {
	it("of a payment completes the checkout", async () => {
		const { sku, ada, checkout, payment } = await paidInSilence();
		const { body, signature } = await webhook("payment.authorised", payment);
		expect(await post(body, signature)).toMatchObject({ status: 200, body: { received: true } });
		expect(await ada.read(checkout.id)).toMatchObject({ body: { status: "completed" } });
		expect(await stockOf(sku)).toMatchObject({ sold: 1, held: 0 });
	});

	it("takes effect once, however often it is delivered, in a row or at once (medusa 13301)", async () => {
		const { sku, ada, checkout, payment } = await paidInSilence();
		const { body, signature } = await webhook("payment.authorised", payment);
		const answers = await Promise.all([
			...Array.from({ length: 5 }, () => post(body, signature)),
			// The shopper's browser returns at the same moment.
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

	it("makes one sale of several events about the same payment at once", async () => {
		const { sku, ada, checkout, payment } = await paidInSilence();
		const sent = await Promise.all(Array.from({ length: 4 }, () => webhook("payment.authorised", payment)));
		await Promise.all(sent.map(({ body, signature }) => post(body, signature)));
		expect(await ada.read(checkout.id)).toMatchObject({ body: { status: "completed" } });
		expect(await stockOf(sku)).toMatchObject({ sold: 1 });
		expect(await paymentAtProvider(payment.id)).toMatchObject({ capturedMinor: 1999 });
		// Only the first event changed anything. The others cost no write, nor does an event about our own capture.
		const told = (await env.CHECKOUT.getByName(checkout.id).events()).filter(({ eventId }) => eventId !== null);
		expect(told).toHaveLength(1);
	});

	it("changes nothing when it is a decline from before the payment", async () => {
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

	it("does not revive a cancelled checkout with a late payment (mollie/WooCommerce 1252)", async () => {
		const { sku, ada, checkout, payment } = await paidInSilence();
		expect(await ada.cancel(checkout.id)).toMatchObject({ body: { status: "cancelled" } });
		const { body, signature } = await webhook("payment.authorised", payment);
		expect(await post(body, signature)).toMatchObject({ status: 200 });
		expect(await ada.read(checkout.id)).toMatchObject({ body: { status: "cancelled", payment: { status: "voided" } } });
		expect(await stockOf(sku)).toMatchObject({ available: 1, sold: 0 });
		expect(await paymentAtProvider(payment.id)).toMatchObject({ status: "voided" });
	});

	it("ends the checkout and releases its units when the payment was cancelled (medusa 16398)", async () => {
		const sku = await newProduct({ units: 1 });
		const ada = await newShopper();
		const checkout = await ada.checkout([{ sku, quantity: 1 }]);
		// As somebody would in the provider's dashboard.
		await provider().void(paymentIdOf(checkout), "by hand");
		await provider().settled(paymentIdOf(checkout));
		expect(await ada.read(checkout.id)).toMatchObject({ body: { status: "cancelled" } });
		expect(await stockOf(sku)).toMatchObject({ available: 1, held: 0 });
	});
});

describe("a signed webhook of no use, which the provider sends for days unless it gets 200 (hi.events 513)", () => {
	it.each([
		["of a kind we do not act upon", { id: "evt_a", type: "payout.paid", createdAt: "2026-12-12T00:00:00Z" }],
		["of no kind", { id: "evt_b" }],
		["that is a list", []],
		["that is null", null],
		["without its payment", { id: "evt_c", type: "payment.captured", payment: null }],
		["with half of its payment", { id: "evt_d", type: "payment.captured", payment: { id: "sbx_1" } }],
	])("is answered 200 when it is one %s", async (_, event) => {
		const body = JSON.stringify(event);
		expect(await post(body, await signAsSandbox(body, Date.now()))).toMatchObject({ status: 200 });
	});

	it("is answered 200 when it is not JSON", async () => {
		const body = "not json";
		expect(await post(body, await signAsSandbox(body, Date.now()))).toMatchObject({ status: 200 });
	});

	it("is answered 200 when its checkout is unknown, and creates none", async () => {
		const { payment } = await paidInSilence();
		const checkoutId = `co_${"f".repeat(32)}`;
		const { body, signature } = await webhook("payment.authorised", { ...payment, checkoutId });
		expect(await post(body, signature)).toMatchObject({ status: 200 });
		expect(await env.CHECKOUT.getByName(checkoutId).read()).toBeNull();
	});

	it("is answered 200 when it is about another payment than the checkout's", async () => {
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

	it("is answered 200 when it was understood before", async () => {
		const { payment } = await paidInSilence();
		const { body, signature } = await webhook("payment.authorised", payment);
		for (let i = 0; i < 3; i++) expect(await post(body, signature)).toMatchObject({ status: 200 });
	});
});

describe("a signed webhook that ends a checkout", () => {
	it("opens what the isolate remembers as sold out, once the units are back", async () => {
		vi.useFakeTimers({ toFake: ["Date"] });
		const sku = await newProduct({ units: 1, policy: { waitlistLimit: 0 } });
		const [ada, bob] = [await newShopper(), await newShopper()];
		const checkout = await ada.checkout([{ sku, quantity: 1 }]);
		expectProblem(await bob.reserve(sku, 1), 409, "sold-out");
		// Somebody voids the payment at the provider's dashboard.
		const voided = { ...(await paymentAtProvider(paymentIdOf(checkout))), status: "voided" as const };
		const { body, signature } = await webhook("payment.voided", voided);
		const headers = { "content-type": "application/json", [SIGNATURE_HEADER]: signature };
		expect(await callWith({}, "POST", "/webhooks/sandbox", { body, headers })).toMatchObject({ status: 200 });
		expect(await bob.reserve(sku, 1)).toMatchObject({ status: 201 });
	});
});

describe("half a signed webhook", () => {
	it.each([null, {}, { id: "sbx_1" }, { id: "sbx_1", checkoutId: 5 }])(
		"is answered 200 and changes nothing: %j",
		async (payment) => {
			const { body, signature } = await webhook("payment.authorised", payment as unknown as Payment);
			expect(await post(body, signature)).toMatchObject({ status: 200, body: { received: true } });
		},
	);
});

describe("a webhook that the provider did not sign", () => {
	it.each([
		["no signature", () => undefined],
		["an empty one", () => " "],
		["nonsense", () => "nonsense"],
		["one of another secret", (body: string) => sign("another-secret-0123456789abcdef", body, Date.now())],
		["one of another body", (body: string) => signAsSandbox(`${body} `, Date.now())],
		["one of ten minutes ago", (body: string) => signAsSandbox(body, Date.now() - 600_000)],
		["one of the future", (body: string) => signAsSandbox(body, Date.now() + 600_000)],
		["stripe's form of one", () => `t=${Math.floor(Date.now() / 1000)},v1=${"0".repeat(64)}`],
	])("is refused with bad-signature and changes nothing: %s", async (_, signature) => {
		const { sku, ada, checkout, payment } = await paidInSilence();
		const { body } = await webhook("payment.authorised", payment);
		expectProblem(await post(body, await signature(body)), 400, "bad-signature");
		expect(await ada.read(checkout.id)).toMatchObject({ body: { status: "awaiting_payment" } });
		expect(await stockOf(sku)).toMatchObject({ sold: 0, held: 1 });
	});

	it("is refused when it brings a shopper's token or the admin token instead", async () => {
		const { payment } = await paidInSilence();
		const { body } = await webhook("payment.authorised", payment);
		expectProblem(await post(body, undefined, { authorization: `Bearer ${env.ADMIN_TOKEN}` }), 400, "bad-signature");
	});
});

describe("the webhook address", () => {
	it("answers 404 for any other provider than the configured one, and 405 to any other method", async () => {
		for (const name of ["stripe", "paypal", "SANDBOX", "sandbox%20", "sandbox/x"]) {
			expectProblem(await call("POST", `/webhooks/${name}`, { body: "{}" }), 404, "not-found");
		}
		expectProblem(await call("GET", "/webhooks/sandbox"), 405, "method-not-allowed");
	});

	it("accepts any content type, since the signature covers the bytes", async () => {
		const { ada, checkout, payment } = await paidInSilence();
		const { body, signature } = await webhook("payment.authorised", payment);
		expect(await post(body, signature, { "content-type": "text/plain" })).toMatchObject({ status: 200 });
		expect(await ada.read(checkout.id)).toMatchObject({ body: { status: "completed" } });
	});

	it("refuses a body that is larger than any event", async () => {
		const body = "x".repeat(1_000_000);
		const signature = await signAsSandbox(body, Date.now());
		expectProblem(await post(body, signature), 413, "body-too-large");
	});
});

describe("a checkout whose shopper never comes back", () => {
	it("reads the payment itself at the end of its window when no webhook comes", async () => {
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
