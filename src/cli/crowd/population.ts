/**
 * Who comes: one crowd for all runs of a seed. When each shopper arrives, where, and what they are like. Pure.
 */
import { mulberry32 } from "../random.ts";
import { ACCESS_MS, BOT_ACCESS_MS } from "./costs.ts";
import type { Place } from "./places.ts";

export interface Population {
	readonly size: number;
	/** When each opens the page, in order. */
	readonly arrivesMs: Float64Array;
	readonly place: Uint16Array;
	readonly isolate: Uint16Array;
	readonly isBot: Uint8Array;
	/** To the place and back. */
	readonly accessMs: Float32Array;
	/** From seeing the page to pressing the button. */
	readonly thinksMs: Float32Array;
	/** From 0 to 1: what somebody does who is refused. */
	readonly mood: Float32Array;
}

/** Most come at once, as when a sale was announced: after this time one in three are still to come. */
const MEAN_MS = 20_000;
/** One of so many is a bot, and they come from so many isolates at so many places. */
const PEOPLE_PER_BOT = 500;
const BOT_PLACES = 3;
const BOT_ISOLATES_EACH = 3;
const MEAN_THINKING_MS = 800;
const NORMAL_95 = 1.645;

/** @param withinMs the last comes then */
export function populationOf(
	arrivals: number,
	withinMs: number,
	places: readonly Place[],
	{ seed, bots }: { readonly seed: number; readonly bots: boolean },
): Population {
	const random = mulberry32(seed);
	const population: Population = {
		size: arrivals,
		arrivesMs: new Float64Array(arrivals),
		place: new Uint16Array(arrivals),
		isolate: new Uint16Array(arrivals),
		isBot: new Uint8Array(arrivals),
		accessMs: new Float32Array(arrivals),
		thinksMs: new Float32Array(arrivals),
		mood: new Float32Array(arrivals),
	};
	// Where the way is shortest: whoever writes a bot knows that.
	const nearest = [...places.keys()].sort((a, b) => wayOf(places[a]) - wayOf(places[b])).slice(0, BOT_PLACES);
	const upTo = cumulated(places.map(({ share }) => share));
	const spread = Math.log(ACCESS_MS.of95 / ACCESS_MS.median) / NORMAL_95;
	const all = 1 - Math.exp(-withinMs / MEAN_MS);
	for (let i = 0; i < arrivals; i++) {
		population.arrivesMs[i] = -MEAN_MS * Math.log(1 - (all * (i + random())) / arrivals);
		const isBot = bots && random() * PEOPLE_PER_BOT < 1;
		const at = isBot ? (nearest[Math.floor(random() * nearest.length)] as number) : indexOf(upTo, random());
		const { firstIsolate, isolates } = places[at] as Place;
		const used = isBot ? Math.min(BOT_ISOLATES_EACH, isolates) : isolates;
		population.isBot[i] = isBot ? 1 : 0;
		population.place[i] = at;
		population.isolate[i] = firstIsolate + Math.floor(random() * used);
		population.accessMs[i] = isBot ? BOT_ACCESS_MS : ACCESS_MS.median * Math.exp(spread * normal(random));
		population.thinksMs[i] = isBot ? 0 : -MEAN_THINKING_MS * Math.log(1 - random());
		population.mood[i] = random();
	}
	return population;
}

const wayOf = (place: Place | undefined): number => place?.roundTripMs ?? 0;

function cumulated(shares: readonly number[]): Float64Array {
	let sum = 0;
	return Float64Array.from(shares, (share) => {
		sum += share;
		return sum;
	});
}

/** The first whose sum is beyond `value`. */
function indexOf(upTo: Float64Array, value: number): number {
	let [low, high] = [0, upTo.length - 1];
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((upTo[middle] as number) > value) high = middle;
		else low = middle + 1;
	}
	return low;
}

/** Box and Muller. */
const normal = (random: () => number): number =>
	Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
