/**
 * What a checkout does to the stock: it pins units or places a pre-order (`pin`), sells what was paid for (`commit`),
 * gives back what was not (`unpin`), and returns what was refunded (`returnSold`).
 *
 * Each may be repeated: a checkout that asks for what it already has gets the same decision, and changes nothing.
 */
import { canTakeNow, exceedsLimit, preorderOffer, saleNotOpen, soldOut } from "./availability.ts";
import { type CounterDeltas, changePreorder, changeReservation, combine } from "./bookkeeping.ts";
import {
	type AlreadySold,
	type Change,
	type CheckoutRows,
	type DecisionContext,
	type InCheckout,
	inCheckout,
	isLive,
	type LimitExceeded,
	type LiveReservation,
	newReservation,
	type Preorder,
	type Reservation,
	type SaleNotOpen,
	type SoldOut,
	type Stock,
} from "./model.ts";
import { end, expirePreorder, returnUnits } from "./release.ts";

// ---- Before the payment

export interface PinCommand {
	/** Id for a new reservation or pre-order; unused when neither is needed. */
	readonly id: string;
	readonly shopperId: string;
	readonly checkoutId: string;
	readonly quantity: number;
	readonly acceptPreorder: boolean;
}

export type PinDecision =
	| { readonly kind: "pinned"; readonly reservation: Reservation; readonly change: Change | null }
	| { readonly kind: "preordered"; readonly preorder: Preorder; readonly change: Change | null }
	| SoldOut
	| LimitExceeded
	| SaleNotOpen
	| InCheckout;

/**
 * The second stock check: pins the units that the shopper holds to a checkout, or takes units now, or else places a
 * pre-order. Repeated for one checkout the decision is the same, also when the checkout has bought by then.
 *
 * A hold may be checked out after the sale's end, since it was taken in time.
 */
export function pin(context: DecisionContext, rows: CheckoutRows, command: PinCommand, nowMs: number): PinDecision {
	const { stock, policy, mine } = context;
	const { reservation: bought, preorder: promised } = rows;
	if (promised !== null && promised.status !== "cancelled")
		return { kind: "preordered", preorder: promised, change: null };
	if (bought?.status === "sold") return { kind: "pinned", reservation: bought, change: null };
	const live = isLive(mine) ? mine : null;
	if (live?.status === "paying") {
		return live.checkoutId === command.checkoutId
			? { kind: "pinned", reservation: live, change: null }
			: inCheckout(live);
	}
	const holds = live?.status === "held" ? live.quantity : 0;
	const more = command.quantity - holds;
	if (more > 0) {
		const refusal = saleNotOpen(policy, nowMs) ?? exceedsLimit(context, command.quantity);
		if (refusal !== null) return refusal;
	}
	// A waiting shopper never gets past here: while anyone waits, `canTakeNow` is false. So `live`, if set, is a hold
	// below.
	if (more > 0 && !canTakeNow(stock, more))
		return live?.status === "held" ? soldOut(stock, policy) : placePreorder(context, live, command, nowMs);

	const pinned = {
		quantity: command.quantity,
		status: "paying" as const,
		expiresAtMs: nowMs + policy.paymentWindowMs + policy.paymentGraceMs,
		heldUntilMs: live?.expiresAtMs ?? null,
		checkoutId: command.checkoutId,
	};
	const reservation = live
		? { ...live, ...pinned, version: live.version + 1 }
		: newReservation(command, "paying", nowMs, pinned);
	const change = changeReservation(stock, "paying", reservation, { available: -more, held: more });
	return { kind: "pinned", reservation, change };
}

/**
 * The units cannot be had: places a pre-order, if the SKU takes any and the shopper accepts it. A shopper who waits
 * leaves the waitlist for it.
 */
function placePreorder(
	{ stock, policy }: DecisionContext,
	live: LiveReservation | null,
	command: PinCommand,
	nowMs: number,
): PinDecision {
	const offer = preorderOffer(stock, policy);
	if (!command.acceptPreorder || offer === null || offer.remaining < command.quantity) return soldOut(stock, policy);
	const preorder: Preorder = {
		id: command.id,
		shopperId: command.shopperId,
		checkoutId: command.checkoutId,
		quantity: command.quantity,
		status: "pending",
		expiresAtMs: nowMs + policy.paymentWindowMs + policy.paymentGraceMs,
		expectedAtMs: offer.expectedAtMs,
		termsVersion: offer.termsVersion,
		returned: 0,
		version: 0,
		createdAtMs: nowMs,
		endedAtMs: null,
	};
	const left = live && returnUnits(stock, live, "converted", nowMs);
	const pending = changePreorder(left?.stock ?? stock, "preorder-pending", preorder, { pending: command.quantity });
	return { kind: "preordered", preorder, change: left ? combine(left, pending) : pending };
}

// ---- The payment

export interface CommitCommand {
	readonly id: string;
	readonly shopperId: string;
	readonly checkoutId: string;
	readonly quantity: number;
	/** The shopper accepted the terms, so a checkout whose pin is gone may become a pre-order. */
	readonly acceptPreorder: boolean;
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
	const { stock } = context;
	const { reservation, preorder } = rows;
	if (reservation?.status === "sold") return { kind: "sold", reservation, change: null };
	if (preorder?.status === "owed" || preorder?.status === "filled") return { kind: "owed", preorder, change: null };
	if (reservation?.status === "paying") {
		const sold = end(reservation, "sold", nowMs);
		return {
			kind: "sold",
			reservation: sold,
			change: changeReservation(stock, "sold", sold, { held: -sold.quantity, sold: sold.quantity }),
		};
	}
	if (preorder?.status === "pending") return markOwed(stock, preorder, { pending: -preorder.quantity });

	if (exceedsLimit(context, command.quantity + (isLive(context.mine) ? context.mine.quantity : 0)) !== null)
		return { kind: "lost" };
	if (canTakeNow(stock, command.quantity)) {
		const retaken = newReservation(command, "sold", nowMs, { checkoutId: command.checkoutId, endedAtMs: nowMs });
		const change = changeReservation(stock, "sold", retaken, { available: -command.quantity, sold: command.quantity });
		return { kind: "sold", reservation: retaken, change };
	}
	const offer = preorderOffer(stock, context.policy);
	if (!command.acceptPreorder || offer === null || offer.remaining < command.quantity) return { kind: "lost" };
	const { id, shopperId, checkoutId, quantity } = command;
	const { expectedAtMs, termsVersion } = offer;
	return markOwed(
		stock,
		{
			id,
			shopperId,
			checkoutId,
			quantity,
			expectedAtMs,
			termsVersion,
			status: "pending",
			expiresAtMs: null,
			returned: 0,
			version: 0,
			createdAtMs: nowMs,
			endedAtMs: null,
		},
		{},
	);
}

function markOwed(stock: Stock, pending: Preorder, deltas: CounterDeltas): CommitDecision {
	const preorder: Preorder = { ...pending, status: "owed", expiresAtMs: null, version: pending.version + 1 };
	return {
		kind: "owed",
		preorder,
		change: changePreorder(stock, "preorder-owed", preorder, { ...deltas, owed: preorder.quantity }),
	};
}

// ---- No payment, or a refund

/**
 * The checkout ended without a sale: what it had pinned goes back, once. Sold units never go back by this.
 * @param keepHold the checkout ended before the shopper could pay, so a hold from before it goes on, until it would
 * have run out
 */
export function unpin(
	stock: Stock,
	rows: CheckoutRows,
	keepHold: boolean,
	nowMs: number,
): { readonly kind: "unpinned"; readonly change: Change | null } | AlreadySold {
	const { reservation, preorder } = rows;
	if (reservation?.status === "sold" || preorder?.status === "owed" || preorder?.status === "filled")
		return { kind: "already-sold" };
	if (reservation?.status === "paying") {
		const { heldUntilMs, version } = reservation;
		if (!keepHold || heldUntilMs === null || heldUntilMs <= nowMs)
			return { kind: "unpinned", change: returnUnits(stock, reservation, "released", nowMs) };
		const rest = { expiresAtMs: heldUntilMs, heldUntilMs: null, checkoutId: null, version: version + 1 };
		return {
			kind: "unpinned",
			change: changeReservation(stock, "unpinned", { ...reservation, status: "held", ...rest }, {}),
		};
	}
	if (preorder?.status === "pending") return { kind: "unpinned", change: expirePreorder(stock, preorder, nowMs) };
	return { kind: "unpinned", change: null };
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
