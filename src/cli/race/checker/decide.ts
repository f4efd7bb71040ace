/**
 * Decides a history in three steps, the quickest first.
 *
 * 1. **Bounds** (`bounds.ts`): more units sold and held than ever came in, a number that the stock cannot have had. Seen at
 *    once, in a history of any length.
 * 2. **An order of everything but the words on the stock as a whole**, which is found step by step: nothing but units that
 *    are missing is in the way.
 * 3. **An order in which these words are true as well.** Each is an exact number in a crowd, so that in a large history the
 *    search may end before it is over. The words are within the bounds then, and not proven.
 */
import { brokenBound } from "./bounds.ts";
import type { Duties, Duty } from "./duties.ts";
import type { Fact } from "./model.ts";
import { findOrder } from "./search.ts";

export type Decision =
	/** There is an order. `unproven`: how many words on the stock are not in it. */
	| { readonly kind: "order"; readonly unproven: number; readonly situations: number }
	/** `operation` is the first whose answer no order makes true. */
	| { readonly kind: "no-order"; readonly operation: number; readonly situations: number }
	/** `operation` is the last whose end was reached. */
	| { readonly kind: "gave-up"; readonly operation: number; readonly situations: number };

/** A word on the stock as a whole. */
export const isGlobal = ({ what }: Duty<Fact>): boolean =>
	what.kind === "short" || what.kind === "turned-away" || what.kind === "available" || what.kind === "counted";

/** @param budget how many situations the second and the third step may look at; with 0 only the bounds are looked at */
export function decide(duties: Duties, budget: number): Decision {
	const operation = brokenBound(duties);
	if (operation !== null) return { kind: "no-order", operation, situations: 0 };
	const words = duties.facts.filter(isGlobal);
	const acts = findOrder({ ...duties, facts: duties.facts.filter((fact) => !isGlobal(fact)) }, budget);
	if (acts.kind !== "order") return acts;
	if (words.length === 0) return { ...acts, unproven: 0 };
	const all = findOrder(duties, budget - acts.situations);
	const situations = acts.situations + all.situations;
	if (all.kind === "no-order") return { ...all, situations };
	return { kind: "order", unproven: all.kind === "order" ? 0 : words.length, situations };
}
