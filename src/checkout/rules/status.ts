/** The status of a checkout in the API's words, and why it ended. Pure. */
import { assertNever } from "../../platform/assert.ts";
import type { Checkout, EndReason } from "./model.ts";
import { orderOf } from "./order.ts";
import { awaitsPaymentVerdict } from "./payment-snapshot.ts";

export type CheckoutStatus =
	| "awaiting_payment"
	| "committing"
	| "completed"
	| "payment_failed"
	| "cancelled"
	| "expired"
	| "refunded";

/**
 * A closing checkout bears its ending's name at once, since the decision is made and only the tidying up is left; but one
 * that may turn out to have been paid in time is not called expired before that is known.
 */
export function statusOf(c: Checkout): CheckoutStatus {
	switch (c.phase) {
		case "opening":
			return "awaiting_payment";
		case "awaiting":
			return unpaid(c);
		case "committing":
			return "committing";
		case "completed":
			return orderOf(c)?.status === "refunded" ? "refunded" : "completed";
		case "closing":
		case "closed":
			if (c.payment !== null && c.payment.seen.refundedMinor > 0) return "refunded";
			if (c.ending === "lost") return "refunded";
			if (awaitsPaymentVerdict(c)) return unpaid(c);
			return c.ending === "expired" ? "expired" : "cancelled";
		default:
			return assertNever(c);
	}
}

const unpaid = (c: Checkout): CheckoutStatus => (c.payment?.seen.declined ? "payment_failed" : "awaiting_payment");

/** Why it ended, or is about to, without a sale; null when it has not. */
export const endReasonOf = (c: Checkout): EndReason | null =>
	c.phase === "closing" || c.phase === "closed" ? c.ending : null;
