/** The object of a SKU in the runtime: under many calls at once, repeated calls, and calls that it should refuse. */
import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { ObjectUnavailable } from "../../src/platform/errors.ts";
import { reserveMany } from "../../src/stock/reserve-columns.ts";
import { SkuObject } from "../../src/stock/sku.ts";
import { Replay } from "./replay.ts";
import { SkuHarness } from "./sku-harness.ts";

const count = (results: readonly { readonly kind: string }[]): Record<string, number> => {
	const counts: Record<string, number> = {};
	for (const { kind } of results) counts[kind] = (counts[kind] ?? 0) + 1;
	return counts;
};
const shoppers = (howMany: number): string[] => Array.from({ length: howMany }, (_, i) => `shopper-${i}`);

describe("500 shoppers at once for 10 units", () => {
	it("holds 10 units for 500 shoppers in calls of their own, and refuses 490", async () => {
		const sku = await SkuHarness.with(10);
		const results = await Promise.all(shoppers(500).map((id) => sku.reserve(id)));
		expect(count(results)).toEqual({ held: 10, "sold-out": 490 });
		expect(await sku.report()).toMatchObject({ balanced: true, stock: { available: 0, held: 10, version: 11 } });
	});

	it("holds 10 units for the first 10 of 500 shoppers in one call", async () => {
		const sku = await SkuHarness.with(10);
		const requests = shoppers(500).map((shopperId) => ({ shopperId, quantity: 1, wait: false, ifMatch: null }));
		const results = await reserveMany(sku.object, requests);
		if (!Array.isArray(results)) throw new Error(results.kind);
		expect(count(results)).toEqual({ held: 10, "sold-out": 490 });
		expect(results.slice(0, 10).every(({ kind }) => kind === "held")).toBe(true);
	});

	it("decides nothing for callers who have given up, and everything for those who do not say how long they wait", async () => {
		const sku = await SkuHarness.with(10);
		const request = { shopperId: "ada", quantity: 1, wait: false, ifMatch: null };
		await expect(reserveMany(sku.object, [request], Date.now() - 1)).rejects.toThrow(ObjectUnavailable);
		expect(await sku.report()).toMatchObject({ stock: { held: 0 } });
		expect(await reserveMany(sku.object, [request], Date.now() + 60_000)).toMatchObject([{ kind: "held" }]);
		expect(await reserveMany(sku.object, [{ ...request, shopperId: "bob" }])).toMatchObject([{ kind: "held" }]);
	});

	it("pins and sells no more than 10 units when 100 shoppers skip reserving (medusa 16569)", async () => {
		const sku = await SkuHarness.with(10);
		const bought = await Promise.all(shoppers(100).map((id) => sku.buy(id)));
		expect(count(bought)).toEqual({ sold: 10, "sold-out": 90 });
		expect(await sku.report()).toMatchObject({ balanced: true, stock: { available: 0, held: 0, sold: 10 } });
	});

	it("makes one reservation within the limit for one shopper with 50 tabs", async () => {
		const sku = await SkuHarness.with(10, { limitPerShopper: 2 });
		const results = await Promise.all(Array.from({ length: 50 }, (_, i) => sku.reserve("ada", 1 + (i % 3))));
		expect(count(results)).toEqual({ held: 34, "limit-exceeded": 16 });
		const { reservations, stock } = await sku.stored();
		expect(reservations).toHaveLength(1);
		expect(stock).toMatchObject({ available: 8, held: 2 });
	});
});

describe("the limit per shopper", () => {
	it("counts units held, pre-ordered, owed, filled and bought, and no returned ones", async () => {
		const preorder = { capacity: 9, expectedAtMs: null, termsVersion: "v1" };
		const sku = await SkuHarness.with(1, { limitPerShopper: 3, waitlistLimit: 9, preorder });
		const canHave = async (quantity: number) => (await sku.join("ada", quantity)).kind !== "limit-exceeded";
		const checkout = (checkoutId: string) => ({ shopperId: "ada", checkoutId, quantity: 1, acceptPreorder: true });
		await sku.object.pin(checkout("bought"));
		await sku.object.commit(checkout("bought"));
		expect(await canHave(3)).toBe(false);
		await sku.object.pin(checkout("pre-ordered"));
		expect(await canHave(2)).toBe(false);
		await sku.object.commit(checkout("pre-ordered"));
		expect(await canHave(2)).toBe(false);
		await sku.restock(1);
		expect((await sku.stored()).preorders).toMatchObject([{ status: "filled" }]);
		expect(await canHave(2)).toBe(false);
		await sku.object.takeBack("ada", "bought", 1);
		await sku.reserve("bob");
		expect(await canHave(3)).toBe(false);
		expect(await canHave(2)).toBe(true);
	});
});

describe("a batch of requests", () => {
	it("decides a batch in its order, and one refusal does not affect its neighbours", async () => {
		const sku = await SkuHarness.with(3, { limitPerShopper: 2 });
		const request = (shopperId: string, quantity: number, wait = false) => ({
			shopperId,
			quantity,
			wait,
			ifMatch: null,
		});
		const results = await reserveMany(sku.object, [
			request("ada", 2),
			request("bob", 3),
			request("cyd", 1),
			request("dan", 1),
			request("eve", 1, true),
			request("ada", 1),
			request("dan", 1),
		]);
		if (!Array.isArray(results)) throw new Error(results.kind);
		const outcomes = results.map((a) => ("reservation" in a ? `${a.kind} ${a.reservation.quantity}` : a.kind));
		// The unit that ada gives back goes to eve, who waits, before dan's second request is decided.
		expect(outcomes).toEqual(["held 2", "limit-exceeded", "held 1", "sold-out", "waiting 1", "held 1", "sold-out"]);
		expect(await sku.statusOf("eve")).toBe("held");
	});

	it("returns a hold to a waiting shopper whose smaller request can be served at once", async () => {
		const sku = await SkuHarness.with(4, { waitlistLimit: 9 });
		await sku.reserve("ada", 2);
		expect(await sku.join("bob", 3)).toMatchObject({ kind: "waiting", reservation: { position: 1 } });
		const result = await sku.reserve("bob", 2);
		expect(result).toMatchObject({ kind: "held", reservation: { status: "held", quantity: 2, position: null } });
		const found = await sku.object.reservation("bob");
		if (!("reservation" in result) || found.kind !== "found") throw new Error("bob has a reservation");
		expect(result.reservation).toEqual(found.reservation);
	});
});

describe("a merchant's request with an Idempotency-Key", () => {
	it("restocks once, however often and concurrently it is sent", async () => {
		const sku = await SkuHarness.with(0);
		const together = await Promise.all(Array.from({ length: 20 }, () => sku.restock(5, "delivery-1")));
		const later = await sku.restock(5, "delivery-1");
		for (const result of [...together, later]) expect(result).toEqual(together[0]);
		expect(together[0]).toMatchObject({ kind: "restocked", received: 5, stock: { available: 5 } });
		expect(await sku.report()).toMatchObject({ balanced: true, stock: { received: 5 } });
	});

	it("repeats its first result, not what it would be now", async () => {
		const sku = await SkuHarness.with(0);
		const first = await sku.restock(5, "delivery-1");
		await sku.reserve("ada", 5);
		expect(await sku.restock(5, "delivery-1")).toEqual(first);
	});

	it("refuses another request under the same key, and changes nothing", async () => {
		const sku = await SkuHarness.with(0);
		await sku.restock(5, "delivery-1");
		expect(await sku.restock(6, "delivery-1")).toEqual({ kind: "key-reused" });
		const adjusted = await sku.object.adjust(
			{ delta: 1, reason: "counted", force: false },
			{ key: "delivery-1", fingerprint: "other" },
		);
		expect(adjusted).toEqual({ kind: "key-reused" });
		expect(await sku.report()).toMatchObject({ stock: { received: 5, adjusted: 0 } });
	});

	it("adjusts once, however often it is sent", async () => {
		const sku = await SkuHarness.with(5);
		const adjust = () =>
			sku.object.adjust({ delta: -2, reason: "broken", force: false }, { key: "count-1", fingerprint: "f" });
		const results = await Promise.all([adjust(), adjust(), adjust()]);
		for (const result of results) expect(result).toEqual(results[0]);
		expect(await sku.report()).toMatchObject({ balanced: true, stock: { available: 3, adjusted: -2 } });
	});

	it("lets a refused request be sent again and succeed", async () => {
		const sku = await SkuHarness.with(2);
		const restock = (ifOnHand: number) =>
			sku.object.restock({ quantity: 1, reference: null, ifOnHand }, { key: "k", fingerprint: "f" });
		expect(await restock(9)).toEqual({ kind: "on-hand-differs", onHand: 2 });
		await sku.reserve("ada");
		expect(await restock(2)).toMatchObject({ kind: "restocked", stock: { received: 3, available: 2, held: 1 } });
	});
});

describe("a query", () => {
	it("takes no unit and writes nothing, however often it runs (woocommerce 44231)", async () => {
		const sku = await SkuHarness.with(3);
		await sku.reserve("ada");
		const before = await sku.stored();
		for (let i = 0; i < 20; i++) {
			await sku.object.availability();
			await sku.object.reservation(`visitor-${i}`);
			await sku.object.listReservations(null, "", 50);
			await sku.object.stock();
		}
		expect(await sku.stored()).toEqual(before);
	});
});

describe("a forced adjustment", () => {
	it("displaces the newest holds, none of them pinned, to the front of the waitlist, oldest first", async () => {
		const sku = await SkuHarness.with(5, { waitlistLimit: 9 });
		for (const id of ["ada", "bob", "cyd", "dan", "eve"]) await sku.reserve(id);
		await sku.object.pin({ shopperId: "eve", checkoutId: "c1", quantity: 1, acceptPreorder: false });
		await sku.join("fay");
		const adjust = (delta: number, force: boolean) => sku.object.adjust({ delta, reason: "fire", force }, null);
		expect(await adjust(-2, false)).toMatchObject({ kind: "below-held", shortBy: 2 });
		expect(await adjust(-5, true)).toMatchObject({ kind: "below-held", shortBy: 5 });
		expect(await sku.report()).toMatchObject({ stock: { held: 5, adjusted: 0 } });
		expect(await adjust(-2, true)).toMatchObject({ kind: "adjusted", bumped: 2, stock: { held: 3, waiting: 3 } });
		const places = await Promise.all(
			["ada", "bob", "cyd", "dan", "eve", "fay"].map(async (id) => {
				const found = await sku.object.reservation(id);
				return found.kind === "found" ? `${found.reservation.status} ${found.reservation.position}` : found.kind;
			}),
		);
		expect(places).toEqual(["held null", "held null", "waiting 1", "waiting 2", "paying null", "waiting 3"]);
		expect((await sku.report()).balanced).toBe(true);
	});
});

describe("an object that no merchant has defined", () => {
	it("returns unknown-sku from every method, and stores nothing", async () => {
		const sku = new SkuHarness(`nobody-${crypto.randomUUID()}`);
		const { object } = sku;
		const checkout = { shopperId: "ada", checkoutId: "c1", quantity: 1, acceptPreorder: true };
		const keyed = { key: "k", fingerprint: "f" };
		const results = await Promise.all([
			sku.reserve("ada"),
			object.reservation("ada"),
			object.release("ada"),
			object.releaseById("r1"),
			object.extend("ada"),
			object.availability(),
			object.pin(checkout),
			object.commit(checkout),
			object.unpin("ada", "c1"),
			object.takeBack("ada", "c1", 1),
			object.restock({ quantity: 1, reference: null, ifOnHand: null }, keyed),
			object.adjust({ delta: 1, reason: "r", force: true }, keyed),
			object.stock(),
			object.listReservations(null, "", 10),
			object.journal(0, 10),
		]);
		expect(count(results)).toEqual({ "unknown-sku": results.length });
		const { tables, alarmAtMs } = await runInDurableObject(sku.stub, async (_object: SkuObject, { storage }) => ({
			tables: storage.sql.exec("SELECT name FROM sqlite_master").toArray(),
			alarmAtMs: await storage.getAlarm(),
		}));
		expect(tables).toEqual([]);
		expect(alarmAtMs).toBeNull();
	});
});

describe("the RPC interface", () => {
	it("does not expose private members", async () => {
		const sku = await SkuHarness.with(0);
		const stub = sku.stub as unknown as Record<string, Promise<unknown>>;
		await expect(Promise.resolve(stub["#runner"])).rejects.toThrow("does not implement");
	});

	it("exposes async methods only", () => {
		const names = Object.getOwnPropertyNames(SkuObject.prototype).filter((name) => name !== "constructor");
		const kinds = names.map(
			(name) => [name, Object.getOwnPropertyDescriptor(SkuObject.prototype, name)?.value] as const,
		);
		expect(names).toContain("reserveMany");
		for (const [name, method] of kinds) expect(method?.constructor.name, name).toBe("AsyncFunction");
	});

	it("returns copies, so changing a result changes nothing in the object", async () => {
		const sku = await SkuHarness.with(3);
		const report = await sku.report();
		Object.assign(report.stock, { available: 999 });
		Object.assign(report.product.policy, { limitPerShopper: 0 });
		expect(await sku.reserve("ada", 4)).toMatchObject({ kind: "sold-out" });
		expect(await sku.reserve("ada", 3)).toMatchObject({ kind: "held" });
	});
});

describe("the journal", () => {
	it("has no gap, and its balances follow from its entries, whatever was requested and refused", async () => {
		const sku = await SkuHarness.with(4, {
			waitlistLimit: 9,
			preorder: { capacity: 3, expectedAtMs: null, termsVersion: "v1" },
		});
		await sku.reserve("ada", 2);
		await sku.reserve("ada", 3);
		await sku.reserve("bob", 1);
		await sku.reserve("cyd", 5);
		await sku.join("dan", 2);
		await sku.join("dan", 1);
		await sku.join("eve", 2);
		await sku.buy("ada", 2);
		await sku.buy("fay", 1, true);
		await sku.object.release("bob");
		await sku.object.takeBack("ada", "co-ada", 1);
		await sku.restock(3);
		await sku.object.adjust({ delta: -2, reason: "fire", force: true }, null);
		await sku.object.release("eve");
		const { journal, stock } = await sku.stored();
		const replay = new Replay();
		expect(() => replay.add(journal)).not.toThrow();
		expect(journal.length).toBeGreaterThan(12);
		expect(stock).toMatchObject({ seq: journal.length });
		expect(journal.at(-1)).toMatchObject({ available: stock.available, held: stock.held, sold: stock.sold });
		const read = await sku.object.journal(0, 1000);
		expect(read).toEqual({ kind: "journal", entries: journal });
		const page = await sku.object.journal(3, 2);
		expect(page).toEqual({ kind: "journal", entries: journal.slice(3, 5) });
	});

	it("can be read on from any entry, also from the middle of one unit of work", async () => {
		const sku = await SkuHarness.with(5);
		const requests = ["ada", "bob", "cyd", "dan"].map((shopperId) => ({
			...{ shopperId, quantity: 1, wait: false, ifMatch: null },
		}));
		await reserveMany(sku.object, requests);
		await sku.object.release("bob");
		const { journal } = await sku.stored();
		expect(journal.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
		for (const after of [0, 1, 2, 3, 4, 5, 6]) {
			for (const limit of [1, 2, 10]) {
				const entries = journal.slice(after, after + limit);
				expect(await sku.object.journal(after, limit)).toEqual({ kind: "journal", entries });
			}
		}
	});

	it("fails its replay when it was altered", async () => {
		const sku = await SkuHarness.with(4);
		await sku.reserve("ada", 2);
		await sku.object.release("ada");
		const { journal } = await sku.stored();
		const altered = (change: (rows: { quantity: number; seq: number }[]) => void) => {
			const rows = structuredClone(journal) as unknown as { quantity: number; seq: number }[];
			change(rows);
			return () => new Replay().add(rows as unknown as typeof journal);
		};
		expect(altered((rows) => rows.splice(1, 1))).toThrow("comes after");
		expect(altered((rows) => rows.map((row) => Object.assign(row, { quantity: row.quantity + 1 })))).toThrow("adds up");
		expect(altered(() => {})).not.toThrow();
	});
});
