/** Large histories, decided within a number of situations, which no machine makes larger. */
import { expect, it } from "vitest";
import { check } from "../../../../src/cli/race/checker/index.ts";
import type { History, Operation } from "../../../../src/cli/race/history.ts";
import type { Told } from "./tell.ts";
import * as t from "./tell.ts";

const BUDGET = 20_000;
const timeout = 60_000;

/** Numbers from 0 to 1, the same each time. */
function numbers(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state * 48_271) % 2_147_483_647;
		return state / 2_147_483_647;
	};
}

/**
 * The crowd of a sale: 300 buyers at a time come, hold, look, pay or give back. The shop is correct: everything takes
 * effect in the middle of its time.
 */
function sale(seed: number, operations: number, units: number): History {
	const random = numbers(seed);
	const told: Told[] = [t.restock(units)];
	let free = units;
	let sold = 0;
	const holds: { actor: string; atMs: number; isPaid: boolean }[] = [];
	for (let index = 0, atMs = 10_000; told.length < operations; index++, atMs += 1 + Math.floor(random() * 2)) {
		while (holds[0] !== undefined && holds[0].atMs < atMs) {
			const { actor, atMs: endMs, isPaid } = holds.shift() as (typeof holds)[number];
			if (isPaid) {
				sold += 1;
				told.push(t.pay(actor, [endMs - 300 * random(), endMs + 300 * random()], t.sold()));
			} else {
				free += 1;
				told.push(t.release(actor, [endMs - 300 * random(), endMs + 300 * random()], t.released));
			}
		}
		const window = [atMs - Math.floor(random() * 250), atMs + Math.floor(random() * 250)] as const;
		if (random() < 0.01) told.push(t.readStock(window, free, sold));
		const actor = `buyer ${index}`;
		if (free === 0) told.push(t.reserve(actor, window, t.refused));
		else {
			free -= 1;
			told.push(t.reserve(actor, window, t.held(atMs + 5000)));
			holds.push({ actor, atMs: atMs + 600, isPaid: random() < 0.6 });
		}
	}
	return t.tell(told);
}

/** With operations by the merchant and buyers that come after all others. */
function andThen(history: History, told: (endMs: number) => readonly Told[]): History {
	const endMs = Math.max(...history.operations.map(({ endedAtMs }) => endedAtMs));
	return t.tell([...history.operations.map(({ repeats: _, ...operation }) => operation), ...told(endMs)]);
}

it.each([1, 2, 3])("decides 5,000 operations, 300 at a time, of a correct shop (seed %i)", { timeout }, (seed) => {
	expect(check(sale(seed, 5000, 500), BUDGET)).toMatchObject({ kind: "possible" });
});

it("finds a thousand sales too many among 5,000 operations at once", { timeout }, () => {
	const oversold = andThen(sale(4, 5000, 500), (endMs) =>
		Array.from({ length: 1000 }, (_, index) => t.pay(`late ${index}`, [endMs, endMs + 100], t.sold())),
	);
	expect(check(oversold, 0).kind).toBe("race");
});

it("finds one unit sold and held at once in the middle of 5,000 operations", { timeout }, () => {
	const history = sale(5, 5000, 500);
	const refusal = history.operations.find(({ answer }) => answer?.kind === "refused") as Operation;
	const operations = history.operations.map((operation) =>
		operation === refusal ? { ...operation, answer: t.held(operation.endedAtMs + 60_000) } : operation,
	);
	expect(check({ ...history, operations }, BUDGET).kind).toBe("race");
});

it("finds a unit that nobody can get after 5,000 operations", { timeout }, () => {
	const lost = andThen(sale(6, 5000, 500), (endMs) => [
		t.restock(1, [endMs + 10_000, endMs + 10_001]),
		t.reserve("the last", [endMs + 10_002, endMs + 10_003], t.refused),
	]);
	expect(check(lost, BUDGET).kind).toBe("race");
});

it("finds a count of the stock that no order leads to", { timeout }, () => {
	const miscounted = andThen(sale(7, 5000, 500), (endMs) => [t.readStock([endMs + 10_000, endMs + 10_001], 0, 1)]);
	expect(check(miscounted, 0).kind).toBe("race");
});

it("says how many words on the stock it could not prove", () => {
	const history = sale(1, 500, 50);
	const words = history.operations.reduce(
		(total, { answer }) => total + (answer?.kind === "stock" ? 2 : answer?.kind === "refused" ? 1 : 0),
		0,
	);
	expect(check(history, 400)).toEqual({ kind: "possible", unproven: words });
});

it("says how far it got when its budget ends", () => {
	const verdict = check(sale(1, 500, 50), 5);
	expect(verdict).toMatchObject({ kind: "undecided", why: expect.stringContaining("5 situations") });
});
