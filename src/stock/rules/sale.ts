/**
 * What a checkout does to the stock once it is paid: it sells what was paid for (`commit`), and returns what was refunded
 * (`returnSold`, `noteGivenBack`).
 *
 * Each may be repeated: what was sold or returned already gets the same decision, and changes nothing.
 */
import { canTakeNow, exceedsLimit, preorderOffer } from "./availability.ts";
import { type CounterDeltas, changePreorder, changeReservation, combine } from "./bookkeeping.ts";
import { isOver, isSuperseded } from "./claim-fence.ts";
import {
	type Change,
	type CheckoutRows,
	type DecisionContext,
	isLive,
	newReservation,
	type Pin,
	type Preorder,
	type Reservation,
	type Stock,
} from "./model.ts";
import { type ClaimCommand, newPreorder } from "./purchase.ts";
import { end, pinnedUnits, returnUnits } from "./release.ts";

// ---- The payment

/** The terms that the shopper accepted before the payment, as a pin named them, and when. */
export interface AcceptedTerms {
	readonly termsVersion: string;
	readonly expectedAtMs: number | null;
	readonly acceptedAtMs: number;
}

export interface CommitCommand extends ClaimCommand {
	/**
	 * What becomes of a checkout whose pin is gone: a pre-order by the terms that were accepted, or none. Where it is
	 * absent, `acceptPreorder` accepts whatever the policy says.
	 */
	readonly accepted?: AcceptedTerms | null;
}

export type CommitDecision =
	| { readonly kind: "sold"; readonly reservation: Reservation; readonly change: Change | null }
	| { readonly kind: "owed"; readonly preorder: Preorder; readonly change: Change | null }
	/** The pin is gone, and so are the units: the payment has to be refunded. */
	| { readonly kind: "lost" };

/**
 * The checkout was paid: pinned units become sold, and a pending pre-order becomes owed. The pin may be gone, when the
 * payment was in time but its event came late. Then the units are taken again if they can be had, or else pre-ordered
 * if the shopper accepted that.
 */
export function commit(
	context: DecisionContext,
	rows: CheckoutRows,
	command: CommitCommand,
	nowMs: number,
): CommitDecision {
	const { reservation, preorder } = rows;
	if (isSuperseded(rows, command.attempt)) return { kind: "lost" };
	if (reservation?.status === "sold") return { kind: "sold", reservation, change: null };
	// Also one that was cancelled after it had been paid: it was owed, and nothing is sold in its place.
	if (preorder !== null && preorder.version > 0) return { kind: "owed", preorder, change: null };
	if (isOver(rows, command.attempt)) return { kind: "lost" };
	if (reservation?.status === "paying") return sell(context.stock, reservation, pinnedUnits(reservation), nowMs);
	if (preorder?.status === "pending") {
		// What it replaces did not count when it was placed, and another checkout may have bought that meanwhile.
		const units = preorder.quantity + besides(context.mine, rows.replaced ?? null);
		const isWithin = preorder.replaces === null || exceedsLimit(context, units) === null;
		return isWithin ? commitPreorder(context, rows, preorder, nowMs) : { kind: "lost" };
	}
	// The pin ran out before the hold that it was made of: that went on, with the very units that were paid for.
	if (reservation?.status === "held" && reservation.quantity >= command.quantity)
		return sellHold(context.stock, reservation, command, nowMs);
	return commitLate(context, rows, command, nowMs);
}

/** Sells units of a reservation that has them. What it has beside them goes back: it was kept for a checkout that fails. */
function sell(stock: Stock, r: Reservation, units: number, nowMs: number): CommitDecision {
	const reservation = { ...end(r, "sold", nowMs), quantity: units };
	const deltas = { held: -r.quantity, sold: units, available: r.quantity - units };
	return { kind: "sold", reservation, change: changeReservation(stock, "sold", reservation, deltas) };
}

/**
 * Units that the shopper has beside what a pre-order replaces. That does not count beside it, unless another checkout
 * has pinned it and may sell it too.
 */
function besides(mine: Reservation | null, replaced: Reservation | null): number {
	return isLive(mine) && (mine.id !== replaced?.id || mine.status === "paying") ? mine.quantity : 0;
}

/**
 * A pre-order is paid. If the reservation that it replaces has got the units meanwhile, they are sold, and nothing is
 * owed. Otherwise the reservation ends, and the pre-order is owed.
 */
function commitPreorder(
	{ stock }: DecisionContext,
	rows: CheckoutRows,
	pending: Preorder,
	nowMs: number,
): CommitDecision {
	const { checkoutId, quantity, attempt } = pending;
	const { replaced = null } = rows;
	if (replaced?.status === "held" && replaced.quantity >= quantity) {
		const ended: Preorder = { ...pending, status: "cancelled", expiresAtMs: null, endedAtMs: nowMs };
		const cancelled = changePreorder(stock, "preorder-cancelled", ended, { pending: -quantity });
		return sellHold(cancelled.stock, replaced, { checkoutId, quantity, attempt }, nowMs, cancelled);
	}
	const owed = { ...pending, expiresAtMs: null };
	return markOwed(stock, owed, { pending: -quantity }, rows, nowMs);
}

/** Sells units of a hold that the checkout has not pinned. @param first what is changed before it */
function sellHold(
	stock: Stock,
	hold: Reservation,
	by: { readonly checkoutId: string; readonly quantity: number; readonly attempt?: number | null },
	nowMs: number,
	first: Change | null = null,
): CommitDecision {
	const { checkoutId, quantity: units, attempt = null } = by;
	const pin: Pin = { attempt, units, untilMs: nowMs, heldBefore: hold.quantity };
	const decision = sell(stock, { ...hold, checkoutId, pin, heldUntilMs: hold.expiresAtMs }, units, nowMs);
	if (first === null || decision.kind !== "sold" || decision.change === null) return decision;
	return { ...decision, change: combine(first, decision.change) };
}

/** The pin is gone: the payment was in time, and its news late. */
function commitLate(
	context: DecisionContext,
	rows: CheckoutRows,
	command: CommitCommand,
	nowMs: number,
): CommitDecision {
	const { stock, policy, mine } = context;
	const { checkoutId, quantity, attempt = null } = command;
	const live = isLive(mine) ? mine : null;
	const isWithin = exceedsLimit(context, quantity + besides(mine, rows.replaced ?? null)) === null;
	if (isWithin && canTakeNow(stock, quantity)) {
		const pin: Pin = { attempt, units: quantity, untilMs: nowMs, heldBefore: null };
		const retaken = newReservation(command, "sold", nowMs, { checkoutId, pin, endedAtMs: nowMs });
		const change = changeReservation(stock, "sold", retaken, { available: -quantity, sold: quantity });
		return { kind: "sold", reservation: retaken, change };
	}
	// What the shopper holds since is theirs, and so it serves the payment when nothing else can.
	if (live?.status === "held" && live.quantity >= quantity && exceedsLimit(context, quantity) === null)
		return sellHold(stock, live, command, nowMs);
	if (!isWithin) return { kind: "lost" };

	const offer = preorderOffer(stock, policy);
	const terms = command.accepted === undefined ? offer : command.accepted;
	if (!command.acceptPreorder || terms === null || offer === null || offer.remaining < quantity)
		return { kind: "lost" };
	const acceptedAtMs = command.accepted?.acceptedAtMs ?? nowMs;
	return markOwed(stock, newPreorder(command, terms, acceptedAtMs), {}, rows, nowMs);
}

/**
 * Ends the reservation that the pre-order replaces, and makes the pre-order owed. Units that stand free for the head of
 * the waitlist at this moment are set aside, unless it is the head who has paid. To be asked after free units were
 * allocated.
 */
function markOwed(
	stock: Stock,
	pending: Preorder,
	deltas: CounterDeltas,
	{ replaced = null, replacesHead = false }: CheckoutRows,
	nowMs: number,
): CommitDecision {
	const isReplacing = replaced !== null && (replaced.status === "waiting" || replaced.status === "held");
	const left = isReplacing ? returnUnits(stock, replaced, "converted", nowMs) : null;
	const from = left?.stock ?? stock;
	const preorder: Preorder = { ...pending, status: "owed", version: pending.version + 1 };
	const standing = from.waiting > 0 && !replacesHead ? stock.available : 0;
	const setAside =
		from.owed > 0 ? {} : { setAside: standing - from.setAside, setAsideUpTo: from.place - from.setAsideUpTo };
	const moves = { ...deltas, ...setAside, owed: preorder.quantity };
	const owed = changePreorder(from, "preorder-owed", preorder, moves);
	return { kind: "owed", preorder, change: left ? combine(left, owed) : owed };
}

// ---- A refund

/**
 * `total` units of a sale or a pre-order were paid back: they no longer count against the shopper's limit, whether or
 * not they come back to the stock. A repeated call adds nothing. Null when there is nothing to note.
 */
export function noteGivenBack(stock: Stock, { reservation, preorder }: CheckoutRows, total: number): Change | null {
	const none = { stock, reservations: [], preorders: [], entries: [] };
	if (reservation?.status === "sold") {
		const refunded = Math.min(total, reservation.quantity);
		return refunded > reservation.refunded ? { ...none, reservations: [{ ...reservation, refunded }] } : null;
	}
	if (preorder === null || preorder.status === "pending") return null;
	const refunded = Math.min(total, preorder.quantity);
	return refunded > preorder.refunded ? { ...none, preorders: [{ ...preorder, refunded }] } : null;
}

/**
 * Units of a sale come back until `total` of them have; a repeated call returns no more. Sold units become available
 * again. Units that are only owed stop being owed. Null when there is nothing to do.
 */
export function returnSold(stock: Stock, rows: CheckoutRows, total: number, nowMs: number): Change | null {
	const { reservation, preorder } = rows;
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
