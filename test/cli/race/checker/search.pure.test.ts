/** The search against a second opinion, on small histories, and against its budget on large ones. */
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { check } from "../../../../src/cli/race/checker/index.ts";
import type { History } from "../../../../src/cli/race/history.ts";
import { isPossible } from "./brute-force.ts";
import { promises, simulate, spoil, spoiling, visits } from "./correct-shop.ts";

const RUNS = Number(process.env["RUNS"] ?? 2000);
const timeout = 10_000 + RUNS * 20;
const VISITS = 7;

const right: fc.Arbitrary<History> = fc
	.tuple(fc.nat(3), visits(VISITS), promises, fc.boolean())
	.map(([units, plan, promised, letsWait]) => simulate(units, plan, promised, letsWait));
const spoilt: fc.Arbitrary<History> = fc
	.tuple(right, fc.array(spoiling, { minLength: 1, maxLength: 3 }))
	.map(([history, changes]) => changes.reduce(spoil, history));

it(`finds an order for each of ${RUNS} random histories of a correct shop`, { timeout }, () => {
	fc.assert(
		fc.property(right, (history) => {
			expect(check(history)).toEqual({ kind: "possible" });
		}),
		{ numRuns: RUNS },
	);
});

it(`decides ${RUNS} histories in which something was changed as one who tries every order`, { timeout }, () => {
	let races = 0;
	fc.assert(
		fc.property(spoilt, (history) => {
			const { kind } = check(history);
			expect(kind).toBe(isPossible(history) ? "possible" : "race");
			if (kind === "race") races++;
		}),
		{ numRuns: RUNS },
	);
	// A comparison that saw only one kind of history would prove nothing.
	expect(races).toBeGreaterThan(RUNS / 10);
	expect(races).toBeLessThan((RUNS * 9) / 10);
});
