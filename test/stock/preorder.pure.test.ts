/** Pre-orders: placed within a capacity, owed when paid, filled once, and before everybody else. */
import { describe, expect, it } from "vitest";
import { allocateNext } from "../../src/stock/rules/allocate.ts";
import { preorderOffer } from "../../src/stock/rules/availability.ts";
import { pin, unpin } from "../../src/stock/rules/purchase.ts";
import { expirePreorder } from "../../src/stock/rules/release.ts";
import { commit, returnSold } from "../../src/stock/rules/sale.ts";
import {
	aContext,
	aPolicy,
	aPreorder,
	aStock,
	commitCommand,
	deltas,
	ended,
	held,
	NOW,
	paying,
	pinCommand,
	preorders,
	the,
	waiting,
} from "./builders.ts";

const NONE = { reservation: null, preorder: null };
const accept = (quantity = 1) => pinCommand({ quantity, acceptPreorder: true });

describe("a checkout of units that cannot be had", () => {
	const policy = aPolicy(preorders(5));

	it("places a pre-order for a shopper who accepts it, with the current date and terms", () => {
		const stock = aStock({ sold: 9 });
		const decision = the("preordered", pin(aContext(stock, { policy }), NONE, accept(2), NOW));
		expect(decision.preorder).toEqual({
			id: "new",
			shopperId: "ada",
			checkoutId: "c1",
			quantity: 2,
			status: "pending",
			expiresAtMs: NOW + 900_000 + 120_000,
			expectedAtMs: NOW + 86_400_000,
			termsVersion: "v1",
			returned: 0,
			refunded: 0,
			attempt: null,
			replaces: null,
			version: 0,
			createdAtMs: NOW,
			endedAtMs: null,
		});
		expect(deltas(stock, decision.change)).toEqual({ pending: 2 });
		expect(decision.change?.entries).toMatchObject([{ kind: "preorder-pending", quantity: 2, subjectId: "new" }]);
	});

	it.each([
		{ pending: 0, owed: 4, quantity: 1, kind: "preordered" },
		{ pending: 1, owed: 3, quantity: 1, kind: "preordered" },
		{ pending: 1, owed: 3, quantity: 2, kind: "sold-out" },
		{ pending: 2, owed: 3, quantity: 1, kind: "sold-out" },
	])("is $kind for $quantity more with $pending unpaid and $owed owed of 5", ({ pending, owed, quantity, kind }) => {
		expect(pin(aContext(aStock({ pending, owed }), { policy }), NONE, accept(quantity), NOW).kind).toBe(kind);
	});

	it("is sold out for a shopper who does not accept a pre-order, with the offer", () => {
		expect(pin(aContext(aStock(), { policy }), NONE, pinCommand(), NOW)).toEqual({
			kind: "sold-out",
			preorder: { expectedAtMs: NOW + 86_400_000, termsVersion: "v1", remaining: 5 },
		});
	});

	it("places no pre-order when the units can be had", () => {
		expect(pin(aContext(aStock({ available: 2 }), { policy }), NONE, accept(2), NOW).kind).toBe("pinned");
		const mine = held();
		expect(pin(aContext(aStock({ held: 1 }), { policy, mine }), NONE, accept(1), NOW).kind).toBe("pinned");
	});

	it.each([
		{ who: "waits", mine: waiting({ quantity: 2, place: 4 }), stock: aStock({ held: 5, waiting: 3 }) },
		{ who: "holds too few", mine: held({ quantity: 1 }), stock: aStock({ held: 5 }) },
	])("places a pre-order for all of it for a shopper who $who, and leaves what they have", ({ mine, stock }) => {
		const decision = the("preordered", pin(aContext(stock, { policy, mine }), NONE, accept(2), NOW));
		expect(decision.preorder).toMatchObject({ quantity: 2, status: "pending", replaces: "r1" });
		expect(decision.change?.reservations).toEqual([]);
		expect(deltas(stock, decision.change)).toEqual({ pending: 2 });
	});

	it("is refused with the present terms when the shopper accepted others", () => {
		const offer = { expectedAtMs: NOW + 86_400_000, termsVersion: "v1", remaining: 5 };
		const by = (termsVersion: string) => ({ ...accept(), terms: { termsVersion } });
		expect(pin(aContext(aStock(), { policy }), NONE, by("v0"), NOW)).toEqual({
			kind: "terms-changed",
			preorder: offer,
		});
		expect(pin(aContext(aStock(), { policy }), NONE, by("v1"), NOW).kind).toBe("preordered");
		// Units that are there need no terms.
		expect(pin(aContext(aStock({ available: 1 }), { policy }), NONE, by("v0"), NOW).kind).toBe("pinned");
	});

	it("obeys the sale window and the limit per shopper", () => {
		const late = aPolicy({ ...preorders(5), saleEndsAtMs: NOW });
		expect(pin(aContext(aStock(), { policy: late }), NONE, accept(), NOW).kind).toBe("sale-not-open");
		const two = aPolicy({ ...preorders(5), limitPerShopper: 2 });
		expect(pin(aContext(aStock(), { policy: two, owned: 1 }), NONE, accept(1), NOW).kind).toBe("preordered");
		expect(pin(aContext(aStock(), { policy: two, owned: 1 }), NONE, accept(2), NOW).kind).toBe("limit-exceeded");
	});

	it.each(["pending", "owed", "filled"] as const)(
		"decides the same again for a checkout whose pre-order is %s",
		(status) => {
			const preorder = aPreorder(status);
			const rows = { reservation: null, preorder };
			expect(pin(aContext(aStock({ available: 9 }), { policy }), rows, accept(), NOW)).toEqual({
				kind: "preordered",
				preorder,
				change: null,
			});
		},
	);

	it("starts anew when the pre-order of the checkout was cancelled", () => {
		const rows = { reservation: null, preorder: aPreorder("cancelled") };
		expect(pin(aContext(aStock({ available: 9 }), { policy }), rows, accept(), NOW).kind).toBe("pinned");
	});
});

describe("a pre-order", () => {
	it("becomes owed when it is paid", () => {
		const stock = aStock({ pending: 2 });
		const pending = aPreorder("pending", { quantity: 2 });
		const rows = { reservation: null, preorder: pending };
		const decision = the("owed", commit(aContext(stock), rows, commitCommand({ quantity: 2 }), NOW));
		expect(decision.preorder).toEqual({ ...pending, status: "owed", expiresAtMs: null, version: 1 });
		expect(deltas(stock, decision.change)).toEqual({ pending: -2, owed: 2 });
	});

	it.each([
		{ replaced: waiting({ quantity: 2, place: 4 }), moves: { waiting: -2 } },
		{ replaced: held({ quantity: 1 }), moves: { held: -1, available: 1 } },
	])("ends the reservation that it replaces when it is paid, and not before", ({ replaced, moves }) => {
		const stock = aStock({ pending: 2, held: 5, waiting: 3 });
		const rows = { reservation: null, preorder: aPreorder("pending", { quantity: 2, replaces: "r1" }), replaced };
		const decision = the("owed", commit(aContext(stock, { mine: replaced }), rows, commitCommand(), NOW));
		expect(deltas(stock, decision.change)).toEqual({ ...moves, pending: -2, owed: 2 });
		expect(decision.change?.reservations).toMatchObject([{ id: "r1", status: "converted", endedAtMs: NOW }]);
	});

	it.each(["expired", "paying"] as const)(
		"leaves the reservation that it was to replace when it is %s by now",
		(how) => {
			const replaced = how === "paying" ? paying({ checkoutId: "c2" }) : ended(how);
			const rows = { reservation: null, preorder: aPreorder("pending", { replaces: "r1" }), replaced };
			const context = aContext(aStock({ pending: 1, held: 1 }), { mine: replaced });
			expect(the("owed", commit(context, rows, commitCommand(), NOW)).change?.reservations).toEqual([]);
		},
	);

	it.each([
		{ what: "what it replaces", mine: waiting({ quantity: 2 }), kind: "owed" },
		{ what: "another hold", mine: held({ id: "r2" }), kind: "lost" },
		{ what: "what it replaces, in another checkout", mine: paying({ checkoutId: "c2" }), kind: "lost" },
		{ what: "nothing", mine: null, kind: "owed" },
	])("is $kind when paid by a shopper at the limit who has $what", ({ mine, kind }) => {
		const policy = aPolicy({ limitPerShopper: 2 });
		const preorder = aPreorder("pending", { quantity: 2, replaces: "r1" });
		const replaced = mine?.id === "r1" ? mine : ended("expired");
		const context = aContext(aStock({ pending: 2, held: 5, waiting: 3 }), { policy, mine });
		expect(commit(context, { reservation: null, preorder, replaced }, commitCommand(), NOW).kind).toBe(kind);
	});

	it("is held to the limit when it is paid only if it replaces something: else it counted from the start", () => {
		const paid = (replaces: string | null) => {
			const context = aContext(aStock({ pending: 2 }), { policy: aPolicy({ limitPerShopper: 2 }), owned: 2 });
			const preorder = aPreorder("pending", { quantity: 2, replaces });
			return commit(context, { reservation: null, preorder }, commitCommand(), NOW).kind;
		};
		expect(paid(null)).toBe("owed");
		expect(paid("r1")).toBe("lost");
	});

	it("leaves units for a late payment beside what it was to replace, once it was cancelled unpaid", () => {
		const mine = held();
		const rows = {
			reservation: null,
			preorder: aPreorder("cancelled", { version: 0, replaces: "r1" }),
			replaced: mine,
		};
		const policy = aPolicy({ limitPerShopper: 2 });
		const context = aContext(aStock({ available: 9, held: 1 }), { policy, mine });
		const decision = the("sold", commit(context, rows, commitCommand({ quantity: 2 }), NOW));
		expect(decision.reservation).toMatchObject({ id: "new", quantity: 2 });
	});

	it.each([
		{ case: "who came before it", replacesHead: false, waiting: 1, setAside: 1 },
		{ case: "and nobody else waits", replacesHead: false, waiting: 0, setAside: 0 },
		{ case: "who is its own shopper", replacesHead: true, waiting: 3, setAside: 0 },
	])("sets aside what stands free for the head of the waitlist, $case", ({ replacesHead, waiting, setAside }) => {
		const stock = aStock({ available: 1, pending: 1, waiting });
		const rows = { reservation: null, preorder: aPreorder("pending"), replacesHead };
		const decision = the("owed", commit(aContext(stock), rows, commitCommand(), NOW));
		expect(decision.change?.stock.setAside).toBe(setAside);
	});

	it("sets units aside up to the last place on the waitlist, and only as the first that is owed", () => {
		const before = { ...aStock({ available: 1, pending: 1, waiting: 1 }), place: 7, setAside: 3, setAsideUpTo: 2 };
		const rows = { reservation: null, preorder: aPreorder("pending") };
		const paid = (owed: number) =>
			the("owed", commit(aContext({ ...before, owed }), rows, commitCommand(), NOW)).change?.stock;
		expect(paid(0)).toMatchObject({ setAside: 1, setAsideUpTo: 7 });
		expect(paid(1)).toMatchObject({ setAside: 3, setAsideUpTo: 2 });
	});

	it.each([1, 2])("is sold at once when its shopper got %i units from the waitlist before they paid", (quantity) => {
		const stock = aStock({ pending: 1, held: 2 });
		const replaced = held({ quantity, offered: true });
		const preorder = aPreorder("pending", { replaces: "r1", attempt: 4 });
		const rows = { reservation: null, preorder, replaced };
		const decision = the("sold", commit(aContext(stock, { mine: replaced }), rows, commitCommand(), NOW));
		expect(decision.reservation).toMatchObject({ id: "r1", status: "sold", quantity: 1, checkoutId: "c1" });
		expect(decision.reservation).toMatchObject({
			pin: { attempt: 4, units: 1, untilMs: NOW, heldBefore: quantity },
			heldUntilMs: replaced.expiresAtMs,
		});
		expect(decision.change?.preorders).toEqual([
			{ ...preorder, status: "cancelled", expiresAtMs: null, endedAtMs: NOW },
		]);
		const { available = 0, ...moves } = deltas(stock, decision.change);
		expect(moves).toEqual({ pending: -1, held: -quantity, sold: 1 });
		expect(available).toBe(quantity - 1);
	});

	it("records the terms that were accepted, when it is placed for a late payment", () => {
		const policy = aPolicy(preorders(5));
		const late = (over: object) =>
			commit(aContext(aStock({ sold: 1 }), { policy }), NONE, commitCommand({ acceptPreorder: true, ...over }), NOW);
		const accepted = { termsVersion: "v0", expectedAtMs: NOW + 5, acceptedAtMs: NOW - 9_000 };
		expect(the("owed", late({ accepted })).preorder).toMatchObject({
			termsVersion: "v0",
			expectedAtMs: NOW + 5,
			createdAtMs: NOW - 9_000,
		});
		// Nothing was accepted, though the SKU takes pre-orders now.
		expect(late({ accepted: null })).toEqual({ kind: "lost" });
		expect(late({ accepted, quantity: 6 })).toEqual({ kind: "lost" });
	});

	it.each(["owed", "filled"] as const)("is not owed again when a repeated payment event finds it %s", (status) => {
		const preorder = aPreorder(status);
		const decision = commit(aContext(aStock({ available: 9 })), { reservation: null, preorder }, commitCommand(), NOW);
		expect(decision).toEqual({ kind: "owed", preorder, change: null });
	});

	it("is owed at once when it is placed for a late payment", () => {
		const stock = aStock({ sold: 1 });
		const context = aContext(stock, { policy: aPolicy(preorders(5)) });
		const decision = the("owed", commit(context, NONE, commitCommand({ acceptPreorder: true }), NOW));
		expect(decision.preorder).toMatchObject({ id: "new", status: "owed", expiresAtMs: null, termsVersion: "v1" });
		expect(deltas(stock, decision.change)).toEqual({ owed: 1 });
	});

	it("is cancelled when it was not paid in time, and frees its capacity (saleor 13517)", () => {
		const stock = aStock({ pending: 2 });
		const change = expirePreorder(stock, aPreorder("pending", { quantity: 2 }), NOW);
		expect(change.preorders).toMatchObject([{ status: "cancelled", expiresAtMs: null, endedAtMs: NOW }]);
		expect(deltas(stock, change)).toEqual({ pending: -2 });
		expect(preorderOffer(change.stock, aPolicy(preorders(2)))?.remaining).toBe(2);
		for (const status of ["owed", "filled", "cancelled"] as const) {
			expect(() => expirePreorder(stock, aPreorder(status), NOW)).toThrow(status);
		}
	});

	it("is cancelled with its checkout while unpaid, and stays once owed", () => {
		const stock = aStock({ pending: 1 });
		const unpinned = (status: "pending" | "owed" | "filled" | "cancelled") =>
			unpin(stock, { reservation: null, preorder: aPreorder(status) }, undefined, NOW);
		expect(deltas(stock, the("unpinned", unpinned("pending")).change)).toEqual({ pending: -1 });
		expect(unpinned("cancelled")).toEqual({ kind: "unpinned", change: null });
		expect(unpinned("owed")).toEqual({ kind: "already-sold" });
		expect(unpinned("filled")).toEqual({ kind: "already-sold" });
	});

	it("is filled from the first free units, whole or not at all (sylius 3857)", () => {
		const owed = aPreorder("owed", { quantity: 2 });
		const stock = aStock({ available: 2, owed: 2 });
		const change = allocateNext(stock, aPolicy(), owed, null, NOW);
		expect(change?.preorders).toEqual([{ ...owed, status: "filled", version: 2, endedAtMs: NOW }]);
		expect(deltas(stock, change)).toEqual({ available: -2, sold: 2, owed: -2, filled: 2 });
		expect(change?.entries).toMatchObject([{ kind: "preorder-filled", quantity: 2, checkoutId: "c1" }]);
		expect(allocateNext(aStock({ available: 1, owed: 2 }), aPolicy(), owed, null, NOW)).toBeNull();
	});

	it("is filled with the rest when a part of it was cancelled", () => {
		const owed = aPreorder("owed", { quantity: 3, returned: 1 });
		const stock = aStock({ available: 2, owed: 2 });
		expect(deltas(stock, allocateNext(stock, aPolicy(), owed, null, NOW))).toEqual({
			available: -2,
			sold: 2,
			owed: -2,
			filled: 2,
		});
	});
});

describe("returnSold of a pre-order", () => {
	const take = (preorder: ReturnType<typeof aPreorder>, stock: ReturnType<typeof aStock>, total: number) =>
		returnSold(stock, { reservation: null, preorder }, total, NOW);

	it("cancels it with the last unit while it is owed", () => {
		const stock = aStock({ owed: 3 });
		const first = take(aPreorder("owed", { quantity: 3 }), stock, 1);
		expect(first?.preorders).toMatchObject([{ status: "owed", returned: 1, version: 2, endedAtMs: null }]);
		expect(deltas(stock, first)).toEqual({ owed: -1, cancelled: 1 });
		const second = take(aPreorder("owed", { quantity: 3, returned: 1 }), stock, 3);
		expect(second?.preorders).toMatchObject([{ status: "cancelled", returned: 3, endedAtMs: NOW }]);
		expect(deltas(stock, second)).toEqual({ owed: -2, cancelled: 2 });
	});

	it("brings the units back once it is filled", () => {
		const stock = aStock({ sold: 2 });
		const change = take(aPreorder("filled", { quantity: 2 }), stock, 2);
		expect(change?.preorders).toMatchObject([{ status: "filled", returned: 2, version: 2 }]);
		expect(deltas(stock, change)).toEqual({ sold: -2, available: 2, returned: 2 });
	});

	it.each(["pending", "cancelled"] as const)("changes nothing when it is %s", (status) => {
		expect(take(aPreorder(status), aStock({ pending: 1 }), 1)).toBeNull();
	});

	it("changes nothing when repeated", () => {
		expect(take(aPreorder("owed", { quantity: 2, returned: 1 }), aStock({ owed: 1 }), 1)).toBeNull();
		expect(take(aPreorder("filled", { quantity: 2, returned: 2 }), aStock({ sold: 1 }), 9)).toBeNull();
	});
});
