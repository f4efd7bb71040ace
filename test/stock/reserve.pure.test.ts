/** Reserving: who gets units, who is refused and why, and that a repeated command changes nothing. */
import { describe, expect, it } from "vitest";
import { type IfMatch, type Reservation, tagOf } from "../../src/stock/rules/model.ts";
import { reserve } from "../../src/stock/rules/reserve.ts";
import {
	aContext,
	aPolicy,
	aStock,
	deltas,
	ended,
	held,
	NOW,
	paying,
	preorders,
	reserveCommand,
	the,
	waiting,
} from "./builders.ts";

describe("reserve, for a shopper without a reservation", () => {
	it("holds available units for the hold time", () => {
		const stock = aStock({ available: 5, held: 1 });
		const decision = the("held", reserve(aContext(stock), reserveCommand({ quantity: 2 }), NOW));
		expect(decision.created).toBe(true);
		expect(decision.reservation).toEqual(
			held({ id: "new", quantity: 2, expiresAtMs: NOW + 600_000, heldSinceMs: NOW, createdAtMs: NOW }),
		);
		expect(deltas(stock, decision.change)).toEqual({ available: -2, held: 2 });
		expect(decision.change?.reservations).toEqual([decision.reservation]);
		expect(decision.change?.entries).toMatchObject([
			{ seq: 1, kind: "held", quantity: 2, shopperId: "ada", subjectId: "new", available: 3, held: 3, sold: 0 },
		]);
	});

	it.each([
		{ available: 3, quantity: 3, kind: "held" },
		{ available: 2, quantity: 3, kind: "sold-out" },
		{ available: 0, quantity: 1, kind: "sold-out" },
	])("is $kind for $quantity of $available available units", ({ available, quantity, kind }) => {
		expect(reserve(aContext(aStock({ available })), reserveCommand({ quantity }), NOW).kind).toBe(kind);
	});

	it("is sold out without units, with a pre-order offer if there is one", () => {
		const stock = aStock({ sold: 1, pending: 1, owed: 2 });
		expect(reserve(aContext(stock), reserveCommand(), NOW)).toEqual({ kind: "sold-out", preorder: null });
		expect(reserve(aContext(stock, { policy: aPolicy(preorders(3)) }), reserveCommand(), NOW)).toEqual({
			kind: "sold-out",
			preorder: null,
		});
		expect(reserve(aContext(stock, { policy: aPolicy(preorders(5)) }), reserveCommand(), NOW)).toEqual({
			kind: "sold-out",
			preorder: { expectedAtMs: NOW + 86_400_000, termsVersion: "v1", remaining: 2 },
		});
	});

	it.each(["sold", "released", "expired", "converted"] as const)(
		"makes a new reservation after one that was %s",
		(status) => {
			const decision = reserve(aContext(aStock({ available: 1 }), { mine: ended(status) }), reserveCommand(), NOW);
			expect(decision).toMatchObject({ kind: "held", created: true, reservation: { id: "new" } });
		},
	);

	it("gives a newcomer nothing while somebody waits or is owed", () => {
		for (const ahead of [{ waiting: 3 }, { owed: 3 }]) {
			const stock = aStock({ available: 2, ...ahead });
			expect(reserve(aContext(stock), reserveCommand({ quantity: 1 }), NOW).kind).toBe("sold-out");
		}
	});
});

describe("reserve, for a shopper with a hold", () => {
	it("changes nothing for the same quantity, and does not restart the time (pretix 1575)", () => {
		const mine = held({ quantity: 2 });
		const decision = reserve(
			aContext(aStock({ available: 5, held: 2 }), { mine }),
			reserveCommand({ quantity: 2 }),
			NOW,
		);
		expect(decision).toEqual({ kind: "held", reservation: mine, created: false, change: null });
	});

	it("takes the difference for more units, and does not restart the time", () => {
		const stock = aStock({ available: 2, held: 1 });
		const mine = held();
		const decision = the("held", reserve(aContext(stock, { mine }), reserveCommand({ quantity: 3 }), NOW));
		expect(decision.created).toBe(false);
		expect(decision.reservation).toEqual({ ...mine, quantity: 3, version: 2 });
		expect(deltas(stock, decision.change)).toEqual({ available: -2, held: 2 });
		expect(decision.change?.entries).toMatchObject([{ kind: "resized", quantity: 2 }]);
	});

	it("refuses more units than are available, and leaves the hold", () => {
		const stock = aStock({ available: 1, held: 1 });
		const decision = reserve(aContext(stock, { mine: held() }), reserveCommand({ quantity: 3, wait: true }), NOW);
		expect(decision).toEqual({ kind: "sold-out", preorder: null });
	});

	it("refuses more units while somebody waits, though a unit is free", () => {
		const stock = aStock({ available: 1, held: 1, waiting: 2 });
		expect(reserve(aContext(stock, { mine: held() }), reserveCommand({ quantity: 2 }), NOW).kind).toBe("sold-out");
	});

	it("frees the rest for fewer units, whatever the sale window and the limit", () => {
		const stock = aStock({ held: 3 });
		const policy = aPolicy({ saleEndsAtMs: NOW - 1, limitPerShopper: 1 });
		const mine = held({ quantity: 3 });
		const decision = the("held", reserve(aContext(stock, { mine, policy }), reserveCommand({ quantity: 2 }), NOW));
		expect(decision.reservation).toEqual({ ...mine, quantity: 2, version: 2 });
		expect(deltas(stock, decision.change)).toEqual({ available: 1, held: -1 });
		expect(decision.change?.entries).toMatchObject([{ kind: "resized", quantity: -1 }]);
	});

	it("refuses a shopper in a checkout, and names it", () => {
		const mine = paying({ checkoutId: "c7", quantity: 1 });
		for (const quantity of [1, 2]) {
			const decision = reserve(
				aContext(aStock({ available: 5, held: 1 }), { mine }),
				reserveCommand({ quantity }),
				NOW,
			);
			expect(decision).toEqual({ kind: "in-checkout", checkoutId: "c7" });
		}
	});
});

describe("the limit per shopper", () => {
	it.each([
		{ limit: null, owned: 1000, quantity: 1000, kind: "held" },
		{ limit: 2, owned: 0, quantity: 2, kind: "held" },
		{ limit: 2, owned: 0, quantity: 3, kind: "limit-exceeded" },
		{ limit: 2, owned: 1, quantity: 1, kind: "held" },
		{ limit: 2, owned: 1, quantity: 2, kind: "limit-exceeded" },
		{ limit: 2, owned: 2, quantity: 1, kind: "limit-exceeded" },
	])("is $kind for $quantity more with $owned bought and a limit of $limit", ({ limit, owned, quantity, kind }) => {
		const policy = aPolicy({ limitPerShopper: limit });
		const decision = reserve(
			aContext(aStock({ available: 9999 }), { policy, owned }),
			reserveCommand({ quantity }),
			NOW,
		);
		expect(decision.kind).toBe(kind);
		if (kind === "limit-exceeded") expect(decision).toEqual({ kind, limit, owned });
	});

	it("counts what the shopper holds once", () => {
		const policy = aPolicy({ limitPerShopper: 2 });
		const context = aContext(aStock({ available: 5, held: 1 }), { policy, mine: held() });
		expect(reserve(context, reserveCommand({ quantity: 2 }), NOW).kind).toBe("held");
		expect(reserve(context, reserveCommand({ quantity: 3 }), NOW).kind).toBe("limit-exceeded");
	});

	it("applies to the waitlist too", () => {
		const policy = aPolicy({ limitPerShopper: 1, waitlistLimit: 10 });
		const command = reserveCommand({ quantity: 2, wait: true });
		expect(reserve(aContext(aStock({ held: 1 }), { policy }), command, NOW).kind).toBe("limit-exceeded");
		const mine = waiting();
		expect(reserve(aContext(aStock({ held: 1, waiting: 1 }), { policy, mine }), command, NOW).kind).toBe(
			"limit-exceeded",
		);
	});
});

describe("the sale window", () => {
	const policy = aPolicy({ saleStartsAtMs: NOW, saleEndsAtMs: NOW + 1000 });

	it.each([
		{ at: -1, kind: "sale-not-open" },
		{ at: 0, kind: "held" },
		{ at: 999, kind: "held" },
		{ at: 1000, kind: "sale-not-open" },
	])("is $kind at $at ms of a sale of 1000 ms", ({ at, kind }) => {
		const decision = reserve(aContext(aStock({ available: 1 }), { policy }), reserveCommand(), NOW + at);
		expect(decision.kind).toBe(kind);
		if (kind === "sale-not-open") expect(decision).toEqual({ kind, startsAtMs: NOW, endsAtMs: NOW + 1000 });
	});

	it("may have a start without an end, or an end without a start", () => {
		const at = (over: Parameters<typeof aPolicy>[0], nowMs: number) =>
			reserve(aContext(aStock({ available: 1 }), { policy: aPolicy(over) }), reserveCommand(), nowMs).kind;
		expect(at({ saleStartsAtMs: NOW }, NOW + 1e12)).toBe("held");
		expect(at({ saleEndsAtMs: NOW }, 0)).toBe("held");
	});

	it("refuses before the limit, and the limit before the stock", () => {
		const mean = { policy: aPolicy({ saleEndsAtMs: NOW, limitPerShopper: 1 }), owned: 1 };
		expect(reserve(aContext(aStock(), mean), reserveCommand(), NOW).kind).toBe("sale-not-open");
		expect(reserve(aContext(aStock(), mean), reserveCommand(), NOW - 1).kind).toBe("limit-exceeded");
	});

	it("lets no hold grow and nobody join the waitlist after its end", () => {
		const late = { policy: aPolicy({ saleEndsAtMs: NOW, waitlistLimit: 9 }) };
		const context = aStock({ available: 5, held: 1 });
		expect(reserve(aContext(context, { ...late, mine: held() }), reserveCommand({ quantity: 2 }), NOW).kind).toBe(
			"sale-not-open",
		);
		expect(reserve(aContext(aStock({ held: 1 }), late), reserveCommand({ wait: true }), NOW).kind).toBe(
			"sale-not-open",
		);
	});
});

describe("an archived product", () => {
	const reserved = (quantity: number, mine: Reservation | null, ifMatch: IfMatch = null) =>
		reserve(
			aContext(aStock({ available: 9, held: 2 }), { isArchived: true, mine }),
			reserveCommand({ quantity, ifMatch }),
			NOW,
		).kind;

	it("is unknown to who has nothing of it, whatever the condition", () => {
		for (const mine of [null, ended("released")]) {
			expect(reserved(1, mine)).toBe("unknown-sku");
			expect(reserved(1, mine, "*")).toBe("unknown-sku");
		}
	});

	it("leaves a shopper what they hold, or less of it, and gives nothing more", () => {
		const mine = held({ quantity: 2 });
		expect(reserved(2, mine)).toBe("held");
		expect(reserved(1, mine)).toBe("held");
		expect(reserved(3, mine)).toBe("unknown-sku");
		expect(reserved(2, mine, ["r1.9"])).toBe("stale");
	});
});

describe("If-Match", () => {
	const mine = held({ id: "r1", version: 4 });
	const context = aContext(aStock({ available: 5, held: 1 }), { mine });

	it.each([
		{ ifMatch: ["r1.4"], kind: "held" },
		{ ifMatch: ["other.1", "r1.4"], kind: "held" },
		{ ifMatch: "*" as const, kind: "held" },
		{ ifMatch: ["r1.3"], kind: "stale" },
		{ ifMatch: ["r2.4"], kind: "stale" },
		{ ifMatch: [], kind: "stale" },
	])("is $kind with $ifMatch when the tag is r1.4", ({ ifMatch, kind }) => {
		const decision = reserve(context, reserveCommand({ quantity: 2, ifMatch }), NOW);
		expect(decision.kind).toBe(kind);
		if (kind === "stale") expect(decision).toEqual({ kind, current: "r1.4" });
	});

	it("is stale when the reservation has ended or never was", () => {
		for (const gone of [null, ended("expired", { id: "r1", version: 4 })]) {
			for (const ifMatch of ["*" as const, ["r1.4"]]) {
				const decision = reserve(aContext(aStock({ available: 5 }), { mine: gone }), reserveCommand({ ifMatch }), NOW);
				expect(decision).toEqual({ kind: "stale", current: null });
			}
		}
	});

	it("is checked before anything else", () => {
		const pinned = aContext(aStock({ held: 1 }), { mine: paying({ version: 2 }) });
		expect(reserve(pinned, reserveCommand({ ifMatch: ["r1.1"] }), NOW)).toEqual({ kind: "stale", current: "r1.2" });
		expect(reserve(pinned, reserveCommand({ ifMatch: ["r1.2"] }), NOW).kind).toBe("in-checkout");
	});

	it("goes stale with every change", () => {
		const before = the("held", reserve(context, reserveCommand({ quantity: 1 }), NOW)).reservation;
		const after = the("held", reserve(context, reserveCommand({ quantity: 2 }), NOW)).reservation;
		expect(tagOf(before)).toBe("r1.4");
		expect(tagOf(after)).toBe("r1.5");
	});
});
