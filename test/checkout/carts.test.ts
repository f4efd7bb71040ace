/**
 * Carts of several SKUs compete for the last units: each is bought whole or not at all, whatever the order of its
 * lines.
 */
import { describe, expect, it, vi } from "vitest";
import { checkoutIdOf } from "../../src/checkout/client.ts";
import { expectProblem } from "../support/http.ts";
import { newProduct, stockOf } from "../support/merchant.ts";
import { pay } from "../support/provider.ts";
import { type Checkout, newShopper, newShoppers, paymentIdOf, type Shopper } from "../support/shopper.ts";
import { injectFault } from "./crash-injection.ts";

/** Half of the numbers, scattered, and the same ones in every run. */
const shuffled = (i: number) => (i * 7919) % 40 < 20;

/** Opens carts of one unit of each SKU at once. @returns those that opened */
async function openAtOnce(shoppers: readonly Shopper[], skus: readonly string[]): Promise<Checkout[]> {
	const lines = skus.map((sku) => ({ sku, quantity: 1 }));
	const answers = await Promise.all(
		shoppers.map((shopper, i) => shopper.open(shuffled(i) ? lines : lines.toReversed())),
	);
	const refused = answers.filter(({ status }) => status !== 201);
	for (const answer of refused) expectProblem(answer, 409, "lines-unavailable");
	return answers.filter(({ status }) => status === 201).map(({ body }) => body);
}

async function expectSold(checkouts: readonly Checkout[], ten: string, seven: string): Promise<void> {
	await Promise.all(checkouts.map((checkout) => pay(paymentIdOf(checkout))));
	expect(await stockOf(ten)).toMatchObject({ sold: 7, held: 0, available: 3 });
	expect(await stockOf(seven)).toMatchObject({ sold: 7, held: 0, available: 0 });
}

describe("40 carts of two SKUs with 10 and 7 units, opened at once with lines in mixed order", () => {
	it.each([
		["last", "a", "b"],
		["first", "b", "a"],
	])("sell exactly 7 whole carts and pin nothing else when the scarcer SKU sorts %s", async (_, tenth, seventh) => {
		const name = crypto.randomUUID();
		const ten = await newProduct({ units: 10, sku: `${tenth}-${name}` });
		const seven = await newProduct({ units: 7, sku: `${seventh}-${name}` });
		const open = await openAtOnce(await newShoppers(40), [ten, seven]);
		expect(open).toHaveLength(7);
		expect(await stockOf(ten)).toMatchObject({ held: 7, available: 3 });
		expect(await stockOf(seven)).toMatchObject({ held: 7, available: 0 });
		await expectSold(open, ten, seven);
	});

	it("never sell more than 7, and sell 7 after retries, although every shopper holds one of the SKUs", async () => {
		const [ten, seven] = [await newProduct({ units: 10 }), await newProduct({ units: 7 })];
		const shoppers = await newShoppers(40);
		await Promise.all(shoppers.map((shopper) => shopper.reserve(ten, 1)));
		const open = await openAtOnce(shoppers, [ten, seven]);
		expect(open.length).toBeLessThanOrEqual(7);
		// Whoever was refused has what they held before.
		expect(await stockOf(ten)).toMatchObject({ held: 10, available: 0, paying: open.length });
		const own = await Promise.all(shoppers.map((shopper) => shopper.reservation(ten)));
		const statuses = own.map(({ status, body }) => (status === 200 ? body.status : "none"));
		expect(Map.groupBy(statuses, (status) => status).get("held") ?? []).toHaveLength(10 - open.length);
		expect(Map.groupBy(statuses, (status) => status).get("none")).toHaveLength(30);
		expect(await stockOf(seven)).toMatchObject({ held: open.length, available: 7 - open.length });
		const had = new Set(open.map(({ id }) => id));
		for (const shopper of shoppers) {
			if (open.length === 7) break;
			for (const checkout of await openAtOnce([shopper], [ten, seven])) if (!had.has(checkout.id)) open.push(checkout);
		}
		for (const shopper of shoppers) await shopper.release(ten);
		await expectSold(open, ten, seven);
	});
});

describe("a refused cart", () => {
	it("leaves its shopper the former hold until its former end, and nothing else", async () => {
		const name = crypto.randomUUID();
		const held = await newProduct({ units: 2, sku: `a-${name}` });
		const taken = await newProduct({ units: 1, sku: `b-${name}` });
		const gone = await newProduct({ units: 0, sku: `c-${name}` });
		const ada = await newShopper();
		const { body: before } = await ada.reserve(held, 2);
		const lines = [held, taken, gone].map((sku) => ({ sku, quantity: sku === held ? 2 : 1 }));
		expectProblem(await ada.open(lines), 409, "lines-unavailable", { lines: [{ sku: gone, reason: "sold-out" }] });
		expect((await ada.reservation(held)).body).toMatchObject({
			id: before.id,
			status: "held",
			quantity: 2,
			expiresAt: before.expiresAt,
		});
		expect(await stockOf(held)).toMatchObject({ held: 2, paying: 0 });
		expect(await stockOf(taken)).toMatchObject({ held: 0, available: 1 });
		await ada.buy([{ sku: held, quantity: 2 }]);
		expect(await stockOf(held)).toMatchObject({ sold: 2, held: 0, balanced: true });
	});

	it("takes nothing, even for a moment, that another cart needs", async () => {
		const name = crypto.randomUUID();
		const [first, second] = [
			await newProduct({ units: 1, sku: `a-${name}` }),
			await newProduct({ units: 1, sku: `b-${name}` }),
		];
		const lines = [first, second].map((sku) => ({ sku, quantity: 1 }));
		const [ada, bob] = [await newShopper(), await newShopper()];
		const [whole, refused] = [await checkoutIdOf(ada.id, "cart"), await checkoutIdOf(bob.id, "cart")];
		const [gate, otherGate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];

		// Ada has pinned the first SKU and is about to pin the second.
		await injectFault(whole, "pin", gate.promise, 2);
		const hers = ada.open(lines, { key: "cart" });
		await vi.waitFor(async () => expect(await stockOf(first)).toMatchObject({ held: 1 }));
		// Bob is refused the first, and probes the second, so that his refusal names both. Had he taken it, he would now
		// wait at the gate with it.
		await injectFault(refused, "unpin", otherGate.promise);
		expectProblem(await bob.open(lines, { key: "cart" }), 409, "lines-unavailable");

		gate.resolve();
		expect((await hers).status).toBe(201);
		otherGate.resolve();
	});
});

describe("a cart", () => {
	it("opens when two of its lines have the same SKU (medusa 11403)", async () => {
		const sku = await newProduct({ units: 4 });
		const shoppers = await newShoppers(4);
		const line = { sku, quantity: 1 };
		const answers = await Promise.all(shoppers.map((shopper) => shopper.open([line, line])));
		expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 409, 409]);
	});

	it("pins its units once when one shopper opens it several times at once with different keys", async () => {
		const sku = await newProduct({ units: 5 });
		const [ada] = await newShoppers(1);
		const answers = await Promise.all([1, 2, 3].map(() => ada?.open([{ sku, quantity: 1 }])));
		expect(answers.map((answer) => answer?.status).sort()).toEqual([201, 409, 409]);
		expect(await stockOf(sku)).toMatchObject({ held: 1 });
	});
});
