/** The second stock check and what comes of it: units pinned to a checkout, sold when it is paid, back when it is not. */
import { describe, expect, it } from "vitest";
import type { Preorder, Reservation } from "../../src/stock/rules/model.ts";
import { commit, pin, unpin } from "../../src/stock/rules/purchase.ts";
import {
	aPolicy,
	aStock,
	books,
	commitAsk,
	ended,
	held,
	moved,
	NOW,
	paying,
	pinAsk,
	preorders,
	the,
	waiting,
} from "./builders.ts";

const WINDOW_AND_GRACE = 900_000 + 120_000;
const claim = (reservation: Reservation | null, preorder: Preorder | null = null) => ({ reservation, preorder });
const NONE = claim(null);

describe("pinning", () => {
	it("keeps what is on hold for the payment window and the grace after it", () => {
		const stock = aStock({ held: 2 });
		const mine = held({ quantity: 2, extensions: 1 });
		const answer = the("pinned", pin(books(stock, { mine }), NONE, pinAsk({ quantity: 2 }), NOW));
		expect(answer.reservation).toEqual({
			...mine,
			heldUntilMs: mine.expiresAtMs,
			status: "paying",
			expiresAtMs: NOW + WINDOW_AND_GRACE,
			checkoutId: "c1",
			version: 2,
		});
		expect(moved(stock, answer.change)).toEqual({});
		expect(answer.change?.entries).toMatchObject([{ kind: "paying", quantity: 2, checkoutId: "c1" }]);
	});

	it("takes the units now when there was no hold", () => {
		const stock = aStock({ available: 2 });
		const answer = the("pinned", pin(books(stock), NONE, pinAsk({ quantity: 2 }), NOW));
		expect(answer.reservation).toMatchObject({ id: "new", status: "paying", quantity: 2, checkoutId: "c1" });
		expect(moved(stock, answer.change)).toEqual({ available: -2, held: 2 });
	});

	it.each([
		{ holds: 1, wants: 3, available: 2, moves: { available: -2, held: 2 } },
		{ holds: 3, wants: 1, available: 0, moves: { available: 2, held: -2 } },
	])("of $wants with $holds on hold moves the difference", ({ holds, wants, available, moves }) => {
		const stock = aStock({ available, held: holds });
		const given = books(stock, { mine: held({ quantity: holds }) });
		const answer = the("pinned", pin(given, NONE, pinAsk({ quantity: wants }), NOW));
		expect(answer.reservation).toMatchObject({ id: "r1", quantity: wants });
		expect(moved(stock, answer.change)).toEqual(moves);
	});

	it("of more than there is, or past who is ahead, is sold out, and the hold stays", () => {
		const mine = held();
		expect(pin(books(aStock({ held: 1 }), { mine }), NONE, pinAsk({ quantity: 2 }), NOW).kind).toBe("sold-out");
		for (const ahead of [{ waiting: 1 }, { owed: 1 }]) {
			const stock = aStock({ available: 1, held: 1, ...ahead });
			expect(pin(books(stock, { mine }), NONE, pinAsk({ quantity: 2 }), NOW).kind).toBe("sold-out");
			expect(pin(books(stock), NONE, pinAsk(), NOW).kind).toBe("sold-out");
		}
	});

	it("by who waits in line is told before paying that it cannot be", () => {
		const given = books(aStock({ available: 1, waiting: 2 }), { mine: waiting({ quantity: 2 }) });
		expect(pin(given, NONE, pinAsk({ quantity: 1 }), NOW).kind).toBe("sold-out");
	});

	it("twice for one checkout answers the same and changes nothing", () => {
		const mine = paying({ checkoutId: "c1" });
		expect(pin(books(aStock({ held: 1 }), { mine }), claim(mine), pinAsk(), NOW)).toEqual({
			kind: "pinned",
			reservation: mine,
			change: null,
		});
	});

	it("again after the checkout has bought takes nothing a second time", () => {
		const mine = ended("sold", { checkoutId: "c1" });
		expect(pin(books(aStock({ available: 5, sold: 1 }), { mine }), claim(mine), pinAsk(), NOW)).toEqual({
			kind: "pinned",
			reservation: mine,
			change: null,
		});
	});

	it("again after it was let go, or ran out, takes the units anew", () => {
		for (const status of ["released", "expired"] as const) {
			const mine = ended(status, { checkoutId: "c1" });
			const answer = pin(books(aStock({ available: 1 }), { mine }), claim(mine), pinAsk(), NOW);
			expect(answer).toMatchObject({ kind: "pinned", reservation: { id: "new" } });
		}
	});

	it("for a second checkout is refused, and names the first", () => {
		const mine = paying({ checkoutId: "c1" });
		const answer = pin(books(aStock({ available: 9, held: 1 }), { mine }), NONE, pinAsk({ checkoutId: "c2" }), NOW);
		expect(answer).toEqual({ kind: "in-checkout", checkoutId: "c1" });
	});

	it("is held to the limit, counting the hold once", () => {
		const policy = aPolicy({ limitPerShopper: 2 });
		const stock = aStock({ available: 9, held: 1 });
		const ask = (quantity: number, owned: number) =>
			pin(books(stock, { policy, mine: held(), owned }), NONE, pinAsk({ quantity }), NOW);
		expect(ask(2, 0).kind).toBe("pinned");
		expect(ask(3, 0)).toEqual({ kind: "limit-exceeded", limit: 2, owned: 0 });
		expect(ask(2, 1)).toEqual({ kind: "limit-exceeded", limit: 2, owned: 1 });
	});

	it("of a hold that was taken in time may come after the sale's end, of anything more it may not", () => {
		const policy = aPolicy({ saleEndsAtMs: NOW });
		const given = books(aStock({ available: 9, held: 2 }), { policy, mine: held({ quantity: 2 }) });
		expect(pin(given, NONE, pinAsk({ quantity: 2 }), NOW).kind).toBe("pinned");
		expect(pin(given, NONE, pinAsk({ quantity: 3 }), NOW).kind).toBe("sale-not-open");
		expect(pin(books(aStock({ available: 9 }), { policy }), NONE, pinAsk(), NOW).kind).toBe("sale-not-open");
	});
});

describe("a payment", () => {
	it("makes what is pinned sold", () => {
		const stock = aStock({ held: 2 });
		const mine = paying({ quantity: 2 });
		const answer = the("sold", commit(books(stock, { mine }), claim(mine), commitAsk({ quantity: 2 }), NOW));
		expect(answer.reservation).toEqual({ ...mine, status: "sold", expiresAtMs: null, version: 2, endedAtMs: NOW });
		expect(moved(stock, answer.change)).toEqual({ held: -2, sold: 2 });
		expect(answer.change?.entries).toMatchObject([{ kind: "sold", quantity: 2, checkoutId: "c1", sold: 2 }]);
	});

	it("told twice sells once (a public Workers shop)", () => {
		const mine = ended("sold");
		const answer = commit(books(aStock({ available: 9, sold: 1 }), { mine }), claim(mine), commitAsk(), NOW);
		expect(answer).toEqual({ kind: "sold", reservation: mine, change: null });
	});

	it.each(["expired", "released"] as const)(
		"told late, after the pin was %s, takes the units again (pretix 827)",
		(how) => {
			const stock = aStock({ available: 1 });
			const gone = ended(how, { checkoutId: "c1" });
			const answer = the("sold", commit(books(stock, { mine: gone }), claim(gone), commitAsk(), NOW));
			expect(answer.reservation).toMatchObject({ id: "new", status: "sold", checkoutId: "c1", endedAtMs: NOW });
			expect(moved(stock, answer.change)).toEqual({ available: -1, sold: 1 });
		},
	);

	it("told late finds the units gone, or somebody ahead: lost, and changes nothing", () => {
		const gone = claim(ended("expired", { checkoutId: "c1" }));
		for (const stock of [
			aStock({ held: 1 }),
			aStock({ available: 1, waiting: 2 }),
			aStock({ available: 1, owed: 2 }),
		]) {
			expect(commit(books(stock), gone, commitAsk({ acceptPreorder: true }), NOW)).toEqual({ kind: "lost" });
		}
	});

	it("told late does not reach over the limit, with what was bought or is on hold since", () => {
		const policy = aPolicy({ limitPerShopper: 2 });
		const gone = claim(ended("expired", { checkoutId: "c1" }));
		const late = (owned: number, mine: Reservation | null) =>
			commit(books(aStock({ available: 9, held: 2 }), { policy, owned, mine }), gone, commitAsk(), NOW).kind;
		expect(late(1, null)).toBe("sold");
		expect(late(2, null)).toBe("lost");
		expect(late(0, held())).toBe("sold");
		expect(late(1, held())).toBe("lost");
		expect(late(0, waiting({ quantity: 2 }))).toBe("lost");
	});

	it("told late leaves alone what the shopper has on hold since", () => {
		const stock = aStock({ available: 1, held: 1 });
		const gone = claim(ended("expired", { checkoutId: "c1" }));
		const answer = the("sold", commit(books(stock, { mine: held() }), gone, commitAsk(), NOW));
		expect(answer.change?.reservations).toMatchObject([{ id: "new" }]);
		expect(moved(stock, answer.change)).toEqual({ available: -1, sold: 1 });
	});

	it("within the limit and paid in time needs no open sale", () => {
		const policy = aPolicy({ saleEndsAtMs: NOW - 1 });
		const gone = claim(ended("expired", { checkoutId: "c1" }));
		expect(commit(books(aStock({ available: 1 }), { policy }), gone, commitAsk(), NOW).kind).toBe("sold");
	});

	it("told late becomes a pre-order only for who accepted the terms, and only within the capacity", () => {
		const gone = claim(ended("expired", { checkoutId: "c1" }));
		const late = (capacity: number, acceptPreorder: boolean) =>
			commit(
				books(aStock({ sold: 9, owed: 1, pending: 1 }), { policy: aPolicy(preorders(capacity)) }),
				gone,
				commitAsk({ quantity: 2, acceptPreorder }),
				NOW,
			).kind;
		expect(late(4, true)).toBe("owed");
		expect(late(4, false)).toBe("lost");
		expect(late(3, true)).toBe("lost");
	});
});

describe("a checkout that ends without a sale", () => {
	it("gives back what it had pinned, once", () => {
		const stock = aStock({ held: 2 });
		const first = the("unpinned", unpin(stock, claim(paying({ quantity: 2 })), false, NOW));
		expect(moved(stock, first.change)).toEqual({ available: 2, held: -2 });
		expect(first.change?.reservations).toMatchObject([{ status: "released", checkoutId: "c1", endedAtMs: NOW }]);
		const [released] = first.change?.reservations ?? [];
		expect(unpin(aStock({ available: 2 }), claim(released ?? null), false, NOW)).toEqual({
			kind: "unpinned",
			change: null,
		});
	});

	it.each([null, ended("expired")])("that has nothing pinned has nothing to give back", (reservation) => {
		expect(unpin(aStock({ available: 1 }), claim(reservation), true, NOW)).toEqual({ kind: "unpinned", change: null });
	});

	it("does not give back what was sold", () => {
		expect(unpin(aStock({ sold: 1 }), claim(ended("sold")), true, NOW)).toEqual({ kind: "already-sold" });
	});

	it("before its shopper could pay leaves what they held before, for as long as it would have lasted", () => {
		const stock = aStock({ held: 2, available: 1 });
		const mine = held({ quantity: 2, extensions: 1, expiresAtMs: NOW + 5_000 });
		const pinned = the("pinned", pin(books(stock, { mine }), claim(null), pinAsk({ quantity: 2 }), NOW)).reservation;
		expect(pinned).toMatchObject({ status: "paying", heldUntilMs: NOW + 5_000 });
		const back = the("unpinned", unpin(stock, claim(pinned), true, NOW + 4_999)).change;
		expect(back?.reservations).toEqual([{ ...mine, version: 3 }]);
		expect(moved(stock, back)).toEqual({});
		expect(back?.entries).toMatchObject([{ kind: "unpinned", quantity: 2 }]);
		// Its time is over, or it was called off by its shopper, or there was no hold before.
		const gone = { available: 2, held: -2 };
		expect(moved(stock, the("unpinned", unpin(stock, claim(pinned), true, NOW + 5_000)).change)).toEqual(gone);
		expect(moved(stock, the("unpinned", unpin(stock, claim(pinned), false, NOW)).change)).toEqual(gone);
		const taken = paying({ quantity: 2 });
		expect(moved(stock, the("unpinned", unpin(stock, claim(taken), true, NOW)).change)).toEqual(gone);
	});
});
