/** Cancelling a pre-order: possible until it is filled, takes effect once, and refunds the money. */
import { describe, expect, it } from "vitest";
import { eventually } from "../../support/clock.ts";
import { expectProblem } from "../../support/http.ts";
import {
	cancelPreorder,
	expectReconciled,
	newProduct,
	recordedPreorders,
	refund,
	restock,
	stockOf,
} from "../../support/merchant.ts";
import { expectSquare } from "../../support/money.ts";
import { paymentAtProvider } from "../../support/provider.ts";
import { lineOf, newShopper, newShoppers, paymentIdOf, type Shopper } from "../../support/shopper.ts";

const POLICY = { preorder: { capacity: 9, termsVersion: "v1" } };

/** A paid pre-order that D1 has. */
async function owed(quantity = 1) {
	const sku = await newProduct({ policy: POLICY });
	const shopper = await newShopper();
	const checkout = await shopper.buy([{ sku, quantity }], { acceptPreorder: true });
	const [preorder] = await recordedPreorders(sku, "owed");
	const { id: checkoutId, orderId } = checkout;
	return { sku, shopper, checkoutId, orderId, id: preorder?.id ?? "", paymentId: paymentIdOf(checkout) };
}

describe.concurrent("POST /admin/v1/preorders/{id}/cancel", () => {
	it("ends a pre-order and refunds it, visible in its order and in D1", async () => {
		const { sku, shopper, checkoutId, orderId, id, paymentId } = await owed(2);
		expect(await cancelPreorder(id)).toMatchObject({ status: 200, body: { id, status: "cancelled" } });
		expect(await expectSquare(shopper, checkoutId)).toBe(0);
		expect(await paymentAtProvider(paymentId)).toMatchObject({ capturedMinor: 2 * 1999, refundedMinor: 2 * 1999 });
		const { body } = await shopper.order(orderId);
		expect(body).toMatchObject({ status: "refunded", refunded: { amount: 2 * 1999 }, refundPending: { amount: 0 } });
		expect(lineOf(body, sku)).toMatchObject({ preorder: "cancelled", refunded: 2 });
		expect(await stockOf(sku)).toMatchObject({ preorders: { owed: 0, cancelled: 2 }, returned: 0 });
		await recordedPreorders(sku, "cancelled");
		await expectReconciled(sku);
		// Units that come now do not go to the cancelled pre-order.
		expect(await restock(sku, 2)).toMatchObject({ filledPreorders: 0, available: 2 });
	});

	it("cancels a pre-order once when the request is repeated or sent concurrently", async () => {
		const { id, sku, paymentId } = await owed();
		const responses = await Promise.all([1, 2, 3, 4].map(() => cancelPreorder(id)));
		responses.push(await cancelPreorder(id));
		for (const response of responses) expect(response).toMatchObject({ status: 200, body: { status: "cancelled" } });
		expect(await paymentAtProvider(paymentId)).toMatchObject({ refundedMinor: 1999 });
		expect(await stockOf(sku)).toMatchObject({ preorders: { cancelled: 1 } });
	});

	it("responds with the end of the pre-order and the units returned", async () => {
		const { id } = await owed(2);
		const { body } = await cancelPreorder(id);
		expect(body).toMatchObject({ status: "cancelled", returned: 2, endedAt: expect.any(String) });
	});

	it("refuses to cancel a filled pre-order, even while D1 still has it as owed", async () => {
		const { id, sku, shopper, checkoutId, orderId } = await owed();
		await restock(sku, 1);
		expectProblem(await cancelPreorder(id), 409, "preorder-filled", { orderId });
		await recordedPreorders(sku, "filled");
		expectProblem(await cancelPreorder(id), 409, "preorder-filled", { orderId });
		expect(await expectSquare(shopper, checkoutId)).toBe(1999);
		expect(await stockOf(sku)).toMatchObject({ sold: 1, preorders: { filled: 1, cancelled: 0 } });
	});

	it("either cancels or fills a pre-order when the request races with a restock", async () => {
		const race = async (cancelFirst: boolean): Promise<void> => {
			const { id, sku, shopper, checkoutId, orderId } = await owed();
			const [cancelled, restocked] = cancelFirst
				? await Promise.all([cancelPreorder(id), restock(sku, 1)])
				: await Promise.all([restock(sku, 1), cancelPreorder(id)]).then(
						([units, response]) => [response, units] as const,
					);
			const won = cancelled.status === 200;
			if (!won) expectProblem(cancelled, 409, "preorder-filled");
			expect(restocked.filledPreorders).toBe(won ? 0 : 1);
			expect(await expectSquare(shopper, checkoutId)).toBe(won ? 0 : 1999);
			const preorder = won ? "cancelled" : "filled";
			await recordedPreorders(sku, preorder);
			expect(lineOf((await shopper.order(orderId)).body, sku)).toMatchObject({ preorder, refunded: won ? 1 : 0 });
			expect(await stockOf(sku)).toMatchObject({ sold: won ? 0 : 1, available: won ? 1 : 0 });
			await expectReconciled(sku);
		};
		await Promise.all(Array.from({ length: 10 }, (_, i) => race(i % 2 === 0)));
	});

	it.each(["nonsense", "%00", crypto.randomUUID()])(
		"responds with 404 for %s, which is not a pre-order",
		async (id) => {
			expectProblem(await cancelPreorder(id), 404, "unknown-preorder");
		},
	);
});

describe.concurrent("a refund of an order with a pre-order", () => {
	it("cancels the owed pre-order and leaves the other lines alone", async () => {
		const [there, later] = [await newProduct({ units: 1 }), await newProduct({ policy: POLICY })];
		const ada = await newShopper();
		const lines = [
			{ sku: there, quantity: 1 },
			{ sku: later, quantity: 2 },
		];
		const { id, orderId } = await ada.buy(lines, { acceptPreorder: true });
		const part = await refund(orderId, { lines: [{ sku: later, quantity: 1 }] });
		expectProblem(part, 409, "not-refundable", { sku: later, refundable: 2 });
		expect(await refund(orderId, { lines: [{ sku: later, quantity: 2 }], restock: true })).toMatchObject({
			status: 200,
			body: { status: "partially_refunded" },
		});
		expect(await expectSquare(ada, id)).toBe(1999);
		expect(await stockOf(later)).toMatchObject({ preorders: { owed: 0, cancelled: 2 }, available: 0 });
		expect(await stockOf(there)).toMatchObject({ sold: 1 });
	});

	it.each([true, false])(
		"refunds a pre-order that was filled just now, and returns its units with restock: %s",
		async (withUnits) => {
			const [sku, [ada, bob]] = [await newProduct({ policy: POLICY }), (await newShoppers(2)) as [Shopper, Shopper]];
			const { id, orderId } = await ada.buy([{ sku, quantity: 2 }], { acceptPreorder: true });
			await restock(sku, 2);
			// The message is still in the queue, so the order has the pre-order as owed.
			expect(await refund(orderId, { restock: withUnits })).toMatchObject({
				status: 200,
				body: { status: "refunded" },
			});
			expect(await expectSquare(ada, id)).toBe(0);
			const back = withUnits ? 2 : 0;
			expect(await stockOf(sku)).toMatchObject({ sold: 2 - back, returned: back, available: back });
			if (withUnits) expect(await bob.reserve(sku, 2)).toMatchObject({ status: 201 });
			await eventually(async () => {
				const line = lineOf((await ada.order(orderId)).body, sku);
				expect(line).toMatchObject({ preorder: "filled", refunded: 2, returned: back });
			});
			await expectReconciled(sku);
		},
	);
});
