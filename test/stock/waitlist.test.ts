/**
 * The waitlist at the object: served in order whatever goes on meanwhile, and in units of work that keep nobody else
 * waiting.
 */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MAX_ROWS_PER_COMMAND } from "../../src/limits.ts";
import { reserveMany } from "../../src/stock/reserve-columns.ts";
import type { SkuObject } from "../../src/stock/sku.ts";
import { Replay } from "./replay.ts";
import { SkuHarness, START } from "./sku-harness.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: START }));
afterEach(() => void vi.useRealTimers());

const named = (name: string, howMany: number) => Array.from({ length: howMany }, (_, i) => `${name}-${i}`);
const requests = (shopperIds: readonly string[], wait: boolean) =>
	shopperIds.map((shopperId) => ({ shopperId, quantity: 1, wait, ifMatch: null }));

/** Shoppers of the journal's entries of these kinds, in its order. */
async function served(sku: SkuHarness, ...kinds: string[]): Promise<string[]> {
	const { journal } = await sku.stored();
	new Replay().add(journal);
	return journal.flatMap(({ kind, shopperId }) => (kinds.includes(kind) && shopperId !== null ? [shopperId] : []));
}

describe("a restock while 500 shoppers reserve", () => {
	it("goes to paid pre-orders first, then to the waitlist in order, then to newcomers", async () => {
		const preorder = { capacity: 20, expectedAtMs: null, termsVersion: "v1" };
		const sku = await SkuHarness.with(1, { waitlistLimit: 1_000, preorder });
		await sku.reserve("first");
		const owed = named("owed", 20);
		for (const id of owed) expect(await sku.buy(id, 1, true)).toMatchObject({ kind: "owed" });
		const waiters = named("waiting", 30);
		await reserveMany(sku.object, requests(waiters, true));

		const newcomers = named("new", 500);
		const before = newcomers.slice(0, 250).map((id) => sku.reserve(id));
		const restock = sku.restock(100);
		const after = newcomers.slice(250).map((id) => sku.reserve(id));
		expect(await restock).toMatchObject({ kind: "restocked", received: 100, filledPreorders: 20, promoted: 30 });
		const results = await Promise.all([...before, ...after]);

		expect(results.filter(({ kind }) => kind === "held")).toHaveLength(50);
		expect(await served(sku, "preorder-filled")).toEqual(owed);
		expect(await served(sku, "promoted")).toEqual(waiters);
		expect(await served(sku, "preorder-filled", "promoted", "held")).toEqual([
			"first",
			...owed,
			...waiters,
			...(await served(sku, "held")).slice(1),
		]);
		expect(await sku.report()).toMatchObject({
			balanced: true,
			stock: { available: 0, waiting: 0, owed: 0, held: 81 },
		});
	});
});

describe("a restock of too few units", () => {
	it("stays for the first pre-order as a whole, and gives the waitlist nothing of it (sylius 3857)", async () => {
		const preorder = { capacity: 9, expectedAtMs: null, termsVersion: "v1" };
		const sku = await SkuHarness.with(1, { waitlistLimit: 9, preorder });
		await sku.reserve("first");
		await sku.buy("owed", 3, true);
		await sku.join("waiting");
		expect(await sku.restock(2)).toMatchObject({ filledPreorders: 0, promoted: 0, handingOut: 0 });
		expect((await sku.stored()).stock).toMatchObject({ available: 2, owed: 3, waiting: 1 });
		expect((await sku.reserve("late")).kind).toBe("sold-out");
		expect(await sku.restock(2)).toMatchObject({ filledPreorders: 3, promoted: 1, handingOut: 0 });
	});
});

describe("a unit that comes free", () => {
	const pin = { shopperId: "cyd", checkoutId: "c1", quantity: 1, acceptPreorder: false };
	const causes: Record<string, (sku: SkuHarness) => Promise<unknown>> = {
		"by a release": (sku) => sku.object.release("ada"),
		"by the merchant's release": async (sku) =>
			sku.object.releaseById((await sku.stored()).reservations[0]?.id ?? "none"),
		"by asking for less": (sku) => sku.reserve("bob", 1),
		"by buying less than was held": async (sku) => {
			const checkout = { ...pin, shopperId: "bob", checkoutId: "c2" };
			await sku.object.pin(checkout);
			expect(await sku.statusOf("eve")).toBe("waiting");
			await sku.object.commit(checkout);
		},
		"by a cancelled checkout": (sku) => sku.object.unpin("cyd", "c1"),
		"by a refund": (sku) => sku.object.takeBack("dan", "co-dan", 1),
		"by a restock": (sku) => sku.restock(1),
		"by a count": (sku) => sku.object.adjust({ delta: 1, reason: "found", force: false }, null),
	};

	it.each(Object.keys(causes))("%s goes to the head of the waitlist in the same unit of work", async (cause) => {
		const sku = await SkuHarness.with(5, { waitlistLimit: 9 });
		await sku.reserve("ada");
		await sku.reserve("bob", 2);
		await sku.object.pin(pin);
		await sku.buy("dan");
		await sku.join("eve");
		await sku.join("fay");
		await causes[cause]?.(sku);
		const { reservations, stock } = await sku.stored();
		const waited = reservations.filter(({ shopperId }) => shopperId === "eve" || shopperId === "fay");
		expect(waited).toMatchObject([{ status: "held", expiresAtMs: START + 300_000 }, { status: "waiting" }]);
		expect(stock).toMatchObject({ available: 0, waiting: 1 });
	});
});

describe("a waiting shopper who wants more", () => {
	it("is served after those behind, who did not agree to wait for it", async () => {
		const sku = await SkuHarness.with(2, { waitlistLimit: 9 });
		await sku.reserve("first", 2);
		for (const id of ["ada", "bob", "cyd"]) await sku.join(id);
		expect(await sku.join("ada", 2)).toMatchObject({ kind: "waiting", reservation: { position: 3, quantity: 2 } });
		await sku.restock(1);
		await sku.restock(2);
		await sku.restock(1);
		expect(await served(sku, "promoted")).toEqual(["bob", "cyd", "ada"]);
	});
});

describe("an offer", () => {
	it("goes on when its checkout is cancelled, and passes to the next shopper when it runs out (pretix 1163)", async () => {
		const sku = await SkuHarness.with(1, { waitlistLimit: 9 });
		await sku.reserve("ada");
		await sku.join("bob");
		await sku.join("cyd");
		await sku.object.release("ada");
		await sku.object.pin({ shopperId: "bob", checkoutId: "c1", quantity: 1, acceptPreorder: false });
		await sku.object.unpin("bob", "c1");
		expect(await sku.statusOf("bob")).toBe("held");
		vi.setSystemTime(START + 300_000);
		expect(await sku.statusOf("bob")).toBe("expired");
		expect(await sku.statusOf("cyd")).toBe("held");
		expect(await sku.join("bob")).toMatchObject({ kind: "waiting", reservation: { position: 1 } });
	});

	it("is made for each unit that exists, and for no other (pretix 1238)", async () => {
		const sku = await SkuHarness.with(1, { waitlistLimit: 99 });
		await sku.reserve("first");
		await reserveMany(sku.object, requests(named("waiting", 60), true));
		const adjust = (delta: number) => sku.object.adjust({ delta, reason: "counted", force: true }, null);
		for (const delta of [3, -2, -1, 2, 0, 1]) {
			await adjust(delta);
			const { stock } = await sku.stored();
			expect(stock.held + stock.available).toBe(1 + stock.adjusted);
			expect(stock.available).toBe(0);
		}
		expect((await sku.stored()).stock).toMatchObject({ held: 4, waiting: 57 });
	});
});

describe("a waitlist longer than one unit of work may serve", () => {
	const LENGTH = 3 * MAX_ROWS_PER_COMMAND + 7;
	const waiters = named("waiting", LENGTH);

	async function longWaitlist(): Promise<SkuHarness> {
		const sku = await SkuHarness.with(1, { waitlistLimit: LENGTH + 10, offerMs: 5_000 });
		await sku.reserve("first");
		for (let i = 0; i < LENGTH; i += 500) await reserveMany(sku.object, requests(waiters.slice(i, i + 500), true));
		return sku;
	}

	it("gets its units in order, with nobody passing, while the restock returns at once how far they go", async () => {
		const sku = await longWaitlist();
		const result = await sku.restock(LENGTH + 1);
		expect(result).toMatchObject({ kind: "restocked", received: LENGTH + 1, filledPreorders: 0, promoted: LENGTH });
		// A newcomer is behind them all, and gets the one unit that is left when they are served.
		expect(await sku.reserve("late")).toMatchObject({ kind: "held" });
		expect(await served(sku, "promoted", "held")).toEqual(["first", ...waiters, "late"]);
		expect(await sku.report()).toMatchObject({ balanced: true, stock: { available: 0, waiting: 0 } });
	});

	it("is served by the alarm when nobody calls", async () => {
		const sku = await longWaitlist();
		const before = await sku.stored();
		await sku.restock(LENGTH);
		const after = await sku.stored();
		expect(after.stock.held).toBeGreaterThan(before.stock.held);
		if (after.stock.waiting > 0) {
			expect(after.alarmAtMs).toBe(START);
			expect(await runDurableObjectAlarm(sku.stub)).toBe(true);
		}
		expect((await sku.stored()).stock).toMatchObject({ waiting: 0, available: 0 });
		expect(await served(sku, "promoted")).toEqual(waiters);
	});

	it("changes no more rows in one unit of work than MAX_ROWS_PER_COMMAND", async () => {
		const sku = await longWaitlist();
		const rowsPerUnit = await runInDurableObject(sku.stub, async (object: SkuObject, { storage }) => {
			const rows: number[] = [];
			let seq = 0;
			const seen = () => storage.sql.exec<{ seq: number }>("SELECT seq FROM stock").one().seq;
			const transactionSync = storage.transactionSync.bind(storage);
			seq = seen();
			vi.spyOn(storage, "transactionSync").mockImplementation((work) => {
				const result = transactionSync(work);
				rows.push(seen() - seq);
				seq = seen();
				return result;
			});
			await object.restock({ quantity: LENGTH, reference: null, ifOnHand: null }, { key: "k", fingerprint: "f" });
			await object.availability();
			vi.restoreAllMocks();
			return rows;
		});
		expect(rowsPerUnit.reduce((sum, rows) => sum + rows, 0)).toBe(LENGTH + 1);
		expect(Math.max(...rowsPerUnit)).toBeLessThanOrEqual(MAX_ROWS_PER_COMMAND + 1);
		expect(rowsPerUnit.length).toBeGreaterThanOrEqual(4);
	});

	it("has its expired offers ended in several units of work, before anybody gets a result", async () => {
		const sku = await longWaitlist();
		await sku.restock(LENGTH);
		await sku.report();
		vi.setSystemTime(START + 600_000);
		expect(await sku.reserve("late", LENGTH + 1)).toMatchObject({ kind: "held" });
		expect((await served(sku, "expired")).sort()).toEqual(["first", ...waiters].sort());
		expect((await sku.report()).balanced).toBe(true);
	});
});
