/** Large histories, decided within a number of situations, which no machine makes larger. */
import { expect, it } from "vitest";
import { check, shrink } from "../../../../src/cli/race/checker/index.ts";
import type { History } from "../../../../src/cli/race/history.ts";
import type { Told } from "./tell.ts";
import * as t from "./tell.ts";

const BUDGET = 100_000;

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

it("says how far it got when its budget ends", () => {
	const verdict = check(sale(1, 500, 50), 5);
	expect(verdict).toMatchObject({ kind: "undecided", why: expect.stringContaining("5 situations") });
});

it("shrinks an oversell of twenty units to the last unit, and says who is left out", () => {
	const pays = Array.from({ length: 21 }, (_, index) => t.pay(`buyer ${index}`, [10, 90 + index], t.sold()));
	const witness = shrink(t.tell([t.restock(20), ...pays]));
	expect(witness?.history.operations.map(({ request }) => request.kind)).toEqual(["restock", "pay"]);
	expect(witness?.aside).toHaveLength(20);
});
