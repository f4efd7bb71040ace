/** The search against a second opinion, on small histories, and against its budget on large ones. */
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { brokenBound } from "../../../../src/cli/race/checker/bounds.ts";
import { dutiesOf } from "../../../../src/cli/race/checker/duties.ts";
import { check } from "../../../../src/cli/race/checker/index.ts";
import { findOrder } from "../../../../src/cli/race/checker/search.ts";
import type { History } from "../../../../src/cli/race/history.ts";
import { isPossible } from "./brute-force.ts";
import { promises, simulate, spoil, spoiling, visits } from "./correct-shop.ts";

const RUNS = Number(process.env["RUNS"] ?? 2000);
const timeout = 10_000 + RUNS * 20;
const VISITS = 7;
const BUDGET = 100_000;

const right: fc.Arbitrary<History> = fc
	.tuple(fc.nat(3), visits(VISITS), promises, fc.boolean())
	.map(([units, plan, promised, letsWait]) => simulate(units, plan, promised, letsWait));
const spoilt: fc.Arbitrary<History> = fc
	.tuple(right, fc.array(spoiling, { minLength: 1, maxLength: 3 }))
	.map(([history, changes]) => changes.reduce(spoil, history));

it(`finds an order for each of ${RUNS} random histories of a correct shop`, { timeout }, () => {
	void fc.assert(
		fc.property(right, (history) => {
			expect(check(history)).toEqual({ kind: "possible", unproven: 0 });
		}),
		{ numRuns: RUNS },
	);
});

it(`decides ${RUNS} histories in which something was changed as one who tries every order`, { timeout }, () => {
	let races = 0;
	let broken = 0;
	void fc.assert(
		fc.property(spoilt, (history) => {
			// What was spoilt may have lost the request that another one repeats. No recorder writes that.
			const ids = new Set(history.operations.map(({ id }) => id));
			fc.pre(history.operations.every(({ repeats }) => repeats === null || ids.has(repeats)));
			const { kind } = check(history);
			const truth = isPossible(history) ? "order" : "no-order";
			expect(kind).toBe(truth === "order" ? "possible" : "race");
			// Each way by itself: one must not hide what the other gets wrong.
			expect(findOrder(dutiesOf(history), BUDGET).kind).toBe(truth);
			if (kind === "race") races++;
			if (brokenBound(dutiesOf(history)) !== null) broken++;
		}),
		{ numRuns: RUNS },
	);
	expect(broken).toBeGreaterThan(RUNS / 30);
	// A comparison that saw only one kind of history would prove nothing.
	expect(races).toBeGreaterThan(RUNS / 10);
	expect(races).toBeLessThan((RUNS * 9) / 10);
});
