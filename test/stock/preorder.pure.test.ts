/** Promises of units that do not exist yet: made within a capacity, owed when paid, filled once, and first. */
import { describe, expect, it } from "vitest";
import { allocateNext } from "../../src/stock/rules/allocate.ts";
import { preorderOffer } from "../../src/stock/rules/availability.ts";
import { commit, pin, returnSold, unpin } from "../../src/stock/rules/purchase.ts";
import { expirePreorder } from "../../src/stock/rules/release.ts";
import {
	aPolicy,
	aPreorder,
	aStock,
	books,
	commitAsk,
	held,
	moved,
	NOW,
	pinAsk,
	preorders,
	the,
	waiting,
} from "./builders.ts";

const NONE = { reservation: null, preorder: null };
const accept = (quantity = 1) => pinAsk({ quantity, acceptPreorder: true });

describe("the offer", () => {
	it.each([
		{ capacity: 5, pending: 0, owed: 0, filled: 0, remaining: 5 },
		{ capacity: 5, pending: 2, owed: 1, filled: 0, remaining: 2 },
		{ capacity: 5, pending: 2, owed: 3, filled: 0, remaining: null },
		{ capacity: 1, pending: 2, owed: 3, filled: 0, remaining: null },
		{ capacity: 5, pending: 0, owed: 1, filled: 9, remaining: 4 },
	])(
		"of $capacity with $pending unpaid, $owed owed, $filled filled: $remaining",
		({ capacity, remaining, ...counts }) => {
			const offer = preorderOffer(aStock({ ...counts, sold: counts.filled }), aPolicy(preorders(capacity)));
			expect(offer?.remaining ?? null).toBe(remaining);
		},
	);

	it("is none where the merchant takes none", () => {
		expect(preorderOffer(aStock(), aPolicy())).toBeNull();
	});
});

describe("checking out what cannot be had", () => {
	const policy = aPolicy(preorders(5));

	it("promises units to who accepted the terms, with the date and the terms as they stand", () => {
		const stock = aStock({ sold: 9 });
		const answer = the("preordered", pin(books(stock, { policy }), NONE, accept(2), NOW));
		expect(answer.preorder).toEqual({
			id: "new",
			shopperId: "ada",
			checkoutId: "c1",
			quantity: 2,
			status: "pending",
			expiresAtMs: NOW + 900_000 + 120_000,
			expectedAtMs: NOW + 86_400_000,
			termsVersion: "v1",
			returned: 0,
			version: 0,
			createdAtMs: NOW,
			endedAtMs: null,
		});
		expect(moved(stock, answer.change)).toEqual({ pending: 2 });
		expect(answer.change?.entries).toMatchObject([{ kind: "preorder-pending", quantity: 2, subjectId: "new" }]);
	});

	it.each([
		{ pending: 0, owed: 4, quantity: 1, kind: "preordered" },
		{ pending: 1, owed: 3, quantity: 1, kind: "preordered" },
		{ pending: 1, owed: 3, quantity: 2, kind: "sold-out" },
		{ pending: 2, owed: 3, quantity: 1, kind: "sold-out" },
	])("with $pending unpaid and $owed owed of 5, $quantity more: $kind", ({ pending, owed, quantity, kind }) => {
		expect(pin(books(aStock({ pending, owed }), { policy }), NONE, accept(quantity), NOW).kind).toBe(kind);
	});

	it("is sold out for who did not accept, and shows what there would be", () => {
		expect(pin(books(aStock(), { policy }), NONE, pinAsk(), NOW)).toEqual({
			kind: "sold-out",
			preorder: { expectedAtMs: NOW + 86_400_000, termsVersion: "v1", remaining: 5 },
		});
	});

	it("never makes a promise of what can be had", () => {
		expect(pin(books(aStock({ available: 2 }), { policy }), NONE, accept(2), NOW).kind).toBe("pinned");
		const mine = held();
		expect(pin(books(aStock({ held: 1 }), { policy, mine }), NONE, accept(1), NOW).kind).toBe("pinned");
		expect(pin(books(aStock({ held: 1 }), { policy, mine }), NONE, accept(2), NOW).kind).toBe("sold-out");
	});

	it("out of the line ends the waiting: the place is not kept beside the promise", () => {
		const stock = aStock({ held: 5, waiting: 3 });
		const mine = waiting({ quantity: 2, place: 4 });
		const answer = the("preordered", pin(books(stock, { policy, mine }), NONE, accept(1), NOW));
		expect(moved(stock, answer.change)).toEqual({ waiting: -2, pending: 1 });
		expect(answer.change?.reservations).toMatchObject([{ id: "r1", status: "converted", place: null, endedAtMs: NOW }]);
		expect(answer.change?.preorders).toEqual([answer.preorder]);
		expect(answer.change?.entries.map(({ kind }) => kind)).toEqual(["converted", "preorder-pending"]);
	});

	it("is held to the sale window and the limit like any other", () => {
		const late = aPolicy({ ...preorders(5), saleEndsAtMs: NOW });
		expect(pin(books(aStock(), { policy: late }), NONE, accept(), NOW).kind).toBe("sale-not-open");
		const two = aPolicy({ ...preorders(5), limitPerShopper: 2 });
		expect(pin(books(aStock(), { policy: two, owned: 1 }), NONE, accept(1), NOW).kind).toBe("preordered");
		expect(pin(books(aStock(), { policy: two, owned: 1 }), NONE, accept(2), NOW).kind).toBe("limit-exceeded");
	});

	it.each(["pending", "owed", "filled"] as const)(
		"again for a checkout whose pre-order is %s answers the same",
		(status) => {
			const preorder = aPreorder(status);
			const claim = { reservation: null, preorder };
			expect(pin(books(aStock({ available: 9 }), { policy }), claim, accept(), NOW)).toEqual({
				kind: "preordered",
				preorder,
				change: null,
			});
		},
	);

	it("again after that one was called off starts anew", () => {
		const claim = { reservation: null, preorder: aPreorder("cancelled") };
		expect(pin(books(aStock({ available: 9 }), { policy }), claim, accept(), NOW).kind).toBe("pinned");
	});
});

describe("a promise", () => {
	it("is owed once it is paid, and no sooner", () => {
		const stock = aStock({ pending: 2 });
		const pending = aPreorder("pending", { quantity: 2 });
		const claim = { reservation: null, preorder: pending };
		const answer = the("owed", commit(books(stock), claim, commitAsk({ quantity: 2 }), NOW));
		expect(answer.preorder).toEqual({ ...pending, status: "owed", expiresAtMs: null, version: 1 });
		expect(moved(stock, answer.change)).toEqual({ pending: -2, owed: 2 });
	});

	it.each(["owed", "filled"] as const)("that is %s is not owed again when the payment is told again", (status) => {
		const preorder = aPreorder(status);
		const answer = commit(books(aStock({ available: 9 })), { reservation: null, preorder }, commitAsk(), NOW);
		expect(answer).toEqual({ kind: "owed", preorder, change: null });
	});

	it("made for a late payment is owed at once", () => {
		const stock = aStock({ sold: 1 });
		const given = books(stock, { policy: aPolicy(preorders(5)) });
		const answer = the("owed", commit(given, NONE, commitAsk({ acceptPreorder: true }), NOW));
		expect(answer.preorder).toMatchObject({ id: "new", status: "owed", expiresAtMs: null, termsVersion: "v1" });
		expect(moved(stock, answer.change)).toEqual({ owed: 1 });
	});

	it("that was not paid lapses, and its place is free again (saleor 13517)", () => {
		const stock = aStock({ pending: 2 });
		const change = expirePreorder(stock, aPreorder("pending", { quantity: 2 }), NOW);
		expect(change.preorders).toMatchObject([{ status: "cancelled", expiresAtMs: null, endedAtMs: NOW }]);
		expect(moved(stock, change)).toEqual({ pending: -2 });
		expect(preorderOffer(change.stock, aPolicy(preorders(2)))?.remaining).toBe(2);
		for (const status of ["owed", "filled", "cancelled"] as const) {
			expect(() => expirePreorder(stock, aPreorder(status), NOW)).toThrow(status);
		}
	});

	it("goes with its checkout while unpaid, and stays once owed", () => {
		const stock = aStock({ pending: 1 });
		const claimed = (status: "pending" | "owed" | "filled" | "cancelled") =>
			unpin(stock, { reservation: null, preorder: aPreorder(status) }, false, NOW);
		expect(moved(stock, the("unpinned", claimed("pending")).change)).toEqual({ pending: -1 });
		expect(claimed("cancelled")).toEqual({ kind: "unpinned", change: null });
		expect(claimed("owed")).toEqual({ kind: "already-sold" });
		expect(claimed("filled")).toEqual({ kind: "already-sold" });
	});

	it("is filled from the first units that come, whole or not at all (sylius 3857)", () => {
		const owed = aPreorder("owed", { quantity: 2 });
		const stock = aStock({ available: 2, owed: 2 });
		const change = allocateNext(stock, aPolicy(), owed, null, NOW);
		expect(change?.preorders).toEqual([{ ...owed, status: "filled", version: 2, endedAtMs: NOW }]);
		expect(moved(stock, change)).toEqual({ available: -2, sold: 2, owed: -2, filled: 2 });
		expect(change?.entries).toMatchObject([{ kind: "preorder-filled", quantity: 2, checkoutId: "c1" }]);
		expect(allocateNext(aStock({ available: 1, owed: 2 }), aPolicy(), owed, null, NOW)).toBeNull();
	});

	it("of which a part was called off is filled with the rest", () => {
		const owed = aPreorder("owed", { quantity: 3, returned: 1 });
		const stock = aStock({ available: 2, owed: 2 });
		expect(moved(stock, allocateNext(stock, aPolicy(), owed, null, NOW))).toEqual({
			available: -2,
			sold: 2,
			owed: -2,
			filled: 2,
		});
	});
});

describe("calling a promise off", () => {
	const take = (preorder: ReturnType<typeof aPreorder>, stock: ReturnType<typeof aStock>, total: number) =>
		returnSold(stock, { reservation: null, preorder }, total, NOW);

	it("while owed, in parts and then whole, ends it with the last unit", () => {
		const stock = aStock({ owed: 3 });
		const first = take(aPreorder("owed", { quantity: 3 }), stock, 1);
		expect(first?.preorders).toMatchObject([{ status: "owed", returned: 1, version: 2, endedAtMs: null }]);
		expect(moved(stock, first)).toEqual({ owed: -1, cancelled: 1 });
		const second = take(aPreorder("owed", { quantity: 3, returned: 1 }), stock, 3);
		expect(second?.preorders).toMatchObject([{ status: "cancelled", returned: 3, endedAtMs: NOW }]);
		expect(moved(stock, second)).toEqual({ owed: -2, cancelled: 2 });
	});

	it("once filled brings the units back", () => {
		const stock = aStock({ sold: 2 });
		const change = take(aPreorder("filled", { quantity: 2 }), stock, 2);
		expect(change?.preorders).toMatchObject([{ status: "filled", returned: 2, version: 2 }]);
		expect(moved(stock, change)).toEqual({ sold: -2, available: 2, returned: 2 });
	});

	it.each(["pending", "cancelled"] as const)("that is %s does nothing", (status) => {
		expect(take(aPreorder(status), aStock({ pending: 1 }), 1)).toBeNull();
	});

	it("twice does it once", () => {
		expect(take(aPreorder("owed", { quantity: 2, returned: 1 }), aStock({ owed: 1 }), 1)).toBeNull();
		expect(take(aPreorder("filled", { quantity: 2, returned: 2 }), aStock({ sold: 1 }), 9)).toBeNull();
	});
});
