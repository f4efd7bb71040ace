/** Units that arrive, are counted again, or are taken from holds. */
import { describe, expect, it } from "vitest";
import { adjust, displace, receive } from "../../src/stock/rules/adjust.ts";
import type { Reservation } from "../../src/stock/rules/model.ts";
import { aStock, deltas, held, NOW, paying, the, waiting } from "./builders.ts";

describe("receive", () => {
	it("makes units available, with the merchant's reference in the journal", () => {
		const stock = aStock({ available: 1, held: 1 });
		const change = receive(stock, 5, "delivery 7");
		expect(deltas(stock, change)).toEqual({ received: 5, available: 5 });
		expect(change.entries).toMatchObject([
			{ kind: "received", quantity: 5, note: "delivery 7", available: 6, held: 1 },
		]);
	});

	it.each([0, -1, 1.5, Number.NaN, 2 ** 53])("throws for %d units", (quantity) => {
		expect(() => receive(aStock(), quantity, null)).toThrow("cannot receive");
	});
});

describe("adjust", () => {
	it.each([
		{ available: 3, delta: 4 },
		{ available: 3, delta: -3 },
	])("corrects $available available units by $delta", ({ available, delta }) => {
		const stock = aStock({ available, held: 2 });
		const { change } = the("adjusted", adjust(stock, delta, "counted"));
		expect(deltas(stock, change)).toEqual({ adjusted: delta, available: delta });
		expect(change.entries).toMatchObject([{ kind: "adjusted", quantity: delta, note: "counted" }]);
	});

	it("refuses to go below what is held, with the units that are short (a public Durable Object demo)", () => {
		expect(adjust(aStock({ available: 1, held: 2 }), -3, "fire")).toEqual({ kind: "below-held", shortBy: 2 });
	});
});

describe("displace", () => {
	it("frees the units of a hold, and puts its shopper before the front", () => {
		const stock = aStock({ held: 5, waiting: 1 });
		// A checkout was called off before, and left its marks.
		const marks = { heldUntilMs: NOW + 60_000, checkoutId: "c1", heldSinceMs: NOW - 60_000 };
		const hold = held({ quantity: 2, offered: true, extensions: 2, ...marks });
		const change = displace(stock, hold, 1);
		const none = { expiresAtMs: null, heldUntilMs: null, checkoutId: null, heldSinceMs: null };
		expect(change.reservations).toEqual([{ ...hold, ...none, status: "waiting", place: 0, version: 2 }]);
		expect(deltas(stock, change)).toEqual({ available: 2, held: -2, waiting: 2 });
		expect(change.entries).toMatchObject([{ kind: "bumped", quantity: 2 }]);
	});

	it("leaves the oldest hold at the very front when the newest is displaced first", () => {
		let frontPlace = 1;
		const waitlist: Reservation[] = [waiting({ id: "before", place: 1 })];
		for (const id of ["newest", "middle", "oldest"]) {
			const [bumped] = displace(aStock({ held: 9 }), held({ id }), frontPlace).reservations;
			if (bumped?.place == null) throw new Error("a bumped hold has a place");
			frontPlace = bumped.place;
			waitlist.push(bumped);
		}
		waitlist.sort((a, b) => (a.place ?? 0) - (b.place ?? 0));
		expect(waitlist.map(({ id }) => id)).toEqual(["oldest", "middle", "newest", "before"]);
	});

	it("never takes units from a checkout", () => {
		expect(() => displace(aStock({ held: 1 }), paying(), 1)).toThrow("only a hold is bumped");
	});
});
