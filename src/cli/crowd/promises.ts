/** What was promised to the crowd, and whether it held in a rush. Pure. */
import { OUTCOME } from "./log.ts";
import { byArrivalAtGates, passed } from "./order.ts";
import type { Population } from "./population.ts";
import type { Rushed } from "./rush.ts";

export interface Promised {
	readonly name: "held" | "answered" | "told" | "order";
	/** What was promised, and what came of it. */
	readonly text: string;
	readonly isKept: boolean;
}

/** @param units that there were in all */
export function promisesOf(rushed: Rushed, population: Population, units: number): readonly Promised[] {
	return [
		heldExactly(rushed, population, units),
		everybodyAnswered(rushed),
		everybodyTold(rushed),
		inOrder(rushed, population),
	];
}

function heldExactly({ holders, isBalanced }: Rushed, { size }: Population, units: number): Promised {
	const wanted = Math.min(units, size);
	const isKept = holders.length === wanted && new Set(holders).size === wanted && isBalanced;
	const books = isBalanced ? "" : ", and the object's books do not balance";
	return { name: "held", isKept, text: `exactly ${count(wanted)} units are held: ${count(holders.length)}${books}` };
}

/** Being told to come later until one gives up is no answer. */
function everybodyAnswered({ presses }: Rushed): Promised {
	let open = 0;
	let givenUp = 0;
	for (const outcome of presses.outcome) {
		if (outcome === OUTCOME.open) open += 1;
		// A bot that asks too often is answered by that.
		else if (outcome === OUTCOME.unavailable) givenUp += 1;
	}
	const text = `everybody is answered: ${count(givenUp)} gave up after "come later", ${count(open)} heard nothing`;
	return { name: "answered", isKept: open === 0 && givenUp === 0, text };
}

/** Who was told that they hold a unit does, and who does was told so, or waits for one and was promoted. */
function everybodyTold({ presses, holders, waiters }: Rushed): Promised {
	const told = new Set<number>();
	const hoping = new Set<number>();
	for (const [press, outcome] of presses.outcome.entries()) {
		const shopper = presses.shopper[press] as number;
		if (outcome === OUTCOME.held) told.add(shopper);
		if (outcome === OUTCOME.waiting) hoping.add(shopper);
	}
	const holding = new Set(holders);
	const has = new Set([...holders, ...waiters]);
	const unknown = [...holding].filter((shopper) => !told.has(shopper) && !hoping.has(shopper)).length;
	const lost = [...told].filter((s) => !holding.has(s)).length + [...hoping].filter((s) => !has.has(s)).length;
	const text = `answers are true: ${count(lost)} promised and not there, ${count(unknown)} hold a unit unknowingly`;
	return { name: "told", isKept: lost === 0 && unknown === 0, text };
}

function inOrder({ asks }: Rushed, { isolate }: Population): Promised {
	const atIsolates = passed(asks, (ask) => isolate[asks.shopper[ask] as number] as number);
	const atGates = passed(asks, (ask) => asks.gate[ask] || null, byArrivalAtGates(asks));
	const text = `order of arrival is kept where people queue: ${count(atIsolates)} passed at isolates, ${count(atGates)} at gates`;
	return { name: "order", isKept: atIsolates + atGates === 0, text };
}

const count = (number: number): string => number.toLocaleString("en-US");
