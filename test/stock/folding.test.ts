/** What is folded of a SKU's past, and when; and that everything that reads the past is still right afterwards. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FOLD_AFTER_MS, FOLD_EVERY_MS, FOLD_FROM, FOLD_SLICE } from "../../src/limits.ts";
import type { SkuObject } from "../../src/stock/sku.ts";
import { SkuHarness, START } from "./sku-harness.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: START }));
afterEach(() => void vi.useRealTimers());

const LONG_AGO = START - FOLD_AFTER_MS - FOLD_EVERY_MS;
const PAST = 2 * FOLD_FROM;

/** A SKU with a past, some of it sold, and all of that folded. */
async function folded(policy: Parameters<typeof SkuHarness.with>[1] = {}): Promise<SkuHarness> {
	const sku = await SkuHarness.with(PAST + 10, policy);
	await sku.plantPast(10 * PAST, LONG_AGO);
	await sku.foldAll();
	return sku;
}

const rows = <T>(sku: SkuHarness, query: string) =>
	runInDurableObject(sku.stub, (_object: SkuObject, { storage }) => storage.sql.exec(query).toArray() as T[]);
const sums = async (sku: SkuHarness) =>
	Object.fromEntries(
		(await rows<{ kind: string; rows: number; quantity: number; returned: number }>(sku, "SELECT * FROM carried")).map(
			({ kind, ...sum }) => [kind, sum],
		),
	);
const full = async (sku: SkuHarness) => {
	const report = await sku.object.stock(true);
	return report.kind === "stock" && report.balanced;
};

describe("folding", () => {
	it("keeps what was sold, deletes what ended otherwise, and carries one sum of each kind", async () => {
		const sku = await folded();
		expect(await rows(sku, "SELECT status, carried, COUNT(*) AS rows FROM reservations GROUP BY 1, 2")).toEqual([
			{ status: "sold", carried: 1, rows: PAST },
		]);
		expect(await sums(sku)).toMatchObject({
			sold: { rows: PAST, quantity: PAST, returned: 0 },
			expired: { rows: PAST },
			released: { rows: 8 * PAST },
		});
		expect(await sku.report()).toMatchObject({ balanced: true, stock: { sold: PAST, available: 10 } });
		expect(await full(sku)).toBe(true);
		expect((await sku.stored()).journal).toHaveLength(1);
	});

	it("changes no more rows at once than a slice, and serves others between slices", async () => {
		const sku = await SkuHarness.with(PAST);
		await sku.plantPast(10 * PAST, LONG_AGO);
		await sku.object.availability();
		const seen = await runInDurableObject(sku.stub, async (object: SkuObject, { storage }) => {
			const count = () =>
				storage.sql
					.exec<{ n: number }>(
						"SELECT (SELECT SUM(carried) FROM reservations) - (SELECT COUNT(*) FROM reservations) AS n",
					)
					.one().n;
			const slices: number[] = [];
			const transactionSync = storage.transactionSync.bind(storage);
			storage.transactionSync = ((work: () => unknown) => {
				const before = count();
				const result = transactionSync(work);
				slices.push(count() - before);
				return result;
			}) as typeof storage.transactionSync;
			const order: string[] = [];
			vi.setSystemTime(START + 60_000);
			const alarm = object.alarm().then(() => order.push("alarm"));
			await object.availability().then(() => order.push("shopper"));
			await alarm;
			Reflect.deleteProperty(storage, "transactionSync");
			return { slices: slices.filter((n) => n > 0), order };
		});
		expect(Math.max(...seen.slices)).toBe(FOLD_SLICE);
		expect(seen.slices.length).toBeGreaterThan(3);
		expect(seen.order).toEqual(["shopper", "alarm"]);
	});

	it("keeps what ended within the bound, which a late payment may still ask for", async () => {
		const sku = await SkuHarness.with(PAST);
		await sku.plantPast(10 * FOLD_FROM, START);
		await sku.foldAll();
		const left = () => rows<{ n: number }>(sku, "SELECT COUNT(*) AS n FROM reservations WHERE status <> 'sold'");
		expect(await left()).toEqual([{ n: 9 * FOLD_FROM }]);
		expect((await sku.stored()).alarmAtMs).toBe(START + FOLD_AFTER_MS + FOLD_EVERY_MS);
		vi.setSystemTime(START + FOLD_AFTER_MS);
		await runDurableObjectAlarm(sku.stub);
		expect(await left()).toEqual([{ n: 9 * FOLD_FROM }]);
		vi.setSystemTime(START + FOLD_AFTER_MS + FOLD_EVERY_MS);
		await sku.foldAll();
		expect(await left()).toEqual([{ n: 0 }]);
		expect((await sku.report()).balanced).toBe(true);
	});

	it("leaves a SKU alone that has sold little, and sets no alarm for it", async () => {
		const sku = await SkuHarness.with(PAST);
		await sku.plantPast(FOLD_FROM / 2, LONG_AGO);
		await sku.object.availability();
		expect((await sku.stored()).alarmAtMs).toBeNull();
		expect((await sku.stored()).reservations).toHaveLength(FOLD_FROM / 2);
	});

	it("goes on by itself while the SKU sells", async () => {
		const sku = await SkuHarness.with(PAST);
		for (let i = 0; i < FOLD_FROM + FOLD_SLICE; i++) await sku.buy(`s-${i}`);
		await sku.foldAll();
		expect(await sums(sku)).toMatchObject({ sold: { rows: FOLD_FROM + FOLD_SLICE } });
		expect(await sku.report()).toMatchObject({ balanced: true, stock: { sold: FOLD_FROM + FOLD_SLICE } });
	});

	it("carries units that arrived and were counted, and its journal stays as it was", async () => {
		const sku = await SkuHarness.with(5);
		for (let i = 0; i < FOLD_FROM + 1; i++) {
			await sku.object.adjust({ delta: i % 2 === 0 ? 3 : -2, reason: "counted", force: false }, null);
		}
		await evictDurableObject(sku.stub);
		const before = (await sku.stored()).journal;
		await sku.foldAll();
		expect(await sums(sku)).toMatchObject({ received: { quantity: 5 }, adjusted: { quantity: 503 } });
		expect(await sku.report()).toMatchObject({ balanced: true, stock: { received: 5, adjusted: 503 } });
		expect((await sku.stored()).journal).toEqual(before);
	});
});

describe("what reads the past", () => {
	it("takes back units of a sale that was folded, once, and folds it again", async () => {
		const sku = await folded();
		for (let i = 0; i < 2; i++) await sku.object.takeBack("past-70", "past-70", 1);
		expect(await sku.report()).toMatchObject({ balanced: true, stock: { sold: PAST - 1, returned: 1, available: 11 } });
		expect(await sums(sku)).toMatchObject({ sold: { rows: PAST - 1, quantity: PAST - 1, returned: 0 } });
		expect(await full(sku)).toBe(true);
	});

	it("leaves sums as they were when taking back is undone", async () => {
		const sku = await folded();
		await runInDurableObject(sku.stub, async (object: SkuObject, { storage }) => {
			vi.spyOn(storage, "setAlarm").mockImplementation(() => {
				throw new Error("no alarm");
			});
			vi.setSystemTime(START + 1_000_000);
			const failing = object.pin({ shopperId: "ada", checkoutId: "c1", quantity: 1, acceptPreorder: false });
			await expect(failing).rejects.toThrow("no alarm");
			vi.restoreAllMocks();
		});
		await sku.object.takeBack("past-70", "past-70", 1);
		expect((await sku.report()).balanced).toBe(true);
		expect(await full(sku)).toBe(true);
	});

	it("counts sales that were folded for the limit per shopper", async () => {
		const sku = await folded({ limitPerShopper: 1 });
		expect(await sku.reserve("past-70")).toEqual({ kind: "limit-exceeded", limit: 1, owned: 1 });
		expect(await sku.reserve("past-71")).toMatchObject({ kind: "held", created: true });
	});

	it("has no reservation of a shopper whose last one was deleted, nor for its id or its checkout", async () => {
		const sku = await folded();
		expect(await sku.object.reservation("past-71")).toEqual({ kind: "no-reservation", lastStatus: null });
		expect(await sku.object.releaseById("past-71")).toMatchObject({ kind: "no-reservation" });
		expect(await sku.object.unpin("past-71", "past-71")).toMatchObject({ kind: "unpinned" });
		expect(await sku.object.reservation("past-70")).toMatchObject({ reservation: { status: "sold" } });
	});

	it("names every buyer in pages, folded or not, in order", async () => {
		const sku = await folded();
		for (const id of ["a-first", "past-705", "zoe"]) {
			await sku.object.commit({ shopperId: id, checkoutId: id, quantity: 1, acceptPreorder: false });
		}
		const named: string[] = [];
		for (let after = ""; ; ) {
			const page = await sku.object.buyers(after, 300);
			if ("kind" in page || page.length === 0) break;
			named.push(...page);
			after = page.at(-1) as string;
		}
		const sold = Array.from({ length: PAST }, (_, i) => `past-${10 * i}`);
		expect(named).toEqual([...sold, "a-first", "past-705", "zoe"].sort());
	});

	it("keeps pre-orders that were paid, and takes back what they were filled with", async () => {
		const preorder = { capacity: 10_000, expectedAtMs: null, termsVersion: "v1" };
		const sku = await SkuHarness.with(1, { preorder, paymentWindowMs: 1_000, paymentGraceMs: 1_000 });
		await sku.reserve("ada");
		for (const id of ["bob", "cyd", "dan"]) await sku.buy(id, 2, true);
		await sku.object.takeBack("bob", "co-bob", 1);
		await sku.object.cancelPreorder("cyd", "co-cyd");
		await sku.restock(3);
		for (let i = 0; i < FOLD_FROM; i++) {
			await sku.object.pin({ shopperId: `s-${i}`, checkoutId: `c-${i}`, quantity: 1, acceptPreorder: true });
		}
		vi.setSystemTime(START + 10_000);
		await sku.object.availability();
		const before = (await sku.report()).stock;
		vi.setSystemTime(START + FOLD_AFTER_MS + 2 * FOLD_EVERY_MS);
		await evictDurableObject(sku.stub);
		await sku.foldAll();
		expect((await sku.stored()).preorders).toHaveLength(3);
		// The shopper's own hold has run out meanwhile, and nothing else has changed.
		expect(await sku.report()).toMatchObject({
			balanced: true,
			stock: { ...before, held: 0, available: 1, version: before.version + 1, seq: before.seq + 1 },
		});
		await sku.object.takeBack("bob", "co-bob", 2);
		expect(await sku.report()).toMatchObject({ balanced: true, stock: { filled: 3, returned: 1, cancelled: 3 } });
		expect(await full(sku)).toBe(true);
	});
});

describe("an audit", () => {
	it("shows a sum that was altered", async () => {
		const sku = await folded();
		await sku.tamper("UPDATE carried SET quantity = quantity + 1 WHERE kind = 'sold'");
		expect((await sku.report()).balanced).toBe(false);
	});

	it("shows a folded row that was altered when it is asked to read every row", async () => {
		const sku = await folded();
		expect(await full(sku)).toBe(true);
		await sku.tamper("UPDATE reservations SET quantity = 2 WHERE id = 'past-70'");
		expect(await full(sku)).toBe(false);
	});
});
