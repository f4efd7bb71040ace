/** Who is told of a promotion, how long their offer lasts, and when an address goes. */
import { describe, expect, it } from "vitest";
import { displace } from "../../src/stock/rules/adjust.ts";
import { allocateNext, offerToStalledHead } from "../../src/stock/rules/allocate.ts";
import type { Change, Reservation } from "../../src/stock/rules/model.ts";
import { addressFates, isAbsentAfter } from "../../src/stock/rules/notify.ts";
import { pin } from "../../src/stock/rules/purchase.ts";
import { endPin, expire, extend, release, returnUnits } from "../../src/stock/rules/release.ts";
import { reserve } from "../../src/stock/rules/reserve.ts";
import { aContext, aPolicy, aStock, held, NOW, pinCommand, reserveCommand, the, waiting } from "./builders.ts";

const ADDRESS = { email: "ada@example.com", origin: "https://shop.example" };
const absent = (over: Partial<Reservation> = {}) => waiting({ absent: true, ...over });
/** An offer that was made to somebody absent. */
const mailed = (over: Partial<Reservation> = {}) => held({ absent: true, offered: true, ...over });
const fates = (change: Change | null) => addressFates(change ?? { reservations: [], entries: [] });
const FORGOTTEN = [{ kind: "forget", reservationId: "r1" }];

describe("a request with an address", () => {
	const full = aStock({ held: 2 });

	it("makes who joins the waitlist absent", () => {
		const context = aContext(full, { policy: aPolicy({ waitlistLimit: 5 }) });
		const joined = the("waiting", reserve(context, reserveCommand({ wait: true, notify: ADDRESS }), NOW));
		expect(joined.reservation).toMatchObject({ status: "waiting", absent: true });
		expect(JSON.stringify(joined)).not.toContain(ADDRESS.email);
		const silent = the("waiting", reserve(context, reserveCommand({ wait: true }), NOW));
		expect(silent.reservation.absent).toBe(false);
	});

	it("changes nothing for who gets units at once", () => {
		const context = aContext(aStock({ available: 1 }));
		const got = the("held", reserve(context, reserveCommand({ wait: true, notify: ADDRESS }), NOW));
		expect(got.reservation.absent).toBe(false);
		expect(isAbsentAfter(held(), ADDRESS)).toBe(false);
		expect(isAbsentAfter(mailed(), null)).toBe(true);
	});

	it.each([
		{ before: false, notify: ADDRESS, after: true },
		{ before: true, notify: ADDRESS, after: true },
		{ before: true, notify: undefined, after: true },
		{ before: false, notify: undefined, after: false },
		{ before: true, notify: null, after: false },
		{ before: false, notify: null, after: false },
	])(
		"of a shopper who waits and is absent: $before, with $notify, makes absent: $after",
		({ before, notify, after }) => {
			const mine = waiting({ absent: before, quantity: 2, version: 4 });
			const policy = aPolicy({ waitlistLimit: 9 });
			const context = aContext(aStock({ held: 2, waiting: 2 }), { mine, policy });
			for (const quantity of [1, 2, 3]) {
				const { reservation, change } = the("waiting", reserve(context, reserveCommand({ quantity, notify }), NOW));
				expect(reservation).toMatchObject({ absent: after, quantity });
				// Whoever has the reservation in hand sees by its tag that it is another one now.
				const isChanged = before !== after || quantity !== 2;
				expect(reservation.version).toBe(isChanged ? 5 : 4);
				expect(change?.reservations ?? []).toEqual(isChanged ? [reservation] : []);
			}
		},
	);

	it("moves no unit and makes no entry where it changes nothing else", () => {
		const context = aContext(aStock({ held: 2, waiting: 1 }), { mine: waiting() });
		const { change } = the("waiting", reserve(context, reserveCommand({ notify: ADDRESS }), NOW));
		expect(change).toMatchObject({ stock: context.stock, entries: [], preorders: [] });
	});
});

describe("the offer to somebody absent", () => {
	const policy = aPolicy({ offerMs: 300_000, offerAbsentMs: 7_200_000, maxExtensions: 2 });

	it.each([
		{ who: "who is absent", reservation: absent(), lastsMs: 7_200_000 },
		{ who: "who is there", reservation: waiting(), lastsMs: 300_000 },
	])("lasts for $who $lastsMs ms", ({ reservation, lastsMs }) => {
		const change = allocateNext(aStock({ available: 1, waiting: 1 }), policy, null, reservation, NOW);
		expect(change?.reservations).toMatchObject([{ status: "held", expiresAtMs: NOW + lastsMs }]);
	});

	it("is a mail, named by the tag that the promotion gave the reservation", () => {
		const stock = aStock({ available: 1, waiting: 1 });
		const mail = { kind: "mail", reservationId: "r1", promotion: "r1.5" };
		expect(fates(allocateNext(stock, policy, null, absent({ version: 4 }), NOW))).toEqual([mail]);
		expect(fates(allocateNext(stock, policy, null, waiting({ version: 4 }), NOW))).toEqual([]);
	});

	it("is no mail to somebody else whom the same change concerns", () => {
		const change = allocateNext(aStock({ available: 1, waiting: 1 }), policy, null, absent(), NOW);
		const other = mailed({ id: "r2", shopperId: "s2" });
		const both = { reservations: [...(change?.reservations ?? []), other], entries: change?.entries ?? [] };
		expect(addressFates(both).map(({ reservationId }) => reservationId)).toEqual(["r1"]);
	});

	it("is one mail to the head of a stalled waitlist, who gets fewer units", () => {
		const stock = aStock({ available: 1, waiting: 3 });
		const change = offerToStalledHead(stock, policy, absent({ quantity: 3 }), true, NOW);
		expect(fates(change)).toEqual([{ kind: "mail", reservationId: "r1", promotion: "r1.3" }]);
	});

	it("is extended by the shorter time, and an extension that would gain nothing costs none", () => {
		const long = mailed({ expiresAtMs: NOW + 3_600_000 });
		const kept = the("extended", extend(aContext(aStock({ held: 1 }), { policy, mine: long }), NOW));
		expect(kept.reservation).toEqual(long);
		const short = mailed({ expiresAtMs: NOW + 60_000 });
		const longer = the("extended", extend(aContext(aStock({ held: 1 }), { policy, mine: short }), NOW));
		expect(longer.reservation).toMatchObject({ expiresAtMs: NOW + 300_000, extensions: 1 });
	});
});

describe("an address", () => {
	const stock = aStock({ available: 2, held: 2, waiting: 1 });

	it("is kept while its shopper waits, or has an offer that was not told yet", () => {
		const context = (mine: Reservation) => aContext(stock, { mine });
		expect(fates(the("waiting", reserve(context(absent({ quantity: 2 })), reserveCommand(), NOW)).change)).toEqual([]);
		expect(fates(the("held", reserve(context(mailed({ quantity: 2 })), reserveCommand(), NOW)).change)).toEqual([]);
	});

	it("is forgotten when its shopper leaves the waitlist", () => {
		expect(fates(the("released", release(stock, absent(), NOW)).change)).toEqual(FORGOTTEN);
	});

	it("is forgotten when a pre-order takes the place of the wait", () => {
		expect(fates(returnUnits(stock, absent(), "converted", NOW))).toEqual(FORGOTTEN);
	});

	it("is forgotten when the offer is given back, or runs out", () => {
		expect(fates(the("released", release(stock, mailed(), NOW)).change)).toEqual(FORGOTTEN);
		expect(fates(expire(stock, mailed({ expiresAtMs: NOW }), NOW))).toEqual(FORGOTTEN);
	});

	it("is forgotten when the shopper checks out, and does not come back with the hold", () => {
		const mine = mailed();
		const pinned = the(
			"pinned",
			pin(aContext(stock, { mine }), { reservation: null, preorder: null }, pinCommand(), NOW),
		);
		expect(fates(pinned.change)).toEqual(FORGOTTEN);
		const back = endPin(stock, pinned.reservation, NOW);
		expect(back.reservations).toMatchObject([{ status: "held" }]);
		expect(fates(back)).toEqual([]);
	});

	it("is forgotten when the promotion is undone, and the shopper is as one who is there", () => {
		const change = displace(stock, mailed(), 1);
		expect(change.reservations).toMatchObject([{ status: "waiting", absent: false }]);
		expect(fates(change)).toEqual(FORGOTTEN);
	});
});
