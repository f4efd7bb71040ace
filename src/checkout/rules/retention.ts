/**
 * What a checkout forgets of its shopper, and when: the e-mail address, where it is sent, and what was noted with it.
 * Pure.
 *
 * - One that ended without a sale forgets them by itself, `KEEP_ENDED_MS` after its end, and its object is emptied. Of one
 *   whose money had moved the rest stays: a dispute or a refund that comes back may be told of months later.
 * - `erase` forgets them at once, of an order too. Lines, amounts and payment stay, so it can still be refunded.
 *
 * What is under way is not erased: a payment is created with the address, and an order is sent to it.
 */
import { KEEP_ENDED_MS, OPENING_MS } from "../../limits.ts";
import { isCommitted } from "./lines.ts";
import type { Checkout } from "./model.ts";
import { nextEffect } from "./next-effect.ts";
import { graceEndMs } from "./payment-verdict.ts";

/** An address that was forgotten is the empty text: D1's column, and code of the version before, want one. */
const NOBODY = "";

export const isForgotten = (c: Checkout): boolean => c.email === NOBODY;

/** Whether it has this e-mail address, in whatever case: so D1 finds it, and mail servers do. */
export const isOf = (c: Checkout, email: string): boolean => c.email.toLowerCase() === email.toLowerCase();

/** The checkout without its shopper's address. Nobody has to be told of an end again because of it. */
export function forgetShopper(c: Checkout): Checkout {
	const forgotten = { ...c, email: NOBODY, shipTo: null, metadata: {} };
	const isTold = c.phase === "closed" && c.toldVersion === c.version;
	return isTold ? { ...forgotten, toldVersion: c.version + 1 } : forgotten;
}

/** Why a checkout is not erased now. */
export const STILL_NEEDED = ["under-way", "preorder-owed", "unsettled"] as const;
export type StillNeeded = (typeof STILL_NEEDED)[number];

/**
 * What the address is still needed for; null when it is not. `under-way`: it may yet be paid. `preorder-owed`: units will
 * be sent there. `unsettled`: somebody may have to pay the shopper back by hand.
 */
export function stillNeededFor(c: Checkout): StillNeeded | null {
	if (c.phase !== "closed" && c.phase !== "completed") return "under-way";
	if (c.unsettled !== null && c.unsettled.settledAtMs === null) return "unsettled";
	return c.lines.some((line) => isCommitted(line) && line.preorderStatus === "owed") ? "preorder-owed" : null;
}

/** When the checkout is to be forgotten, and what stays of it. */
export interface Forgetting {
	readonly atMs: number;
	readonly keeps: "nothing" | "what was paid";
}

/** Null for a sale, and while anything is to be done, settled or told. */
export function forgettingOf(c: Checkout): Forgetting | null {
	if (c.phase !== "closed" || stillNeededFor(c) !== null || nextEffect(c) !== null) return null;
	const keeps = (c.payment?.seen.capturedMinor ?? 0) > 0 ? "what was paid" : "nothing";
	if (keeps !== "nothing" && isForgotten(c)) return null;
	// Whoever was refused has learned why by now or asks again, and a drop refuses a million: nothing of them stays.
	const isRefused = c.ending === "refused" && c.payment === null && c.unsettled === null;
	return { atMs: isRefused || isForgotten(c) ? c.createdAtMs : endedAtMs(c) + KEEP_ENDED_MS, keeps };
}

/** One of earlier code does not say when it ended. */
const endedAtMs = (c: Extract<Checkout, { phase: "closing" | "closed" }>): number =>
	c.endedAtMs ?? (c.window === null ? c.createdAtMs + OPENING_MS : graceEndMs(c.window));
