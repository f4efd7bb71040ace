/** The checks of promises see what is wrong: in records with one wrong thing each, and in rushes of code that was broken. */
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Figures } from "../../../src/cli/crowd/figures.ts";
import { OUTCOME } from "../../../src/cli/crowd/log.ts";
import { promisesOf } from "../../../src/cli/crowd/promises.ts";
import { isKept } from "../../../src/cli/crowd/result.ts";
import type { Rushed } from "../../../src/cli/crowd/rush.ts";
import { CallBatchers } from "../../../src/edge/call-batcher.ts";
import { GateObject } from "../../../src/edge/gates/gate.ts";
import { asksOf, pressesOf } from "./rows.ts";
import { crowdOf, playSmall, UNITS } from "./small-crowd.ts";

const { held, waiting, refused, open, unavailable } = OUTCOME;
const CROWD = crowdOf(1);

const brokenIn = (rushed: Rushed, units: number): string[] =>
	promisesOf(rushed, CROWD, units).flatMap(({ name, isKept }) => (isKept ? [] : [name]));

/** Two units, and three shoppers: one holds, one was promoted, one was refused. */
const RUSH: Rushed = {
	kind: "gates",
	asks: asksOf([]),
	presses: pressesOf([
		{ shopper: 0, outcome: held },
		{ shopper: 1, outcome: waiting, wait: 1 },
		{ shopper: 2, outcome: refused },
	]),
	...{ looks: 3, looksFailed: 0, moments: [], isBalanced: true, endedMs: 1 },
	load: { calls: [3], turnedAway: [0], queueMs: [0], stored: 2 },
	gates: { count: 0, calls: 0, worstSecond: 0 },
	holders: Int32Array.of(0, 1),
	waiters: Int32Array.of(),
};
const withPress = (row: Parameters<typeof pressesOf>[0][number]): Rushed => ({
	...RUSH,
	presses: pressesOf([{ shopper: 0, outcome: held }, { shopper: 1, outcome: waiting, wait: 1 }, row]),
});

describe("of a record", () => {
	it("nothing is broken where nothing is", () => expect(brokenIn(RUSH, 2)).toEqual([]));

	it.each<[string, Rushed, string]>([
		["a unit too many", { ...RUSH, holders: Int32Array.of(0, 1, 1) }, "held"],
		["a unit that nobody holds", { ...RUSH, holders: Int32Array.of(0), waiters: Int32Array.of(1) }, "held"],
		["books that do not balance", { ...RUSH, isBalanced: false }, "held"],
		["somebody who heard nothing", withPress({ shopper: 2, outcome: open }), "answered"],
		["somebody who gave up", withPress({ shopper: 2, outcome: unavailable }), "answered"],
		["somebody who was promised what is not there", withPress({ shopper: 2, outcome: held }), "told"],
		["a place on the waitlist that is not there", withPress({ shopper: 2, outcome: waiting }), "told"],
		[
			"one who holds a unit and was told otherwise",
			{ ...RUSH, holders: Int32Array.of(0, 2), waiters: Int32Array.of(1) },
			"told",
		],
	])("%s is seen", (_, rushed, name) => {
		expect(brokenIn(rushed, 2)).toEqual([name]);
	});

	it("that people gave up counts in the last run alone, and everything else in each", () => {
		const run = (name: string) => ({ promises: [{ name, text: "", isKept: false }] }) as unknown as Figures;
		const good = { promises: [] } as unknown as Figures;
		expect(isKept({ runs: [run("answered"), good] })).toBe(true);
		expect(isKept({ runs: [good, run("answered")] })).toBe(false);
		expect(isKept({ runs: [run("told"), good] })).toBe(false);
	});
});

describe("of broken code", { timeout: 60_000 }, () => {
	afterEach(() => vi.restoreAllMocks());

	it("a batcher that forgets a request is seen", async () => {
		const { call } = CallBatchers.prototype;
		let calls = 0;
		vi.spyOn(CallBatchers.prototype, "call").mockImplementation(function (this: unknown, ...args: unknown[]) {
			calls += 1;
			return calls % 50 === 0 ? new Promise(() => {}) : Reflect.apply(call, this, args);
		});
		expect(brokenIn(await playSmall("batched", 1), UNITS)).toContain("answered");
	});

	it("a gate that keeps every other one waiting is seen", async () => {
		const { reserveMany } = GateObject.prototype;
		let calls = 0;
		vi.spyOn(GateObject.prototype, "reserveMany").mockImplementation(async function (this: GateObject, packed) {
			calls += 1;
			if (calls % 2 === 1) await new Promise((go) => setTimeout(go, 500));
			return Reflect.apply(reserveMany, this, [packed]);
		});
		expect(brokenIn(await playSmall("gates", 2), UNITS)).toContain("order");
	});

	it("a gate that grants by itself is seen", async () => {
		const { reserveMany } = GateObject.prototype;
		const madeUp = {
			...{ kind: ["held" as const], created: [true], id: ["made up"], quantity: [1], status: ["held" as const] },
			...{ expiresAtMs: [0], version: [1], position: [null], extensionsLeft: [0], freed: [0] },
		};
		vi.spyOn(GateObject.prototype, "reserveMany").mockImplementation(async function (this: GateObject, packed) {
			const answer = await Reflect.apply(reserveMany, this, [packed]);
			const isOneRefusal = "refusals" in answer && answer.refusals.length === 1 && answer.refusals[0] !== null;
			return isOneRefusal ? { ...answer, grants: madeUp, refusals: [null] } : answer;
		});
		expect(brokenIn(await playSmall("gates", 1), UNITS)).toContain("told");
	});
});
