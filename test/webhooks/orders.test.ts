/** What a merchant's servers are told of orders, checkouts, pre-orders, disputes and the books. */

import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { webhookViews } from "../../src/http/webhook-views.ts";
import { announce } from "../../src/operations/announce.ts";
import type { RecordMessage } from "../../src/orders/messages.ts";
import { sandboxObject } from "../../src/payments/sandbox/provider.ts";
import type { SkuObject } from "../../src/stock/sku.ts";
import { eventually } from "../support/clock.ts";
import { asMerchant, newProduct, restock } from "../support/merchant.ts";
import { recordedOrder } from "../support/orders.ts";
import { untilIdle } from "../support/provider.ts";
import { deliveriesOf, Receiver } from "../support/receiver.ts";
import { newPurchase, newShopper } from "../support/shopper.ts";

afterEach(() => void vi.restoreAllMocks());

const told = (receiver: Receiver, ...types: string[]) =>
	eventually(async () => expect(receiver.taken.map(({ type }) => type).sort()).toEqual(types.sort()));

describe("an order", () => {
	it("is told once it is paid, as the API shows it, with its checkout", async () => {
		const receiver = new Receiver();
		const { id } = await receiver.endpoint(["order.created", "order.updated", "checkout.completed"]);
		const sku = await newProduct({ units: 3 });
		receiver.about = sku;
		const { orderId, checkoutId, shopper } = await newPurchase({ sku, quantity: 2 });
		await told(receiver, "order.created", "checkout.completed");
		const [order] = receiver.of("order.created");
		const { body } = await asMerchant<object>("GET", `/orders/${orderId}`);
		expect(order?.data).toEqual({ ...body, version: order?.data.version, truncated: false });
		const [checkout] = receiver.of("checkout.completed");
		expect(checkout?.data).toMatchObject({ id: checkoutId, orderId, shopperId: shopper.id, status: "completed" });
		expect(JSON.stringify(receiver.all)).not.toMatch(/clientSecret|_secret|"url"/);
		await eventually(async () => {
			const delivered = await deliveriesOf(id, "&status=delivered");
			const its = delivered.filter(({ subject }) => subject === orderId || subject === checkoutId);
			expect(its).toMatchObject([{ attempts: 1 }, { attempts: 1 }]);
		});
	});

	it("is told again when it has changed, with a higher version", async () => {
		const receiver = new Receiver();
		await receiver.endpoint(["order.created", "order.updated"]);
		const sku = await newProduct({ units: 3 });
		receiver.about = sku;
		const { orderId } = await newPurchase({ sku, quantity: 2 });
		await told(receiver, "order.created");
		const json = { lines: [{ sku, quantity: 1 }], restock: true, reason: "damaged" };
		await asMerchant("POST", `/orders/${orderId}/refund`, { json });
		await eventually(async () =>
			expect(receiver.of("order.updated").at(-1)?.data).toMatchObject({
				...{ id: orderId, status: "partially_refunded" },
				lines: [{ refunded: 1, returned: 1 }],
			}),
		);
		const versions = receiver.taken.map(({ data }) => data.version);
		expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
		expect(receiver.of("order.created")).toHaveLength(1);
	});

	it("is not acknowledged before its endpoint has taken it, and so is told again", async () => {
		vi.spyOn(console, "error").mockImplementation(() => {});
		const receiver = new Receiver();
		await receiver.endpoint(["order.created"]);
		const unreachable = vi.spyOn(env.WEBHOOKS, "getByName").mockImplementation(() => {
			throw new Error("the object is not reached");
		});
		const sku = await newProduct({ units: 1 });
		receiver.about = sku;
		const { orderId, checkoutId } = await newPurchase({ sku, quantity: 1 });
		await recordedOrder(orderId);
		await eventually(async () => expect(unreachable).toHaveBeenCalled());
		unreachable.mockRestore();
		const checkout = env.CHECKOUT.getByName(checkoutId);
		expect(await checkout.read()).toMatchObject({ recordedVersion: 0 });
		// As its alarm does after a while.
		await checkout.recordAgain();
		await told(receiver, "order.created");
		await eventually(async () => expect((await checkout.read())?.toldVersion).toBeGreaterThan(0));
	});

	it("is not told anew when D1 had lost it", async () => {
		const receiver = new Receiver();
		const { id } = await receiver.endpoint(["order.created", "order.updated", "preorder.created"]);
		const sku = await newProduct({ units: 1, policy: { preorder: { capacity: 5, termsVersion: "v1" } } });
		receiver.about = sku;
		const { orderId } = await newPurchase({ sku, quantity: 1 });
		const shopper = await newShopper();
		await shopper.buy([{ sku, quantity: 1 }], { acceptPreorder: true });
		await told(receiver, "order.created", "order.created", "preorder.created");
		// Acknowledged, so that what comes is the rebuild's.
		await eventually(async () => {
			const checkout = await env.CHECKOUT.getByName(orderId.replace("or_", "co_")).read();
			expect(checkout?.toldVersion).toBe(checkout?.version);
			expect(await unrecordedPreorders(sku)).toBe(0);
		});
		// A week later the endpoint does not remember what it has delivered.
		await runInDurableObject(env.WEBHOOKS.getByName(id), (_object, { storage }) => {
			storage.sql.exec("DELETE FROM deliveries");
		});
		await env.DB.prepare("DELETE FROM orders WHERE id = ?").bind(orderId).run();
		await asMerchant("POST", `/products/${sku}/rebuild`, { json: {} });
		await recordedOrder(orderId);
		await eventually(async () => expect(await unrecordedPreorders(sku)).toBe(0));
		expect(receiver.all).toHaveLength(3);
	});

	it("of earlier code is told as an update when it changes, and not as new", async () => {
		const sku = await newProduct({ units: 3 });
		const { orderId, checkoutId } = await newPurchase({ sku, quantity: 2 });
		await recordedOrder(orderId);
		const stub = env.CHECKOUT.getByName(checkoutId);
		await eventually(async () => expect((await stub.read())?.toldVersion).toBeGreaterThan(0));
		// As the version before has stored it.
		await runInDurableObject(stub, (_object, { storage }) => {
			storage.sql.exec("UPDATE checkout SET json = json_remove(json, '$.toldVersion')");
		});
		const { evictDurableObject } = await import("cloudflare:test");
		await evictDurableObject(stub);
		const receiver = new Receiver();
		await receiver.endpoint();
		await asMerchant("POST", `/orders/${orderId}/refund`, { json: { restock: false, reason: "kind" } });
		await eventually(async () => expect(receiver.of("order.updated").at(-1)?.data["status"]).toBe("refunded"));
		expect(receiver.of("order.created")).toEqual([]);
	});
});

const unrecordedPreorders = (sku: string): Promise<number> =>
	runInDurableObject(env.SKU.getByName(sku), (_object: SkuObject, { storage }) => {
		const query = "SELECT COUNT(*) AS n FROM preorders WHERE recordedVersion < version";
		return storage.sql.exec<{ n: number }>(query).one().n;
	});

describe("a checkout that ends without a sale", () => {
	it("is told when it was cancelled, and not when it was refused", async () => {
		const receiver = new Receiver();
		await receiver.endpoint(["checkout.ended"]);
		const sku = await newProduct({ units: 1, policy: { waitlistLimit: 0 } });
		receiver.about = sku;
		const [ada, bob] = [await newShopper(), await newShopper()];
		const { id } = await ada.checkout([{ sku, quantity: 1 }]);
		expect((await bob.open([{ sku, quantity: 1 }])).status).toBe(409);
		await ada.cancel(id);
		await told(receiver, "checkout.ended");
		expect(receiver.all).toMatchObject([{ data: { id, status: "cancelled", endReason: "cancelled", orderId: null } }]);
		// It is told until that is acknowledged, and then no more.
		await eventually(async () => {
			const checkout = await env.CHECKOUT.getByName(id).read();
			expect(checkout?.toldVersion).toBe(checkout?.version);
		});
	});

	it("is listed in D1 and told to nobody when nobody listens", async () => {
		await asMerchant("GET", "/webhooks");
		const sku = await newProduct({ units: 1 });
		const ada = await newShopper();
		// The first one may not know yet that nobody listens.
		await ada.cancel((await ada.checkout([{ sku, quantity: 1 }])).id);
		const send = vi.spyOn(env.ORDERS, "send");
		const { id } = await ada.checkout([{ sku, quantity: 1 }]);
		await ada.cancel(id);
		await untilIdle(id);
		const messages = send.mock.calls.map(([message]) => message as RecordMessage);
		const ended = messages.filter(({ kind }) => kind === "ended-checkout");
		expect(ended).toMatchObject([{ checkoutId: id, shopperId: ada.id, isUnheard: true }]);
		expect(await env.CHECKOUT.getByName(id).read()).not.toHaveProperty("isHeard");
		const receiver = new Receiver();
		const endpoint = await receiver.endpoint(["checkout.ended"]);
		const told = { kind: "ended-checkout" as const, checkoutId: id, version: 9e9, shopperId: ada.id, endedAtMs: 1 };
		expect(await announce(env, [{ ...told, isUnheard: true }], webhookViews)).toHaveLength(1);
		expect(await deliveriesOf(endpoint.id)).toEqual([]);
		await announce(env, [told], webhookViews);
		expect(await deliveriesOf(endpoint.id)).toMatchObject([{ type: "checkout.ended", subject: id }]);
	});
});

it("tells of a pre-order when it is paid, and when its units come", async () => {
	const receiver = new Receiver();
	await receiver.endpoint(["preorder.created", "preorder.filled"]);
	const sku = await newProduct({ policy: { preorder: { capacity: 5, termsVersion: "v1" } } });
	receiver.about = sku;
	const shopper = await newShopper();
	const { orderId } = await shopper.buy([{ sku, quantity: 2 }], { acceptPreorder: true });
	await told(receiver, "preorder.created");
	await restock(sku, 2);
	await told(receiver, "preorder.created", "preorder.filled");
	expect(receiver.of("preorder.filled")).toMatchObject([{ data: { sku, orderId, quantity: 2, status: "filled" } }]);
});

it("tells of a dispute", async () => {
	const receiver = new Receiver();
	await receiver.endpoint(["dispute.opened"]);
	const sku = await newProduct({ units: 1 });
	const { orderId, checkoutId, paymentId } = await newPurchase({ sku, quantity: 1 });
	await sandboxObject(env).incident(paymentId, { kind: "dispute-opened" });
	await sandboxObject(env).settled(paymentId);
	await told(receiver, "dispute.opened");
	expect(receiver.all).toMatchObject([{ data: { checkoutId, orderId } }]);
});

it("tells of a SKU whose books do not balance, once an hour, and shows nothing else in doubt", async () => {
	vi.spyOn(console, "warn").mockImplementation(() => {});
	const receiver = new Receiver();
	await receiver.endpoint(["books.unbalanced"]);
	const sku = await newProduct({ units: 5 });
	receiver.about = sku;
	await runInDurableObject(env.SKU.getByName(sku), (_object: SkuObject, { storage }) => {
		storage.sql.exec("UPDATE journal_pages SET received = received + 1");
	});
	for (let sweeps = 0; sweeps < 3; sweeps++) await asMerchant("POST", "/sweep", { json: {} });
	await told(receiver, "books.unbalanced");
	expect(receiver.all).toMatchObject([{ data: { sku, received: 5, available: 5 } }]);
});

it("tells each endpoint what it listens to, and no other", async () => {
	const [orders, everything, stock] = [new Receiver(), new Receiver(), new Receiver()];
	await orders.endpoint(["order.created"]);
	await everything.endpoint();
	await stock.endpoint(["stock.changed"]);
	const sku = await newProduct({ units: 3 });
	await newPurchase({ sku, quantity: 2 });
	await told(orders, "order.created");
	await eventually(async () => {
		expect(everything.of("order.created")).toHaveLength(1);
		expect(everything.of("stock.changed").at(-1)?.data).toMatchObject({ sku, sold: 2 });
		expect(stock.of("stock.changed").at(-1)?.data).toMatchObject({ sku, sold: 2 });
	});
	expect(new Set(stock.taken.map(({ type }) => type))).toEqual(new Set(["stock.changed"]));
});
