/** A long line at the object: served in order whatever goes on meanwhile, and in turns that keep nobody else waiting. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MAX_ROWS_PER_COMMAND } from "../../src/limits.ts";
import { reserveMany } from "../../src/stock/reserve-columns.ts";
import type { SkuObject } from "../../src/stock/sku.ts";
import { Replay } from "./replay.ts";
import { Shelf, START } from "./sku-harness.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: START }));
afterEach(() => void vi.useRealTimers());

const named = (name: string, howMany: number) => Array.from({ length: howMany }, (_, i) => `${name}-${i}`);
const asks = (shopperIds: readonly string[], wait: boolean) =>
	shopperIds.map((shopperId) => ({ shopperId, quantity: 1, wait, ifMatch: null }));

/** Who got units in this way, in the order of the journal. */
async function served(shelf: Shelf, ...kinds: string[]): Promise<string[]> {
	const { journal } = await shelf.stored();
	new Replay().add(journal);
	return journal.flatMap(({ kind, shopperId }) => (kinds.includes(kind) && shopperId !== null ? [shopperId] : []));
}

describe("a restock while 500 shoppers are asking", () => {
	it("goes to paid pre-orders first, then down the line in order, then to newcomers", async () => {
		const preorder = { capacity: 20, expectedAtMs: null, termsVersion: "v1" };
		const shelf = await Shelf.with(1, { waitlistLimit: 1_000, preorder });
		await shelf.reserve("first");
		const owed = named("owed", 20);
		for (const id of owed) expect(await shelf.buy(id, 1, true)).toMatchObject({ kind: "owed" });
		const line = named("line", 30);
		await reserveMany(shelf.object, asks(line, true));

		const newcomers = named("new", 500);
		const before = newcomers.slice(0, 250).map((id) => shelf.reserve(id));
		const restock = shelf.restock(100);
		const after = newcomers.slice(250).map((id) => shelf.reserve(id));
		expect(await restock).toMatchObject({ kind: "restocked", received: 100, filledPreorders: 20, promoted: 30 });
		const answers = await Promise.all([...before, ...after]);

		expect(answers.filter(({ kind }) => kind === "held")).toHaveLength(50);
		expect(await served(shelf, "preorder-filled")).toEqual(owed);
		expect(await served(shelf, "promoted")).toEqual(line);
		expect(await served(shelf, "preorder-filled", "promoted", "held")).toEqual([
			"first",
			...owed,
			...line,
			...(await served(shelf, "held")).slice(1),
		]);
		expect(await shelf.report()).toMatchObject({
			balanced: true,
			stock: { available: 0, waiting: 0, owed: 0, held: 81 },
		});
	});
});

describe("a restock that does not reach far enough", () => {
	it("waits whole for the first pre-order, and promises the line nothing of it (sylius 3857)", async () => {
		const preorder = { capacity: 9, expectedAtMs: null, termsVersion: "v1" };
		const shelf = await Shelf.with(1, { waitlistLimit: 9, preorder });
		await shelf.reserve("first");
		await shelf.buy("owed", 3, true);
		await shelf.join("line");
		expect(await shelf.restock(2)).toMatchObject({ filledPreorders: 0, promoted: 0, handingOut: 0 });
		expect((await shelf.stored()).stock).toMatchObject({ available: 2, owed: 3, waiting: 1 });
		expect((await shelf.reserve("late")).kind).toBe("sold-out");
		expect(await shelf.restock(2)).toMatchObject({ filledPreorders: 3, promoted: 1, handingOut: 0 });
	});
});

describe("a unit that comes free", () => {
	const pin = { shopperId: "cyd", checkoutId: "c1", quantity: 1, acceptPreorder: false };
	const causes: Record<string, (shelf: Shelf) => Promise<unknown>> = {
		"by a release": (shelf) => shelf.object.release("ada"),
		"by the merchant's release": async (shelf) =>
			shelf.object.releaseById((await shelf.stored()).reservations[0]?.id ?? "none"),
		"by asking for less": (shelf) => shelf.reserve("bob", 1),
		"by checking out less": (shelf) => shelf.object.pin({ ...pin, shopperId: "bob", checkoutId: "c2" }),
		"by a checkout that is called off": (shelf) => shelf.object.unpin("cyd", "c1"),
		"by a refund": (shelf) => shelf.object.takeBack("dan", "co-dan", 1),
		"by a restock": (shelf) => shelf.restock(1),
		"by a count": (shelf) => shelf.object.adjust({ delta: 1, reason: "found", force: false }, null),
	};

	it.each(Object.keys(causes))("%s is the next one's in the same turn, with nobody asking", async (cause) => {
		const shelf = await Shelf.with(5, { waitlistLimit: 9 });
		await shelf.reserve("ada");
		await shelf.reserve("bob", 2);
		await shelf.object.pin(pin);
		await shelf.buy("dan");
		await shelf.join("eve");
		await shelf.join("fay");
		await causes[cause]?.(shelf);
		const { reservations, stock } = await shelf.stored();
		const waited = reservations.filter(({ shopperId }) => shopperId === "eve" || shopperId === "fay");
		expect(waited).toMatchObject([{ status: "held", expiresAtMs: START + 300_000 }, { status: "waiting" }]);
		expect(stock).toMatchObject({ available: 0, waiting: 1 });
	});
});

describe("a shopper in line who wants more", () => {
	it("is served after those who stood behind: they had not agreed to wait for it", async () => {
		const shelf = await Shelf.with(2, { waitlistLimit: 9 });
		await shelf.reserve("first", 2);
		for (const id of ["ada", "bob", "cyd"]) await shelf.join(id);
		expect(await shelf.join("ada", 2)).toMatchObject({ kind: "waiting", reservation: { position: 3, quantity: 2 } });
		await shelf.restock(1);
		await shelf.restock(2);
		await shelf.restock(1);
		expect(await served(shelf, "promoted")).toEqual(["bob", "cyd", "ada"]);
	});
});

describe("an offer", () => {
	it("is spent when its checkout is called off: the unit goes on to the next (pretix 1163)", async () => {
		const shelf = await Shelf.with(1, { waitlistLimit: 9 });
		await shelf.reserve("ada");
		await shelf.join("bob");
		await shelf.join("cyd");
		await shelf.object.release("ada");
		await shelf.object.pin({ shopperId: "bob", checkoutId: "c1", quantity: 1, acceptPreorder: false });
		await shelf.object.unpin("bob", "c1");
		expect(await shelf.statusOf("bob")).toBe("released");
		expect(await shelf.statusOf("cyd")).toBe("held");
		expect(await shelf.join("bob")).toMatchObject({ kind: "waiting", reservation: { position: 1 } });
	});

	it("is made for each unit that there is, and for none that there is not (pretix 1238)", async () => {
		const shelf = await Shelf.with(1, { waitlistLimit: 99 });
		await shelf.reserve("first");
		await reserveMany(shelf.object, asks(named("line", 60), true));
		const adjust = (delta: number) => shelf.object.adjust({ delta, reason: "counted", force: true }, null);
		for (const delta of [3, -2, -1, 2, 0, 1]) {
			await adjust(delta);
			const { stock } = await shelf.stored();
			expect(stock.held + stock.available).toBe(1 + stock.adjusted);
			expect(stock.available).toBe(0);
		}
		expect((await shelf.stored()).stock).toMatchObject({ held: 4, waiting: 57 });
	});
});

describe("a line longer than one turn may serve", () => {
	const LENGTH = 3 * MAX_ROWS_PER_COMMAND + 7;
	const line = named("line", LENGTH);

	async function longLine(): Promise<Shelf> {
		const shelf = await Shelf.with(1, { waitlistLimit: LENGTH + 10, offerMs: 5_000 });
		await shelf.reserve("first");
		for (let i = 0; i < LENGTH; i += 500) await reserveMany(shelf.object, asks(line.slice(i, i + 500), true));
		return shelf;
	}

	it("is told at once how far the units will go, and gets them in order, with nobody passing", async () => {
		const shelf = await longLine();
		const answer = await shelf.restock(LENGTH + 1);
		expect(answer).toMatchObject({ kind: "restocked", received: LENGTH + 1, filledPreorders: 0, promoted: LENGTH });
		// Whoever comes now is behind them all: the one unit more is theirs, and not before.
		expect(await shelf.reserve("late")).toMatchObject({ kind: "held" });
		expect(await served(shelf, "promoted", "held")).toEqual(["first", ...line, "late"]);
		expect(await shelf.report()).toMatchObject({ balanced: true, stock: { available: 0, waiting: 0 } });
	});

	it("is served by the alarm when nobody asks", async () => {
		const shelf = await longLine();
		const before = await shelf.stored();
		// The object alone: a restock whose caller hears nothing back and asks nothing more.
		await shelf.restock(LENGTH);
		const after = await shelf.stored();
		expect(after.stock.held).toBeGreaterThan(before.stock.held);
		if (after.stock.waiting > 0) {
			expect(after.alarmAtMs).toBe(START);
			expect(await runDurableObjectAlarm(shelf.stub)).toBe(true);
		}
		expect((await shelf.stored()).stock).toMatchObject({ waiting: 0, available: 0 });
		expect(await served(shelf, "promoted")).toEqual(line);
	});

	it("changes no more rows in one turn than a turn may", async () => {
		const shelf = await longLine();
		const turns = await runInDurableObject(shelf.stub, async (object: SkuObject, { storage }) => {
			const rows: number[] = [];
			let seq = 0;
			const seen = () => storage.sql.exec<{ seq: number }>("SELECT seq FROM stock").one().seq;
			const transactionSync = storage.transactionSync.bind(storage);
			seq = seen();
			vi.spyOn(storage, "transactionSync").mockImplementation((work) => {
				const answer = transactionSync(work);
				rows.push(seen() - seq);
				seq = seen();
				return answer;
			});
			await object.restock({ quantity: LENGTH, reference: null, ifOnHand: null }, { key: "k", fingerprint: "f" });
			await object.availability();
			vi.restoreAllMocks();
			return rows;
		});
		expect(turns.reduce((sum, rows) => sum + rows, 0)).toBe(LENGTH + 1);
		expect(Math.max(...turns)).toBeLessThanOrEqual(MAX_ROWS_PER_COMMAND + 1);
		expect(turns.length).toBeGreaterThanOrEqual(4);
	});

	it("whose offers all run out at once is ended in turns as well, before anybody is answered", async () => {
		const shelf = await longLine();
		await shelf.restock(LENGTH);
		await shelf.report();
		vi.setSystemTime(START + 600_000);
		expect(await shelf.reserve("late", LENGTH + 1)).toMatchObject({ kind: "held" });
		expect((await served(shelf, "expired")).sort()).toEqual(["first", ...line].sort());
		expect((await shelf.report()).balanced).toBe(true);
	});
});
