/** Erasing a shopper is true at once: whatever the shop's size, whoever counts, and before D1 lists what happened. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { z } from "@hono/zod-openapi";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { EraseResponse } from "../../../src/http/shapes/erase.ts";
import { ERASE_PAGE, MAX_SKUS_HELD } from "../../../src/limits.ts";
import { findOrder } from "../../../src/orders/order-store.ts";
import type { SkuObject } from "../../../src/stock/sku.ts";
import { useStoppedClock } from "../../support/clock.ts";
import { ADMIN, callWith } from "../../support/http.ts";
import { useMailTrap } from "../../support/mails.ts";
import { asMerchant, newProduct } from "../../support/merchant.ts";
import { newShopper, type Shopper } from "../../support/shopper.ts";

useStoppedClock();
const mails = useMailTrap();
afterEach(() => void vi.restoreAllMocks());

type Erasure = z.infer<typeof EraseResponse>;
const NOTHING = { orders: [], checkouts: [], kept: [], payingFor: [], mayFollow: false, unreachable: [] };

/** Every page, as one answer. */
async function erased(path: string, json: object): Promise<Omit<Erasure, "nextCursor">> {
	const pages: Erasure[] = [];
	for (let cursor: string | null = ""; cursor !== null; cursor = pages.at(-1)?.nextCursor ?? null) {
		const { status, body } = await asMerchant<Erasure>("POST", `${path}?cursor=${cursor}`, { json });
		expect(status, JSON.stringify(body)).toBe(200);
		pages.push(body);
	}
	const all = <Name extends keyof Erasure>(name: Name) => pages.flatMap((page) => page[name] as never[]);
	return {
		...{ orders: all("orders"), checkouts: all("checkouts"), kept: all("kept"), payingFor: all("payingFor") },
		...{ mayFollow: pages.some(({ mayFollow }) => mayFollow), unreachable: all("unreachable") },
	};
}
const erase = (shopper: Shopper) => erased(`/shoppers/${shopper.id}/erase`, {});
const eraseEmail = (email: string) => erased("/shoppers/erase", { email });

/** Nobody counts what shoppers hold then, as in a small shop. */
async function uncounted<T>(ada: Shopper, method: string, path: string, json: object) {
	const key = crypto.randomUUID();
	const { status, body } = await callWith<T>({ RATE_LIMITS: "off" }, method, path, { token: ada.token, key, json });
	expect(status, JSON.stringify(body)).toBeLessThan(300);
	expect(await env.HOLDINGS.getByName(ada.id).skus()).toEqual([]);
	return body;
}

const addressOf = (shopper: Shopper): string => `${shopper.id.slice(-12)}@example.com`;
const waitAway = (shopper: Shopper, sku: string, email = addressOf(shopper)) =>
	uncounted(shopper, "PUT", `/v1/reservations/${sku}`, { quantity: 1, wait: true, notify: { email } });

const addressesIn = (sku: string) =>
	runInDurableObject(env.SKU.getByName(sku), (_object: SkuObject, { storage }) =>
		storage.sql.exec<{ shopperId: string }>("SELECT shopperId FROM addresses").toArray(),
	);

/** One unit, held by somebody else. */
async function heldOut(): Promise<{ sku: string; holder: Shopper }> {
	const [sku, holder] = [await newProduct({ units: 1, policy: { waitlistLimit: 9 } }), await newShopper()];
	await holder.reserve(sku, 1);
	return { sku, holder };
}

describe("in a shop of more SKUs than are ever noted of a shopper", () => {
	// By name they come before those of the tests, and so those are on a later page.
	beforeAll(async () => {
		const fillers = Array.from({ length: ERASE_PAGE + MAX_SKUS_HELD }, (_, i) => `filler-${i}`);
		const insert = `INSERT INTO products SELECT value, 1, json_set(products.json, '$.sku', value)
			FROM json_each(?) CROSS JOIN products WHERE sku = ?`;
		await env.DB.prepare(insert)
			.bind(JSON.stringify(fillers), await newProduct())
			.run();
	});

	it("forgets the address of who waits, and sends no mail, though nobody noted the SKU", async () => {
		const { sku, holder } = await heldOut();
		const [ada, bob] = [await newShopper(), await newShopper()];
		await waitAway(ada, sku);
		await waitAway(bob, sku);
		expect(await erase(ada)).toEqual(NOTHING);
		expect(await addressesIn(sku)).toEqual([{ shopperId: bob.id }]);
		await holder.release(sku);
		expect((await ada.reservation(sku)).body.status).toBe("held");
		expect(mails.queued).toEqual([]);
	});

	it("forgets an address of who waits by the address, in any case, and keeps the place on the waitlist", async () => {
		const { sku } = await heldOut();
		const [ada, bob] = [await newShopper(), await newShopper()];
		await waitAway(ada, sku, "Ada@Example.COM");
		await waitAway(bob, sku);
		expect(await eraseEmail("ada@example.com")).toEqual({ ...NOTHING, mayFollow: true });
		expect(await addressesIn(sku)).toEqual([{ shopperId: bob.id }]);
		const { body } = await ada.reservation(sku);
		expect(body).toMatchObject({ status: "waiting", position: 1 });
		expect(body).not.toHaveProperty("notify");
	});

	it("names what the shopper pays for, though nobody noted the SKU: a unit, and a pre-order", async () => {
		const stocked = await newProduct({ units: 1 });
		const ahead = await newProduct({ policy: { preorder: { capacity: 5, termsVersion: "v1" } } });
		const ada = await newShopper();
		const open = async (sku: string) => {
			const cart = { lines: [{ sku, quantity: 1 }], email: "ada@example.com", acceptPreorder: true };
			return (await uncounted<{ id: string }>(ada, "POST", "/v1/checkouts", cart)).id;
		};
		const ids = [await open(stocked), await open(ahead)];
		const { payingFor, kept, mayFollow } = await erase(ada);
		expect(new Set(payingFor)).toEqual(new Set([stocked, ahead]));
		expect(kept).toHaveLength(2);
		for (const checkoutId of ids) expect(kept).toContainEqual({ checkoutId, orderId: null, reason: "under-way" });
		expect(mayFollow).toBe(true);
	});

	it("looks where the shopper's object has noted a SKU too, which D1 may not know to be open", async () => {
		const { sku } = await heldOut();
		const ada = await newShopper();
		await waitAway(ada, sku);
		await env.DB.prepare("DELETE FROM open_skus WHERE sku = ?").bind(sku).run();
		await env.HOLDINGS.getByName(ada.id).note([sku]);
		expect(await erase(ada)).toEqual(NOTHING);
		expect(await addressesIn(sku)).toEqual([]);
	});

	it("says so when a SKU's object is of the version before, which does not say what it has", async () => {
		vi.spyOn(console, "warn").mockImplementation(() => {});
		const { sku } = await heldOut();
		const ada = await newShopper();
		await env.HOLDINGS.getByName(ada.id).note([sku]);
		const before = { forgetAddress: async () => undefined };
		const SKU = { getByName: (name: string) => (name === sku ? before : env.SKU.getByName(name)) };
		const path = `/admin/v1/shoppers/${ada.id}/erase`;
		const { body } = await callWith<Erasure>({ SKU }, "POST", path, { token: ADMIN, json: {} });
		expect(body).toMatchObject({ ...NOTHING, unreachable: [sku], mayFollow: true });
	});
});

describe("before D1 lists it", () => {
	/** Nothing of a checkout comes to D1. */
	const holdBack = () => vi.spyOn(env.ORDERS, "send").mockResolvedValue({} as QueueSendResponse);

	const emailOf = (id: string) =>
		runInDurableObject(env.CHECKOUT.getByName(id), (_object, { storage: { sql } }) =>
			JSON.stringify(sql.exec("SELECT * FROM checkout").toArray()).match(/[a-z]+@example\.com/g),
		);

	it("erases an order that was paid a moment ago", async () => {
		const [sku, ada] = [await newProduct({ units: 1 }), await newShopper()];
		holdBack();
		const { id, orderId } = await ada.buy([{ sku, quantity: 1 }]);
		expect(await findOrder(env.DB, orderId)).toBeNull();
		expect(await erase(ada)).toEqual({ ...NOTHING, orders: [orderId] });
		expect(await emailOf(id)).toBeNull();
		expect(await findOrder(env.DB, orderId)).toMatchObject({ email: "", totalMinor: 1999 });
	});

	it("keeps and names a pre-order that was paid a moment ago", async () => {
		const sku = await newProduct({ policy: { preorder: { capacity: 5, termsVersion: "v1" } } });
		const ada = await newShopper();
		holdBack();
		const { id, orderId } = await ada.buy([{ sku, quantity: 1 }], { acceptPreorder: true });
		const kept = [{ checkoutId: id, orderId, reason: "preorder-owed" }];
		expect(await erase(ada)).toEqual({ ...NOTHING, kept, mayFollow: true });
	});

	it("erases every checkout that was called off a moment ago, with units, a hold or a pre-order before it", async () => {
		const [sku, ada] = [await newProduct({ units: 2 }), await newShopper()];
		const ahead = await newProduct({ policy: { preorder: { capacity: 5, termsVersion: "v1" } } });
		holdBack();
		const calledOff = async (of: string) => {
			const { id } = await ada.checkout([{ sku: of, quantity: 1 }], { acceptPreorder: true });
			expect((await ada.cancel(id)).body.status).toBe("cancelled");
			return id;
		};
		const ids = [await calledOff(sku), await calledOff(ahead)];
		await ada.reserve(sku, 1);
		ids.push(await calledOff(sku), await calledOff(sku));
		for (const id of ids) expect(await emailOf(id)).toEqual(["ada@example.com"]);
		const { checkouts, ...rest } = await erase(ada);
		expect(new Set(checkouts)).toEqual(new Set(ids));
		expect({ ...rest, checkouts: [] }).toEqual(NOTHING);
		for (const id of ids) expect(await emailOf(id)).toBeNull();
	});

	it("says of an address that something may follow", async () => {
		expect(await eraseEmail("nobody@example.com")).toEqual({ ...NOTHING, mayFollow: true });
	});
});
