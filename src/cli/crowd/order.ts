/**
 * Whether early is earlier: who was passed by somebody who came later. Pure.
 *
 * Somebody is passed when they came to a queue first, somebody who came after them was decided before them, and the later
 * one got a unit while the earlier one did not. A queue is an isolate, a gate, or the whole of a place.
 */
import { type Asks, OUTCOME } from "./log.ts";

/**
 * How many were passed, of those who were refused a unit.
 * @param queueOf the queue of an ask, from 0; null where it came to none
 * @param order the asks in the order of their arrival; without it that of the log
 */
export function passed(asks: Asks, queueOf: (ask: number) => number | null, order?: Int32Array): number {
	/** Of those who came later to each queue and got a unit: the number of the earliest decision. */
	const earliest = new Map<number, number>();
	let count = 0;
	const length = asks.shopper.length;
	for (let i = length - 1; i >= 0; i--) {
		const ask = order === undefined ? i : (order[i] as number);
		const queue = queueOf(ask);
		// Who asks for a place on the waitlist asks for something else.
		if (queue === null || asks.wait[ask] === 1) continue;
		const decided = asks.decided[ask] as number;
		const before = earliest.get(queue);
		if (asks.outcome[ask] === OUTCOME.held) {
			if (before === undefined || decided < before) earliest.set(queue, decided);
		} else if (asks.outcome[ask] === OUTCOME.refused && before !== undefined && before < decided) count += 1;
	}
	return count;
}

/** The asks in the order in which they reached gates; those that did not come first. */
export const byArrivalAtGates = ({ queued }: Asks): Int32Array =>
	Int32Array.from(queued.keys()).sort((one, other) => (queued[one] as number) - (queued[other] as number));

/** Of two shoppers of whom one got a unit at the first press and one did not: how often the one with the unit pressed first. */
export function earlyFirst(outcomes: Iterable<"unit" | "none">): number {
	let [units, nones, pairs] = [0, 0, 0];
	for (const outcome of outcomes) {
		if (outcome === "unit") units += 1;
		else {
			nones += 1;
			pairs += units;
		}
	}
	return units === 0 || nones === 0 ? 1 : pairs / (units * nones);
}
