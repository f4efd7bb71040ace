/** Refunds by the merchant: whole or in part, with or without restock, and never more than was captured. */
import { describe, expect, it } from "vitest";
import { eventually } from "../../support/clock.ts";
import { expectProblem } from "../../support/http.ts";
import {
	expectReconciled,
	journalOf,
	newProduct,
	type RefundRequest,
	recordedPreorders,
	refund,
	restock,
	stockOf,
} from "../../support/merchant.ts";
import { expectSquare } from "../../support/money.ts";
import { recordedOrder } from "../../support/orders.ts";
import { paymentAtProvider } from "../../support/provider.ts";
import { lineOf, newPurchase, newShopper, newShoppers, type Shopper } from "../../support/shopper.ts";

/** The order in D1 once it has this status. */
const inD1 = (orderId: string, status: string) =>
	eventually(async () => {
		const order = await recordedOrder(orderId);
		expect(order.status).toBe(status);
		return order;
	});

const dollars = (amount: number) => ({ amount, currency: "USD" });

describe.concurrent("POST /admin/v1/orders/{id}/refund", () => {
	it("refunds a whole order and restocks its units, in the API and in D1", async () => {
		const sku = await newProduct({ units: 5 });
		const { shopper, orderId, checkoutId, paymentId } = await newPurchase({ sku, quantity: 3 });
		await inD1(orderId, "paid");
		const { status, body } = await refund(orderId, { restock: true });
		expect(status).toBe(200);
		expect(body).toMatchObject({ status: "refunded", refunded: dollars(3 * 1999), refundPending: dollars(0) });
		expect(lineOf(body, sku)).toMatchObject({ quantity: 3, refunded: 3, returned: 3 });
		expect((await shopper.read(checkoutId)).body.status).toBe("refunded");
		expect(await expectSquare(shopper, checkoutId)).toBe(0);
		expect(await paymentAtProvider(paymentId)).toMatchObject({ capturedMinor: 3 * 1999, refundedMinor: 3 * 1999 });
		expect(await stockOf(sku)).toMatchObject({ received: 5, available: 5, sold: 0, returned: 3 });
		const order = await inD1(orderId, "refunded");
		expect(order).toMatchObject({
			refundedMinor: 3 * 1999,
			refundPendingMinor: 0,
			lines: [{ refunded: 3, returned: 3 }],
		});
		await expectReconciled(sku);
	});

	it("refunds without restock and leaves the units sold", async () => {
		const sku = await newProduct({ units: 2 });
		const { shopper, orderId, checkoutId } = await newPurchase({ sku, quantity: 2 });
		expect(await refund(orderId)).toMatchObject({ status: 200, body: { status: "refunded" } });
		expect(await expectSquare(shopper, checkoutId)).toBe(0);
		expect(await stockOf(sku)).toMatchObject({ available: 0, sold: 2, returned: 0 });
		await inD1(orderId, "refunded");
		await expectReconciled(sku);
	});

	it("refunds by line and by quantity until the whole order is refunded", async () => {
		const [a, b] = [await newProduct({ units: 3 }), await newProduct({ units: 3, price: dollars(500) })];
		const { shopper, orderId, checkoutId, paymentId } = await newPurchase(
			{ sku: a, quantity: 3 },
			{ sku: b, quantity: 2 },
		);
		const steps: [RefundRequest, number, string][] = [
			[{ lines: [{ sku: a, quantity: 1 }], restock: true }, 1999, "partially_refunded"],
			[{ lines: [{ sku: b, quantity: 2 }] }, 1999 + 1000, "partially_refunded"],
			[{ lines: [{ sku: a, quantity: 1 }] }, 2 * 1999 + 1000, "partially_refunded"],
			[{ restock: true }, 3 * 1999 + 1000, "refunded"],
		];
		for (const [request, refundedMinor, status] of steps) {
			expect(await refund(orderId, request)).toMatchObject({
				status: 200,
				body: { status, refunded: dollars(refundedMinor), refundPending: dollars(0) },
			});
			expect(await expectSquare(shopper, checkoutId)).toBe(3 * 1999 + 1000 - refundedMinor);
		}
		const { body } = await shopper.order(orderId);
		expect([lineOf(body, a), lineOf(body, b)]).toMatchObject([
			{ refunded: 3, returned: 2 },
			{ refunded: 2, returned: 0 },
		]);
		expect(await stockOf(a)).toMatchObject({ available: 2, sold: 1, returned: 2 });
		expect(await stockOf(b)).toMatchObject({ available: 1, sold: 2, returned: 0 });
		expect(await paymentAtProvider(paymentId)).toMatchObject({ refundedMinor: 3 * 1999 + 1000 });
		await inD1(orderId, "refunded");
	});

	it("gives returned units to the waitlist before any newcomer", async () => {
		const sku = await newProduct({ units: 2, policy: { waitlistLimit: 9 } });
		const { orderId } = await newPurchase({ sku, quantity: 2 });
		const [ada, bob, newcomer] = (await newShoppers(3)) as [Shopper, Shopper, Shopper];
		await ada.reserve(sku, 1, { wait: true });
		await bob.reserve(sku, 1, { wait: true });
		const [late] = await Promise.all([newcomer.reserve(sku, 1), refund(orderId, { restock: true })]);
		expectProblem(late, 409, "sold-out");
		for (const shopper of [ada, bob])
			expect(await shopper.reservation(sku)).toMatchObject({ body: { status: "held" } });
		const kinds = (await journalOf(sku)).map(({ kind }) => kind);
		expect(kinds.slice(kinds.indexOf("returned"))).toEqual(["returned", "promoted", "promoted"]);
		expect(await stockOf(sku)).toMatchObject({ held: 2, available: 0, sold: 0, returned: 2 });
	});

	it("restocks units of a filled pre-order like any others", async () => {
		const sku = await newProduct({ policy: { preorder: { capacity: 3, termsVersion: "v1" } } });
		const ada = await newShopper();
		const { id, orderId } = await ada.buy([{ sku, quantity: 3 }], { acceptPreorder: true });
		await restock(sku, 3);
		await recordedPreorders(sku, "filled");
		await inD1(orderId, "paid");
		expect(await refund(orderId, { lines: [{ sku, quantity: 1 }], restock: true })).toMatchObject({
			status: 200,
			body: { status: "partially_refunded", refunded: dollars(1999) },
		});
		expect(await stockOf(sku)).toMatchObject({ sold: 2, available: 1, returned: 1, preorders: { filled: 3 } });
		expect(await expectSquare(ada, id)).toBe(2 * 1999);
		await expectReconciled(sku);
	});
});

describe.concurrent("a refund of what is not refundable", () => {
	it("refuses a refund of more than is left or of what was not bought, with all of its lines", async () => {
		const [a, b] = [await newProduct({ units: 3 }), await newProduct({ units: 3 })];
		const { shopper, orderId, checkoutId } = await newPurchase({ sku: a, quantity: 2 });
		await refund(orderId, { lines: [{ sku: a, quantity: 1 }] });
		for (const [sku, quantity, refundable] of [
			[a, 2, 1],
			[b, 1, 0],
		] as const) {
			expectProblem(await refund(orderId, { lines: [{ sku, quantity }] }), 409, "not-refundable", { sku, refundable });
		}
		const mixed = [
			{ sku: a, quantity: 1 },
			{ sku: b, quantity: 1 },
		];
		expectProblem(await refund(orderId, { lines: mixed }), 409, "not-refundable", { sku: b });
		expect(await expectSquare(shopper, checkoutId)).toBe(1999);
	});

	it("refunds a whole order once, and refuses to refund its lines after that", async () => {
		const sku = await newProduct({ units: 2 });
		const { shopper, orderId, checkoutId } = await newPurchase({ sku, quantity: 2 });
		await refund(orderId, { restock: true });
		expect(await refund(orderId, { restock: true })).toMatchObject({ status: 200, body: { status: "refunded" } });
		const again = await refund(orderId, { lines: [{ sku, quantity: 1 }] });
		expectProblem(again, 409, "not-refundable", { sku, refundable: 0 });
		expect(await expectSquare(shopper, checkoutId)).toBe(0);
		expect(await stockOf(sku)).toMatchObject({ available: 2, returned: 2 });
	});

	it("makes only as many concurrent refunds as there are units, and refuses the others", async () => {
		const sku = await newProduct({ units: 5 });
		const { shopper, orderId, checkoutId, paymentId } = await newPurchase({ sku, quantity: 4 });
		const responses = await Promise.all(
			Array.from({ length: 9 }, () => refund(orderId, { lines: [{ sku, quantity: 1 }], restock: true })),
		);
		expect(responses.filter(({ status }) => status === 200)).toHaveLength(4);
		for (const response of responses.filter(({ status }) => status !== 200))
			expectProblem(response, 409, "not-refundable");
		expect(await expectSquare(shopper, checkoutId)).toBe(0);
		expect(await paymentAtProvider(paymentId)).toMatchObject({ capturedMinor: 4 * 1999, refundedMinor: 4 * 1999 });
		expect(await stockOf(sku)).toMatchObject({ available: 5, sold: 0, returned: 4 });
	});

	it("responds with 404 to a refund of an order that is unpaid, unknown or not an id", async () => {
		const sku = await newProduct({ units: 1 });
		const { id } = await (await newShopper()).checkout([{ sku, quantity: 1 }]);
		for (const orderId of [`or_${id.slice(3)}`, `or_${"0".repeat(32)}`, "nonsense", "%00"]) {
			expectProblem(await refund(orderId), 404, "unknown-order");
		}
		expect(await stockOf(sku)).toMatchObject({ paying: 1 });
	});
});

describe.concurrent("the Idempotency-Key of a refund", () => {
	const oneUnit = (sku: string) => [{ sku, quantity: 1 }];

	it("makes a refund once, however often its key is sent, and when sent concurrently", async () => {
		const sku = await newProduct({ units: 4 });
		const { shopper, orderId, checkoutId } = await newPurchase({ sku, quantity: 4 });
		const request = { lines: oneUnit(sku), restock: true, key: "refund-1" };
		const responses = await Promise.all([1, 2, 3, 4].map(() => refund(orderId, request)));
		responses.push(await refund(orderId, request));
		for (const { status, body } of responses) {
			expect(status).toBe(200);
			expect(lineOf(body, sku)).toMatchObject({ refunded: 1 });
		}
		expect(await expectSquare(shopper, checkoutId)).toBe(3 * 1999);
		expect(await stockOf(sku)).toMatchObject({ returned: 1, available: 1 });
		await refund(orderId, { ...request, key: "refund-2" });
		expect(await expectSquare(shopper, checkoutId)).toBe(2 * 1999);
	});

	it("refuses a used key with another body", async () => {
		const sku = await newProduct({ units: 4 });
		const { shopper, orderId, checkoutId } = await newPurchase({ sku, quantity: 4 });
		await refund(orderId, { lines: oneUnit(sku), key: "same" });
		for (const other of [{ lines: oneUnit(sku), restock: true }, { lines: [{ sku, quantity: 2 }] }, {}]) {
			expectProblem(await refund(orderId, { ...other, key: "same" }), 422, "idempotency-key-reused");
		}
		expect(await expectSquare(shopper, checkoutId)).toBe(3 * 1999);
	});

	it("makes another refund for the same key at another order", async () => {
		const sku = await newProduct({ units: 2 });
		const [one, two] = [await newPurchase({ sku, quantity: 1 }), await newPurchase({ sku, quantity: 1 })];
		for (const { orderId, shopper, checkoutId } of [one, two]) {
			await refund(orderId, { key: "k" });
			expect(await expectSquare(shopper, checkoutId)).toBe(0);
		}
	});

	it("accepts the key of a refused refund again", async () => {
		const sku = await newProduct({ units: 2 });
		const { orderId } = await newPurchase({ sku, quantity: 1 });
		expectProblem(await refund(orderId, { lines: [{ sku, quantity: 2 }], key: "k" }), 409, "not-refundable");
		expect(await refund(orderId, { lines: oneUnit(sku), key: "k" })).toMatchObject({ body: { status: "refunded" } });
	});
});
