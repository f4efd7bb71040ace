/** What a SKU's object survives: eviction, death at a write, and a fault in the middle of a command. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { reserveMany } from "../../src/stock/reserve-columns.ts";
import type { SkuObject } from "../../src/stock/sku.ts";
import { SkuHarness, START } from "./sku-harness.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: START }));
afterEach(() => void vi.useRealTimers());

const request = (shopperId: string, quantity = 1) => ({ shopperId, quantity, wait: false, ifMatch: null });

describe("eviction", () => {
	it("loses the object's memory and nothing else", async () => {
		const preorder = { capacity: 3, expectedAtMs: START + 1, termsVersion: "v1" };
		const sku = await SkuHarness.with(2, { holdMs: 10_000, waitlistLimit: 9, limitPerShopper: 3, preorder });
		await sku.reserve("ada");
		await sku.buy("bob");
		await sku.join("cyd");
		await sku.buy("dan", 1, true);
		const first = await sku.restock(1, "delivery-1");
		const mark = (object: SkuObject) => Object.assign(object, { marked: true });
		await runInDurableObject(sku.stub, mark);
		const look = async () => {
			// The alarm is left out: it may have been set to send pre-orders again that D1 has not acknowledged.
			const { alarmAtMs: _, ...stored } = await sku.stored();
			return { report: await sku.report(), stored };
		};
		const before = await look();

		await evictDurableObject(sku.stub);

		expect(await runInDurableObject(sku.stub, (object: SkuObject) => "marked" in object)).toBe(false);
		expect(await look()).toEqual(before);
		expect(await sku.restock(1, "delivery-1")).toEqual(first);
		expect(await sku.reserve("ada")).toMatchObject({ kind: "held", created: false });
		expect(await sku.reserve("bob", 3)).toEqual({ kind: "limit-exceeded", limit: 3, owned: 1 });
		vi.setSystemTime(START + 10_000);
		expect(await runDurableObjectAlarm(sku.stub)).toBe(true);
		expect((await sku.stored()).reservations).toMatchObject([
			{ shopperId: "ada", status: "expired" },
			{ shopperId: "bob", status: "sold" },
			{ shopperId: "cyd", status: "held" },
		]);
	});

	it("leaves an object without a product without a product", async () => {
		const sku = new SkuHarness(`nobody-${crypto.randomUUID()}`);
		expect(await sku.report().catch((error: Error) => error.message)).toBe("unknown-sku");
		await evictDurableObject(sku.stub);
		expect(await sku.reserve("ada")).toEqual({ kind: "unknown-sku" });
	});
});

describe("the death of the object", () => {
	/** Everything that `work` wrote dies with the object, since no result of it has left. */
	const dieAt = async (sku: SkuHarness, work: (object: SkuObject) => Promise<unknown>) => {
		const dying = runInDurableObject(sku.stub, (object: SkuObject, ctx) => {
			void work(object).catch(() => {});
			ctx.abort("the power is cut");
		});
		await expect(dying).rejects.toThrow("the power is cut");
	};

	it("undoes the write that was not confirmed, and its alarm", async () => {
		const sku = await SkuHarness.with(2, { holdMs: 10_000 });
		const before = await sku.stored();
		await dieAt(sku, (object) => reserveMany(object, [request("ada"), request("bob")]));
		expect(await sku.stored()).toEqual(before);
		expect(before.alarmAtMs).toBeNull();
		// No shopper got a result, so the repeated request is the first one.
		expect(await sku.reserve("ada")).toMatchObject({ kind: "held", created: true });
		expect((await sku.stored()).alarmAtMs).toBe(START + 10_000);
		expect((await sku.report()).balanced).toBe(true);
	});

	it("leaves the unit pinned when it comes at a commit, which can be sent again", async () => {
		const sku = await SkuHarness.with(1);
		const checkout = { shopperId: "ada", checkoutId: "c1", quantity: 1, acceptPreorder: false };
		await sku.object.pin(checkout);
		await dieAt(sku, (object) => object.commit(checkout));
		expect(await sku.statusOf("ada")).toBe("paying");
		expect(await sku.object.commit(checkout)).toMatchObject({ kind: "sold" });
		expect(await sku.report()).toMatchObject({ balanced: true, stock: { available: 0, held: 0, sold: 1 } });
	});

	it("undoes a restock together with its receipt, so that it takes effect once when sent again", async () => {
		const sku = await SkuHarness.with(0);
		const keyed = { key: "delivery-1", fingerprint: "5" };
		await dieAt(sku, (object) => object.restock({ quantity: 5, reference: null, ifOnHand: null }, keyed));
		expect(await sku.report()).toMatchObject({ stock: { received: 0 } });
		await sku.restock(5, "delivery-1");
		await sku.restock(5, "delivery-1");
		expect(await sku.report()).toMatchObject({ balanced: true, stock: { received: 5 } });
	});

	it("undoes nothing whose result was sent", async () => {
		const sku = await SkuHarness.with(2, { holdMs: 10_000 });
		await sku.reserve("ada");
		const before = await sku.stored();
		await dieAt(sku, async () => null);
		expect(await sku.stored()).toEqual(before);
		expect(await sku.statusOf("ada")).toBe("held");
		vi.setSystemTime(START + 10_000);
		expect(await runDurableObjectAlarm(sku.stub)).toBe(true);
		expect((await sku.stored()).stock).toMatchObject({ available: 2, held: 0 });
	});
});

describe("a fault in the middle of a command", () => {
	/** A row that SQLite itself refuses; it is the second of two. */
	const broken = async (sku: SkuHarness) => await reserveMany(sku.object, [request("ada"), request("bob", 0)]);

	it("undoes the rows, the counters, the journal and the alarm of the command", async () => {
		const sku = await SkuHarness.with(5, { holdMs: 10_000 });
		const before = await sku.stored();
		await expect(broken(sku)).rejects.toThrow("CHECK constraint failed");
		expect(await sku.stored()).toEqual(before);
		expect(before.alarmAtMs).toBeNull();
	});

	it("does not affect the next command, which sets the alarm that was undone", async () => {
		const sku = await SkuHarness.with(5, { holdMs: 10_000 });
		await expect(broken(sku)).rejects.toThrow();
		expect(await sku.reserve("ada")).toMatchObject({ kind: "held", created: true });
		expect((await sku.stored()).alarmAtMs).toBe(START + 10_000);
	});

	it("keeps an alarm that had been set before", async () => {
		const sku = await SkuHarness.with(5, { holdMs: 10_000 });
		await sku.reserve("cyd");
		vi.setSystemTime(START + 1_000);
		await expect(broken(sku)).rejects.toThrow();
		expect((await sku.stored()).alarmAtMs).toBe(START + 10_000);
	});

	it("undoes the command when it is in setting the alarm, which the next command sets", async () => {
		const sku = await SkuHarness.with(5, { holdMs: 10_000 });
		const before = await sku.stored();
		await runInDurableObject(sku.stub, async (object: SkuObject, { storage }) => {
			vi.spyOn(storage, "setAlarm").mockImplementationOnce(() => {
				throw new Error("no alarm");
			});
			await expect(reserveMany(object, [request("ada")])).rejects.toThrow("no alarm");
			vi.restoreAllMocks();
		});
		expect(await sku.stored()).toEqual(before);
		await sku.reserve("bob");
		expect((await sku.stored()).alarmAtMs).toBe(START + 10_000);
	});

	it("leaves nothing of a batch that failed in its middle, before anything was stored, to the next command", async () => {
		const sku = await SkuHarness.with(5, { holdMs: 10_000, limitPerShopper: 3, waitlistLimit: 9 });
		const before = await sku.stored();
		// The second request is one that no caller of ours makes: it would leave fewer than no units held.
		const batch = [request("ada"), request("bob", -2)];
		await expect(reserveMany(sku.object, batch)).rejects.toThrow("below zero");
		vi.setSystemTime(START + 1_000);
		expect(await sku.reserve("cyd")).toMatchObject({ kind: "held", created: true });
		const after = await sku.stored();
		expect(after.reservations).toMatchObject([{ shopperId: "cyd", status: "held" }]);
		expect(after.journal.slice(before.journal.length)).toMatchObject([{ seq: before.stock.seq + 1, shopperId: "cyd" }]);
		expect(after.alarmAtMs).toBe(START + 11_000);
		expect(await sku.report()).toMatchObject({ balanced: true, stock: { available: 4, held: 1 } });
		expect(await sku.statusOf("ada")).toBe("no-reservation");
	});

	it("leaves no pre-order, no place on the waitlist and no head of a batch that failed to the next command", async () => {
		const preorder = { capacity: 9, expectedAtMs: null, termsVersion: "v1" };
		const sku = await SkuHarness.with(2, { waitlistLimit: 9, preorder });
		await sku.reserve("ada", 2);
		const batch = [{ ...request("bob"), wait: true }, { ...request("cyd"), wait: true }, request("ada", -1)];
		await expect(reserveMany(sku.object, batch)).rejects.toThrow("below zero");
		expect(await sku.join("eve")).toMatchObject({ kind: "waiting", reservation: { position: 1 } });
		await sku.object.release("ada");
		expect(await sku.statusOf("eve")).toBe("held");
		expect((await sku.stored()).reservations.map(({ shopperId }) => shopperId)).toEqual(["ada", "eve"]);
		expect((await sku.report()).balanced).toBe(true);
	});

	it("leaves the head of the waitlist with what it waits for when a batch that changed that failed", async () => {
		const sku = await SkuHarness.with(4, { waitlistLimit: 9 });
		await sku.reserve("ada", 4);
		await sku.join("bob", 3);
		await sku.reserve("ada", 3);
		const batch = [request("bob", 2), request("ada", -2)];
		await expect(reserveMany(sku.object, batch)).rejects.toThrow("below zero");
		await sku.reserve("ada", 2);
		expect(await sku.object.reservation("bob")).toMatchObject({ reservation: { status: "waiting", quantity: 3 } });
		await sku.reserve("ada", 1);
		expect(await sku.object.reservation("bob")).toMatchObject({ reservation: { status: "held", quantity: 3 } });
	});

	it("undoes the end of what had run out, and the next command ends it", async () => {
		const sku = await SkuHarness.with(1, { holdMs: 10_000 });
		await sku.reserve("cyd");
		vi.setSystemTime(START + 10_000);
		await expect(broken(sku)).rejects.toThrow();
		expect((await sku.stored()).reservations).toMatchObject([{ status: "held" }]);
		expect(await sku.statusOf("cyd")).toBe("expired");
	});
});

describe("stored rows that were tampered with", () => {
	it("stop every change when the counters contradict the equation (medusa 12401)", async () => {
		const sku = await SkuHarness.with(2);
		await sku.tamper("UPDATE stock SET available = available + 3");
		const before = await sku.stored();
		await expect(sku.reserve("ada")).rejects.toThrow("out of balance");
		await expect(sku.restock(1)).rejects.toThrow("out of balance");
		expect(await sku.stored()).toEqual(before);
		expect(await sku.report()).toMatchObject({ balanced: false });
	});

	it("can be looked at also when a hold is due, which cannot be ended then", async () => {
		const sku = await SkuHarness.with(2, { holdMs: 1 });
		await sku.reserve("ada");
		await sku.tamper("UPDATE stock SET available = available + 3");
		vi.setSystemTime(START + 1);
		await expect(sku.reserve("bob")).rejects.toThrow("out of balance");
		const before = await sku.stored();
		expect(await sku.report()).toMatchObject({ balanced: false, stock: { held: 1 } });
		expect(await sku.object.journal(0, 9)).toMatchObject({ entries: [{ kind: "received" }, { kind: "held" }] });
		expect(await sku.object.listReservations(null, "", 9)).toMatchObject({ reservations: [{ status: "held" }] });
		expect(await sku.object.suspects(9)).toEqual([]);
		expect(await sku.stored()).toEqual(before);
	});

	it.each([
		"UPDATE stock SET available = available + 1, held = held - 1",
		"UPDATE stock SET sold = sold - 1, available = available + 1",
		"UPDATE stock SET received = received + 1, adjusted = adjusted - 1",
		"UPDATE stock SET waiting = waiting + 1",
		"UPDATE stock SET owed = owed - 1",
		"UPDATE stock SET pending = pending + 1",
		"UPDATE stock SET filled = filled + 1",
		"UPDATE stock SET cancelled = cancelled + 1",
		"UPDATE stock SET returned = returned + 1",
		"UPDATE preorders SET quantity = quantity + 1 WHERE status = 'filled'",
		"UPDATE preorders SET status = 'owed' WHERE status = 'pending'",
		"UPDATE reservations SET returned = 0 WHERE status = 'sold'",
		"UPDATE reservations SET quantity = 2 WHERE status = 'held'",
		"UPDATE reservations SET status = 'released' WHERE status = 'sold'",
		"UPDATE preorders SET status = 'cancelled' WHERE status = 'owed'",
		"UPDATE journal_pages SET received = 9 WHERE received > 0",
	])("show as out of balance even where the counters satisfy the equation: %s", async (statement) => {
		const preorder = { capacity: 3, expectedAtMs: null, termsVersion: "v1" };
		const sku = await SkuHarness.with(3, { preorder });
		await sku.buy("bob", 2);
		await sku.reserve("ada");
		// One pre-order of two was cancelled by half, then filled, and came back; one is owed; one is not paid yet.
		await sku.buy("dan", 2, true);
		await sku.object.takeBack("dan", "co-dan", 1);
		await sku.restock(1);
		await sku.object.takeBack("dan", "co-dan", 2);
		await sku.object.adjust({ delta: -1, reason: "it came back broken", force: false }, null);
		await sku.object.takeBack("bob", "co-bob", 1);
		await sku.object.adjust({ delta: -1, reason: "so did this one", force: false }, null);
		await sku.buy("cyd", 1, true);
		await sku.object.pin({ shopperId: "eve", checkoutId: "co-eve", quantity: 1, acceptPreorder: true });
		const { balanced, stock } = await sku.report();
		expect({ balanced, ...stock }).toMatchObject({
			...{ balanced: true, available: 0, held: 1, sold: 1, returned: 2 },
			...{ pending: 1, owed: 1, filled: 1, cancelled: 1 },
		});
		await sku.tamper(statement);
		expect((await sku.report()).balanced).toBe(false);
	});

	it("cannot have a second live reservation of one shopper", async () => {
		const sku = await SkuHarness.with(2);
		await sku.reserve("ada");
		const twin = sku.tamper(
			`INSERT INTO reservations (id, shopperId, quantity, status, extensions, offered, returned, version, createdAtMs)
				SELECT 'twin', shopperId, quantity, status, extensions, offered, returned, version, createdAtMs
				FROM reservations`,
		);
		await expect(twin).rejects.toThrow("UNIQUE constraint failed");
	});
});
