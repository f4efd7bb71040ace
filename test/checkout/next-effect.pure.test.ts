/** What a checkout does next, when it wakes, and by when it should have ended. */
import { describe, expect, it } from "vitest";
import type { Effect } from "../../src/checkout/rules/effect.ts";
import type { Checkout, Event } from "../../src/checkout/rules/model.ts";
import {
	deadlineMs,
	dueEffect,
	isMessage,
	nextEffect,
	retryScopeOf,
	wakeAtMs,
} from "../../src/checkout/rules/next-effect.ts";
import { MAX_WAITS, OPENING_MS, WAIT_MOST_MS } from "../../src/limits.ts";
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
	PAY_BY,
	PRICE,
	pinned,
	refused,
	sold,
	tick,
	toProbe,
	toRead,
	toRefund,
	unclear,
	unpinned,
	voided,
	webhook,
} from "./saga-dsl.ts";

const awaiting = () => given(cart(["a 2"]), pinned("a"), created).checkout;
const committing = () => given(awaiting(), webhook(authorised(2 * PRICE))).checkout;
const complete = () => given(committing(), sold("a"), answer(captured(2 * PRICE))).checkout;
const expired = (...events: Event[]) => given(awaiting(), at(PAY_BY), tick, ...events).checkout;
const closed = () => given(awaiting(), cancel, answer(voided), unpinned("a")).checkout;
const recorded = (c: Checkout): Event => ({ kind: "recorded", version: c.version });
const refund = (quantity: number, restock: boolean): Event => ({
	kind: "refund",
	units: [{ sku: "a", quantity }],
	restock,
	reason: "",
});
const failed = (strand: "money" | "units" | "record" | "settlement", pauseMs: number): Event => ({
	...{ kind: "deferred", strand, pauseMs, unclear: false },
});

describe("an effect", () => {
	it.each([
		["money", ["create-payment", "read-payment", "void", "capture", "refund"]],
		["units", ["pin", "commit", "unpin", "take-back", "give-back", "cancel-preorder"]],
		["record", ["record", "tell"]],
		["settlement", ["record-settlement"]],
	])("is retried in the scope of %s: %s", (scope, kinds) => {
		for (const kind of kinds) expect(retryScopeOf({ kind } as Effect)).toBe(scope);
		// Whoever waits for an answer does not wait for what only tells others.
		const isTold = scope === "record" || scope === "settlement";
		for (const kind of kinds) expect(isMessage({ kind } as Effect)).toBe(isTold);
	});

	it("waits for its own pause, to the millisecond, and not for that of another", () => {
		const c = given(complete(), refund(1, true), failed("money", 1_000)).checkout;
		expect(nextEffect(c)).toMatchObject(toRefund(PRICE));
		expect(dueEffect(c, NOW)).toEqual({ kind: "take-back", sku: "a", total: 1 });
		const both = given(c, failed("units", 2_000), failed("record", 3_000)).checkout;
		expect(dueEffect(both, NOW + 999)).toBeNull();
		expect(dueEffect(both, NOW + 1_000)).toMatchObject(toRefund(PRICE));
		expect(wakeAtMs(both)).toBe(NOW + 1_000);
	});

	it("of a complete checkout comes in this order: money, units back, what stays with the shopper, the record", () => {
		const kinds = (c: Checkout) => {
			const found: string[] = [];
			for (const strand of ["money", "units", "record"] as const) {
				let left = c;
				for (const other of ["money", "units", "record"] as const)
					if (other !== strand) left = given(left, failed(other, 1_000)).checkout;
				const effect = dueEffect(left, NOW);
				if (effect !== null) found.push(effect.kind);
			}
			return found;
		};
		expect(kinds(given(complete(), refund(1, true)).checkout)).toEqual(["refund", "take-back", "record"]);
		expect(kinds(given(complete(), refund(1, false)).checkout)).toEqual(["refund", "give-back", "record"]);
		expect(kinds(given(complete(), refund(2, true)).checkout)).toEqual(["refund", "take-back", "record"]);
	});

	it("tells a SKU once of units that were paid back and stay, and of none that come back or never came", () => {
		const done = (...events: Event[]) => {
			const c = given(complete(), ...events, answer(captured(2 * PRICE, 2 * PRICE))).checkout;
			return given(c, { kind: "recorded", version: c.version }).checkout;
		};
		expect(nextEffect(done(refund(2, false)))).toEqual({ kind: "give-back", sku: "a", total: 2 });
		const told = done(refund(2, false), { kind: "line-given-back", sku: "a", total: 2 });
		expect(nextEffect(told)).toBeNull();
		expect(nextEffect(done(refund(2, true), { kind: "line-returned", sku: "a", total: 2 }))).toBeNull();
		expect(
			nextEffect(done(refund(1, false), { kind: "line-given-back", sku: "a", total: 1 }, refund(1, false))),
		).toEqual({ kind: "give-back", sku: "a", total: 2 });
	});

	it("only probes what follows a refused line, unless the cart may be bought in part", () => {
		given(cart(["a", "b"]), refused("a")).then(toProbe("b", 1));
		given(cart(["a", "b"], { partial: true }), refused("a")).then({ kind: "pin", sku: "b", probe: false });
	});

	it("is a read of a payment in doubt, also when the checkout awaits it or has closed", () => {
		given(awaiting(), unclear).then(toRead);
		given(closed(), webhook(authorised(2 * PRICE))).then(toRead);
		given(closed()).then(null);
	});

	it("is the record of what is unsettled until D1 has that version, after everything else", () => {
		const disputed = given(complete(), answer({ ...captured(2 * PRICE), disputedMinor: 1 })).checkout;
		const named = given(disputed, recorded(disputed)).then({ kind: "record-settlement" }).checkout;
		given(disputed).then({ kind: "record" });
		const { version = 0 } = named.unsettled ?? {};
		given(named, { kind: "settlement-recorded", version: version - 1 }).then({ kind: "record-settlement" });
		given(named, { kind: "settlement-recorded", version }).then(null);
	});
});

describe("a checkout wakes", () => {
	it("when its opening, its window or the grace is over, and never once nothing is left to do", () => {
		expect(wakeAtMs(given(cart(["a"]), failed("units", OPENING_MS * 2)).checkout)).toBe(NOW + OPENING_MS);
		expect(wakeAtMs(awaiting())).toBe(PAY_BY);
		expect(wakeAtMs(closed())).toBeNull();
		const done = complete();
		expect(wakeAtMs(given(done, recorded(done)).checkout)).toBeNull();
	});

	it("at the end of the grace while an attempt or a debit is waited for, and not after it", () => {
		const late = failed("money", 10 * GRACE);
		const waited = { ...expired(answer({ attemptUnderWay: true })), pauses: {} };
		const pausedTo = (c: Checkout) => ({ ...c, pauses: { money: { failures: 1, untilMs: PAY_BY + 10 * GRACE } } });
		expect(wakeAtMs(pausedTo(waited))).toBe(PAY_BY + GRACE);
		expect(wakeAtMs(pausedTo({ ...waited, graceOver: true } as Checkout))).toBe(PAY_BY + 10 * GRACE);
		expect(wakeAtMs(pausedTo(expired(answer({ status: "processing" }))))).toBe(PAY_BY + GRACE);
		// Nobody is paying: it is voided, whenever the provider can be asked again.
		expect(wakeAtMs(given(expired(answer({})), at(PAY_BY), late).checkout)).toBe(PAY_BY + 10 * GRACE);
		const cancelled = given(awaiting(), answer({ status: "processing" }), cancel).checkout;
		expect(wakeAtMs(pausedTo(cancelled))).toBe(PAY_BY + 10 * GRACE);
	});
});

describe("a checkout should have ended", () => {
	it("a minute after it was opened, and after the grace once it can be paid", () => {
		expect(deadlineMs(cart(["a"]))).toBe(NOW + OPENING_MS);
		expect(deadlineMs(awaiting())).toBe(PAY_BY + GRACE);
		expect(deadlineMs(committing())).toBe(PAY_BY + GRACE);
	});

	it("after the grace when it closes, or a minute after it was opened when nobody could pay", () => {
		expect(deadlineMs(given(awaiting(), cancel).checkout)).toBe(PAY_BY + GRACE);
		expect(deadlineMs(given(cart(["a"]), pinned("a"), cancel).checkout)).toBe(NOW + OPENING_MS);
	});

	it("after as many waits as there may be when a bank debit is waited for", () => {
		const debit = expired(answer({ status: "processing" }));
		expect(deadlineMs(debit)).toBe(PAY_BY + GRACE + MAX_WAITS * WAIT_MOST_MS);
	});

	it("when it was completed, if money or units are left to settle; a record is not", () => {
		const done = complete();
		expect(deadlineMs(done)).toBeNull();
		expect(deadlineMs(given(done, recorded(done)).checkout)).toBeNull();
		expect(deadlineMs(given(done, at(NOW + 5), refund(1, false)).checkout)).toBe(NOW);
		const disputed = given(done, answer({ ...captured(2 * PRICE), disputedMinor: 1 })).checkout;
		expect(deadlineMs(given(disputed, recorded(disputed)).then({ kind: "record-settlement" }).checkout)).toBeNull();
		expect(deadlineMs(closed())).toBeNull();
	});
});
