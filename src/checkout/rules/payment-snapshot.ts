/** What the provider said of a payment: which of two snapshots counts, and whether the checkout is paid, and in time. Pure. */
import type { Payment } from "../../payments/provider.ts";
import type { Checkout, PaymentWindow } from "./model.ts";
import { netCapturedMinor, totalMinor } from "./settlement.ts";

/** How far a payment has come. Money that was taken outranks everything: it is there, whatever we did before. */
const RANK = { open: 0, authorised: 1, voided: 2, captured: 3 } as const;

/** Takes the provider's word unless it is older than what we know: no late "paid" revives what was voided or refunded. */
export function mergePaymentSnapshot(c: Checkout, news: Payment, asked: boolean): Checkout {
	if (c.payment === null) return c;
	const { seen: known, inDoubt } = c.payment;
	if (known.id !== news.id) return c;
	const further =
		RANK[news.status] - RANK[known.status] ||
		news.capturedMinor - known.capturedMinor ||
		news.refundedMinor - known.refundedMinor;
	// When a card was turned down is not always told the same: that alone makes no answer of ours an old one.
	const newer = further || (news.declined?.atMs ?? 0) - (known.declined?.atMs ?? 0);
	if (further < 0 || (newer <= 0 && !(asked && inDoubt))) return c;
	return { ...c, payment: { ...c.payment, seen: newer > 0 ? news : known, inDoubt: inDoubt && !asked } };
}

/** The money for all of it is there. What was taken only in part, or given back by hand meanwhile, pays for nothing. */
export const isPaid = (c: Checkout): boolean =>
	c.payment?.seen.status === "authorised" || (isCaptured(c) && netCapturedMinor(c) >= totalMinor(c));

export const isCaptured = (c: Checkout): boolean => c.payment?.seen.status === "captured";

/** Judged by when the shopper paid, not by when the news came. */
export function paidInTime(c: Checkout, window: PaymentWindow, nowMs: number): boolean {
	return (c.payment?.seen.paidAtMs ?? nowMs) <= window.payByMs + window.graceMs;
}

/**
 * The window is over, and the payment was open when it was last seen: until it is called off, the provider may yet say
 * that it was paid in time.
 */
export function awaitsPaymentVerdict(c: Checkout): boolean {
	return c.phase === "closing" && c.ending === "expired" && c.payment?.seen.status === "open";
}
