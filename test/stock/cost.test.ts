/** What a command costs, in rows that SQLite reads. Rows and not time: they say the same on every machine. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { reserveMany } from "../../src/stock/reserve-columns.ts";
import { SkuHarness, START } from "./sku-harness.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: START }));
afterEach(() => void vi.useRealTimers());

const named = (name: string, howMany: number) => Array.from({ length: howMany }, (_, i) => `${name}-${i}`);
const requests = (shopperIds: readonly string[], wait: boolean) =>
	shopperIds.map((shopperId) => ({ shopperId, quantity: 1, wait, ifMatch: null }));

describe("a head of the waitlist who cannot be served", () => {
	const WAITING = 300;

	/** All units are held, and the head waits for one more than come free. */
	async function withHead(free: number): Promise<SkuHarness> {
		const sku = await SkuHarness.with(1_000, { waitlistLimit: 10_000 });
		await sku.reserve("free", 500);
		await sku.reserve("kept", 500);
		await sku.join("head", 501);
		await reserveMany(sku.object, requests(named("behind", WAITING), true));
		if (free > 0) await sku.reserve("free", 500 - free);
		return sku;
	}

	const looks = (sku: SkuHarness) =>
		sku.rowsRead(async (object) => {
			for (let i = 0; i < 10; i++) await object.availability();
		});
	const joins = (sku: SkuHarness) => sku.rowsRead((object) => reserveMany(object, requests(named("new", 100), true)));

	it("makes a look read no more rows than it reads while nothing is free", async () => {
		const [without, unservable] = [await withHead(0), await withHead(400)];
		await looks(unservable);
		expect(await looks(unservable)).toBe(await looks(without));
	});

	it("makes a batch of joins read no more rows than it reads while nothing is free", async () => {
		const [without, unservable] = [await withHead(0), await withHead(400)];
		for (const sku of [without, unservable]) expect((await sku.join("before")).kind).toBe("waiting");
		expect(await joins(unservable)).toBe(await joins(without));
	});

	it("costs no more when it is a paid pre-order", async () => {
		const preorder = { capacity: 10_000, expectedAtMs: null, termsVersion: "v1" };
		const owing = async (units: number) => {
			const sku = await SkuHarness.with(0, { preorder });
			for (const id of named("owed", 40)) await sku.buy(id, 50, true);
			if (units > 0) await sku.restock(units);
			await looks(sku);
			return sku;
		};
		const [without, unservable] = [await owing(0), await owing(49)];
		expect((await unservable.stored()).stock).toMatchObject({ available: 49, owed: 2_000 });
		expect(await looks(unservable)).toBe(await looks(without));
	});

	it("is served at once when enough comes free, and those behind in order", async () => {
		const sku = await withHead(400);
		await sku.reserve("free", 1);
		expect(await sku.statusOf("head")).toBe("waiting");
		await sku.object.release("free");
		expect(await sku.statusOf("head")).toBe("waiting");
		await sku.restock(1);
		expect(await sku.statusOf("head")).toBe("held");
		await sku.restock(2);
		expect(await sku.statusOf("behind-1")).toBe("held");
		expect(await sku.statusOf("behind-2")).toBe("waiting");
		expect((await sku.report()).balanced).toBe(true);
	});

	it("passes the line on when it gives up its place", async () => {
		const sku = await withHead(400);
		await sku.object.release("head");
		expect((await sku.report()).stock).toMatchObject({ waiting: 0, available: 100 });
	});
});

describe("a place on a long waitlist", () => {
	it("costs a shopper who has just joined, and one behind whom few have, no walk of it", async () => {
		const sku = await SkuHarness.with(1, { waitlistLimit: 10_000 });
		await sku.reserve("first");
		for (let i = 0; i < 6; i++) await reserveMany(sku.object, requests(named(`w${i}`, 500), true));
		const look = (shopperId: string) => sku.rowsRead((object) => object.reservation(shopperId));
		await look("w5-499");
		expect(await look("w5-490")).toBeLessThan(40);
		expect(await sku.object.reservation("w5-490")).toMatchObject({ reservation: { position: 2_991 } });
		expect(await sku.object.reservation("w0-0")).toMatchObject({ reservation: { position: 1 } });
		expect(await sku.object.reservation("w3-0")).toMatchObject({ reservation: { position: 1_501 } });
		// Others leave, and the last is still counted from the end.
		for (const id of ["w0-0", "w2-3", "w5-499"]) await sku.object.release(id);
		expect(await look("w5-490")).toBeLessThan(40);
		expect(await sku.object.reservation("w5-490")).toMatchObject({ reservation: { position: 2_989 } });
		expect(await sku.join("late")).toMatchObject({ reservation: { position: 2_998 } });
	});
});

describe("a SKU that has sold for long", () => {
	const day = 86_400_000;

	/** Rows as years of sales leave them. */
	async function withPast(rows: number): Promise<SkuHarness> {
		const sku = await SkuHarness.with(rows, { waitlistLimit: 100 });
		await sku.reserve("ada", 2);
		await sku.plantPast(rows, START - 90 * day);
		return sku;
	}

	const reads = (sku: SkuHarness) => ({
		stock: () => sku.rowsRead((object) => object.stock()),
		buyers: () => sku.rowsRead((object) => object.buyers("past-5", 50)),
		sales: () => sku.rowsRead((object) => object.sales("past-5", 50)),
		suspects: () => sku.rowsRead((object) => object.suspects(50)),
		held: () => sku.rowsRead((object) => object.listReservations("held", "", 50)),
	});

	it.each(["buyers", "sales", "suspects", "held"] as const)("reads a page and not the past: %s", async (question) => {
		const [few, many] = [await withPast(1_000), await withPast(20_000)];
		expect(await reads(many)[question]()).toBeLessThanOrEqual(2 * (await reads(few)[question]()));
	});

	it("answers GET …/stock by as many rows as a new one, once the past is folded", async () => {
		const [few, many] = [await withPast(1_000), await withPast(20_000)];
		for (const sku of [few, many]) await sku.foldAll();
		expect(await many.report()).toMatchObject({ balanced: true, stock: { sold: 2_000, held: 2 } });
		expect(await reads(many).stock()).toBeLessThanOrEqual(2 * (await reads(few).stock()));
	});
});
