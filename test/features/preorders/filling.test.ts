/** Filling pre-orders: in order, whole, once, and visible to the shopper and the merchant. */
import { describe, expect, it } from "vitest";
import { eventually } from "../../support/clock.ts";
import { expectProblem } from "../../support/http.ts";
import {
	asMerchant,
	expectReconciled,
	journalOf,
	newProduct,
	preordersOf,
	recordedPreorders,
	restock,
	stockOf,
} from "../../support/merchant.ts";
import { pay } from "../../support/provider.ts";
import { newShopper, newShoppers, paymentIdOf, preorderStatusOf, type Shopper } from "../../support/shopper.ts";

const POLICY = { preorder: { capacity: 50, termsVersion: "v1" }, waitlistLimit: 20 };

/** Buys a pre-order for each shopper, in this order. Returns the ids of the orders. */
async function owedTo(sku: string, ...orders: readonly (readonly [Shopper, number])[]): Promise<string[]> {
	const ids: string[] = [];
	for (const [shopper, quantity] of orders) {
		const { orderId } = await shopper.buy([{ sku, quantity }], { acceptPreorder: true });
		ids.push(orderId);
	}
	return ids;
}

const preorderIn = async (shopper: Shopper, orderId: string, sku: string) =>
	preorderStatusOf((await shopper.order(orderId)).body, sku);

describe.concurrent("a SKU with owed pre-orders", () => {
	it("fills the oldest pre-orders on a restock, visible in their orders and in D1", async () => {
		const sku = await newProduct({ policy: POLICY });
		const [ada, bob, cyd] = (await newShoppers(3)) as [Shopper, Shopper, Shopper];
		const [a, b, c] = (await owedTo(sku, [ada, 1], [bob, 2], [cyd, 1])) as [string, string, string];
		expect(await restock(sku, 3)).toMatchObject({ filledPreorders: 3, promoted: 0, available: 0, sold: 3 });

		const preorders = await recordedPreorders(sku, "filled", "filled", "owed");
		expect(preorders.map(({ orderId, endedAt }) => [orderId, endedAt !== null])).toEqual([
			[a, true],
			[b, true],
			[c, false],
		]);
		await eventually(async () => {
			expect(await preorderIn(ada, a, sku)).toBe("filled");
			expect(await preorderIn(bob, b, sku)).toBe("filled");
		});
		expect(await preorderIn(cyd, c, sku)).toBe("owed");
		expect(await stockOf(sku)).toMatchObject({ sold: 3, preorders: { owed: 1, filled: 3 } });
		await expectReconciled(sku);
	});

	it("does not fill a pre-order in part, nor give its units to anybody behind it (sylius 3857)", async () => {
		const sku = await newProduct({ policy: POLICY });
		const [group, single, waiting, newcomer] = (await newShoppers(4)) as [Shopper, Shopper, Shopper, Shopper];
		await owedTo(sku, [group, 3], [single, 1]);
		await waiting.reserve(sku, 1, { wait: true });
		expect(await restock(sku, 2)).toMatchObject({ filledPreorders: 0, promoted: 0, available: 2 });
		expectProblem(await newcomer.reserve(sku, 1), 409, "sold-out");
		expect(await waiting.reservation(sku)).toMatchObject({ body: { status: "waiting", position: 1 } });
		expect(await restock(sku, 3)).toMatchObject({ filledPreorders: 4, promoted: 1, available: 0, sold: 4 });
		const served = (await journalOf(sku)).filter(({ kind }) => kind === "preorder-filled" || kind === "promoted");
		expect(served.map(({ shopperId, quantity }) => [shopperId, quantity])).toEqual([
			[group.id, 3],
			[single.id, 1],
			[waiting.id, 1],
		]);
	});

	it("fills pre-orders by a release, a positive adjustment and a refund too", async () => {
		const sku = await newProduct({ units: 2, policy: { ...POLICY, waitlistLimit: 0 } });
		const [buyer, holder, ...owed] = (await newShoppers(5)) as [Shopper, Shopper, Shopper, Shopper, Shopper];
		const { orderId } = await buyer.buy([{ sku, quantity: 1 }]);
		await holder.reserve(sku, 1);
		await owedTo(sku, ...owed.map((shopper) => [shopper, 1] as const));
		const filled = async () => (await stockOf(sku)).preorders.filled;
		await holder.release(sku);
		expect(await filled()).toBe(1);
		await asMerchant("POST", `/products/${sku}/adjust`, { json: { delta: 1, reason: "found one" } });
		expect(await filled()).toBe(2);
		const json = { restock: true, reason: "came back" };
		await asMerchant("POST", `/orders/${orderId}/refund`, { json });
		expect(await filled()).toBe(3);
		await recordedPreorders(sku, "filled", "filled", "filled");
		await expectReconciled(sku);
	});

	it("fills an unpaid pre-order only once its checkout is paid", async () => {
		const sku = await newProduct({ policy: POLICY });
		const [unpaid, paid] = (await newShoppers(2)) as [Shopper, Shopper];
		const checkout = await unpaid.checkout([{ sku, quantity: 1 }], { acceptPreorder: true });
		await owedTo(sku, [paid, 1]);
		expect(await restock(sku, 2)).toMatchObject({ filledPreorders: 1, available: 1 });
		await pay(paymentIdOf(checkout));
		expect(await stockOf(sku)).toMatchObject({ available: 0, preorders: { owed: 0, filled: 2 } });
		await recordedPreorders(sku, "filled", "filled");
		expect((await preordersOf(sku)).map(({ shopperId }) => shopperId)).toEqual([unpaid.id, paid.id]);
	});

	it("gives every unit to one shopper when restocks, payments and a newcomer race", async () => {
		const sku = await newProduct({ policy: POLICY });
		const shoppers = await newShoppers(6);
		const checkouts = await Promise.all(
			shoppers.map((shopper) => shopper.checkout([{ sku, quantity: 1 }], { acceptPreorder: true })),
		);
		await Promise.all([
			...checkouts.map((checkout) => pay(paymentIdOf(checkout))),
			restock(sku, 2),
			restock(sku, 2),
			(await newShopper()).reserve(sku, 1),
		]);
		await restock(sku, 3);
		const { sold, held, available } = await stockOf(sku);
		expect(sold).toBe(6);
		expect(held + available).toBe(1);
		const kinds = (await journalOf(sku)).filter(({ kind }) => kind === "preorder-filled");
		expect(new Set(kinds.map(({ subjectId }) => subjectId)).size).toBe(6);
		expect(kinds).toHaveLength(6);
	});
});
