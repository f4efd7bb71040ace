/** Ordering units that do not exist yet: within the capacity, on accepted terms, and given back when not paid. */
import { describe, expect, it } from "vitest";
import { DROP, pass, ring, useStoppedClock } from "../../support/clock.ts";
import { call, expectProblem } from "../../support/http.ts";
import { asMerchant, newProduct, recordedPreorders, restock, stockOf } from "../../support/merchant.ts";
import { expectSquare } from "../../support/money.ts";
import { recordedOrder } from "../../support/orders.ts";
import { pay } from "../../support/provider.ts";
import {
	type Checkout,
	lineOf,
	newShopper,
	newShoppers,
	type Product,
	paymentIdOf,
	type Shopper,
} from "../../support/shopper.ts";

useStoppedClock();

const OFFER = { capacity: 2, termsVersion: "v1", expectedAt: "2100-03-01T12:00:00+02:00" };
const POLICY = { preorder: OFFER, paymentWindowSeconds: 60, paymentGraceSeconds: 10 };

const ask = (shopper: Shopper, sku: string, quantity = 1) =>
	shopper.open([{ sku, quantity }], { acceptPreorder: true });
const order = (shopper: Shopper, sku: string, quantity = 1): Promise<Checkout> =>
	shopper.checkout([{ sku, quantity }], { acceptPreorder: true });
async function remaining(sku: string): Promise<number> {
	pass(5); // Longer than the isolate caches the availability.
	return (await call<Product>("GET", `/v1/products/${sku}`)).body.availability.preorderRemaining;
}

describe("the offer of a pre-order", () => {
	it("offers a pre-order in the refusal of a reservation, and in the product", async () => {
		const sku = await newProduct({ policy: POLICY });
		const refused = await (await newShopper()).reserve(sku, 1);
		expectProblem(refused, 409, "sold-out", {
			preorder: { expectedAt: "2100-03-01T10:00:00.000Z", termsVersion: "v1", remaining: 2 },
		});
		pass(5);
		expect((await call<Product>("GET", `/v1/products/${sku}`)).body.availability).toMatchObject({
			status: "preorder",
			preorderRemaining: 2,
		});
	});

	it("does not offer a pre-order while units are available, nor once the capacity is used up", async () => {
		const sku = await newProduct({ units: 1, policy: POLICY });
		const [ada, bob, cyd] = (await newShoppers(3)) as [Shopper, Shopper, Shopper];
		// The terms were accepted, but a unit is available, so it is sold from stock.
		expect(lineOf(await order(ada, sku), sku)).toMatchObject({ fulfilment: "in_stock" });
		await order(bob, sku, 2);
		const refused = await cyd.reserve(sku, 1);
		expectProblem(refused, 409, "sold-out");
		expect(refused.body).not.toHaveProperty("preorder");
	});

	it("refuses a pre-order when the capacity is 0 or the SKU takes none", async () => {
		for (const preorder of [{ ...OFFER, capacity: 0 }, null]) {
			const sku = await newProduct({ policy: { ...POLICY, preorder } });
			const refused = await ask(await newShopper(), sku);
			expectProblem(refused, 409, "lines-unavailable", { lines: [{ reason: "sold-out" }] });
		}
	});
});

describe("a pre-order", () => {
	it("charges a pre-order when it is ordered, and keeps the accepted terms and the time", async () => {
		const sku = await newProduct({ policy: POLICY });
		const ada = await newShopper();
		const checkout = await order(ada, sku, 2);
		pass(30);
		await pay(paymentIdOf(checkout));
		// Terms that change later do not change this order.
		const later = { preorder: { ...OFFER, termsVersion: "v2", expectedAt: null } };
		const product = { title: "Mug", price: { amount: 1999, currency: "USD" }, policy: { ...POLICY, ...later } };
		await asMerchant("PUT", `/products/${sku}`, { json: product });

		const orderId = (await ada.read(checkout.id)).body.orderId ?? "";
		expect(lineOf((await ada.order(orderId)).body, sku)).toMatchObject({
			fulfilment: "preorder",
			preorder: "owed",
			termsVersion: "v1",
			expectedAt: "2100-03-01T10:00:00.000Z",
		});
		expect(await recordedPreorders(sku, "owed")).toMatchObject([
			{ shopperId: ada.id, orderId, quantity: 2, termsVersion: "v1", acceptedAt: new Date(DROP).toISOString() },
		]);
		expect(await recordedOrder(orderId)).toMatchObject({
			status: "paid",
			lines: [{ fulfilment: "preorder", preorder: { status: "owed", termsVersion: "v1" } }],
		});
		expect(await expectSquare(ada, checkout.id)).toBe(2 * 1999);
		expect(await stockOf(sku)).toMatchObject({ sold: 0, available: 0, preorders: { owed: 2, filled: 0 } });
	});

	it("is refused when the date that was shown has been moved, also under the same terms", async () => {
		const sku = await newProduct({ policy: POLICY });
		const ada = await newShopper();
		const shown = { termsVersion: "v1", expectedAt: "2100-03-01T10:00:00.000Z" };
		const moved = { policy: { preorder: { expectedAt: "2101-01-01T00:00:00Z" } } };
		expect(await asMerchant("PATCH", `/products/${sku}`, { json: moved })).toMatchObject({ status: 200 });
		const open = (acceptPreorder: { termsVersion: string; expectedAt?: string | null }) =>
			ada.open([{ sku, quantity: 1 }], { acceptPreorder });
		for (const expectedAt of [shown.expectedAt, null]) {
			expectProblem(await open({ ...shown, expectedAt }), 409, "terms-changed", {
				preorder: { ...shown, expectedAt: "2101-01-01T00:00:00.000Z", remaining: 2 },
			});
		}
		// In whatever zone it is written. Who names no date accepts that of the moment.
		for (const accepted of [{ ...shown, expectedAt: "2101-01-01T02:00:00+02:00" }, { termsVersion: "v1" }]) {
			expect(await open(accepted)).toMatchObject({
				status: 201,
				body: { lines: [{ fulfilment: "preorder", expectedAt: "2101-01-01T00:00:00.000Z" }] },
			});
		}
	});

	it("sells a pre-order and a line from stock in one checkout and one payment", async () => {
		const [there, later] = [await newProduct({ units: 1 }), await newProduct({ policy: POLICY })];
		const ada = await newShopper();
		const checkout = await ada.checkout(
			[
				{ sku: there, quantity: 1 },
				{ sku: later, quantity: 2 },
			],
			{ acceptPreorder: true },
		);
		expect(checkout.total).toEqual({ amount: 3 * 1999, currency: "USD" });
		await pay(paymentIdOf(checkout));
		expect(await expectSquare(ada, checkout.id)).toBe(3 * 1999);
		expect(await stockOf(there)).toMatchObject({ sold: 1 });
		expect(await stockOf(later)).toMatchObject({ preorders: { owed: 2 } });
	});

	it("counts pre-orders towards the limit per shopper", async () => {
		const sku = await newProduct({ policy: { ...POLICY, preorder: { ...OFFER, capacity: 9 }, limitPerShopper: 2 } });
		const ada = await newShopper();
		await pay(paymentIdOf(await order(ada, sku, 2)));
		expectProblem(await ask(ada, sku), 409, "lines-unavailable", { lines: [{ reason: "limit-exceeded", owned: 2 }] });
	});
});

describe("the capacity for pre-orders", () => {
	it("never exceeds the capacity with concurrent checkouts, paid or not", async () => {
		const sku = await newProduct({ policy: { ...POLICY, preorder: { ...OFFER, capacity: 7 } } });
		const shoppers = await newShoppers(20);
		const responses = await Promise.all(shoppers.map((shopper, i) => ask(shopper, sku, 1 + (i % 2))));
		const opened = responses.flatMap(({ status, body }) => (status === 201 ? [body] : []));
		const promised = opened.reduce((units, { lines }) => units + (lines[0]?.quantity ?? 0), 0);
		expect(promised).toBe(7);
		for (const response of responses.filter(({ status }) => status !== 201)) {
			expectProblem(response, 409, "lines-unavailable");
		}
		await Promise.all(opened.map((checkout) => pay(paymentIdOf(checkout))));
		expect(await stockOf(sku)).toMatchObject({ preorders: { owed: 7 } });
		expect(await restock(sku, 9)).toMatchObject({ filledPreorders: 7, available: 2 });
	});

	it("frees the capacity when the checkout is cancelled (saleor 13517)", async () => {
		const sku = await newProduct({ policy: POLICY });
		const [ada, bob] = (await newShoppers(2)) as [Shopper, Shopper];
		const { id } = await order(ada, sku, 2);
		expect(await remaining(sku)).toBe(0);
		await ada.cancel(id);
		expect(await remaining(sku)).toBe(2);
		await pay(paymentIdOf(await order(bob, sku, 2)));
		expect(await stockOf(sku)).toMatchObject({ preorders: { owed: 2 } });
	});

	it("frees the capacity when the payment window ends, by the alarm of the checkout (saleor 13517)", async () => {
		const sku = await newProduct({ policy: POLICY });
		const [ada, bob] = (await newShoppers(2)) as [Shopper, Shopper];
		const { id, payment } = await order(ada, sku, 2);
		pass(60);
		expect(await ring.checkout(id)).toBe(true);
		expect(await remaining(sku)).toBe(2);
		expect(await ada.read(id)).toMatchObject({ body: { status: "expired", payment: { status: "voided" } } });
		expect(payment).not.toBeNull();
		await order(bob, sku, 2);
	});

	it("frees the capacity of a checkout that never ended, by the alarm of the SKU (saleor 13517)", async () => {
		const sku = await newProduct({ policy: POLICY });
		await order(await newShopper(), sku, 2);
		pass(69);
		await ring.sku(sku);
		expect(await stockOf(sku)).toMatchObject({ preorders: { owed: 0 } });
		expect((await ask(await newShopper(), sku)).status).toBe(409);
		pass(1);
		expect(await ring.sku(sku)).toBe(true);
		await order(await newShopper(), sku, 2);
	});

	it("frees the capacity as pre-orders are filled, because it bounds what is owed", async () => {
		const sku = await newProduct({ policy: POLICY });
		const [ada, bob] = (await newShoppers(2)) as [Shopper, Shopper];
		await pay(paymentIdOf(await order(ada, sku, 2)));
		expect((await ask(bob, sku)).status).toBe(409);
		await restock(sku, 2);
		await order(bob, sku, 2);
	});
});
