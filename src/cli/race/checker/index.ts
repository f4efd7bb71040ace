/**
 * The checker of the race detector: could a correct shop have answered like this?
 *
 * `model.ts` is the shop that it measures by, `duties.ts` what each answer commits a shop to. `decide.ts` asks first what is
 * sure in any order (`bounds.ts`), then for an order (`search.ts`). `shrink.ts` finds a small part of the history that is impossible by itself, by the steps of `weaken.ts`, and
 * `explain.ts` says it in words. It knows nothing but `history.ts`, so that it judges the histories of any shop, however
 * they were made.
 */
import type { History } from "../history.ts";
import { decide } from "./decide.ts";
import { dutiesOf } from "./duties.ts";
import type { Witness } from "./shrink.ts";

export { type Explanation, explain, heard, type RaceKind } from "./explain.ts";
export { shrink, type Witness } from "./shrink.ts";

export type Verdict =
	/**
	 * A correct shop could have had it. `unproven`: how many answers about the stock as a whole, such as "5 left" and "sold
	 * out", are only known to be possible each by itself. All else was possible together.
	 */
	| { readonly kind: "possible"; readonly unproven: number }
	/** No correct shop can have had this history. The witness is all of it: `shrink` makes it small. */
	| { readonly kind: "race"; readonly witness: Witness }
	/** There may be an order, and there may be none: the search was not finished. */
	| { readonly kind: "undecided"; readonly why: string };

/** A situation costs the more the more operations there are: divided by their number, some seconds' worth. */
const BUDGET = 100_000_000;

/** @param budget how many situations of the shop may be looked at */
export function check(
	history: History,
	budget = Math.ceil(BUDGET / Math.max(100, history.operations.length)),
): Verdict {
	const found = decide(dutiesOf(history), budget);
	switch (found.kind) {
		case "order":
			return { kind: "possible", unproven: found.unproven };
		case "no-order":
			return { kind: "race", witness: { history, operation: found.operation, aside: [] } };
		case "gave-up":
			return {
				kind: "undecided",
				why: `${budget} situations were not enough to get past the end of operation ${found.operation}`,
			};
	}
}
