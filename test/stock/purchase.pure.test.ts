/**
 * The second stock check and what comes of it: units pinned to a checkout, sold when it is paid, back when it is not.
 */
import { describe, expect, it } from "vitest";
import { MAX_PIN_AGE_MS } from "../../src/limits.ts";
import type { Preorder, Reservation } from "../../src/stock/rules/model.ts";
import { pin, unpin } from "../../src/stock/rules/purchase.ts";
import { expire } from "../../src/stock/rules/release.ts";
import { commit, noteGivenBack, returnSold } from "../../src/stock/rules/sale.ts";
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

const WINDOW_AND_GRACE = 900_000 + 120_000;
const rows = (reservation: Reservation | null, preorder: Preorder | null = null) => ({ reservation, preorder });
const NONE = rows(null);

describe("pin", () => {
	it("keeps a hold for the payment window and the grace after it", () => {
		const stock = aStock({ held: 2 });
		const mine = held({ quantity: 2, extensions: 1 });
		const decision = the("pinned", pin(aContext(stock, { mine }), NONE, pinCommand({ quantity: 2 }), NOW));
		expect(decision.reservation).toEqual({
			...mine,
			heldUntilMs: mine.expiresAtMs,
			status: "paying",
			expiresAtMs: NOW + WINDOW_AND_GRACE,
			pin: { attempt: null, units: 2, untilMs: NOW + WINDOW_AND_GRACE, heldBefore: 2 },
			checkoutId: "c1",
			version: 2,
		});
		expect(deltas(stock, decision.change)).toEqual({});
		expect(decision.change?.entries).toMatchObject([{ kind: "paying", quantity: 2, checkoutId: "c1" }]);
	});

	it("takes units now when there was no hold", () => {
		const stock = aStock({ available: 2 });
		const decision = the("pinned", pin(aContext(stock), NONE, pinCommand({ quantity: 2, attempt: 4 }), NOW));
		const untilMs = NOW + WINDOW_AND_GRACE;
		expect(decision.reservation).toEqual(
			paying({
				id: "new",
				quantity: 2,
				expiresAtMs: untilMs,
				pin: { attempt: 4, units: 2, untilMs, heldBefore: null },
				heldSinceMs: NOW,
				createdAtMs: NOW,
			}),
		);
		expect(deltas(stock, decision.change)).toEqual({ available: -2, held: 2 });
	});

	it("takes what is missing when more are pinned than held", () => {
		const stock = aStock({ available: 2, held: 1 });
		const context = aContext(stock, { mine: held() });
		const { reservation, change } = the("pinned", pin(context, NONE, pinCommand({ quantity: 3 }), NOW));
		expect(reservation).toMatchObject({ id: "r1", quantity: 3, pin: { units: 3, heldBefore: 1 } });
		expect(deltas(stock, change)).toEqual({ available: -2, held: 2 });
	});

	it("keeps the rest of a hold when fewer are pinned, until the hold would have run out", () => {
		const stock = aStock({ held: 3 });
		const mine = held({ quantity: 3 });
		const { reservation, change } = the("pinned", pin(aContext(stock, { mine }), NONE, pinCommand(), NOW));
		expect(reservation).toMatchObject({ quantity: 3, expiresAtMs: NOW + 60_000, pin: { units: 1, heldBefore: 3 } });
		expect(deltas(stock, change)).toEqual({});

		const lapsed = expire(stock, reservation, NOW + 60_000);
		expect(deltas(stock, lapsed)).toEqual({ held: -2, available: 2 });
		expect(lapsed.reservations).toMatchObject([
			{ status: "paying", quantity: 1, expiresAtMs: NOW + WINDOW_AND_GRACE, endedAtMs: null, version: 3 },
		]);
	});

	it("is sold out for more than is available, or while anybody is ahead, and leaves the hold", () => {
		const mine = held();
		expect(pin(aContext(aStock({ held: 1 }), { mine }), NONE, pinCommand({ quantity: 2 }), NOW).kind).toBe("sold-out");
		for (const ahead of [{ waiting: 1 }, { owed: 1 }]) {
			const stock = aStock({ available: 1, held: 1, ...ahead });
			expect(pin(aContext(stock, { mine }), NONE, pinCommand({ quantity: 2 }), NOW).kind).toBe("sold-out");
			expect(pin(aContext(stock), NONE, pinCommand(), NOW).kind).toBe("sold-out");
		}
	});

	it("pins a hold though somebody waits or is owed, since those units are not free", () => {
		for (const ahead of [{ waiting: 1 }, { owed: 1 }]) {
			for (const quantity of [1, 2]) {
				const context = aContext(aStock({ held: 2, ...ahead }), { mine: held({ quantity: 2 }) });
				expect(pin(context, NONE, pinCommand({ quantity }), NOW).kind).toBe("pinned");
			}
		}
	});

	it("is unknown once the product is archived, but for what the shopper holds", () => {
		const archived = (mine: Reservation | null, quantity: number) =>
			pin(aContext(aStock({ available: 9, held: 2 }), { isArchived: true, mine }), NONE, pinCommand({ quantity }), NOW)
				.kind;
		expect(archived(null, 1)).toBe("unknown-sku");
		expect(archived(held({ quantity: 2 }), 2)).toBe("pinned");
		expect(archived(held({ quantity: 2 }), 3)).toBe("unknown-sku");
	});

	it("is sold out for a waiting shopper, before they pay", () => {
		const context = aContext(aStock({ available: 1, waiting: 2 }), { mine: waiting({ quantity: 2 }) });
		expect(pin(context, NONE, pinCommand({ quantity: 1 }), NOW).kind).toBe("sold-out");
	});

	it("decides the same for a repeated command of one checkout, and changes nothing", () => {
		const mine = paying({ checkoutId: "c1" });
		expect(pin(aContext(aStock({ held: 1 }), { mine }), rows(mine), pinCommand(), NOW)).toEqual({
			kind: "pinned",
			reservation: mine,
			change: null,
		});
	});

	it("takes nothing a second time when the checkout has bought", () => {
		const mine = ended("sold", { checkoutId: "c1" });
		expect(pin(aContext(aStock({ available: 5, sold: 1 }), { mine }), rows(mine), pinCommand(), NOW)).toEqual({
			kind: "pinned",
			reservation: mine,
			change: null,
		});
	});

	it("takes the units anew when the pin was released or ran out", () => {
		for (const status of ["released", "expired"] as const) {
			const mine = ended(status, { checkoutId: "c1" });
			const decision = pin(aContext(aStock({ available: 1 }), { mine }), rows(mine), pinCommand(), NOW);
			expect(decision).toMatchObject({ kind: "pinned", reservation: { id: "new" } });
		}
	});

	it("refuses a second checkout, and names the first", () => {
		const mine = paying({ checkoutId: "c1" });
		const decision = pin(
			aContext(aStock({ available: 9, held: 1 }), { mine }),
			NONE,
			pinCommand({ checkoutId: "c2" }),
			NOW,
		);
		expect(decision).toEqual({ kind: "in-checkout", checkoutId: "c1" });
	});

	it("obeys the limit per shopper, counting the hold once", () => {
		const policy = aPolicy({ limitPerShopper: 2 });
		const stock = aStock({ available: 9, held: 1 });
		const decide = (quantity: number, owned: number) =>
			pin(aContext(stock, { policy, mine: held(), owned }), NONE, pinCommand({ quantity }), NOW);
		expect(decide(2, 0).kind).toBe("pinned");
		expect(decide(3, 0)).toEqual({ kind: "limit-exceeded", limit: 2, owned: 0 });
		expect(decide(2, 1)).toEqual({ kind: "limit-exceeded", limit: 2, owned: 1 });
	});

	it("leaves a hold to a limit that was lowered since, unless it is more or something was bought since", () => {
		const decide = (limitPerShopper: number, owned: number, quantity: number) => {
			const policy = aPolicy({ limitPerShopper });
			const context = aContext(aStock({ available: 9, held: 2 }), { policy, mine: held({ quantity: 2 }), owned });
			return pin(context, NONE, pinCommand({ quantity }), NOW).kind;
		};
		expect(decide(1, 0, 2)).toBe("pinned");
		expect(decide(2, 0, 3)).toBe("limit-exceeded");
		expect(decide(2, 1, 2)).toBe("limit-exceeded");
	});

	it("pins a hold after the sale's end, and nothing more than the hold", () => {
		const policy = aPolicy({ saleEndsAtMs: NOW });
		const context = aContext(aStock({ available: 9, held: 2 }), { policy, mine: held({ quantity: 2 }) });
		expect(pin(context, NONE, pinCommand({ quantity: 2 }), NOW).kind).toBe("pinned");
		expect(pin(context, NONE, pinCommand({ quantity: 3 }), NOW).kind).toBe("sale-not-open");
		expect(pin(aContext(aStock({ available: 9 }), { policy }), NONE, pinCommand(), NOW).kind).toBe("sale-not-open");
	});
});

describe("commit", () => {
	it("sells what is pinned", () => {
		const stock = aStock({ held: 2 });
		const mine = paying({ quantity: 2 });
		const decision = the("sold", commit(aContext(stock, { mine }), rows(mine), commitCommand({ quantity: 2 }), NOW));
		expect(decision.reservation).toEqual({ ...mine, status: "sold", expiresAtMs: null, version: 2, endedAtMs: NOW });
		expect(deltas(stock, decision.change)).toEqual({ held: -2, sold: 2 });
		expect(decision.change?.entries).toMatchObject([{ kind: "sold", quantity: 2, checkoutId: "c1", sold: 2 }]);
	});

	it("sells what is pinned of a larger hold, and gives back the rest", () => {
		const stock = aStock({ held: 3 });
		const pinned = the("pinned", pin(aContext(stock, { mine: held({ quantity: 3 }) }), NONE, pinCommand(), NOW));
		const mine = pinned.reservation;
		const decision = the("sold", commit(aContext(stock, { mine }), rows(mine), commitCommand(), NOW));
		expect(decision.reservation).toMatchObject({ status: "sold", quantity: 1 });
		expect(deltas(stock, decision.change)).toEqual({ held: -3, sold: 1, available: 2 });
	});

	it("sells once when the payment event is repeated (a public Workers shop)", () => {
		const mine = ended("sold");
		const decision = commit(aContext(aStock({ available: 9, sold: 1 }), { mine }), rows(mine), commitCommand(), NOW);
		expect(decision).toEqual({ kind: "sold", reservation: mine, change: null });
	});

	it("sells the hold that the pin was made of when the pin ran out before it", () => {
		const mine = held({ quantity: 2, checkoutId: "c1", heldUntilMs: NOW + 60_000 });
		const late = (quantity: number, available: number) =>
			commit(
				aContext(aStock({ available, held: 2 }), { mine }),
				rows(mine),
				commitCommand({ quantity, attempt: 4 }),
				NOW,
			);
		const decision = the("sold", late(2, 9));
		expect(decision.reservation).toEqual({
			...mine,
			status: "sold",
			expiresAtMs: null,
			pin: { attempt: 4, units: 2, untilMs: NOW, heldBefore: 2 },
			version: 2,
			endedAtMs: NOW,
		});
		expect(deltas(aStock({ available: 9, held: 2 }), decision.change)).toEqual({ held: -2, sold: 2 });
		expect(the("sold", late(1, 9)).reservation).toMatchObject({ id: "r1", quantity: 1 });
		// The hold is too small by now.
		expect(late(3, 0)).toEqual({ kind: "lost" });
	});

	it("is lost for an attempt whose checkout has bought by a newer one", () => {
		const sold = ended("sold", { pin: { attempt: 2, units: 1, untilMs: NOW, heldBefore: null } });
		const context = aContext(aStock({ available: 5, sold: 1 }), { mine: sold });
		expect(commit(context, rows(sold), commitCommand({ attempt: 1 }), NOW)).toEqual({ kind: "lost" });
		expect(commit(context, rows(sold), commitCommand({ attempt: 2 }), NOW).kind).toBe("sold");
	});

	it.each(["expired", "released"] as const)(
		"takes the units again for a late payment whose pin was %s (pretix 827)",
		(how) => {
			const stock = aStock({ available: 1 });
			const gone = ended(how, { checkoutId: "c1" });
			const command = commitCommand({ attempt: 4 });
			const decision = the("sold", commit(aContext(stock, { mine: gone }), rows(gone), command, NOW));
			expect(decision.reservation).toMatchObject({ id: "new", status: "sold", checkoutId: "c1", endedAtMs: NOW });
			expect(decision.reservation.pin).toEqual({ attempt: 4, units: 1, untilMs: NOW, heldBefore: null });
			expect(deltas(stock, decision.change)).toEqual({ available: -1, sold: 1 });
		},
	);

	it("is lost for a late payment when the units are gone, or somebody is ahead", () => {
		const gone = rows(ended("expired", { checkoutId: "c1" }));
		for (const stock of [
			aStock({ held: 1 }),
			aStock({ available: 1, waiting: 2 }),
			aStock({ available: 1, owed: 2 }),
		]) {
			expect(commit(aContext(stock), gone, commitCommand({ acceptPreorder: true }), NOW)).toEqual({ kind: "lost" });
		}
	});

	it("is lost for a late payment that would exceed the limit with what was bought or held since", () => {
		const policy = aPolicy({ limitPerShopper: 2 });
		const gone = rows(ended("expired", { checkoutId: "c1" }));
		const late = (owned: number, mine: Reservation | null) =>
			commit(aContext(aStock({ available: 9, held: 2 }), { policy, owned, mine }), gone, commitCommand(), NOW).kind;
		expect(late(1, null)).toBe("sold");
		expect(late(2, null)).toBe("lost");
		expect(late(0, held())).toBe("sold");
		expect(late(2, held())).toBe("lost");
		expect(late(0, waiting({ quantity: 2 }))).toBe("lost");
	});

	it("does not take a late payment from what the shopper holds since", () => {
		const stock = aStock({ available: 1, held: 1 });
		const gone = rows(ended("expired", { checkoutId: "c1" }));
		const decision = the("sold", commit(aContext(stock, { mine: held() }), gone, commitCommand(), NOW));
		expect(decision.change?.reservations).toMatchObject([{ id: "new" }]);
		expect(deltas(stock, decision.change)).toEqual({ available: -1, sold: 1 });
	});

	it.each([
		{ why: "the units are gone", stock: aStock({ held: 2 }), owned: 0 },
		{ why: "more would exceed the limit", stock: aStock({ available: 9, held: 2 }), owned: 1 },
	])("serves a late payment from what the shopper holds since, when $why", ({ stock, owned }) => {
		const policy = aPolicy({ limitPerShopper: 2 });
		const gone = rows(ended("expired", { checkoutId: "c1" }));
		const context = aContext(stock, { policy, owned, mine: held({ quantity: 2 }) });
		const decision = the("sold", commit(context, gone, commitCommand(), NOW));
		expect(decision.reservation).toMatchObject({ id: "r1", status: "sold", quantity: 1, checkoutId: "c1" });
		expect(deltas(stock, decision.change)).toEqual({ held: -2, sold: 1, available: 1 });
		// All of it, and not more than it.
		expect(commit(context, gone, commitCommand({ quantity: 2 }), NOW).kind).toBe(owned === 0 ? "sold" : "lost");
		const unlimited = aContext(aStock({ held: 2 }), { mine: held({ quantity: 2 }) });
		expect(commit(unlimited, gone, commitCommand({ quantity: 3 }), NOW)).toEqual({ kind: "lost" });
	});

	it("sells for a late payment after the sale's end", () => {
		const policy = aPolicy({ saleEndsAtMs: NOW - 1 });
		const gone = rows(ended("expired", { checkoutId: "c1" }));
		expect(commit(aContext(aStock({ available: 1 }), { policy }), gone, commitCommand(), NOW).kind).toBe("sold");
	});

	it("places a pre-order for a late payment if the shopper accepted it and the capacity allows it", () => {
		const gone = rows(ended("expired", { checkoutId: "c1" }));
		const late = (capacity: number, acceptPreorder: boolean) =>
			commit(
				aContext(aStock({ sold: 9, owed: 1, pending: 1 }), { policy: aPolicy(preorders(capacity)) }),
				gone,
				commitCommand({ quantity: 2, acceptPreorder }),
				NOW,
			).kind;
		expect(late(4, true)).toBe("owed");
		expect(late(4, false)).toBe("lost");
		expect(late(3, true)).toBe("lost");
	});

	it("places no pre-order for a late payment that would exceed the limit", () => {
		const policy = aPolicy({ ...preorders(5), limitPerShopper: 2 });
		const context = aContext(aStock({ sold: 9 }), { policy, owned: 2 });
		expect(commit(context, NONE, commitCommand({ acceptPreorder: true }), NOW)).toEqual({ kind: "lost" });
	});
});

describe("unpin", () => {
	it("gives back what it had pinned, once", () => {
		const stock = aStock({ held: 2 });
		const first = the("unpinned", unpin(stock, rows(paying({ quantity: 2 })), undefined, NOW));
		expect(deltas(stock, first.change)).toEqual({ available: 2, held: -2 });
		expect(first.change?.reservations).toMatchObject([{ status: "released", checkoutId: "c1", endedAtMs: NOW }]);
		const [released] = first.change?.reservations ?? [];
		expect(unpin(aStock({ available: 2 }), rows(released ?? null), undefined, NOW)).toEqual({
			kind: "unpinned",
			change: null,
		});
	});

	it.each([null, ended("expired")])("changes nothing when nothing is pinned", (reservation) => {
		expect(unpin(aStock({ available: 1 }), rows(reservation), undefined, NOW)).toEqual({
			kind: "unpinned",
			change: null,
		});
	});

	it("does not give back what was sold", () => {
		expect(unpin(aStock({ sold: 1 }), rows(ended("sold")), undefined, NOW)).toEqual({ kind: "already-sold" });
	});

	it("restores the hold from before the checkout for the rest of its time", () => {
		const stock = aStock({ held: 2, available: 1 });
		const mine = held({ quantity: 2, extensions: 1, expiresAtMs: NOW + 5_000 });
		const pinned = the(
			"pinned",
			pin(aContext(stock, { mine }), rows(null), pinCommand({ quantity: 2 }), NOW),
		).reservation;
		expect(pinned).toMatchObject({ status: "paying", heldUntilMs: NOW + 5_000 });
		const back = the("unpinned", unpin(stock, rows(pinned), undefined, NOW + 4_999)).change;
		expect(back?.reservations).toEqual([{ ...mine, version: 3 }]);
		expect(deltas(stock, back)).toEqual({});
		expect(back?.entries).toMatchObject([{ kind: "unpinned", quantity: 2 }]);
		// The hold would have run out, or there was none.
		const gone = { available: 2, held: -2 };
		expect(deltas(stock, the("unpinned", unpin(stock, rows(pinned), undefined, NOW + 5_000)).change)).toEqual(gone);
		const taken = paying({ quantity: 2 });
		expect(deltas(stock, the("unpinned", unpin(stock, rows(taken), undefined, NOW)).change)).toEqual(gone);
	});

	it.each([
		{ holds: 3, wants: 1, moves: {} },
		{ holds: 1, wants: 3, moves: { held: -2, available: 2 } },
	])("restores a hold of $holds in its quantity when $wants were pinned", ({ holds, wants, moves }) => {
		const before = aStock({ available: 2, held: holds });
		const mine = held({ quantity: holds });
		const pinned = the("pinned", pin(aContext(before, { mine }), NONE, pinCommand({ quantity: wants }), NOW));
		const stock = pinned.change?.stock ?? before;
		const { change } = the("unpinned", unpin(stock, rows(pinned.reservation), undefined, NOW + 1));
		expect(change?.reservations.at(-1)).toEqual({ ...mine, version: 3 });
		expect(deltas(stock, change)).toEqual(moves);
	});

	it("leaves a hold that has lapsed meanwhile as it would have ended", () => {
		const stock = aStock({ available: 2, held: 1 });
		const mine = held({ quantity: 1 });
		const pinned = the("pinned", pin(aContext(stock, { mine }), NONE, pinCommand({ quantity: 3 }), NOW));
		const { change } = the("unpinned", unpin(pinned.change?.stock ?? stock, rows(pinned.reservation), 1, NOW + 60_000));
		expect(change?.reservations).toMatchObject([{ status: "expired", quantity: 1 }]);
	});
});

describe("returnSold", () => {
	const take = (returned: number, total: number) =>
		returnSold(
			aStock({ sold: 3 - returned }),
			{ reservation: ended("sold", { quantity: 3, returned }), preorder: null },
			total,
			NOW,
		);

	it("makes sold units available, and counts them as returned", () => {
		const stock = aStock({ sold: 3 });
		const change = take(0, 2);
		expect(deltas(stock, change)).toEqual({ sold: -2, available: 2, returned: 2 });
		expect(change?.reservations).toMatchObject([{ status: "sold", returned: 2, version: 2 }]);
		expect(change?.entries).toMatchObject([{ kind: "returned", quantity: 2, subjectId: "r1" }]);
	});

	it.each([
		{ returned: 0, total: 3, back: 3 },
		{ returned: 1, total: 3, back: 2 },
		{ returned: 2, total: 99, back: 1 },
		{ returned: 2, total: 2, back: null },
		{ returned: 2, total: 1, back: null },
		{ returned: 3, total: 99, back: null },
	])("returns $back more when $returned of 3 came back and $total are to have", ({ returned, total, back }) => {
		expect(take(returned, total)?.entries[0]?.quantity ?? null).toBe(back);
	});

	it("returns null when there was no sale", () => {
		for (const reservation of [null, held(), paying(), ended("expired"), ended("released")]) {
			expect(returnSold(aStock({ held: 1 }), { reservation, preorder: null }, 1, NOW)).toBeNull();
		}
	});
});

describe("noteGivenBack", () => {
	const note = (r: Reservation | null, p: Preorder | null, total: number) =>
		noteGivenBack(aStock({ sold: 3 }), { reservation: r, preorder: p }, total);

	it("counts units that were paid back, of a sale or of a pre-order, once and up to what was bought", () => {
		const sold = ended("sold", { quantity: 3, refunded: 1 });
		expect(note(sold, null, 2)?.reservations).toEqual([{ ...sold, refunded: 2 }]);
		expect(note(sold, null, 9)?.reservations).toEqual([{ ...sold, refunded: 3 }]);
		expect(note(sold, null, 1)).toBeNull();
		const filled = aPreorder("filled", { quantity: 3 });
		expect(note(null, filled, 1)?.preorders).toEqual([{ ...filled, refunded: 1 }]);
		expect(note(null, { ...filled, refunded: 1 }, 1)).toBeNull();
	});

	it("moves no units", () => {
		const change = note(ended("sold", { quantity: 3 }), null, 2);
		expect(deltas(aStock({ sold: 3 }), change)).toEqual({});
		expect(change?.entries).toEqual([]);
	});

	it("returns null when nothing was bought", () => {
		for (const reservation of [null, held(), paying(), ended("expired")]) expect(note(reservation, null, 1)).toBeNull();
		expect(note(null, aPreorder("pending"), 1)).toBeNull();
	});
});

describe("a message of a checkout that comes late", () => {
	const over = (attempt: number) => ({ checkoutId: "c1", attempt, ending: "unpinned" as const, endedAtMs: NOW - 1 });
	const current = paying({ pin: { attempt: 2, units: 1, untilMs: NOW + 60_000, heldBefore: null } });
	const stock = aStock({ available: 5, held: 1 });
	const context = aContext(stock, { mine: current });

	it("pins nothing for an attempt that ended here, or that a newer one has followed", () => {
		const free = aContext(aStock({ available: 5 }));
		expect(pin(free, { ...NONE, ended: over(1) }, pinCommand({ attempt: 1 }), NOW)).toEqual({ kind: "attempt-over" });
		expect(pin(free, { ...NONE, ended: over(2) }, pinCommand({ attempt: 1 }), NOW)).toEqual({ kind: "attempt-over" });
		expect(pin(context, rows(current), pinCommand({ attempt: 1 }), NOW)).toEqual({ kind: "attempt-over" });
		expect(pin(free, { ...NONE, ended: over(1) }, pinCommand({ attempt: 2 }), NOW).kind).toBe("pinned");
		expect(pin(free, { ...NONE, ended: over(1) }, pinCommand(), NOW).kind).toBe("pinned");
	});

	it("pins nothing new for an attempt that began too long ago, if it was taken from the clock", () => {
		const free = aContext(aStock({ available: 5 }));
		const pinned = (attempt: number) => pin(free, NONE, pinCommand({ attempt }), NOW).kind;
		expect(pinned(NOW - MAX_PIN_AGE_MS)).toBe("pinned");
		expect(pinned(NOW - MAX_PIN_AGE_MS - 1)).toBe("attempt-over");
		const september2001 = Date.UTC(2001, 8, 9, 1, 46, 40);
		expect(pinned(september2001)).toBe("attempt-over");
		// It was counted from 1.
		expect(pinned(september2001 - 1)).toBe("pinned");
	});

	it("sells nothing for an attempt that lost or gave back its units, though units are free", () => {
		for (const ending of ["lost", "unpinned"] as const) {
			const ended = { ...over(1), ending };
			const free = aContext(aStock({ available: 5 }));
			expect(commit(free, { ...NONE, ended }, commitCommand({ attempt: 1 }), NOW)).toEqual({ kind: "lost" });
		}
		expect(commit(context, rows(current), commitCommand({ attempt: 1 }), NOW)).toEqual({ kind: "lost" });
		expect(commit(context, rows(current), commitCommand({ attempt: 2 }), NOW).kind).toBe("sold");
	});

	it("gives nothing back of a newer attempt", () => {
		expect(unpin(stock, rows(current), 1, NOW)).toEqual({ kind: "unpinned", change: null });
		const promised = aPreorder("pending", { attempt: 2 });
		expect(unpin(stock, rows(null, promised), 1, NOW)).toEqual({ kind: "unpinned", change: null });
		expect(the("unpinned", unpin(stock, rows(current), 2, NOW)).change).not.toBeNull();
	});
});
