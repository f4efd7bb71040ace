/**
 * What a checkout does to the stock before it is paid: it pins units or places a pre-order (`pin`), and gives back what
 * was not paid for (`unpin`). What it sells is in `sale.ts`.
 *
 * Each may be repeated: a checkout that asks for what it already has gets the same decision, and changes nothing.
 *
 * Invariant: a checkout that ends without a sale leaves the shopper what they would have without it. A pinned hold keeps
 * its former quantity until the payment, and its former end. A place on the waitlist is given up only when the pre-order
 * that replaces it is paid.
 */
import { isNamedBy, type NamedTerms } from "../../catalog/policy.ts";
import { canTakeNow, exceedsLimit, preorderOffer, saleNotOpen, soldOut, unknownIfArchived } from "./availability.ts";
import { changePreorder, changeReservation } from "./bookkeeping.ts";
import { isOver, isSuperseded, isTooOldToPin } from "./claim-fence.ts";
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
	type Pin,
	type Preorder,
	type PreorderOffer,
	type Reservation,
	type SaleNotOpen,
	type SoldOut,
	type Stock,
	type Unknown,
} from "./model.ts";
import { endPin, expirePreorder } from "./release.ts";
import { turnOf } from "./time-bound.ts";

// ---- Before the payment

/** What every claim of a checkout names. */
export interface ClaimCommand {
	/** Id for a new reservation or pre-order; unused when neither is needed. */
	readonly id: string;
	readonly shopperId: string;
	readonly checkoutId: string;
	readonly quantity: number;
	readonly acceptPreorder: boolean;
	/** Which attempt of the checkout this is; absent where its code does not name them. */
	readonly attempt?: number;
}

export interface PinCommand extends ClaimCommand {
	/** The terms that were accepted by name; null or absent when whatever the policy says was accepted. */
	readonly terms?: NamedTerms | null;
}

/** The request accepts other terms than the SKU's: nothing was pinned. `preorder` has those that can be accepted now. */
export type TermsChanged = { readonly kind: "terms-changed"; readonly preorder: PreorderOffer };
/** This attempt ended here, or a newer one has begun: nothing was pinned. */
export type AttemptOver = { readonly kind: "attempt-over" };

export type PinDecision =
	| { readonly kind: "pinned"; readonly reservation: Reservation; readonly change: Change | null }
	| { readonly kind: "preordered"; readonly preorder: Preorder; readonly change: Change | null }
	| SoldOut
	| LimitExceeded
	| SaleNotOpen
	| InCheckout
	| TermsChanged
	| AttemptOver
	| Unknown;

/**
 * The second stock check: pins the units that the shopper holds to a checkout, or takes units now, or else places a
 * pre-order. Repeated for one checkout the decision is the same, also when the checkout has bought by then.
 *
 * A hold may be checked out after the sale's end, since it was taken in time.
 */
export function pin(context: DecisionContext, rows: CheckoutRows, command: PinCommand, nowMs: number): PinDecision {
	const { stock, policy, mine } = context;
	if (isOver(rows, command.attempt)) return { kind: "attempt-over" };
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
	if (isTooOldToPin(command.attempt, nowMs)) return { kind: "attempt-over" };
	const holds = live?.status === "held" ? live.quantity : 0;
	const more = command.quantity - holds;
	const saleRefusal = more > 0 ? (unknownIfArchived(context) ?? saleNotOpen(policy, nowMs)) : null;
	if (saleRefusal !== null) return saleRefusal;
	// A hold was within the limit when it was taken. A pre-order that is to replace it may have been placed since.
	const limitRefusal = more > 0 || context.owned > 0 ? exceedsLimit(context, command.quantity) : null;
	if (limitRefusal !== null) return limitRefusal;
	// A waiting shopper never gets past here: while anyone waits, `canTakeNow` is false. So `live`, if set, is a hold
	// below.
	if (more > 0 && !canTakeNow(stock, more)) return placePreorder(context, live, command, null, nowMs);
	const turn = turnOf(context, nowMs);
	if (turn.kind === "others") return placePreorder(context, null, command, turn.retryAtMs, nowMs);

	const untilMs = nowMs + policy.paymentWindowMs + policy.paymentGraceMs;
	const heldUntilMs = live?.expiresAtMs ?? null;
	const pin: Pin = {
		attempt: command.attempt ?? null,
		units: command.quantity,
		untilMs,
		heldBefore: live?.quantity ?? null,
	};
	const pinned = {
		quantity: Math.max(command.quantity, holds),
		status: "paying" as const,
		// The rest of a hold lapses when the hold would have.
		expiresAtMs: more < 0 && heldUntilMs !== null ? Math.min(untilMs, heldUntilMs) : untilMs,
		heldUntilMs,
		pin,
		checkoutId: command.checkoutId,
	};
	const reservation = live
		? { ...live, ...pinned, version: live.version + 1 }
		: newReservation(command, "paying", nowMs, { ...pinned, heldSinceMs: turn.heldSinceMs });
	const taken = Math.max(more, 0);
	return {
		kind: "pinned",
		reservation,
		change: changeReservation(stock, "paying", reservation, { available: -taken, held: taken }),
	};
}

/**
 * The units cannot be had: places a pre-order for all of them, if the SKU takes any and the shopper accepts it. A
 * shopper who waits, or holds a part, keeps that until the pre-order is paid.
 */
function placePreorder(
	{ stock, policy }: DecisionContext,
	live: LiveReservation | null,
	command: PinCommand,
	retryAtMs: number | null,
	nowMs: number,
): PinDecision {
	const offer = preorderOffer(stock, policy);
	if (!command.acceptPreorder || offer === null || offer.remaining < command.quantity)
		return soldOut(stock, policy, retryAtMs);
	if (command.terms && !isNamedBy(offer, command.terms)) return { kind: "terms-changed", preorder: offer };
	const preorder: Preorder = {
		...newPreorder(command, offer, nowMs),
		expiresAtMs: nowMs + policy.paymentWindowMs + policy.paymentGraceMs,
		replaces: live?.id ?? null,
	};
	const change = changePreorder(stock, "preorder-pending", preorder, { pending: command.quantity });
	return { kind: "preordered", preorder, change };
}

type Terms = Pick<Preorder, "expectedAtMs" | "termsVersion">;

/** A pre-order that is not paid, with no end. */
export function newPreorder(
	command: ClaimCommand,
	{ expectedAtMs, termsVersion }: Terms,
	acceptedAtMs: number,
): Preorder {
	const { id, shopperId, checkoutId, quantity, attempt = null } = command;
	return {
		...{ id, shopperId, checkoutId, quantity, attempt, expectedAtMs, termsVersion },
		status: "pending",
		expiresAtMs: null,
		returned: 0,
		refunded: 0,
		replaces: null,
		version: 0,
		createdAtMs: acceptedAtMs,
		endedAtMs: null,
	};
}

// ---- No payment

/**
 * The checkout ended without a sale: what it had pinned goes back, once, and the shopper has again what they had before
 * it. Sold units never go back by this.
 */
export function unpin(
	stock: Stock,
	rows: CheckoutRows,
	attempt: number | undefined,
	nowMs: number,
): { readonly kind: "unpinned"; readonly change: Change | null } | AlreadySold {
	const { reservation, preorder } = rows;
	if (isSuperseded(rows, attempt)) return { kind: "unpinned", change: null };
	if (reservation?.status === "sold" || preorder?.status === "owed" || preorder?.status === "filled")
		return { kind: "already-sold" };
	if (reservation?.status === "paying") return { kind: "unpinned", change: endPin(stock, reservation, nowMs) };
	if (preorder?.status === "pending") return { kind: "unpinned", change: expirePreorder(stock, preorder, nowMs) };
	return { kind: "unpinned", change: null };
}
