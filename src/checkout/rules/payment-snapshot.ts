/**
 * Snapshots of a payment as the provider sends them: which of two is the newer, and whether the checkout is paid, and
 * in time. Pure.
 */
import type { Payment } from "../../payments/provider.ts";
import type { Checkout, PaymentWindow } from "./model.ts";
import { netCapturedMinor, totalMinor } from "./settlement.ts";

/** How far a payment has come. `captured` outranks `voided`: captured money is there, whatever we did before. */
const RANK = { open: 0, processing: 1, authorised: 2, voided: 3, captured: 4 } as const;

/**
 * Takes a snapshot unless it is older than the known one: no late "paid" revives what was voided or refunded.
 * @param asked whether it answers a call of an effect, which ends a doubt
 */
export function mergePaymentSnapshot(c: Checkout, snapshot: Payment, asked: boolean): Checkout {
	if (c.payment === null) return c;
	const { seen: known, inDoubt } = c.payment;
	if (known.id !== snapshot.id) return c;
	const further =
		RANK[snapshot.status] - RANK[known.status] ||
		snapshot.capturedMinor - known.capturedMinor ||
		snapshot.refundedMinor - known.refundedMinor;
	// Providers do not always date a decline alike: an earlier date alone does not make an answer old.
	const newer = further || (snapshot.declined?.atMs ?? 0) - (known.declined?.atMs ?? 0);
	if (further < 0 || (newer <= 0 && !(asked && inDoubt))) return c;
	return { ...c, payment: { ...c.payment, seen: newer > 0 ? snapshot : known, inDoubt: inDoubt && !asked } };
}

/**
 * Whether the money for every line is there. Money captured in part, or refunded by hand meanwhile, pays for nothing.
 */
export const isPaid = (c: Checkout): boolean =>
	c.payment?.seen.status === "authorised" || (isCaptured(c) && netCapturedMinor(c) >= totalMinor(c));

export const isCaptured = (c: Checkout): boolean => c.payment?.seen.status === "captured";

/** Judged by when the shopper paid, not by when the webhook arrived. */
export function paidInTime(c: Checkout, window: PaymentWindow, nowMs: number): boolean {
	return (c.payment?.seen.paidAtMs ?? nowMs) <= window.payByMs + window.graceMs;
}

/**
 * The window is over, and the payment was open when it was last seen: until it is voided, the provider may still answer
 * that it was paid in time.
 */
export function awaitsPaymentVerdict(c: Checkout): boolean {
	const status = c.payment?.seen.status;
	return c.phase === "closing" && c.ending === "expired" && (status === "open" || status === "processing");
}
