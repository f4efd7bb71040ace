/** The line: who may join it, in which order it is served, and how its places move. */
import { describe, expect, it } from "vitest";
import { displace } from "../../src/stock/rules/adjust.ts";
import { allocateNext, offerToStalledHead } from "../../src/stock/rules/allocate.ts";
import { waitlistLimit } from "../../src/stock/rules/availability.ts";
import type { Reservation } from "../../src/stock/rules/model.ts";
import { reserve } from "../../src/stock/rules/reserve.ts";
import {
	aPolicy,
	aPreorder,
	aStock,
	books,
	held,
	moved,
	NOW,
	paying,
	preorders,
	reserveAsk,
	the,
	waiting,
} from "./builders.ts";

const wait = (quantity = 1) => reserveAsk({ quantity, wait: true });

describe("joining", () => {
	it("takes no units, and the next place", () => {
		const stock = { ...aStock({ held: 10, waiting: 1 }), place: 41 };
		const answer = the("waiting", reserve(books(stock), wait(2), NOW));
		expect(answer).toMatchObject({ created: true, reservation: { status: "waiting", quantity: 2, place: 42 } });
		expect(answer.reservation).toMatchObject({ expiresAtMs: null, endedAtMs: null });
		expect(moved(stock, answer.change)).toEqual({ waiting: 2 });
		expect(answer.change?.stock.place).toBe(42);
		expect(answer.change?.entries).toMatchObject([{ kind: "waiting", quantity: 2, subjectId: "new" }]);
	});

	it("is only for who asked to wait, and only when the units cannot be had at once", () => {
		expect(reserve(books(aStock({ held: 10 })), reserveAsk(), NOW).kind).toBe("sold-out");
		expect(reserve(books(aStock({ available: 1, held: 10 })), wait(1), NOW).kind).toBe("held");
		expect(reserve(books(aStock({ available: 1, held: 10 })), wait(2), NOW).kind).toBe("waiting");
	});

	it("twice changes nothing, whether or not one says again that one waits", () => {
		const mine = waiting({ quantity: 2, place: 5 });
		for (const again of [true, false]) {
			const ask = reserveAsk({ quantity: 2, wait: again });
			expect(reserve(books(aStock({ held: 9, waiting: 2 }), { mine }), ask, NOW)).toEqual({
				kind: "waiting",
				reservation: mine,
				created: false,
				change: null,
			});
		}
	});
});

describe("the length of the line in units", () => {
	it.each([
		{ held: 0, available: 9, waitlistLimit: null, limit: 0 },
		{ held: 1, available: 0, waitlistLimit: null, limit: 1 },
		{ held: 2, available: 1, waitlistLimit: null, limit: 1 },
		{ held: 3, available: 1, waitlistLimit: null, limit: 2 },
		{ held: 10, available: 0, waitlistLimit: null, limit: 5 },
		{ held: 10, available: 0, waitlistLimit: 0, limit: 0 },
		{ held: 0, available: 0, waitlistLimit: 3, limit: 3 },
		{ held: 10, available: 10, waitlistLimit: 3, limit: 3 },
	])("$held held, $available free, policy $waitlistLimit: $limit", ({ held, available, waitlistLimit: set, limit }) => {
		expect(waitlistLimit(aStock({ held, available, sold: 100 }), aPolicy({ waitlistLimit: set }))).toBe(limit);
	});

	it("holds to the unit", () => {
		const policy = aPolicy({ waitlistLimit: 5 });
		const join = (quantity: number) =>
			reserve(books(aStock({ held: 1, waiting: 3 }), { policy }), wait(quantity), NOW).kind;
		expect(join(2)).toBe("waiting");
		expect(join(3)).toBe("sold-out");
	});

	it("may be closed, and is by default when nobody holds anything who might yet let go", () => {
		expect(reserve(books(aStock({ held: 10 }), { policy: aPolicy({ waitlistLimit: 0 }) }), wait(), NOW).kind).toBe(
			"sold-out",
		);
		expect(reserve(books(aStock({ sold: 10 })), wait(), NOW).kind).toBe("sold-out");
		expect(reserve(books(aStock({ sold: 10 }), { policy: aPolicy({ waitlistLimit: 1 }) }), wait(), NOW).kind).toBe(
			"waiting",
		);
	});
});

describe("changing one's place in line", () => {
	const mine = waiting({ quantity: 2, place: 5 });

	it("for fewer units keeps the place", () => {
		const stock = aStock({ held: 10, waiting: 3 });
		const answer = the("waiting", reserve(books(stock, { mine }), reserveAsk({ quantity: 1 }), NOW));
		expect(answer.reservation).toEqual({ ...mine, quantity: 1, version: 2 });
		expect(moved(stock, answer.change)).toEqual({ waiting: -1 });
	});

	it("for more units goes to the end: those behind did not agree to wait for them", () => {
		const stock = { ...aStock({ held: 10, waiting: 4 }), place: 9 };
		const answer = the("waiting", reserve(books(stock, { mine }), reserveAsk({ quantity: 3 }), NOW));
		expect(answer).toMatchObject({ created: false, reservation: { id: "r1", quantity: 3, place: 10, version: 2 } });
		expect(moved(stock, answer.change)).toEqual({ waiting: 1 });
	});

	it("counts one's own units once against the length", () => {
		const given = books(aStock({ held: 10, waiting: 4 }), { mine });
		expect(reserve(given, reserveAsk({ quantity: 3 }), NOW).kind).toBe("waiting");
		expect(reserve(given, reserveAsk({ quantity: 4 }), NOW).kind).toBe("sold-out");
	});
});

describe("units that come free", () => {
	const head = waiting({ id: "head", quantity: 3, place: 1, version: 4, extensions: 1 });

	it("go to the head of the line, for the offer's time", () => {
		const stock = aStock({ available: 4, waiting: 5 });
		const change = allocateNext(stock, aPolicy(), null, head, NOW);
		expect(change?.reservations).toEqual([
			{ ...head, status: "held", expiresAtMs: NOW + 300_000, place: null, offered: true, version: 5 },
		]);
		expect(moved(stock, change)).toEqual({ available: -3, held: 3, waiting: -3 });
		expect(change?.entries).toMatchObject([{ kind: "promoted", quantity: 3, subjectId: "head" }]);
	});

	it("wait for the head when it needs more than there is: nobody passes (pretix 974)", () => {
		const stock = aStock({ available: 1, held: 1, waiting: 4 });
		expect(allocateNext(stock, aPolicy(), null, head, NOW)).toBeNull();
		const policy = aPolicy({ waitlistLimit: 99 });
		expect(reserve(books(stock, { policy }), reserveAsk({ wait: true }), NOW).kind).toBe("waiting");
		expect(allocateNext(aStock({ available: 3, waiting: 4 }), aPolicy(), null, head, NOW)).not.toBeNull();
	});

	it("go to who has paid for them before who waits, and wait for them too", () => {
		const owed = aPreorder("owed", { quantity: 2 });
		const stock = aStock({ available: 3, owed: 2, waiting: 3 });
		const change = allocateNext(stock, aPolicy(preorders(9)), owed, head, NOW);
		expect(change?.preorders).toMatchObject([{ id: "p1", status: "filled" }]);
		expect(change?.reservations).toEqual([]);
		expect(allocateNext(aStock({ available: 1, owed: 2, waiting: 1 }), aPolicy(), owed, waiting(), NOW)).toBeNull();
	});

	it("and are too few, with nothing out that could come back: from then on the head may wait as long as an offer lasts", () => {
		const stock = aStock({ available: 1, waiting: 4 });
		const change = allocateNext(stock, aPolicy(), null, head, NOW);
		expect(moved(stock, change)).toEqual({});
		expect(change).toMatchObject({
			reservations: [{ ...head, expiresAtMs: NOW + 300_000, version: 5 }],
			preorders: [],
			entries: [],
		});
		const [noticed] = change?.reservations ?? [];
		expect(allocateNext(stock, aPolicy(), null, noticed ?? null, NOW + 1)).toBeNull();
	});

	it("are offered, too few as they are, to a head whose patience has ended", () => {
		const stock = aStock({ available: 2, waiting: 4 });
		const noticed = { ...head, expiresAtMs: NOW };
		const change = offerToStalledHead(stock, aPolicy(), noticed, true, NOW);
		expect(moved(stock, change)).toEqual({ available: -2, held: 2, waiting: -3 });
		expect(change.reservations.at(-1)).toMatchObject({
			id: "head",
			quantity: 2,
			status: "held",
			expiresAtMs: NOW + 300_000,
			offered: true,
			place: null,
		});
		expect(change.entries).toMatchObject([
			{ kind: "resized", quantity: -1 },
			{ kind: "promoted", quantity: 2 },
		]);
	});

	it.each([
		["they are not first any more", { available: 2, waiting: 4 }, false],
		["units are out that may come back", { available: 2, held: 1, waiting: 4 }, true],
		["a paid pre-order is ahead", { available: 2, owed: 3, waiting: 4 }, true],
		["nothing is there to offer", { waiting: 4 }, true],
	])("are not offered in part when %s", (_, counters, isFirst) => {
		const stock = aStock(counters);
		const change = offerToStalledHead(stock, aPolicy(), { ...head, expiresAtMs: NOW }, isFirst, NOW);
		expect(moved(stock, change)).toEqual({});
		expect(change.reservations).toMatchObject([{ id: "head", status: "waiting", expiresAtMs: null }]);
	});

	it("stay for the public when nobody is ahead", () => {
		expect(allocateNext(aStock({ available: 4 }), aPolicy(), null, null, NOW)).toBeNull();
	});
});

describe("bumping a hold for a forced adjustment", () => {
	it("frees its units and puts its shopper before the front", () => {
		const stock = aStock({ held: 5, waiting: 1 });
		const hold = held({ quantity: 2, offered: true, extensions: 2 });
		const change = displace(stock, hold, 1);
		expect(change.reservations).toEqual([{ ...hold, status: "waiting", expiresAtMs: null, place: 0, version: 2 }]);
		expect(moved(stock, change)).toEqual({ available: 2, held: -2, waiting: 2 });
		expect(change.entries).toMatchObject([{ kind: "bumped", quantity: 2 }]);
	});

	it("newest first leaves the oldest of them at the very front", () => {
		let frontPlace = 1;
		const line: Reservation[] = [waiting({ id: "before", place: 1 })];
		for (const id of ["newest", "middle", "oldest"]) {
			const [bumped] = displace(aStock({ held: 9 }), held({ id }), frontPlace).reservations;
			if (bumped?.place == null) throw new Error("a bumped hold has a place");
			frontPlace = bumped.place;
			line.push(bumped);
		}
		line.sort((a, b) => (a.place ?? 0) - (b.place ?? 0));
		expect(line.map(({ id }) => id)).toEqual(["oldest", "middle", "newest", "before"]);
	});

	it("never takes units from a checkout", () => {
		expect(() => displace(aStock({ held: 1 }), paying(), 1)).toThrow("only a hold is bumped");
	});
});
