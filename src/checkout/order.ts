/** The order that a completed checkout becomes. Pure. */
import { orderIdOf } from "../ids.ts";
import type { SettlementRecord } from "../orders/messages.ts";
import type { Order, OrderLine, OrderStatus, UnsettledReason } from "../orders/order.ts";
import { assert } from "../platform/assert.ts";
import { soldMinor } from "./rules/amounts.ts";
import { isCommitted } from "./rules/lines.ts";
import type { Checkout, Committed } from "./rules/model.ts";
import { disputedMinorOf, dueMinor, excessMinor, netCapturedMinor } from "./rules/settlement.ts";

/** The order of a checkout; null until it is completed. */
export function orderOf(c: Checkout): Order | null {
	if (c.phase !== "completed") return null;
	const committed = c.lines.filter(isCommitted);
	const [first] = committed;
	assert(first !== undefined, "a completed checkout has a line");
	const totalMinor = soldMinor(c);
	return {
		id: orderIdOf(c.id),
		checkoutId: c.id,
		shopperId: c.shopperId,
		email: c.email,
		status: orderStatus(c, committed, totalMinor),
		currency: first.currency,
		totalMinor,
		refundedMinor: c.payment?.seen.refundedMinor ?? 0,
		refundPendingMinor: excessMinor(c),
		unsettled: unsettledOf(c),
		payment: c.payment && { provider: c.payment.provider, id: c.payment.reference ?? c.payment.seen.id },
		createdAtMs: c.createdAtMs,
		completedAtMs: c.completedAtMs,
		version: c.version,
		lines: committed.map(orderLine),
		adjustments: c.adjustments.map(({ currency: _, ...adjustment }) => adjustment),
		shipTo: c.shipTo,
		metadata: c.metadata,
	};
}

/** The status follows the money that is there, also when the merchant or the bank moved it without us. */
function orderStatus(c: Checkout, lines: readonly Committed[], totalMinor: number): OrderStatus {
	if (disputedMinorOf(c) > 0) return "disputed";
	const isEachRefunded = lines.every((line) => line.refunded === line.quantity);
	if (isEachRefunded && dueMinor(c) === 0 && excessMinor(c) === 0) return "refunded";
	const seen = c.payment?.seen;
	const isGone = totalMinor > 0 && (seen?.status === "captured" || seen?.status === "voided");
	if (isGone && netCapturedMinor(c) <= 0) return "refunded";
	const isNamed =
		lines.some((line) => line.refunded > 0) || c.adjustments.some(({ refundedMinor }) => refundedMinor > 0);
	const isAnyRefunded = isNamed || (seen?.refundedMinor ?? 0) > 0;
	return isAnyRefunded ? "partially_refunded" : "paid";
}

function orderLine(line: Committed): OrderLine {
	const { sku, title, quantity, unitPriceMinor, fulfilment, subjectId, preorder, preorderStatus, accepted } = line;
	const acceptedAtMs = accepted?.acceptedAtMs ?? null;
	return {
		...{ sku, title, quantity, unitPriceMinor, fulfilment, subjectId },
		preorder: preorder && preorderStatus && { ...preorder, status: preorderStatus, acceptedAtMs },
		refunded: line.refunded,
		returned: line.returned,
	};
}

/** Why the checkout cannot settle its money or its units; null when it can. One of earlier code does not say so. */
export const unsettledOf = (c: Checkout): UnsettledReason | null =>
	c.unsettled != null && c.unsettled.settledAtMs === null ? c.unsettled.reason : null;

/** What D1 should know of what is, or was, unsettled; null when nothing ever was. */
export function settlementRecordOf(c: Checkout): SettlementRecord | null {
	if (c.unsettled === null) return null;
	const { reason, sinceMs, settledAtMs, version } = c.unsettled;
	return { checkoutId: c.id, shopperId: c.shopperId, version, phase: c.phase, reason, sinceMs, settledAtMs };
}
