/** Taking units on hold: who gets them, who is refused and why, and that asking again changes nothing. */
import { describe, expect, it } from "vitest";
import { isExhausted, saleStatus } from "../../src/stock/rules/availability.ts";
import { tagOf } from "../../src/stock/rules/model.ts";
import { reserve } from "../../src/stock/rules/reserve.ts";
import {
	aPolicy,
	aStock,
	books,
	ended,
	held,
	moved,
	NOW,
	paying,
	preorders,
	reserveAsk,
	the,
	waiting,
} from "./builders.ts";

describe("a shopper who has nothing yet", () => {
	it("gets units that nobody holds, for the hold time", () => {
		const stock = aStock({ available: 5, held: 1 });
		const answer = the("held", reserve(books(stock), reserveAsk({ quantity: 2 }), NOW));
		expect(answer).toMatchObject({ created: true, reservation: { id: "new", shopperId: "ada", quantity: 2 } });
		expect(answer.reservation).toMatchObject({
			status: "held",
			expiresAtMs: NOW + 600_000,
			endedAtMs: null,
			version: 1,
		});
		expect(moved(stock, answer.change)).toEqual({ available: -2, held: 2 });
		expect(answer.change?.reservations).toEqual([answer.reservation]);
		expect(answer.change?.entries).toMatchObject([
			{ seq: 1, kind: "held", quantity: 2, shopperId: "ada", subjectId: "new", available: 3, held: 3, sold: 0 },
		]);
	});

	it.each([
		{ available: 3, quantity: 3, kind: "held" },
		{ available: 2, quantity: 3, kind: "sold-out" },
		{ available: 0, quantity: 1, kind: "sold-out" },
	])("with $available free, $quantity are $kind", ({ available, quantity, kind }) => {
		expect(reserve(books(aStock({ available })), reserveAsk({ quantity }), NOW).kind).toBe(kind);
	});

	it("is sold out of the last unit, and offered a pre-order if there is one to be had", () => {
		const stock = aStock({ sold: 1, pending: 1, owed: 2 });
		expect(reserve(books(stock), reserveAsk(), NOW)).toEqual({ kind: "sold-out", preorder: null });
		expect(reserve(books(stock, { policy: aPolicy(preorders(3)) }), reserveAsk(), NOW)).toEqual({
			kind: "sold-out",
			preorder: null,
		});
		expect(reserve(books(stock, { policy: aPolicy(preorders(5)) }), reserveAsk(), NOW)).toEqual({
			kind: "sold-out",
			preorder: { expectedAtMs: NOW + 86_400_000, termsVersion: "v1", remaining: 2 },
		});
	});

	it.each(["sold", "released", "expired", "converted"] as const)("may ask again after one that was %s", (status) => {
		const answer = reserve(books(aStock({ available: 1 }), { mine: ended(status) }), reserveAsk(), NOW);
		expect(answer).toMatchObject({ kind: "held", created: true, reservation: { id: "new" } });
	});

	it("is not passed by a newcomer: nothing is given while somebody waits or is owed", () => {
		for (const ahead of [{ waiting: 3 }, { owed: 3 }]) {
			const stock = aStock({ available: 2, ...ahead });
			expect(reserve(books(stock), reserveAsk({ quantity: 1 }), NOW).kind).toBe("sold-out");
		}
	});
});

describe("a shopper who has a hold", () => {
	it("asks for the same again: nothing changes, and the time does not start again (pretix 1575)", () => {
		const mine = held({ quantity: 2 });
		const answer = reserve(books(aStock({ available: 5, held: 2 }), { mine }), reserveAsk({ quantity: 2 }), NOW);
		expect(answer).toEqual({ kind: "held", reservation: mine, created: false, change: null });
	});

	it("asks for more: the difference is taken, the time goes on", () => {
		const stock = aStock({ available: 2, held: 1 });
		const mine = held();
		const answer = the("held", reserve(books(stock, { mine }), reserveAsk({ quantity: 3 }), NOW));
		expect(answer.created).toBe(false);
		expect(answer.reservation).toEqual({ ...mine, quantity: 3, version: 2 });
		expect(moved(stock, answer.change)).toEqual({ available: -2, held: 2 });
		expect(answer.change?.entries).toMatchObject([{ kind: "resized", quantity: 2 }]);
	});

	it("asks for more than there is: refused, and what is held stays", () => {
		const stock = aStock({ available: 1, held: 1 });
		const answer = reserve(books(stock, { mine: held() }), reserveAsk({ quantity: 3, wait: true }), NOW);
		expect(answer).toEqual({ kind: "sold-out", preorder: null });
	});

	it("asks for more while somebody waits: refused, though a unit is free", () => {
		const stock = aStock({ available: 1, held: 1, waiting: 2 });
		expect(reserve(books(stock, { mine: held() }), reserveAsk({ quantity: 2 }), NOW).kind).toBe("sold-out");
	});

	it("asks for less: the rest is free again, whatever the sale window and the limit say", () => {
		const stock = aStock({ held: 3 });
		const policy = aPolicy({ saleEndsAtMs: NOW - 1, limitPerShopper: 1 });
		const mine = held({ quantity: 3 });
		const answer = the("held", reserve(books(stock, { mine, policy }), reserveAsk({ quantity: 2 }), NOW));
		expect(answer.reservation).toEqual({ ...mine, quantity: 2, version: 2 });
		expect(moved(stock, answer.change)).toEqual({ available: 1, held: -1 });
		expect(answer.change?.entries).toMatchObject([{ kind: "resized", quantity: -1 }]);
	});

	it("in a checkout is told which one", () => {
		const mine = paying({ checkoutId: "c7", quantity: 1 });
		for (const quantity of [1, 2]) {
			const answer = reserve(books(aStock({ available: 5, held: 1 }), { mine }), reserveAsk({ quantity }), NOW);
			expect(answer).toEqual({ kind: "in-checkout", checkoutId: "c7" });
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
	])("$limit, with $owned bought: $quantity more are $kind", ({ limit, owned, quantity, kind }) => {
		const policy = aPolicy({ limitPerShopper: limit });
		const answer = reserve(books(aStock({ available: 9999 }), { policy, owned }), reserveAsk({ quantity }), NOW);
		expect(answer.kind).toBe(kind);
		if (kind === "limit-exceeded") expect(answer).toEqual({ kind, limit, owned });
	});

	it("counts what the shopper holds once: two are not two more than the one on hold", () => {
		const policy = aPolicy({ limitPerShopper: 2 });
		const given = books(aStock({ available: 5, held: 1 }), { policy, mine: held() });
		expect(reserve(given, reserveAsk({ quantity: 2 }), NOW).kind).toBe("held");
		expect(reserve(given, reserveAsk({ quantity: 3 }), NOW).kind).toBe("limit-exceeded");
	});

	it("holds in the line too: nobody waits for units they may not have", () => {
		const policy = aPolicy({ limitPerShopper: 1, waitlistLimit: 10 });
		const ask = reserveAsk({ quantity: 2, wait: true });
		expect(reserve(books(aStock({ held: 1 }), { policy }), ask, NOW).kind).toBe("limit-exceeded");
		const mine = waiting();
		expect(reserve(books(aStock({ held: 1, waiting: 1 }), { policy, mine }), ask, NOW).kind).toBe("limit-exceeded");
	});
});

describe("the sale window", () => {
	const policy = aPolicy({ saleStartsAtMs: NOW, saleEndsAtMs: NOW + 1000 });

	it.each([
		{ at: -1, kind: "sale-not-open" },
		{ at: 0, kind: "held" },
		{ at: 999, kind: "held" },
		{ at: 1000, kind: "sale-not-open" },
	])("opens at its first millisecond and is over at its last: $at is $kind", ({ at, kind }) => {
		const answer = reserve(books(aStock({ available: 1 }), { policy }), reserveAsk(), NOW + at);
		expect(answer.kind).toBe(kind);
		if (kind === "sale-not-open") expect(answer).toEqual({ kind, startsAtMs: NOW, endsAtMs: NOW + 1000 });
	});

	it("open at one side only, has no other", () => {
		const at = (over: Parameters<typeof aPolicy>[0], nowMs: number) =>
			reserve(books(aStock({ available: 1 }), { policy: aPolicy(over) }), reserveAsk(), nowMs).kind;
		expect(at({ saleStartsAtMs: NOW }, NOW + 1e12)).toBe("held");
		expect(at({ saleEndsAtMs: NOW }, 0)).toBe("held");
	});

	it("is named before the limit, and the limit before the stock", () => {
		const mean = { policy: aPolicy({ saleEndsAtMs: NOW, limitPerShopper: 1 }), owned: 1 };
		expect(reserve(books(aStock(), mean), reserveAsk(), NOW).kind).toBe("sale-not-open");
		expect(reserve(books(aStock(), mean), reserveAsk(), NOW - 1).kind).toBe("limit-exceeded");
	});

	it("does not let a hold grow after its end, nor anybody join the line", () => {
		const late = { policy: aPolicy({ saleEndsAtMs: NOW, waitlistLimit: 9 }) };
		const given = aStock({ available: 5, held: 1 });
		expect(reserve(books(given, { ...late, mine: held() }), reserveAsk({ quantity: 2 }), NOW).kind).toBe(
			"sale-not-open",
		);
		expect(reserve(books(aStock({ held: 1 }), late), reserveAsk({ wait: true }), NOW).kind).toBe("sale-not-open");
	});
});

describe("If-Match", () => {
	const mine = held({ id: "r1", version: 4 });
	const given = books(aStock({ available: 5, held: 1 }), { mine });

	it.each([
		{ ifMatch: ["r1.4"], kind: "held" },
		{ ifMatch: ["other.1", "r1.4"], kind: "held" },
		{ ifMatch: "*" as const, kind: "held" },
		{ ifMatch: ["r1.3"], kind: "stale" },
		{ ifMatch: ["r2.4"], kind: "stale" },
		{ ifMatch: [], kind: "stale" },
	])("$ifMatch on r1.4 is $kind", ({ ifMatch, kind }) => {
		const answer = reserve(given, reserveAsk({ quantity: 2, ifMatch }), NOW);
		expect(answer.kind).toBe(kind);
		if (kind === "stale") expect(answer).toEqual({ kind, current: "r1.4" });
	});

	it("of a reservation that is no more, or never was, is stale and takes nothing", () => {
		for (const gone of [null, ended("expired", { id: "r1", version: 4 })]) {
			for (const ifMatch of ["*" as const, ["r1.4"]]) {
				const answer = reserve(books(aStock({ available: 5 }), { mine: gone }), reserveAsk({ ifMatch }), NOW);
				expect(answer).toEqual({ kind: "stale", current: null });
			}
		}
	});

	it("is looked at before anything else", () => {
		const pinned = books(aStock({ held: 1 }), { mine: paying({ version: 2 }) });
		expect(reserve(pinned, reserveAsk({ ifMatch: ["r1.1"] }), NOW)).toEqual({ kind: "stale", current: "r1.2" });
		expect(reserve(pinned, reserveAsk({ ifMatch: ["r1.2"] }), NOW).kind).toBe("in-checkout");
	});

	it("goes stale with every change", () => {
		const before = the("held", reserve(given, reserveAsk({ quantity: 1 }), NOW)).reservation;
		const after = the("held", reserve(given, reserveAsk({ quantity: 2 }), NOW)).reservation;
		expect(tagOf(before)).toBe("r1.4");
		expect(tagOf(after)).toBe("r1.5");
	});
});

describe("what the public is told of the sale", () => {
	const window = { saleStartsAtMs: NOW, saleEndsAtMs: NOW + 1000 };
	it.each([
		{ stock: { available: 1 }, policy: window, at: -1, status: "not_started" },
		{ stock: { available: 1 }, policy: window, at: 0, status: "in_stock" },
		{ stock: { available: 1 }, policy: window, at: 999, status: "in_stock" },
		{ stock: { available: 1 }, policy: window, at: 1000, status: "ended" },
		{ stock: { available: 1, held: 1 }, policy: {}, at: 0, status: "in_stock" },
		{ stock: { held: 1 }, policy: {}, at: 0, status: "all_held" },
		{ stock: { available: 1, held: 1, waiting: 3 }, policy: {}, at: 0, status: "all_held" },
		{ stock: { sold: 1 }, policy: {}, at: 0, status: "sold_out" },
		{ stock: { sold: 1 }, policy: preorders(2), at: 0, status: "preorder" },
		{ stock: { sold: 1, owed: 1, pending: 1 }, policy: preorders(2), at: 0, status: "sold_out" },
		{ stock: { available: 1, owed: 2 }, policy: {}, at: 0, status: "sold_out" },
	])("$stock under $policy at $at is $status", ({ stock, policy, at, status }) => {
		expect(saleStatus(aStock(stock), aPolicy(policy), NOW + at)).toBe(status);
	});
});

describe("whether anybody can get anything", () => {
	it.each([
		{ stock: { available: 1 }, policy: {}, closed: false },
		{ stock: { available: 1, owed: 2 }, policy: {}, closed: true },
		{ stock: { sold: 1 }, policy: {}, closed: true },
		{ stock: { held: 4, waiting: 1 }, policy: {}, closed: false },
		{ stock: { held: 4, waiting: 2 }, policy: {}, closed: true },
		{ stock: { held: 4, waiting: 2 }, policy: { waitlistLimit: 3 }, closed: false },
		{ stock: { held: 4 }, policy: { waitlistLimit: 0 }, closed: true },
		{ stock: { sold: 1, owed: 1 }, policy: preorders(2), closed: false },
		{ stock: { sold: 1, owed: 1, pending: 1 }, policy: preorders(2), closed: true },
	])("$stock under $policy: closed $closed", ({ stock, policy, closed }) => {
		expect(isExhausted(aStock(stock), aPolicy(policy))).toBe(closed);
	});
});
