/**
 * How often and how long effects are tried again. Pure.
 *
 * A pause ends by success in its own strand, or by news that nobody asked for; never because a payment was read or a
 * doubt is over: a provider that answers every read and refuses every refund would be asked each second for ever. Tries
 * are bounded in number too. After the last one the strand gives up, and the checkout names what is unsettled, where a
 * merchant sees it. Somebody's request makes one more try (`retry-settlement`).
 */
import { MAX_SETTLE_TRIES, MAX_WAITS, WAIT_FIRST_MS, WAIT_MOST_MS } from "../../limits.ts";
import type { UnsettledReason } from "../../orders/order.ts";
import { backoffMs } from "../../platform/retry.ts";
import type { MoneyEffect } from "./effect.ts";
import type { Backoff, Checkout, Event, RetryScope } from "./model.ts";
import { isWaitedFor } from "./payment-verdict.ts";
import { disputedMinorOf, excessMinor, isSettled } from "./settlement.ts";

type Deferred = Extract<Event, { readonly kind: "deferred" }>;

/** D1 is needed in the end, however long it takes, so what it lacks is sent until it has it. */
const MAX_TRIES: Readonly<Record<RetryScope, number>> = {
	money: MAX_SETTLE_TRIES,
	units: MAX_SETTLE_TRIES,
	record: Number.POSITIVE_INFINITY,
	settlement: Number.POSITIVE_INFINITY,
};

/** An unclear answer to one of these may hide what it did to the payment. */
const CHANGES_OF_PAYMENT: ReadonlySet<string | undefined> = new Set<MoneyEffect["kind"]>(["void", "capture", "refund"]);

/** Until when this strand makes no try; infinite when it has given up. */
export function pausedUntilMs(c: Checkout, strand: RetryScope): number {
	const pause = c.pauses[strand];
	if (pause === undefined) return 0;
	return pause.gaveUpAtMs != null && !pause.tryAgain ? Number.POSITIVE_INFINITY : pause.untilMs;
}

const withPause = (c: Checkout, strand: RetryScope, pause: Backoff): Checkout => ({
	...c,
	pauses: { ...c.pauses, [strand]: pause },
});

export function withoutPause(c: Checkout, strand: RetryScope): Checkout {
	if (c.pauses[strand] === undefined) return c;
	const { [strand]: _, ...pauses } = c.pauses;
	return { ...c, pauses };
}

/** An effect failed, or its result is not known. */
export function defer(c: Checkout, event: Deferred, nowMs: number): Checkout {
	const { strand, pauseMs, unclear, effect, reason = null, isRemembered } = event;
	const failed = withFailure(c, strand, pauseMs, reason, nowMs);
	const keyNumber = isRemembered ? c.keyNumber + 1 : c.keyNumber;
	if (!unclear || c.payment === null) return { ...failed, keyNumber };
	// A read that fails says nothing about the effect before it.
	const asked = CHANGES_OF_PAYMENT.has(effect) ? (effect as MoneyEffect["kind"]) : null;
	return { ...failed, keyNumber, payment: { ...c.payment, inDoubt: true, unclear: asked ?? c.payment.unclear } };
}

function withFailure(
	c: Checkout,
	strand: RetryScope,
	pauseMs: number,
	reason: UnsettledReason | null,
	nowMs: number,
): Checkout {
	if (strand === "money" && isWaitedFor(c)) return waitForPayment(c, nowMs);
	const before = c.pauses[strand];
	const failures = (before?.failures ?? 0) + 1;
	const givesUp = failures >= MAX_TRIES[strand] || reason === "disputed" || before?.gaveUpAtMs != null;
	const gaveUpAtMs = givesUp ? (before?.gaveUpAtMs ?? nowMs) : null;
	return withPause(c, strand, { failures, untilMs: nowMs + pauseMs, reason, gaveUpAtMs, tryAgain: false });
}

/** The payment was read, and only time can show more: it is read again after longer and longer waits. */
export function waitForPayment(c: Checkout, nowMs: number): Checkout {
	const failures = (c.pauses.money?.failures ?? 0) + 1;
	const untilMs = nowMs + backoffMs(failures - 1, WAIT_FIRST_MS, WAIT_MOST_MS);
	const gaveUpAtMs = failures > MAX_WAITS ? (c.pauses.money?.gaveUpAtMs ?? nowMs) : null;
	return withPause(c, "money", { failures, untilMs, reason: "overdue", gaveUpAtMs, tryAgain: false });
}

/** Stops trying: the bank would send another refund back too. */
export const giveUpRefunding = (c: Checkout, nowMs: number): Checkout =>
	withPause(c, "money", {
		failures: c.pauses.money?.failures ?? 0,
		untilMs: nowMs,
		reason: "refund-returned",
		gaveUpAtMs: nowMs,
		tryAgain: false,
	});

/** One more try of what was given up. The payment is read before, since nobody may have told how it stands. */
export function tryAgain(c: Checkout, byMerchant: boolean, nowMs: number): Checkout {
	return (["money", "units"] as const).reduce((after, strand) => {
		const pause = after.pauses[strand];
		if (pause?.gaveUpAtMs == null || pause.tryAgain) return after;
		// Each such try sends money that comes back: a person decides about it.
		if (pause.reason === "refund-returned" && !byMerchant) return after;
		const again = withPause(after, strand, { ...pause, untilMs: nowMs, tryAgain: true });
		if (strand === "units" || again.payment === null) return again;
		return { ...again, payment: { ...again.payment, inDoubt: true } };
	}, c);
}

/** Why the checkout is unsettled as it stands; null when it is settled, or still tries. */
export function unsettledReason(c: Checkout): UnsettledReason | null {
	const { money, units } = c.pauses;
	// What was given up may have been settled by others: the shopper's bank took back what was to be refunded.
	if (money?.gaveUpAtMs != null && !isSettled(c)) return money.reason ?? "provider-unclear";
	if (c.refundsReturned > 0 && excessMinor(c) > 0) return "refund-returned";
	if (disputedMinorOf(c) > 0) return "disputed";
	if (units?.gaveUpAtMs != null) return "units";
	// Money came after its end, and could not be given back at once. No SKU names the checkout any more, so D1 does: should
	// its alarm be lost, the sweep finds it there. One that had no try yet is found when it should be forgotten.
	const hasEndedBefore = c.phase === "closing" && c.endedAtMs !== undefined;
	return hasEndedBefore && money !== undefined ? "overdue" : null;
}
