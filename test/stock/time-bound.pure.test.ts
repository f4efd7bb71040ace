/** For how long one shopper may keep units from others without paying. */
import { describe, expect, it } from "vitest";
import type { Policy } from "../../src/catalog/policy.ts";
import type { Reservation } from "../../src/stock/rules/model.ts";
import { pin } from "../../src/stock/rules/purchase.ts";
import { extend } from "../../src/stock/rules/release.ts";
import { reserve } from "../../src/stock/rules/reserve.ts";
import { aContext, aPolicy, aStock, ended, held, NOW, pinCommand, preorders, reserveCommand, the } from "./builders.ts";

/** 10 s a hold, and one extension: 20 s in all, and 10 s until the time begins anew. */
const POLICY = aPolicy({ holdMs: 10_000, maxExtensions: 1, paymentWindowMs: 4_000, paymentGraceMs: 1_000 });
const NONE = { reservation: null, preorder: null };

/** A reservation that ended, after its shopper had kept units for `keptMs` in all. */
const kept = (keptMs: number, agoMs: number, over: Partial<Reservation> = {}) =>
	ended("released", { endedAtMs: NOW - agoMs, heldSinceMs: NOW - agoMs - keptMs, ...over });

describe("a shopper who lets go and takes again", () => {
	/** @param refusedAgoMs when somebody else was refused; null for never */
	function take(mine: Reservation | null, refusedAgoMs: number | null, over: Partial<Policy> = {}) {
		const refusedOthersAtMs = refusedAgoMs === null ? null : NOW - refusedAgoMs;
		const policy = { ...POLICY, ...over };
		return aContext(aStock({ available: 1 }), { policy, mine, refusedOthersAtMs });
	}
	const reserved = (...args: Parameters<typeof take>) => reserve(take(...args), reserveCommand(), NOW);
	const pinned = (...args: Parameters<typeof take>) => pin(take(...args), NONE, pinCommand(), NOW);

	it("gets no more than the rest of their time while others are refused", () => {
		const { reservation } = the("held", reserved(kept(15_000, 1_000), 5_000));
		expect(reservation).toMatchObject({ expiresAtMs: NOW + 5_000, heldSinceMs: NOW - 15_000 });
		expect(the("held", reserved(kept(3_000, 1_000), 2_000)).reservation.expiresAtMs).toBe(NOW + 10_000);
	});

	it("is refused when their time is used up, and told when it begins anew", () => {
		const refusal = { kind: "sold-out", preorder: null, retryAtMs: NOW + 9_000 };
		expect(reserved(kept(20_000, 1_000), 5_000)).toEqual(refusal);
		expect(pinned(kept(20_000, 1_000), 5_000)).toEqual(refusal);
		// Alone on the waitlist they would be served at once.
		const context = take(kept(20_000, 1_000), 5_000, { waitlistLimit: 9 });
		expect(reserve(context, reserveCommand({ wait: true }), NOW)).toEqual(refusal);
	});

	it("has all of it again once the units were free for as long as a hold, or a pin if that is longer", () => {
		const long = { paymentWindowMs: 15_000, paymentGraceMs: 5_000 };
		expect(reserved(kept(20_000, 10_000), 15_000, long)).toMatchObject({ retryAtMs: NOW + 10_000 });
		expect(reserved(kept(20_000, 20_000), 25_000, long).kind).toBe("held");
		const { reservation } = the("held", reserved(kept(20_000, 10_000), 5_000));
		expect(reservation).toMatchObject({ expiresAtMs: NOW + 10_000, heldSinceMs: NOW });
	});

	it("may keep them while nobody else is refused", () => {
		expect(the("held", reserved(kept(60_000, 1_000), null)).reservation.expiresAtMs).toBe(NOW + 10_000);
		// The refusal was before they began.
		expect(reserved(kept(20_000, 1_000), 21_001).kind).toBe("held");
		expect(reserved(kept(20_000, 1_000), 21_000).kind).toBe("sold-out");
		expect(pinned(kept(20_000, 1_000), null).kind).toBe("pinned");
	});

	it.each([
		["they bought", kept(20_000, 1_000, { status: "sold" })],
		["they only waited", kept(20_000, 1_000, { heldSinceMs: null })],
		["they never had any", null],
	])("begins anew when %s", (_, mine) => {
		expect(the("held", reserved(mine, 500)).reservation).toMatchObject({ heldSinceMs: NOW, expiresAtMs: NOW + 10_000 });
	});

	it("may still pre-order, and pay", () => {
		const context = take(kept(20_000, 1_000), 5_000, preorders(5));
		expect(pin(context, NONE, pinCommand({ acceptPreorder: true }), NOW).kind).toBe("preordered");
	});
});

describe("a checkout that is opened and called off", () => {
	it("carries on the time of the hold before it", () => {
		const context = aContext(aStock({ available: 1 }), { policy: POLICY, mine: kept(15_000, 1_000) });
		expect(the("pinned", pin(context, NONE, pinCommand(), NOW)).reservation.heldSinceMs).toBe(NOW - 15_000);
	});
});

describe("an extension", () => {
	const decide = (mine: Reservation, refusedOthersAtMs: number | null) =>
		extend(aContext(aStock({ held: 1 }), { policy: POLICY, mine, refusedOthersAtMs }), NOW);

	it("lasts no longer than the shopper's time while others are refused", () => {
		const mine = held({ heldSinceMs: NOW - 15_000, expiresAtMs: NOW + 1_000 });
		expect(decide(mine, NOW - 500)).toMatchObject({ reservation: { expiresAtMs: NOW + 5_000 } });
		expect(decide(mine, null)).toMatchObject({ reservation: { expiresAtMs: NOW + 10_000 } });
		const all = held({ heldSinceMs: NOW - 15_000, expiresAtMs: NOW + 5_000 });
		expect(decide(all, NOW - 500)).toEqual({ kind: "extension-limit", limit: 1 });
	});

	it("lasts for offers with their extensions where an offer is longer than a hold, and else for holds", () => {
		const extended = (offerMs: number) => {
			const mine = held({ offered: true, heldSinceMs: NOW - 19_000, expiresAtMs: NOW });
			const policy = { ...POLICY, offerMs };
			return extend(aContext(aStock({ held: 1 }), { policy, mine, refusedOthersAtMs: NOW }), NOW);
		};
		expect(extended(15_000)).toMatchObject({ reservation: { expiresAtMs: NOW + 11_000 } });
		expect(extended(5_000)).toMatchObject({ reservation: { expiresAtMs: NOW + 1_000 } });
	});

	it("is never cut short in a first hold", () => {
		const mine = held({ heldSinceMs: NOW - 10_000, expiresAtMs: NOW });
		expect(decide(mine, NOW - 500)).toMatchObject({ reservation: { expiresAtMs: NOW + 10_000 } });
	});
});
