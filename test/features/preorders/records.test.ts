/**
 * What D1 knows of pre-orders: all of it sooner or later, whatever is lost on the way, and as the objects have it.
 */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { CheckoutObject } from "../../../src/checkout/checkout.ts";
import { RESEND_FIRST_MS } from "../../../src/limits.ts";
import type { SkuObject } from "../../../src/stock/sku.ts";
import { eventually, pass, ring, useStoppedClock } from "../../support/clock.ts";
import { expectProblem, type HttpResponse } from "../../support/http.ts";
import {
	asMerchant,
	expectReconciled,
	newProduct,
	ordersOf,
	type Preorder,
	preordersOf,
	reconciliationOf,
	recordedPreorders,
	restock,
} from "../../support/merchant.ts";
import { pay } from "../../support/provider.ts";
import { lineOf, newShopper, newShoppers, type Shopper } from "../../support/shopper.ts";

useStoppedClock();

const POLICY = { preorder: { capacity: 500, termsVersion: "v1" }, holdSeconds: 60, offerSeconds: 30, waitlistLimit: 9 };

const order = (shopper: Shopper, sku: string, quantity = 1) =>
	shopper.buy([{ sku, quantity }], { acceptPreorder: true });

/** A queue that takes nothing, or loses what it took, until it is mended. */
async function breakQueue(sku: string, how: "refuses" | "loses", lost: string[] = []): Promise<() => Promise<void>> {
	const stub = env.SKU.getByName(sku);
	let mend = () => {};
	await runInDurableObject(stub, (object: SkuObject) => {
		const bindings = (object as unknown as { env: Env }).env;
		const queue = bindings.ORDERS;
		const sendBatch = async (messages: Iterable<MessageSendRequest<{ preorder: { id: string } }>>) => {
			if (how === "refuses") throw new Error("the queue is down");
			for (const { body } of messages) lost.push(body.preorder.id);
			return { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };
		};
		Object.defineProperty(object, "env", { configurable: true, value: { ...bindings, ORDERS: { sendBatch } } });
		mend = () => Object.defineProperty(object, "env", { configurable: true, value: { ...bindings, ORDERS: queue } });
	});
	return () => runInDurableObject(stub, () => mend());
}

describe("a message that is lost", () => {
	it("is sent again by the alarm, until D1 says that it has the record", async () => {
		const sku = await newProduct({ policy: POLICY });
		const mend = await breakQueue(sku, "loses");
		await order(await newShopper(), sku);
		pass(RESEND_FIRST_MS / 1000 - 1);
		await ring.sku(sku);
		await mend();
		expect(await preordersOf(sku)).toEqual([]);
		pass(1);
		expect(await ring.sku(sku)).toBe(true);
		await recordedPreorders(sku, "owed");
		// And then no more: nothing is left to wake for.
		await eventually(async () => {
			pass(60);
			expect(await ring.sku(sku)).toBe(false);
		});
	});

	it("is sent again by an object that lost its memory", async () => {
		const sku = await newProduct({ policy: POLICY });
		await breakQueue(sku, "loses");
		await order(await newShopper(), sku);
		await restock(sku, 1);
		// A new one has its bindings from the runtime again.
		await evictDurableObject(env.SKU.getByName(sku));
		pass(RESEND_FIRST_MS / 1000);
		expect(await ring.sku(sku)).toBe(true);
		await recordedPreorders(sku, "filled");
		await expectReconciled(sku);
	});

	it("is not sent again with each that comes after it: as many messages as changes, however long D1 is silent", async () => {
		const sku = await newProduct({ policy: POLICY });
		const sent: string[] = [];
		await breakQueue(sku, "loses", sent);
		const stub = env.SKU.getByName(sku);
		for (let i = 0; i < 20; i++) {
			const purchase = { shopperId: `s-${i}`, checkoutId: `co-${i}`, quantity: 1, acceptPreorder: true };
			await stub.pin(purchase);
			await stub.commit(purchase);
		}
		await restock(sku, 5);
		expect(sent).toHaveLength(25);
		pass(RESEND_FIRST_MS / 1000);
		await ring.sku(sku);
		expect(sent).toHaveLength(45);
	});

	it("keeps no unit from anybody: with the queue down, holds still run out and the line still moves", async () => {
		const sku = await newProduct({ units: 1, policy: POLICY });
		const [ada, bob, cyd] = (await newShoppers(3)) as [Shopper, Shopper, Shopper];
		await ada.reserve(sku, 1);
		await bob.reserve(sku, 1, { wait: true });
		const mend = await breakQueue(sku, "refuses");
		await order(cyd, sku, 9);
		await asMerchant("POST", `/products/${sku}/adjust`, { json: { delta: 9, reason: "found them" } });
		pass(60);
		await ring.sku(sku);
		const kinds = await runInDurableObject(env.SKU.getByName(sku), (_: SkuObject, { storage }) =>
			storage.sql.exec<{ kind: string }>("SELECT kind FROM journal").toArray(),
		);
		expect(kinds.map(({ kind }) => kind)).toContain("promoted");
		await mend();
		pass(RESEND_FIRST_MS / 1000);
		expect(await ring.sku(sku)).toBe(true);
		await recordedPreorders(sku, "filled");
	});

	it("about a pre-order whose checkout has not yet heard that it is owed comes again when it has", async () => {
		const sku = await newProduct({ policy: POLICY });
		const ada = await newShopper();
		const { id, payment } = await ada.checkout([{ sku, quantity: 1 }], { acceptPreorder: true });
		// The SKU commits, and its answer is lost.
		await runInDurableObject(env.CHECKOUT.getByName(id), (object: CheckoutObject) => {
			const bindings = (object as unknown as { env: Env }).env;
			const real = bindings.SKU;
			let lost = false;
			const lossy = (name: string) =>
				new Proxy(real.getByName(name), {
					get(target, method, receiver) {
						const call = Reflect.get(target, method, receiver);
						if (method !== "commit" || lost) return call;
						return async (request: Parameters<SkuObject["commit"]>[0]) => {
							lost = true;
							await target.commit(request);
							throw new Error("the answer was lost");
						};
					},
				});
			const value = { ...bindings, SKU: { getByName: lossy } };
			Object.defineProperty(object, "env", { configurable: true, value });
		});
		await pay(payment?.id ?? "");
		expect(await ada.read(id)).toMatchObject({ body: { status: "committing" } });
		await restock(sku, 1);
		await recordedPreorders(sku, "filled");
		pass(2);
		expect(await ring.checkout(id)).toBe(true);
		const orderId = (await ada.read(id)).body.orderId ?? "";
		pass(RESEND_FIRST_MS / 1000);
		await ring.sku(sku);
		await eventually(async () => {
			expect(lineOf((await ada.order(orderId)).body, sku)).toMatchObject({ preorder: "filled" });
		});
	});
});

describe("GET /admin/v1/preorders", () => {
	it("lists the oldest first, a page at a time, by SKU and by status", async () => {
		const [sku, other] = [await newProduct({ policy: POLICY }), await newProduct({ policy: POLICY })];
		const shoppers = await newShoppers(7);
		for (const shopper of shoppers) await order(shopper, sku);
		await order(shoppers[0] as Shopper, other);
		await restock(sku, 3);
		const all = await recordedPreorders(sku, ...Array(3).fill("filled"), ...Array(4).fill("owed"));
		expect(all.map(({ shopperId }) => shopperId)).toEqual(shoppers.map(({ id }) => id));

		const list = async (query: string) => {
			const ids: string[][] = [];
			let cursor: string | null = "";
			while (cursor !== null) {
				const page: HttpResponse<{ preorders: Preorder[]; nextCursor: string | null }> = await asMerchant(
					"GET",
					`/preorders?${query}&limit=3&cursor=${cursor}`,
				);
				expect(page.status).toBe(200);
				ids.push(page.body.preorders.map(({ id }) => id));
				cursor = page.body.nextCursor;
			}
			return ids;
		};
		const ids = all.map(({ id }) => id);
		expect(await list(`sku=${sku}`)).toEqual([ids.slice(0, 3), ids.slice(3, 6), ids.slice(6)]);
		expect(await list(`sku=${sku}&status=owed`)).toEqual([ids.slice(3, 6), ids.slice(6)]);
		expect(await list(`sku=${sku}&status=filled`)).toEqual([ids.slice(0, 3)]);
		expect(await list(`sku=${sku}&status=cancelled`)).toEqual([[]]);
		expect(await preordersOf(other)).toHaveLength(1);
	});

	it.each(["?status=pending", "?limit=0", "?limit=201", "?sku=%2F"])("%s is not valid", async (query) => {
		expectProblem(await asMerchant("GET", `/preorders${query}`), 400, "invalid-request");
	});
});

describe("POST …/rebuild", () => {
	async function rebuild(sku: string): Promise<number[]> {
		const counts: number[] = [];
		let cursor: string | null = "";
		while (cursor !== null) {
			const page: HttpResponse<{ orders: number; nextCursor: string | null }> = await asMerchant(
				"POST",
				`/products/${sku}/rebuild?cursor=${cursor}`,
			);
			expect(page.status).toBe(200);
			counts.push(page.body.orders);
			cursor = page.body.nextCursor;
		}
		return counts;
	}
	const forget = () =>
		env.DB.batch(
			["orders", "order_lines", "preorders", "products"].map((table) => env.DB.prepare(`DELETE FROM ${table}`)),
		);

	it("writes D1 again from the objects: the product, orders, lines and pre-orders, as they were", async () => {
		const sku = await newProduct({ units: 3, policy: POLICY });
		const [buyer, refunded, ...owed] = (await newShoppers(6)) as [Shopper, Shopper, ...Shopper[]];
		await buyer.buy([{ sku, quantity: 2 }]);
		const { orderId } = await refunded.buy([{ sku, quantity: 1 }]);
		for (const shopper of owed) await order(shopper, sku);
		await asMerchant("POST", `/orders/${orderId}/refund`, { json: { restock: true, reason: "came back" } });
		await restock(sku, 1);
		await recordedPreorders(sku, "filled", "filled", "owed", "owed");
		await expectReconciled(sku);
		const ordersWhole = () =>
			eventually(async () => {
				const orders = await ordersOf(sku);
				const filled = orders.filter((order) => lineOf(order, sku)["preorder"] === "filled");
				expect(filled).toHaveLength(2);
				expect(orders.filter(({ status }) => status === "refunded")).toHaveLength(1);
				return orders;
			});
		const before = { orders: await ordersWhole(), preorders: await preordersOf(sku) };
		expect(before.orders).toHaveLength(6);

		await forget();
		expect(await reconciliationOf(sku)).toBeUndefined();
		expect(await rebuild(sku)).toEqual([6]);
		expect(await reconciliationOf(sku)).toBeDefined();
		await expectReconciled(sku);
		expect({ orders: await ordersWhole(), preorders: await preordersOf(sku) }).toEqual(before);
	});

	it("goes on page by page beyond what one message or one call carries", async () => {
		const sku = await newProduct({ policy: POLICY });
		// Straight at the object: what matters here is how many there are.
		const stub = env.SKU.getByName(sku);
		for (let i = 0; i < 130; i++) {
			const purchase = { shopperId: `s-${i}`, checkoutId: `co-${i}`, quantity: 1, acceptPreorder: true };
			await stub.pin(purchase);
			await stub.commit(purchase);
		}
		await expectReconciled(sku);
		await forget();
		expect(await rebuild(sku)).toEqual([100, 30]);
		await expectReconciled(sku);
		expect(await preordersOf(sku)).toHaveLength(130);
	});

	it("of what was never defined is 404", async () => {
		expectProblem(await asMerchant("POST", "/products/nobody-sells-this/rebuild"), 404, "unknown-sku");
	});
});
