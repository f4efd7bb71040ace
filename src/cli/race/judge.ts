/**
 * The checker's verdict on a history that was written down beside something else, as one line for a person, and the
 * smallest part that cannot be if it is a race.
 */
import { check, explain, shrink, type Verdict, type Witness } from "./checker/index.ts";
import type { History } from "./history.ts";

export interface JudgedHistory {
	readonly kind: Verdict["kind"];
	readonly requests: number;
	/** A whole sentence. */
	readonly text: string;
	/** What cannot be, a sentence a line; empty unless it is a race. */
	readonly evidence: readonly string[];
}

/** @param budget how many situations of the shop may be looked at */
export function judgeHistory(history: History, budget?: number): JudgedHistory {
	const requests = history.operations.length;
	const verdict = check(history, budget);
	const { kind } = verdict;
	const of = `the history of ${requests} requests`;
	switch (verdict.kind) {
		case "possible":
			return { kind, requests, text: `${of} has an order that a correct shop could have had`, evidence: [] };
		case "undecided":
			return { kind, requests, text: `${of} could not be decided: ${verdict.why}`, evidence: [] };
		case "race": {
			const text = `${of} has no order that a correct shop could have had`;
			return { kind, requests, text, evidence: evidenceOf(shrink(history) ?? verdict.witness) };
		}
	}
}

function evidenceOf(witness: Witness): readonly string[] {
	const { title, sentences } = explain(witness);
	return [`${title}.`, ...sentences];
}
