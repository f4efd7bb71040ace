/**
 * The lifecycle from the open window to the end: paying, cancelling, expiring, and webhooks that come late or twice.
 */
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

/** Two lines are pinned, three units in all, and the payment is open. */
const awaiting = () => given(cart(["a 1", "b 2"]), pinned("a"), pinned("b"), created).checkout;
const DUE = 3 * PRICE;
/** The same checkout, paid and completed. */
const complete = () =>
	given(awaiting(), webhook(authorised(DUE)), sold("a"), sold("b"), answer(captured(DUE))).checkout;

describe("a paid checkout", () => {
	it("sells every line before it captures exactly what they cost", () => {
		const { checkout } = given(awaiting(), webhook(authorised(DUE)))
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

	it("needs no capture when the method captures at once", () => {
		given(awaiting(), webhook(captured(DUE)), sold("a"), sold("b"))
			.is({ phase: "completed" })
			.then(toRecord);
	});

	it("may have been declined before: the window stays open for another card", () => {
		given(awaiting(), webhook(declined()))
			.is({ phase: "awaiting", payment: { seen: { declined: { code: "card_declined" } } } })
			.then(null)
			.and(webhook(declined(NOW + 5)))
			.is({ phase: "awaiting" })
			.and(webhook(authorised(DUE)))
			.is({ phase: "committing" });
	});

	it("sends its order until D1 confirms it, and the confirmation is no new version", () => {
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

describe("a cancelled checkout", () => {
	it("voids the payment before it unpins the units, so nobody pays for somebody else's units", () => {
		given(awaiting(), cancel)
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

	it("cannot have been paid: a paid checkout ignores the cancellation", () => {
		const paid = given(awaiting(), webhook(authorised(DUE))).checkout;
		given(paid, cancel).is(paid);
		const done = complete();
		given(done, cancel).is(done);
	});

	it("ignores another cancellation, while it closes and after it has closed", () => {
		const closing = given(awaiting(), cancel).checkout;
		given(closing, cancel).is(closing);
		const over = given(closing, answer(voided), unpinned("a"), unpinned("b")).checkout;
		expect(evolve(over, cancel, LATE)).toBe(over);
	});

	it("is what a checkout becomes when its payment is voided at the provider (medusa 16398)", () => {
		given(awaiting(), webhook(voided))
			.is({ phase: "closing", ending: "cancelled" })
			.then(toUnpin("a"))
			.and(unpinned("a"), unpinned("b"))
			.is({ phase: "closed" });
	});

	it("refunds a payment that was captured meanwhile, and returns the units (medusa 4946)", () => {
		given(awaiting(), cancel)
			.then(toVoid)
			// The void is refused, since the money was captured a moment before.
			.and(answer(captured(DUE)))
			.then(toRefund(DUE))
			.and(answer(captured(DUE, DUE)))
			.then(toUnpin("a"))
			.and(unpinned("a"), unpinned("b"))
			.is({ phase: "closed", ending: "cancelled" })
			.then(null);
	});

	it("voids a payment that was authorised meanwhile", () => {
		given(awaiting(), cancel, webhook(authorised(DUE)))
			.then(toVoid)
			.and(answer(voided))
			.then(toUnpin("a"));
	});
});

describe("a checkout whose window ends", () => {
	it("does not end a moment early", () => {
		const c = awaiting();
		expect(wakeAtMs(c)).toBe(PAY_BY);
		expect(evolve(c, tick, PAY_BY - 1)).toBe(c);
	});

	it("reads the payment before it voids it, since a webhook may be on its way", () => {
		given(awaiting(), at(PAY_BY), tick)
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

	it("ends after a declined attempt too (saleor 14352)", () => {
		given(awaiting(), webhook(declined()), at(PAY_BY), tick).then(toRead).and(answer(declined())).then(toVoid);
	});

	it("sells when the payment was made in time and its webhook is late (pretix 827)", () => {
		given(awaiting(), at(PAY_BY + 5), tick)
			.then(toRead)
			.and(answer(authorised(DUE, PAY_BY - 1)))
			.is({ phase: "committing" })
			.then(toCommit("a", 1));
	});

	it("sells what was paid within the grace, by the provider's clock and not by the arrival of the webhook", () => {
		const lapsed = given(awaiting(), at(PAY_BY), tick).checkout;
		given(lapsed, at(LATE * 2), answer(authorised(DUE, PAY_BY + GRACE))).is({ phase: "committing" });
		given(lapsed, at(PAY_BY + 1), answer(authorised(DUE, PAY_BY + GRACE + 1)))
			.is({ phase: "closing" })
			.then(toVoid);
	});

	it("voids a payment that was authorised too late", () => {
		given(awaiting(), at(LATE), tick, answer(authorised(DUE, LATE)))
			.then(toVoid)
			.and(answer(voided), unpinned("a"), unpinned("b"))
			.is({ phase: "closed", ending: "expired" });
	});

	it("refunds a payment that was captured too late", () => {
		given(awaiting(), at(LATE), tick, answer(captured(DUE, 0, LATE)))
			.then(toRefund(DUE))
			.and(answer(captured(DUE, DUE, LATE)), unpinned("a"), unpinned("b"))
			.is({ phase: "closed", ending: "expired" })
			.then(null);
	});

	it("sells when the payment was made in time while the void was under way: the void is refused", () => {
		given(awaiting(), at(PAY_BY), tick, answer({}))
			.then(toVoid)
			.and(answer(captured(DUE, 0, PAY_BY + 1)))
			.is({ phase: "committing" })
			.then(toCommit("a", 1));
	});

	it("stays cancelled when it was cancelled before, although it was paid in time", () => {
		given(awaiting(), cancel, at(PAY_BY + 1), webhook(captured(DUE, 0, NOW))).then(toRefund(DUE));
	});
});

describe("a late webhook", () => {
	it("never revives a voided payment with an authorisation (mollie/WooCommerce 1252)", () => {
		const over = given(awaiting(), cancel, answer(voided), unpinned("a"), unpinned("b")).checkout;
		// It contradicts what is known, so the payment is read, and nothing else.
		given(over, webhook(authorised(DUE)))
			.is({ phase: "closed", version: over.version, payment: { seen: { status: "voided" } } })
			.then(toRead)
			.and(answer(voided))
			.is({ version: over.version })
			.then(null);
		given(over, webhook(declined())).then(toRead).and(answer(voided)).is({ version: over.version }).then(null);
	});

	it("never revives a refunded payment with a capture (mollie/WooCommerce 1252)", () => {
		const over = given(
			awaiting(),
			cancel,
			answer(captured(DUE)),
			answer(captured(DUE, DUE)),
			unpinned("a"),
			unpinned("b"),
		).checkout;
		expect(over.phase).toBe("closed");
		given(over, webhook(authorised(DUE)), webhook(captured(DUE)))
			.is({ phase: "closed", version: over.version, payment: { seen: captured(DUE, DUE) } })
			.then(toRead)
			.and(answer(captured(DUE, DUE)))
			.is({ version: over.version })
			.then(null);
	});

	it("leads to a read and to nothing else when it carries an authorisation after the capture", () => {
		const done = complete();
		given(done, webhook(authorised(DUE)), webhook(declined()), webhook({}))
			.is({ phase: "completed", version: done.version, payment: { seen: captured(DUE) } })
			.then(toRead)
			.and(answer(captured(DUE)))
			.is({ version: done.version })
			.then(toRecord);
	});

	it("changes nothing when it is a repetition", () => {
		const c = given(awaiting(), webhook(declined())).checkout;
		expect(evolve(c, webhook(declined()), NOW + 1)).toBe(c);
		const paid = given(awaiting(), webhook(authorised(DUE))).checkout;
		expect(evolve(paid, webhook(authorised(DUE)), NOW + 1)).toBe(paid);
	});

	it("changes nothing when it is about another payment", () => {
		const c = awaiting();
		given(c, webhook({ ...captured(DUE), id: "pay_2" }))
			.is(c)
			.then(null);
	});

	it("leads to a refund when it reports money after the end", () => {
		const over = given(awaiting(), cancel, answer(voided), unpinned("a"), unpinned("b")).checkout;
		given(over, webhook(captured(DUE)))
			.is({ phase: "closing", ending: "cancelled" })
			.then(toRefund(DUE))
			.and(answer(captured(DUE, DUE)))
			.is({ phase: "closed" })
			.then(null);
	});

	it("does not end a doubt, while the answer to a call of ours does", () => {
		const doubtful = given(awaiting(), webhook(authorised(DUE)), sold("a"), sold("b"), unclear).then(toRead).checkout;
		given(doubtful, webhook(declined())).is(doubtful).then(toRead);
		given(doubtful, answer(authorised(DUE))).then(toCapture(DUE));
	});

	it("changes nothing before the payment is created", () => {
		const c = cart(["a"]);
		given(c, webhook(authorised(DUE))).is(c);
	});
});
