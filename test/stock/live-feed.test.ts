/** The sockets of a SKU's watchers, at its object. What watchers receive over HTTP is tested in `http/live.test.ts`. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
	LIVE_INTERVAL_MS,
	LIVE_SOCKETS,
	LIVE_SOCKETS_PER_ADDRESS,
	LIVE_SOCKETS_PER_SHOPPER,
	MAX_ROWS_PER_COMMAND,
} from "../../src/limits.ts";
import { reserveMany } from "../../src/stock/reserve-columns.ts";
import { WATCHER_ADDRESS_HEADER, WATCHER_HEADER, WATCHER_UNTIL_HEADER } from "../../src/stock/rpc.ts";
import type { SkuObject } from "../../src/stock/sku.ts";
import { Watch } from "../support/watch.ts";
import { aDraft, SkuHarness, START } from "./sku-harness.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: START }));
afterEach(() => void vi.useRealTimers());

interface Who {
	readonly shopperId?: string;
	readonly address?: string;
	readonly untilMs?: number;
}

async function watch(sku: SkuHarness, { shopperId, address, untilMs }: Who = {}): Promise<Watch> {
	const headers = new Headers({ upgrade: "websocket" });
	if (shopperId !== undefined) headers.set(WATCHER_HEADER, shopperId);
	if (address !== undefined) headers.set(WATCHER_ADDRESS_HEADER, address);
	if (untilMs !== undefined) headers.set(WATCHER_UNTIL_HEADER, `${untilMs}`);
	return new Watch(await sku.stub.fetch("https://sku/live", { headers }));
}

const times = <T>(howMany: number, make: (i: number) => T): T[] => Array.from({ length: howMany }, (_, i) => make(i));
const soon = (check: () => void) => vi.waitFor(check, { timeout: 5_000, interval: 20 });
/** Long enough for what was to be sent to have been sent. */
const quiet = () => scheduler.wait(2.5 * LIVE_INTERVAL_MS);
const alarmOf = async (sku: SkuHarness) => (await sku.stored()).alarmAtMs;

describe("what watchers are sent", () => {
	it("is everything again to a socket whose attachment was left by version 0.1", async () => {
		const sku = await SkuHarness.with(3);
		const watcher = await watch(sku, { shopperId: "ada" });
		await soon(() => expect(watcher.own).toEqual([null]));
		await runInDurableObject(sku.stub, (_object: SkuObject, ctx) => {
			for (const server of ctx.getWebSockets()) server.serializeAttachment({ shopperId: "ada", lastSent: ["a", "b"] });
		});
		await evictDurableObject(sku.stub);
		await sku.reserve("bob");
		await soon(() => expect(watcher).toMatchObject({ available: [3, 2], own: [null, null] }));
		await sku.reserve("ada");
		await soon(() => expect(watcher).toMatchObject({ available: [3, 2, 1], own: [null, null, { status: "held" }] }));
		watcher.socket?.close();
	});

	it("is read once for all: the availability, and the reservations that changed", async () => {
		const cost = async (howMany: number) => {
			const sku = await SkuHarness.with(100, { waitlistLimit: 100 });
			const watchers = await Promise.all(times(howMany, (i) => watch(sku, { shopperId: `w-${i}` })));
			await sku.reserve("w-0");
			await quiet();
			const rows = await sku.rowsRead(async (object) => {
				await object.release("w-0");
				await quiet();
			});
			expect(watchers.map(({ available }) => available)).toEqual(times(howMany, () => [100, 99, 100]));
			expect(watchers[0]?.own).toMatchObject([null, { status: "held" }, { status: "released" }]);
			for (const { own } of watchers.slice(1)) expect(own).toEqual([null]);
			return rows;
		};
		expect(await cost(40)).toBe(await cost(1));
	});

	it("has the place of each who waits, again when somebody before them leaves, and not when one joins behind", async () => {
		const sku = await SkuHarness.with(1, { waitlistLimit: 100 });
		await sku.reserve("first");
		for (const i of [0, 1, 2, 3]) await sku.join(`w-${i}`);
		const watchers = await Promise.all([1, 3].map((i) => watch(sku, { shopperId: `w-${i}` })));
		await soon(() => expect(watchers.map(({ positions }) => positions)).toEqual([[2], [4]]));
		await sku.object.release("w-2");
		await soon(() => expect(watchers.map(({ positions }) => positions)).toEqual([[2], [4, 3]]));
		await sku.join("w-5");
		await quiet();
		expect(watchers.map(({ positions }) => positions)).toEqual([[2], [4, 3]]);
		await sku.object.release("first");
		await soon(() =>
			expect(watchers.map(({ positions }) => positions)).toEqual([
				[2, 1],
				[4, 3, 2],
			]),
		);
	});

	it("counts no more places than it may, however many watch from behind", async () => {
		const sku = await SkuHarness.with(1, { waitlistLimit: 10_000 });
		await sku.reserve("first");
		for (const batch of times(8, (i) => i)) {
			const requests = times(500, (i) => ({ shopperId: `w-${batch}-${i}`, quantity: 1, wait: true, ifMatch: null }));
			await reserveMany(sku.object, requests);
		}
		const far = await Promise.all(times(20, (i) => watch(sku, { shopperId: `w-4-${i}` })));
		const near = await watch(sku, { shopperId: "w-0-2" });
		await soon(() => expect(far[19]?.positions).toEqual([2_020]));
		const rows = await sku.rowsRead(async (object) => {
			await object.release("w-0-0");
			await quiet();
		});
		expect(near.positions).toEqual([3, 2]);
		expect(rows).toBeLessThan(6_000);
		await sku.object.release("w-4-5");
		await soon(() => expect(far[5]?.own.at(-1)).toMatchObject({ status: "released" }));
	});

	it("comes when the clock starts the sale, and when it ends it, though nobody calls", async () => {
		const sku = await SkuHarness.with(1, { saleStartsAtMs: START + 3_000, saleEndsAtMs: START + 9_000 });
		expect(await alarmOf(sku)).toBeNull();
		const watcher = await watch(sku);
		for (const [atMs, statuses] of [
			[START + 3_000, ["not_started", "in_stock"]],
			[START + 9_000, ["not_started", "in_stock", "ended"]],
		] as const) {
			expect(await alarmOf(sku)).toBe(atMs);
			vi.setSystemTime(atMs);
			await runDurableObjectAlarm(sku.stub);
			await soon(() => expect(watcher.statuses).toEqual(statuses));
		}
		expect(await alarmOf(sku)).toBeNull();
	});

	it("comes when the policy changes, with the own reservation that it changes", async () => {
		const sku = await SkuHarness.with(1, { maxExtensions: 3 });
		await sku.reserve("ada");
		const [ada, other] = await Promise.all([watch(sku, { shopperId: "ada" }), watch(sku)]);
		await soon(() => expect(ada?.own).toMatchObject([{ extensionsLeft: 3 }]));
		const preorder = { capacity: 5, expectedAtMs: null, termsVersion: "v1" };
		await sku.object.define(aDraft(sku.id, { maxExtensions: 1, saleEndsAtMs: START - 1, preorder }));
		await soon(() => expect(ada?.own).toMatchObject([{ extensionsLeft: 3 }, { extensionsLeft: 1 }]));
		expect(other).toMatchObject({ statuses: ["all_held", "ended"], own: [] });
	});

	it("never counts a hold that has run out", async () => {
		const sku = await SkuHarness.with(2, { holdMs: 10_000 });
		await sku.reserve("ada");
		vi.setSystemTime(START + 10_000);
		expect((await watch(sku)).status).toBe(101);
		const watcher = await watch(sku, { shopperId: "ada" });
		await soon(() => expect(watcher).toMatchObject({ available: [2], own: [{ status: "expired" }] }));
	});
});

describe("a socket that is closed", () => {
	it("is one that speaks, and no other", async () => {
		const sku = await SkuHarness.with(3);
		const [loud, still] = await Promise.all([watch(sku, { address: "a" }), watch(sku, { address: "a" })]);
		loud?.socket?.send("hello");
		await soon(() => expect(loud?.closeCode).toBe(1008));
		await sku.reserve("ada");
		await soon(() => expect(still?.available).toEqual([3, 2]));
		expect(still?.closeCode).toBeNull();
		expect(loud?.available).toEqual([3]);
	});

	it("is one whose token has run out, at that time and though nobody calls", async () => {
		const sku = await SkuHarness.with(3);
		const brief = await watch(sku, { shopperId: "ada", untilMs: START + 60_000 });
		const long = await watch(sku, { shopperId: "bob", untilMs: START + 90_000 });
		expect(await alarmOf(sku)).toBe(START + 60_000);
		vi.setSystemTime(START + 60_000);
		await runDurableObjectAlarm(sku.stub);
		await soon(() => expect(brief.closeCode).toBe(1008));
		expect(await alarmOf(sku)).toBe(START + 90_000);
		await sku.reserve("ada");
		await soon(() => expect(long.available).toEqual([3, 2]));
		expect(brief.own).toEqual([null]);
		expect(long.closeCode).toBeNull();
	});

	it("is the oldest of a shopper who opens one more than a shopper may have", async () => {
		const sku = await SkuHarness.with(3);
		const mine: Watch[] = [];
		for (let i = 0; i < LIVE_SOCKETS_PER_SHOPPER; i++) mine.push(await watch(sku, { shopperId: "ada" }));
		const others = await watch(sku, { shopperId: "bob" });
		mine.push(await watch(sku, { shopperId: "ada" }));
		await soon(() => expect(mine[0]?.closeCode).toBe(1008));
		await sku.reserve("ada");
		for (const watcher of mine.slice(1))
			await soon(() => expect(watcher.own).toMatchObject([null, { status: "held" }]));
		expect(others.closeCode).toBeNull();
	});
});

describe("the number of sockets", () => {
	it("is bounded for an address, also after the object was loaded anew, until some are closed", async () => {
		const sku = await SkuHarness.with(3);
		const from = (address: string) => watch(sku, { address });
		const first = await Promise.all(times(LIVE_SOCKETS_PER_ADDRESS, () => from("a")));
		expect(new Set(first.map(({ status }) => status))).toEqual(new Set([101]));
		expect((await from("a")).status).toBe(429);
		expect((await from("b")).status).toBe(101);
		expect((await watch(sku)).status).toBe(101);
		await evictDurableObject(sku.stub);
		expect((await from("a")).status).toBe(429);
		first[0]?.socket?.close(1000);
		await vi.waitFor(async () => expect((await from("a")).status).toBe(101), { timeout: 5_000 });
		expect((await from("a")).status).toBe(429);
	});

	it("is bounded in all, also for those who come while the object is too busy to serve them", async () => {
		const sku = await SkuHarness.with(1, { waitlistLimit: 10_000 });
		await sku.reserve("first");
		for (const batch of times(4, (i) => i)) {
			const requests = times(500, (i) => ({ shopperId: `w-${batch}-${i}`, quantity: 1, wait: true, ifMatch: null }));
			await reserveMany(sku.object, requests);
		}
		expect(MAX_ROWS_PER_COMMAND).toBeLessThan(2_000);
		const restock = sku.restock(2_000);
		const answers = await Promise.all(times(LIVE_SOCKETS + 5, () => watch(sku)));
		await restock;
		const statuses = answers.map(({ status }) => status);
		expect(statuses.filter((status) => status === 101)).toHaveLength(LIVE_SOCKETS);
		expect(statuses.filter((status) => status === 503)).toHaveLength(5);
		for (const { socket } of answers) socket?.close();
	});
});
