/** What a SKU's object survives: being unloaded, dying at a write, and a fault in the middle of a command. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { reserveMany } from "../../src/stock/reserve-columns.ts";
import type { SkuObject } from "../../src/stock/sku.ts";
import { Shelf, START } from "./sku-harness.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: START }));
afterEach(() => void vi.useRealTimers());

const ask = (shopperId: string, quantity = 1) => ({ shopperId, quantity, wait: false, ifMatch: null });

describe("eviction", () => {
	it("loses the memory and nothing else", async () => {
		const preorder = { capacity: 3, expectedAtMs: START + 1, termsVersion: "v1" };
		const shelf = await Shelf.with(2, { holdMs: 10_000, waitlistLimit: 9, limitPerShopper: 3, preorder });
		await shelf.reserve("ada");
		await shelf.buy("bob");
		await shelf.join("cyd");
		await shelf.buy("dan", 1, true);
		const first = await shelf.restock(1, "delivery-1");
		const mark = (object: SkuObject) => Object.assign(object, { marked: true });
		await runInDurableObject(shelf.stub, mark);
		const look = async () => {
			// The alarm may have been set for something else: pre-orders that D1 has not confirmed are sent again.
			const { alarmAtMs: _, ...stored } = await shelf.stored();
			return { report: await shelf.report(), stored };
		};
		const before = await look();

		await evictDurableObject(shelf.stub);

		expect(await runInDurableObject(shelf.stub, (object: SkuObject) => "marked" in object)).toBe(false);
		expect(await look()).toEqual(before);
		expect(await shelf.restock(1, "delivery-1")).toEqual(first);
		expect(await shelf.reserve("ada")).toMatchObject({ kind: "held", created: false });
		expect(await shelf.reserve("bob", 3)).toEqual({ kind: "limit-exceeded", limit: 3, owned: 1 });
		vi.setSystemTime(START + 10_000);
		expect(await runDurableObjectAlarm(shelf.stub)).toBe(true);
		expect((await shelf.stored()).reservations).toMatchObject([
			{ shopperId: "ada", status: "expired" },
			{ shopperId: "bob", status: "sold" },
			{ shopperId: "cyd", status: "held" },
		]);
	});

	it("of an object without a product leaves one without a product", async () => {
		const shelf = new Shelf(`nobody-${crypto.randomUUID()}`);
		expect(await shelf.report().catch((fault: Error) => fault.message)).toBe("unknown-sku");
		await evictDurableObject(shelf.stub);
		expect(await shelf.reserve("ada")).toEqual({ kind: "unknown-sku" });
	});
});

describe("death of the object", () => {
	/** Everything that `work` wrote and nobody was told of dies with the object. */
	const dieAt = async (shelf: Shelf, work: (object: SkuObject) => Promise<unknown>) => {
		const dying = runInDurableObject(shelf.stub, (object: SkuObject, ctx) => {
			void work(object).catch(() => {});
			ctx.abort("the power is cut");
		});
		await expect(dying).rejects.toThrow("the power is cut");
	};

	it("at a write takes back the write, and the alarm that goes with it", async () => {
		const shelf = await Shelf.with(2, { holdMs: 10_000 });
		const before = await shelf.stored();
		await dieAt(shelf, (object) => reserveMany(object, [ask("ada"), ask("bob")]));
		expect(await shelf.stored()).toEqual(before);
		expect(before.alarmAtMs).toBeNull();
		// Nobody was told that they had it, so asking again is a first time.
		expect(await shelf.reserve("ada")).toMatchObject({ kind: "held", created: true });
		expect((await shelf.stored()).alarmAtMs).toBe(START + 10_000);
		expect((await shelf.report()).balanced).toBe(true);
	});

	it("at a commit leaves the unit pinned, and the commit can be sent again", async () => {
		const shelf = await Shelf.with(1);
		const checkout = { shopperId: "ada", checkoutId: "c1", quantity: 1, acceptPreorder: false };
		await shelf.object.pin(checkout);
		await dieAt(shelf, (object) => object.commit(checkout));
		expect(await shelf.statusOf("ada")).toBe("paying");
		expect(await shelf.object.commit(checkout)).toMatchObject({ kind: "sold" });
		expect(await shelf.report()).toMatchObject({ balanced: true, stock: { available: 0, held: 0, sold: 1 } });
	});

	it("at a restock takes back the units together with the receipt: sent again, it is done, once", async () => {
		const shelf = await Shelf.with(0);
		const keyed = { key: "delivery-1", fingerprint: "5" };
		await dieAt(shelf, (object) => object.restock({ quantity: 5, reference: null, ifOnHand: null }, keyed));
		expect(await shelf.report()).toMatchObject({ stock: { received: 0 } });
		await shelf.restock(5, "delivery-1");
		await shelf.restock(5, "delivery-1");
		expect(await shelf.report()).toMatchObject({ balanced: true, stock: { received: 5 } });
	});

	it("after the answer takes nothing back", async () => {
		const shelf = await Shelf.with(2, { holdMs: 10_000 });
		await shelf.reserve("ada");
		const before = await shelf.stored();
		await dieAt(shelf, async () => null);
		expect(await shelf.stored()).toEqual(before);
		expect(await shelf.statusOf("ada")).toBe("held");
		vi.setSystemTime(START + 10_000);
		expect(await runDurableObjectAlarm(shelf.stub)).toBe(true);
		expect((await shelf.stored()).stock).toMatchObject({ available: 2, held: 0 });
	});
});

describe("a fault in the middle of a command", () => {
	/** A row that SQLite itself refuses; it is the second of two. */
	const broken = async (shelf: Shelf) => await reserveMany(shelf.object, [ask("ada"), ask("bob", 0)]);

	it("undoes all of it: rows, counters, journal and the alarm", async () => {
		const shelf = await Shelf.with(5, { holdMs: 10_000 });
		const before = await shelf.stored();
		await expect(broken(shelf)).rejects.toThrow("CHECK constraint failed");
		expect(await shelf.stored()).toEqual(before);
		expect(before.alarmAtMs).toBeNull();
	});

	it("is forgotten by the next one, which sets the alarm that was undone", async () => {
		const shelf = await Shelf.with(5, { holdMs: 10_000 });
		await expect(broken(shelf)).rejects.toThrow();
		expect(await shelf.reserve("ada")).toMatchObject({ kind: "held", created: true });
		expect((await shelf.stored()).alarmAtMs).toBe(START + 10_000);
	});

	it("keeps an alarm that had been set before", async () => {
		const shelf = await Shelf.with(5, { holdMs: 10_000 });
		await shelf.reserve("cyd");
		vi.setSystemTime(START + 1_000);
		await expect(broken(shelf)).rejects.toThrow();
		expect((await shelf.stored()).alarmAtMs).toBe(START + 10_000);
	});

	it("of the alarm itself undoes the rest as well, and the next command sets it", async () => {
		const shelf = await Shelf.with(5, { holdMs: 10_000 });
		const before = await shelf.stored();
		await runInDurableObject(shelf.stub, async (object: SkuObject, { storage }) => {
			vi.spyOn(storage, "setAlarm").mockImplementationOnce(() => {
				throw new Error("no alarm");
			});
			await expect(reserveMany(object, [ask("ada")])).rejects.toThrow("no alarm");
			vi.restoreAllMocks();
		});
		expect(await shelf.stored()).toEqual(before);
		await shelf.reserve("bob");
		expect((await shelf.stored()).alarmAtMs).toBe(START + 10_000);
	});

	it("does not even end what had run out, which the next command does", async () => {
		const shelf = await Shelf.with(1, { holdMs: 10_000 });
		await shelf.reserve("cyd");
		vi.setSystemTime(START + 10_000);
		await expect(broken(shelf)).rejects.toThrow();
		expect((await shelf.stored()).reservations).toMatchObject([{ status: "held" }]);
		expect(await shelf.statusOf("cyd")).toBe("expired");
	});
});

describe("books that have been tampered with", () => {
	it("are not written on: counters that contradict the equation stop every change (medusa 12401)", async () => {
		const shelf = await Shelf.with(2);
		await shelf.tamper("UPDATE stock SET available = available + 3");
		const before = await shelf.stored();
		await expect(shelf.reserve("ada")).rejects.toThrow("out of balance");
		await expect(shelf.restock(1)).rejects.toThrow("out of balance");
		expect(await shelf.stored()).toEqual(before);
		expect(await shelf.report()).toMatchObject({ balanced: false });
	});

	it.each([
		"UPDATE stock SET available = available + 1, held = held - 1",
		"UPDATE stock SET sold = sold - 1, available = available + 1",
		"UPDATE stock SET received = received + 1, adjusted = adjusted - 1",
		"UPDATE stock SET waiting = waiting + 1",
		"UPDATE stock SET owed = owed - 1",
		"UPDATE reservations SET quantity = 2 WHERE status = 'held'",
		"UPDATE reservations SET status = 'released' WHERE status = 'sold'",
		"UPDATE preorders SET status = 'cancelled'",
		"UPDATE journal_pages SET received = 9 WHERE received > 0",
	])("show as out of balance even where the equation holds: %s", async (statement) => {
		const preorder = { capacity: 3, expectedAtMs: null, termsVersion: "v1" };
		const shelf = await Shelf.with(2, { preorder });
		await shelf.reserve("ada");
		await shelf.buy("bob");
		await shelf.buy("cyd", 1, true);
		expect((await shelf.report()).balanced).toBe(true);
		await shelf.tamper(statement);
		expect((await shelf.report()).balanced).toBe(false);
	});

	it("are refused a second live reservation of one shopper by the table itself", async () => {
		const shelf = await Shelf.with(2);
		await shelf.reserve("ada");
		const twin = shelf.tamper(
			`INSERT INTO reservations SELECT 'twin', shopperId, quantity, status, expiresAtMs, place, extensions, offered,
				checkoutId, returned, version, createdAtMs, endedAtMs, heldUntilMs FROM reservations`,
		);
		await expect(twin).rejects.toThrow("UNIQUE constraint failed");
	});
});
