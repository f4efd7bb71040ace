/** What is not decided about a payment when the window ends, and how long it is waited for. Pure. */
import type { Payment } from "../../payments/provider.ts";
import type { Checkout, PaymentWindow } from "./model.ts";

export const graceEndMs = (window: PaymentWindow): number => window.payByMs + window.graceMs;

/**
 * The window is over, and the payment was not decided when it was last seen: until it is voided, the provider may still
 * answer that it was paid in time.
 */
export function awaitsPaymentVerdict(c: Checkout): boolean {
	const status = c.payment?.seen.status;
	return c.phase === "closing" && c.ending === "expired" && (status === "open" || status === "processing");
}

/**
 * Whether only the shopper's bank can say how it goes on: a debit that it has not answered, or an attempt that was under
 * way when the window ended, until the grace ends too.
 */
export function isWaitedFor(c: Checkout): boolean {
	const seen = c.payment?.seen;
	if (seen?.status === "processing") return true;
	return seen?.attemptUnderWay === true && awaitsPaymentVerdict(c) && c.phase === "closing" && !c.graceOver;
}

/**
 * Whether the answer to a read is too old to call the payment off by it: the shopper may have paid while the provider
 * took its time, and what was paid within the grace is a sale. A read that began after the grace is never too old.
 */
export function isTooOldToCallOff(c: Checkout, answer: Payment, askedAtMs: number, nowMs: number, freshMs: number) {
	if (!awaitsPaymentVerdict(c) || c.phase !== "closing" || c.window === null || answer.status !== "open") return false;
	return nowMs - askedAtMs > freshMs && askedAtMs < graceEndMs(c.window);
}
