/** How counters move, and the equation that every move must satisfy. */
import { describe, expect, it } from "vitest";
import { receive } from "../../src/stock/rules/adjust.ts";
import { assertBalanced, changePreorder, changeReservation, combine, post } from "../../src/stock/rules/bookkeeping.ts";
import { EMPTY_STOCK, type Stock } from "../../src/stock/rules/model.ts";
import { aPreorder, aStock, held } from "./builders.ts";

describe("bookkeeping", () => {
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
			actor: null,
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
		"throws when %s is below zero, though the equation is satisfied",
		(name) => {
			// The missing unit is put into a counter on the same side, so the equation stays satisfied.
			const balance = { received: "adjusted", available: "held", held: "available", sold: "available" }[name];
			const broken = { ...EMPTY_STOCK, [name]: -1, ...(balance && { [balance]: 1 }) };
			expect(() => assertBalanced(broken)).toThrow("below zero");
		},
	);

	it("lets only adjusted be negative", () => {
		expect(() => assertBalanced({ ...EMPTY_STOCK, received: 5, adjusted: -2, available: 3 })).not.toThrow();
	});

	it("combines two changes into one with the counters of the second and the rows of both", () => {
		const first = receive(aStock(), 1, null);
		const second = receive(first.stock, 2, null);
		const joined = combine(first, second);
		expect(joined.stock).toBe(second.stock);
		expect(joined.entries.map(({ seq }) => seq)).toEqual([1, 2]);
	});
});
