/** What is taken out of a history must not make it worse: a part that is impossible has to convict the whole. */
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { check } from "../../../../src/cli/race/checker/index.ts";
import {
	until,
	withoutBuyers,
	withoutOwner,
	withoutStep,
	withoutWords,
	wordsOf,
} from "../../../../src/cli/race/checker/weaken.ts";
import type { History, Operation } from "../../../../src/cli/race/history.ts";
import { promises, simulate, spoil, spoiling, visits } from "./correct-shop.ts";
import * as t from "./tell.ts";

const RUNS = Number(process.env["RUNS"] ?? 3000);
const timeout = 10_000 + RUNS * 20;

/** Right by construction, and what was changed and is still possible. */
const possible: fc.Arbitrary<History> = fc
	.tuple(fc.nat(3), visits(9), promises, fc.boolean(), fc.array(spoiling, { maxLength: 2 }))
	.map(([units, plan, promised, letsWait, changes]) => changes.reduce(spoil, simulate(units, plan, promised, letsWait)))
	.filter((history) => check(history).kind === "possible");

const STEPS = ["words", "some words", "buyers", "step", "until", "owner"] as const;
interface Step {
	readonly kind: (typeof STEPS)[number];
	readonly at: number;
}
const steps = fc.array(fc.record<Step>({ kind: fc.constantFrom(...STEPS), at: fc.nat(50) }), {
	minLength: 1,
	maxLength: 8,
});

function weaken(history: History, { kind, at }: Step): History | null {
	const { operations } = history;
	if (operations.length === 0) return null;
	const { id, actor, endedAtMs } = operations[at % operations.length] as Operation;
	const words = wordsOf(history);
	switch (kind) {
		case "words":
			return withoutWords(history, new Set(words));
		case "some words":
			return withoutWords(history, new Set(words.filter((_, index) => ((at >> (index % 5)) & 1) === 1)));
		case "buyers":
			return withoutBuyers(history, new Set([actor]));
		case "step":
			return withoutStep(history, id);
		case "until":
			return until(history, endedAtMs);
		case "owner":
			return withoutOwner(history, actor)?.history ?? null;
	}
}

it("does not take a payment under way, which was for units to come, for one that may have been a sale", () => {
	// The unit is kept for who is owed one, and none is sold.
	const looks = [t.readStock([3, 4], 0, 0), t.readStock([5, 6], 0, 0)];
	const whole = t.tell([t.restock(1), t.pay("Ann", [1, 20], t.owed()), ...looks]);
	expect(check(whole).kind).toBe("possible");
	const rest = until(whole, 6);
	expect(rest === null ? "possible" : check(rest).kind).toBe("possible");
});

it(`leaves each of ${RUNS} possible histories possible, whatever is taken out one after the other`, { timeout }, () => {
	const taken = new Map<string, number>();
	void fc.assert(
		fc.property(possible, steps, (whole, plan) => {
			let history = whole;
			for (const step of plan) {
				const rest = weaken(history, step);
				if (rest === null) continue;
				if (rest.operations.length < history.operations.length) taken.set(step.kind, (taken.get(step.kind) ?? 0) + 1);
				expect(check(rest).kind, JSON.stringify(step)).toBe("possible");
				history = rest;
			}
			for (const { actor } of history.operations) {
				const rest = withoutOwner(history, actor)?.history;
				if (rest === undefined) continue;
				taken.set("owner", (taken.get("owner") ?? 0) + 1);
				expect(check(rest).kind, `${actor} set aside`).toBe("possible");
			}
		}),
		{ numRuns: RUNS },
	);
	// A step that is never taken would prove nothing.
	for (const kind of STEPS) expect(taken.get(kind) ?? 0, kind).toBeGreaterThan(RUNS / 100);
});
