/**
 * Messages of a checkout that come late. Two calls to one object have no order, and a call may be repeated, so a message
 * can arrive after the attempt that sent it is over, or even after the next attempt of the checkout has begun.
 *
 * The attempt is in every claim. An older one than the newest known changes nothing, and so does one that ended here
 * without a sale, which is remembered for a while (`storage/ended-attempts.ts`). Code that names no attempt is believed.
 *
 * What was refused leaves nothing here to remember, since a loser must not cost a write. So a claim also goes by its age.
 */
import { MAX_PIN_AGE_MS } from "../../limits.ts";
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

/** September 2001. Attempts below it are counted from 1, by code that did not take them from the clock. */
const FIRST_BY_CLOCK = 1_000_000_000_000;

/** Whether the attempt, which is the time at which it began, is too old to be still opening: it may pin nothing new. */
export function isTooOldToPin(attempt: number | undefined, nowMs: number): boolean {
	return attempt !== undefined && attempt >= FIRST_BY_CLOCK && nowMs - attempt > MAX_PIN_AGE_MS;
}
