/**
 * The amounts of a checkout that are not lines': shipping, tax, fees and discounts. Pure. Amounts are minor units.
 *
 * The merchant's server says them once, for the whole checkout. They stand as they were said when a part of the lines is
 * refused or lost, and go with the rest when nothing is sold. Discounts come off the lines first, and off the other
 * amounts only where they are larger than all lines: so shipping is given back when it is named, and not before. What is
 * to be paid, and what is left of it after refunds, is never below zero.
 */
import { MAX_METADATA_KEYS } from "../../limits.ts";
import type { Metadata } from "../../orders/order.ts";
import { isCommitted, isPriced, lineValueMinor } from "./lines.ts";
import type { Adjustment, Checkout, Committed, MetadataPatch, RefundAdjustment } from "./model.ts";

const sumOf = <T>(list: readonly T[], amountOf: (one: T) => number): number =>
	list.reduce((sum, one) => sum + amountOf(one), 0);

/** What these lines and all adjustments cost together. */
export const totalOfLines = (linesMinor: number, adjustments: readonly Adjustment[]): number =>
	Math.max(0, linesMinor + sumOf(adjustments, ({ amountMinor }) => amountMinor));

/** What is left to pay after refunds. A pre-order that was cancelled was not sold; while nothing is, nothing is due. */
export function dueOf(lines: readonly Committed[], adjustments: readonly Adjustment[]): number {
	if (lines.every((line) => line.preorderStatus === "cancelled")) return 0;
	const discountMinor = sumOf(adjustments, ({ amountMinor }) => Math.max(0, -amountMinor));
	const othersMinor = sumOf(adjustments, leftMinor);
	const offLinesMinor = Math.min(discountMinor, sumOf(lines, lineValueMinor));
	const keptMinor = sumOf(lines, (line) => (line.quantity - line.refunded) * line.unitPriceMinor);
	return Math.max(0, keptMinor - offLinesMinor) + Math.max(0, othersMinor - (discountMinor - offLinesMinor));
}

/** What can still be refunded of an adjustment by naming it: nothing of a discount, which was never paid. */
export const leftMinor = ({ amountMinor, refundedMinor }: Adjustment): number =>
	Math.max(0, amountMinor) - refundedMinor;

/** Why no checkout can have these amounts; null when it can. */
export type AdjustmentFault = "currencies-differ" | "below-zero";

/** Known only once the SKUs have said their prices. */
export function adjustmentFault(c: Checkout): AdjustmentFault | null {
	const lines = c.lines.filter(isPriced);
	const { adjustments } = c;
	if (adjustments.some(({ currency }) => currency !== lines[0]?.currency)) return "currencies-differ";
	const sumMinor = sumOf(lines, lineValueMinor) + sumOf(adjustments, ({ amountMinor }) => amountMinor);
	return sumMinor < 0 ? "below-zero" : null;
}

/** The adjustments after these refunds of them; the same list without any. */
export function refundAdjustments(
	adjustments: readonly Adjustment[],
	refunds: readonly RefundAdjustment[],
): readonly Adjustment[] {
	return refunds.reduce((after, { index, amountMinor }) => {
		const adjustment = after[index];
		if (adjustment === undefined) return after;
		return after.with(index, { ...adjustment, refundedMinor: adjustment.refundedMinor + amountMinor });
	}, adjustments);
}

/** The order's total: of what was sold, whatever was refunded since. */
export const soldMinor = (c: Checkout): number =>
	totalOfLines(sumOf(c.lines.filter(isCommitted), lineValueMinor), c.adjustments);

/** The metadata after a patch; the same object when nothing changes, and null when there would be too many names. */
export function patchedMetadata(metadata: Metadata, patch: MetadataPatch): Metadata | null {
	const merged = new Map(Object.entries(metadata));
	for (const [name, value] of Object.entries(patch)) {
		if (value === null || value === "") merged.delete(name);
		else merged.set(name, value);
	}
	if (merged.size > MAX_METADATA_KEYS) return null;
	const isSame =
		merged.size === Object.keys(metadata).length && [...merged].every(([name, value]) => metadata[name] === value);
	return isSame ? metadata : Object.fromEntries(merged);
}
