/** Money follows units: the shop keeps the price of what the shopper has, whatever went wrong on the way. */
import { describe, expect, it } from "vitest";
import { wakeAtMs } from "../../src/checkout/rules/next-effect.ts";
import { dueMinor, excessMinor, netCapturedMinor } from "../../src/checkout/rules/settlement.ts";
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
const awaiting = () => given(cart(["a 1", "b 2"]), pinned("a"), pinned("b"), created).checkout;
const paid = () => given(awaiting(), webhook(authorised(DUE))).checkout;
const allSold = () => given(paid(), sold("a"), sold("b")).checkout;

describe("a payment whose units are gone", () => {
	it("is voided and not captured when all units are gone (pretix 74, saleor 14733)", () => {
		given(paid(), lost("a"), lost("b"))
			.then(toVoid)
			.and(answer(voided))
			.is({ phase: "closed", ending: "lost" })
			.then(null);
	});

	it("is refunded when all units are gone and it was captured at once", () => {
		given(awaiting(), webhook(captured(DUE)), lost("a"), lost("b"))
			.then(toRefund(DUE))
			.and(answer(captured(DUE, DUE)))
			.is({ phase: "closed", ending: "lost" })
			.then(null);
	});

	it("is captured for exactly the rest when some units are gone", () => {
		const { checkout } = given(paid(), lost("a"), sold("b"))
			.then(toCapture(2 * PRICE))
			.and(answer(captured(2 * PRICE)))
			.is({ phase: "completed" })
			.then(toRecord);
		expect([netCapturedMinor(checkout), dueMinor(checkout)]).toEqual([2 * PRICE, 2 * PRICE]);
	});

	it("is refunded by exactly the price of the units that are gone when it was captured at once", () => {
		given(awaiting(), webhook(captured(DUE)), sold("a"), lost("b"))
			.then(toRefund(2 * PRICE))
			.and(answer(captured(DUE, 2 * PRICE)))
			.is({ phase: "completed" })
			.then(toRecord);
	});
});

describe("an unclear answer", () => {
	it("to a capture leads to a read, not to a capture, void or refund on a guess (medusa 12674)", () => {
		given(allSold(), unclear)
			.then(toRead)
			// The capture had taken effect.
			.and(answer(captured(DUE)))
			.is({ phase: "completed" })
			.then(toRecord);
	});

	it("to a capture that had no effect leads to a read and to another capture", () => {
		given(allSold(), unclear)
			.then(toRead)
			.and(answer(authorised(DUE)))
			.then(toCapture(DUE));
	});

	it("to a read leads to another read, with longer and longer pauses", () => {
		const { checkout } = given(allSold(), unclear, unclear, { ...unclear, pauseMs: 4_000 } as typeof unclear)
			.is({ pauses: { money: { failures: 3, untilMs: NOW + 4_000 } } })
			.then(toRead);
		expect(wakeAtMs(checkout)).toBe(NOW + 4_000);
	});

	it("to a void that took effect leads to a read and to the unpinning", () => {
		given(awaiting(), cancel, unclear).then(toRead).and(answer(voided)).then(toUnpin("a"));
	});

	it("to a void leads to a refund when the shopper had paid", () => {
		given(awaiting(), cancel, unclear)
			.then(toRead)
			.and(answer(captured(DUE)))
			.then(toRefund(DUE));
	});

	it("to a refund that took effect does not lead to another refund", () => {
		given(awaiting(), cancel, answer(captured(DUE)))
			.then(toRefund(DUE))
			.and(unclear)
			.then(toRead)
			.and(answer(captured(DUE, DUE)))
			.then(toUnpin("a"));
	});

	it("still leads to a read after a webhook with a newer state", () => {
		given(allSold(), unclear, webhook(captured(DUE)))
			.is({ payment: { inDoubt: true } })
			.then(toRead);
	});

	it("from a SKU does not put the payment in doubt", () => {
		given(paid(), deferred)
			.is({ payment: { inDoubt: false } })
			.then(toCommit("a", 1));
	});
});

describe("an authorisation that lapses before the capture", () => {
	it("returns the units: no money, no sale (pretix 1230)", () => {
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

	it("returns the lines that were sold already while others are still being sold", () => {
		given(paid(), sold("a"), webhook(voided))
			.then(toCommit("b", 2))
			.and(sold("b"))
			.then(toTakeBack("a", 1))
			.and({ kind: "line-returned", sku: "a", total: 1 })
			.then(toTakeBack("b", 2));
	});
});

describe("a payment that differs from what is due", () => {
	it("is captured to the last cent, and kept at nothing where there is none", () => {
		const cent = given(cart(["a"]), pinned("a", { unitPriceMinor: 1 }), created, webhook(authorised(1)), sold("a"));
		cent.then(toCapture(1));
		const free = given(cart(["a"]), pinned("a", { unitPriceMinor: 0 })).checkout;
		expect([netCapturedMinor(free), excessMinor(free)]).toEqual([0, 0]);
	});

	it("pays for nothing once it is voided, whatever it says was captured", () => {
		given(awaiting(), webhook({ ...captured(DUE), ...voided })).is({ phase: "closing", ending: "cancelled" });
	});

	it("is refunded by exactly the excess", () => {
		given(awaiting(), webhook(captured(DUE + 50)), sold("a"), sold("b")).then(toRefund(50));
	});

	it("is not refunded again after a refund by hand", () => {
		given(awaiting(), cancel, answer(captured(DUE, PRICE)))
			.then(toRefund(2 * PRICE, PRICE))
			.and(webhook(captured(DUE, DUE)))
			.then(toUnpin("a"));
	});
});

describe("a checkout that has ended", () => {
	it("unpins a line whose pin is answered after the opening has failed", () => {
		// The call to the SKU was under way when the opening failed.
		given(cart(["a 1"]), at(NOW + 60_000), tick)
			.is({ phase: "closing", ending: "failed" })
			.and(pinned("a"))
			.then(toUnpin("a"))
			.and(unpinned("a"))
			.is({ phase: "closed" })
			.then(null);
	});

	it("has nothing more to do unless money turns up", () => {
		const over = given(awaiting(), cancel, answer(voided), unpinned("a"), unpinned("b")).checkout;
		expect(wakeAtMs(over)).toBeNull();
		given(over, at(LATE), tick).is(over);
	});
});
