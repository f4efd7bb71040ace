/**
 * The lifecycle from the open window to the end: paying, cancelling, expiring, and webhooks that come late or twice.
 */
import { describe, expect, it } from "vitest";
import { evolve } from "../../src/checkout/rules/lifecycle.ts";
import type { Checkout } from "../../src/checkout/rules/model.ts";
import { wakeAtMs } from "../../src/checkout/rules/next-effect.ts";
import { dueMinor, netCapturedMinor } from "../../src/checkout/rules/settlement.ts";
import { OPENING_MS } from "../../src/limits.ts";
import type { Payment } from "../../src/payments/provider.ts";
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

describe("a message of D1", () => {
	const unsettled = { reason: "units" as const, sinceMs: 1, settledAtMs: 2, version: 5, recordedVersion: 4 };

	it("means nothing before the sale", () => {
		const c = awaiting();
		for (const event of [{ kind: "recorded", version: 9 }, { kind: "record-again" }] as const) {
			expect(evolve(c, event, NOW)).toBe(c);
		}
		expect(evolve(c, { kind: "settlement-recorded", version: 9 }, NOW)).toBe(c);
	});

	it("counts upwards only", () => {
		const done = { ...complete(), unsettled } as Checkout;
		given(done, { kind: "recorded", version: 3 }).is({ recordedVersion: 3 });
		given(done, { kind: "settlement-recorded", version: 5 }).is({ unsettled: { ...unsettled, recordedVersion: 5 } });
		expect(evolve(done, { kind: "recorded", version: 0 }, NOW)).toBe(done);
		expect(evolve(done, { kind: "settlement-recorded", version: 4 }, NOW)).toBe(done);
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

	it("may be cancelled until its payment is decided: what is paid then is given back", () => {
		for (const status of ["open", "processing"] as const) {
			given(awaiting(), at(PAY_BY), tick, answer({ status }), cancel)
				.is({ phase: "closing", ending: "cancelled" })
				.and(answer(captured(DUE, 0, PAY_BY)))
				.then(toRefund(DUE));
		}
		const late = given(awaiting(), at(PAY_BY), tick, answer(authorised(DUE, LATE))).checkout;
		expect(given(late, cancel).checkout).toBe(late);
		const failed = given(cart(["a"]), at(NOW + OPENING_MS), tick).is({ ending: "failed" }).checkout;
		expect(given(failed, cancel).checkout).toBe(failed);
	});

	it("stays cancelled when it was cancelled before, although it was paid in time", () => {
		given(awaiting(), cancel, at(PAY_BY + 1), webhook(captured(DUE, 0, NOW))).then(toRefund(DUE));
	});
});

describe("the end of the grace", () => {
	const END = PAY_BY + GRACE;
	const expired = () => given(awaiting(), at(PAY_BY), tick).checkout;
	const units = { failures: 1, untilMs: LATE * 2 };
	const waited = (payment: Partial<Payment>): Checkout => {
		const { checkout } = given(expired(), at(PAY_BY), answer(payment));
		return { ...checkout, pauses: { money: { failures: 1, untilMs: LATE * 2 }, units } };
	};

	it.each([
		["an attempt under way", { attemptUnderWay: true }],
		["a debit", { status: "processing" }],
	] as const)("has %s read once more, at once and once", (_, payment) => {
		const c = waited(payment);
		expect(evolve(c, tick, END - 1)).toBe(c);
		const over = evolve(c, tick, END);
		expect(over).toEqual({ ...c, graceOver: true, pauses: { units }, payment: { ...c.payment, inDoubt: true } });
		expect(evolve(over, tick, END + 1)).toBe(over);
	});

	it("changes nothing where nobody is waited for", () => {
		const cancelled = given(awaiting(), answer({ status: "processing" }), cancel).checkout;
		const unpaid = given(cart(["a"]), pinned("a"), cancel).checkout;
		for (const c of [waited({}), cancelled, unpaid, awaiting(), complete()].map((c) => ({ ...c, pauses: { units } }))) {
			if (c.phase !== "awaiting") expect(evolve(c, tick, END)).toBe(c);
		}
	});
});

describe("a payment that is waited for", () => {
	const processing = { status: "processing" } as const;

	it("is read again later after an answer that says something new, and by no webhook", () => {
		const c = given(awaiting(), answer(processing)).checkout;
		given(c, answer({ ...processing, ...declined() })).is({ pauses: { money: { failures: 1, reason: "overdue" } } });
		expect(given(c, webhook({ ...processing, ...declined() })).checkout.pauses).toEqual({});
		expect(evolve(c, answer(processing), NOW)).toBe(c);
	});

	it("is not one that the shopper may still pay", () => {
		expect(given(awaiting(), answer(declined())).checkout.pauses).toEqual({});
	});
});

describe("the window", () => {
	const WINDOW = { payByMs: PAY_BY, graceMs: GRACE };

	it("goes with the checkout to its end", () => {
		expect(awaiting()).toMatchObject(WINDOW);
		given(awaiting(), webhook(authorised(DUE))).is({ phase: "committing", ...WINDOW });
		expect(complete()).toMatchObject({ ...WINDOW, completedAtMs: NOW, recordedVersion: 0 });
		for (const [nowMs, event] of [
			[NOW, cancel],
			[PAY_BY, tick],
		] as const) {
			expect(given(awaiting(), at(nowMs), event).checkout).toMatchObject({ paymentAsked: true });
			expect(given(awaiting(), at(nowMs), event).checkout).toHaveProperty("window", WINDOW);
		}
		const late = given(awaiting(), at(PAY_BY), tick, answer(authorised(DUE, PAY_BY))).checkout;
		expect(late).toMatchObject({ phase: "committing", ...WINDOW });
	});

	it("ends in a read at once, though the payment was to be read later", () => {
		const overdue = given(awaiting(), answer({ status: "processing" }), answer({ status: "processing" })).checkout;
		const pausedFor = (reason: "overdue" | "provider-unclear"): Checkout => ({
			...{ ...overdue, pauses: { money: { failures: 1, untilMs: LATE * 2, reason } } },
		});
		const ended = given(pausedFor("overdue"), at(PAY_BY), tick).is({ payment: { inDoubt: true } }).checkout;
		expect(ended.pauses).toEqual({});
		given(pausedFor("provider-unclear"), at(PAY_BY), tick).is({ pauses: { money: { failures: 1 } } });
	});
});

describe("what is known of whoever opened it, and what was told", () => {
	const KNOWN = { isHeard: true, requestId: "req_1", toldVersion: 7 };
	const ends = (c: Checkout): Checkout[] => {
		const open = given(c, pinned("a"), created).checkout;
		const sale = given(open, webhook(authorised(PRICE))).checkout;
		return [open, sale, given(sale, sold("a"), answer(captured(PRICE))).checkout, given(open, cancel).checkout];
	};

	it("goes with the checkout through its phases", () => {
		for (const c of ends({ ...cart(["a"]), ...KNOWN })) expect(c).toMatchObject(KNOWN);
	});

	it("stays absent where it was absent, as from a checkout of earlier code", () => {
		const { toldVersion: _, ...unknown } = cart(["a"]);
		for (const c of ends(unknown as Checkout))
			for (const name of Object.keys(KNOWN)) expect(Object.keys(c), c.phase).not.toContain(name);
	});
});

describe("money that does not pay for everything", () => {
	it("ends the checkout before anything is sold", () => {
		given(awaiting(), webhook(captured(DUE - 1)))
			.is({ phase: "closing", ending: "lost" })
			.then(toRefund(DUE - 1));
		given(awaiting(), webhook({ ...captured(DUE), disputedMinor: 1 })).is({ phase: "closing", ending: "lost" });
		given(awaiting(), webhook(captured(DUE))).is({ phase: "committing" });
	});

	it("takes back what was sold of it, and nothing else", () => {
		const half = given(awaiting(), webhook(captured(DUE)), sold("a")).checkout;
		given(half, webhook(captured(DUE, 2 * PRICE + 1))).is({ lines: [{ claim: "returning" }, { claim: "pinned" }] });
		// It pays for what is sold by now, and not for the rest.
		const { checkout } = given(half, webhook(captured(DUE, 2 * PRICE)))
			.is({ phase: "committing", lines: [{ claim: "committed" }, { claim: "pinned" }] })
			.and(sold("b"))
			.is({ lines: [{ claim: "returning" }, { claim: "returning" }] });
		given(checkout, { kind: "line-returned", sku: "a", total: 1 }).is({
			lines: [{ claim: "released" }, { claim: "returning" }],
		});
	});

	it("takes back what was sold when the authorisation is gone, though it cost the least there is", () => {
		const cheap = given(cart(["a"]), pinned("a", { unitPriceMinor: 1 }), created, webhook(authorised(1))).checkout;
		given(cheap, sold("a"), webhook(voided)).is({ phase: "committing", lines: [{ claim: "returning" }] });
	});

	it("takes back nothing where nothing is sold yet, though the bank took more than there was", () => {
		const paid = given(awaiting(), webhook(captured(DUE))).checkout;
		given(paid, webhook({ ...captured(DUE, DUE), disputedMinor: DUE }))
			.is({ phase: "committing", lines: [{ claim: "pinned" }, { claim: "pinned" }] })
			.then(toCommit("a", 1));
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
