/** How what is told later than it is asked becomes one operation of a history. */
import { describe, expect, it } from "vitest";
import { check } from "../../../src/cli/race/checker/index.ts";
import type { Answer } from "../../../src/cli/race/history.ts";
import { judgeHistory } from "../../../src/cli/race/judge.ts";
import { Scribe } from "../../../src/cli/race/scribe.ts";

const PROMISES = { staleMs: 0, clockMs: 0, graceMs: 0 };

const at = (calledAtMs: number, endedAtMs = calledAtMs + 1) => ({ calledAtMs, endedAtMs });
const held = (untilMs: number): Answer => ({ kind: "held", units: 1, untilMs });

/** One unit, which Ada holds while Bob waits for it. */
function waiting(): Scribe {
	const scribe = new Scribe();
	scribe.restocked(1, at(0));
	scribe.reserved("ada", 1, false, at(10), held(100));
	scribe.reserved("bob", 1, true, at(20), { kind: "waiting", units: 1 });
	return scribe;
}

const operationsOf = (scribe: Scribe, actor: string) =>
	scribe.history(1, PROMISES).operations.filter((operation) => operation.actor === actor);

describe("a scribe", () => {
	it("dates a promotion from the last time that its buyer was told to wait", () => {
		const scribe = waiting();
		scribe.looked("bob", at(50), { kind: "waiting", units: 1 });
		scribe.looked("bob", at(120), held(160));
		const [, promoted] = operationsOf(scribe, "bob");
		expect(promoted).toMatchObject({ request: { kind: "reserve", waits: true }, answer: held(160), ...at(50, 121) });
		expect(check(scribe.history(1, PROMISES))).toEqual({ kind: "possible", unproven: 0 });
	});

	it("writes down that who missed an offer has left the waitlist", () => {
		const scribe = waiting();
		scribe.looked("bob", at(120), { kind: "none" });
		expect(operationsOf(scribe, "bob")[1]).toMatchObject({
			request: { kind: "release" },
			answer: { kind: "released" },
		});
		expect(scribe.isWaiting("bob")).toBe(false);
	});

	it("makes one operation of a payment and of what the checkout shows of it", () => {
		const scribe = waiting();
		scribe.paid("ada", 1, at(60), { kind: "pending" });
		scribe.read("ada", at(70), { kind: "pending" });
		scribe.read("ada", at(80), { kind: "sold", units: 1 });
		scribe.read("ada", at(90), { kind: "none" });
		const [, paid, ...others] = operationsOf(scribe, "ada");
		expect(paid).toMatchObject({ request: { kind: "pay", approves: true }, answer: { kind: "sold" }, ...at(60, 81) });
		expect(others).toEqual([]);
	});

	it("numbers the operations in the order in which they were asked", () => {
		const scribe = new Scribe();
		scribe.restocked(1, at(30));
		scribe.reserved("ada", 1, false, at(0, 50), null);
		expect(scribe.history(1, PROMISES).operations).toMatchObject([
			{ id: 0, actor: "ada", answer: null },
			{ id: 1, actor: "merchant" },
		]);
	});
});

describe("the judgement of a history", () => {
	it("names who was told what, when two hold the same unit", () => {
		const scribe = waiting();
		scribe.looked("bob", at(60), held(160));
		const { kind, text, evidence } = judgeHistory(scribe.history(1, PROMISES));
		expect([kind, text]).toEqual(["race", "the history of 4 requests has no order that a correct shop could have had"]);
		expect(evidence).toEqual([
			"More units were promised than there were.",
			"From 0 to 1 ms, 1 unit came in.",
			"From 10 to 11 ms, ada reserved 1 unit, and heard: 1 unit held for you, until 100 ms.",
			"From 21 to 61 ms, bob reserved 1 unit, and heard: 1 unit held for you, until 160 ms.",
			"So ada and bob got the same unit.",
		]);
	});

	it("says that it has an order when it has one", () => {
		const { kind, text } = judgeHistory(waiting().history(1, PROMISES));
		expect([kind, text]).toEqual([
			"possible",
			"the history of 3 requests has an order that a correct shop could have had",
		]);
	});
});
