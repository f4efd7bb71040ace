/** The order that a completed checkout becomes. Pure. */
import { orderIdOf } from "../ids.ts";
import type { Order, OrderLine } from "../orders/order.ts";
import { assert } from "../platform/assert.ts";
import type { Checkout } from "./rules/model.ts";
import { dueMinor, netCapturedMinor } from "./rules/settlement.ts";

/** The order of a checkout; null until it is completed. */
export function orderOf(c: Checkout): Order | null {
	if (c.phase !== "completed") return null;
	const committed = c.lines.filter((line) => line.claim === "committed");
	const [first] = committed;
	const kept = committed.filter((line) => line.refunded < line.quantity);
	const refunded = committed.some((line) => line.refunded > 0);
	const pendingMinor = Math.max(0, netCapturedMinor(c) - dueMinor(c));
	assert(first !== undefined, "a completed checkout has a line");
	return {
		id: orderIdOf(c.id),
		checkoutId: c.id,
		shopperId: c.shopperId,
		email: c.email,
		status: kept.length === 0 && pendingMinor === 0 ? "refunded" : refunded ? "partially_refunded" : "paid",
		currency: first.currency,
		totalMinor: committed.reduce((sum, line) => sum + line.quantity * line.unitPriceMinor, 0),
		refundedMinor: c.payment?.seen.refundedMinor ?? 0,
		refundPendingMinor: pendingMinor,
		unsettled: null,
		payment: c.payment && { provider: c.payment.provider, id: c.payment.seen.id },
		createdAtMs: c.createdAtMs,
		completedAtMs: c.completedAtMs,
		version: c.version,
		lines: committed.map(
			({
				preorder,
				preorderStatus,
				sku,
				title,
				quantity,
				unitPriceMinor,
				fulfilment,
				subjectId,
				...line
			}): OrderLine => ({
				...{ sku, title, quantity, unitPriceMinor, fulfilment, subjectId },
				preorder: preorder && preorderStatus && { ...preorder, status: preorderStatus },
				refunded: line.refunded,
				returned: line.returned,
			}),
		),
	};
}
