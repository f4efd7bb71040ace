/**
 * Units that arrive, are counted again, or are taken from holds.
 *
 * They become available here and nothing more: `allocate.ts` decides who gets them.
 */
import { assert } from "../../platform/assert.ts";
import { changeReservation, post } from "./bookkeeping.ts";
import type { Change, Reservation, Stock } from "./model.ts";

/** Units arrive. @param note the merchant's reference, for the journal */
export function receive(stock: Stock, quantity: number, note: string | null): Change {
	assert(Number.isSafeInteger(quantity) && quantity > 0, `cannot receive ${quantity}`);
	const posted = post(stock, "received", quantity, { received: quantity, available: quantity }, { note });
	return { stock: posted.stock, reservations: [], preorders: [], entries: [posted.entry] };
}

export type AdjustDecision =
	| { readonly kind: "adjusted"; readonly change: Change }
	/** The correction would take held units: `shortBy` of them would have to be freed first. */
	| { readonly kind: "below-held"; readonly shortBy: number };

/** Corrects the count of units on hand. It never takes held units: `displace` frees those first. */
export function adjust(stock: Stock, delta: number, reason: string): AdjustDecision {
	if (stock.available + delta < 0) return { kind: "below-held", shortBy: -(stock.available + delta) };
	const posted = post(stock, "adjusted", delta, { adjusted: delta, available: delta }, { note: reason });
	return {
		kind: "adjusted",
		change: { stock: posted.stock, reservations: [], preorders: [], entries: [posted.entry] },
	};
}

/**
 * Frees the units of a hold for a forced adjustment, and puts its shopper at the front of the waitlist. Each goes
 * before `frontPlace`: when the newest hold is displaced first, the oldest of those displaced ends up at the very
 * front.
 */
export function displace(stock: Stock, hold: Reservation, frontPlace: number): Change {
	assert(hold.status === "held", `only a hold is bumped: ${hold.id} is ${hold.status}`);
	const reservation: Reservation = {
		...hold,
		status: "waiting",
		expiresAtMs: null,
		heldUntilMs: null,
		checkoutId: null,
		heldSinceMs: null,
		// The address was for the promotion that is now undone.
		absent: false,
		place: frontPlace - 1,
		version: hold.version + 1,
	};
	return changeReservation(stock, "bumped", reservation, {
		held: -hold.quantity,
		available: hold.quantity,
		waiting: hold.quantity,
	});
}
