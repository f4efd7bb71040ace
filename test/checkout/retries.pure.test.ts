/**
 * A provider that says no, or nothing, for longer than a moment: it is asked at a bounded rate and a bounded number of
 * times, then the checkout names what is unsettled, and somebody's request makes one more try.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { orderOf, settlementRecordOf } from "../../src/checkout/order.ts";
import type { Checkout } from "../../src/checkout/rules/model.ts";
import { wakeAtMs } from "../../src/checkout/rules/next-effect.ts";
import {
	MAX_REFUND_RETURNS,
	MAX_SETTLE_TRIES,
	MAX_WAITS,
	RETRY_MOST_MS,
	WAIT_FIRST_MS,
	WAIT_MOST_MS,
} from "../../src/limits.ts";
import type { Payment, PaymentResult } from "../../src/payments/provider.ts";
import { DrivenCheckout, gaps } from "./driven-checkout.ts";
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
	PAYMENT,
	PRICE,
	pinned,
	sold,
	tick,
	toRead,
	toRecord,
	toRefund,
	voided,
	webhook,
} from "./saga-dsl.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: NOW }));
afterEach(() => void vi.useRealTimers());

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const UNKNOWN: PaymentResult = { kind: "unknown", detail: "500" };
const REMEMBERED: PaymentResult = { kind: "unknown", detail: "500", isRemembered: true };

const awaiting = () => given(cart(["a 3"]), pinned("a"), created).checkout;
const paid = () => given(awaiting(), webhook(authorised(3 * PRICE))).checkout;
const toCaptureNow = () => given(paid(), sold("a")).checkout;
const complete = () => given(toCaptureNow(), answer(captured(3 * PRICE))).checkout;
/** Complete and recorded; the merchant refunds one of three units, and keeps it. */
function refunding(quantity = 1): Checkout {
	const done = complete();
	const units = [{ sku: "a", quantity }];
	return given(
		done,
		{ kind: "recorded", version: done.version },
		{ kind: "refund", units, restock: false, reason: "damaged" },
		{ kind: "line-given-back", sku: "a", total: quantity },
	).checkout;
}

/** The checkout with a payment as the provider has it. */
function driven(c: Checkout, payment: Partial<Payment> = {}): DrivenCheckout {
	const checkout = new DrivenCheckout(c, NOW);
	checkout.payment = { ...checkout.payment, ...payment };
	return checkout;
}

/** 1 s, 2 s, 4 s, … up to the longest pause. */
const DOUBLED = Array.from({ length: MAX_SETTLE_TRIES - 1 }, (_, i) => Math.min(1_000 * 2 ** i, RETRY_MOST_MS));

describe("a provider that reads well and does not act", () => {
	it.each([
		["capture", toCaptureNow, {}],
		["void", () => given(awaiting(), cancel).checkout, {}],
		["refund", refunding, {}],
	] as const)(
		"is asked for a %s at doubling intervals, a bounded number of times in a day",
		async (kind, state, payment) => {
			const checkout = driven(state(), payment);
			checkout.answers = { [kind]: () => UNKNOWN };
			await checkout.runUntil(NOW + DAY);
			expect(gaps(checkout.timesOf(kind))).toEqual(DOUBLED);
			expect(checkout.timesOf("read").length).toBeLessThanOrEqual(MAX_SETTLE_TRIES);
			expect(wakeAtMs(checkout.c)).toBeNull();
		},
	);

	it("is asked just as often when it refuses", async () => {
		const checkout = driven(refunding());
		checkout.answers = { refund: () => ({ kind: "refused", reason: "amount-too-large", payment: checkout.payment }) };
		await checkout.runUntil(NOW + DAY);
		expect(gaps(checkout.timesOf("refund"))).toEqual(DOUBLED);
		expect(checkout.c.unsettled).toMatchObject({ reason: "provider-refuses", settledAtMs: null });
	});

	it("makes no version and no record of its own while it is asked", async () => {
		const checkout = driven(refunding());
		const { version } = checkout.c;
		checkout.answers = { refund: () => UNKNOWN };
		await checkout.runUntil(NOW + 600_000);
		expect(checkout.timesOf("refund").length).toBeGreaterThan(10);
		expect(checkout.c.version).toBe(version);
		expect(checkout.messages).toHaveLength(1);
	});

	it("is named on the order and in the books once the tries are over, and again when it is settled", async () => {
		const checkout = driven(refunding());
		checkout.answers = { refund: () => UNKNOWN };
		await checkout.runUntil(NOW + DAY);
		const sinceMs = checkout.timesOf("refund").at(-1);
		expect(orderOf(checkout.c)).toMatchObject({ unsettled: "provider-unclear", refundPendingMinor: PRICE });
		const record = { checkoutId: "co_1", shopperId: "s_1", phase: "completed", reason: "provider-unclear", sinceMs };
		expect(checkout.messages.filter(({ kind }) => kind === "settlement")).toEqual([
			{ kind: "settlement", record: { ...record, version: checkout.c.version, settledAtMs: null } },
		]);

		checkout.answers = {};
		checkout.payment = { ...checkout.payment, ...captured(3 * PRICE, PRICE) };
		checkout.apply({ kind: "retry-settlement", byMerchant: false });
		await checkout.runUntil(NOW + 2 * DAY);
		expect(orderOf(checkout.c)).toMatchObject({ unsettled: null, refundPendingMinor: 0, refundedMinor: PRICE });
		expect(settlementRecordOf(checkout.c)).toMatchObject({ ...record, settledAtMs: NOW + DAY });
		expect(checkout.c.pauses).toEqual({});
	});

	it("is asked once more for each request to try again, however long it goes on", async () => {
		const checkout = driven(refunding());
		checkout.answers = { refund: () => UNKNOWN };
		await checkout.runUntil(NOW + DAY);
		const before = checkout.calls.length;
		const { version } = checkout.c;
		for (let i = 1; i <= 5; i++) {
			checkout.apply({ kind: "retry-settlement", byMerchant: false });
			await checkout.runUntil(NOW + DAY + i * 300_000);
			expect(checkout.calls.slice(before).map(({ kind }) => kind)).toEqual(Array(i).fill(["read", "refund"]).flat());
		}
		expect(checkout.c.version).toBe(version);
	});

	it("does not delay what another strand has to do", () => {
		given(awaiting(), cancel, { kind: "deferred", strand: "money", pauseMs: 60_000, unclear: false }, sold("a")).then({
			kind: "void",
		});
		const c = given(complete(), { kind: "deferred", strand: "money", pauseMs: 60_000, unclear: true }).checkout;
		expect(wakeAtMs(c)).toBe(0);
	});
});

describe("a pause", () => {
	const pausedUntil = (c: Checkout) => c.pauses.money?.untilMs;
	const unclear = { kind: "deferred", strand: "money", pauseMs: 8_000, unclear: true } as const;

	it("goes on when the doubt is over", () => {
		const { checkout } = given(refunding(), unclear, answer(captured(3 * PRICE))).is({ payment: { inDoubt: false } });
		expect(pausedUntil(checkout)).toBe(NOW + 8_000);
		expect(checkout.pauses.money).toMatchObject({ failures: 1 });
	});

	it("goes on when a unit comes back, or D1 confirms", () => {
		const { checkout } = given(
			refunding(),
			unclear,
			{ kind: "line-returned", sku: "a", total: 1 },
			{ kind: "recorded", version: 100 },
		);
		expect(pausedUntil(checkout)).toBe(NOW + 8_000);
	});

	it("ends when the provider has done it, and when it tells news that nobody asked for", () => {
		expect(given(refunding(), unclear, answer(captured(3 * PRICE, PRICE))).checkout.pauses).toEqual({});
		expect(given(refunding(), unclear, webhook(captured(3 * PRICE, PRICE))).checkout.pauses).toEqual({});
	});
});

describe("the key of an effect about money", () => {
	it("has another number for each failure that the provider remembers, without a last one", async () => {
		const checkout = driven(toCaptureNow());
		checkout.answers = {
			capture: () => (checkout.keysOf("capture").length > 20 ? { kind: "ok", payment: done } : REMEMBERED),
		};
		const done = { ...checkout.payment, ...captured(3 * PRICE) };
		await checkout.runUntil(NOW + DAY);
		const keys = checkout.keysOf("capture");
		expect(keys).toHaveLength(21);
		expect(new Set(keys).size).toBe(21);
		expect(keys[0]).toBe("co_1:1:capture");
		expect(checkout.c.phase).toBe("completed");
	});

	it("has another number for each remembered failure of a refund too, which no read may change", async () => {
		const checkout = driven(refunding());
		checkout.answers = { refund: () => REMEMBERED };
		await checkout.runUntil(NOW + DAY);
		expect(new Set(checkout.keysOf("refund")).size).toBe(MAX_SETTLE_TRIES);
	});

	it("is another one once a read has shown that a void or a capture was not made", async () => {
		const checkout = driven(toCaptureNow());
		checkout.answers = { capture: () => UNKNOWN };
		await checkout.runUntil(NOW + 10_000);
		expect(new Set(checkout.keysOf("capture")).size).toBe(checkout.keysOf("capture").length);
	});

	it("stays the same for a refund whose answer was lost, since the first request may yet arrive", async () => {
		const checkout = driven(refunding());
		checkout.answers = { refund: () => UNKNOWN };
		await checkout.runUntil(NOW + 60_000);
		expect(checkout.keysOf("refund").length).toBeGreaterThan(4);
		expect(new Set(checkout.keysOf("refund"))).toEqual(new Set([`co_1:1:refund:0:${PRICE}`]));
	});
});

describe("a refund that the shopper's bank sends back", () => {
	const refunded = () => given(refunding(), answer(captured(3 * PRICE, PRICE))).checkout;

	it("is read when a webhook says so, is due again, and is a new version", () => {
		const before = refunded();
		given(before, webhook(captured(3 * PRICE)))
			.is({ version: before.version, payment: { seen: { refundedMinor: PRICE } } })
			.then(toRead)
			.and(answer(captured(3 * PRICE)))
			.is({ payment: { seen: { refundedMinor: 0 } }, version: before.version + 1, refundsReturned: 1, keyNumber: 1 })
			.is({ unsettled: { reason: "refund-returned", settledAtMs: null } })
			.then(toRefund(PRICE))
			.and(answer(captured(3 * PRICE, PRICE)))
			.is({ unsettled: { reason: "refund-returned", settledAtMs: NOW } });
	});

	it("ends no doubt by an old webhook: whatever it says, the provider is asked", () => {
		given(refunding(), { kind: "deferred", strand: "money", pauseMs: 1_000, unclear: true, effect: "refund" })
			.and(webhook(captured(3 * PRICE)))
			.then(toRead)
			.and(answer(captured(3 * PRICE, PRICE)))
			.then(toRecord);
	});

	it("is made again a bounded number of times, each with a key of its own, and then only for the merchant", async () => {
		const checkout = driven(refunding());
		checkout.answers = {
			refund: () => {
				checkout.payment = { ...checkout.payment, ...captured(3 * PRICE) };
				return { kind: "ok", payment: { ...checkout.payment, refundedMinor: PRICE } };
			},
		};
		const askedBack = async () => {
			checkout.apply(webhook(captured(3 * PRICE)));
			await checkout.runUntil(checkout.nowMs + DAY);
		};
		await checkout.runUntil(NOW + 1);
		for (let i = 0; i < 10; i++) await askedBack();
		expect(checkout.keysOf("refund")).toHaveLength(MAX_REFUND_RETURNS + 1);
		expect(new Set(checkout.keysOf("refund")).size).toBe(MAX_REFUND_RETURNS + 1);
		expect(orderOf(checkout.c)).toMatchObject({
			unsettled: "refund-returned",
			refundedMinor: 0,
			refundPendingMinor: PRICE,
		});

		checkout.apply({ kind: "retry-settlement", byMerchant: false });
		await checkout.runUntil(checkout.nowMs + DAY);
		expect(checkout.keysOf("refund")).toHaveLength(MAX_REFUND_RETURNS + 1);
		checkout.apply({ kind: "retry-settlement", byMerchant: true });
		await checkout.runUntil(checkout.nowMs + DAY);
		expect(checkout.keysOf("refund")).toHaveLength(MAX_REFUND_RETURNS + 2);
	});
});

describe("a bank debit that takes days", () => {
	const PROCESSING = { status: "processing", attemptUnderWay: true, paidAtMs: NOW } as const;
	/** The doubling waits from 15 seconds to 6 hours. */
	const waits = (n: number) => Array.from({ length: n }, (_, i) => Math.min(WAIT_FIRST_MS * 2 ** i, WAIT_MOST_MS));

	it("is waited for after the window's end, read at growing intervals, and never voided", async () => {
		const checkout = driven(awaiting(), PROCESSING);
		await checkout.runUntil(PAY_BY + 5 * DAY);
		expect(checkout.calls.every(({ kind }) => kind === "read")).toBe(true);
		expect(checkout.calls.length).toBeLessThan(40);
		expect(checkout.c).toMatchObject({ phase: "closing", ending: "expired", unsettled: null });
		// One read at the window's end, and from the end of the grace on at doubling intervals.
		const afterGrace = checkout.timesOf("read").filter((ms) => ms >= PAY_BY + GRACE);
		expect(gaps(afterGrace)).toEqual(waits(afterGrace.length - 1));

		checkout.payment = { ...checkout.payment, ...captured(3 * PRICE), attemptUnderWay: false };
		checkout.apply(webhook(captured(3 * PRICE)));
		expect(checkout.c.phase).toBe("committing");
	});

	it("is voided when it has failed", async () => {
		const checkout = driven(awaiting(), PROCESSING);
		await checkout.runUntil(PAY_BY + DAY);
		checkout.payment = { ...PAYMENT, declined: { code: "insufficient_funds", atMs: PAY_BY + DAY } };
		checkout.answers = { void: () => ({ kind: "ok", payment: { ...checkout.payment, ...voided } }) };
		await checkout.runUntil(PAY_BY + 2 * DAY);
		expect(checkout.timesOf("void")).toHaveLength(1);
		expect(checkout.c).toMatchObject({ phase: "closed", ending: "expired" });
	});

	it("is refunded when the shopper had cancelled, and is not voided before", async () => {
		const checkout = driven(given(awaiting(), cancel).checkout, PROCESSING);
		checkout.answers = { void: () => ({ kind: "refused", reason: "processing", payment: checkout.payment }) };
		await checkout.runUntil(NOW + DAY);
		expect(checkout.timesOf("void")).toHaveLength(1);
		checkout.payment = { ...checkout.payment, ...captured(3 * PRICE), attemptUnderWay: false };
		await checkout.runUntil(NOW + 2 * DAY);
		expect(checkout.timesOf("refund").length).toBeGreaterThan(0);
	});

	it("is named as overdue when it takes longer than any does", async () => {
		const checkout = driven(awaiting(), PROCESSING);
		await checkout.runUntil(PAY_BY + 60 * DAY);
		expect(checkout.timesOf("read").length).toBeLessThanOrEqual(MAX_WAITS + 10);
		expect(checkout.c.unsettled).toMatchObject({ reason: "overdue", settledAtMs: null });
		expect(wakeAtMs(checkout.c)).toBeNull();
	});
});

describe("a disputed payment", () => {
	const disputed = (disputedMinor: number) => answer({ ...captured(3 * PRICE), disputedMinor });

	it("makes the order disputed, is named, and is paid again when the dispute is won", () => {
		const { checkout } = given(complete(), webhook({ ...captured(3 * PRICE), disputedMinor: 3 * PRICE }))
			.then(toRead)
			.and(disputed(3 * PRICE))
			.is({ unsettled: { reason: "disputed", settledAtMs: null } });
		expect(orderOf(checkout)).toMatchObject({ status: "disputed", unsettled: "disputed" });
		const won = given(checkout, disputed(0)).checkout;
		expect(orderOf(won)).toMatchObject({ status: "paid", unsettled: null });
		expect(won.version).toBeGreaterThan(checkout.version);
	});

	it("is asked for a refund no more once the provider refuses it by that name", async () => {
		const checkout = driven(refunding());
		checkout.answers = { refund: () => ({ kind: "refused", reason: "disputed", payment: checkout.payment }) };
		await checkout.runUntil(NOW + DAY);
		expect(checkout.timesOf("refund")).toHaveLength(1);
		expect(checkout.c.unsettled).toMatchObject({ reason: "disputed" });
	});

	it("is what is unsettled, and no refund that was given up, once the bank has taken back what was to be refunded", async () => {
		const checkout = driven(refunding());
		checkout.answers = { refund: () => UNKNOWN };
		await checkout.runUntil(NOW + DAY);
		expect(checkout.c.unsettled).toMatchObject({ reason: "provider-unclear" });
		checkout.payment = { ...checkout.payment, ...captured(3 * PRICE), disputedMinor: 3 * PRICE };
		checkout.apply({ kind: "retry-settlement", byMerchant: false });
		await checkout.runUntil(NOW + 2 * DAY);
		expect(checkout.c.unsettled).toMatchObject({ reason: "disputed", settledAtMs: null });
	});

	it("is owed no refund of what the bank has taken back", () => {
		const { checkout } = given(complete(), disputed(3 * PRICE), {
			kind: "refund",
			units: [{ sku: "a", quantity: 3 }],
			restock: false,
			reason: "x",
		});
		expect(orderOf(checkout)).toMatchObject({ status: "disputed", refundPendingMinor: 0 });
	});
});

describe("what ends the window", () => {
	const expired = () => given(awaiting(), at(PAY_BY), tick).checkout;

	it("is the window alone for a payment that nobody is paying: it is read and voided at once", () => {
		given(expired(), at(PAY_BY), answer({})).then({ kind: "void" });
	});

	it("is the grace for an attempt that is under way: it is read again then, and voided if it is still open", () => {
		const waiting = given(expired(), at(PAY_BY), answer({ attemptUnderWay: true })).then(toRead).checkout;
		expect(wakeAtMs(waiting)).toBe(PAY_BY + WAIT_FIRST_MS);
		given(waiting, at(PAY_BY + GRACE), tick)
			.is({ payment: { inDoubt: true }, pauses: {} })
			.then(toRead)
			.and(answer({ attemptUnderWay: true }))
			.then({ kind: "void" });
	});

	it.each([
		["authorised", authorised(3 * PRICE, PAY_BY + GRACE)],
		["captured", captured(3 * PRICE, 0, PAY_BY + GRACE)],
	])("lets what was %s within the grace be a sale", (_, payment) => {
		const waiting = given(expired(), at(PAY_BY), answer({ attemptUnderWay: true })).checkout;
		given(waiting, at(PAY_BY + GRACE), webhook(payment)).is({ phase: "committing" });
	});

	it("is not an answer that the provider took long to give: the shopper may have paid meanwhile", async () => {
		const checkout = driven(awaiting());
		const paidLate = { ...PAYMENT, ...authorised(3 * PRICE, PAY_BY + 400) };
		checkout.answers = {
			read: ({ atMs }) => {
				vi.setSystemTime(atMs + 3_000);
				return { kind: "ok", payment: atMs < PAY_BY + 400 ? checkout.payment : paidLate };
			},
		};
		await checkout.runUntil(PAY_BY + 900);
		expect(checkout.timesOf("void")).toEqual([]);
		await checkout.runUntil(PAY_BY + 10_000).catch(() => {});
		expect(checkout.timesOf("void")).toEqual([]);
		expect(checkout.c).toMatchObject({ phase: "committing" });
	});
});

describe("an answer to a question of our own", () => {
	const own = (payment: Partial<Payment>, revision: number, asked = true) =>
		({ kind: "payment-seen", payment: { ...PAYMENT, ...payment }, asked, revision }) as const;

	it("is the present, downwards too: a webhook that was not true is corrected by it", () => {
		const misled = given(awaiting(), webhook(captured(3 * PRICE)), sold("a")).is({ phase: "completed" }).checkout;
		const revision = misled.payment?.revision ?? -1;
		given(misled, own(authorised(3 * PRICE), revision)).then({ kind: "capture", amountMinor: 3 * PRICE });
	});

	it("is old when a webhook was taken while we waited for it: the payment is read again", () => {
		const asked = given(awaiting(), at(PAY_BY), tick).checkout;
		const revision = asked.payment?.revision ?? -1;
		given(asked, at(PAY_BY), webhook(authorised(3 * PRICE, PAY_BY)), own({}, revision)).is({
			phase: "committing",
			payment: { seen: { status: "authorised" }, inDoubt: true },
		});
	});

	it("ends no doubt of an effect that is under way when it was asked for a comparison", () => {
		const unclear = { kind: "deferred", strand: "money", pauseMs: 1_000, unclear: true, effect: "refund" } as const;
		const doubtful = given(refunding(), unclear).checkout;
		const revision = doubtful.payment?.revision ?? -1;
		given(doubtful, own(captured(3 * PRICE), revision, false))
			.is(doubtful)
			.then(toRead);
		given(doubtful, own(captured(3 * PRICE, 1), revision, false))
			.is({ payment: { seen: { refundedMinor: 1 }, inDoubt: true, unclear: "refund" } })
			.then(toRead);
	});
});
