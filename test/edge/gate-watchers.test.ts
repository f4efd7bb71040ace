/** Watchers at a gate: they see what those at the SKU's object see, which has one socket for all of them. */
import { runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { HOT_FOR_MS, LIVE_SOCKETS_PER_ADDRESS } from "../../src/limits.ts";
import { GATE_HEADER, WATCHER_ADDRESS_HEADER, WATCHER_HEADER, WATCHER_UNTIL_HEADER } from "../../src/stock/rpc.ts";
import { SkuObject } from "../../src/stock/sku.ts";
import { aDraft, SkuHarness, START } from "../stock/sku-harness.ts";
import { eventually, pass } from "../support/clock.ts";
import { Watch } from "../support/watch.ts";
import { gateOf, gateStub, heat, hotSku, Isolate, latch } from "./gate-harness.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: START }));
afterEach(() => {
	vi.restoreAllMocks();
	vi.useRealTimers();
});

const times = <T>(howMany: number, make: (i: number) => T): T[] => Array.from({ length: howMany }, (_, i) => make(i));
const soon = (check: () => unknown) => eventually(async () => check());

interface Who {
	readonly shopperId?: string;
	readonly address?: string;
	readonly untilMs?: number;
}

function headersOf({ shopperId, address, untilMs }: Who): Headers {
	const headers = new Headers({ upgrade: "websocket" });
	if (shopperId !== undefined) headers.set(WATCHER_HEADER, shopperId);
	if (address !== undefined) headers.set(WATCHER_ADDRESS_HEADER, address);
	if (untilMs !== undefined) headers.set(WATCHER_UNTIL_HEADER, `${untilMs}`);
	return headers;
}

const URL = "https://shop.example/live";
const atSku = async (sku: SkuHarness, who: Who = {}) =>
	new Watch(await sku.stub.fetch(URL, { headers: headersOf(who) }));
const through = async ({ sku }: Isolate, who: Who = {}) => new Watch(await sku.watch(URL, headersOf(who)));

/** The sockets at the SKU's object. */
const socketsAt = (sku: SkuHarness) =>
	runInDurableObject(sku.stub, (_: SkuObject, ctx) => ctx.getWebSockets().map((ws) => ws.deserializeAttachment()));

const dies = (sku: SkuHarness) =>
	runInDurableObject(sku.stub, (_: SkuObject, ctx) => ctx.abort("the power is cut")).catch(() => {});

async function watchedSku(...given: Parameters<typeof SkuHarness.with>) {
	const sku = await hotSku(...given);
	const isolate = await Isolate.told(sku);
	return { sku, isolate };
}

describe("watchers of a hot SKU", () => {
	it("see at a gate what they would see at its object, step by step", async () => {
		const { sku, isolate } = await watchedSku(1, { waitlistLimit: 10 });
		const names = ["ada", "bob", "cyd", "dan"];
		const [there, here] = await Promise.all([
			Promise.all([...names.map((shopperId) => atSku(sku, { shopperId })), atSku(sku)]),
			Promise.all([...names.map((shopperId) => through(isolate, { shopperId })), through(isolate)]),
		]);
		expect(isolate.calls).toEqual({ sku: 0, gate: 5 });
		expect(here.map(({ status }) => status)).toEqual(times(5, () => 101));
		const same = () => expect(here.map(({ seen }) => seen)).toEqual(there.map(({ seen }) => seen));
		const last = (i: number) => there[i]?.own.at(-1);

		await sku.reserve("ada");
		await soon(() => expect(last(0)).toMatchObject({ status: "held" }));
		await soon(same);
		for (const [i, who] of ["bob", "cyd", "dan"].entries()) {
			await sku.join(who);
			await soon(() => expect(last(i + 1)).toMatchObject({ status: "waiting", position: i + 1 }));
			await soon(same);
		}
		// Those behind move up, though nothing of theirs has changed.
		await sku.object.release("bob");
		await soon(() =>
			expect([last(1), last(2), last(3)]).toMatchObject([{ status: "released" }, { position: 1 }, { position: 2 }]),
		);
		await soon(same);
		// A promotion.
		await sku.object.release("ada");
		await soon(() =>
			expect([last(2), last(3)]).toMatchObject([{ status: "held" }, { status: "waiting", position: 1 }]),
		);
		await soon(same);
		// The policy, which changes everybody's.
		await sku.object.define(aDraft(sku.id, { waitlistLimit: 10, maxExtensions: 1 }));
		await soon(() => expect(last(2)).toMatchObject({ extensionsLeft: 1 }));
		await soon(same);
		await sku.restock(5);
		await soon(() => expect(last(3)).toMatchObject({ status: "held" }));
		await soon(same);
		// Of an archived product only those see something who have something of it.
		await sku.object.archive(true, { ifMatch: null, key: "archive" });
		await soon(() => expect(there.map(({ closeCode }) => closeCode)).toEqual([1008, 1008, null, null, 1008]));
		await soon(same);
		for (const { available, own } of here) {
			expect(available.length).toBeGreaterThan(3);
			expect(own.length === 0 || own.length > 1).toBe(true);
		}
	});

	it("take one socket of its object, however many they are", async () => {
		const { sku, isolate } = await watchedSku(3);
		const calls = vi.spyOn(SkuObject.prototype, "ownMessages");
		const watchers = await Promise.all(times(200, (i) => through(isolate, { shopperId: `w-${i}` })));
		expect(await socketsAt(sku)).toEqual([{ gate: `${sku.id} weur 0/1` }]);
		// Who they are is asked for together.
		expect(calls.mock.calls.length).toBeLessThanOrEqual(20);
		calls.mockClear();
		await sku.reserve("w-7");
		await soon(() => expect(watchers.map(({ available }) => available)).toEqual(times(200, () => [3, 2])));
		await soon(() => expect(watchers[7]?.own).toMatchObject([null, { status: "held" }]));
		expect(calls.mock.calls).toEqual([[["w-7"], true]]);
		expect(watchers[8]?.own).toEqual([null]);
	});

	it("come to its object while it is cold, and their gate stays empty", async () => {
		const sku = await SkuHarness.with(3);
		const isolate = await Isolate.told(sku);
		expect((await through(isolate)).status).toBe(101);
		expect(isolate.calls).toEqual({ sku: 1, gate: 0 });
		expect(await socketsAt(sku)).toEqual([{ shopperId: null, address: null, untilMs: null }]);
	});

	it("are sent on to a gate when its object has no room and says that it is hot", async () => {
		const sku = await hotSku(3);
		const isolate = new Isolate(sku);
		vi.spyOn(SkuObject.prototype, "fetch").mockImplementationOnce(
			async () => new Response(null, { status: 503, headers: { "holdfast-hot": "5000 1" } }),
		);
		expect((await through(isolate)).status).toBe(101);
		expect(isolate.calls).toEqual({ sku: 1, gate: 1 });
	});

	it("are refused as its object refuses them", async () => {
		const { sku, isolate } = await watchedSku(1);
		const first = await Promise.all(times(LIVE_SOCKETS_PER_ADDRESS, () => through(isolate, { address: "a" })));
		expect(new Set(first.map(({ status }) => status))).toEqual(new Set([101]));
		expect((await through(isolate, { address: "a" })).status).toBe(429);
		await sku.object.archive(true, { ifMatch: null, key: "archive" });
		await soon(() => expect(first[0]?.closeCode).toBe(1008));
		expect((await through(isolate, { shopperId: "stranger" })).status).toBe(404);
		const unknown = new SkuHarness("sku-never-defined");
		expect((await gateOf(unknown).fetch(new Request(URL, { headers: headersOf({}) }))).status).toBe(404);
	});

	it("are closed when they speak, and when their token has run out", async () => {
		const { sku, isolate } = await watchedSku(3);
		const loud = await through(isolate);
		const brief = await through(isolate, { shopperId: "ada", untilMs: START + 5_000 });
		const still = await through(isolate);
		loud.socket?.send("hello");
		await soon(() => expect(loud.closeCode).toBe(1008));
		pass(5);
		await heat(sku);
		await soon(() => expect(brief.closeCode).toBe(1008));
		await sku.reserve("ada");
		await soon(() => expect(still.available).toEqual([3, 2]));
		expect([still.closeCode, brief.own]).toEqual([null, [null]]);
	});

	it("are told the time by what they are sent first: it is as of now", async () => {
		const { isolate } = await watchedSku(3);
		await through(isolate);
		pass(4);
		const asOf = await Promise.all(
			[{}, { shopperId: "ada" }].map(async (who) => {
				const { webSocket } = await isolate.sku.watch(URL, headersOf(who));
				const first = latch<string>();
				webSocket?.addEventListener("message", ({ data }) => first.resolve(data as string));
				webSocket?.accept();
				return JSON.parse(await first.promise).availability.asOf;
			}),
		);
		expect(asOf).toEqual(Array(2).fill(new Date(Date.now()).toISOString()));
	});

	it("see what changed in the moment in which they came", async () => {
		const { sku, isolate } = await watchedSku(3);
		await through(isolate);
		const real = SkuObject.prototype.ownMessages;
		vi.spyOn(SkuObject.prototype, "ownMessages").mockImplementationOnce(async function (this: SkuObject, ids, few) {
			const answer = await real.call(this, ids, few);
			await sku.reserve("ada");
			// Long enough for the gate to have been told.
			await scheduler.wait(600);
			return answer;
		});
		const ada = await through(isolate, { shopperId: "ada" });
		await soon(() => expect(ada.own).toMatchObject([null, { status: "held" }]));
	});
});

describe("a gate with watchers", () => {
	it("follows its SKU again when that dies, and tells what changed meanwhile", async () => {
		const { sku, isolate } = await watchedSku(3);
		const [ada, nobody] = await Promise.all([through(isolate, { shopperId: "ada" }), through(isolate)]);
		await dies(sku);
		await sku.reserve("ada");
		await soon(() => expect(ada?.own).toMatchObject([null, { status: "held" }]));
		await soon(() => expect(nobody?.available).toEqual([3, 2]));
		await sku.object.release("ada");
		await soon(() => expect(nobody?.available).toEqual([3, 2, 3]));
		expect([ada?.closeCode, nobody?.closeCode]).toEqual([null, null]);
		expect(await socketsAt(sku)).toHaveLength(1);
	});

	it("asks again for what its SKU could not tell", async () => {
		const { sku, isolate } = await watchedSku(3);
		const ada = await through(isolate, { shopperId: "ada" });
		const failing = vi.spyOn(SkuObject.prototype, "ownMessages").mockImplementation(async () => {
			throw new Error("the power is cut");
		});
		vi.spyOn(console, "warn").mockImplementation(() => {});
		await sku.reserve("ada");
		await soon(() => expect(ada.available).toEqual([3, 2]));
		await soon(() => expect(failing).toHaveBeenCalled());
		failing.mockRestore();
		await soon(() => expect(ada.own).toMatchObject([null, { status: "held" }]));
	});

	it("takes its watchers along when it dies: they see it at once", async () => {
		const { sku, isolate } = await watchedSku(3);
		const watcher = await through(isolate);
		await runInDurableObject(gateStub(sku), (_, ctx) => ctx.abort("the power is cut")).catch(() => {});
		await soon(() => expect(watcher.closeCode).not.toBeNull());
		await soon(() => socketsAt(sku).then((sockets) => expect(sockets).toEqual([])));
		expect((await through(isolate)).available.length).toBeLessThanOrEqual(1);
	});

	it("lets its watchers go when the SKU is cold, and keeps nothing", async () => {
		const { sku, isolate } = await watchedSku(3);
		const watcher = await through(isolate);
		pass(HOT_FOR_MS / 1000);
		await soon(() => expect(watcher.closeCode).toBe(1012));
		await soon(() => socketsAt(sku).then((sockets) => expect(sockets).toEqual([])));
		expect((await through(isolate)).status).toBe(101);
		expect(isolate.calls).toEqual({ sku: 1, gate: 1 });
	});

	it("stops following when the last of them has left", async () => {
		const { sku, isolate } = await watchedSku(3);
		const watcher = await through(isolate);
		expect(await socketsAt(sku)).toHaveLength(1);
		watcher.socket?.close(1000);
		await soon(() => socketsAt(sku).then((sockets) => expect(sockets).toEqual([])));
	});

	it("stops following when nobody was let in", async () => {
		const sku = await hotSku(3);
		await sku.object.archive(true, { ifMatch: null, key: "archive" });
		const stranger = new Request(URL, { headers: headersOf({ shopperId: "stranger" }) });
		expect((await gateOf(sku).fetch(stranger)).status).toBe(404);
		expect(await socketsAt(sku)).toHaveLength(1);
		await soon(() => socketsAt(sku).then((sockets) => expect(sockets).toEqual([])));
	});

	it("loses its old socket when it opens another", async () => {
		const sku = await SkuHarness.with(3);
		const follow = (gate: string) => sku.stub.fetch(URL, { headers: { upgrade: "websocket", [GATE_HEADER]: gate } });
		for (const gate of ["a", "b", "a"]) (await follow(gate)).webSocket?.accept();
		await soon(() =>
			socketsAt(sku).then((sockets) => expect(sockets.map(({ gate }) => gate).sort()).toEqual(["a", "b"])),
		);
	});

	it("keeps its SKU hot by its watchers alone", async () => {
		const sku = await SkuHarness.with(3);
		const { webSocket } = await sku.stub.fetch(URL, { headers: { upgrade: "websocket", [GATE_HEADER]: "a" } });
		const heard: unknown[] = [];
		webSocket?.addEventListener("message", ({ data }) => void heard.push(JSON.parse(data as string)));
		webSocket?.accept();
		await soon(() => expect(heard).toMatchObject([{ changed: "all", isArchived: false }]));
		webSocket?.send("999");
		await soon(() => expect(heard.slice(1)).toEqual([{}]));
		webSocket?.send("1000");
		await soon(() => expect(heard.slice(2)).toEqual([{ hot: { forMs: HOT_FOR_MS, gates: 1 } }]));
		pass(9);
		webSocket?.send("500");
		await soon(() => expect(heard.slice(3)).toEqual([{ hot: { forMs: HOT_FOR_MS, gates: 1 } }]));
		pass(9);
		webSocket?.send("499");
		await soon(() => expect(heard.slice(4)).toEqual([{ hot: { forMs: HOT_FOR_MS - 9_000, gates: 1 } }]));
		webSocket?.send("much");
		pass(1);
		webSocket?.send("-5");
		await soon(() => expect(heard).toHaveLength(7));
		expect(heard.at(-1)).toEqual({});
	});
});
