/**
 * What of a checkout has to be stored, and before what. Pure.
 *
 * A drive does not store the answer to each of its effects. After a crash it begins again from the stored state, and does
 * with the same keys what it had done. So an answer may wait in memory as long as the checkout, without it, would ask the
 * same question and get the same answer:
 *
 * - A SKU repeats its answers to a checkout and its attempt (`stock/rules/purchase.ts`, `sale.ts`), so those wait while
 *   the phase, the attempt and the payment are the stored ones. Not before a payment is created: its amount follows from
 *   prices, which a merchant may change between two pins.
 * - What a provider answers changes what is asked next, and under which key. It is stored before anything else is done.
 * - Nothing leaves before it is stored that cannot be taken back: a version to D1 or to webhooks, an answer to a caller.
 */
import { assertNever } from "../../platform/assert.ts";
import type { Effect } from "./effect.ts";
import type { Checkout, RetryScope } from "./model.ts";

/** Whether `c` has to be stored before this effect of it is executed. */
export function mustBeStoredBefore(effect: Effect, stored: Checkout, c: Checkout): boolean {
	if (stored === c) return false;
	switch (effect.kind) {
		case "pin":
		case "commit":
		case "unpin":
		case "take-back":
		case "give-back":
		case "cancel-preorder":
		// What it asks for follows from the commits, and those are repeated.
		case "capture":
			return !isAskedAlike(stored, c);
		case "read-payment":
			return false;
		case "create-payment":
		case "void":
		case "refund":
		case "record":
		case "record-settlement":
		case "tell":
			return true;
		default:
			return assertNever(effect);
	}
}

const isAskedAlike = (stored: Checkout, c: Checkout): boolean =>
	stored.phase === c.phase &&
	stored.attempt === c.attempt &&
	stored.payment === c.payment &&
	stored.keyNumber === c.keyNumber;

/** Whether callers may be told of `c`: what everybody else sees of it is stored. */
export const mayBeTold = (stored: Checkout, c: Checkout): boolean => stored.version === c.version;

/** What was sent and is not confirmed is sent again, so nobody misses that it was sent. */
const CONFIRMED_BY_OTHERS: readonly RetryScope[] = ["record", "settlement"];

/**
 * Whether nothing is lost with `c` but that something was sent: it is sent again when the alarm rings, and confirmed once
 * more. Most orders are confirmed before that, and then both are stored at once.
 */
export function mayStayUnstored(stored: Checkout, c: Checkout): boolean {
	const names = new Set([...Object.keys(stored), ...Object.keys(c)] as (keyof Checkout)[]);
	for (const name of names) if (name !== "pauses" && stored[name] !== c[name]) return false;
	const scopes = new Set([...Object.keys(stored.pauses), ...Object.keys(c.pauses)] as RetryScope[]);
	return [...scopes].every((scope) => CONFIRMED_BY_OTHERS.includes(scope) || stored.pauses[scope] === c.pauses[scope]);
}
