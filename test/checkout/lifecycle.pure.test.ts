/** The saga from the open window to its end: paying, calling off, running out, and news that comes late or twice. */
import { describe, expect, it } from "vitest";
import { evolve } from "../../src/checkout/rules/lifecycle.ts";
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
	declined,
	GRACE,
	given,
	LATE,
	NOW,
	PAY_BY,
	PRICE,
	pinned,
	sold,
	tick,
	toCapture,
	toCommit,
	toRead,
	toRecord,
	toRefund,
	toUnpin,
	toVoid,
	unclear,
	unpinned,
	voided,
	webhook,
} from "./saga-dsl.ts";

/** Two lines pinned, worth three units, and a payment to be made. */
const waiting = () => given(cart(["a 1", "b 2"]), pinned("a"), pinned("b"), created).checkout;
const DUE = 3 * PRICE;
/** The same, paid for and complete. */
const complete = () => given(waiting(), webhook(authorised(DUE)), sold("a"), sold("b"), answer(captured(DUE))).checkout;

describe("paying", () => {
	it("sells every line before the money is taken, and then takes exactly what they cost", () => {
		const { checkout } = given(waiting(), webhook(authorised(DUE)))
			.is({ phase: "committing" })
			.then(toCommit("a", 1))
			.and(sold("a"))
			.then(toCommit("b", 2))
			.and(sold("b"))
			.is({ phase: "committing" })
			.then(toCapture(DUE))
			.and(answer(captured(DUE)))
			.is({ phase: "completed", recordedVersion: 0 })
			.then(toRecord);
		expect([netCapturedMinor(checkout), dueMinor(checkout)]).toEqual([DUE, DUE]);
	});

	it("by a method that takes the money at once needs no capture", () => {
		given(waiting(), webhook(captured(DUE)), sold("a"), sold("b"))
			.is({ phase: "completed" })
			.then(toRecord);
	});

	it("declined, then approved: the window stays open for another card", () => {
		given(waiting(), webhook(declined()))
			.is({ phase: "awaiting", payment: { seen: { declined: { code: "card_declined" } } } })
			.then(null)
			.and(webhook(declined(NOW + 5)))
			.is({ phase: "awaiting" })
			.and(webhook(authorised(DUE)))
			.is({ phase: "committing" });
	});

	it("is recorded until D1 says that it has it, and that word is no news to D1", () => {
		const done = complete();
		const { checkout } = given(done, { kind: "recorded", version: done.version }).then(null);
		expect(checkout.version).toBe(done.version);
		given(done, { kind: "recorded", version: done.version - 1 }).then(toRecord);
		given(checkout, { kind: "recorded", version: done.version - 1 })
			.is(checkout)
			.then(null);
		given(checkout, { kind: "record-again" }).then(toRecord);
	});
});

describe("calling off", () => {
	it("voids the payment before the units go back, so that nobody pays for what is somebody else's", () => {
		given(waiting(), cancel)
			.is({ phase: "closing", ending: "cancelled" })
			.then(toVoid)
			.and(answer(voided))
			.then(toUnpin("a"))
			.and(unpinned("a"))
			.then(toUnpin("b"))
			.and(unpinned("b"))
			.is({ phase: "closed", ending: "cancelled" })
			.then(null);
	});

	it("comes too late once it is paid: while it is committed, and afterwards", () => {
		const paid = given(waiting(), webhook(authorised(DUE))).checkout;
		given(paid, cancel).is(paid);
		const done = complete();
		given(done, cancel).is(done);
	});

	it("comes too late once it is over, or is on its way", () => {
		const closing = given(waiting(), cancel).checkout;
		given(closing, cancel).is(closing);
		const over = given(closing, answer(voided), unpinned("a"), unpinned("b")).checkout;
		expect(evolve(over, cancel, LATE)).toBe(over);
	});

	it("at the provider's side ends it too (medusa 16398)", () => {
		given(waiting(), webhook(voided))
			.is({ phase: "closing", ending: "cancelled" })
			.then(toUnpin("a"))
			.and(unpinned("a"), unpinned("b"))
			.is({ phase: "closed" });
	});

	it("while the shopper is paying: the money comes back, and the units go back (medusa 4946)", () => {
		given(waiting(), cancel)
			.then(toVoid)
			// The void is refused, since the money was taken a moment before.
			.and(answer(captured(DUE)))
			.then(toRefund(DUE))
			.and(answer(captured(DUE, DUE)))
			.then(toUnpin("a"))
			.and(unpinned("a"), unpinned("b"))
			.is({ phase: "closed", ending: "cancelled" })
			.then(null);
	});

	it("of a payment that was authorised in silence lets the money go", () => {
		given(waiting(), cancel, webhook(authorised(DUE)))
			.then(toVoid)
			.and(answer(voided))
			.then(toUnpin("a"));
	});
});

describe("the end of the window", () => {
	it("is not a moment early", () => {
		const c = waiting();
		expect(wakeAtMs(c)).toBe(PAY_BY);
		expect(evolve(c, tick, PAY_BY - 1)).toBe(c);
	});

	it("reads the payment before calling it off: the news may be on its way", () => {
		given(waiting(), at(PAY_BY), tick)
			.is({ phase: "closing", ending: "expired" })
			.then(toRead)
			.and(answer({}))
			.then(toVoid)
			.and(answer(voided))
			.then(toUnpin("a"))
			.and(unpinned("a"), unpinned("b"))
			.is({ phase: "closed", ending: "expired" })
			.then(null);
	});

	it("also after a declined attempt (saleor 14352)", () => {
		given(waiting(), webhook(declined()), at(PAY_BY), tick).then(toRead).and(answer(declined())).then(toVoid);
	});

	it("finds what was paid in time and told late, and sells it (pretix 827)", () => {
		given(waiting(), at(PAY_BY + 5), tick)
			.then(toRead)
			.and(answer(authorised(DUE, PAY_BY - 1)))
			.is({ phase: "committing" })
			.then(toCommit("a", 1));
	});

	it("counts what was paid within the grace, by the provider's clock and not by when we heard of it", () => {
		const lapsed = given(waiting(), at(PAY_BY), tick).checkout;
		given(lapsed, at(LATE * 2), answer(authorised(DUE, PAY_BY + GRACE))).is({ phase: "committing" });
		given(lapsed, at(PAY_BY + 1), answer(authorised(DUE, PAY_BY + GRACE + 1)))
			.is({ phase: "closing" })
			.then(toVoid);
	});

	it("paid too late and only authorised: let go", () => {
		given(waiting(), at(LATE), tick, answer(authorised(DUE, LATE)))
			.then(toVoid)
			.and(answer(voided), unpinned("a"), unpinned("b"))
			.is({ phase: "closed", ending: "expired" });
	});

	it("paid too late and taken: given back", () => {
		given(waiting(), at(LATE), tick, answer(captured(DUE, 0, LATE)))
			.then(toRefund(DUE))
			.and(answer(captured(DUE, DUE, LATE)), unpinned("a"), unpinned("b"))
			.is({ phase: "closed", ending: "expired" })
			.then(null);
	});

	it("paid while the void was under way, and in time: the void is refused, and the sale goes on", () => {
		given(waiting(), at(PAY_BY), tick, answer({}))
			.then(toVoid)
			.and(answer(captured(DUE, 0, PAY_BY + 1)))
			.is({ phase: "committing" })
			.then(toCommit("a", 1));
	});

	it("does not turn a checkout that was called off into a sale, though it was paid in time", () => {
		given(waiting(), cancel, at(PAY_BY + 1), webhook(captured(DUE, 0, NOW))).then(toRefund(DUE));
	});
});

describe("late news", () => {
	it("of an authorisation never revives what was voided (mollie/WooCommerce 1252)", () => {
		const over = given(waiting(), cancel, answer(voided), unpinned("a"), unpinned("b")).checkout;
		given(over, webhook(authorised(DUE)))
			.is(over)
			.then(null);
		given(over, webhook(declined())).is(over).then(null);
	});

	it("of a capture never revives what was refunded (mollie/WooCommerce 1252)", () => {
		const over = given(
			waiting(),
			cancel,
			answer(captured(DUE)),
			answer(captured(DUE, DUE)),
			unpinned("a"),
			unpinned("b"),
		).checkout;
		expect(over.phase).toBe("closed");
		given(over, webhook(authorised(DUE)), webhook(captured(DUE)))
			.is(over)
			.then(null);
	});

	it("of an authorisation after the capture changes nothing", () => {
		const done = complete();
		given(done, webhook(authorised(DUE)), webhook(declined()), webhook({})).is(done);
	});

	it("that is the same changes nothing", () => {
		const c = given(waiting(), webhook(declined())).checkout;
		expect(evolve(c, webhook(declined()), NOW + 1)).toBe(c);
		const paid = given(waiting(), webhook(authorised(DUE))).checkout;
		expect(evolve(paid, webhook(authorised(DUE)), NOW + 1)).toBe(paid);
	});

	it("of another payment is not about this checkout", () => {
		const c = waiting();
		given(c, webhook({ ...captured(DUE), id: "pay_2" }))
			.is(c)
			.then(null);
	});

	it("of money that turned up after the end is acted upon: it goes back", () => {
		const over = given(waiting(), cancel, answer(voided), unpinned("a"), unpinned("b")).checkout;
		given(over, webhook(captured(DUE)))
			.is({ phase: "closing", ending: "cancelled" })
			.then(toRefund(DUE))
			.and(answer(captured(DUE, DUE)))
			.is({ phase: "closed" })
			.then(null);
	});

	it("that is old does not end a doubt; the answer to our own question does", () => {
		const doubtful = given(waiting(), webhook(authorised(DUE)), sold("a"), sold("b"), unclear).then(toRead).checkout;
		given(doubtful, webhook(declined())).is(doubtful).then(toRead);
		given(doubtful, answer(authorised(DUE))).then(toCapture(DUE));
	});

	it("before the payment is known says nothing", () => {
		const c = cart(["a"]);
		given(c, webhook(authorised(DUE))).is(c);
	});
});
