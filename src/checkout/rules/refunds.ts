/**
 * Refunds that the merchant requests: which units may be refunded, and what a line is after that. Pure. How much money
 * goes back follows from the lines: `settlement.ts`.
 */
import { isCommitted, withLine } from "./lines.ts";
import type { Checkout, Committed, RefundUnits } from "./model.ts";
import { disputedMinorOf } from "./settlement.ts";

export type RefundRefusal =
	/** The shopper's bank has taken the money back, or is about to: whoever refunds it too pays twice. */
	| { readonly kind: "disputed" }
	| { readonly kind: "not-refundable" }
	| { readonly kind: "refund-exceeds"; readonly sku: string; readonly refundable: number };

/** Units of a line whose price has not been refunded. */
const refundableUnits = (line: Committed): number => (line.cancelling ? 0 : line.quantity - line.refunded);

/**
 * Which units a refund covers: those requested, or all that are left when `requested` is null. A pre-order that is
 * still owed can only be refunded whole.
 */
export function decideRefund(
	c: Checkout,
	requested: readonly RefundUnits[] | null,
): { readonly kind: "refundable"; readonly units: readonly RefundUnits[] } | RefundRefusal {
	if (c.phase !== "completed") return { kind: "not-refundable" };
	if (disputedMinorOf(c) > 0) return { kind: "disputed" };
	const lines = c.lines.filter(isCommitted);
	const all = lines
		.map((line) => ({ sku: line.sku, quantity: refundableUnits(line) }))
		.filter(({ quantity }) => quantity > 0);
	for (const { sku, quantity } of requested ?? []) {
		const line = lines.find((line) => line.sku === sku);
		const left = line ? refundableUnits(line) : 0;
		if (quantity > left || (line?.preorderStatus === "owed" && quantity < left)) {
			return { kind: "refund-exceeds", sku, refundable: left };
		}
	}
	return { kind: "refundable", units: requested ?? all };
}

/**
 * Marks units as refunded. A pre-order that is owed is cancelled at its SKU first: it may have been filled meanwhile.
 */
export function startRefund(
	c: Checkout,
	units: readonly RefundUnits[],
	restock: boolean,
	evenIfFilled: boolean,
): Checkout {
	return units.reduce(
		(after, { sku, quantity }) =>
			withLine(after, sku, "committed", (line) =>
				line.preorderStatus === "owed"
					? { ...line, cancelling: true, refundIfFilled: evenIfFilled ? { restock } : null }
					: refundUnits(line, quantity, restock),
			),
		c,
	);
}

export const refundUnits = (line: Committed, quantity: number, restock: boolean): Committed => ({
	...line,
	refunded: line.refunded + quantity,
	toReturn: line.toReturn + (restock ? quantity : 0),
});
