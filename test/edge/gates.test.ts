/** Gates, as isolates meet them: real isolates' memories, real gates, real SKUs. The rules: `stock/gates.pure.test.ts`. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { GateObject } from "../../src/edge/gates/gate.ts";
import {
	AVAILABILITY_TTL_MS,
	CALL_TIMEOUT_MS,
	HOT_CALLS,
	HOT_FOR_MS,
	SALE_START_MS,
	SOLD_OUT_TTL_MS,
} from "../../src/limits.ts";
import { ObjectUnavailable } from "../../src/platform/errors.ts";
import { packRequests, unpackResults } from "../../src/stock/reserve-columns.ts";
import { SkuObject } from "../../src/stock/sku.ts";
import { SkuHarness } from "../stock/sku-harness.ts";
import { DROP, eventually, pass, useStoppedClock } from "../support/clock.ts";
import { between, gateOf, gateStub, hotSku, Isolate, latch, watchCalls } from "./gate-harness.ts";

useStoppedClock();
afterEach(() => void vi.restoreAllMocks());

const ISOLATES = 64;
const times = <T>(howMany: number, make: (i: number) => T): T[] => Array.from({ length: howMany }, (_, i) => make(i));
const shoppers = (howMany: number, of = "s") => times(howMany, (i) => `${of}-${i}`);
const request = (shopperId: string) => ({ shopperId, quantity: 1, wait: false, ifMatch: null });
const kinds = (results: readonly { readonly kind: string }[]) => results.map(({ kind }) => kind);

/** Asks a gate for a unit for each of these, as one isolate. */
async function askGate(sku: SkuHarness, shopperIds: readonly string[], untilMs = Date.now() + CALL_TIMEOUT_MS) {
	const answer = await gateOf(sku).reserveMany({ ...packRequests(shopperIds.map(request)), untilMs });
	if ("kind" in answer) throw new Error(answer.kind);
	return { ...answer, results: unpackResults(answer) };
}

/** Nobody got two units, nobody was told of a unit that is not theirs, and the books say the same. */
async function expectHeld(sku: SkuHarness, held: number): Promise<void> {
	const { stock, balanced } = await sku.report();
	expect({ held: stock.held, balanced }).toEqual({ held, balanced: true });
	const live = (await sku.stored()).reservations.filter(({ status }) => status === "held");
	expect(live).toHaveLength(held);
	expect(new Set(live.map(({ shopperId }) => shopperId)).size).toBe(held);
}

describe("a cold SKU", () => {
	it("has no gate: each isolate asks its object itself", async () => {
		const sku = await SkuHarness.with(100);
		const isolates = await Isolate.many(ISOLATES, sku);
		const results = await Promise.all(isolates.map((isolate, i) => isolate.reserve(`s-${i}`)));
		expect(new Set(kinds(results))).toEqual(new Set(["held"]));
		expect(isolates.map(({ calls }) => calls)).toEqual(times(ISOLATES, () => ({ sku: 1, gate: 0 })));
	});

	it("is one that a single isolate asks, however often", async () => {
		const sku = await SkuHarness.with(5);
		const isolate = new Isolate(sku);
		for (let i = 0; i < 2 * HOT_CALLS; i++) await isolate.reserve("ada", { quantity: 1 + (i % 2), ifMatch: "*" });
		await isolate.reserve("bob");
		expect(isolate.calls).toEqual({ sku: 2 * HOT_CALLS + 1, gate: 0 });
	});

	it("has none either when its object is of the version before, which says nothing of heat", async () => {
		const sku = await hotSku(5);
		const older = {
			getByName: (name: string) => {
				const stub = env.SKU.getByName(name);
				return {
					availability: async () => ({ ...(await stub.availability()), hot: undefined }),
					reserveMany: async (...args: Parameters<typeof stub.reserveMany>) => {
						const { hot: _, ...answer } = (await stub.reserveMany(...args)) as { hot?: unknown };
						return answer;
					},
				};
			},
		};
		const isolate = await Isolate.told(sku, { SKU: older as unknown as Env["SKU"] });
		expect(await isolate.reserve("ada")).toMatchObject({ kind: "held" });
		expect(await isolate.reserve("bob")).toMatchObject({ kind: "held" });
		expect(isolate.calls).toEqual({ sku: 2, gate: 0 });
	});
});

describe("a SKU whose sale starts", () => {
	it("is asked through a gate while the sale starts, whatever the first answers say, and not after that", async () => {
		const sku = await SkuHarness.with(5, { saleStartsAtMs: DROP });
		const isolate = new Isolate(sku);
		vi.spyOn(isolate.memory.products, "fresh").mockReturnValue({ policy: { saleStartsAtMs: DROP } } as never);
		pass(SALE_START_MS / 1000 - 1);
		expect(await isolate.reserve("ada")).toMatchObject({ kind: "held" });
		expect(await isolate.reserve("bob")).toMatchObject({ kind: "held" });
		expect(isolate.calls).toEqual({ sku: 0, gate: 2 });
		pass(1);
		expect(await isolate.reserve("cyd")).toMatchObject({ kind: "held" });
		expect(isolate.calls).toEqual({ sku: 1, gate: 2 });
	});
});

describe("a hot SKU", () => {
	it("gets the requests of many isolates in one call after the first, and gives each its own answer", async () => {
		const sku = await hotSku(60);
		const isolates = await Isolate.many(ISOLATES, sku);
		const first = latch();
		const sent = watchCalls(async (go, _, nth) => {
			if (nth === 1) await first.promise;
			return go();
		});
		const asking = isolates.map((isolate, i) => isolate.reserve(`s-${i}`));
		await eventually(async () => expect(isolates.reduce((sum, { calls }) => sum + calls.gate, 0)).toBe(ISOLATES));
		// A call of the gate that comes behind all of theirs.
		await gateOf(sku).availability();
		first.resolve();
		const results = await Promise.all(asking);
		expect(isolates.map(({ calls }) => calls)).toEqual(times(ISOLATES, () => ({ sku: 0, gate: 1 })));
		expect(sent.map(({ length }) => length)).toEqual([1, ISOLATES - 1]);
		await expectHeld(sku, 60);
		const idOf = new Map((await sku.stored()).reservations.map(({ shopperId, id }) => [shopperId, id]));
		for (const [i, result] of results.entries()) {
			const id = idOf.get(`s-${i}`);
			expect(result).toMatchObject(id === undefined ? { kind: "sold-out" } : { kind: "held", reservation: { id } });
		}
	});

	it("decides in the order in which requests came to the gate", async () => {
		const sku = await hotSku(7);
		const first = latch();
		const sent = watchCalls(async (go, _, nth) => {
			if (nth === 1) await first.promise;
			return go();
		});
		// One stub: its calls arrive in the order in which they are made.
		const gate = gateOf(sku);
		const answers = times(10, (i) => gate.reserveMany(packRequests(times(3, (j) => request(`${i}-${j}`)))));
		await eventually(async () => expect(sent).toHaveLength(1));
		first.resolve();
		const results = (await Promise.all(answers)).flatMap((answer) => unpackResults(answer as never));
		expect(kinds(results)).toEqual([...times(7, () => "held"), ...times(23, () => "sold-out")]);
		expect(sent.flat()).toEqual(times(30, (i) => `${Math.floor(i / 3)}-${i % 3}`).slice(0, sent.flat().length));
		expect(sent.length).toBeLessThanOrEqual(3);
	});

	it("has one call of its gate under way at a time", async () => {
		const sku = await hotSku(100);
		let [underWay, most] = [0, 0];
		watchCalls(async (go) => {
			most = Math.max(most, ++underWay);
			await scheduler.wait(5);
			underWay -= 1;
			return go();
		});
		const isolates = await Isolate.many(20, sku);
		await Promise.all(isolates.map((isolate, i) => isolate.reserve(`s-${i}`)));
		expect(most).toBe(1);
	});

	it("heeds conditions, which pass the gate like everything else and are never refused by it", async () => {
		const sku = await hotSku(1);
		const [isolate] = (await Isolate.many(1, sku)) as [Isolate];
		const mine = await isolate.reserve("ada");
		const tag = "reservation" in mine ? `${mine.reservation.id}-${mine.reservation.version}` : "";
		const sent = watchCalls();
		expect(kinds(await Promise.all(shoppers(3).map((who) => isolate.reserve(who))))).toEqual(
			times(3, () => "sold-out"),
		);
		expect(sent.length).toBeLessThanOrEqual(1);
		const before = sent.length;
		expect(await isolate.reserve("bob", { ifMatch: "*" })).toEqual({ kind: "stale", current: null });
		expect(await isolate.reserve("ada", { ifMatch: ["other"] })).toMatchObject({
			kind: "stale",
			current: expect.any(String),
		});
		expect(sent.length).toBe(before + 2);
		expect(tag).not.toBe("");
		expect(isolate.calls.sku).toBe(0);
	});

	it("learns through its gate whom to tell by mail", async () => {
		const sku = await hotSku(1);
		const isolate = await Isolate.told(sku);
		const sent = watchCalls();
		const notify = vi.fn();
		vi.spyOn(SkuObject.prototype, "reserveMany").mockImplementationOnce(async (packed) => {
			notify(packed.notify);
			return { kind: "unknown-sku" };
		});
		await isolate.reserve("ada", { wait: true, notify: { email: "ada@example.com" } as never });
		expect(notify).toHaveBeenCalledWith([{ email: "ada@example.com" }]);
		expect([sent, isolate.calls]).toEqual([[], { sku: 0, gate: 1 }]);
	});

	it("is read, released and extended at its object, past every gate", async () => {
		const sku = await hotSku(2);
		const [isolate] = (await Isolate.many(1, sku)) as [Isolate];
		await isolate.reserve("ada");
		const { gate } = isolate.calls;
		expect(await isolate.sku.reservation("ada")).toMatchObject({ kind: "found" });
		expect(await isolate.sku.extend("ada")).toMatchObject({ kind: "extended" });
		expect(await isolate.sku.release("ada")).toMatchObject({ kind: "released" });
		expect(isolate.calls).toEqual({ sku: 3, gate });
	});

	it("is looked at once for all isolates, which show it for a second in all", async () => {
		const sku = await hotSku(5);
		const isolates = await Isolate.many(ISOLATES, sku);
		pass(AVAILABILITY_TTL_MS / 1000);
		const looks = vi.spyOn(SkuObject.prototype, "availability");
		const shown = () => Promise.all(isolates.map(({ sku }) => sku.availability()));
		expect(new Set((await shown()).map((seen) => seen?.available))).toEqual(new Set([5]));
		expect(looks).toHaveBeenCalledTimes(1);
		await sku.reserve("ada");
		pass(0.6);
		const late = await Isolate.told(sku, {});
		late.memory.heard.set(sku.id, isolates[0]?.memory.heard.get(sku.id) as never);
		late.memory.availability.invalidate(sku.id, Date.now() - 10_000);
		expect((await late.sku.availability())?.available).toBe(5);
		// It was 600 ms old when it came.
		pass(0.4);
		expect((await late.sku.availability())?.available).toBe(4);
	});

	it("shows its change at once to who made it", async () => {
		const sku = await hotSku(5);
		const [one, other] = (await Isolate.many(2, sku)) as [Isolate, Isolate];
		pass(AVAILABILITY_TTL_MS / 1000);
		await Promise.all([one.sku.availability(), other.sku.availability()]);
		pass(0.1);
		await one.reserve("ada");
		pass(0.1);
		expect((await one.sku.availability())?.available).toBe(4);
		expect((await other.sku.availability())?.available).toBe(5);
	});
});

describe("'sold out' at a gate", () => {
	/** Sold out, as its gate was told this moment. Ada holds the unit. */
	async function gone() {
		const sku = await hotSku(1);
		const [one, other] = (await Isolate.many(2, sku)) as [Isolate, Isolate];
		await sku.reserve("ada");
		const sent = watchCalls();
		expect(await one.reserve("bob")).toMatchObject({ kind: "sold-out" });
		expect(sent).toEqual([["bob"]]);
		return { sku, one, other, sent };
	}

	it("is handed down to other isolates, for a second through both memories together", async () => {
		const { sku, other, sent } = await gone();
		await sku.object.release("ada");
		pass(SOLD_OUT_TTL_MS / 1000 - 0.3);
		expect(await other.reserve("cyd")).toMatchObject({ kind: "sold-out" });
		expect(other.calls).toEqual({ sku: 0, gate: 1 });
		// Now that isolate knows it by itself.
		expect(await other.reserve("dan")).toMatchObject({ kind: "sold-out" });
		expect(other.calls).toEqual({ sku: 0, gate: 1 });
		expect(sent).toHaveLength(1);
		pass(0.3);
		expect(await other.reserve("eve")).toMatchObject({ kind: "held" });
		expect(sent).toEqual([["bob"], ["eve"]]);
	});

	it("says how old it is", async () => {
		const { sku } = await gone();
		pass(0.6);
		expect(await askGate(sku, ["cyd"])).toMatchObject({ ageMs: 600, results: [{ kind: "sold-out" }] });
	});

	it("is asked anew by one request before it runs out", async () => {
		const { sku, sent } = await gone();
		pass(SOLD_OUT_TTL_MS / 1000 - 0.1);
		const answers = await Promise.all(shoppers(4).map((who) => askGate(sku, [who])));
		expect(new Set(answers.flatMap(({ results }) => kinds(results)))).toEqual(new Set(["sold-out"]));
		expect(sent).toHaveLength(2);
	});

	it("refuses nobody through an isolate that freed units since", async () => {
		const { sku, one, sent } = await gone();
		pass(0.1);
		expect(await one.sku.release("ada")).toMatchObject({ kind: "released", freed: 1 });
		pass(0.1);
		expect(await one.reserve("cyd")).toMatchObject({ kind: "held" });
		expect(sent).toEqual([["bob"], ["cyd"]]);
		await expectHeld(sku, 1);
	});

	it("does not refuse who got something through the same gate, whichever isolate asks", async () => {
		const sku = await hotSku(1);
		const [one, other] = (await Isolate.many(2, sku)) as [Isolate, Isolate];
		expect(await one.reserve("ada")).toMatchObject({ kind: "held", created: true });
		expect(await one.reserve("bob")).toMatchObject({ kind: "sold-out" });
		expect(await other.reserve("ada")).toMatchObject({ kind: "held", created: false });
		expect(await other.reserve("bob")).toMatchObject({ kind: "sold-out" });
	});

	it("refuses who would wait only when nobody can", async () => {
		const { other } = await gone();
		expect(await other.reserve("cyd", { wait: true })).toMatchObject({ kind: "waiting" });
	});
});

describe("the time until which somebody waits", () => {
	it("has run out when a call comes to the gate: nothing is decided", async () => {
		const sku = await hotSku(5);
		const late = { ...packRequests([request("ada")]), untilMs: Date.now() };
		expect(await gateOf(sku).reserveMany(late)).toEqual({ kind: "too-late" });
		await expectHeld(sku, 0);
	});

	it("is each request's own, though they travel together", async () => {
		const sku = await hotSku(5);
		const first = latch();
		const sent = watchCalls(async (go, _, nth) => {
			if (nth === 1) await first.promise;
			return go();
		});
		const leading = askGate(sku, ["ada"], Date.now() + 60_000);
		await eventually(async () => expect(sent).toHaveLength(1));
		const brief = askGate(sku, ["bob"], Date.now() + 1_000);
		const long = askGate(sku, ["cyd"], Date.now() + 60_000);
		await gateOf(sku).availability();
		pass(1);
		first.resolve();
		expect(kinds((await Promise.all([leading, brief, long])).flatMap(({ results }) => results))).toEqual([
			...["held", "no-answer", "held"],
		]);
		expect(sent).toEqual([["ada"], ["bob", "cyd"]]);
		await expectHeld(sku, 2);
	});
});

const OVERLOADED = Object.assign(new Error("overloaded"), { overloaded: true, retryable: true });

describe("an overloaded object", () => {
	it("is not asked again, neither by the gate nor past it, when it is the SKU's", async () => {
		const sku = await hotSku(5);
		const isolate = await Isolate.told(sku);
		let calls = 0;
		await between(sku, async () => {
			calls += 1;
			throw OVERLOADED;
		});
		await expect(isolate.reserve("ada")).rejects.toThrow(ObjectUnavailable);
		pass(AVAILABILITY_TTL_MS / 1000);
		isolate.memory.availability.invalidate(sku.id);
		// An old answer is shown then, as ever.
		expect(await isolate.sku.availability()).toMatchObject({ available: 5 });
		expect(calls).toBe(2);
		expect(isolate.calls).toEqual({ sku: 0, gate: 2 });
	});

	it("is not passed by when it is the gate", async () => {
		const sku = await hotSku(5);
		const GATE = {
			getByName: () => ({
				reserveMany: async () => {
					throw OVERLOADED;
				},
			}),
		};
		const isolate = await Isolate.told(sku, { GATE: GATE as unknown as Env["GATE"] });
		await expect(isolate.reserve("ada")).rejects.toThrow(ObjectUnavailable);
		expect(isolate.calls).toEqual({ sku: 0, gate: 1 });
		await expectHeld(sku, 0);
	});
});

describe("a death in the middle", () => {
	const quietly = () => vi.spyOn(console, "warn").mockImplementation(() => {});

	it.each(["before it asks", "while the SKU decides", "when it has the answer"] as const)(
		"of the gate, %s, costs another call, and nobody an answer or a unit",
		async (when) => {
			const warnings = quietly();
			const sku = await hotSku(100);
			const isolates = await Isolate.many(20, sku);
			const deciding = latch();
			watchCalls(async (go) => {
				const answer = await go();
				deciding.resolve();
				return answer;
			});
			let deaths = 0;
			await between(sku, async (method, go, gate) => {
				if (method !== "reserveMany" || deaths++ > 0) return go();
				if (when === "before it asks") gate.abort("the power is cut");
				const answer = go();
				if (when === "while the SKU decides") {
					await deciding.promise;
					gate.abort("the power is cut");
				}
				await answer;
				gate.abort("the power is cut");
				return answer;
			});
			const results = await Promise.all(isolates.map((isolate, i) => isolate.reserve(`s-${i}`)));
			expect(deaths).toBeGreaterThanOrEqual(1);
			expect(kinds(results)).toEqual(times(20, () => "held"));
			await expectHeld(sku, 20);
			for (const [line] of warnings.mock.calls)
				expect(JSON.parse(line as string)).toMatchObject({ event: "gate-failed" });
			// What comes next goes through the gate again.
			expect(await isolates[0]?.reserve("later")).toMatchObject({ kind: "held" });
		},
	);

	it.each(["before it decides", "when it has decided"] as const)(
		"of the SKU's object, %s, costs another call, and nobody an answer or a unit",
		async (when) => {
			quietly();
			const sku = await hotSku(100);
			const isolates = await Isolate.many(20, sku);
			watchCalls(async (go, object, nth) => {
				if (nth !== 2) return go();
				if (when === "when it has decided") await go();
				object.ctx.abort("the power is cut");
				return new Promise(() => {});
			});
			const results = await Promise.all(isolates.map((isolate, i) => isolate.reserve(`s-${i}`)));
			expect(kinds(results)).toEqual(times(20, () => "held"));
			await expectHeld(sku, 20);
		},
	);

	it("of a caller that hangs up takes nobody along, though its request leads the batch", async () => {
		const sku = await hotSku(5);
		const first = latch();
		const sent = watchCalls(async (go, _, nth) => {
			if (nth === 1) await first.promise;
			return go();
		});
		const leading = askGate(sku, ["ada"]);
		await eventually(async () => expect(sent).toHaveLength(1));
		const gone = gateOf(sku).reserveMany(packRequests([request("bob")])) as unknown as Disposable & Promise<unknown>;
		gone.catch(() => {});
		await gateOf(sku).availability();
		const following = askGate(sku, ["cyd"]);
		await gateOf(sku).availability();
		gone[Symbol.dispose]();
		first.resolve();
		expect(kinds([...(await leading).results, ...(await following).results])).toEqual(["held", "held"]);
		expect(sent).toEqual([["ada"], ["bob", "cyd"]]);
	});
});

describe("a gate that is no longer needed", () => {
	it("is asked by nobody once the SKU is cold, and has left nothing behind", async () => {
		const sku = await hotSku(9);
		const isolate = await Isolate.told(sku);
		expect(await isolate.reserve("ada")).toMatchObject({ kind: "held" });
		pass(HOT_FOR_MS / 1000 - 1);
		expect(await isolate.reserve("bob")).toMatchObject({ kind: "held" });
		expect(isolate.calls).toEqual({ sku: 0, gate: 2 });
		pass(1);
		expect(await isolate.reserve("cyd")).toMatchObject({ kind: "held" });
		expect(isolate.calls).toEqual({ sku: 1, gate: 2 });
		const left = await runInDurableObject(gateStub(sku), async (_: GateObject, { storage, getWebSockets }) => ({
			rows: storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_%' ESCAPE '\\'").toArray(),
			values: [...storage.kv.list()],
			alarm: await storage.getAlarm(),
			sockets: typeof getWebSockets,
		}));
		expect(left).toMatchObject({ rows: [], values: [], alarm: null });
	});

	it("keeps the SKU hot while isolates ask it as often as would make the SKU hot", async () => {
		const sku = await hotSku(1);
		await sku.reserve("ada");
		const isolate = await Isolate.told(sku);
		for (let second = 0; second < 2 * (HOT_FOR_MS / 1000); second += 5) {
			pass(5);
			await Promise.all(times(150, (i) => askGate(sku, [`s-${second}-${i}`])));
			// The one call that the gate makes for all of them says how many they were.
			await isolate.reserve(`t-${second}`, { ifMatch: "*" });
		}
		pass(1);
		await isolate.reserve("eve", { ifMatch: "*" });
		expect(isolate.calls.sku).toBe(0);
	});
});
