/** How long a hold lasts, and how it ends: by its shopper or by the clock, and only once. */
import { describe, expect, it } from "vitest";
import type { Policy } from "../../src/catalog/policy.ts";
import type { Reservation } from "../../src/stock/rules/model.ts";
import { expire, extend, pinnedUntilMs, release } from "../../src/stock/rules/release.ts";
import { aContext, aPolicy, aStock, deltas, ended, held, NOW, paying, the, waiting } from "./builders.ts";

describe("extend", () => {
	const extendHold = (policy: Policy, mine: Reservation | null) => extend(aContext(aStock(), { policy, mine }), NOW);

	it("restarts the hold's time, and counts the extension", () => {
		const mine = held({ expiresAtMs: NOW + 5 });
		expect(extendHold(aPolicy(), mine)).toEqual({
			kind: "extended",
			reservation: { ...mine, expiresAtMs: NOW + 600_000, extensions: 1, version: 2 },
		});
	});

	it("restarts the offer's time for a shopper from the waitlist", () => {
		const mine = held({ offered: true, expiresAtMs: NOW + 5 });
		expect(extendHold(aPolicy(), mine)).toMatchObject({ reservation: { expiresAtMs: NOW + 300_000 } });
	});

	it("never shortens a hold, even when the merchant has shortened the time meanwhile, and counts that too", () => {
		const mine = held({ expiresAtMs: NOW + 600_000 });
		expect(extendHold(aPolicy({ holdMs: 1000 }), mine)).toMatchObject({
			reservation: { expiresAtMs: NOW + 600_000, extensions: 1, version: 2 },
		});
	});

	it.each([
		{ maxExtensions: 3, extensions: 2, kind: "extended" },
		{ maxExtensions: 3, extensions: 3, kind: "extension-limit" },
		{ maxExtensions: 2, extensions: 3, kind: "extension-limit" },
		{ maxExtensions: 0, extensions: 0, kind: "extension-limit" },
	])("is $kind after $extensions of $maxExtensions extensions (pretix 1575)", ({ maxExtensions, extensions, kind }) => {
		const decision = extendHold(aPolicy({ maxExtensions }), held({ extensions }));
		expect(decision.kind).toBe(kind);
		if (kind === "extension-limit") expect(decision).toEqual({ kind, limit: maxExtensions });
	});

	it("extends nothing but holds", () => {
		expect(extendHold(aPolicy(), waiting())).toEqual({ kind: "not-held" });
		expect(extendHold(aPolicy(), paying({ checkoutId: "c9" }))).toEqual({ kind: "in-checkout", checkoutId: "c9" });
		expect(extendHold(aPolicy(), null)).toEqual({ kind: "no-reservation", lastStatus: null });
		for (const status of ["sold", "released", "expired", "converted"] as const) {
			expect(extendHold(aPolicy(), ended(status))).toEqual({ kind: "no-reservation", lastStatus: status });
		}
	});
});

describe("release", () => {
	it("makes the units of a hold available", () => {
		const stock = aStock({ available: 1, held: 3 });
		const mine = held({ quantity: 3 });
		const decision = the("released", release(stock, mine, NOW));
		expect(decision.reservation).toEqual({
			...mine,
			status: "released",
			expiresAtMs: null,
			version: 2,
			endedAtMs: NOW,
		});
		expect(deltas(stock, decision.change)).toEqual({ available: 3, held: -3 });
		expect(decision.change?.entries).toMatchObject([
			{ kind: "released", quantity: 3, subjectId: "r1", shopperId: "ada" },
		]);
	});

	it("ends a wait without moving units", () => {
		const stock = aStock({ held: 1, waiting: 3 });
		const decision = the("released", release(stock, waiting({ quantity: 2, place: 7 }), NOW));
		expect(decision.reservation).toMatchObject({ status: "released", place: null, endedAtMs: NOW });
		expect(deltas(stock, decision.change)).toEqual({ waiting: -2 });
		expect(decision.change?.entries).toMatchObject([{ kind: "left", quantity: 2 }]);
	});

	it("refuses to release what is in a checkout, or was bought", () => {
		expect(release(aStock({ held: 1 }), paying({ checkoutId: "c9" }), NOW)).toEqual({
			kind: "in-checkout",
			checkoutId: "c9",
		});
		expect(release(aStock({ sold: 1 }), ended("sold"), NOW)).toEqual({ kind: "already-sold" });
	});

	it.each(["released", "expired", "converted"] as const)(
		"gives nothing back for a reservation that was %s, and returns it as it ended (a public Durable Object demo)",
		(status) => {
			const mine = ended(status);
			expect(release(aStock({ available: 1 }), mine, NOW)).toEqual({
				kind: "released",
				reservation: mine,
				change: null,
			});
		},
	);

	it("is stale for another version, but not for the one that this very release has ended", () => {
		const condition = (mine: Reservation, ...ifMatch: string[]) => release(aStock({ held: 1 }), mine, NOW, ifMatch);
		const live = held({ version: 3 });
		expect(condition(live, "r1.3").kind).toBe("released");
		expect(condition(live, "r1.2")).toEqual({ kind: "stale", current: "r1.3" });
		const gone = ended("released", { version: 3 });
		// The call is repeated, since its answer was lost.
		expect(condition(gone, "r1.2")).toEqual({ kind: "released", reservation: gone, change: null });
		expect(condition(gone, "r1.3").kind).toBe("released");
		expect(condition(gone, "r1.1")).toEqual({ kind: "stale", current: "r1.3" });
		expect(condition(ended("expired", { version: 3 }), "r1.2").kind).toBe("stale");
	});

	it("is no-reservation for a shopper without one", () => {
		expect(release(aStock(), null, NOW)).toEqual({ kind: "no-reservation", lastStatus: null });
	});
});

describe("expire", () => {
	it("makes the units available at the very millisecond", () => {
		const stock = aStock({ held: 2 });
		const change = expire(stock, held({ quantity: 2, expiresAtMs: NOW }), NOW);
		expect(deltas(stock, change)).toEqual({ available: 2, held: -2 });
		expect(change.reservations).toMatchObject([{ status: "expired", expiresAtMs: null, version: 2, endedAtMs: NOW }]);
		expect(change.entries).toMatchObject([{ kind: "expired", quantity: 2 }]);
	});

	it("ends an unpaid pin, and keeps its checkout's id for a late payment (alf.io 531)", () => {
		const change = expire(aStock({ held: 1 }), paying({ expiresAtMs: NOW - 1, checkoutId: "c9" }), NOW);
		expect(change.reservations).toMatchObject([{ status: "expired", checkoutId: "c9" }]);
		expect(change.entries).toMatchObject([{ checkoutId: "c9" }]);
	});

	describe("of a hold that a checkout has pinned", () => {
		/** Three units are held, and the checkout pays for `units` of them. */
		const pinned = (units: number, untilMs: number, heldUntilMs: number) =>
			paying({
				quantity: Math.max(3, units),
				expiresAtMs: units < 3 ? Math.min(untilMs, heldUntilMs) : untilMs,
				heldUntilMs,
				pin: { attempt: null, units, untilMs, heldBefore: 3 },
			});

		it("goes on with the hold when the pin runs out first, for the payment may have been in time", () => {
			const stock = aStock({ held: 4 });
			const r = pinned(4, NOW, NOW + 1);
			const change = expire(stock, r, NOW);
			expect(change.reservations.at(-1)).toEqual({
				...r,
				status: "held",
				quantity: 3,
				expiresAtMs: NOW + 1,
				pin: null,
				version: 2,
			});
			expect(deltas(stock, change)).toEqual({ held: -1, available: 1 });
			expect(change.entries).toMatchObject([
				{ kind: "unpinned", quantity: 3 },
				{ kind: "resized", quantity: -1 },
			]);
		});

		it("goes on with the pin when the hold runs out first, and frees the rest", () => {
			const stock = aStock({ held: 3 });
			const r = pinned(1, NOW + 1, NOW);
			const change = expire(stock, r, NOW);
			expect(change.reservations).toEqual([{ ...r, quantity: 1, expiresAtMs: NOW + 1, version: 2 }]);
			expect(deltas(stock, change)).toEqual({ held: -2, available: 2 });
			expect(change.entries).toMatchObject([{ kind: "resized", quantity: -2 }]);
		});

		it("ended when the later of the two ran out, however late that is noticed", () => {
			for (const [untilMs, heldUntilMs] of [
				[NOW - 2_000, NOW - 1_000],
				[NOW - 1_000, NOW - 2_000],
			] as const) {
				const change = expire(aStock({ held: 3 }), pinned(1, untilMs, heldUntilMs), NOW);
				expect(change.reservations).toMatchObject([{ status: "expired", quantity: 3, endedAtMs: NOW - 1_000 }]);
			}
		});

		it("says until when units are pinned, and only while they are", () => {
			expect(pinnedUntilMs(pinned(1, NOW + 2, NOW + 1))).toBe(NOW + 2);
			// Earlier code kept no pin.
			expect(pinnedUntilMs(paying({ expiresAtMs: NOW + 3 }))).toBe(NOW + 3);
			const { pin } = pinned(1, NOW + 2, NOW + 1);
			expect(pinnedUntilMs(ended("released", { pin }))).toBeNull();
		});
	});

	it("throws before the reservation is due", () => {
		expect(() => expire(aStock({ held: 1 }), held({ expiresAtMs: NOW + 1 }), NOW)).toThrow("not due");
		expect(() => expire(aStock({ waiting: 1 }), waiting(), NOW)).toThrow("not due");
	});

	it.each(["sold", "released", "expired", "converted"] as const)(
		"throws after the reservation was %s, since it ends once",
		(status) => {
			const impossible = ended(status, { expiresAtMs: NOW });
			expect(() => expire(aStock({ held: 1 }), impossible, NOW)).toThrow("ends once");
		},
	);
});
