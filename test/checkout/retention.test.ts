/** A checkout that ended without a sale empties its object after thirty days, by its own alarm, and then nobody knows it. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { KEEP_ENDED_MS } from "../../src/limits.ts";
import { listEndedCheckouts } from "../../src/orders/ended-checkout-store.ts";
import type { Payment } from "../../src/payments/provider.ts";
import { sandboxObject } from "../../src/payments/sandbox/provider.ts";
import { eventually, pass, ring, useStoppedClock } from "../support/clock.ts";
import { expectProblem } from "../support/http.ts";
import { asMerchant, newProduct, stockOf } from "../support/merchant.ts";
import { pay, paymentAtProvider, untilIdle } from "../support/provider.ts";
import { newShopper, paymentIdOf, Shopper } from "../support/shopper.ts";

useStoppedClock();

const KEEP_SECONDS = KEEP_ENDED_MS / 1000;
const stubOf = (id: string) => env.CHECKOUT.getByName(id);

interface Kept {
	readonly tables: readonly string[];
	readonly alarmAtMs: number | null;
}

/** What the object has on its disk, and when it wakes. */
const keptBy = (id: string): Promise<Kept> =>
	runInDurableObject(stubOf(id), async (_object, { storage }) => ({
		tables: storage.sql
			.exec<{ name: string }>("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'")
			.toArray()
			.map(({ name }) => name),
		alarmAtMs: await storage.getAlarm(),
	}));
const NOTHING: Kept = { tables: [], alarmAtMs: null };

/** Waits until D1 lists it, so that it has nothing more to do. */
const untilListed = (id: string) =>
	eventually(async () => {
		const c = await stubOf(id).read();
		expect(c?.toldVersion).toBe(c?.version);
	});

interface Cancelled {
	readonly ada: Shopper;
	readonly sku: string;
	readonly key: string;
	readonly id: string;
	readonly paymentId: string;
	readonly endedAtMs: number;
}

/** Her token outlives what she is to forget. */
async function newCustomer(): Promise<Shopper> {
	const json = { shopperId: `customer-${crypto.randomUUID()}`, expiresInSeconds: 365 * 86_400 };
	const { body } = await asMerchant<{ token: string }>("POST", "/shoppers", { json });
	return new Shopper(json.shopperId, body.token);
}

async function cancelled(): Promise<Cancelled> {
	const sku = await newProduct({ units: 1 });
	const ada = await newCustomer();
	const key = crypto.randomUUID();
	const checkout = await ada.checkout([{ sku, quantity: 1 }], { key });
	await ada.cancel(checkout.id);
	const endedAtMs = Date.now();
	await untilListed(checkout.id);
	return { ada, sku, key, id: checkout.id, paymentId: paymentIdOf(checkout), endedAtMs };
}

async function emptied(): Promise<Cancelled> {
	const gone = await cancelled();
	pass(KEEP_SECONDS);
	await ring.checkout(gone.id);
	return gone;
}

describe("a checkout that ended without a sale", () => {
	it("keeps what it has for thirty days, and is empty after that, with no alarm", async () => {
		const { ada, id, endedAtMs } = await cancelled();
		expect((await keptBy(id)).alarmAtMs).toBe(endedAtMs + KEEP_ENDED_MS);
		pass(KEEP_SECONDS - 1);
		await ring.checkout(id);
		expect((await ada.read(id)).body).toMatchObject({ status: "cancelled", email: "ada@example.com" });
		pass(1);
		expect(await ring.checkout(id)).toBe(true);
		expect(await keptBy(id)).toEqual(NOTHING);
	});

	it("is unknown to everybody then, and asking makes nothing of it", async () => {
		const { ada, id } = await emptied();
		expectProblem(await ada.read(id), 404, "unknown-checkout");
		expectProblem(await ada.cancel(id), 404, "unknown-checkout");
		expectProblem(await asMerchant("GET", `/checkouts/${id}`), 404, "unknown-checkout");
		expect(await keptBy(id)).toEqual(NOTHING);
	});

	it("opens anew when the same key comes again, with higher versions than it ever had", async () => {
		const { ada, sku, key, id } = await cancelled();
		const { version = 0 } = (await stubOf(id).read()) ?? {};
		pass(KEEP_SECONDS);
		await ring.checkout(id);
		await evictDurableObject(stubOf(id));
		const again = await ada.checkout([{ sku, quantity: 1 }], { key });
		expect(again).toMatchObject({ id, status: "awaiting_payment" });
		expect((await stubOf(id).read())?.version).toBeGreaterThan(version);
		await pay(paymentIdOf(again));
		expect((await ada.read(id)).body.status).toBe("completed");
		expect(await stockOf(sku)).toMatchObject({ sold: 1, held: 0, available: 0 });
	});

	it("is changed by no late webhook and by no late message, which find nothing", async () => {
		const { id, paymentId, sku } = await emptied();
		const object = stubOf(id);
		const payment = await paymentAtProvider(paymentId);
		expect(await object.paymentEvent("evt_late", payment as Payment)).toBeNull();
		expect(await object.refund(null, true, "late", "key")).toEqual({ kind: "unknown-checkout" });
		expect(await object.erase(null, "admin")).toBeNull();
		await Promise.all([object.told(9e9), object.recorded(9e9), object.settlementRecorded(9e9), object.recordAgain()]);
		expect(await object.preorderSeen(sku, "filled")).toBe(true);
		expect(await keptBy(id)).toEqual(NOTHING);
		expect(await stockOf(sku)).toMatchObject({ available: 1, sold: 0 });
	});

	it("keeps what was paid and given back, without its shopper, and pays back what comes back later", async () => {
		const { ada, id, paymentId } = await cancelled();
		await runInDurableObject(sandboxObject(env), (_object, { storage }) => {
			storage.sql.exec(
				"UPDATE payments SET status = 'captured', capturedMinor = amountMinor, authorisedMinor = 0 WHERE id = ?",
				paymentId,
			);
		});
		await stubOf(id).comparePayment();
		await untilListed(id);
		expect(await paymentAtProvider(paymentId)).toMatchObject({ capturedMinor: 1999, refundedMinor: 1999 });
		pass(KEEP_SECONDS);
		expect(await ring.checkout(id)).toBe(true);
		expect((await ada.read(id)).body).toMatchObject({ status: "refunded", email: null, shipTo: null });
		expect((await keptBy(id)).alarmAtMs).toBeNull();
		const { body } = await asMerchant<{ events: { kind: string; detail: object }[] }>("GET", `/checkouts/${id}`);
		expect(body.events.at(-1)).toMatchObject({ kind: "erased", detail: { actor: null } });
		// Once, and no more.
		const { length } = body.events;
		await ring.checkout(id);
		await stubOf(id).read();
		expect(await stubOf(id).events()).toHaveLength(length);
		await sandboxObject(env).incident(paymentId, { kind: "refund-returned" });
		await sandboxObject(env).settled(paymentId);
		await untilIdle(id);
		expect(await stubOf(id).read()).toMatchObject({ phase: "closed", refundsReturned: 1, email: "" });
		expect(await paymentAtProvider(paymentId)).toMatchObject({ refundedMinor: 1999 });
	});

	it("of earlier code gets its alarm from whoever touches it", async () => {
		const { id, endedAtMs } = await cancelled();
		await runInDurableObject(stubOf(id), async (_object, { storage }) => {
			storage.sql.exec("UPDATE checkout SET json = json_remove(json, '$.endedAtMs', '$.toldVersion')");
			await storage.deleteAlarm();
		});
		await evictDurableObject(stubOf(id));
		await stubOf(id).read();
		await untilListed(id);
		const { alarmAtMs } = await keptBy(id);
		// It does not say when it ended, so the end of its window counts, and the grace after it.
		expect(alarmAtMs).toBe(endedAtMs + (900 + 120) * 1000 + KEEP_ENDED_MS);
	});

	it("has no second alarm: the one for what it does is moved", async () => {
		const sku = await newProduct({ units: 1 });
		const ada = await newShopper();
		const { id } = await ada.checkout([{ sku, quantity: 1 }]);
		expect((await keptBy(id)).alarmAtMs).toBe(Date.now() + 900_000);
		await ada.cancel(id);
		await untilListed(id);
		expect((await keptBy(id)).alarmAtMs).toBe(Date.now() + KEEP_ENDED_MS);
	});
});

describe("D1", () => {
	it("lists what ended by its shopper, with nothing personal, and drops it when it has nothing any more", async () => {
		const { ada, id } = await cancelled();
		expect(await listEndedCheckouts(env.DB, { shopperId: ada.id }, "", 9)).toEqual([id]);
		const row = await env.DB.prepare("SELECT * FROM ended_checkouts WHERE checkout_id = ?").bind(id).first();
		expect(Object.keys(row ?? {}).sort()).toEqual(["checkout_id", "ended_at_ms", "shopper_id", "version"]);
		pass(2 * KEEP_SECONDS + 1);
		await cancelled();
		expect(await listEndedCheckouts(env.DB, { shopperId: ada.id }, "", 9)).toEqual([]);
	});
});
