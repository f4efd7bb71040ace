/** The words of a result, the same in the terminal, in the picture and on the page. Pure. */
import type { Figures, Latency } from "./figures.ts";
import type { Kind } from "./kinds.ts";
import type { Result } from "./result.ts";

export const KIND_TITLES: Readonly<Record<Kind, string>> = {
	alone: "Each request alone",
	batched: "Batched by isolates",
	gates: "With gates",
};
export const KIND_WORDS: Readonly<Record<Kind, string>> = {
	alone: "a call of the object for each",
	batched: "“sold out” is remembered for a second",
	gates: "regions gather what isolates batch",
};

/** Design's bounds: what one object is meant to take, and what a shopper anywhere is meant to wait. */
export const MOST_CALLS = 1_000;
export const MOST_P99_MS = 1_500;

export const count = (number: number): string => Math.round(number).toLocaleString("en-US");
export const time = (ms: number): string => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);
export const percent = (part: number): string => `${(100 * part).toFixed(part > 0 && part < 0.1 ? 1 : 0)} %`;
export const dollars = (amount: number): string => `$${amount.toFixed(2)}`;

const latency = ({ count: of, p50Ms, p99Ms }: Latency): string => (of === 0 ? "–" : `${time(p50Ms)} / ${time(p99Ms)}`);

export const titleOf = ({ order }: Result): string =>
	`${people(order.arrivals)} in ${order.seconds} seconds, ${count(order.units)} units`;

const people = (number: number): string => (number === 1_000_000 ? "A million people" : `${count(number)} people`);

/** Rows of the table: a label, and a cell for each run. */
export function tableOf({ runs }: Pick<Result, "runs">): readonly (readonly string[])[] {
	const row = (label: string, cell: (run: Figures) => string) => [label, ...runs.map(cell)];
	return [
		row("hold a unit at once", ({ presses }) => count(presses.held)),
		row("wait for one on the waitlist", ({ presses }) => count(presses.waiting)),
		row("told that it is sold out (times)", ({ presses }) => count(presses.refused)),
		row("gave up after “come later”", ({ presses }) => count(presses.gaveUp)),
		row("requests for units", ({ asks }) => count(asks)),
		row("of them bots', sent away by 429", ({ tooMany }) => count(tooMany)),
		row("of them again after 503 or 429", ({ repeated }) => count(repeated)),
		row("calls of the SKU's object", ({ object }) => count(object.calls)),
		row("in its worst second", ({ object }) => count(object.worstSecond)),
		row("turned away by it", ({ object }) => count(object.turnedAway)),
		row("its longest queue", ({ object }) => time(object.longestQueueMs)),
		row("calls of gates", ({ gates }) => count(gates.calls)),
		row("gates / worst second of one", ({ gates }) =>
			gates.count === 0 ? "–" : `${gates.count} / ${count(gates.worstSecond)}`,
		),
		row("an answer, p50 / p99", ({ answered }) => latency(answered)),
		row("one that the object decided", ({ decided }) => latency(decided)),
		row("one that gave a unit", ({ granted }) => latency(granted)),
		row("slowest place", ({ slowestPlace }) => slowestPlace?.name ?? "–"),
		row("there, p50 / p99", ({ slowestPlace }) => (slowestPlace === null ? "–" : latency(slowestPlace.latency))),
		row("who has a unit came first, of 100 pairs", ({ fairness }) => (100 * fairness.earlyFirst).toFixed(1)),
		row("of the first to press have one", ({ fairness }) => percent(fairness.firstServed)),
		row("passed by a later one of their place", ({ fairness }) => count(fairness.passedInPlaces)),
		row(
			"bots: of the crowd / of the units",
			({ fairness }) => `${percent(fairness.botsOfCrowd)} / ${percent(fairness.botsOfUnits)}`,
		),
		row("cost, US$", (run) => run.dollars.toFixed(2)),
	];
}

/** Rows of the table of regions, for one run. */
export const regionsOf = ({ regions }: Figures): readonly (readonly string[])[] => [
	["", "of the crowd", "of the units", "decided", "p50", "p99"],
	...regions.map(({ region, ofCrowd, ofUnits, decided }) => [
		region,
		...[percent(ofCrowd), percent(ofUnits), count(decided.count)],
		...(decided.count === 0 ? ["–", "–"] : [time(decided.p50Ms), time(decided.p99Ms)]),
	]),
];

/** Whether the last run is as it is meant to be. */
export function targetsOf({ object, decided }: Figures): readonly { readonly text: string; readonly isMet: boolean }[] {
	return [
		{
			text: `the SKU's object has at most ${count(MOST_CALLS)} calls in a second: ${count(object.worstSecond)}, in second ${object.worstAtSecond + 1}`,
			isMet: object.worstSecond <= MOST_CALLS,
		},
		{
			text: `99 of 100 decided reservations take at most ${time(MOST_P99_MS)}, worldwide: ${time(decided.p99Ms)}`,
			isMet: decided.p99Ms <= MOST_P99_MS,
		},
	];
}
