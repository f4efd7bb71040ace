/**
 * What a soak judges of its samples. Pure.
 *
 * A figure that must stay *level* (the heap, open files) goes up and comes down again: rubbish is collected, and a sweep
 * wakes objects. What leaks does not come down. So its floor is judged: the least between two sweeps, in the last two
 * thirds, since a server that has just started still grows. The slope of Theil and Sen says by how much the floor grew
 * from the beginning of the middle third to the end.
 *
 * A figure that grows with the *work* (files, since each checkout has an object) is compared by its rate: what a shopper
 * of the last third added, beside one of the middle third. And when nobody is there and all has ended, some figures must
 * be back where they were *at rest*.
 */
import { SWEEPS } from "./plan.ts";
import type { Sample } from "./sample.ts";
import { median, type Point, slopeOf } from "./trend.ts";

/** Shorter soaks see the server start, and judge nothing of it. */
export const ENOUGH_MINUTES = 5;
const ENOUGH_MS = ENOUGH_MINUTES * 60_000;

const MEGABYTE = 2 ** 20;

export type Unit = "bytes" | "count";

interface Level {
	readonly name: string;
	readonly unit: Unit;
	readonly of: (sample: Sample) => number;
	/** Growth that is none: a share of what it was in the middle third, and no less than the second number. */
	readonly allowedShare: number;
	readonly allowedAtLeast: number;
	/** The most that there may be at rest, beside what there was before the first shopper; null for anything. */
	readonly atRest: ((before: Sample) => number) | null;
}

interface Rate {
	readonly name: string;
	readonly unit: Unit;
	readonly of: (sample: Sample) => number;
	/** By how much of itself it may be more for a shopper of the last third. */
	readonly allowedShare: number;
}

/**
 * At rest our own connections may be open still, to the shop and within wrangler: a dozen. A socket a shopper would be
 * thousands.
 */
const OWN_SOCKETS = 12;

export const LEVELS: readonly Level[] = [
	{
		name: "heap",
		unit: "bytes",
		of: ({ heapBytes }) => heapBytes,
		// Its floor is where it was collected; how soon that comes differs.
		...{ allowedShare: 0, allowedAtLeast: 8 * MEGABYTE },
		atRest: null,
	},
	{
		name: "open files of objects",
		unit: "count",
		of: ({ objectFiles }) => objectFiles,
		// How many are awake at a time is how many shoppers came within some seconds.
		...{ allowedShare: 0.25, allowedAtLeast: 30 },
		atRest: () => 0,
	},
	{
		name: "open sockets",
		unit: "count",
		of: ({ sockets }) => sockets,
		...{ allowedShare: 0.25, allowedAtLeast: 20 },
		atRest: ({ sockets }) => sockets + OWN_SOCKETS,
	},
	{
		name: "other handles",
		unit: "count",
		of: ({ otherHandles }) => otherHandles,
		...{ allowedShare: 0, allowedAtLeast: 5 },
		atRest: ({ otherHandles }) => otherHandles + 5,
	},
	{
		name: "write-ahead logs",
		unit: "bytes",
		of: ({ walBytes }) => walBytes,
		// Those that never close, of the lists of alarms and of D1, are written over from a size of some megabytes on.
		...{ allowedShare: 0.25, allowedAtLeast: 4 * MEGABYTE },
		atRest: null,
	},
	{
		name: "alarms that are set",
		unit: "count",
		of: ({ alarms }) => alarms,
		...{ allowedShare: 0.25, allowedAtLeast: 20 },
		atRest: () => 0,
	},
];

export const RATES: readonly Rate[] = [
	// Not a level: the local runtime keeps some of each object that was ever awake, under a bare Worker too.
	{ name: "resident memory", unit: "bytes", of: ({ memoryBytes }) => memoryBytes, allowedShare: 0.5 },
	{ name: "objects stored", unit: "count", of: ({ objects }) => objects, allowedShare: 0.15 },
	{ name: "bytes stored", unit: "bytes", of: ({ storedBytes }) => storedBytes, allowedShare: 0.15 },
];

export interface LevelFinding {
	readonly name: string;
	readonly unit: Unit;
	/** Before the first shopper, by the median floors of two thirds, and when all was quiet. */
	readonly before: number;
	readonly middle: number;
	readonly last: number;
	readonly rest: number;
	/** From the beginning of the middle third to the end; null where the soak was too short. */
	readonly grew: number | null;
	readonly allowed: number;
	/** The most at rest; null for anything. */
	readonly mostAtRest: number | null;
}

export interface RateFinding {
	readonly name: string;
	readonly unit: Unit;
	/** A shopper's, in each third; null where the soak was too short. */
	readonly middle: number | null;
	readonly last: number | null;
	readonly allowed: number | null;
}

export interface Findings {
	readonly levels: readonly LevelFinding[];
	readonly rates: readonly RateFinding[];
	/** Shoppers of the last two thirds: what the growth is divided by. */
	readonly shoppers: number;
	/** Whole sentences; empty when nothing grew. */
	readonly problems: readonly string[];
}

/** Samples of a soak: one before the first shopper, those while shoppers came, and one when all was quiet. */
export interface Samples {
	readonly before: Sample;
	readonly during: readonly Sample[];
	readonly rest: Sample;
	/** For how long shoppers came. */
	readonly durationMs: number;
}

export function judgeSamples({ before, during, rest, durationMs }: Samples): Findings {
	const third = (index: number) =>
		during.filter(({ atMs }) => atMs >= (durationMs * index) / 3 && atMs < (durationMs * (index + 1)) / 3);
	const [middle, last] = [third(1), third(2)];
	const isLong = durationMs >= ENOUGH_MS;
	const levels = LEVELS.map((level): LevelFinding => {
		const floors = [middle, last].map((samples) => floorsOf(samples, level.of, durationMs));
		const [usual, late] = floors.map((points) => median(points.map(({ y }) => y))) as [number, number];
		return {
			...{ name: level.name, unit: level.unit, before: level.of(before), rest: level.of(rest) },
			...{ middle: usual, last: late, grew: isLong ? slopeOf(floors.flat()) * ((durationMs * 2) / 3) : null },
			allowed: Math.max(level.allowedAtLeast, usual * level.allowedShare),
			mostAtRest: level.atRest?.(before) ?? null,
		};
	});
	const rates = RATES.map(({ name, unit, of, allowedShare }): RateFinding => {
		const rateOf = (samples: readonly Sample[]) =>
			slopeOf(samples.map((sample) => ({ x: sample.shoppers, y: of(sample) })));
		if (!isLong) return { name, unit, middle: null, last: null, allowed: null };
		const usual = rateOf(middle);
		return { name, unit, middle: usual, last: rateOf(last), allowed: usual * (1 + allowedShare) };
	});
	const shoppers = (last.at(-1)?.shoppers ?? 0) - (middle[0]?.shoppers ?? 0);
	const problems = [...levels.flatMap(problemsOfLevel), ...rates.flatMap(problemsOfRate)];
	return { levels, rates, shoppers, problems };
}

/** The least between each two sweeps. */
function floorsOf(samples: readonly Sample[], of: (sample: Sample) => number, durationMs: number): Point[] {
	const everyMs = durationMs / SWEEPS;
	const between = Map.groupBy(samples, ({ atMs }) => Math.floor(atMs / everyMs));
	return [...between].map(([index, each]) => ({ x: index * everyMs, y: Math.min(...each.map(of)) }));
}

/** What could not be measured is not flat: a comparison with NaN is false. */
export const isFlat = (finding: LevelFinding | RateFinding): boolean =>
	"grew" in finding
		? isLevel(finding) && isBack(finding)
		: finding.last === null || finding.last <= Number(finding.allowed);

const isLevel = ({ grew, allowed }: LevelFinding): boolean => grew === null || grew <= allowed;
const isBack = ({ rest, mostAtRest }: LevelFinding): boolean => mostAtRest === null || rest <= mostAtRest;

function problemsOfLevel(finding: LevelFinding): string[] {
	const { name, unit, grew, allowed, rest, mostAtRest } = finding;
	const left = `${show(rest, unit)} when all was quiet, and at most ${show(Number(mostAtRest), unit)} belong there`;
	return [
		...(isLevel(finding)
			? []
			: [`${name} grew by ${show(Number(grew), unit)}, and ${show(allowed, unit)} would be none`]),
		...(isBack(finding) ? [] : [`${name}: ${left}`]),
	];
}

function problemsOfRate(finding: RateFinding): string[] {
	const { name, unit, middle, last } = finding;
	if (isFlat(finding)) return [];
	return [
		`${name} for each shopper: ${show(Number(last), unit)} in the last third, after ${show(Number(middle), unit)} in the middle one`,
	];
}

/** A figure as a person reads it. */
export function show(value: number, unit: Unit): string {
	if (unit === "bytes") {
		const isLarge = Math.abs(value) >= MEGABYTE;
		return isLarge ? `${(value / MEGABYTE).toFixed(1)} MB` : `${(value / 1024).toFixed(1)} kB`;
	}
	return Number.isInteger(value) ? value.toLocaleString("en-US") : value.toFixed(Math.abs(value) < 10 ? 2 : 0);
}
