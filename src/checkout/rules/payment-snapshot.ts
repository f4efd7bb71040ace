/**
 * Snapshots of a payment as the provider sends them: what a new one changes, and whether the checkout is paid, and in
 * time. Pure.
 *
 * A webhook may be late or untrue: it moves the payment forward, and one that contradicts what is known only puts the
 * payment in doubt, so that it is read. The answer to a question of our own is the present, downwards too, unless
 * another snapshot was taken while we waited for it.
 */
import type { Payment } from "../../payments/provider.ts";
import type { Checkout, Event, PaymentState, PaymentWindow } from "./model.ts";
import { graceEndMs } from "./payment-verdict.ts";
import { keptMinor, totalMinor } from "./settlement.ts";

/** How far a payment has come. `captured` outranks `voided`: captured money is there, whatever we did before. */
const RANK = { open: 0, processing: 1, authorised: 2, voided: 3, captured: 4 } as const;

export type Sighting = Extract<Event, { readonly kind: "payment-seen" | "refund-returned" }>;

/** A snapshot as code of the version before stores and sends it lacks two members. */
export const completeSnapshot = (payment: Payment): Payment => ({
	...payment,
	attemptUnderWay: payment.attemptUnderWay ?? false,
	disputedMinor: payment.disputedMinor ?? 0,
});

/** More than zero when `a` is further than `b`, less when it is behind. Neither disputes nor declines count. */
export function compareProgress(a: Payment, b: Payment): number {
	return RANK[a.status] - RANK[b.status] || a.capturedMinor - b.capturedMinor || a.refundedMinor - b.refundedMinor;
}

/** Whether the answer shows the payment as it is now: nothing newer was taken since we asked. */
function isPresent(event: Sighting, known: PaymentState): boolean {
	const { asked, revision } = event;
	return revision == null ? asked : revision === known.revision;
}

/** Whether this snapshot shows that the shopper's bank has sent a refund back. */
export function showsReturnedRefund(c: Checkout, event: Sighting): boolean {
	if (c.payment === null || c.payment.seen.id !== event.payment.id || !isPresent(event, c.payment)) return false;
	const { seen } = c.payment;
	const { status, capturedMinor, refundedMinor } = event.payment;
	return status === seen.status && capturedMinor === seen.capturedMinor && refundedMinor < seen.refundedMinor;
}

/** The checkout with what the snapshot says; the same object when it says nothing new. */
export function mergePaymentSnapshot(c: Checkout, event: Sighting): Checkout {
	const { payment: known } = c;
	if (known === null || known.seen.id !== event.payment.id) return c;
	const snapshot = completeSnapshot(event.payment);
	const { seen } = known;
	const progress = compareProgress(snapshot, seen);
	const isOtherwise =
		snapshot.disputedMinor !== seen.disputedMinor || snapshot.attemptUnderWay !== seen.attemptUnderWay;
	// Providers do not always date a decline alike: an earlier date alone does not make a snapshot another one.
	const isNewerDecline = (snapshot.declined?.atMs ?? 0) > (seen.declined?.atMs ?? 0);
	if (isPresent(event, known)) {
		const isNews = progress !== 0 || isOtherwise || isNewerDecline;
		if (!isNews && !(event.asked && known.inDoubt)) return c;
		const inDoubt = known.inDoubt && !event.asked;
		return {
			...c,
			...(isDead(c, event, progress) ? { keyNumber: c.keyNumber + 1 } : {}),
			payment: isNews
				? { ...known, seen: snapshot, revision: known.revision + 1, inDoubt, unclear: inDoubt ? known.unclear : null }
				: { ...known, inDoubt, unclear: null },
		};
	}
	if (progress > 0 || (progress === 0 && isNewerDecline)) {
		return { ...c, payment: { ...known, seen: snapshot, revision: known.revision + 1 } };
	}
	const contradicts = progress < 0 || snapshot.disputedMinor !== seen.disputedMinor;
	return contradicts && !known.inDoubt ? { ...c, payment: { ...known, inDoubt: true } } : c;
}

/**
 * Whether the key of the effect that put the payment in doubt is of no more use: the payment was read, and it was not
 * done. A void or a capture that takes effect after all is refused to the second key, or the other way round. A refund
 * would be made twice, so its key changes only when the provider says that the key is dead, or the refund came back.
 */
function isDead(c: Checkout, event: Sighting, progress: number): boolean {
	if (showsReturnedRefund(c, event)) return true;
	const unclear = c.payment?.unclear;
	return event.asked && progress === 0 && (unclear === "void" || unclear === "capture");
}

/**
 * Whether the money for every line is there. Money captured in part, or refunded by hand meanwhile, pays for nothing.
 */
export const isPaid = (c: Checkout): boolean =>
	c.payment?.seen.status === "authorised" || (isCaptured(c) && keptMinor(c) >= totalMinor(c));

export const isCaptured = (c: Checkout): boolean => c.payment?.seen.status === "captured";

/** Judged by when the shopper paid, not by when the webhook arrived. */
export function paidInTime(c: Checkout, window: PaymentWindow, nowMs: number): boolean {
	return (c.payment?.seen.paidAtMs ?? nowMs) <= graceEndMs(window);
}
