/** `POST /admin/v1/shoppers/{id}/erase`, and by an e-mail address: what is forgotten, what stays, and that it can be paid back. */
import { createMessageBatch, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { z } from "@hono/zod-openapi";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { EraseResponse } from "../../src/http/shapes/erase.ts";
import { ERASE_PAGE } from "../../src/limits.ts";
import type { RecordMessage } from "../../src/orders/messages.ts";
import { findOrder } from "../../src/orders/order-store.ts";
import worker from "../../src/worker.ts";
import { eventually } from "../support/clock.ts";
import { ADMIN, callWith, expectProblem } from "../support/http.ts";
import { asMerchant, newProduct, opened, recordedPreorders, refund, restock, stockOf } from "../support/merchant.ts";
import { recordedOrder, storedOrder, storeOrders } from "../support/orders.ts";
import { untilIdle } from "../support/provider.ts";
import { deliveriesOf, Receiver } from "../support/receiver.ts";
import { newShopper, type Shopper } from "../support/shopper.ts";

afterEach(() => void vi.restoreAllMocks());

type Erasure = z.infer<typeof EraseResponse>;
const NOTHING: Erasure = {
	...{ orders: [], checkouts: [], kept: [], payingFor: [], mayFollow: false, unreachable: [], nextCursor: null },
};
/** By an address there may be something that D1 does not have yet. */
const NOTHING_BY_EMAIL: Erasure = { ...NOTHING, mayFollow: true };

async function erase(shopperId: string, cursor = ""): Promise<Erasure> {
	const { status, body } = await asMerchant<Erasure>("POST", `/shoppers/${shopperId}/erase?cursor=${cursor}`, {
		json: {},
	});
	expect(status, JSON.stringify(body)).toBe(200);
	return body;
}

async function eraseEmail(email: string): Promise<Erasure> {
	const { status, body } = await asMerchant<Erasure>("POST", "/shoppers/erase", { json: { email } });
	expect(status, JSON.stringify(body)).toBe(200);
	return body;
}

const newEmail = () => `ada-${crypto.randomUUID()}@example.com`;
const SHIP_TO = { name: "Ada Lovelace", line1: "12 St James's Square", city: "London", country: "GB" };
const METADATA = { gift: "For Byron" };
/** All that is Ada's, wherever it stands. */
const ADAS = /ada-[0-9a-f-]+@|Lovelace|St James|Byron/;

/** Ada's order of some units, with everything that a checkout may have of her, recorded in D1. */
async function ordered(ada: Shopper, units = 2, email = newEmail()) {
	const sku = await newProduct({ units });
	const options = { email, shipTo: SHIP_TO, metadata: METADATA };
	const { id, orderId } = await ada.buy([{ sku, quantity: units }], options);
	await recordedOrder(orderId);
	return { sku, id, orderId, email };
}

/** A checkout of Ada's that she called off, in D1's list. */
async function calledOff(ada: Shopper, email = newEmail()): Promise<string> {
	const sku = await newProduct({ units: 1 });
	const { id } = await ada.checkout([{ sku, quantity: 1 }], { email });
	await ada.cancel(id);
	await eventually(async () => {
		const c = await env.CHECKOUT.getByName(id).read();
		expect(c?.toldVersion).toBe(c?.version);
	});
	return id;
}

/** Everything that a checkout's object has stored, as text. */
const storedBy = (id: string): Promise<string> =>
	runInDurableObject(env.CHECKOUT.getByName(id), (_object, { storage: { sql } }) => {
		const tables = sql.exec<{ name: string }>("SELECT name FROM sqlite_master WHERE name IN ('checkout', 'events')");
		return JSON.stringify(tables.toArray().map(({ name }) => sql.exec(`SELECT * FROM ${name}`).toArray()));
	});

describe("erasing a shopper", () => {
	it("takes the address out of their orders, in the object and in D1, and empties what they did not buy", async () => {
		const ada = await newShopper();
		const { sku, id, orderId, email } = await ordered(ada);
		const off = await calledOff(ada);
		await asMerchant("PATCH", `/orders/${orderId}`, { json: { metadata: { note: "Lovelace called" } } });
		expect(await storedBy(id)).toMatch(ADAS);
		expect(await erase(ada.id)).toEqual({ ...NOTHING, orders: [orderId], checkouts: [off] });

		expect(await storedBy(id)).not.toMatch(ADAS);
		expect(await storedBy(off)).toBe("[]");
		const inD1 = await findOrder(env.DB, orderId);
		expect(inD1).toMatchObject({ email: "", shipTo: null, metadata: {}, totalMinor: 2 * 1999, shopperId: ada.id });
		const { body } = await ada.order(orderId);
		expect(body).toMatchObject({ email: null, shipTo: null, status: "paid", lines: [{ sku, quantity: 2 }] });
		expectProblem(await ada.read(off), 404, "unknown-checkout");
		const byEmail = await asMerchant<{ orders: [] }>("GET", `/orders?email=${encodeURIComponent(email)}`);
		expect(byEmail.body.orders).toEqual([]);
		expect(await stockOf(sku)).toMatchObject({ sold: 2 });
	});

	it("notes in the order's history who asked for it, and nothing of the shopper", async () => {
		const ada = await newShopper();
		const { id, orderId } = await ordered(ada);
		await asMerchant("POST", `/orders/${orderId}/refund`, { json: { restock: false, reason: "Lovelace asked" } });
		await erase(ada.id);
		const { body } = await asMerchant<{ events: { kind: string; detail: object }[] }>("GET", `/checkouts/${id}`);
		expect(body.events.filter(({ kind }) => kind === "erased")).toMatchObject([{ detail: { actor: "admin" } }]);
		expect(JSON.stringify(body)).not.toMatch(ADAS);
	});

	it("is undone by no older message of the queue, and by no record that is sent again", async () => {
		const ada = await newShopper();
		const { id, orderId } = await ordered(ada);
		const before = await findOrder(env.DB, orderId);
		await erase(ada.id);
		const body: RecordMessage = { kind: "order", order: before as never, toldVersion: 9e9 };
		const batch = createMessageBatch<RecordMessage>("holdfast-orders", [
			{ id: "late", timestamp: new Date(), attempts: 1, body },
		]);
		await worker.queue(batch, env);
		expect(await findOrder(env.DB, orderId)).toMatchObject({ email: "" });
		await env.DB.batch(
			["order_lines WHERE order_id", "orders WHERE id"].map((from) =>
				env.DB.prepare(`DELETE FROM ${from} = ?`).bind(orderId),
			),
		);
		await env.CHECKOUT.getByName(id).recordAgain();
		expect(await recordedOrder(orderId)).toMatchObject({ email: "", shipTo: null, metadata: {} });
	});

	it("may be repeated, and finds nothing more to forget", async () => {
		const ada = await newShopper();
		const { id, orderId } = await ordered(ada);
		await erase(ada.id);
		const once = await storedBy(id);
		const { version } = (await findOrder(env.DB, orderId)) ?? {};
		expect(await erase(ada.id)).toEqual({ ...NOTHING, orders: [orderId] });
		await untilIdle(id);
		const events = (text: string) => text.match(/"kind":"erased"/g)?.length;
		expect(events(await storedBy(id))).toBe(events(once));
		expect((await findOrder(env.DB, orderId))?.version).toBe(version);
	});

	it("does so of a shopper who has nothing", async () => {
		expect(await erase("customer-unknown")).toEqual(NOTHING);
	});
});

describe("an order whose shopper was erased", () => {
	it("can be refunded whole, with its units", async () => {
		const ada = await newShopper();
		const { sku, orderId } = await ordered(ada);
		await erase(ada.id);
		expect((await refund(orderId, { restock: true })).body).toMatchObject({
			status: "refunded",
			refunded: { amount: 2 * 1999 },
			email: null,
		});
		expect(await stockOf(sku)).toMatchObject({ available: 2, sold: 0 });
		await eventually(async () => expect(await recordedOrder(orderId)).toMatchObject({ status: "refunded", email: "" }));
	});

	it("can be refunded line by line, and then the rest", async () => {
		const ada = await newShopper();
		const { sku, orderId } = await ordered(ada);
		await erase(ada.id);
		const { body } = await refund(orderId, { lines: [{ sku, quantity: 1 }] });
		expect(body).toMatchObject({ status: "partially_refunded", refunded: { amount: 1999 } });
		expect((await refund(orderId)).body).toMatchObject({ status: "refunded", refunded: { amount: 2 * 1999 } });
	});

	it("can be refunded when the shop took the payment itself", async () => {
		const [ada, sku] = [await newShopper(), await newProduct({ units: 2 })];
		const { id, total } = await opened(ada.id, [{ sku, quantity: 2 }], { payment: "external", shipTo: SHIP_TO });
		const json = { reference: "psp-1", paidAt: new Date().toISOString(), amount: total };
		const paid = await asMerchant<{ checkout: { orderId: string } }>("POST", `/checkouts/${id}/paid`, { json });
		const { orderId } = paid.body.checkout;
		await recordedOrder(orderId);
		expect(await erase(ada.id)).toMatchObject({ orders: [orderId] });
		expect((await refund(orderId, { lines: [{ sku, quantity: 1 }], restock: true })).body).toMatchObject({
			...{ status: "partially_refunded", refundedBy: "shop", payment: { id: "psp-1" }, email: null },
		});
		expect((await refund(orderId, { restock: true })).body).toMatchObject({ status: "refunded" });
		expect(await stockOf(sku)).toMatchObject({ available: 2, sold: 0 });
	});

	it("takes metadata of the merchant's again", async () => {
		const ada = await newShopper();
		const { orderId } = await ordered(ada);
		await erase(ada.id);
		const { body } = await asMerchant("PATCH", `/orders/${orderId}`, { json: { metadata: { invoice: "2026-7" } } });
		expect(body).toMatchObject({ metadata: { invoice: "2026-7" }, email: null });
	});
});

describe("what is still needed", () => {
	it("is kept and named: a pre-order that is owed, until it is filled", async () => {
		const sku = await newProduct({ policy: { preorder: { capacity: 5, termsVersion: "v1" } } });
		const ada = await newShopper();
		const { id, orderId } = await ada.buy([{ sku, quantity: 1 }], { acceptPreorder: true });
		await recordedOrder(orderId);
		const kept = [{ checkoutId: id, orderId, reason: "preorder-owed" }];
		expect(await erase(ada.id)).toEqual({ ...NOTHING, kept, mayFollow: true });
		expect((await ada.order(orderId)).body.email).toBe("ada@example.com");
		await restock(sku, 1);
		await recordedPreorders(sku, "filled");
		await eventually(async () => expect(await erase(ada.id)).toEqual({ ...NOTHING, orders: [orderId] }));
	});

	it("is kept and named: a checkout that may yet be paid, which names the SKU, and is erased once it has ended", async () => {
		const sku = await newProduct({ units: 1 });
		const ada = await newShopper();
		const { id } = await ada.checkout([{ sku, quantity: 1 }]);
		const kept = [{ checkoutId: id, orderId: null, reason: "under-way" }];
		expect(await erase(ada.id)).toEqual({ ...NOTHING, payingFor: [sku], kept, mayFollow: true });
		expect((await ada.read(id)).body).toMatchObject({ status: "awaiting_payment", email: "ada@example.com" });
		expect(await env.CHECKOUT.getByName(id).erase(null, "admin")).toMatchObject({
			...{ kind: "still-needed", reason: "under-way" },
		});
		await ada.cancel(id);
		await eventually(async () => expect(await erase(ada.id)).toEqual({ ...NOTHING, checkouts: [id] }));
	});

	it("is kept and named when its object does not answer", async () => {
		vi.spyOn(console, "warn").mockImplementation(() => {});
		const ada = await newShopper();
		const { id, orderId } = await ordered(ada);
		const deaf = {
			getByName: () => {
				throw new Error("it hangs");
			},
		};
		const options = { token: ADMIN, json: {} };
		const path = `/admin/v1/shoppers/${ada.id}/erase`;
		const { body } = await callWith<Erasure>({ CHECKOUT: deaf }, "POST", path, options);
		expect(body).toEqual({ ...NOTHING, unreachable: [id], mayFollow: true });
		expect((await findOrder(env.DB, orderId))?.email).not.toBe("");
	});
});

describe("erasing by an e-mail address", () => {
	it("finds it in the orders of several shoppers, and leaves the orders that have another", async () => {
		const email = newEmail();
		const [ada, home, other] = [await newShopper(), await newShopper(), newEmail()];
		const first = await ordered(ada, 1, email);
		const second = await ordered(home, 1, email);
		const elses = await ordered(ada, 1, other);
		const off = await calledOff(ada, email);
		const elsesOff = await calledOff(ada, other);
		const erased = await eraseEmail(email);
		expect(erased).toEqual({
			...{ ...NOTHING_BY_EMAIL, checkouts: [off] },
			orders: expect.arrayContaining([first.orderId, second.orderId]),
		});
		expect(erased.orders).toHaveLength(2);
		expect((await ada.order(elses.orderId)).body).toMatchObject({ email: other, shipTo: SHIP_TO });
		expect((await ada.read(elsesOff)).body.email).toBe(other);
		expect(await eraseEmail(email)).toEqual(NOTHING_BY_EMAIL);
	});

	it("finds it in whatever case it was written, and keeps the order's own", async () => {
		const [ada, email] = [await newShopper(), newEmail()];
		const { orderId } = await ordered(ada, 1, email.replace("ada", "Ada").replace("example.com", "Example.COM"));
		const off = await calledOff(ada, email);
		const path = `/orders?email=${encodeURIComponent(email.toUpperCase())}`;
		const { body } = await asMerchant<{ orders: { id: string; email: string }[] }>("GET", path);
		expect(body.orders).toMatchObject([{ id: orderId, email: expect.stringMatching(/^Ada-.*@Example\.COM$/) }]);
		expect(await eraseEmail(email)).toEqual({ ...NOTHING_BY_EMAIL, orders: [orderId], checkouts: [off] });
		expect(await findOrder(env.DB, orderId)).toMatchObject({ email: "" });
	});

	it("refuses what is no address, and a cursor of another list", async () => {
		expectProblem(await asMerchant("POST", "/shoppers/erase", { json: { email: "ada" } }), 400, "invalid-request");
		for (const cursor of ["1", "co_1", "9.co_1", "a~b~c", "sku~", "sku~a~b"])
			expectProblem(
				await asMerchant("POST", `/shoppers/x/erase?cursor=${cursor}`, { json: {} }),
				400,
				"invalid-request",
			);
		expectProblem(await asMerchant("POST", "/shoppers/a%20b/erase", { json: {} }), 400, "invalid-request");
	});
});

describe("a shopper with much", () => {
	it("is erased a page at a time, ended checkouts before orders, each once", async () => {
		const shopperId = `customer-${crypto.randomUUID()}`;
		// Their objects are lost, and D1 alone has them.
		const many = Array.from({ length: ERASE_PAGE + 3 }, (_, minute) => storedOrder(minute, "mug", { shopperId }));
		await storeOrders(...many);
		const endedIds = Array.from({ length: ERASE_PAGE }, (_, i) => `co_${String(i).padStart(32, "e")}`);
		await env.DB.batch(
			endedIds.map((id) => env.DB.prepare("INSERT INTO ended_checkouts VALUES (?, 1, ?, ?)").bind(id, shopperId, 9e15)),
		);
		const pages: Erasure[] = [];
		for (let cursor: string | null = ""; cursor !== null; cursor = pages.at(-1)?.nextCursor ?? null)
			pages.push(await erase(shopperId, cursor));
		expect(pages.map(({ orders }) => orders.length)).toEqual([0, ERASE_PAGE, 3]);
		expect(pages.flatMap(({ orders }) => orders).sort()).toEqual(many.map(({ id }) => id).sort());
		const left = await env.DB.prepare("SELECT COUNT(*) AS n FROM orders WHERE shopper_id = ? AND email <> ''")
			.bind(shopperId)
			.first("n");
		expect(left).toBe(0);
	});
});

describe("webhooks", () => {
	it("tell of the erased order without the address, and forget it in what they have or still are to deliver", async () => {
		const receiver = new Receiver();
		const { id: endpointId } = await receiver.endpoint(["order.created", "order.updated", "checkout.completed"]);
		const ada = await newShopper();
		const { orderId, sku } = await ordered(ada);
		receiver.about = sku;
		await eventually(async () => expect(receiver.of("order.created")).toHaveLength(1));
		const bodies = () =>
			runInDurableObject(env.WEBHOOKS.getByName(endpointId), (_object, { storage: { sql } }) =>
				JSON.stringify(sql.exec("SELECT body FROM deliveries").toArray()),
			);
		expect(await bodies()).toMatch(ADAS);
		await asMerchant("PATCH", `/webhooks/${endpointId}`, { json: { paused: true } });
		await erase(ada.id);
		expect(await bodies()).not.toMatch(ADAS);
		await asMerchant("PATCH", `/webhooks/${endpointId}`, { json: { paused: false } });
		await eventually(async () => {
			const [updated] = receiver.of("order.updated");
			expect(updated?.data).toMatchObject({ id: orderId, email: null, shipTo: null, metadata: {} });
		});
		const deliveries = await deliveriesOf(endpointId);
		const created = deliveries.find(({ type, subject }) => type === "order.created" && subject === orderId);
		await asMerchant("POST", `/webhooks/${endpointId}/deliveries/${created?.id}/replay`, { json: {} });
		await eventually(async () => expect(receiver.of("order.created")).toHaveLength(2));
		expect(JSON.stringify(receiver.of("order.created").at(-1))).not.toMatch(ADAS);
	});
});

it("is the merchant's alone", async () => {
	const ada = await newShopper();
	for (const path of [`/admin/v1/shoppers/${ada.id}/erase`, "/admin/v1/shoppers/erase"]) {
		const { status } = await callWith({}, "POST", path, { token: ada.token, json: { email: "ada@example.com" } });
		expect(status).toBe(401);
	}
});
