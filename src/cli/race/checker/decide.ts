/**
 * Decides a history in three steps, the quickest first.
 *
 * 1. **Bounds** (`bounds.ts`): more units sold and held than ever came in, a number that the stock cannot have had. Seen at
 *    once, in a history of any length.
 * 2. **An order of everything but the words on the stock as a whole**, which is found step by step: nothing but units that
 *    are missing is in the way.
 * 3. **An order in which these words are true as well.** Each is an exact number in a crowd, so that in a large history the
 *    search may end before it is over. It is tried again then, and passes over each word that costs too much. Such a word is
 *    within the bounds, and not proven.
 */
import { brokenBound } from "./bounds.ts";
import type { Duties, Duty } from "./duties.ts";
import { type Fact, isGlobal } from "./model.ts";
import { type Found, findOrder } from "./search.ts";

export interface Decision {
	readonly kind: Found["kind"];
	/** The first whose answer no order makes true; with "gave-up", the last whose end was reached. */
	readonly operation: number;
	/** How many words on the stock are not in the order. */
	readonly unproven: number;
	readonly situations: number;
}

/** A word that is stuck may cost this part of the budget. */
const PATIENCE = 1 / 200;

/** @param budget how many situations the second and the third step may look at; with 0 only the bounds are looked at */
export function decide(duties: Duties, budget: number): Decision {
	const operation = brokenBound(duties);
	if (operation !== null) return { kind: "no-order", operation, unproven: 0, situations: 0 };
	const isWord = ({ what }: Duty<Fact>) => isGlobal(what);
	const words = duties.facts.filter(isWord).length;
	const acts = findOrder({ ...duties, facts: duties.facts.filter((fact) => !isWord(fact)) }, budget);
	if (acts.kind !== "order" || words === 0) return { ...acts, unproven: 0 };
	const rest = budget - acts.situations;
	const all = findOrder(duties, Math.ceil(rest / 2));
	let situations = acts.situations + all.situations;
	if (all.kind !== "gave-up") return { ...all, unproven: 0, situations };
	const most = findOrder(duties, budget - situations, rest * PATIENCE);
	situations += most.situations;
	if (most.kind === "gave-up") return { ...most, kind: "order", unproven: words, situations };
	return { ...most, unproven: most.passedOver, situations };
}
