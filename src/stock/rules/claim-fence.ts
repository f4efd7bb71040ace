/**
 * Messages of a checkout that come late. Two calls to one object have no order, and a call may be repeated, so a message
 * can arrive after the attempt that sent it is over, or even after the next attempt of the checkout has begun.
 *
 * The attempt is in every claim. An older one than the newest known changes nothing, and so does one that ended here
 * without a sale, which is remembered for a while (`storage/ended-attempts.ts`). Code that names no attempt is believed.
 */
import type { CheckoutRows } from "./model.ts";

/** Whether a newer attempt of the checkout has claimed here, or has ended here. */
export function isSuperseded({ reservation, preorder, ended }: CheckoutRows, attempt: number | undefined): boolean {
	if (attempt === undefined) return false;
	return Math.max(reservation?.pin?.attempt ?? 0, preorder?.attempt ?? 0, ended?.attempt ?? 0) > attempt;
}

/** Whether the attempt ended here without a sale, or a newer one has begun: it may claim nothing any more. */
export function isOver(rows: CheckoutRows, attempt: number | undefined): boolean {
	return isSuperseded(rows, attempt) || (attempt !== undefined && rows.ended?.attempt === attempt);
}
