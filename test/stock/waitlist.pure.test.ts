/** The waitlist: who may join it, in which order it is served, and how its places move. */
import { describe, expect, it } from "vitest";
import { reserve } from "../../src/stock/rules/reserve.ts";
import { aContext, aPolicy, aStock, deltas, NOW, reserveCommand, the, waiting } from "./builders.ts";

const wait = (quantity = 1) => reserveCommand({ quantity, wait: true });

describe("joining the waitlist", () => {
	it("takes no units, and the next place", () => {
		const stock = { ...aStock({ held: 10, waiting: 1 }), place: 41 };
		const decision = the("waiting", reserve(aContext(stock), wait(2), NOW));
		expect(decision).toMatchObject({ created: true, reservation: { status: "waiting", quantity: 2, place: 42 } });
		expect(decision.reservation).toMatchObject({ expiresAtMs: null, endedAtMs: null });
		expect(deltas(stock, decision.change)).toEqual({ waiting: 2 });
		expect(decision.change?.stock.place).toBe(42);
		expect(decision.change?.entries).toMatchObject([{ kind: "waiting", quantity: 2, subjectId: "new" }]);
	});

	it("needs the wish to wait, and units that cannot be had at once", () => {
		expect(reserve(aContext(aStock({ held: 10 })), reserveCommand(), NOW).kind).toBe("sold-out");
		expect(reserve(aContext(aStock({ available: 1, held: 10 })), wait(1), NOW).kind).toBe("held");
		expect(reserve(aContext(aStock({ available: 1, held: 10 })), wait(2), NOW).kind).toBe("waiting");
	});

	it("changes nothing for a shopper who waits already, with or without the wish to wait", () => {
		const mine = waiting({ quantity: 2, place: 5 });
		for (const again of [true, false]) {
			const command = reserveCommand({ quantity: 2, wait: again });
			expect(reserve(aContext(aStock({ held: 9, waiting: 2 }), { mine }), command, NOW)).toEqual({
				kind: "waiting",
				reservation: mine,
				created: false,
				change: null,
			});
		}
	});
});

describe("the limit of the waitlist", () => {
	it("is obeyed to the unit", () => {
		const policy = aPolicy({ waitlistLimit: 5 });
		const join = (quantity: number) =>
			reserve(aContext(aStock({ held: 1, waiting: 3 }), { policy }), wait(quantity), NOW).kind;
		expect(join(2)).toBe("waiting");
		expect(join(3)).toBe("sold-out");
	});

	it("is 0 by policy, and by default while nothing is held", () => {
		expect(reserve(aContext(aStock({ held: 10 }), { policy: aPolicy({ waitlistLimit: 0 }) }), wait(), NOW).kind).toBe(
			"sold-out",
		);
		expect(reserve(aContext(aStock({ sold: 10 })), wait(), NOW).kind).toBe("sold-out");
		expect(reserve(aContext(aStock({ sold: 10 }), { policy: aPolicy({ waitlistLimit: 1 }) }), wait(), NOW).kind).toBe(
			"waiting",
		);
	});
});

describe("reserve, for a waiting shopper", () => {
	const mine = waiting({ quantity: 2, place: 5 });

	it("keeps the place for fewer units", () => {
		const stock = aStock({ held: 10, waiting: 3 });
		const decision = the("waiting", reserve(aContext(stock, { mine }), reserveCommand({ quantity: 1 }), NOW));
		expect(decision.reservation).toEqual({ ...mine, quantity: 1, version: 2 });
		expect(deltas(stock, decision.change)).toEqual({ waiting: -1 });
	});

	it("moves the shopper to the end for more units, since those behind did not agree to wait for them", () => {
		const stock = { ...aStock({ held: 10, waiting: 4 }), place: 9 };
		const decision = the("waiting", reserve(aContext(stock, { mine }), reserveCommand({ quantity: 3 }), NOW));
		expect(decision).toMatchObject({ created: false, reservation: { id: "r1", quantity: 3, place: 10, version: 2 } });
		expect(deltas(stock, decision.change)).toEqual({ waiting: 1 });
	});

	it("forgets when a stalled head was to be offered what is free, since the shopper is no longer the head", () => {
		const head = { ...mine, expiresAtMs: NOW + 5 };
		const context = aContext(aStock({ held: 10, waiting: 2 }), { mine: head });
		const decision = the("waiting", reserve(context, reserveCommand({ quantity: 3 }), NOW));
		expect(decision.reservation.expiresAtMs).toBeNull();
	});

	it("counts the shopper's own units once against the limit", () => {
		const context = aContext(aStock({ held: 10, waiting: 4 }), { mine });
		expect(reserve(context, reserveCommand({ quantity: 3 }), NOW).kind).toBe("waiting");
		expect(reserve(context, reserveCommand({ quantity: 4 }), NOW).kind).toBe("sold-out");
	});
});
