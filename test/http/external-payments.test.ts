/** Checkouts whose payment the merchant's own shop takes: `paid` and `abandon`, in time and late, in whole and in part. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { eventually, pass, ring, useStoppedClock } from "../support/clock.ts";
import { ADMIN, callWith, expectProblem } from "../support/http.ts";
import {
	asMerchant,
	expectReconciled,
	type MerchantCheckout,
	newProduct,
	opened,
	openFor,
	preordersOf,
	refund,
	stockOf,
} from "../support/merchant.ts";
import { recordedOrder } from "../support/orders.ts";
import { newShopper, type Shopper } from "../support/shopper.ts";

useStoppedClock();

const PRICE = 1999;
const SHIPPING = 490;
const usd = (amount: number) => ({ amount, currency: "USD" });
const adjustments = [{ kind: "shipping", label: "Standard", amount: usd(SHIPPING) }];
const preorder = { capacity: 5, expectedAt: null, termsVersion: "v1" };

interface Outcome {
	readonly outcome: "sold" | "preorder" | "refund";
	readonly refund: { readonly amount: number };
	readonly checkout: MerchantCheckout;
}

interface Said {
	readonly amount: number;
	readonly reference?: string;
	/** Milliseconds before now. */
	readonly agoMs?: number;
}

function sayPaid(id: string, { amount, reference = "psp-1", agoMs = 0 }: Said) {
	const json = { reference, paidAt: new Date(Date.now() - agoMs).toISOString(), amount: usd(amount) };
	return asMerchant<Outcome>("POST", `/checkouts/${id}/paid`, { json });
}
const abandon = (id: string) => asMerchant<MerchantCheckout>("POST", `/checkouts/${id}/abandon`, { json: {} });

/** A checkout of one unit of each SKU, with shipping. */
async function pinned(...skus: string[]): Promise<{ readonly ada: Shopper; readonly id: string }> {
	const ada = await newShopper();
	const lines = skus.map((sku) => ({ sku, quantity: 1 }));
	const { id } = await opened(ada.id, lines, { payment: "external", adjustments, acceptPreorder: true });
	return { ada, id };
}

/** The window and its grace pass, and the checkout ends. */
async function lapse(id: string): Promise<void> {
	for (let wakes = 0; wakes < 20; wakes++) {
		pass(120);
		await ring.checkout(id);
	}
	expect(await env.CHECKOUT.getByName(id).read()).toMatchObject({ phase: "closed", ending: "expired" });
}

/** Somebody else buys a unit. */
async function buyUnit(sku: string): Promise<void> {
	const bob = await newShopper();
	const { id } = await opened(bob.id, [{ sku, quantity: 1 }], { payment: "external" });
	expect(await sayPaid(id, { amount: PRICE })).toMatchObject({ body: { outcome: "sold" } });
}

describe("a checkout of the shop's own payment", () => {
	it("pins the units and waits for the shop, which needs no provider of ours", async () => {
		const sku = await newProduct({ units: 2 });
		const ada = await newShopper();
		const json = { shopperId: ada.id, lines: [{ sku, quantity: 2 }], email: "ada@example.com", payment: "external" };
		const options = { token: ADMIN, key: "own", json };
		const { status, body } = await callWith<MerchantCheckout>(
			{ PAYMENT_PROVIDER: "", SANDBOX: null },
			...(["POST", "/admin/v1/checkouts", options] as const),
		);
		expect(status).toBe(201);
		expect(body).toMatchObject({
			status: "awaiting_payment",
			payUrl: null,
			payment: { provider: "external", status: "open", reference: null, captured: usd(0) },
		});
		expect(await stockOf(sku)).toMatchObject({ paying: 2, available: 0 });
	});

	it("is sold when the shop says that it was paid, and the same said again gets the same answer", async () => {
		const sku = await newProduct({ units: 1 });
		const { ada, id } = await pinned(sku);
		const said = { amount: PRICE + SHIPPING };
		const answers = await Promise.all(Array.from({ length: 4 }, () => sayPaid(id, said)));
		for (const answer of [...answers, await sayPaid(id, said)]) {
			expect(answer).toMatchObject({
				...{ status: 200, body: { outcome: "sold", refund: usd(0), checkout: { id, status: "completed" } } },
			});
		}
		expect((await ada.order(`or_${id.slice(3)}`)).body).toMatchObject({
			total: usd(PRICE + SHIPPING),
			payment: { provider: "external", id: "psp-1" },
			refundedBy: "shop",
			status: "paid",
		});
		await expectReconciled(sku);
		expect(await recordedOrder(`or_${id.slice(3)}`)).toMatchObject({ payment: { provider: "external", id: "psp-1" } });
		// The sweep has nobody to ask, and finds nothing wrong.
		expect(await env.CHECKOUT.getByName(id).comparePayment()).toBeNull();
	});

	it("is refused another reference or another amount, before and after it is sold", async () => {
		const sku = await newProduct({ units: 1 });
		const { id } = await pinned(sku);
		const total = usd(PRICE + SHIPPING);
		for (const amount of [0, PRICE, PRICE + SHIPPING + 1]) {
			expectProblem(await sayPaid(id, { amount }), 409, "paid-otherwise", { total });
		}
		expect(await stockOf(sku)).toMatchObject({ paying: 1, sold: 0 });
		await sayPaid(id, { amount: PRICE + SHIPPING });
		expectProblem(await sayPaid(id, { amount: PRICE }), 409, "paid-otherwise", { total });
		const other = await sayPaid(id, { amount: PRICE + SHIPPING, reference: "psp-2" });
		expectProblem(other, 409, "paid-otherwise", { reference: "psp-1" });
	});

	it("gives the units back when the shop abandons it, and asks for a refund of what is paid after that", async () => {
		const sku = await newProduct({ units: 1 });
		const { id } = await pinned(sku);
		for (let times = 0; times < 2; times++) expect((await abandon(id)).body.status).toBe("cancelled");
		expect(await stockOf(sku)).toMatchObject({ available: 1, held: 0 });
		const answer = await sayPaid(id, { amount: PRICE + SHIPPING });
		expect(answer.body).toMatchObject({
			outcome: "refund",
			refund: usd(PRICE + SHIPPING),
			checkout: { status: "refunded" },
		});
		expect(await stockOf(sku)).toMatchObject({ available: 1, sold: 0 });
	});

	it("cannot be abandoned once it was paid", async () => {
		const { id } = await pinned(await newProduct({ units: 1 }));
		await sayPaid(id, { amount: PRICE + SHIPPING });
		expectProblem(await abandon(id), 409, "not-cancellable", { checkoutStatus: "completed" });
	});

	it.each(["paid", "abandoned"])(
		"said to be paid and abandoned at once, %s first, is either, and never both",
		async (first) => {
			const sku = await newProduct({ units: 1 });
			const { id } = await pinned(sku);
			const paying = () => sayPaid(id, { amount: PRICE + SHIPPING });
			const [one, other] = first === "paid" ? [paying(), abandon(id)] : [abandon(id), paying()];
			const [paid, abandoned] = first === "paid" ? [await one, await other] : [await other, await one];
			const { outcome, refund: owed } = paid.body as Outcome;
			const isSold = outcome === "sold";
			expect([outcome, owed]).toEqual(isSold ? ["sold", usd(0)] : ["refund", usd(PRICE + SHIPPING)]);
			expect(abandoned.status).toBe(isSold ? 409 : 200);
			expect(await stockOf(sku)).toMatchObject({ available: isSold ? 0 : 1, held: 0, sold: isSold ? 1 : 0 });
		},
	);

	it("that costs nothing is complete at once, and is paid with nothing", async () => {
		const sku = await newProduct({ units: 1, price: usd(0) });
		const { id } = await opened((await newShopper()).id, [{ sku, quantity: 1 }], { payment: "external" });
		expect(await sayPaid(id, { amount: 0 })).toMatchObject({ body: { outcome: "sold", refund: usd(0) } });
		expectProblem(await sayPaid(id, { amount: 1 }), 409, "paid-otherwise", { total: usd(0) });
	});

	it("is no other checkout: neither a provider's, nor an unknown one, nor a shopper's to open", async () => {
		const sku = await newProduct({ units: 2 });
		const ada = await newShopper();
		const { id } = await ada.checkout([{ sku, quantity: 1 }]);
		expectProblem(await sayPaid(id, { amount: PRICE }), 409, "not-external");
		expectProblem(await abandon(id), 409, "not-external");
		for (const unknown of [`co_${"0".repeat(32)}`, "nonsense"]) {
			expectProblem(await sayPaid(unknown, { amount: PRICE }), 404, "unknown-checkout");
			expectProblem(await abandon(unknown), 404, "unknown-checkout");
		}
		expectProblem(await ada.open([{ sku, quantity: 1 }], { payment: "external" } as object), 400, "invalid-request");
		expectProblem(await openFor(ada.id, [{ sku, quantity: 1 }], { payment: "cash" }), 400, "invalid-request");
	});
});

describe("what the shop says late", () => {
	it("is a sale of the pinned units while the grace lasts", async () => {
		const sku = await newProduct({ units: 1 });
		const { id } = await pinned(sku);
		pass(900 + 60);
		await ring.checkout(id);
		expect(await stockOf(sku)).toMatchObject({ paying: 1 });
		expect((await sayPaid(id, { amount: PRICE + SHIPPING })).body.outcome).toBe("sold");
	});

	it("takes units again that are free, when it was paid in time", async () => {
		const sku = await newProduct({ units: 1 });
		const { id } = await pinned(sku);
		await lapse(id);
		expect(await stockOf(sku)).toMatchObject({ available: 1, held: 0 });
		const { body } = await sayPaid(id, { amount: PRICE + SHIPPING, agoMs: 2_300_000 });
		expect(body).toMatchObject({ outcome: "sold", refund: usd(0), checkout: { status: "completed" } });
		expect(await stockOf(sku)).toMatchObject({ available: 0, sold: 1 });
		await expectReconciled(sku);
	});

	it("becomes a pre-order when the units are gone and the shopper accepted that", async () => {
		const sku = await newProduct({ units: 1, policy: { preorder } });
		const { id } = await pinned(sku);
		await lapse(id);
		await buyUnit(sku);
		const { body } = await sayPaid(id, { amount: PRICE + SHIPPING, agoMs: 2_300_000 });
		expect(body).toMatchObject({ outcome: "preorder", refund: usd(0) });
		await eventually(async () => expect(await preordersOf(sku)).toMatchObject([{ status: "owed" }]));
	});

	it("asks for a refund when nothing is to be had, and the same each time", async () => {
		const sku = await newProduct({ units: 1 });
		const { ada, id } = await pinned(sku);
		await lapse(id);
		await buyUnit(sku);
		const said = { amount: PRICE + SHIPPING, agoMs: 2_300_000 };
		for (let times = 0; times < 2; times++) {
			expect((await sayPaid(id, said)).body).toMatchObject({ outcome: "refund", refund: usd(PRICE + SHIPPING) });
		}
		expect((await ada.read(id)).body).toMatchObject({ status: "refunded", orderId: null });
		expect(await stockOf(sku)).toMatchObject({ sold: 1 });
	});

	it("asks for a refund when it was paid too late, although units are free", async () => {
		const sku = await newProduct({ units: 1 });
		const { ada, id } = await pinned(sku);
		await lapse(id);
		expect((await sayPaid(id, { amount: PRICE + SHIPPING })).body.outcome).toBe("refund");
		expect((await ada.read(id)).body.lines).toMatchObject([{ reason: "paid-too-late" }]);
		expect(await stockOf(sku)).toMatchObject({ available: 1, sold: 0 });
	});

	it("says which part to give back when a part of the lines is gone", async () => {
		const [kept, gone] = [await newProduct({ units: 1 }), await newProduct({ units: 1 })];
		const { id } = await pinned(kept, gone);
		await lapse(id);
		await buyUnit(gone);
		const said = { amount: 2 * PRICE + SHIPPING, agoMs: 2_300_000 };
		expect((await sayPaid(id, said)).body).toMatchObject({ outcome: "sold", refund: usd(PRICE) });
		const orderId = `or_${id.slice(3)}`;
		expect((await asMerchant("GET", `/orders/${orderId}`)).body).toMatchObject({
			...{ total: usd(PRICE + SHIPPING), refunded: usd(PRICE), refundPending: usd(0) },
		});
		// What is refunded later is no part of that answer.
		await refund(orderId);
		expect((await sayPaid(id, said)).body).toMatchObject({ outcome: "sold", refund: usd(PRICE) });
	});
});

describe("a refund of an order that the shop was paid for", () => {
	it("is noted with the units, and the answer says that the shop moves the money", async () => {
		const sku = await newProduct({ units: 1 });
		const { id } = await pinned(sku);
		await sayPaid(id, { amount: PRICE + SHIPPING });
		const orderId = `or_${id.slice(3)}`;
		expect(await refund(orderId, { adjustments: [{ index: 0 }] })).toMatchObject({
			body: { status: "partially_refunded", refunded: usd(SHIPPING), refundPending: usd(0), refundedBy: "shop" },
		});
		expect(await refund(orderId, { restock: true })).toMatchObject({
			body: { status: "refunded", refunded: usd(PRICE + SHIPPING) },
		});
		expect(await stockOf(sku)).toMatchObject({ available: 1, sold: 0, returned: 1 });
		await expectReconciled(sku);
	});
});
