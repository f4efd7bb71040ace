/** The figures of a rush: who got what, how long it took, what the SKU's object had to bear, what it cost. Pure. */
import { bill, type Item } from "./bill.ts";
import { REGIONS, type Region } from "./cities.ts";
import type { Kind } from "./kinds.ts";
import { OUTCOME, type Presses } from "./log.ts";
import { earlyFirst, passed } from "./order.ts";
import type { Place } from "./places.ts";
import type { Population } from "./population.ts";
import { type Promised, promisesOf } from "./promises.ts";
import type { Moment, Rushed } from "./rush.ts";

export interface Latency {
	readonly count: number;
	readonly p50Ms: number;
	readonly p99Ms: number;
	readonly mostMs: number;
}

export interface RegionFigures {
	readonly region: Region;
	/** Parts of all. */
	readonly ofCrowd: number;
	readonly ofUnits: number;
	readonly decided: Latency;
}

export interface Figures {
	readonly kind: Kind;
	readonly shoppers: number;
	readonly presses: {
		readonly held: number;
		readonly waiting: number;
		readonly refused: number;
		/** They were told to come later until their patience ended. */
		readonly gaveUp: number;
	};
	/** Requests for units, and those of them that were repeated after 503 or 429. */
	readonly asks: number;
	readonly repeated: number;
	readonly tooMany: number;
	readonly looksFailed: number;
	readonly object: {
		readonly calls: number;
		readonly worstSecond: number;
		readonly worstAtSecond: number;
		readonly turnedAway: number;
		readonly longestQueueMs: number;
	};
	readonly gates: Rushed["gates"];
	/** Of people, from the press to the answer: every answer; those that the SKU's object decided; those of them that gave a unit. */
	readonly answered: Latency;
	readonly decided: Latency;
	readonly granted: Latency;
	readonly regions: readonly RegionFigures[];
	/** The place with the longest p99. */
	readonly slowestPlace: { readonly name: string; readonly latency: Latency } | null;
	readonly fairness: {
		readonly earlyFirst: number;
		readonly firstServed: number;
		readonly passedInPlaces: number;
		readonly botsOfCrowd: number;
		readonly botsOfUnits: number;
	};
	readonly bill: readonly Item[];
	readonly dollars: number;
	readonly promises: readonly Promised[];
	/** Second by second. */
	readonly callsBySecond: readonly number[];
	readonly queueMsBySecond: readonly number[];
	readonly moments: readonly Moment[];
}

export interface Stage {
	readonly population: Population;
	readonly places: readonly Place[];
	/** On sale at the start, and later. */
	readonly units: number;
	readonly restocked: number;
}

/** Those of a place are summed up where there are so many at least: one slow one is not a percentile. */
const LEAST_AT_PLACE = 20;

export function figuresOf(rushed: Rushed, stage: Stage): Figures {
	const { population, places, units, restocked } = stage;
	const { presses, asks, load, kind } = rushed;
	const { outcome, byObject } = presses;
	const answered = answersOfPeople(rushed, population);
	const decided = answered.filter((press) => byObject[press] === 1);
	const latency = (some: readonly number[]) => latencyOf(some.map((press) => waitedMs(presses, press)));
	const atPlace = Map.groupBy(decided, (press) => population.place[presses.shopper[press] as number] as number);
	const slowest = places
		.map(({ name }, place) => ({ name, latency: latency(atPlace.get(place) ?? []) }))
		.filter(({ latency }) => latency.count >= LEAST_AT_PLACE)
		.toSorted((one, other) => other.latency.p99Ms - one.latency.p99Ms)[0];
	const tally = tallyOf(presses.outcome);
	const total = units + restocked;
	const items = bill(rushed);
	const worst = load.calls.reduce((best, calls, second) => (calls > (load.calls[best] as number) ? second : best), 0);
	return {
		kind,
		shoppers: population.size,
		presses: {
			held: tally[OUTCOME.held] as number,
			waiting: tally[OUTCOME.waiting] as number,
			refused: tally[OUTCOME.refused] as number,
			gaveUp: tally[OUTCOME.unavailable] as number,
		},
		asks: asks.shopper.length,
		repeated: asks.shopper.length - presses.shopper.length,
		tooMany: tallyOf(asks.outcome)[OUTCOME.limited] as number,
		looksFailed: rushed.looksFailed,
		object: {
			calls: sum(load.calls),
			worstSecond: load.calls[worst] ?? 0,
			worstAtSecond: worst,
			turnedAway: sum(load.turnedAway),
			longestQueueMs: Math.max(0, ...load.queueMs),
		},
		gates: rushed.gates,
		answered: latency(answered),
		decided: latency(decided),
		granted: latency(answered.filter((press) => outcome[press] === OUTCOME.held)),
		regions: regionsOf(rushed, stage, decided),
		slowestPlace: slowest ?? null,
		fairness: fairnessOf(rushed, stage),
		bill: items,
		dollars: items.reduce((all, { dollars }) => all + dollars, 0),
		promises: promisesOf(rushed, population, total),
		callsBySecond: load.calls,
		queueMsBySecond: load.queueMs,
		moments: rushed.moments,
	};
}

/** Presses, by their numbers. Bots are used to waiting. */
function answersOfPeople({ presses: { outcome, shopper } }: Rushed, { isBot }: Population): number[] {
	const isAnswer = (press: number) => {
		const became = outcome[press];
		return became === OUTCOME.held || became === OUTCOME.waiting || became === OUTCOME.refused;
	};
	return Array.from(outcome.keys()).filter((press) => isAnswer(press) && isBot[shopper[press] as number] === 0);
}

const waitedMs = ({ atMs, answeredMs }: Presses, press: number): number =>
	(answeredMs[press] as number) - (atMs[press] as number);

const sum = (numbers: readonly number[]): number => numbers.reduce((all, number) => all + number, 0);

function tallyOf(outcomes: Uint8Array): number[] {
	const tally = Object.values(OUTCOME).map(() => 0);
	for (const outcome of outcomes) tally[outcome] = (tally[outcome] as number) + 1;
	return tally;
}

/** Nearest rank. */
function latencyOf(values: ArrayLike<number>): Latency {
	const sorted = Float64Array.from(values).sort();
	const at = (part: number) => sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0;
	return { count: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99), mostMs: at(1) };
}

function regionsOf(
	{ presses, holders }: Rushed,
	{ population, places }: Stage,
	decided: readonly number[],
): RegionFigures[] {
	const regionOf = (shopper: number) => (places[population.place[shopper] as number] as Place).region;
	const count = (shoppers: Iterable<number>) => {
		const counts = new Map<Region, number>();
		for (const shopper of shoppers) counts.set(regionOf(shopper), (counts.get(regionOf(shopper)) ?? 0) + 1);
		return counts;
	};
	const crowd = count(population.place.keys());
	const held = count(holders);
	const ofRegion = Map.groupBy(decided, (press) => regionOf(presses.shopper[press] as number));
	return REGIONS.filter((region) => crowd.has(region)).map((region) => ({
		region,
		ofCrowd: (crowd.get(region) ?? 0) / population.size,
		ofUnits: (held.get(region) ?? 0) / Math.max(1, holders.length),
		decided: latencyOf((ofRegion.get(region) ?? []).map((press) => waitedMs(presses, press))),
	}));
}

function fairnessOf({ presses, asks, holders }: Rushed, { population, units }: Stage): Figures["fairness"] {
	const { isBot, place, size } = population;
	const seen = new Uint8Array(size);
	const outcomes: ("unit" | "none")[] = [];
	for (const [press, outcome] of presses.outcome.entries()) {
		const shopper = presses.shopper[press] as number;
		if (seen[shopper] === 1 || isBot[shopper] === 1 || presses.wait[press] === 1) continue;
		seen[shopper] = 1;
		outcomes.push(outcome === OUTCOME.held ? "unit" : "none");
	}
	const first = outcomes.slice(0, units);
	const bots = isBot.reduce((all, bot) => all + bot, 0);
	return {
		earlyFirst: earlyFirst(outcomes),
		firstServed: first.filter((outcome) => outcome === "unit").length / Math.max(1, first.length),
		passedInPlaces: passed(asks, (ask) => place[asks.shopper[ask] as number] as number),
		botsOfCrowd: bots / size,
		botsOfUnits: holders.filter((shopper) => isBot[shopper] === 1).length / Math.max(1, holders.length),
	};
}
