/**
 * Refunds that the merchant requests: which units and adjustments may be refunded, and what a line is after that. Pure.
 * How much money goes back follows from what is left: `settlement.ts`.
 */
import { leftMinor, refundAdjustments } from "./amounts.ts";
import { isCommitted, withLine } from "./lines.ts";
import type { Checkout, Committed, RefundAdjustment, RefundUnits } from "./model.ts";
import { disputedMinorOf } from "./settlement.ts";

export type RefundRefusal =
	/** The shopper's bank has taken the money back, or is about to: whoever refunds it too pays twice. */
	| { readonly kind: "disputed" }
	| { readonly kind: "not-refundable" }
	| { readonly kind: "refund-exceeds"; readonly sku: string; readonly refundable: number }
	| { readonly kind: "adjustment-exceeds"; readonly index: number; readonly refundableMinor: number };

/** Units of a line whose price has not been refunded. */
const refundableUnits = (line: Committed): number => (line.cancelling ? 0 : line.quantity - line.refunded);

export interface Refund {
	readonly units: readonly RefundUnits[];
	readonly adjustments: readonly RefundAdjustment[];
}

/** An adjustment that is requested; without an amount, all that is left of it. */
export interface RequestedAdjustment {
	readonly index: number;
	readonly amountMinor: number | null;
	/** Of the amount. One in another currency is refused. */
	readonly currency?: string | null;
}

/**
 * What a refund covers: the units and adjustments requested, or all that is left when both are null. A pre-order that is
 * still owed can only be refunded whole.
 */
export function decideRefund(
	c: Checkout,
	requested: readonly RefundUnits[] | null,
	named: readonly RequestedAdjustment[] | null = null,
): ({ readonly kind: "refundable" } & Refund) | RefundRefusal {
	if (c.phase !== "completed") return { kind: "not-refundable" };
	const isAll = requested === null && named === null;
	const whole = allThatIsLeft(c);
	const asked = isAll ? whole : { units: requested ?? [], adjustments: named ?? [] };
	// What asks for no more is one more try of what is owed already, and of that the dispute is no part.
	const asksForMore = asked.units.length > 0 || asked.adjustments.length > 0;
	if (asksForMore && disputedMinorOf(c) > 0) return { kind: "disputed" };
	if (isAll) return { kind: "refundable", ...whole };
	const lines = c.lines.filter(isCommitted);
	for (const { sku, quantity } of asked.units) {
		const line = lines.find((line) => line.sku === sku);
		const left = line ? refundableUnits(line) : 0;
		if (quantity > left || (line?.preorderStatus === "owed" && quantity < left)) {
			return { kind: "refund-exceeds", sku, refundable: left };
		}
	}
	const adjustments: RefundAdjustment[] = [];
	for (const { index, amountMinor, currency } of named ?? []) {
		const adjustment = c.adjustments[index];
		const left = adjustment ? leftMinor(adjustment) : 0;
		const isForeign = currency != null && currency !== adjustment?.currency;
		if (left === 0 || isForeign || (amountMinor ?? left) > left) {
			return { kind: "adjustment-exceeds", index, refundableMinor: left };
		}
		adjustments.push({ index, amountMinor: amountMinor ?? left });
	}
	return { kind: "refundable", units: asked.units, adjustments };
}

function allThatIsLeft(c: Checkout): Refund {
	const units = c.lines
		.filter(isCommitted)
		.map((line) => ({ sku: line.sku, quantity: refundableUnits(line) }))
		.filter(({ quantity }) => quantity > 0);
	const adjustments = c.adjustments
		.map((adjustment, index) => ({ index, amountMinor: leftMinor(adjustment) }))
		.filter(({ amountMinor }) => amountMinor > 0);
	return { units, adjustments };
}

/**
 * Marks units as refunded. A pre-order that is owed is cancelled at its SKU first: it may have been filled meanwhile.
 */
export function startRefund(
	c: Checkout,
	{ units, adjustments }: Refund,
	restock: boolean,
	evenIfFilled: boolean,
): Checkout {
	const after = refundAdjustments(c.adjustments, adjustments);
	const begun = after === c.adjustments ? c : { ...c, adjustments: after };
	return units.reduce(
		(after, { sku, quantity }) =>
			withLine(after, sku, "committed", (line) =>
				line.preorderStatus === "owed"
					? { ...line, cancelling: true, refundIfFilled: evenIfFilled ? { restock } : null }
					: refundUnits(line, quantity, restock),
			),
		begun,
	);
}

export const refundUnits = (line: Committed, quantity: number, restock: boolean): Committed => ({
	...line,
	refunded: line.refunded + quantity,
	toReturn: line.toReturn + (restock ? quantity : 0),
});
