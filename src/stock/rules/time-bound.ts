/**
 * For how long one shopper may keep units from others without paying: a hold with all of its extensions. Letting go and
 * taking again at once does not restart that time, nor do checkouts that are opened and called off: a new reservation
 * carries on the time of the one before it, unless the units were free for long enough in between. The checkout that is
 * open when the time is used up may still be paid.
 *
 * It binds only while somebody else was refused what could have been had if nobody held units, and no delivery has brought
 * units for everybody since. Who waits is served before
 * anybody who takes again (`allocate.ts`). Everything it looks at is read for a reservation anyway.
 */
import type { Policy } from "../../catalog/policy.ts";
import type { DecisionContext, Reservation } from "./model.ts";

/** How long a shopper may keep units: a hold, and as many extensions as there may be. */
const mostMs = (policy: Policy, offered: boolean): number =>
	(offered ? Math.max(policy.holdMs, policy.offerMs) : policy.holdMs) * (1 + policy.maxExtensions);

/**
 * For how long units have to be free for others before the time begins anew. Whoever was refused was told to ask again
 * when the hold or the pin would run out, so after as long as either lasts everybody has had their turn.
 */
const coolDownMs = (policy: Policy): number => Math.max(policy.holdMs, policy.paymentWindowMs + policy.paymentGraceMs);

/** The ended reservation whose time goes on if its shopper takes units now; null when the time begins anew. */
function continued(mine: Reservation | null, policy: Policy, nowMs: number) {
	if (mine === null || mine.status === "sold") return null;
	const { heldSinceMs, endedAtMs } = mine;
	if (heldSinceMs === null || endedAtMs === null || nowMs - endedAtMs >= coolDownMs(policy)) return null;
	return { heldSinceMs, endedAtMs };
}

const wasContested = ({ refusedOthersAtMs = null }: DecisionContext, sinceMs: number): boolean =>
	refusedOthersAtMs !== null && refusedOthersAtMs >= sinceMs;

export type Turn =
	/** `heldSinceMs`: for the new reservation. `untilMs`: when it has to end, if others were refused; else null. */
	| { readonly kind: "theirs"; readonly heldSinceMs: number; readonly untilMs: number | null }
	/** Others may have the units first, until then. */
	| { readonly kind: "others"; readonly retryAtMs: number };

/** Whether a shopper may take free units now, and for how long. Whoever has units already keeps their turn. */
export function turnOf(context: DecisionContext, nowMs: number): Turn {
	const { policy, mine } = context;
	const before = continued(mine, policy, nowMs);
	if (before === null) return { kind: "theirs", heldSinceMs: nowMs, untilMs: null };
	const heldSinceMs = nowMs - (before.endedAtMs - before.heldSinceMs);
	if (!wasContested(context, before.heldSinceMs)) return { kind: "theirs", heldSinceMs, untilMs: null };
	const untilMs = heldSinceMs + mostMs(policy, false);
	return nowMs < untilMs
		? { kind: "theirs", heldSinceMs, untilMs }
		: { kind: "others", retryAtMs: before.endedAtMs + coolDownMs(policy) };
}

/** When a hold has to end however it is extended; Infinity while nobody else was refused. */
export function longestHoldMs(context: DecisionContext, hold: Reservation): number {
	const { heldSinceMs } = hold;
	if (heldSinceMs === null || !wasContested(context, heldSinceMs)) return Number.POSITIVE_INFINITY;
	return heldSinceMs + mostMs(context.policy, hold.offered);
}
