/** What a checkout is to others: its status as the API has it, why it ended, and whether it is late. Pure. */
import { assertNever } from "../platform/assert.ts";
import { orderOf } from "./order.ts";
import type { Checkout, EndReason } from "./rules/model.ts";
import { deadlineMs } from "./rules/next-effect.ts";
import { awaitsPaymentVerdict, graceEndMs } from "./rules/payment-verdict.ts";
import { isSettled, totalMinor } from "./rules/settlement.ts";

export { type AdjustmentFault, adjustmentFault } from "./rules/amounts.ts";
export { outcomeOf, type PaidOutcome } from "./rules/external.ts";
export { isForgotten } from "./rules/retention.ts";

export const CHECKOUT_STATUSES = [
	"awaiting_payment",
	"committing",
	"completed",
	"payment_failed",
	"cancelled",
	"expired",
	"refunded",
] as const;
export type CheckoutStatus = (typeof CHECKOUT_STATUSES)[number];

/**
 * A closing checkout has the status of its ending at once, since the decision is made and only the cleaning up is left.
 * The exception is one that may turn out to have been paid in time: it is not `expired` before that is known.
 */
export function statusOf(c: Checkout): CheckoutStatus {
	switch (c.phase) {
		case "opening":
			return "awaiting_payment";
		case "awaiting":
			return unpaidStatus(c);
		case "committing":
			return "committing";
		case "completed":
			return orderOf(c)?.status === "refunded" ? "refunded" : "completed";
		case "closing":
		case "closed":
			if (c.payment !== null && c.payment.seen.refundedMinor > 0) return "refunded";
			if (c.ending === "lost") return "refunded";
			if (awaitsPaymentVerdict(c)) return unpaidStatus(c);
			return c.ending === "expired" ? "expired" : "cancelled";
		default:
			return assertNever(c);
	}
}

const unpaidStatus = (c: Checkout): CheckoutStatus =>
	c.payment?.seen.declined ? "payment_failed" : "awaiting_payment";

/** Why the checkout ended, or is about to end, without a sale; null otherwise. */
export const endReasonOf = (c: Checkout): EndReason | null =>
	c.phase === "closing" || c.phase === "closed" ? c.ending : null;

/** Whether the shopper paid after the window and its grace were over, by the provider's clock. */
export function isPaidTooLate(c: Checkout): boolean {
	const paidAtMs = c.payment?.seen.paidAtMs ?? null;
	const window = "window" in c ? c.window : null;
	return endReasonOf(c) === "expired" && window !== null && paidAtMs !== null && paidAtMs > graceEndMs(window);
}

/** What the shopper is asked to pay, in minor units; null while no line has a price. */
export function totalOf(c: Checkout): { readonly amountMinor: number; readonly currency: string } | null {
	const currency = c.lines.find((line) => "currency" in line)?.currency;
	return currency === undefined ? null : { amountMinor: totalMinor(c), currency };
}

/** Until when the shopper may pay, or might have; null for a checkout that never came to that. */
export function payByMsOf(c: Checkout): number | null {
	return "payByMs" in c ? c.payByMs : "window" in c ? (c.window?.payByMs ?? null) : null;
}

/**
 * Whether a shopper was ever shown this checkout. One that never opened got a refusal, and nobody finds it by its id.
 */
export function wasOpened(c: Checkout): boolean {
	const reason = endReasonOf(c);
	return reason !== "refused" && reason !== "failed" && reason !== "unpayable";
}

/** A checkout that should have ended, or been settled, by now. */
export interface Overdue {
	readonly checkoutId: string;
	readonly phase: Checkout["phase"];
	/** Since when it should have ended. */
	readonly sinceMs: number;
	/** The provider has yet to do something, or to say what it did. */
	readonly unsettled: boolean;
}

export function overdueOf(c: Checkout, nowMs: number): Overdue | null {
	const sinceMs = deadlineMs(c);
	if (sinceMs === null || nowMs < sinceMs) return null;
	return { checkoutId: c.id, phase: c.phase, sinceMs, unsettled: !isSettled(c) };
}
