/** `POST /admin/v1/checkouts`: a checkout with amounts that are not lines', an address and metadata, from open to refund. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { COUNTRIES } from "../../src/http/shapes/countries.ts";
import { eventually } from "../support/clock.ts";
import { expectProblem } from "../support/http.ts";
import { asMerchant, newProduct, opened, openFor, refund, stockOf } from "../support/merchant.ts";
import { expectSquare } from "../support/money.ts";
import { recordedOrder } from "../support/orders.ts";
import { pay, paymentAtProvider } from "../support/provider.ts";
import { newShopper, paymentIdOf } from "../support/shopper.ts";

const PRICE = 1999;
const usd = (amount: number) => ({ amount, currency: "USD" });
const shipping = (amount = 490, currency = "USD") => ({
	...{ kind: "shipping", label: "Standard delivery", amount: { amount, currency } },
});
const discount = (amount: number) => ({ kind: "discount", label: "TWELVE", amount: usd(amount) });
const tax = (amount: number) => ({ kind: "tax", label: "VAT 20 %", amount: usd(amount) });

const SHIP_TO = {
	name: "Ada Lovelace",
	line1: "12 St James's Square",
	city: "London",
	postalCode: "SW1Y 4JH",
	country: "GB",
	phone: "+44 20 7946 0000",
};

/** A paid order of two units that a merchant's server opened, and its shopper. */
async function bought(...adjustments: object[]) {
	const sku = await newProduct({ units: 5 });
	const ada = await newShopper();
	const checkout = await opened(ada.id, [{ sku, quantity: 2 }], {
		adjustments,
		shipTo: SHIP_TO,
		metadata: { cart: "8842" },
	});
	await pay(paymentIdOf(checkout));
	const { orderId } = (await ada.read(checkout.id)).body;
	if (orderId === null) throw new Error("it was not completed");
	return { sku, ada, checkout, id: orderId, paymentId: paymentIdOf(checkout) };
}

describe("a checkout that the merchant's server opens", () => {
	it("asks the shopper for the lines and the adjustments, and is the shopper's own", async () => {
		const sku = await newProduct({ units: 2 });
		const ada = await newShopper();
		const checkout = await opened(ada.id, [{ sku, quantity: 2 }], {
			...{ adjustments: [shipping(), tax(812), discount(-500)], shipTo: SHIP_TO, metadata: { cart: "8842" } },
		});
		expect(checkout).toMatchObject({
			status: "awaiting_payment",
			shopperId: ada.id,
			total: usd(2 * PRICE + 490 + 812 - 500),
			adjustments: [
				{ ...shipping(), refunded: usd(0) },
				{ kind: "tax", amount: usd(812) },
				{ kind: "discount", amount: usd(-500), refunded: usd(0) },
			],
			shipTo: SHIP_TO,
			metadata: { cart: "8842" },
			payUrl: `https://shop.example/checkout/${checkout.id}`,
		});
		expect(await paymentAtProvider(paymentIdOf(checkout))).toMatchObject({ amountMinor: 2 * PRICE + 802 });
		// The merchant's own names are for the merchant.
		const { body: seen } = await ada.read(checkout.id);
		expect(seen).toMatchObject({ total: checkout.total, shipTo: SHIP_TO });
		expect(seen).not.toHaveProperty("metadata");
		expect((await ada.cancel(checkout.id)).body.status).toBe("cancelled");
	});

	it("is one for a key, whoever its shopper is, and another than the shopper's own of that key", async () => {
		const sku = await newProduct({ units: 5 });
		const [ada, bob] = [await newShopper(), await newShopper()];
		const [key, lines] = [crypto.randomUUID(), [{ sku, quantity: 1 }]];
		const own = await ada.checkout([{ sku: await newProduct({ units: 1 }), quantity: 1 }], { key });
		const answers = await Promise.all(Array.from({ length: 4 }, () => opened(ada.id, lines, { key })));
		expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
		expect(answers[0]?.id).not.toBe(own.id);
		expectProblem(await openFor(bob.id, lines, { key }), 422, "idempotency-key-reused");
		expectProblem(await openFor(ada.id, lines, { key, adjustments: [shipping()] }), 422, "idempotency-key-reused");
		expect(await stockOf(sku)).toMatchObject({ held: 1 });
	});

	it("is complete without a payment when discounts pay for everything", async () => {
		const sku = await newProduct({ units: 1 });
		const ada = await newShopper();
		const checkout = await opened(ada.id, [{ sku, quantity: 1 }], {
			adjustments: [shipping(), discount(-PRICE - 490)],
		});
		expect(checkout).toMatchObject({ status: "completed", total: usd(0), payment: null });
		expect(await stockOf(sku)).toMatchObject({ sold: 1 });
	});

	it("is refused by name when discounts are larger than everything, and takes nothing", async () => {
		const sku = await newProduct({ units: 1 });
		const ada = await newShopper();
		const adjustments = [shipping(), discount(-PRICE - 491)];
		const answer = await openFor(ada.id, [{ sku, quantity: 1 }], { adjustments });
		expectProblem(answer, 409, "adjustments-refused", { reason: "below-zero" });
		expect(await stockOf(sku)).toMatchObject({ available: 1, held: 0 });
	});

	it("is refused by name when adjustments are in another currency than the lines", async () => {
		const sku = await newProduct({ units: 1, price: { amount: 500, currency: "JPY" } });
		const ada = await newShopper();
		const answer = await openFor(ada.id, [{ sku, quantity: 1 }], { adjustments: [shipping(490, "USD")] });
		expectProblem(answer, 409, "adjustments-refused", { reason: "currencies-differ" });
	});

	it("names the lines, and not the adjustments, when lines cannot be had", async () => {
		const [sku, gone] = [await newProduct({ units: 1 }), await newProduct()];
		const ada = await newShopper();
		const lines = [
			{ sku, quantity: 1 },
			{ sku: gone, quantity: 1 },
		];
		const adjustments = [discount(-PRICE - 1)];
		expectProblem(await openFor(ada.id, lines, { adjustments }), 409, "lines-unavailable");
		const partial = await openFor(ada.id, lines, { adjustments, partial: true });
		expectProblem(partial, 409, "adjustments-refused", { reason: "below-zero" });
	});

	it.each([
		["a discount above zero", { adjustments: [discount(1)] }],
		["shipping below zero", { adjustments: [shipping(-1)] }],
		["half a minor unit", { adjustments: [shipping(0.5)] }],
		["two currencies", { adjustments: [shipping(), shipping(1, "EUR")] }],
		["21 adjustments", { adjustments: Array.from({ length: 21 }, () => shipping()) }],
		["an adjustment without a label", { adjustments: [{ ...shipping(), label: " " }] }],
		["a country that is none", { shipTo: { ...SHIP_TO, country: "XX" } }],
		["a country in small letters", { shipTo: { ...SHIP_TO, country: "gb" } }],
		["an address without a street", { shipTo: { name: "Ada", city: "London", country: "GB" } }],
		["a part of an address that is too long", { shipTo: { ...SHIP_TO, line2: "x".repeat(201) } }],
		["51 names of metadata", { metadata: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`n${i}`, ""])) }],
		["a name of 41 characters", { metadata: { ["n".repeat(41)]: "" } }],
		["a value of 501 characters", { metadata: { n: "v".repeat(501) } }],
	])("is refused before anything is asked with %s", async (_, extras) => {
		expectProblem(await openFor("s_1", [{ sku: "a", quantity: 1 }], extras), 400, "invalid-request");
	});

	it("names every country of ISO 3166-1, as the platform knows them", () => {
		const names = new Intl.DisplayNames("en", { type: "region", fallback: "none" });
		expect(COUNTRIES.size).toBe(249);
		expect([...COUNTRIES].filter((code) => names.of(code) === undefined)).toEqual([]);
	});
});

describe("a shopper's own checkout", () => {
	it("takes an address and metadata, and no adjustments", async () => {
		const sku = await newProduct({ units: 1 });
		const ada = await newShopper();
		const lines = [{ sku, quantity: 1 }];
		const options = { shipTo: SHIP_TO, metadata: { gift: "yes" } };
		expectProblem(await ada.open(lines, { adjustments: [discount(-1)] } as object), 400, "invalid-request");
		const checkout = await ada.buy(lines, options as object);
		expect((await ada.order(checkout.orderId)).body).toMatchObject({ shipTo: SHIP_TO, adjustments: [] });
		expect((await asMerchant("GET", `/orders/${checkout.orderId}`)).body).toMatchObject({ metadata: { gift: "yes" } });
	});
});

describe("an order with adjustments", () => {
	it("is charged and recorded to the minor unit, with its address and metadata", async () => {
		const { ada, checkout, id, paymentId } = await bought(shipping(), tax(812), discount(-500));
		const total = 2 * PRICE + 490 + 812 - 500;
		expect(await paymentAtProvider(paymentId)).toMatchObject({ capturedMinor: total, authorisedMinor: 0 });
		expect(await expectSquare(ada, checkout.id)).toBe(total);
		const order = await eventually(() => recordedOrder(id));
		expect(order).toMatchObject({
			totalMinor: total,
			adjustments: [{ kind: "shipping" }, { kind: "tax" }, { kind: "discount", amountMinor: -500, refundedMinor: 0 }],
			shipTo: SHIP_TO,
			metadata: { cart: "8842" },
		});
		expect(await env.CHECKOUT.getByName(checkout.id).comparePayment()).toMatchObject({
			...{ kind: "read", keptMinor: total, dueMinor: total },
		});
	});

	it("gives back lines, shipping alone, parts of it, and the rest, and never more than was paid", async () => {
		const { sku, ada, id, paymentId } = await bought(shipping(), tax(812), discount(-500));
		const total = 2 * PRICE + 490 + 812 - 500;
		const back = async () => (await paymentAtProvider(paymentId)).refundedMinor;
		expect(await refund(id, { adjustments: [{ index: 0, amount: usd(400) }] })).toMatchObject({
			status: 200,
			body: { status: "partially_refunded", refunded: usd(400), adjustments: [{ refunded: usd(400) }, {}, {}] },
		});
		expectProblem(await refund(id, { adjustments: [{ index: 0, amount: usd(91) }] }), 409, "not-refundable", {
			...{ adjustment: 0, refundable: 90 },
		});
		const foreign = await refund(id, { adjustments: [{ index: 0, amount: { amount: 1, currency: "EUR" } }] });
		expectProblem(foreign, 409, "not-refundable", { adjustment: 0, refundable: 90 });
		for (const index of [2, 3]) {
			const answer = await refund(id, { adjustments: [{ index }] });
			expectProblem(answer, 409, "not-refundable", { adjustment: index, refundable: 0 });
		}
		expect(await refund(id, { adjustments: [{ index: 0 }] })).toMatchObject({ body: { refunded: usd(490) } });
		expect(await back()).toBe(490);
		expect(await refund(id, { lines: [{ sku, quantity: 1 }], restock: true })).toMatchObject({ status: 200 });
		expect(await back()).toBe(490 + PRICE);
		// The discount was never paid, so the last line gives back what is left of the lines' money.
		expect(await refund(id, { lines: [{ sku, quantity: 1 }], restock: true })).toMatchObject({ status: 200 });
		expect(await back()).toBe(490 + 2 * PRICE - 500);
		expect((await ada.order(id)).body).toMatchObject({ status: "partially_refunded" });
		expect(await refund(id)).toMatchObject({ body: { status: "refunded", refunded: usd(total) } });
		expect(await refund(id)).toMatchObject({ body: { status: "refunded", refunded: usd(total) } });
		expect(await back()).toBe(total);
		expect(await stockOf(sku)).toMatchObject({ available: 5, sold: 0, returned: 2 });
	});

	it("gives everything back at once, with the shipping, and once for each key", async () => {
		const { id, paymentId } = await bought(shipping());
		const key = crypto.randomUUID();
		const answers = await Promise.all(Array.from({ length: 4 }, () => refund(id, { key })));
		for (const { body } of answers) expect(body).toMatchObject({ status: "refunded" });
		expect(await paymentAtProvider(paymentId)).toMatchObject({ refundedMinor: 2 * PRICE + 490 });
		expectProblem(await refund(id, { key, adjustments: [{ index: 0 }] }), 422, "idempotency-key-reused");
	});

	it.each([
		["JPY", 500, 80],
		["KWD", 12_345, 1_001],
	])("is right in %s, which has no cents", async (currency, price, delivery) => {
		const sku = await newProduct({ units: 1, price: { amount: price, currency } });
		const ada = await newShopper();
		const adjustments = [shipping(delivery, currency)];
		const checkout = await opened(ada.id, [{ sku, quantity: 1 }], { adjustments });
		expect(checkout.total).toEqual({ amount: price + delivery, currency });
		await pay(paymentIdOf(checkout));
		const id = `or_${checkout.id.slice(3)}`;
		expect(await refund(id, { adjustments: [{ index: 0 }] })).toMatchObject({
			body: { refunded: { amount: delivery, currency } },
		});
		expect(await paymentAtProvider(paymentIdOf(checkout))).toMatchObject({
			...{ capturedMinor: price + delivery, refundedMinor: delivery },
		});
	});
});

describe("the metadata of an order", () => {
	const change = (id: string, metadata: unknown) => asMerchant("PATCH", `/orders/${id}`, { json: { metadata } });

	it("is changed name by name by the merchant, and reaches D1 as a new version", async () => {
		const { id } = await bought();
		expect(await change(id, { parcel: "JD0002", cart: null })).toMatchObject({
			...{ status: 200, body: { id, metadata: { parcel: "JD0002" } } },
		});
		expect(await change(id, { note: "fragile", parcel: "" })).toMatchObject({
			body: { metadata: { note: "fragile" } },
		});
		await eventually(async () => expect((await recordedOrder(id)).metadata).toEqual({ note: "fragile" }));
	});

	it("has no more than 50 names, however they are added", async () => {
		const { id } = await bought();
		const names = (from: number, count: number) =>
			Object.fromEntries(Array.from({ length: count }, (_, i) => [`n${from + i}`, "v"]));
		expect((await change(id, names(0, 49))).status).toBe(200);
		expectProblem(await change(id, { one: "more" }), 400, "invalid-request");
		expect((await change(id, { one: "more", n0: null })).status).toBe(200);
		expectProblem(await change(id, names(50, 101)), 400, "invalid-request");
	});

	it("is unknown of an order that is not there, or not paid yet", async () => {
		const sku = await newProduct({ units: 1 });
		const { id } = await opened((await newShopper()).id, [{ sku, quantity: 1 }]);
		for (const unknown of [`or_${id.slice(3)}`, `or_${"0".repeat(32)}`, "nonsense"]) {
			expectProblem(await change(unknown, { a: "b" }), 404, "unknown-order");
		}
	});
});
