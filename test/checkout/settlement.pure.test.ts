/** Money follows units: what is kept is what the shopper has, whatever went wrong on the way. */
import { describe, expect, it } from "vitest";
import { wakeAtMs } from "../../src/checkout/rules/next-effect.ts";
import { dueMinor, netCapturedMinor } from "../../src/checkout/rules/settlement.ts";
import {
	answer,
	at,
	authorised,
	cancel,
	captured,
	cart,
	created,
	deferred,
	given,
	LATE,
	lost,
	NOW,
	PRICE,
	pinned,
	sold,
	tick,
	toCapture,
	toCommit,
	toRead,
	toRecord,
	toRefund,
	toTakeBack,
	toUnpin,
	toVoid,
	unclear,
	unpinned,
	voided,
	webhook,
} from "./saga-dsl.ts";

const DUE = 3 * PRICE;
const waiting = () => given(cart(["a 1", "b 2"]), pinned("a"), pinned("b"), created).checkout;
const paid = () => given(waiting(), webhook(authorised(DUE))).checkout;
const allSold = () => given(paid(), sold("a"), sold("b")).checkout;

describe("units that are gone when it is paid", () => {
	it("all of them: the authorisation is let go, nothing is captured (pretix 74, saleor 14733)", () => {
		given(paid(), lost("a"), lost("b"))
			.then(toVoid)
			.and(answer(voided))
			.is({ phase: "closed", ending: "lost" })
			.then(null);
	});

	it("all of them, and the money was taken at once: it goes back", () => {
		given(waiting(), webhook(captured(DUE)), lost("a"), lost("b"))
			.then(toRefund(DUE))
			.and(answer(captured(DUE, DUE)))
			.is({ phase: "closed", ending: "lost" })
			.then(null);
	});

	it("some of them: exactly the rest is captured", () => {
		const { checkout } = given(paid(), lost("a"), sold("b"))
			.then(toCapture(2 * PRICE))
			.and(answer(captured(2 * PRICE)))
			.is({ phase: "completed" })
			.then(toRecord);
		expect([netCapturedMinor(checkout), dueMinor(checkout)]).toEqual([2 * PRICE, 2 * PRICE]);
	});

	it("some of them, and the money was taken at once: exactly their price goes back", () => {
		given(waiting(), webhook(captured(DUE)), sold("a"), lost("b"))
			.then(toRefund(2 * PRICE))
			.and(answer(captured(DUE, 2 * PRICE)))
			.is({ phase: "completed" })
			.then(toRecord);
	});
});

describe("an unclear answer", () => {
	it("to a capture: the payment is read, and not captured, voided or refunded on a guess (medusa 12674)", () => {
		given(allSold(), unclear)
			.then(toRead)
			// It had taken effect.
			.and(answer(captured(DUE)))
			.is({ phase: "completed" })
			.then(toRecord);
	});

	it("to a capture that did nothing: captured again after the reading", () => {
		given(allSold(), unclear)
			.then(toRead)
			.and(answer(authorised(DUE)))
			.then(toCapture(DUE));
	});

	it("to a reading is followed by a reading, with longer and longer pauses", () => {
		const { checkout } = given(allSold(), unclear, unclear, { ...unclear, pauseMs: 4_000 } as typeof unclear)
			.is({ pauses: { money: { failures: 3, untilMs: NOW + 4_000 } } })
			.then(toRead);
		expect(wakeAtMs(checkout)).toBe(NOW + 4_000);
	});

	it("to a void that had taken effect", () => {
		given(waiting(), cancel, unclear).then(toRead).and(answer(voided)).then(toUnpin("a"));
	});

	it("to a void, and the shopper had paid", () => {
		given(waiting(), cancel, unclear)
			.then(toRead)
			.and(answer(captured(DUE)))
			.then(toRefund(DUE));
	});

	it("to a refund that had taken effect is not made up for by another", () => {
		given(waiting(), cancel, answer(captured(DUE)))
			.then(toRefund(DUE))
			.and(unclear)
			.then(toRead)
			.and(answer(captured(DUE, DUE)))
			.then(toUnpin("a"));
	});

	it("is ended by a webhook only as far as it tells more than was known", () => {
		given(allSold(), unclear, webhook(captured(DUE)))
			.is({ payment: { inDoubt: true } })
			.then(toRead);
	});

	it("of a SKU leaves the payment out of doubt", () => {
		given(paid(), deferred)
			.is({ payment: { inDoubt: false } })
			.then(toCommit("a", 1));
	});
});

describe("an authorisation that lapsed before it was captured", () => {
	it("gives the units back: no money, no sale (pretix 1230)", () => {
		given(allSold())
			.then(toCapture(DUE))
			.and(answer(voided))
			.then(toTakeBack("a", 1))
			.and({ kind: "line-returned", sku: "a", total: 1 })
			.then(toTakeBack("b", 2))
			.and({ kind: "line-returned", sku: "b", total: 2 })
			.is({ phase: "closed", ending: "lost" })
			.then(null);
	});

	it("while lines are still being sold: those that were go back too", () => {
		given(paid(), sold("a"), webhook(voided))
			.then(toCommit("b", 2))
			.and(sold("b"))
			.then(toTakeBack("a", 1))
			.and({ kind: "line-returned", sku: "a", total: 1 })
			.then(toTakeBack("b", 2));
	});
});

describe("a payment taken twice, or in part", () => {
	it("more than was due goes back, and no more", () => {
		given(waiting(), webhook(captured(DUE + 50)), sold("a"), sold("b")).then(toRefund(50));
	});

	it("that somebody refunds by hand is not refunded again", () => {
		given(waiting(), cancel, answer(captured(DUE, PRICE)))
			.then(toRefund(2 * PRICE, PRICE))
			.and(webhook(captured(DUE, DUE)))
			.then(toUnpin("a"));
	});
});

describe("what is left of a checkout that closed", () => {
	it("a pin that is answered after the opening had been given up goes back", () => {
		// The call to the SKU was under way when time ran out.
		given(cart(["a 1"]), at(NOW + 60_000), tick)
			.is({ phase: "closing", ending: "failed" })
			.and(pinned("a"))
			.then(toUnpin("a"))
			.and(unpinned("a"))
			.is({ phase: "closed" })
			.then(null);
	});

	it("is looked at no more, unless money turns up", () => {
		const over = given(waiting(), cancel, answer(voided), unpinned("a"), unpinned("b")).checkout;
		expect(wakeAtMs(over)).toBeNull();
		given(over, at(LATE), tick).is(over);
	});
});
