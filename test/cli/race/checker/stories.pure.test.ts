/** Histories told by hand: each is named after what happened, and says whether a correct shop could have answered so. */
import { describe, expect, it } from "vitest";
import { dutiesOf } from "../../../../src/cli/race/checker/duties.ts";
import { check, explain, type RaceKind, shrink, type Witness } from "../../../../src/cli/race/checker/index.ts";
import { findOrder } from "../../../../src/cli/race/checker/search.ts";
import type { History, Promises } from "../../../../src/cli/race/history.ts";
import type { Told } from "./tell.ts";
import * as t from "./tell.ts";

const { restock, reserve, checkOut, pay, payInVain, release, readOrder, readStock, again } = t;
const { held, sold, owed, waiting, carted, refused, released, declined, pending, none, lost, failed } = t;
const { chargedForNothing } = t;

const BUDGET = 10_000;

type Story = readonly [name: string, told: readonly Told[], promises?: Partial<Promises>];

const RIGHT: readonly Story[] = [
	[
		"one unit goes from the hold to the sale",
		[restock(1), reserve("Ann", [1, 2], held(99)), pay("Ann", [3, 9], sold()), readStock([10, 11], 0, 1)],
	],
	[
		"a restock in between serves the second buyer",
		[restock(1), pay("Ann", [1, 2], sold()), restock(1, [3, 4]), pay("Bob", [5, 6], sold())],
	],
	["a restock under way serves who pays meanwhile", [restock(1, [0, 9]), pay("Ann", [1, 2], sold())]],
	[
		"what is given back is held for the next",
		[restock(1), reserve("Ann", [1, 2], held(99)), release("Ann", [3, 6], released), reserve("Bob", [4, 5], held(99))],
	],
	[
		"a hold that has ended makes room",
		[restock(1), reserve("Ann", [1, 2], held(10)), reserve("Bob", [10, 11], held(20))],
	],
	[
		"the shop's clock is a little fast",
		[restock(1), reserve("Ann", [1, 2], held(10)), reserve("Bob", [7, 8], held(20))],
		{ clockMs: 2 },
	],
	[
		"a payment in the grace is taken",
		[restock(1), reserve("Ann", [1, 2], held(10)), pay("Ann", [12, 13], sold()), reserve("Bob", [12, 14], refused)],
		{ graceMs: 5 },
	],
	[
		"a payment under way keeps the hold beyond its end",
		[restock(1), reserve("Ann", [1, 2], held(10)), pay("Ann", [9, 30], sold()), reserve("Bob", [20, 21], refused)],
	],
	[
		"paid late, and the money goes back",
		[
			restock(1),
			reserve("Ann", [1, 2], held(10)),
			reserve("Bob", [11, 12], held(99)),
			pay("Ann", [13, 14], chargedForNothing),
			readOrder("Ann", [15, 16], chargedForNothing),
		],
	],
	[
		"paid after giving back, and the money goes back",
		[
			restock(1),
			reserve("Ann", [1, 2], held(99)),
			release("Ann", [3, 9], released),
			pay("Ann", [4, 8], chargedForNothing),
		],
	],
	[
		"paid late, and the unit is still there",
		[restock(1), reserve("Ann", [1, 2], held(10)), readStock([12, 13], 1), pay("Ann", [14, 15], sold())],
	],
	[
		"a late payment is turned away though units are free again",
		[restock(1), reserve("Ann", [1, 2], held(10)), pay("Ann", [13, 14], none)],
	],
	[
		"sold out is remembered for a second",
		[
			restock(1),
			reserve("Ann", [1, 2], held(99)),
			release("Ann", [3, 4], released),
			reserve("Bob", [900, 901], refused),
		],
		{ staleMs: 1000 },
	],
	[
		"a look at the stock is a second old",
		[restock(2), pay("Ann", [5, 6], sold()), readStock([900, 901], 2, 0)],
		{ staleMs: 1000 },
	],
	[
		"a lost reply, and the same request again",
		[restock(1), pay("Ann", [1, 2], lost), again(pay("Ann", [5, 6], sold()), 1), readStock([7, 8], 0, 1)],
	],
	["a lost reply, and nothing had happened", [restock(1), pay("Ann", [1, 2], lost), pay("Bob", [3, 4], sold())]],
	[
		"a lost reply, and the unit is gone",
		[restock(1), pay("Ann", [1, 2], lost), reserve("Bob", [3, 4], refused), readStock([5, 6], 0, 1)],
	],
	[
		"a lost hold keeps the unit for a while",
		[
			restock(1),
			reserve("Ann", [1, 2], lost),
			reserve("Bob", [3, 4], refused),
			readStock([50, 51], 1),
			reserve("Bob", [52, 53], held(99)),
		],
	],
	[
		"a lost restock arrives late",
		[
			restock(1),
			{ ...restock(1, [1, 2]), answer: lost },
			pay("Ann", [3, 4], sold()),
			reserve("Bob", [5, 6], refused),
			pay("Bob", [7, 8], sold()),
		],
	],
	[
		"a lost release takes effect",
		[restock(1), reserve("Ann", [1, 2], held(99)), release("Ann", [3, 4], failed), reserve("Bob", [5, 6], held(99))],
	],
	[
		"a double click is one sale",
		[restock(1), pay("Ann", [1, 9], sold()), again(pay("Ann", [2, 8], sold()), 1), readStock([10, 11], 0, 1)],
	],
	[
		"a double click is one hold",
		[restock(1), reserve("Ann", [1, 9], held(99)), again(reserve("Ann", [2, 8], held(99)), 1), readStock([10, 11], 0)],
	],
	[
		"a second payment of the same order is told the same",
		[
			restock(2),
			checkOut("Ann", [1, 2], held(99)),
			pay("Ann", [3, 4], sold()),
			pay("Ann", [5, 6], sold()),
			readStock([7, 8], 1, 1),
		],
	],
	[
		"a second purchase is a second sale",
		[
			restock(2),
			checkOut("Ann", [1, 2], held(99)),
			pay("Ann", [3, 4], sold()),
			checkOut("Ann", [5, 6], held(99)),
			pay("Ann", [7, 8], sold()),
			readStock([9, 10], 0, 2),
		],
	],
	[
		"the till prolongs the buyer's own hold",
		[restock(1), reserve("Ann", [1, 2], held(9)), checkOut("Ann", [3, 4], held(50)), reserve("Bob", [20, 21], refused)],
	],
	[
		"a checkout ends unpaid, and the reservation is back until its end",
		[
			restock(1),
			reserve("Ann", [1, 2], held(50)),
			checkOut("Ann", [3, 4], held(10)),
			reserve("Bob", [30, 31], refused),
		],
	],
	[
		"a hold of fewer units frees the rest",
		[
			restock(2),
			reserve("Ann", [1, 2], held(99, 2), 2),
			reserve("Ann", [3, 4], held(99)),
			reserve("Bob", [5, 6], held(99)),
		],
	],
	[
		"carts promise nothing",
		[
			restock(1),
			checkOut("Ann", [1, 2], carted()),
			checkOut("Bob", [1, 2], carted()),
			pay("Ann", [3, 4], sold()),
			pay("Bob", [5, 6], refused),
		],
	],
	[
		"a declined card changes nothing",
		[
			restock(1),
			checkOut("Ann", [1, 2], held(99)),
			payInVain("Ann", [3, 4], declined),
			reserve("Bob", [5, 6], refused),
			pay("Ann", [7, 8], sold()),
		],
	],
	[
		"refused at one instant of many",
		[restock(1), reserve("Bob", [1, 30], refused), reserve("Ann", [2, 3], held(99)), release("Ann", [4, 5], released)],
	],
	[
		"a waiting buyer is served, and who came later is refused",
		[
			restock(1),
			reserve("Ann", [1, 2], held(99)),
			reserve("Bob", [3, 4], waiting()),
			release("Ann", [5, 6], released),
			reserve("Cid", [7, 8], refused),
			readStock([7, 8], 0),
			reserve("Bob", [9, 10], held(99)),
		],
	],
	[
		"a head that needs two waits, and one unit stands free",
		[
			restock(1),
			reserve("Ann", [1, 2], waiting(2), 2),
			reserve("Bob", [3, 4], refused),
			readStock([5, 6], 0),
			readStock([5, 6], 1),
		],
	],
	[
		"a waiting buyer gives up their place",
		[
			restock(1),
			reserve("Ann", [1, 2], held(9)),
			reserve("Bob", [3, 4], waiting()),
			release("Bob", [5, 6], released),
			readStock([20, 21], 1),
		],
	],
	[
		"a pre-order takes no unit, and is filled by a restock",
		[
			restock(1),
			pay("Ann", [1, 2], sold()),
			pay("Bob", [3, 4], owed()),
			restock(1, [5, 6]),
			readStock([7, 8], 0, 2),
			readOrder("Bob", [9, 10], sold()),
		],
	],
	[
		"who is owed a unit goes before who comes",
		[restock(0), pay("Bob", [3, 4], owed()), restock(1, [5, 6]), reserve("Cid", [7, 8], refused)],
	],
	[
		"a payment is decided later",
		[
			restock(1),
			checkOut("Ann", [1, 2], held(9)),
			pay("Ann", [3, 4], pending),
			reserve("Bob", [30, 31], refused),
			readOrder("Ann", [40, 41], sold()),
		],
	],
	[
		"an order is read before it is paid",
		[
			restock(1),
			checkOut("Ann", [1, 2], held(9)),
			readOrder("Ann", [3, 4], none),
			pay("Ann", [5, 6], sold()),
			readOrder("Ann", [7, 8], sold()),
		],
	],
	[
		"a refused request is tried again with its key",
		[restock(0), pay("Ann", [1, 2], refused), restock(1, [3, 4]), again(pay("Ann", [5, 6], sold()), 1)],
	],
	["a shop that counts what is owed as sold", [restock(0), pay("Bob", [3, 4], owed()), readStock([5, 6], 0, 1)]],
	[
		"a lost wish to wait bars who comes later",
		[
			restock(1),
			{ ...reserve("Ann", [1, 2], lost, 2), request: { kind: "reserve", units: 2, waits: true } },
			reserve("Bob", [3, 4], refused),
		],
	],
	[
		"a hold whose answer was lost has ended before another, and the money goes back",
		[
			restock(1),
			reserve("Bob", [0, 0], lost),
			reserve("Ann", [0, 0], held(1)),
			reserve("Bob", [0, 0], chargedForNothing),
		],
	],
	[
		"a shop of carts made no hold for a lost request, and the stock stands",
		[restock(1), reserve("Ann", [1, 2], carted()), reserve("Bob", [3, 4], lost), readStock([5, 6], 1)],
	],
];

type WrongStory = readonly [kind: RaceKind, name: string, told: readonly Told[], promises?: Partial<Promises>];

const WRONG: readonly WrongStory[] = [
	[
		"oversold",
		"two buyers were checked before either had paid",
		[
			restock(1),
			reserve("Ann", [1, 2], carted()),
			reserve("Bob", [1, 2], carted()),
			checkOut("Ann", [3, 4], carted()),
			checkOut("Bob", [3, 4], carted()),
			pay("Ann", [5, 8], sold()),
			pay("Bob", [6, 9], sold()),
		],
	],
	[
		"oversold",
		"one unit is held for two",
		[restock(1), reserve("Ann", [1, 3], held(99)), reserve("Bob", [2, 4], held(99))],
	],
	[
		"oversold",
		"a hold ended a moment before its end",
		[restock(1), reserve("Ann", [1, 2], held(10)), reserve("Bob", [7, 9], held(99))],
	],
	[
		"oversold",
		"a unit is sold while another holds it",
		[restock(1), reserve("Ann", [1, 2], held(99)), pay("Bob", [3, 4], sold())],
	],
	[
		"oversold",
		"a restock comes too late for the sale",
		[restock(1), pay("Ann", [1, 2], sold()), pay("Bob", [3, 4], sold()), restock(1, [5, 6])],
	],
	["oversold", "a buyer gets two lines of one unit", [restock(1), pay("Ann", [1, 2], sold(2), 2)]],
	[
		"oversold",
		"the count at the end shows more sold than came in",
		[restock(1), pay("Ann", [1, 2], sold()), readStock([9, 10], 0, 2)],
	],
	["oversold", "a unit is shown that was sold", [restock(1), pay("Ann", [1, 2], sold()), readStock([9, 10], 1, 1)]],
	[
		"oversold",
		"a unit that was given back once is given out twice",
		[
			restock(1),
			reserve("Ann", [1, 2], held(99)),
			release("Ann", [3, 4], released),
			reserve("Bob", [5, 6], held(99)),
			reserve("Cid", [5, 6], held(99)),
		],
	],
	[
		"oversold",
		"the buyer's own hold is kept beside the new one",
		[
			restock(2),
			reserve("Ann", [1, 2], held(99)),
			reserve("Ann", [3, 4], held(99, 2), 2),
			reserve("Bob", [5, 6], held(99)),
		],
	],
	[
		"paid-for-nothing",
		"money is taken before there is a unit",
		[
			restock(1),
			checkOut("Ann", [1, 2], carted()),
			checkOut("Bob", [1, 2], carted()),
			pay("Ann", [3, 4], sold()),
			pay("Bob", [5, 6], chargedForNothing),
		],
	],
	[
		"paid-for-nothing",
		"a buyer pays in time and is charged for nothing",
		[restock(1), checkOut("Ann", [1, 2], held(99)), pay("Ann", [3, 4], chargedForNothing)],
	],
	[
		"paid-for-nothing",
		"a double click is charged twice",
		[
			restock(1),
			checkOut("Ann", [1, 2], held(99)),
			pay("Ann", [3, 9], sold()),
			again(pay("Ann", [4, 8], chargedForNothing), 2),
		],
	],
	[
		"paid-for-nothing",
		"paid again after the sale, and it must go back",
		[
			restock(1),
			checkOut("Ann", [1, 2], held(10)),
			pay("Ann", [3, 4], sold()),
			pay("Ann", [20, 21], chargedForNothing),
		],
	],
	[
		"paid-for-nothing",
		"a lost payment turns up as money to go back",
		[
			restock(1),
			checkOut("Ann", [1, 2], carted()),
			pay("Ann", [3, 4], lost),
			readOrder("Ann", [9, 10], chargedForNothing),
		],
	],
	[
		"told-two-things",
		"held, then refused at the till",
		[restock(1), reserve("Ann", [1, 2], held(99)), checkOut("Ann", [3, 4], refused)],
		{ staleMs: 1000 },
	],
	[
		"told-two-things",
		"held, and the payment is refused",
		[restock(1), checkOut("Ann", [1, 2], held(99)), pay("Ann", [3, 4], refused)],
	],
	[
		"told-two-things",
		"held, and the same is refused later than memory lasts",
		[restock(1), reserve("Ann", [1, 2], held(99)), reserve("Ann", [9, 10], refused)],
		{ staleMs: 5 },
	],
	[
		"told-two-things",
		"sold, then no such order",
		[restock(1), pay("Ann", [1, 2], sold()), readOrder("Ann", [3, 4], none)],
	],
	[
		"told-two-things",
		"one unit sold, two in the order",
		[restock(2), pay("Ann", [1, 2], sold()), readOrder("Ann", [3, 4], sold(2))],
	],
	[
		"told-two-things",
		"an order that nobody paid",
		[restock(1), payInVain("Ann", [1, 2], declined), readOrder("Ann", [3, 4], sold())],
	],
	[
		"told-two-things",
		"one click sold, the other owed",
		[restock(1), pay("Ann", [1, 9], sold()), again(pay("Ann", [2, 8], owed()), 1)],
	],
	[
		"told-two-things",
		"sold, and the repetition is refused",
		[restock(1), checkOut("Ann", [0, 0], held(3)), pay("Ann", [1, 2], sold()), again(pay("Ann", [9, 10], refused), 2)],
	],
	["lost-unit", "refused while a unit is free", [restock(1), reserve("Ann", [1, 2], refused)]],
	[
		"lost-unit",
		"sold out is remembered for too long",
		[
			restock(1),
			reserve("Ann", [1, 2], held(99)),
			release("Ann", [3, 4], released),
			reserve("Bob", [2900, 2901], refused),
		],
		{ staleMs: 1000 },
	],
	[
		"lost-unit",
		"a hold that has ended is counted as held",
		[restock(1), reserve("Ann", [1, 2], held(10)), reserve("Bob", [20, 21], refused)],
		{ graceMs: 5, clockMs: 2 },
	],
	[
		"lost-unit",
		"unpaid orders hold stock for ever",
		[restock(1), checkOut("Ann", [1, 2], held(10)), payInVain("Ann", [3, 4], declined), readStock([99, 100], 0, 0)],
	],
	[
		"lost-unit",
		"a failed order keeps its stock",
		[restock(1), checkOut("Ann", [1, 2], held(99)), release("Ann", [3, 4], released), readStock([5, 6], 0, 0)],
	],
	["lost-unit", "told to wait while a unit is free", [restock(1), reserve("Ann", [1, 2], waiting())]],
	[
		"lost-unit",
		"a payment is turned away without need",
		[restock(1), checkOut("Ann", [1, 2], carted()), pay("Ann", [3, 4], refused)],
	],
	[
		"lost-unit",
		"a buyer who was served still bars the others",
		[
			restock(1),
			reserve("Bob", [1, 2], held(99)),
			reserve("Ann", [3, 4], waiting()),
			release("Bob", [5, 6], released),
			reserve("Ann", [7, 8], held(10)),
			reserve("Cid", [20, 21], refused),
		],
	],
	[
		"told-two-things",
		"what is owed is sold though nothing came in",
		[restock(0), pay("Bob", [3, 4], owed()), readOrder("Bob", [9, 10], sold())],
	],
	[
		"paid-for-nothing",
		"a buyer lets a hold end, gets a second, and is charged for nothing",
		[
			restock(1),
			reserve("Ann", [1, 2], held(10)),
			reserve("Ann", [20, 21], held(99)),
			pay("Ann", [22, 23], chargedForNothing),
		],
	],
	[
		"lost-unit",
		"a payment that comes later keeps a unit from the others before",
		[restock(1), reserve("Ann", [1, 2], held(10)), reserve("Bob", [20, 21], refused), pay("Ann", [30, 40], sold())],
	],
	[
		"lost-unit",
		"a place given up still bars the others",
		[
			restock(1),
			reserve("Ann", [1, 2], held(9)),
			reserve("Bob", [3, 4], waiting()),
			release("Bob", [5, 6], released),
			readStock([20, 21], 0, 0),
		],
	],
	[
		"miscounted",
		"a repeated payment is counted twice",
		[restock(3), pay("Ann", [1, 2], lost), again(pay("Ann", [5, 6], sold()), 1), readStock([7, 8], 1, 2)],
	],
	["miscounted", "a sale is forgotten", [restock(3), pay("Ann", [1, 2], sold()), readStock([7, 8], 2, 0)]],
	[
		"lost-unit",
		"a repeated hold takes a second unit",
		[
			restock(2),
			reserve("Ann", [1, 9], held(99)),
			again(reserve("Ann", [2, 8], held(99)), 1),
			reserve("Bob", [10, 11], refused),
		],
	],
	[
		"lost-unit",
		"a shop of carts keeps a unit for a request that was lost",
		[restock(1), reserve("Ann", [1, 2], carted()), reserve("Bob", [3, 4], lost), readStock([5, 6], 0, 0)],
	],
	[
		"oversold",
		"a second restock by the same key is counted twice",
		[restock(1), again(restock(1, [1, 2]), 0), pay("Ann", [3, 4], sold()), pay("Bob", [3, 4], sold())],
	],
];

it.each(RIGHT.map(([name, told, promises]) => ({ name, history: t.tell(told, promises) })))(
	"lets pass: $name",
	({ history }) => {
		expect(check(history)).toEqual({ kind: "possible", unproven: 0 });
		expect(findOrder(dutiesOf(history), BUDGET).kind).toBe("order");
	},
);

describe.each(WRONG.map(([kind, name, told, promises]) => ({ kind, name, history: t.tell(told, promises) })))(
	"finds $kind: $name",
	({ kind, history }) => {
		it("proves that no correct shop can have had it, by a part that is impossible too", () => {
			expect(check(history).kind).toBe("race");
			// By the search alone as well, whatever the bounds say.
			expect(findOrder(dutiesOf(history), BUDGET).kind).toBe("no-order");
			expect(check(witnessOf(history).history).kind).toBe("race");
		});

		it("says which answers cannot both be right", () => {
			const witness = witnessOf(history);
			const { pair, sentences, ...explanation } = explain(witness);
			expect(explanation.kind).toBe(kind);
			const ids = witness.history.operations.map(({ id }) => id);
			expect(ids).toEqual(expect.arrayContaining([...pair]));
			expect(sentences.at(-1)).toMatch(/^So .+\.$/);
		});
	},
);

function witnessOf(history: History): Witness {
	const witness = shrink(history);
	if (witness === null) throw new Error("the witness got lost");
	return witness;
}
