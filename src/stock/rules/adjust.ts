/**
 * Units that arrive, are counted again, are taken from holds, or come back from a sale. Pure, like `ledger.ts`.
 *
 * They become available here and nothing more: who gets them is `handOut`'s to say (`ledger.ts`).
 */
import { assert } from "../../platform/assert.ts";
import { changePreorder, changeReservation, post } from "./bookkeeping.ts";
import type { Change, CheckoutRows, Preorder, Reservation, Stock } from "./model.ts";

export function receive(stock: Stock, quantity: number, note: string | null): Change {
	assert(Number.isSafeInteger(quantity) && quantity > 0, `cannot receive ${quantity}`);
	const posted = post(stock, "received", quantity, { received: quantity, available: quantity }, { note });
	return { stock: posted.stock, reservations: [], preorders: [], entries: [posted.entry] };
}

export type AdjustDecision =
	| { readonly kind: "adjusted"; readonly change: Change }
	/** It would take units that are held: `shortBy` units would have to leave their holders. */
	| { readonly kind: "below-held"; readonly shortBy: number };

/** A counted correction of what is on hand. It never touches units that somebody holds: `bump` frees those first. */
export function adjust(stock: Stock, delta: number, reason: string): AdjustDecision {
	if (stock.available + delta < 0) return { kind: "below-held", shortBy: -(stock.available + delta) };
	const posted = post(stock, "adjusted", delta, { adjusted: delta, available: delta }, { note: reason });
	return {
		kind: "adjusted",
		change: { stock: posted.stock, reservations: [], preorders: [], entries: [posted.entry] },
	};
}

/**
 * Takes the units of a hold for a forced adjustment and puts its shopper at the front of the line. Bumping the newest
 * hold first leaves the oldest of the bumped at the very front, since each goes before `frontPlace`.
 */
export function displace(stock: Stock, hold: Reservation, frontPlace: number): Change {
	assert(hold.status === "held", `only a hold is bumped: ${hold.id} is ${hold.status}`);
	const reservation: Reservation = {
		...hold,
		status: "waiting",
		expiresAtMs: null,
		place: frontPlace - 1,
		version: hold.version + 1,
	};
	return changeReservation(stock, "bumped", reservation, {
		held: -hold.quantity,
		available: hold.quantity,
		waiting: hold.quantity,
	});
}

/**
 * Units of a sale come back until `total` of them have, so that saying it twice does it once. What was sold is available
 * again; what is only owed stops being owed. Null when there is nothing to do.
 */
export function returnSold(stock: Stock, claim: CheckoutRows, total: number, nowMs: number): Change | null {
	const { reservation, preorder } = claim;
	if (reservation?.status === "sold") {
		const quantity = Math.min(total, reservation.quantity) - reservation.returned;
		if (quantity <= 0) return null;
		const next = { ...reservation, returned: reservation.returned + quantity, version: reservation.version + 1 };
		return changeReservation(
			stock,
			"returned",
			next,
			{ sold: -quantity, available: quantity, returned: quantity },
			quantity,
		);
	}
	if (preorder?.status !== "owed" && preorder?.status !== "filled") return null;
	const quantity = Math.min(total, preorder.quantity) - preorder.returned;
	if (quantity <= 0) return null;
	const next = { ...preorder, returned: preorder.returned + quantity, version: preorder.version + 1 };
	if (preorder.status === "filled") {
		return changePreorder(
			stock,
			"returned",
			next,
			{ sold: -quantity, available: quantity, returned: quantity },
			quantity,
		);
	}
	const cancelled: Preorder = next.returned < next.quantity ? next : { ...next, status: "cancelled", endedAtMs: nowMs };
	return changePreorder(stock, "preorder-cancelled", cancelled, { owed: -quantity, cancelled: quantity }, quantity);
}
