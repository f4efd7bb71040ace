/** Orders for their shopper and for the merchant: one from its checkout, at once, and lists from D1. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { sandboxObject } from "../../src/payments/sandbox/provider.ts";
import { eventually } from "../support/clock.ts";
import { call, expectProblem } from "../support/http.ts";
import { asMerchant, newProduct, newSku } from "../support/merchant.ts";
import { recordedOrder, storedOrder, storeOrders } from "../support/orders.ts";
import { newPurchase, newShopper, type Order } from "../support/shopper.ts";

type AdminOrder = Order & { readonly shopperId: string };
type Page = { orders: AdminOrder[]; nextCursor: string | null };
const list = (query = "") => asMerchant<Page>("GET", `/orders${query}`);

describe("GET /v1/orders/{id}", () => {
	it("shows the order once it is paid, before D1 has it, and the same afterwards", async () => {
		const [a, b] = [
			await newProduct({ units: 5 }),
			await newProduct({ units: 5, price: { amount: 1, currency: "USD" } }),
		];
		const ada = await newShopper();
		const { orderId, id } = await ada.buy([
			{ sku: a, quantity: 2 },
			{ sku: b, quantity: 3 },
		]);
		const { status, body } = await ada.order(orderId);
		expect(status).toBe(200);
		expect(body).toMatchObject({
			id: orderId,
			checkoutId: id,
			status: "paid",
			email: "ada@example.com",
			total: { amount: 2 * 1999 + 3, currency: "USD" },
			refunded: { amount: 0, currency: "USD" },
			payment: { provider: "sandbox" },
		});
		expect(body.lines).toMatchObject(
			[
				{ sku: a, title: "Mug", quantity: 2, unitPrice: { amount: 1999, currency: "USD" }, fulfilment: "in_stock" },
				{ sku: b, quantity: 3, unitPrice: { amount: 1 } },
			].sort((x, y) => (x.sku < y.sku ? -1 : 1)),
		);
		await recordedOrder(orderId);
		expect(await ada.order(orderId)).toMatchObject({ status: 200, body });
		expect((await list(`?sku=${a}`)).body.orders).toMatchObject([{ ...body, shopperId: ada.id }]);
	});

	it("answers alike with 404 for another shopper's order, an unpaid one and an unknown one", async () => {
		const sku = await newProduct({ units: 5 });
		const [ada, bob] = [await newShopper(), await newShopper()];
		const { orderId } = await ada.buy([{ sku, quantity: 1 }]);
		const unpaid = await bob.checkout([{ sku, quantity: 1 }]);
		for (const id of [orderId, `or_${unpaid.id.slice(3)}`, `or_${"0".repeat(32)}`, unpaid.id, "nonsense", "or_%00"]) {
			expectProblem(await bob.order(id), 404, "unknown-order");
		}
	});

	it("shows shoppers none of the merchant's members", async () => {
		const sku = await newProduct({ units: 1 });
		const ada = await newShopper();
		const { orderId } = await ada.buy([{ sku, quantity: 1 }]);
		expect((await ada.order(orderId)).body).not.toHaveProperty("shopperId");
	});
});

describe("GET /v1/orders", () => {
	const own = (shopper: { readonly token: string }, query = "") => call<Page>("GET", `/v1/orders${query}`, shopper);

	it("lists the shopper's own orders, newest first, page by page, and nobody else's", async () => {
		const [ada, bob] = [await newShopper(), await newShopper()];
		const sku = newSku();
		const orders = [1, 2, 3].map((minute) => storedOrder(minute, sku, { shopperId: ada.id }));
		await storeOrders(...orders, storedOrder(4, sku, { shopperId: bob.id }));
		const [oldest, middle, newest] = orders.map(({ id }) => id);
		const first = await own(ada, "?limit=2");
		expect(first.body.orders.map(({ id }) => id)).toEqual([newest, middle]);
		const second = await own(ada, `?limit=2&cursor=${first.body.nextCursor}`);
		expect(second.body.orders.map(({ id }) => id)).toEqual([oldest]);
		expect(second.body.nextCursor).toBeNull();
		expect(first.body.orders[0]).not.toHaveProperty("shopperId");
	});

	it("lists nothing for a shopper who has bought nothing", async () => {
		expect((await own(await newShopper())).body).toEqual({ orders: [], nextCursor: null });
	});

	it("refuses a cursor that is not of this list, and a visitor without a token", async () => {
		expectProblem(await own(await newShopper(), "?cursor=1.nonsense"), 400, "invalid-request");
		expectProblem(await call("GET", "/v1/orders"), 401, "unauthorized");
	});
});

describe("a search of the merchant for orders", () => {
	it("finds them by e-mail, by shopper and by when they were paid, and by all of these together", async () => {
		const sku = newSku();
		const ada = storedOrder(1, sku, { shopperId: "s_ada", email: "Ada@example.com" });
		const bob = storedOrder(2, sku, { shopperId: "s_bob", email: "bob@example.com" });
		const later = storedOrder(90, sku, { shopperId: "s_bob", email: "bob@example.com" });
		await storeOrders(ada, bob, later);
		const found = async (query: string) => (await list(`?sku=${sku}&${query}`)).body.orders.map(({ id }) => id);
		const [from, to] = [bob, later].map(({ completedAtMs }) => new Date(completedAtMs).toISOString());
		expect(await found("email=bob%40example.com")).toEqual([later.id, bob.id]);
		expect(await found("shopperId=s_ada")).toEqual([ada.id]);
		expect(await found(`from=${from}&to=${to}`)).toEqual([bob.id]);
		expect(await found(`email=bob%40example.com&shopperId=s_bob&from=${to}`)).toEqual([later.id]);
		expect(await found("email=ada%40EXAMPLE.com")).toEqual([ada.id]);
		expect(await found("email=ad%40example.com")).toEqual([]);
	});

	it.each(["from=yesterday", "shopperId=%00", `email=${"a".repeat(255)}`, "email=ada", "email="])(
		"refuses %s",
		async (query) => {
			expectProblem(await list(`?${query}`), 400, "invalid-request");
		},
	);
});

describe("GET /admin/v1/orders/{id}", () => {
	it("shows the shopper of the order", async () => {
		const sku = await newProduct({ units: 1 });
		const ada = await newShopper();
		const { orderId } = await ada.buy([{ sku, quantity: 1 }]);
		const own = await ada.order(orderId);
		expect(await asMerchant("GET", `/orders/${orderId}`)).toMatchObject({
			status: 200,
			body: { ...own.body, shopperId: ada.id },
		});
	});

	it.each([`or_${"0".repeat(32)}`, "nonsense", "co_1", "%00"])("answers 404 for the id %s", async (id) => {
		expectProblem(await asMerchant("GET", `/orders/${id}`), 404, "unknown-order");
	});

	it("finds an order in D1 when its checkout no longer exists", async () => {
		const order = storedOrder(1, newSku());
		await storeOrders(order);
		expect(await asMerchant("GET", `/orders/${order.id}`)).toMatchObject({ status: 200, body: { id: order.id } });
	});
});

describe("GET /admin/v1/orders", () => {
	it("lists orders page by page, the newest first, and none twice though several have the same time", async () => {
		const sku = newSku();
		// Minutes 0 0 0 1 1 1 2 2 2 …
		const orders = Array.from({ length: 12 }, (_, i) => storedOrder(Math.floor(i / 3), sku));
		await storeOrders(...orders);
		const seen: AdminOrder[] = [];
		let cursor: string | null = "";
		let pages = 0;
		while (cursor !== null) {
			const { status, body }: { status: number; body: Page } = await list(`?sku=${sku}&limit=5&cursor=${cursor}`);
			expect(status).toBe(200);
			expect(body.orders.length).toBeLessThanOrEqual(5);
			seen.push(...body.orders);
			cursor = body.nextCursor;
			pages++;
		}
		expect(pages).toBe(3);
		expect(new Set(seen.map(({ id }) => id))).toEqual(new Set(orders.map(({ id }) => id)));
		expect(seen).toHaveLength(12);
		const times = seen.map(({ completedAt }) => completedAt);
		expect(times).toEqual([...times].sort().reverse());
	});

	it("lists an order as refunded that was given back at the provider by hand", async () => {
		const sku = await newProduct({ units: 1 });
		const { orderId, paymentId } = await newPurchase({ sku, quantity: 1 });
		await sandboxObject(env).refund(paymentId, 1999, "by hand");
		await eventually(async () => {
			const { body } = await list(`?sku=${sku}&status=refunded`);
			expect(body.orders.map(({ id }) => id)).toEqual([orderId]);
		});
		expect((await list(`?sku=${sku}&status=paid`)).body.orders).toEqual([]);
	});

	it("lists orders of one SKU, and of one status", async () => {
		const [sku, other] = [newSku(), newSku()];
		const [paid, refunded] = [storedOrder(1, sku), storedOrder(2, sku, { status: "refunded", refundedMinor: 100 })];
		const disputed = storedOrder(0, sku, { status: "disputed", unsettled: "disputed" });
		await storeOrders(paid, refunded, disputed, storedOrder(3, other));
		const ids = async (query: string) => (await list(query)).body.orders.map(({ id }) => id);
		expect(await ids(`?sku=${sku}`)).toEqual([refunded.id, paid.id, disputed.id]);
		expect(await ids(`?sku=${sku}&status=disputed`)).toEqual([disputed.id]);
		expect(await ids(`?sku=${sku}&status=paid`)).toEqual([paid.id]);
		expect(await ids(`?sku=${sku}&status=refunded`)).toEqual([refunded.id]);
		expect(await ids(`?sku=${newSku()}`)).toEqual([]);
	});

	it.each([
		"?status=sold",
		"?limit=0",
		"?limit=201",
		"?limit=x",
		"?sku=%2F",
		"?cursor=nonsense",
		"?cursor=1.2",
		"?cursor=-1.or_0",
		`?cursor=${"9".repeat(16)}.or_${"0".repeat(32)}`,
		`?cursor=1.or_${"0".repeat(32)}'--`,
	])("answers 400 for %s", async (query) => {
		expectProblem(await asMerchant("GET", `/orders${query}`), 400, "invalid-request");
	});
});

describe("GET /admin/v1/reconciliation", () => {
	interface Report {
		balanced: boolean;
		difference: number;
		skus: { sku: string; received: number; sold: number; soldInD1: number; difference: number; balanced: boolean }[];
		nextCursor: string | null;
	}
	const reconcile = (query = "") => asMerchant<Report>("GET", `/reconciliation${query}`);
	const rowOf = async (sku: string) =>
		(await reconcile(`?limit=50&cursor=${sku.slice(0, -1)}`)).body.skus.find((row) => row.sku === sku);

	it("balances, and shows no difference once D1 has the orders", async () => {
		const sku = await newProduct({ units: 10 });
		const ada = await newShopper();
		const { orderId } = await ada.buy([{ sku, quantity: 3 }]);
		await ada.reserve(sku, 2);
		await asMerchant("POST", `/products/${sku}/adjust`, { json: { delta: -1, reason: "broken" } });
		await recordedOrder(orderId);
		expect(await rowOf(sku)).toMatchObject({
			sku,
			received: 10,
			adjusted: -1,
			available: 4,
			held: 2,
			sold: 3,
			soldInD1: 3,
			difference: 0,
			balanced: true,
		});
	});

	it("shows a difference in either direction", async () => {
		await env.DB.exec("DELETE FROM products");
		const [lost, invented] = [await newProduct({ units: 5 }), await newProduct({ units: 5 })];
		const { orderId } = await (await newShopper()).buy([{ sku: lost, quantity: 2 }]);
		await recordedOrder(orderId);
		await env.DB.prepare("DELETE FROM order_lines WHERE order_id = ?").bind(orderId).run();
		await storeOrders(storedOrder(1, invented));
		const { body } = await reconcile();
		expect(body).toMatchObject({ balanced: true, difference: 3 });
		const bySku = new Map(body.skus.map((row) => [row.sku, row.difference]));
		expect([bySku.get(lost), bySku.get(invented)]).toEqual([2, 1]);
	});

	it("covers the whole catalogue page by page", async () => {
		await env.DB.exec("DELETE FROM products");
		const skus = await Promise.all(Array.from({ length: 7 }, () => newProduct({ units: 1 })));
		const seen: string[] = [];
		let cursor: string | null = "";
		while (cursor !== null) {
			const { body }: { body: Report } = await reconcile(`?limit=3&cursor=${cursor}`);
			seen.push(...body.skus.map(({ sku }) => sku));
			cursor = body.nextCursor;
		}
		expect(seen).toEqual(skus.sort());
	});
});
