/** How counters move, and the equation that every move must satisfy. */
import { describe, expect, it } from "vitest";
import { receive } from "../../src/stock/rules/adjust.ts";
import {
	assertBalanced,
	by,
	changePreorder,
	changeReservation,
	combine,
	post,
} from "../../src/stock/rules/bookkeeping.ts";
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

	it("begins with nothing", () => {
		expect(new Set(Object.values(EMPTY_STOCK))).toEqual(new Set([0]));
	});

	it("names the shopper, the subject and the checkout of a change in its entry", () => {
		const names = { shopperId: "ada", checkoutId: "c1", note: null };
		const reservation = held({ checkoutId: "c1" });
		expect(changeReservation(aStock({ held: 1 }), "unpinned", reservation, {}).entries).toMatchObject([
			{ ...names, subjectId: "r1" },
		]);
		expect(changePreorder(aStock(), "preorder-owed", aPreorder("owed"), {}).entries).toMatchObject([
			{ ...names, subjectId: "p1" },
		]);
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

	it("says who of the merchant's people made a change in each of its entries, and changes nothing else", () => {
		const change = receive(aStock(), 1, "delivery 7");
		expect(by("eve", change)).toEqual({ ...change, entries: [{ ...change.entries[0], actor: "eve" }] });
		expect(by(null, by("eve", change))).toEqual(change);
		const { entry } = post(aStock(), "received", 0, {}, { actor: "eve" });
		expect(entry.actor).toBe("eve");
	});

	it("combines two changes into one with the counters of the second and the rows of both", () => {
		const rows = (n: number) => ({
			reservations: [held({ id: `r${n}` })],
			preorders: [aPreorder("owed", { id: `p${n}` })],
		});
		const first = { ...receive(aStock(), 1, null), ...rows(1) };
		const second = { ...receive(first.stock, 2, null), ...rows(2) };
		const joined = combine(first, second);
		expect(joined.stock).toBe(second.stock);
		expect(joined.entries.map(({ seq }) => seq)).toEqual([1, 2]);
		expect(joined.reservations.map(({ id }) => id)).toEqual(["r1", "r2"]);
		expect(joined.preorders.map(({ id }) => id)).toEqual(["p1", "p2"]);
	});
});
