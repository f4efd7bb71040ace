/** A strand that has failed too often gives up, says why, and makes one more try for each request. */
import { describe, expect, it } from "vitest";
import type { Checkout, Event, RetryScope } from "../../src/checkout/rules/model.ts";
import {
	giveUpRefunding,
	pausedUntilMs,
	unsettledReason,
	waitForPayment,
	withoutPause,
} from "../../src/checkout/rules/retries.ts";
import { MAX_SETTLE_TRIES, MAX_WAITS, WAIT_FIRST_MS, WAIT_MOST_MS } from "../../src/limits.ts";
import type { UnsettledReason } from "../../src/orders/order.ts";
import {
	answer,
	at,
	authorised,
	captured,
	cart,
	created,
	given,
	NOW,
	PAY_BY,
	PRICE,
	pinned,
	sold,
	tick,
	webhook,
} from "./saga-dsl.ts";

const complete = (unitPriceMinor = PRICE) =>
	given(
		...([cart(["a"]), pinned("a", { unitPriceMinor }), created, webhook(authorised(unitPriceMinor))] as const),
		...[sold("a"), answer(captured(unitPriceMinor))],
	).checkout;
const refund: Event = { kind: "refund", units: [{ sku: "a", quantity: 1 }], restock: true, reason: "" };
const refunding = (unitPriceMinor = PRICE) => given(complete(unitPriceMinor), refund).checkout;
const failure = (strand: RetryScope, reason: UnsettledReason | null = null, unclear = false): Event => ({
	...{ kind: "deferred", strand, pauseMs: 1_000, unclear, reason },
});
const again = (byMerchant: boolean): Event => ({ kind: "retry-settlement", byMerchant });
function failedTimes(times: number, strand: RetryScope, c: Checkout = refunding()): Checkout {
	return given(c, ...Array<Event>(times).fill(failure(strand))).checkout;
}

describe("a strand that fails", () => {
	it.each(["money", "units"] as const)("gives up at the last of its tries: %s", (strand) => {
		const tired = failedTimes(MAX_SETTLE_TRIES - 1, strand);
		expect(tired.pauses[strand]).toEqual({
			failures: MAX_SETTLE_TRIES - 1,
			untilMs: NOW + 1_000,
			reason: null,
			gaveUpAtMs: null,
			tryAgain: false,
		});
		const over = given(tired, at(NOW + 5), failure(strand)).checkout;
		expect(over.pauses[strand]).toMatchObject({ failures: MAX_SETTLE_TRIES, gaveUpAtMs: NOW + 5 });
		expect(pausedUntilMs(tired, strand)).toBe(NOW + 1_000);
		expect(pausedUntilMs(over, strand)).toBe(Number.POSITIVE_INFINITY);
	});

	it.each(["record", "settlement"] as const)("never gives up: %s", (strand) => {
		expect(failedTimes(MAX_SETTLE_TRIES + 1, strand).pauses[strand]?.gaveUpAtMs).toBeNull();
		expect(pausedUntilMs(refunding(), strand)).toBe(0);
	});

	it("gives up at once for a dispute, and keeps that time however often it fails after it", () => {
		const c = given(refunding(), failure("money", "disputed")).checkout;
		expect(c.pauses.money).toMatchObject({ failures: 1, gaveUpAtMs: NOW, reason: "disputed" });
		const { checkout } = given(c, again(false), at(NOW + 5), failure("money"));
		expect(checkout.pauses.money).toMatchObject({ failures: 2, gaveUpAtMs: NOW, tryAgain: false });
	});

	it("is not the payment's affair when it is another one, though the payment is waited for", () => {
		const debit = given(
			...([cart(["a"]), pinned("a"), created, at(PAY_BY), tick, answer({ status: "processing" })] as const),
		).checkout;
		expect(given({ ...debit, pauses: {} }, failure("units")).checkout.pauses).toMatchObject({ units: { failures: 1 } });
		expect(given({ ...debit, pauses: {} }, failure("units")).checkout.pauses.money).toBeUndefined();
		expect(given({ ...debit, pauses: {} }, failure("money")).checkout.pauses.money?.reason).toBe("overdue");
	});

	it("leaves which effect is unclear as it is when a read fails", () => {
		const of = (effect: "read-payment" | "refund" | "void"): Event => ({
			...{ kind: "deferred", strand: "money", pauseMs: 1_000, unclear: true, effect },
		});
		const refunded = given(refunding(), of("refund")).checkout;
		given(refunded, of("read-payment")).is({ payment: { unclear: "refund", inDoubt: true } });
		given(refunded, of("void")).is({ payment: { unclear: "void" } });
		given(refunding(), of("read-payment")).is({ payment: { unclear: null, inDoubt: true } });
	});

	it("takes another key only when the provider remembers the failure", () => {
		const remembered = { ...failure("money", null, true), isRemembered: true } as Event;
		given(refunding(), remembered).is({ keyNumber: 1, payment: { inDoubt: true } });
		given(refunding(), failure("money", null, true)).is({ keyNumber: 0 });
		const opening = given(cart(["a"]), pinned("a")).checkout;
		given(opening, remembered).is({ keyNumber: 1, payment: null });
	});
});

it("changes nothing about a strand that has no pause", () => {
	const c = failedTimes(1, "money");
	expect(withoutPause(c, "units")).toBe(c);
	expect(withoutPause(c, "money").pauses).toEqual({});
});

describe("a wait for the bank", () => {
	it("doubles up to its longest, and is overdue after the last", () => {
		const waits = (n: number) => {
			let c = refunding();
			for (let i = 0; i < n; i++) c = waitForPayment(c, NOW + i);
			return c.pauses.money;
		};
		expect(waits(1)).toEqual({
			failures: 1,
			untilMs: NOW + WAIT_FIRST_MS,
			reason: "overdue",
			gaveUpAtMs: null,
			tryAgain: false,
		});
		expect(waits(2)).toMatchObject({ failures: 2, untilMs: NOW + 1 + 2 * WAIT_FIRST_MS });
		expect(waits(MAX_WAITS)).toMatchObject({ untilMs: NOW + MAX_WAITS - 1 + WAIT_MOST_MS, gaveUpAtMs: null });
		expect(waits(MAX_WAITS + 1)).toMatchObject({ gaveUpAtMs: NOW + MAX_WAITS });
		expect(waits(MAX_WAITS + 2)).toMatchObject({ gaveUpAtMs: NOW + MAX_WAITS });
	});
});

describe("somebody's request", () => {
	it("makes one more try of each strand that gave up, and the payment is read before", () => {
		const tired = failedTimes(MAX_SETTLE_TRIES, "units", failedTimes(MAX_SETTLE_TRIES, "money"));
		const { checkout } = given(tired, at(NOW + 7), again(false)).is({ payment: { inDoubt: true } });
		for (const strand of ["money", "units"] as const) {
			expect(checkout.pauses[strand]).toEqual({ ...tired.pauses[strand], untilMs: NOW + 7, tryAgain: true });
			expect(pausedUntilMs(checkout, strand)).toBe(NOW + 7);
		}
		expect(given(checkout, at(NOW + 8), again(true)).checkout).toBe(checkout);
	});

	it("asks nobody about the payment when only units gave up, or none was created", () => {
		given(failedTimes(MAX_SETTLE_TRIES, "units"), again(false)).is({ payment: { inDoubt: false } });
		const opening = given(cart(["a"]), pinned("a")).checkout;
		const tired = failedTimes(MAX_SETTLE_TRIES, "money", opening);
		given(tired, again(false)).is({ payment: null, pauses: { money: { tryAgain: true } } });
	});

	it("changes nothing while a strand still tries", () => {
		const trying = failedTimes(1, "money");
		expect(given(trying, again(true)).checkout).toBe(trying);
		expect(given(refunding(), again(true)).checkout.pauses).toEqual({});
	});

	it("sends money that came back only for the merchant", () => {
		const c = giveUpRefunding(refunding(), NOW);
		expect(given(c, again(false)).checkout).toBe(c);
		given(c, again(true)).is({ pauses: { money: { tryAgain: true, reason: "refund-returned" } } });
	});
});

describe("a refund that is not made again", () => {
	it("keeps how often it failed", () => {
		const given_up = { untilMs: NOW + 9, reason: "refund-returned", gaveUpAtMs: NOW + 9, tryAgain: false };
		expect(giveUpRefunding(refunding(), NOW + 9).pauses.money).toEqual({ failures: 0, ...given_up });
		expect(giveUpRefunding(failedTimes(3, "money"), NOW + 9).pauses.money).toEqual({ failures: 3, ...given_up });
	});
});

describe("the reason why a checkout is unsettled", () => {
	const gaveUp = (reason: UnsettledReason | null) => ({ failures: 9, untilMs: NOW, reason, gaveUpAtMs: NOW });

	it("is why the money gave up, while it is unsettled", () => {
		expect(unsettledReason({ ...refunding(), pauses: { money: gaveUp("provider-refuses") } })).toBe("provider-refuses");
		expect(unsettledReason({ ...refunding(), pauses: { money: gaveUp(null) } })).toBe("provider-unclear");
		expect(unsettledReason({ ...complete(), pauses: { money: gaveUp(null) } })).toBeNull();
		expect(unsettledReason(failedTimes(1, "money"))).toBeNull();
	});

	it("is a refund that came back while it is owed again, then a dispute, then units", () => {
		const units = gaveUp(null);
		expect(unsettledReason({ ...refunding(), refundsReturned: 1 })).toBe("refund-returned");
		expect(unsettledReason({ ...refunding(1), refundsReturned: 1 })).toBe("refund-returned");
		expect(unsettledReason({ ...complete(), refundsReturned: 1 })).toBeNull();
		expect(unsettledReason({ ...complete(), pauses: { units } })).toBe("units");
		const disputed = given(complete(), answer({ ...captured(PRICE), disputedMinor: 1 })).checkout;
		expect(unsettledReason({ ...disputed, pauses: { units } })).toBe("disputed");
		expect(unsettledReason(failedTimes(1, "units"))).toBeNull();
		expect(unsettledReason(complete())).toBeNull();
	});
});
