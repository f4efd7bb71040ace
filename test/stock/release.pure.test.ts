/** How long a hold lasts, and how it ends: by its shopper or by the clock, and once. */
import { describe, expect, it } from "vitest";
import { expire, extend, release } from "../../src/stock/rules/release.ts";
import { aPolicy, aStock, ended, held, moved, NOW, paying, the, waiting } from "./builders.ts";

describe("extending", () => {
	it("starts the hold's time again, and counts", () => {
		const mine = held({ expiresAtMs: NOW + 5 });
		expect(extend(aPolicy(), mine, NOW)).toEqual({
			kind: "extended",
			reservation: { ...mine, expiresAtMs: NOW + 600_000, extensions: 1, version: 2 },
		});
	});

	it("gives a shopper out of the line the offer's time", () => {
		const mine = held({ offered: true, expiresAtMs: NOW + 5 });
		expect(extend(aPolicy(), mine, NOW)).toMatchObject({ reservation: { expiresAtMs: NOW + 300_000 } });
	});

	it("never shortens a hold, as when the merchant has shortened the time meanwhile", () => {
		const mine = held({ expiresAtMs: NOW + 600_000 });
		expect(extend(aPolicy({ holdMs: 1000 }), mine, NOW)).toMatchObject({ reservation: { expiresAtMs: NOW + 600_000 } });
	});

	it.each([
		{ maxExtensions: 3, extensions: 2, kind: "extended" },
		{ maxExtensions: 3, extensions: 3, kind: "extension-limit" },
		{ maxExtensions: 2, extensions: 3, kind: "extension-limit" },
		{ maxExtensions: 0, extensions: 0, kind: "extension-limit" },
	])("number $extensions + 1 of $maxExtensions is $kind (pretix 1575)", ({ maxExtensions, extensions, kind }) => {
		const answer = extend(aPolicy({ maxExtensions }), held({ extensions }), NOW);
		expect(answer.kind).toBe(kind);
		if (kind === "extension-limit") expect(answer).toEqual({ kind, limit: maxExtensions });
	});

	it("is for holds only", () => {
		expect(extend(aPolicy(), waiting(), NOW)).toEqual({ kind: "not-held" });
		expect(extend(aPolicy(), paying({ checkoutId: "c9" }), NOW)).toEqual({ kind: "in-checkout", checkoutId: "c9" });
		expect(extend(aPolicy(), null, NOW)).toEqual({ kind: "no-reservation", lastStatus: null });
		for (const status of ["sold", "released", "expired", "converted"] as const) {
			expect(extend(aPolicy(), ended(status), NOW)).toEqual({ kind: "no-reservation", lastStatus: status });
		}
	});
});

describe("letting go", () => {
	it("of a hold makes its units available", () => {
		const stock = aStock({ available: 1, held: 3 });
		const mine = held({ quantity: 3 });
		const answer = the("released", release(stock, mine, NOW));
		expect(answer.reservation).toEqual({ ...mine, status: "released", expiresAtMs: null, version: 2, endedAtMs: NOW });
		expect(moved(stock, answer.change)).toEqual({ available: 3, held: -3 });
		expect(answer.change?.entries).toMatchObject([
			{ kind: "released", quantity: 3, subjectId: "r1", shopperId: "ada" },
		]);
	});

	it("of a place in line moves no units", () => {
		const stock = aStock({ held: 1, waiting: 3 });
		const answer = the("released", release(stock, waiting({ quantity: 2, place: 7 }), NOW));
		expect(answer.reservation).toMatchObject({ status: "released", place: null, endedAtMs: NOW });
		expect(moved(stock, answer.change)).toEqual({ waiting: -2 });
		expect(answer.change?.entries).toMatchObject([{ kind: "left", quantity: 2 }]);
	});

	it("of what is in a checkout is refused, and so is letting go of what was bought", () => {
		expect(release(aStock({ held: 1 }), paying({ checkoutId: "c9" }), NOW)).toEqual({
			kind: "in-checkout",
			checkoutId: "c9",
		});
		expect(release(aStock({ sold: 1 }), ended("sold"), NOW)).toEqual({ kind: "already-sold" });
	});

	it.each(["released", "expired", "converted"] as const)(
		"of what had been %s gives nothing back and tells how it ended (a public Durable Object demo)",
		(status) => {
			const mine = ended(status);
			expect(release(aStock({ available: 1 }), mine, NOW)).toEqual({
				kind: "released",
				reservation: mine,
				change: null,
			});
		},
	);

	it("of nothing is told so", () => {
		expect(release(aStock(), null, NOW)).toEqual({ kind: "no-reservation", lastStatus: null });
	});
});

describe("running out", () => {
	it("at its very millisecond makes the units available", () => {
		const stock = aStock({ held: 2 });
		const change = expire(stock, held({ quantity: 2, expiresAtMs: NOW }), NOW);
		expect(moved(stock, change)).toEqual({ available: 2, held: -2 });
		expect(change.reservations).toMatchObject([{ status: "expired", expiresAtMs: null, version: 2, endedAtMs: NOW }]);
		expect(change.entries).toMatchObject([{ kind: "expired", quantity: 2 }]);
	});

	it("takes a reservation out of an unpaid checkout too, which keeps its name for a late payment (alf.io 531)", () => {
		const change = expire(aStock({ held: 1 }), paying({ expiresAtMs: NOW - 1, checkoutId: "c9" }), NOW);
		expect(change.reservations).toMatchObject([{ status: "expired", checkoutId: "c9" }]);
		expect(change.entries).toMatchObject([{ checkoutId: "c9" }]);
	});

	it("before its time, or without one, is a fault", () => {
		expect(() => expire(aStock({ held: 1 }), held({ expiresAtMs: NOW + 1 }), NOW)).toThrow("not due");
		expect(() => expire(aStock({ waiting: 1 }), waiting(), NOW)).toThrow("not due");
	});

	it.each(["sold", "released", "expired", "converted"] as const)(
		"after it was %s is a fault: it ends once",
		(status) => {
			const impossible = ended(status, { expiresAtMs: NOW });
			expect(() => expire(aStock({ held: 1 }), impossible, NOW)).toThrow("ends once");
		},
	);
});
