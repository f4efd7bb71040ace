/** Who gets units that come free: paid pre-orders, the waitlist in order, then the public. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allocateNext, isStalled, offerToStalledHead, previewAllocation } from "../../src/stock/rules/allocate.ts";
import type { Stock } from "../../src/stock/rules/model.ts";
import { reserve } from "../../src/stock/rules/reserve.ts";
import { aContext, aPolicy, aPreorder, aStock, deltas, NOW, preorders, reserveCommand, waiting } from "./builders.ts";

describe("allocateNext and offerToStalledHead", () => {
	const head = waiting({ id: "head", quantity: 3, place: 1, version: 4, extensions: 1 });

	it("promotes the head of the waitlist, for the offer's time", () => {
		const stock = aStock({ available: 4, waiting: 5 });
		const change = allocateNext(stock, aPolicy(), null, head, NOW);
		expect(change?.reservations).toEqual([
			{ ...head, status: "held", expiresAtMs: NOW + 300_000, heldSinceMs: NOW, place: null, offered: true, version: 5 },
		]);
		expect(deltas(stock, change)).toEqual({ available: -3, held: 3, waiting: -3 });
		expect(change?.entries).toMatchObject([{ kind: "promoted", quantity: 3, subjectId: "head" }]);
	});

	it("keeps units for a head that needs more than are free, and nobody passes (pretix 974)", () => {
		const stock = aStock({ available: 1, held: 1, waiting: 4 });
		expect(allocateNext(stock, aPolicy(), null, head, NOW)).toBeNull();
		const policy = aPolicy({ waitlistLimit: 99 });
		expect(reserve(aContext(stock, { policy }), reserveCommand({ wait: true }), NOW).kind).toBe("waiting");
		expect(allocateNext(aStock({ available: 3, waiting: 4 }), aPolicy(), null, head, NOW)).not.toBeNull();
	});

	it("fills a paid pre-order before the waitlist, and keeps units for it too", () => {
		const owed = aPreorder("owed", { quantity: 2 });
		const stock = aStock({ available: 3, owed: 2, waiting: 3 });
		const change = allocateNext(stock, aPolicy(preorders(9)), owed, head, NOW);
		expect(change?.preorders).toMatchObject([{ id: "p1", status: "filled" }]);
		expect(change?.reservations).toEqual([]);
		expect(allocateNext(aStock({ available: 1, owed: 2, waiting: 1 }), aPolicy(), owed, waiting(), NOW)).toBeNull();
	});

	it("sets the head of a stalled waitlist a deadline, once", () => {
		const stock = aStock({ available: 1, waiting: 4 });
		const change = allocateNext(stock, aPolicy(), null, head, NOW);
		expect(change).toEqual({
			stock: { ...stock, version: stock.version + 1 },
			reservations: [{ ...head, expiresAtMs: NOW + 300_000, version: 5 }],
			preorders: [],
			entries: [],
		});
		const [noticed] = change?.reservations ?? [];
		expect(allocateNext(stock, aPolicy(), null, noticed ?? null, NOW + 1)).toBeNull();
	});

	it("offers the head of a stalled waitlist what is free at its deadline", () => {
		const stock = aStock({ available: 2, waiting: 4 });
		const noticed = { ...head, expiresAtMs: NOW };
		const change = offerToStalledHead(stock, aPolicy(), noticed, true, NOW);
		expect(deltas(stock, change)).toEqual({ available: -2, held: 2, waiting: -3 });
		expect(change.reservations.map(({ version }) => version)).toEqual([5, 6]);
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
		["the shopper is no longer first", { available: 2, waiting: 4 }, false],
		["units are held that may come back", { available: 2, held: 1, waiting: 4 }, true],
		["a paid pre-order is ahead", { available: 2, owed: 3, waiting: 4 }, true],
		["no unit is free", { waiting: 4 }, true],
	])("drops the deadline without an offer when %s", (_, counters, isFirst) => {
		const stock = aStock(counters);
		const change = offerToStalledHead(stock, aPolicy(), { ...head, expiresAtMs: NOW }, isFirst, NOW);
		expect(deltas(stock, change)).toEqual({});
		expect(change.reservations).toMatchObject([{ id: "head", status: "waiting", expiresAtMs: null }]);
	});

	describe("with units that stood free for the head when a pre-order came to be owed", () => {
		const owed = aPreorder("owed");
		const before = { available: 1, owed: 1, setAside: 1, setAsideUpTo: 1 };

		it("keeps those units for the head, and fills the pre-order with what comes free later", () => {
			expect(allocateNext(aStock({ ...before, waiting: 3 }), aPolicy(), owed, head, NOW)).toBeNull();
			const more = aStock({ ...before, available: 2, waiting: 3 });
			const change = allocateNext(more, aPolicy(), owed, head, NOW);
			expect(deltas(more, change)).toEqual({ available: -1, sold: 1, owed: -1, filled: 1 });
		});

		it("serves the next on the waitlist with them when the head leaves", () => {
			const stock = aStock({ ...before, waiting: 1 });
			const change = allocateNext(stock, aPolicy(), owed, waiting({ place: 1 }), NOW);
			expect(deltas(stock, change)).toEqual({ available: -1, held: 1, waiting: -1, setAside: -1 });
		});

		it.each([
			["who is on the waitlist came later", waiting({ quantity: 3, place: 2 }), {}],
			["nobody waits any more", null, {}],
			["the sale is over", head, { saleEndsAtMs: NOW }],
		])("fills the pre-order with them when %s", (_, first, over) => {
			const stock = aStock({ ...before, waiting: first?.quantity ?? 0 });
			const change = allocateNext(stock, aPolicy(over), owed, first, NOW);
			expect(change?.preorders).toMatchObject([{ status: "filled" }]);
			expect(change?.stock.setAside).toBe(0);
		});
	});

	describe("outside the sale window", () => {
		it.each([{ saleEndsAtMs: NOW }, { saleStartsAtMs: NOW + 1 }])("promotes nobody: %j", (window) => {
			const policy = aPolicy(window);
			expect(allocateNext(aStock({ available: 4, waiting: 3 }), policy, null, head, NOW)).toBeNull();
			// No deadline for a stalled head either, and no offer at one that was set before.
			const stock = aStock({ available: 1, waiting: 3 });
			expect(allocateNext(stock, policy, null, head, NOW)).toBeNull();
			expect(offerToStalledHead(stock, policy, { ...head, expiresAtMs: NOW }, true, NOW).reservations).toMatchObject([
				{ status: "waiting", quantity: 3, expiresAtMs: null },
			]);
		});

		it("still fills pre-orders, which are paid", () => {
			const stock = aStock({ available: 1, owed: 1 });
			const change = allocateNext(stock, aPolicy({ saleEndsAtMs: NOW }), aPreorder("owed"), null, NOW);
			expect(change?.preorders).toMatchObject([{ status: "filled" }]);
		});
	});

	it("leaves units to the public when nobody is ahead", () => {
		expect(allocateNext(aStock({ available: 4 }), aPolicy(), null, null, NOW)).toBeNull();
	});
});

describe("isStalled", () => {
	it.each([
		{ counters: { available: 1, waiting: 1 }, stalled: true },
		{ counters: { available: 1 }, stalled: false },
		{ counters: { waiting: 1 }, stalled: false },
		{ counters: { available: 1, waiting: 1, held: 1 }, stalled: false },
		{ counters: { available: 1, waiting: 1, owed: 1 }, stalled: false },
	])("is $stalled for $counters", ({ counters, stalled }) => {
		expect(isStalled(aStock(counters))).toBe(stalled);
	});
});

describe("previewAllocation", () => {
	const run = (stock: Stock, owed: readonly number[], quantities: readonly number[], leftBefore: number) => {
		const preorders = owed.map((quantity, i) => aPreorder("owed", { id: `p${i}`, quantity }));
		const waitlist = quantities.map((quantity, i) => waiting({ id: `w${i}`, quantity, place: leftBefore + i + 1 }));
		const preview = previewAllocation(stock, owed.values(), waitlist.values());
		const served = { filledPreorders: 0, promoted: 0 };
		for (let now = stock; ; ) {
			const change = allocateNext(now, aPolicy(), preorders[0] ?? null, waitlist[0] ?? null, NOW);
			// A deadline for a stalled head moves no unit.
			if (change === null || change.entries.length === 0) return { preview, served };
			if (change.preorders.length > 0) served.filledPreorders += preorders.shift()?.quantity ?? 0;
			else served.promoted += waitlist.shift()?.quantity ?? 0;
			now = change.stock;
		}
	};

	it("fills a pre-order with units that stand free for nobody once the head has been served", () => {
		const stock = aStock({ available: 2, owed: 1, waiting: 4, setAside: 2, setAsideUpTo: 1 });
		const { preview, served } = run(stock, [1], [1, 3], 0);
		expect(served).toEqual({ filledPreorders: 1, promoted: 1 });
		expect(preview).toEqual(served);
	});

	it("says what handing out the units one by one comes to", () => {
		const units = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 });
		const few = fc.nat({ max: 6 });
		void fc.assert(
			fc.property(units, units, few, few, few, few, (owed, quantities, available, setAside, upTo, leftBefore) => {
				const sum = (list: readonly number[]) => list.reduce((a, b) => a + b, 0);
				const stock = aStock({
					available,
					owed: sum(owed),
					waiting: sum(quantities),
					setAside: Math.min(setAside, available),
					setAsideUpTo: upTo,
				});
				const { preview, served } = run(stock, owed, quantities, leftBefore);
				expect(preview).toEqual(served);
			}),
			{ numRuns: 2000 },
		);
	});
});
