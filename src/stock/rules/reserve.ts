/**
 * Reserving: a shopper holds units, holds more or fewer of them, or joins the waitlist.
 *
 * Whether units can be taken now is decided in `availability.ts`, so a newcomer never passes a shopper who waits.
 */
import { canTakeNow, exceedsLimit, saleNotOpen, soldOut, unknownIfArchived, waitlistLimit } from "./availability.ts";
import { changeReservation } from "./bookkeeping.ts";
import {
	type Change,
	type DecisionContext,
	type IfMatch,
	type InCheckout,
	inCheckout,
	isLive,
	isMatch,
	type LimitExceeded,
	type LiveReservation,
	newReservation,
	type Reservation,
	type SaleNotOpen,
	type SoldOut,
	type Stale,
	type Stock,
	tagOf,
	type Unknown,
} from "./model.ts";
import { isAbsentAfter, type Notify, withAbsence } from "./notify.ts";
import { turnOf } from "./time-bound.ts";

export interface ReserveCommand {
	/** Id for a new reservation; unused when the shopper has a live one. */
	readonly id: string;
	readonly shopperId: string;
	readonly quantity: number;
	/** The shopper wants to join the waitlist when the units cannot be had now. */
	readonly wait: boolean;
	/** Whom to tell of a promotion. Null forgets whom, undefined leaves it as it is. Of no effect on a hold. */
	readonly notify?: Notify | null | undefined;
	/** Decide only if the live reservation has one of these tags; `"*"` for any live one; null for no condition. */
	readonly ifMatch: IfMatch;
}

export type ReserveDecision =
	| {
			readonly kind: "held" | "waiting";
			readonly reservation: Reservation;
			readonly created: boolean;
			readonly change: Change | null;
	  }
	| Stale
	| SoldOut
	| LimitExceeded
	| SaleNotOpen
	| InCheckout
	| Unknown;

/**
 * Sets how many units the shopper holds. A command for what the shopper already has changes nothing. It never restarts
 * the hold: a shopper could otherwise keep a cart for ever by asking again.
 */
export function reserve(context: DecisionContext, command: ReserveCommand, nowMs: number): ReserveDecision {
	const { stock, policy, mine } = context;
	const live = isLive(mine) ? mine : null;

	if (live === null && context.isArchived) return { kind: "unknown-sku" };
	const current = live && tagOf(live);
	if (!isMatch(command.ifMatch, current)) return { kind: "stale", current };
	if (live?.status === "paying") return inCheckout(live);
	if (live !== null && live.quantity === command.quantity) {
		const change = withAbsence(stock, live, command.notify);
		return { kind: live.status, reservation: change?.reservations[0] ?? live, created: false, change };
	}
	// Giving units back is never refused. Only a command for more units has to pass the checks below.
	if (live !== null && command.quantity < live.quantity) return resize(stock, live, command);

	const refusal = unknownIfArchived(context) ?? saleNotOpen(policy, nowMs) ?? exceedsLimit(context, command.quantity);
	if (refusal !== null) return refusal;

	if (live?.status === "held") {
		return canTakeNow(stock, command.quantity - live.quantity) ? resize(stock, live, command) : soldOut(stock, policy);
	}
	// Not for a shopper who waits: while anyone does, `canTakeNow` is false.
	if (canTakeNow(stock, command.quantity)) {
		const turn = turnOf(context, nowMs);
		// Not on the waitlist either: as the only one who waits, this shopper would be served at once.
		if (turn.kind === "others") return soldOut(stock, policy, turn.retryAtMs);
		const { heldSinceMs, untilMs } = turn;
		const expiresAtMs = Math.min(nowMs + policy.holdMs, untilMs ?? Number.POSITIVE_INFINITY);
		const reservation = newReservation(command, "held", nowMs, { expiresAtMs, heldSinceMs });
		const change = changeReservation(stock, "held", reservation, {
			available: -command.quantity,
			held: command.quantity,
		});
		return { kind: "held", reservation, created: true, change };
	}
	return joinWaitlist(context, live, command, nowMs);
}

/** A shopper who already waits and now wants more goes to the end: those behind did not agree to wait for it. */
function joinWaitlist(
	{ stock, policy }: DecisionContext,
	live: LiveReservation | null,
	command: ReserveCommand,
	nowMs: number,
): ReserveDecision {
	const others = stock.waiting - (live?.quantity ?? 0);
	const wants = command.wait || live !== null;
	if (!wants || others + command.quantity > waitlistLimit(stock, policy)) return soldOut(stock, policy);
	const place = stock.place + 1;
	const absent = isAbsentAfter(live, command.notify);
	const reservation = live
		? { ...live, quantity: command.quantity, place, absent, expiresAtMs: null, version: live.version + 1 }
		: newReservation(command, "waiting", nowMs, { place, absent });
	const change = changeReservation(stock, "waiting", reservation, {
		waiting: command.quantity - (live?.quantity ?? 0),
		place: 1,
	});
	return { kind: "waiting", reservation, created: live === null, change };
}

function resize(stock: Stock, live: LiveReservation, { quantity, notify }: ReserveCommand): ReserveDecision {
	const reservation = { ...live, quantity, absent: isAbsentAfter(live, notify), version: live.version + 1 };
	const more = quantity - live.quantity;
	const deltas = live.status === "waiting" ? { waiting: more } : { available: -more, held: more };
	const change = changeReservation(stock, "resized", reservation, deltas, more);
	return { kind: live.status === "waiting" ? "waiting" : "held", reservation, created: false, change };
}
