/** The saga from the open window to its end: paying, calling off, running out, and news that comes late or twice. */
import { describe, expect, it } from "vitest";
import { evolve } from "../../src/checkout/rules/lifecycle.ts";
import { wakeAtMs } from "../../src/checkout/rules/next-effect.ts";
import { dueMinor, netCapturedMinor } from "../../src/checkout/rules/settlement.ts";
import {
	answered,
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
	seen,
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
} from "./saga-dsl.ts";

/** Two lines pinned, worth three units, and a payment to be made. */
const waiting = () => given(cart(["a 1", "b 2"]), pinned("a"), pinned("b"), created).checkout;
const DUE = 3 * PRICE;
/** The same, paid for and complete. */
const complete = () => given(waiting(), seen(authorised(DUE)), sold("a"), sold("b"), answered(captured(DUE))).checkout;

describe("paying", () => {
	it("sells every line before the money is taken, and then takes exactly what they cost", () => {
		const { checkout } = given(waiting(), seen(authorised(DUE)))
			.is({ phase: "committing" })
			.then(toCommit("a", 1))
			.and(sold("a"))
			.then(toCommit("b", 2))
			.and(sold("b"))
			.is({ phase: "committing" })
			.then(toCapture(DUE))
			.and(answered(captured(DUE)))
			.is({ phase: "completed", recordedVersion: 0 })
			.then(toRecord);
		expect([netCapturedMinor(checkout), dueMinor(checkout)]).toEqual([DUE, DUE]);
	});

	it("by a method that takes the money at once needs no capture", () => {
		given(waiting(), seen(captured(DUE)), sold("a"), sold("b"))
			.is({ phase: "completed" })
			.then(toRecord);
	});

	it("declined, then approved: the window stays open for another card", () => {
		given(waiting(), seen(declined()))
			.is({ phase: "awaiting", payment: { seen: { declined: { code: "card_declined" } } } })
			.then(null)
			.and(seen(declined(NOW + 5)))
			.is({ phase: "awaiting" })
			.and(seen(authorised(DUE)))
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
			.and(answered(voided))
			.then(toUnpin("a"))
			.and(unpinned("a"))
			.then(toUnpin("b"))
			.and(unpinned("b"))
			.is({ phase: "closed", ending: "cancelled" })
			.then(null);
	});

	it("comes too late once it is paid: while it is committed, and afterwards", () => {
		const paid = given(waiting(), seen(authorised(DUE))).checkout;
		given(paid, cancel).is(paid);
		const done = complete();
		given(done, cancel).is(done);
	});

	it("comes too late once it is over, or is on its way", () => {
		const closing = given(waiting(), cancel).checkout;
		given(closing, cancel).is(closing);
		const over = given(closing, answered(voided), unpinned("a"), unpinned("b")).checkout;
		expect(evolve(over, cancel, LATE)).toBe(over);
	});

	it("at the provider's side ends it too (medusa 16398)", () => {
		given(waiting(), seen(voided))
			.is({ phase: "closing", ending: "cancelled" })
			.then(toUnpin("a"))
			.and(unpinned("a"), unpinned("b"))
			.is({ phase: "closed" });
	});

	it("while the shopper is paying: the money comes back, and the units go back (medusa 4946)", () => {
		given(waiting(), cancel)
			.then(toVoid)
			// The void is refused, since the money was taken a moment before.
			.and(answered(captured(DUE)))
			.then(toRefund(DUE))
			.and(answered(captured(DUE, DUE)))
			.then(toUnpin("a"))
			.and(unpinned("a"), unpinned("b"))
			.is({ phase: "closed", ending: "cancelled" })
			.then(null);
	});

	it("of a payment that was authorised in silence lets the money go", () => {
		given(waiting(), cancel, seen(authorised(DUE)))
			.then(toVoid)
			.and(answered(voided))
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
			.and(answered({}))
			.then(toVoid)
			.and(answered(voided))
			.then(toUnpin("a"))
			.and(unpinned("a"), unpinned("b"))
			.is({ phase: "closed", ending: "expired" })
			.then(null);
	});

	it("also after a declined attempt (saleor 14352)", () => {
		given(waiting(), seen(declined()), at(PAY_BY), tick).then(toRead).and(answered(declined())).then(toVoid);
	});

	it("finds what was paid in time and told late, and sells it (pretix 827)", () => {
		given(waiting(), at(PAY_BY + 5), tick)
			.then(toRead)
			.and(answered(authorised(DUE, PAY_BY - 1)))
			.is({ phase: "committing" })
			.then(toCommit("a", 1));
	});

	it("counts what was paid within the grace, by the provider's clock and not by when we heard of it", () => {
		const lapsed = given(waiting(), at(PAY_BY), tick).checkout;
		given(lapsed, at(LATE * 2), answered(authorised(DUE, PAY_BY + GRACE))).is({ phase: "committing" });
		given(lapsed, at(PAY_BY + 1), answered(authorised(DUE, PAY_BY + GRACE + 1)))
			.is({ phase: "closing" })
			.then(toVoid);
	});

	it("paid too late and only authorised: let go", () => {
		given(waiting(), at(LATE), tick, answered(authorised(DUE, LATE)))
			.then(toVoid)
			.and(answered(voided), unpinned("a"), unpinned("b"))
			.is({ phase: "closed", ending: "expired" });
	});

	it("paid too late and taken: given back", () => {
		given(waiting(), at(LATE), tick, answered(captured(DUE, 0, LATE)))
			.then(toRefund(DUE))
			.and(answered(captured(DUE, DUE, LATE)), unpinned("a"), unpinned("b"))
			.is({ phase: "closed", ending: "expired" })
			.then(null);
	});

	it("paid while the void was under way, and in time: the void is refused, and the sale goes on", () => {
		given(waiting(), at(PAY_BY), tick, answered({}))
			.then(toVoid)
			.and(answered(captured(DUE, 0, PAY_BY + 1)))
			.is({ phase: "committing" })
			.then(toCommit("a", 1));
	});

	it("does not turn a checkout that was called off into a sale, though it was paid in time", () => {
		given(waiting(), cancel, at(PAY_BY + 1), seen(captured(DUE, 0, NOW))).then(toRefund(DUE));
	});
});

describe("late news", () => {
	it("of an authorisation never revives what was voided (mollie/WooCommerce 1252)", () => {
		const over = given(waiting(), cancel, answered(voided), unpinned("a"), unpinned("b")).checkout;
		given(over, seen(authorised(DUE)))
			.is(over)
			.then(null);
		given(over, seen(declined())).is(over).then(null);
	});

	it("of a capture never revives what was refunded (mollie/WooCommerce 1252)", () => {
		const over = given(
			waiting(),
			cancel,
			answered(captured(DUE)),
			answered(captured(DUE, DUE)),
			unpinned("a"),
			unpinned("b"),
		).checkout;
		expect(over.phase).toBe("closed");
		given(over, seen(authorised(DUE)), seen(captured(DUE)))
			.is(over)
			.then(null);
	});

	it("of an authorisation after the capture changes nothing", () => {
		const done = complete();
		given(done, seen(authorised(DUE)), seen(declined()), seen({})).is(done);
	});

	it("that is the same changes nothing", () => {
		const c = given(waiting(), seen(declined())).checkout;
		expect(evolve(c, seen(declined()), NOW + 1)).toBe(c);
		const paid = given(waiting(), seen(authorised(DUE))).checkout;
		expect(evolve(paid, seen(authorised(DUE)), NOW + 1)).toBe(paid);
	});

	it("of another payment is not about this checkout", () => {
		const c = waiting();
		given(c, seen({ ...captured(DUE), id: "pay_2" }))
			.is(c)
			.then(null);
	});

	it("of money that turned up after the end is acted upon: it goes back", () => {
		const over = given(waiting(), cancel, answered(voided), unpinned("a"), unpinned("b")).checkout;
		given(over, seen(captured(DUE)))
			.is({ phase: "closing", ending: "cancelled" })
			.then(toRefund(DUE))
			.and(answered(captured(DUE, DUE)))
			.is({ phase: "closed" })
			.then(null);
	});

	it("that is old does not end a doubt; the answer to our own question does", () => {
		const doubtful = given(waiting(), seen(authorised(DUE)), sold("a"), sold("b"), unclear).then(toRead).checkout;
		given(doubtful, seen(declined())).is(doubtful).then(toRead);
		given(doubtful, answered(authorised(DUE))).then(toCapture(DUE));
	});

	it("before the payment is known says nothing", () => {
		const c = cart(["a"]);
		given(c, seen(authorised(DUE))).is(c);
	});
});
