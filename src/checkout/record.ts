/** What a checkout is to others: its status in the API's words, and the order that it becomes. Pure. */

import { orderIdOf } from "../objects.ts";
import type { Order, OrderLine } from "../orders/order.ts";
import { assert, unreachable } from "../platform/assert.ts";
import type { Checkout } from "./saga.ts";
import { dueMinor } from "./saga.ts";

export type CheckoutStatus =
	| "awaiting_payment"
	| "committing"
	| "completed"
	| "payment_failed"
	| "cancelled"
	| "expired"
	| "refunded";

/** A closing checkout bears its ending's name at once: the decision is made, and only the tidying up is left. */
export function statusOf(c: Checkout): CheckoutStatus {
	switch (c.phase) {
		case "opening":
			return "awaiting_payment";
		case "awaiting":
			return c.payment?.seen.declined ? "payment_failed" : "awaiting_payment";
		case "committing":
			return "committing";
		case "completed":
			return "completed";
		case "closing":
		case "closed":
			if (c.payment !== null && c.payment.seen.refundedMinor > 0) return "refunded";
			if (c.ending === "lost") return "refunded";
			return c.ending === "expired" ? "expired" : "cancelled";
		default:
			return unreachable(c);
	}
}

/** The order of a completed checkout; null before. */
export function orderOf(c: Checkout): Order | null {
	if (c.phase !== "completed") return null;
	const committed = c.lines.filter((line) => line.claim === "committed");
	const [first] = committed;
	assert(first !== undefined, "a completed checkout has a line");
	return {
		id: orderIdOf(c.id),
		checkoutId: c.id,
		shopperId: c.shopperId,
		email: c.email,
		status: "paid",
		currency: first.currency,
		totalMinor: dueMinor(c),
		refundedMinor: c.payment?.seen.refundedMinor ?? 0,
		payment: c.payment && { provider: c.payment.provider, id: c.payment.seen.id },
		createdAtMs: c.createdAtMs,
		completedAtMs: c.completedAtMs,
		version: c.version,
		lines: committed.map(
			({ sku, title, quantity, unitPriceMinor, fulfilment, subjectId, preorder }): OrderLine => ({
				sku,
				title,
				quantity,
				unitPriceMinor,
				fulfilment,
				subjectId,
				preorder,
			}),
		),
	};
}
