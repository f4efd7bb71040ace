/** The records of pre-orders in D1: they agree with the objects in the end, whatever is lost on the way. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
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
import { lineOf, newShopper, newShoppers, preorderStatusOf, type Shopper } from "../../support/shopper.ts";

useStoppedClock();

const POLICY = { preorder: { capacity: 500, termsVersion: "v1" }, holdSeconds: 60, offerSeconds: 30, waitlistLimit: 9 };

const order = (shopper: Shopper, sku: string, quantity = 1) =>
	shopper.buy([{ sku, quantity }], { acceptPreorder: true });

/** Makes the SKU's queue refuse messages, or lose them. Returns what mends it. */
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

describe("a queue message about a pre-order", () => {
	it("sends a lost message again by the alarm until D1 has the record", async () => {
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
		// After that no alarm is set: there is nothing left to send.
		await eventually(async () => {
			pass(60);
			expect(await ring.sku(sku)).toBe(false);
		});
	});

	it("sends a lost message again with whatever is asked of the SKU next, though its alarm never rings", async () => {
		const sku = await newProduct({ policy: POLICY });
		const mend = await breakQueue(sku, "loses");
		await order(await newShopper(), sku);
		await mend();
		pass(RESEND_FIRST_MS / 1000 - 1);
		await env.SKU.getByName(sku).availability();
		expect(await preordersOf(sku)).toEqual([]);
		pass(1);
		await env.SKU.getByName(sku).availability();
		await recordedPreorders(sku, "owed");
	});

	it("sends a lost message again after the object was evicted", async () => {
		const sku = await newProduct({ policy: POLICY });
		await breakQueue(sku, "loses");
		await order(await newShopper(), sku);
		await restock(sku, 1);
		// The object that replaces it has the real queue again.
		await evictDurableObject(env.SKU.getByName(sku));
		pass(RESEND_FIRST_MS / 1000);
		expect(await ring.sku(sku)).toBe(true);
		await recordedPreorders(sku, "filled");
		await expectReconciled(sku);
	});

	it("sends one message per change, and none again with a later change, while D1 is silent", async () => {
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

	it("doubles the pause before it sends a record again, up to ten minutes, while D1 is silent", async () => {
		const sku = await newProduct({ policy: POLICY });
		const sent: string[] = [];
		await breakQueue(sku, "loses", sent);
		await order(await newShopper(), sku);
		const pauses: number[] = [];
		for (let i = 1; i <= 9; i++) {
			const atMs = await runInDurableObject(env.SKU.getByName(sku), (_: SkuObject, { storage }) => storage.getAlarm());
			pauses.push(((atMs ?? Number.NaN) - Date.now()) / 1000);
			vi.setSystemTime(atMs ?? Number.NaN);
			await ring.sku(sku);
			expect(sent).toHaveLength(1 + i);
		}
		expect(pauses).toEqual([10, 20, 40, 80, 160, 320, 600, 600, 600]);
	});

	it("expires holds and promotes the waitlist while the queue is down", async () => {
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
		// It was sent twice in vain by then.
		pass((2 * RESEND_FIRST_MS) / 1000);
		expect(await ring.sku(sku)).toBe(true);
		await recordedPreorders(sku, "filled");
	});

	it("sends a message again to a checkout that did not yet know that its pre-order is owed", async () => {
		const sku = await newProduct({ policy: POLICY });
		const ada = await newShopper();
		const { id, payment } = await ada.checkout([{ sku, quantity: 1 }], { acceptPreorder: true });
		// The SKU commits, and its response is lost.
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
							throw new Error("the response was lost");
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
	it("lists pre-orders oldest first, page by page, by SKU and by status", async () => {
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

	it.each(["?status=pending", "?limit=0", "?limit=201", "?sku=%2F"])(
		"refuses the query %s as invalid",
		async (query) => {
			expectProblem(await asMerchant("GET", `/preorders${query}`), 400, "invalid-request");
		},
	);
});

describe("POST /admin/v1/products/{sku}/rebuild", () => {
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
	const emptyD1 = () =>
		env.DB.batch(
			["orders", "order_lines", "preorders", "products"].map((table) => env.DB.prepare(`DELETE FROM ${table}`)),
		);

	it("restores the product, its orders, their lines and the pre-orders in D1 as they were", async () => {
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
				const filled = orders.filter((order) => preorderStatusOf(order, sku) === "filled");
				expect(filled).toHaveLength(2);
				expect(orders.filter(({ status }) => status === "refunded")).toHaveLength(1);
				return orders;
			});
		const before = { orders: await ordersWhole(), preorders: await preordersOf(sku) };
		expect(before.orders).toHaveLength(6);

		await emptyD1();
		expect(await reconciliationOf(sku)).toBeUndefined();
		expect(await rebuild(sku)).toEqual([6]);
		expect(await reconciliationOf(sku)).toBeDefined();
		await expectReconciled(sku);
		expect({ orders: await ordersWhole(), preorders: await preordersOf(sku) }).toEqual(before);
	});

	it("rebuilds page by page when there is more than one call can send", async () => {
		const sku = await newProduct({ policy: POLICY });
		// Calls the object directly, because only the number of pre-orders matters here.
		const stub = env.SKU.getByName(sku);
		for (let i = 0; i < 130; i++) {
			const purchase = { shopperId: `s-${i}`, checkoutId: `co-${i}`, quantity: 1, acceptPreorder: true };
			await stub.pin(purchase);
			await stub.commit(purchase);
		}
		await expectReconciled(sku);
		await emptyD1();
		expect(await rebuild(sku)).toEqual([100, 30]);
		await expectReconciled(sku);
		expect(await preordersOf(sku)).toHaveLength(130);
	});

	it("responds with 404 for a SKU that was never defined", async () => {
		expectProblem(await asMerchant("POST", "/products/nobody-sells-this/rebuild"), 404, "unknown-sku");
	});
});
