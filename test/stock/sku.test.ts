/** The object of a SKU in the runtime: asked by many at once, asked twice, and asked what it should not answer. */
import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { reserveMany } from "../../src/stock/reserve-columns.ts";
import { SkuObject } from "../../src/stock/sku.ts";
import { Replay } from "./replay.ts";
import { Shelf } from "./sku-harness.ts";

const count = (answers: readonly { readonly kind: string }[]): Record<string, number> => {
	const counts: Record<string, number> = {};
	for (const { kind } of answers) counts[kind] = (counts[kind] ?? 0) + 1;
	return counts;
};
const shoppers = (howMany: number): string[] => Array.from({ length: howMany }, (_, i) => `shopper-${i}`);

describe("500 shoppers at once for 10 units", () => {
	it("each in a call of their own: 10 held, 490 sold out", async () => {
		const shelf = await Shelf.with(10);
		const answers = await Promise.all(shoppers(500).map((id) => shelf.reserve(id)));
		expect(count(answers)).toEqual({ held: 10, "sold-out": 490 });
		expect(await shelf.report()).toMatchObject({ balanced: true, stock: { available: 0, held: 10, version: 11 } });
	});

	it("all in one call: the first 10 of them are held", async () => {
		const shelf = await Shelf.with(10);
		const asks = shoppers(500).map((shopperId) => ({ shopperId, quantity: 1, wait: false, ifMatch: null }));
		const answers = await reserveMany(shelf.object, asks);
		if (!Array.isArray(answers)) throw new Error(answers.kind);
		expect(count(answers)).toEqual({ held: 10, "sold-out": 490 });
		expect(answers.slice(0, 10).every(({ kind }) => kind === "held")).toBe(true);
	});

	it("past the blessed flow, straight to checkouts: no more are pinned, and none oversold (medusa 16569)", async () => {
		const shelf = await Shelf.with(10);
		const bought = await Promise.all(shoppers(100).map((id) => shelf.buy(id)));
		expect(count(bought)).toEqual({ sold: 10, "sold-out": 90 });
		expect(await shelf.report()).toMatchObject({ balanced: true, stock: { available: 0, held: 0, sold: 10 } });
	});

	it("one shopper, many tabs: one reservation, and the limit holds", async () => {
		const shelf = await Shelf.with(10, { limitPerShopper: 2 });
		const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => shelf.reserve("ada", 1 + (i % 3))));
		expect(count(answers)).toEqual({ held: 34, "limit-exceeded": 16 });
		const { reservations, stock } = await shelf.stored();
		expect(reservations).toHaveLength(1);
		expect(stock).toMatchObject({ available: 8, held: 2 });
	});
});

describe("the limit per shopper", () => {
	it("counts what is held, promised, owed, filled and bought, and gives back what was returned", async () => {
		const preorder = { capacity: 9, expectedAtMs: null, termsVersion: "v1" };
		const shelf = await Shelf.with(1, { limitPerShopper: 3, waitlistLimit: 9, preorder });
		const canHave = async (quantity: number) => (await shelf.join("ada", quantity)).kind !== "limit-exceeded";
		const checkout = (checkoutId: string) => ({ shopperId: "ada", checkoutId, quantity: 1, acceptPreorder: true });
		await shelf.object.pin(checkout("bought"));
		await shelf.object.commit(checkout("bought"));
		expect(await canHave(3)).toBe(false);
		await shelf.object.pin(checkout("promised"));
		expect(await canHave(2)).toBe(false);
		await shelf.object.commit(checkout("promised"));
		expect(await canHave(2)).toBe(false);
		await shelf.restock(1);
		expect((await shelf.stored()).preorders).toMatchObject([{ status: "filled" }]);
		expect(await canHave(2)).toBe(false);
		await shelf.object.takeBack("ada", "bought", 1);
		await shelf.reserve("bob");
		expect(await canHave(3)).toBe(false);
		expect(await canHave(2)).toBe(true);
	});
});

describe("a batch of requests", () => {
	it("is decided in its order, and one refusal does not touch its neighbours", async () => {
		const shelf = await Shelf.with(3, { limitPerShopper: 2 });
		const ask = (shopperId: string, quantity: number, wait = false) => ({ shopperId, quantity, wait, ifMatch: null });
		const answers = await reserveMany(shelf.object, [
			ask("ada", 2),
			ask("bob", 3),
			ask("cyd", 1),
			ask("dan", 1),
			ask("eve", 1, true),
			ask("ada", 1),
			ask("dan", 1),
		]);
		if (!Array.isArray(answers)) throw new Error(answers.kind);
		const told = answers.map((a) => ("reservation" in a ? `${a.kind} ${a.reservation.quantity}` : a.kind));
		// What ada gives back goes to eve, who waits, before dan's second request is looked at.
		expect(told).toEqual(["held 2", "limit-exceeded", "held 1", "sold-out", "waiting 1", "held 1", "sold-out"]);
		expect(await shelf.statusOf("eve")).toBe("held");
	});

	it("answers a shopper whose smaller wish can be served at once that they have it", async () => {
		const shelf = await Shelf.with(4, { waitlistLimit: 9 });
		await shelf.reserve("ada", 2);
		expect(await shelf.join("bob", 3)).toMatchObject({ kind: "waiting", reservation: { position: 1 } });
		const answer = await shelf.reserve("bob", 2);
		expect(answer).toMatchObject({ kind: "held", reservation: { status: "held", quantity: 2, position: null } });
		const found = await shelf.object.reservation("bob");
		if (!("reservation" in answer) || found.kind !== "found") throw new Error("bob has a reservation");
		expect(answer.reservation).toEqual(found.reservation);
	});
});

describe("a merchant's request with a key", () => {
	it("restocks once, however often and however much at once it is sent", async () => {
		const shelf = await Shelf.with(0);
		const together = await Promise.all(Array.from({ length: 20 }, () => shelf.restock(5, "delivery-1")));
		const later = await shelf.restock(5, "delivery-1");
		for (const answer of [...together, later]) expect(answer).toEqual(together[0]);
		expect(together[0]).toMatchObject({ kind: "restocked", received: 5, stock: { available: 5 } });
		expect(await shelf.report()).toMatchObject({ balanced: true, stock: { received: 5 } });
	});

	it("answers as it did then, not as it would now", async () => {
		const shelf = await Shelf.with(0);
		const first = await shelf.restock(5, "delivery-1");
		await shelf.reserve("ada", 5);
		expect(await shelf.restock(5, "delivery-1")).toEqual(first);
	});

	it("is refused for another request under the same key, and does nothing", async () => {
		const shelf = await Shelf.with(0);
		await shelf.restock(5, "delivery-1");
		expect(await shelf.restock(6, "delivery-1")).toEqual({ kind: "key-reused" });
		const adjusted = await shelf.object.adjust(
			{ delta: 1, reason: "counted", force: false },
			{ key: "delivery-1", fingerprint: "other" },
		);
		expect(adjusted).toEqual({ kind: "key-reused" });
		expect(await shelf.report()).toMatchObject({ stock: { received: 5, adjusted: 0 } });
	});

	it("adjusts once", async () => {
		const shelf = await Shelf.with(5);
		const adjust = () =>
			shelf.object.adjust({ delta: -2, reason: "broken", force: false }, { key: "count-1", fingerprint: "f" });
		const answers = await Promise.all([adjust(), adjust(), adjust()]);
		for (const answer of answers) expect(answer).toEqual(answers[0]);
		expect(await shelf.report()).toMatchObject({ balanced: true, stock: { available: 3, adjusted: -2 } });
	});

	it("that was refused may be sent again and succeed", async () => {
		const shelf = await Shelf.with(2);
		const restock = (ifOnHand: number) =>
			shelf.object.restock({ quantity: 1, reference: null, ifOnHand }, { key: "k", fingerprint: "f" });
		expect(await restock(9)).toEqual({ kind: "on-hand-differs", onHand: 2 });
		await shelf.reserve("ada");
		expect(await restock(2)).toMatchObject({ kind: "restocked", stock: { received: 3, available: 2, held: 1 } });
	});
});

describe("looking", () => {
	it("takes nothing and writes nothing, however often (woocommerce 44231)", async () => {
		const shelf = await Shelf.with(3);
		await shelf.reserve("ada");
		const before = await shelf.stored();
		for (let i = 0; i < 20; i++) {
			await shelf.object.availability();
			await shelf.object.reservation(`visitor-${i}`);
			await shelf.object.listReservations(null, "", 50);
			await shelf.object.stock();
		}
		expect(await shelf.stored()).toEqual(before);
	});
});

describe("a forced adjustment", () => {
	it("takes the newest holds, none of them pinned, and puts their shoppers first in line, oldest first", async () => {
		const shelf = await Shelf.with(5, { waitlistLimit: 9 });
		for (const id of ["ada", "bob", "cyd", "dan", "eve"]) await shelf.reserve(id);
		await shelf.object.pin({ shopperId: "eve", checkoutId: "c1", quantity: 1, acceptPreorder: false });
		await shelf.join("fay");
		const adjust = (delta: number, force: boolean) => shelf.object.adjust({ delta, reason: "fire", force }, null);
		expect(await adjust(-2, false)).toMatchObject({ kind: "below-held", shortBy: 2 });
		expect(await adjust(-5, true)).toMatchObject({ kind: "below-held", shortBy: 5 });
		expect(await shelf.report()).toMatchObject({ stock: { held: 5, adjusted: 0 } });
		expect(await adjust(-2, true)).toMatchObject({ kind: "adjusted", bumped: 2, stock: { held: 3, waiting: 3 } });
		const places = await Promise.all(
			["ada", "bob", "cyd", "dan", "eve", "fay"].map(async (id) => {
				const found = await shelf.object.reservation(id);
				return found.kind === "found" ? `${found.reservation.status} ${found.reservation.position}` : found.kind;
			}),
		);
		expect(places).toEqual(["held null", "held null", "waiting 1", "waiting 2", "paying null", "waiting 3"]);
		expect((await shelf.report()).balanced).toBe(true);
	});
});

describe("an object that no merchant has defined", () => {
	it("says so to every question, and stores nothing", async () => {
		const shelf = new Shelf(`nobody-${crypto.randomUUID()}`);
		const { object } = shelf;
		const checkout = { shopperId: "ada", checkoutId: "c1", quantity: 1, acceptPreorder: true };
		const keyed = { key: "k", fingerprint: "f" };
		const answers = await Promise.all([
			shelf.reserve("ada"),
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
		expect(count(answers)).toEqual({ "unknown-sku": answers.length });
		const { tables, alarmAtMs } = await runInDurableObject(shelf.stub, async (_object: SkuObject, { storage }) => ({
			tables: storage.sql.exec("SELECT name FROM sqlite_master").toArray(),
			alarmAtMs: await storage.getAlarm(),
		}));
		expect(tables).toEqual([]);
		expect(alarmAtMs).toBeNull();
	});
});

describe("over RPC", () => {
	it("what is private is not there", async () => {
		const shelf = await Shelf.with(0);
		const stub = shelf.stub as unknown as Record<string, Promise<unknown>>;
		await expect(Promise.resolve(stub["#runner"])).rejects.toThrow("does not implement");
	});

	it("only questions are answered: whatever stands on the class is a promise", () => {
		const names = Object.getOwnPropertyNames(SkuObject.prototype).filter((name) => name !== "constructor");
		const kinds = names.map(
			(name) => [name, Object.getOwnPropertyDescriptor(SkuObject.prototype, name)?.value] as const,
		);
		expect(names).toContain("reserveMany");
		for (const [name, method] of kinds) expect(method?.constructor.name, name).toBe("AsyncFunction");
	});

	it("what somebody does to an answer does nothing to the object", async () => {
		const shelf = await Shelf.with(3);
		const report = await shelf.report();
		Object.assign(report.stock, { available: 999 });
		Object.assign(report.product.policy, { limitPerShopper: 0 });
		expect(await shelf.reserve("ada", 4)).toMatchObject({ kind: "sold-out" });
		expect(await shelf.reserve("ada", 3)).toMatchObject({ kind: "held" });
	});
});

describe("the journal", () => {
	it("has no gap, and its balances follow from its entries, whatever was asked and refused", async () => {
		const shelf = await Shelf.with(4, {
			waitlistLimit: 9,
			preorder: { capacity: 3, expectedAtMs: null, termsVersion: "v1" },
		});
		await shelf.reserve("ada", 2);
		await shelf.reserve("ada", 3);
		await shelf.reserve("bob", 1);
		await shelf.reserve("cyd", 5);
		await shelf.join("dan", 2);
		await shelf.join("dan", 1);
		await shelf.join("eve", 2);
		await shelf.buy("ada", 2);
		await shelf.buy("fay", 1, true);
		await shelf.object.release("bob");
		await shelf.object.takeBack("ada", "co-ada", 1);
		await shelf.restock(3);
		await shelf.object.adjust({ delta: -2, reason: "fire", force: true }, null);
		await shelf.object.release("eve");
		const { journal, stock } = await shelf.stored();
		const replay = new Replay();
		expect(() => replay.add(journal)).not.toThrow();
		expect(journal.length).toBeGreaterThan(12);
		expect(stock).toMatchObject({ seq: journal.length });
		expect(journal.at(-1)).toMatchObject({ available: stock.available, held: stock.held, sold: stock.sold });
		const read = await shelf.object.journal(0, 1000);
		expect(read).toEqual({ kind: "journal", entries: journal });
		const page = await shelf.object.journal(3, 2);
		expect(page).toEqual({ kind: "journal", entries: journal.slice(3, 5) });
	});

	it("is read on from anywhere, also from the middle of what one turn did", async () => {
		const shelf = await Shelf.with(5);
		const asks = ["ada", "bob", "cyd", "dan"].map((shopperId) => ({
			...{ shopperId, quantity: 1, wait: false, ifMatch: null },
		}));
		await reserveMany(shelf.object, asks);
		await shelf.object.release("bob");
		const { journal } = await shelf.stored();
		expect(journal.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
		for (const after of [0, 1, 2, 3, 4, 5, 6]) {
			for (const limit of [1, 2, 10]) {
				const entries = journal.slice(after, after + limit);
				expect(await shelf.object.journal(after, limit)).toEqual({ kind: "journal", entries });
			}
		}
	});

	it("that has been altered is found out", async () => {
		const shelf = await Shelf.with(4);
		await shelf.reserve("ada", 2);
		await shelf.object.release("ada");
		const { journal } = await shelf.stored();
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
