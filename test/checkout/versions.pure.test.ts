/** What each event entails beside its own change: which pause it ends, what is unsettled, and whether D1 is told. */
import { describe, expect, it } from "vitest";
import type { Backoff, Checkout, Event, RetryScope } from "../../src/checkout/rules/model.ts";
import type { UnsettledReason } from "../../src/orders/order.ts";
import {
	answer,
	at,
	authorised,
	cancel,
	captured,
	cart,
	created,
	declined,
	GRACE,
	given,
	NOW,
	owed,
	PAY_BY,
	PAYMENT,
	PRICE,
	pinned,
	sold,
	tick,
	toRecord,
	toRefund,
	unclear,
	unpinned,
	voided,
	webhook,
} from "./saga-dsl.ts";

const PAUSE: Backoff = { failures: 2, untilMs: NOW + 60_000, reason: null, gaveUpAtMs: null, tryAgain: false };
const ALL = { money: PAUSE, units: PAUSE, record: PAUSE, settlement: PAUSE };
/** The checkout with a pause in every strand. */
const paused = (c: Checkout): Checkout => ({ ...c, pauses: ALL });
const endedBy = (c: Checkout, event: Event, nowMs = NOW): string[] => {
	const { pauses } = given(paused(c), at(nowMs), event).checkout;
	return Object.keys(ALL).filter((strand) => pauses[strand as RetryScope] === undefined);
};

const opening = () => given(cart(["a"]), pinned("a")).checkout;
const awaiting = () => given(opening(), created).checkout;
const committing = () => given(awaiting(), webhook(authorised(PRICE))).checkout;
const complete = () => given(committing(), sold("a"), answer(captured(PRICE))).checkout;
const preordered = () => given(committing(), owed("a"), answer(captured(PRICE))).checkout;
const UNITS = [{ sku: "a", quantity: 1 }];

const refunding = () => given(complete(), { kind: "refund", units: UNITS, restock: true, reason: "" }).checkout;
const RETURNED: Event = { kind: "line-returned", sku: "a", total: 1 };
/** A name, the checkout before the event, the event, and the strands whose pauses it ends. */
type Row = readonly [string, () => Checkout, Event, readonly RetryScope[]];

describe("an event that others notice", () => {
	const rows: readonly Row[] = [
		["line-pinned", () => cart(["a", "b"]), pinned("a"), ["units"]],
		["line-committed", committing, sold("a"), ["units"]],
		["line-released", () => given(awaiting(), cancel, answer(voided)).checkout, unpinned("a"), ["units"]],
		["line-returned", refunding, RETURNED, ["units"]],
		["line-given-back", complete, { kind: "line-given-back", sku: "a", total: 1 }, ["units"]],
		["preorder-filled", preordered, { kind: "preorder-filled", sku: "a" }, ["units"]],
		["preorder-cancelled", preordered, { kind: "preorder-cancelled", sku: "a" }, ["units"]],
		["payment-created", opening, created, ["money"]],
		["payment-refused", opening, { kind: "payment-refused" }, ["money"]],
		["payment-seen", awaiting, webhook(authorised(PRICE)), ["money"]],
		["payment-seen, of a decline", awaiting, webhook(declined()), []],
		["cancel", awaiting, cancel, []],
		["refund", complete, { kind: "refund", units: UNITS, restock: true, reason: "" }, []],
	];
	it.each(rows)("is a version that is sent at once, and ends the pauses of what it shows to work: %s", (...row) => {
		const [, state, event, strands] = row;
		expect(endedBy(state(), event)).toEqual([...strands, "record"]);
		expect(given(state(), event).checkout.version).toBe(state().version + 1);
	});
});

describe("an event that nobody else notices", () => {
	const unsettled = {
		reason: "disputed" as UnsettledReason,
		sinceMs: 1,
		settledAtMs: 2,
		version: 3,
		recordedVersion: 0,
	};
	const remembered: Event = {
		...{ kind: "deferred", strand: "money", pauseMs: 1_000, unclear: true, isRemembered: true },
	};
	const recorded = (): Checkout => ({ ...complete(), recordedVersion: 1 }) as Checkout;
	const doubtful = () => given(committing(), remembered).checkout;
	const rows: readonly Row[] = [
		["recorded", complete, { kind: "recorded", version: 1 }, ["record"]],
		["record-again", recorded, { kind: "record-again" }, ["record"]],
		[
			"settlement-recorded",
			() => ({ ...complete(), unsettled }),
			{ kind: "settlement-recorded", version: 3 },
			["settlement"],
		],
		["attempt-over", opening, { kind: "attempt-over", attempt: 9 }, []],
		["deferred, with another key for the next try", opening, remembered, []],
		["payment-seen, which only ends a doubt", doubtful, answer(authorised(PRICE)), []],
	];
	it.each(rows)("is no version, and ends its own pause alone: %s", (...[, state, event, strands]) => {
		const c = state();
		expect(endedBy(c, event)).toEqual(strands);
		expect(given(c, event).checkout).not.toEqual(c);
		expect(given(c, event).checkout.version).toBe(c.version);
	});

	it("is the end of the grace too", () => {
		const waiting = given(awaiting(), at(PAY_BY), tick, answer({ attemptUnderWay: true })).checkout;
		const { checkout } = given(waiting, at(PAY_BY + GRACE), tick).is({ graceOver: true });
		expect(checkout.version).toBe(waiting.version);
	});
});

describe("a snapshot that nobody asked for", () => {
	const seen = (c: Checkout) => webhook({ ...c.payment?.seen, disputedMinor: 0 }, true);
	const disputed = () => given(complete(), answer({ ...captured(PRICE), disputedMinor: PRICE })).checkout;

	it("ends the pause of the money when a dispute is won, and not when one is lost", () => {
		expect(endedBy(disputed(), seen(disputed()))).toContain("money");
		expect(endedBy(complete(), answer({ ...captured(PRICE), disputedMinor: 1 }))).not.toContain("money");
	});

	it("ends it when the bank has answered, whatever it says", () => {
		const waiting = given(awaiting(), at(PAY_BY), tick, answer({ attemptUnderWay: true })).checkout;
		expect(endedBy(waiting, answer({}), PAY_BY)).toContain("money");
		expect(endedBy(given(awaiting(), webhook({ status: "processing" })).checkout, answer(PAYMENT))).toContain("money");
		expect(endedBy(awaiting(), webhook({ status: "processing" }))).toContain("money");
		expect(endedBy(awaiting(), answer({ declined: { code: "card_declined", atMs: NOW } }))).not.toContain("money");
	});
});

describe("what is unsettled", () => {
	const dispute = (disputedMinor: number) => answer({ ...captured(PRICE), disputedMinor });
	const disputed = () => given(complete(), at(NOW + 1), dispute(PRICE)).checkout;

	it("is named once, with the time and the version from which it is so, and its pause ends", () => {
		const c = complete();
		expect(disputed().unsettled).toEqual({
			reason: "disputed",
			sinceMs: NOW + 1,
			settledAtMs: null,
			version: c.version + 1,
			recordedVersion: 0,
		});
		expect(endedBy(c, dispute(PRICE))).toEqual(["record", "settlement"]);
		const once = disputed();
		expect(given(once, at(NOW + 2), dispute(1)).checkout.unsettled).toBe(once.unsettled);
	});

	it("is told to D1 again when D1 has lost the order, which may have lost this too", () => {
		const told = given(disputed(), { kind: "settlement-recorded", version: disputed().version }).checkout;
		given(told).then(toRecord);
		const { checkout } = given(told, { kind: "record-again" });
		expect(checkout.unsettled).toEqual({ ...told.unsettled, recordedVersion: 0 });
	});

	it("is money that came after the end and cannot be given back at once, for no SKU names its checkout", () => {
		const over = given(awaiting(), cancel, answer(voided), unpinned("a")).checkout;
		const paid = given(over, at(NOW + 1), webhook(captured(PRICE)))
			.is({ unsettled: null })
			.then(toRefund(PRICE)).checkout;
		const failed = given(paid, at(NOW + 2), unclear);
		failed.is({ phase: "closing", unsettled: { reason: "overdue", sinceMs: NOW + 2, settledAtMs: null } });
		const back = failed.and(answer(captured(PRICE)), answer(captured(PRICE, PRICE)));
		back.is({ phase: "closed", unsettled: { reason: "overdue", settledAtMs: expect.any(Number) } });
		// In its first end a SKU still has its pin.
		given(awaiting(), cancel, unclear).is({ phase: "closing", unsettled: null });
	});

	it("is settled at the time and in the version in which it no longer is, and stays so", () => {
		const before = given(disputed(), { kind: "settlement-recorded", version: disputed().version }).checkout;
		const { checkout } = given(before, at(NOW + 3), dispute(0));
		const settled = { ...before.unsettled, settledAtMs: NOW + 3, version: before.version + 1 };
		expect(checkout.unsettled).toEqual(settled);
		expect(given(checkout, at(NOW + 4), { kind: "record-again" }).checkout.unsettled).toEqual(settled);
		// The next time it has a time of its own, and D1 still has the version that it had.
		expect(given(checkout, at(NOW + 5), dispute(1)).checkout.unsettled).toEqual({
			reason: "disputed",
			sinceMs: NOW + 5,
			settledAtMs: null,
			version: before.version + 2,
			recordedVersion: before.version,
		});
	});

	it("keeps its time when its reason becomes another", () => {
		const units = { ...PAUSE, gaveUpAtMs: NOW };
		const c = { ...disputed(), pauses: { units } };
		const { checkout } = given(c, at(NOW + 6), dispute(0));
		expect(checkout.unsettled).toMatchObject({ reason: "units", sinceMs: NOW + 1, settledAtMs: null });
	});
});
