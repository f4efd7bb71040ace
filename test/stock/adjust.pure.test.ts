/** Units that come, are counted again, and come back; and the equation that every move is held against. */
import { describe, expect, it } from "vitest";
import { adjust, receive } from "../../src/stock/rules/adjust.ts";
import { assertBalanced, changePreorder, changeReservation, combine, post } from "../../src/stock/rules/bookkeeping.ts";
import { EMPTY_STOCK, type Stock } from "../../src/stock/rules/model.ts";
import { returnSold } from "../../src/stock/rules/purchase.ts";
import { aPreorder, aStock, ended, held, moved, NOW, paying, the } from "./builders.ts";

describe("receiving", () => {
	it("makes units available, under the merchant's reference", () => {
		const stock = aStock({ available: 1, held: 1 });
		const change = receive(stock, 5, "delivery 7");
		expect(moved(stock, change)).toEqual({ received: 5, available: 5 });
		expect(change.entries).toMatchObject([
			{ kind: "received", quantity: 5, note: "delivery 7", available: 6, held: 1 },
		]);
	});

	it.each([0, -1, 1.5, Number.NaN, 2 ** 53])("%d units is a fault", (quantity) => {
		expect(() => receive(aStock(), quantity, null)).toThrow("cannot receive");
	});
});

describe("adjusting", () => {
	it.each([
		{ available: 3, delta: 4 },
		{ available: 3, delta: -3 },
	])("$available by $delta is a counted correction", ({ available, delta }) => {
		const stock = aStock({ available, held: 2 });
		const { change } = the("adjusted", adjust(stock, delta, "counted"));
		expect(moved(stock, change)).toEqual({ adjusted: delta, available: delta });
		expect(change.entries).toMatchObject([{ kind: "adjusted", quantity: delta, note: "counted" }]);
	});

	it("below what is held says how many units are short (a public Durable Object demo)", () => {
		expect(adjust(aStock({ available: 1, held: 2 }), -3, "fire")).toEqual({ kind: "below-held", shortBy: 2 });
	});
});

describe("taking back what was sold", () => {
	const take = (returned: number, total: number) =>
		returnSold(
			aStock({ sold: 3 - returned }),
			{ reservation: ended("sold", { quantity: 3, returned }), preorder: null },
			total,
			NOW,
		);

	it("makes it available, and remembers how much came back", () => {
		const stock = aStock({ sold: 3 });
		const change = take(0, 2);
		expect(moved(stock, change)).toEqual({ sold: -2, available: 2, returned: 2 });
		expect(change?.reservations).toMatchObject([{ status: "sold", returned: 2, version: 2 }]);
		expect(change?.entries).toMatchObject([{ kind: "returned", quantity: 2, subjectId: "r1" }]);
	});

	it.each([
		{ returned: 0, total: 3, back: 3 },
		{ returned: 1, total: 3, back: 2 },
		{ returned: 2, total: 99, back: 1 },
		{ returned: 2, total: 2, back: 0 },
		{ returned: 2, total: 1, back: 0 },
		{ returned: 3, total: 99, back: 0 },
	])("$returned came back, $total are to have: $back more", ({ returned, total, back }) => {
		expect(take(returned, total)?.entries[0]?.quantity ?? 0).toBe(back);
	});

	it("is nothing when there was no sale", () => {
		for (const reservation of [null, held(), paying(), ended("expired"), ended("released")]) {
			expect(returnSold(aStock({ held: 1 }), { reservation, preorder: null }, 1, NOW)).toBeNull();
		}
	});
});

describe("posting", () => {
	it("moves the counters, counts the change and numbers its entry", () => {
		const stock: Stock = { ...aStock({ available: 2 }), version: 7, seq: 11 };
		const { stock: after, entry } = post(stock, "held", 1, { available: -1, held: 1 }, { shopperId: "ada" });
		expect(after).toEqual({ ...stock, available: 1, held: 1, version: 8, seq: 12 });
		expect(entry).toEqual({
			seq: 12,
			kind: "held",
			quantity: 1,
			shopperId: "ada",
			subjectId: null,
			checkoutId: null,
			note: null,
			available: 1,
			held: 1,
			sold: 0,
		});
		expect(stock).toEqual({ ...aStock({ available: 2 }), version: 7, seq: 11 });
	});

	it("refuses a move that makes or loses a unit", () => {
		expect(() => post(aStock({ available: 2 }), "held", 1, { held: 1 }, {})).toThrow("out of balance");
		expect(() => post(aStock({ held: 2 }), "released", 1, { held: -1 }, {})).toThrow("out of balance");
	});

	it("refuses to take what is not there (medusa 12401)", () => {
		expect(() => post(aStock({ available: 1 }), "held", 2, { available: -2, held: 2 }, {})).toThrow("below zero");
		expect(() => changeReservation(aStock({ held: 1 }), "released", held(), { held: -2, available: 2 })).toThrow(
			"below zero",
		);
		expect(() => changePreorder(aStock(), "preorder-owed", aPreorder("owed"), { pending: -1, owed: 1 })).toThrow(
			"below",
		);
	});

	it.each(["received", "available", "held", "sold", "returned", "waiting", "pending", "owed", "filled", "cancelled"])(
		"finds %s below zero, though the equation holds",
		(name) => {
			// Whatever the counter is short of is put where the equation does not notice.
			const balance = { received: "adjusted", available: "held", held: "available", sold: "available" }[name];
			const broken = { ...EMPTY_STOCK, [name]: -1, ...(balance && { [balance]: 1 }) };
			expect(() => assertBalanced(broken)).toThrow("below zero");
		},
	);

	it("lets only the adjustments be negative", () => {
		expect(() => assertBalanced({ ...EMPTY_STOCK, received: 5, adjusted: -2, available: 3 })).not.toThrow();
	});

	it("joins two changes of a turn: the counters of the second, the rows of both", () => {
		const first = receive(aStock(), 1, null);
		const second = receive(first.stock, 2, null);
		const joined = combine(first, second);
		expect(joined.stock).toBe(second.stock);
		expect(joined.entries.map(({ seq }) => seq)).toEqual([1, 2]);
	});
});
