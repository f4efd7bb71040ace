/** How small a witness gets: a race of which the least part is known is shown by that part, whatever happened around it. */
import { expect, it } from "vitest";
import { shrink } from "../../../../src/cli/race/checker/index.ts";
import type { Told } from "./tell.ts";
import * as t from "./tell.ts";

const {
	again,
	carted,
	checkOut,
	held,
	lost,
	pay,
	readOrder,
	readStock,
	refused,
	release,
	released,
	reserve,
	restock,
	sold,
} = t;

/** The requests that are left, with who made them. */
function left(told: readonly Told[]): string[] {
	const operations = shrink(t.tell(told))?.history.operations ?? [];
	return operations.map(({ actor, request }) => `${actor} ${request.kind}`);
}

/** One unit, and both are told that it is theirs. */
const OVERSOLD = [pay("Ann", [100, 110], sold()), pay("Bob", [120, 130], sold())];
const LEAST = ["merchant restock", "Ann pay", "Bob pay"];

/** So many buyers who come one after the other, hold the unit for a moment and give it back. */
const passers = (howMany: number, fromMs: number): Told[] =>
	Array.from({ length: howMany }, (_, i) => fromMs + 4 * i).flatMap((atMs) => [
		reserve(`passer ${atMs}`, [atMs, atMs + 1], held(9_999)),
		release(`passer ${atMs}`, [atMs + 2, atMs + 3], released),
	]);

const AROUND: readonly { readonly what: string; readonly told: readonly Told[] }[] = [
	{ what: "nothing", told: [restock(1), ...OVERSOLD] },
	{
		what: "what the merchant did later",
		told: [restock(1), ...OVERSOLD, restock(1, [200, 201]), restock(2, [300, 301])],
	},
	{ what: "buyers who came later", told: [restock(1), ...OVERSOLD, restock(9, [200, 201]), ...passers(5, 300)] },
	{ what: "buyers who held and gave back before", told: [restock(1), ...passers(5, 10), ...OVERSOLD] },
	{
		what: "what the two did on their way",
		told: [
			restock(1),
			reserve("Ann", [10, 11], held(90)),
			checkOut("Ann", [20, 21], held(90)),
			...OVERSOLD,
			readOrder("Ann", [140, 141], sold()),
		],
	},
	{
		what: "what they were told before",
		told: [
			restock(1),
			reserve("Cyd", [1, 2], held(9_999)),
			reserve("Bob", [3, 4], refused),
			release("Cyd", [5, 6], released),
			readStock([7, 8], 1, 0),
			...OVERSOLD,
		],
	},
	{
		what: "carts, and requests that were lost",
		told: [restock(1), reserve("Ann", [10, 11], carted()), reserve("Cyd", [12, 13], lost), ...OVERSOLD],
	},
	{ what: "an answer that came twice", told: [restock(1), ...OVERSOLD, again(pay("Bob", [140, 150], sold()), 2)] },
	{
		what: "a whole evening",
		told: [
			restock(1),
			...passers(10, 10),
			reserve("Ann", [60, 61], held(90)),
			reserve("Cyd", [62, 63], refused),
			...OVERSOLD,
			readStock([140, 141], 0, 2),
			restock(9, [200, 201]),
			...passers(10, 300),
		],
	},
];

it.each(AROUND)("leaves of an oversell three requests, and not $what", ({ told }) => {
	expect(left(told)).toEqual(LEAST);
});

it("leaves of an oversell of twenty units the last unit, and says who is left out", () => {
	const pays = Array.from({ length: 21 }, (_, index) => pay(`buyer ${index}`, [10, 90 + index], sold()));
	const witness = shrink(t.tell([restock(20), ...pays]));
	expect(witness?.history.operations.map(({ request }) => request.kind)).toEqual(["restock", "pay"]);
	expect(witness?.aside).toHaveLength(20);
});
