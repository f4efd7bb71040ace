/** What a checkout forgets of its shopper, when it does by itself, and what keeps it from being erased. */
import { describe, expect, it } from "vitest";
import type { Checkout, Event } from "../../src/checkout/rules/model.ts";
import { forgettingOf, isForgotten, stillNeededFor } from "../../src/checkout/rules/retention.ts";
import { KEEP_ENDED_MS, OPENING_MS } from "../../src/limits.ts";
import {
	answer,
	at,
	authorised,
	cancel,
	captured,
	cart,
	created,
	GRACE,
	given,
	NOW,
	owed,
	PAY_BY,
	PRICE,
	pinned,
	after as play,
	refused,
	sold,
	tick,
	toRecord,
	unpinned,
	voided,
	webhook,
} from "./saga-dsl.ts";

const erased: Event = { kind: "erased", actor: "admin" };
const SHIP_TO = { name: "Ada Lovelace", line1: "12 St James's Square", city: "London", country: "GB" };
const noted = (c: Checkout): Checkout => ({ ...c, shipTo: SHIP_TO, metadata: { gift: "for Bob" } });
const FORGOTTEN = { email: "", shipTo: null, metadata: {} };

const awaiting = () => play(noted(cart(["a 1"])), pinned("a"), created);
const cancelled = () => play(awaiting(), at(NOW + 5), cancel, answer(voided), unpinned("a"));
const ordered = () => play(awaiting(), webhook(authorised(PRICE)), sold("a"), answer(captured(PRICE)));
const preordered = () => play(awaiting(), webhook(authorised(PRICE)), owed("a"), answer(captured(PRICE)));
/** One line is sold, and the other is owed. */
const halfPreordered = () => {
	const paid = play(noted(cart(["a 1", "b 1"])), pinned("a"), pinned("b"), created, webhook(authorised(2 * PRICE)));
	return play(paid, sold("a"), owed("b"), answer(captured(2 * PRICE)));
};
/** Paid after it was called off, and given back. */
const paidBack = () => play(cancelled(), at(NOW + 9), webhook(captured(PRICE)), answer(captured(PRICE, PRICE)));
const disputed = (c: Checkout) => play(c, answer({ ...captured(PRICE), disputedMinor: PRICE }));
/** Nobody is known to have been told, as of a checkout of everyday. */
const untold = ({ toldVersion: _, ...c }: Checkout) => c as Checkout;

describe("a checkout that ended without a sale", () => {
	it("is forgotten whole, thirty days after it ended", () => {
		const ended = cancelled();
		given(ended).is({ phase: "closed", endedAtMs: NOW + 5 });
		expect(forgettingOf(ended)).toEqual({ atMs: NOW + 5 + KEEP_ENDED_MS, keeps: "nothing" });
	});

	it("keeps what was paid if money had moved, and counts from when it was given back", () => {
		expect(forgettingOf(paidBack())).toEqual({ atMs: NOW + 9 + KEEP_ENDED_MS, keeps: "what was paid" });
		const { checkout } = given(paidBack(), erased).is({ ...FORGOTTEN, phase: "closed", payment: { seen: {} } });
		expect(forgettingOf(checkout)).toBeNull();
		// However little it was.
		const least = play(cancelled(), webhook(captured(1)), answer(captured(1, 1)));
		expect(forgettingOf(least)?.keeps).toBe("what was paid");
	});

	it("is kept while anything is to be done, told or settled", () => {
		expect(forgettingOf(awaiting())).toBeNull();
		expect(forgettingOf(play(awaiting(), cancel))).toBeNull();
		expect(forgettingOf(untold(cancelled()))).toBeNull();
		expect(forgettingOf(play(cancelled(), webhook(captured(PRICE))))).toBeNull();
		const lost = disputed(paidBack());
		expect(forgettingOf(lost)).toBeNull();
		expect(forgettingOf(play(lost, { kind: "settlement-recorded", version: lost.version }))).toBeNull();
	});

	it("is forgotten at once when it was refused, since a drop refuses a million", () => {
		const gone = play(cart(["a 1"]), refused("a"));
		expect(forgettingOf(gone)).toEqual({ atMs: NOW, keeps: "nothing" });
	});

	it("is not forgotten at once when it was refused with a payment, or after an attempt that was not settled", () => {
		const paid = play(cart(["a 1"]), refused("a"), created, at(NOW + 5), answer(voided));
		given(paid).is({ phase: "closed", ending: "refused", payment: { seen: voided } });
		expect(forgettingOf(paid)?.atMs).toBe(NOW + 5 + KEEP_ENDED_MS);
		const unsettled = {
			reason: "units",
			sinceMs: NOW - 9,
			settledAtMs: NOW - 5,
			version: 3,
			recordedVersion: 3,
		} as const;
		const again = play({ ...cart(["a 1"]), unsettled }, refused("a"));
		expect(forgettingOf(again)?.atMs).toBe(NOW + KEEP_ENDED_MS);
	});

	it("counts from the end of its window when earlier code did not say when it ended", () => {
		const { endedAtMs: _, ...before } = cancelled() as Checkout & { endedAtMs?: number };
		expect(forgettingOf(before as Checkout)?.atMs).toBe(PAY_BY + GRACE + KEEP_ENDED_MS);
		const failed = play(cart(["a 1"]), at(NOW + OPENING_MS), tick, unpinned("a"));
		const { endedAtMs: __, ...neverOpen } = failed as Checkout & { endedAtMs?: number };
		expect(forgettingOf(neverOpen as Checkout)?.atMs).toBe(NOW + OPENING_MS + KEEP_ENDED_MS);
	});

	it("is emptied at once when it is erased, and nobody is told of it again", () => {
		const told = { ...cancelled(), toldVersion: cancelled().version };
		const { checkout } = given(told, erased).is(FORGOTTEN).then(null);
		expect(checkout.toldVersion).toBe(checkout.version);
		expect(forgettingOf(checkout)?.atMs).toBeLessThanOrEqual(NOW);
		// One that is still to be told is, without the address, and is emptied then.
		const sent = given(untold(cancelled()), erased).then({ kind: "tell" }).checkout;
		expect(forgettingOf(sent)).toBeNull();
		expect(forgettingOf(play(sent, { kind: "told", version: sent.version }))?.atMs).toBeLessThanOrEqual(NOW);
	});
});

describe("an order", () => {
	it("is never forgotten by itself", () => {
		expect(forgettingOf(ordered())).toBeNull();
	});

	it("that is erased is another version for D1, with all that the books need", () => {
		const order = { ...ordered(), recordedVersion: ordered().version };
		const { checkout } = given(order, erased).then(toRecord).is(FORGOTTEN);
		expect(checkout.version).toBe(order.version + 1);
		const { email, shipTo, metadata, version, ...rest } = checkout;
		expect(order).toMatchObject(rest);
		expect({ email, shipTo, metadata }).toEqual(FORGOTTEN);
		expect(given(checkout, erased).checkout).toBe(checkout);
		// Webhooks hear of it as of any other change.
		given({ ...order, toldVersion: order.version }, erased).is({ toldVersion: order.version });
	});

	it.each([
		["a refund of it all", [{ sku: "a", quantity: 1 }], true],
		["a refund without restock", [{ sku: "a", quantity: 1 }], false],
	])("can be paid back after it was erased: %s", (_, units, restock) => {
		const refund: Event = { kind: "refund", units, restock, reason: "asked for it" };
		given(ordered(), erased, refund).then({ kind: "refund", amountMinor: PRICE });
	});
});

describe("what is still needed", () => {
	it.each([
		["under-way", () => cart(["a 1"])],
		["under-way", awaiting],
		["under-way", () => play(awaiting(), webhook(authorised(PRICE)))],
		["under-way", () => play(awaiting(), cancel)],
		["preorder-owed", preordered],
		["preorder-owed", halfPreordered],
		["unsettled", () => disputed(ordered())],
		["unsettled", () => disputed(paidBack())],
	])("keeps its address: %s", (reason, state) => {
		expect(stillNeededFor(state())).toBe(reason);
		expect(given(state(), erased).checkout).toEqual(state());
		expect(isForgotten(state())).toBe(false);
	});

	it("is over when the pre-order is filled or cancelled, and when the money is settled", () => {
		for (const kind of ["preorder-filled", "preorder-cancelled"] as const)
			expect(stillNeededFor(play(preordered(), { kind, sku: "a" }))).toBeNull();
		const won = play(disputed(ordered()), answer({ ...captured(PRICE), disputedMinor: 0 }));
		given(won, erased).is(FORGOTTEN);
	});
});
