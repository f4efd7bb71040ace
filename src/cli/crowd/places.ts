/**
 * The places at which a crowd reaches the network, how far each is from the SKU's object, and how many of the crowd's
 * isolates it has. Pure: the seed decides.
 *
 * Round-trip times are published ones, by way of a rule. "Multiply line-of-sight distance by 2.1, then divide by the speed
 * of light in fiber", which was found for the Internet within the United States (Bozkurt et al., Dissecting Latency in the
 * Internet's Fiber Infrastructure, https://arxiv.org/abs/1811.10737). Between continents it comes out a little too long:
 * it says 123 ms for New York to Paris, where pings took 78, and 348 ms for Milan to Sydney, where they took 345
 * (https://wonderproxy.com/blog/miles-per-milisecond/).
 */
import { mulberry32 } from "../random.ts";
import { CITIES, HOME, type Region } from "./cities.ts";

export interface Place {
	readonly name: string;
	readonly region: Region;
	/** Its part of the crowd. */
	readonly share: number;
	/** To the SKU's object and back. */
	readonly roundTripMs: number;
	readonly latitude: number;
	readonly longitude: number;
	readonly firstIsolate: number;
	readonly isolates: number;
}

const FIBRE_KM_PER_MS = 200;
const DETOUR = 2.1;
/** From one machine to another in the same building, and through both. */
const LEAST_MS = 1;
const EARTH_RADIUS_KM = 6371;
const KM_PER_DEGREE = 111;
/** How far around a city its other places are, and how many people each has of those of the city itself. */
const AROUND_KM = 500;
const TOWN = 0.25;

/** @param isolates at least one at each place */
export function placesOf(count: number, isolates: number, seed: number): Place[] {
	const random = mulberry32(seed);
	const cities = Array.from({ length: count }, (_, index) => {
		const [name, latitude, longitude, millions, region] = CITIES[index % CITIES.length] as (typeof CITIES)[number];
		const round = Math.floor(index / CITIES.length);
		if (round === 0) return { name, region, latitude, longitude, weight: millions };
		const km = AROUND_KM * Math.sqrt(random());
		const bearing = 2 * Math.PI * random();
		return {
			...{ name: `${name} ${round + 1}`, region, weight: TOWN * millions },
			latitude: Math.max(-80, Math.min(80, latitude + (km * Math.cos(bearing)) / KM_PER_DEGREE)),
			longitude:
				longitude + (km * Math.sin(bearing)) / (KM_PER_DEGREE * Math.max(0.2, Math.cos((latitude * Math.PI) / 180))),
		};
	});
	const total = cities.reduce((sum, { weight }) => sum + weight, 0);
	const counts = shareOut(
		isolates,
		cities.map(({ weight }) => weight / total),
	);
	let firstIsolate = 0;
	return cities.map(({ weight, ...place }, index) => {
		const own = counts[index] as number;
		const placed = {
			...place,
			share: weight / total,
			roundTripMs: roundTripMs(place, HOME),
			firstIsolate,
			isolates: own,
		};
		firstIsolate += own;
		return placed;
	});
}

type Point = { readonly latitude: number; readonly longitude: number };

export const roundTripMs = (one: Point, other: Point): number =>
	LEAST_MS + (2 * DETOUR * distanceKm(one, other)) / FIBRE_KM_PER_MS;

/** On a great circle. */
export function distanceKm(one: Point, other: Point): number {
	const [a, b, turn] = [one.latitude, other.latitude, other.longitude - one.longitude].map(
		(degrees) => (degrees * Math.PI) / 180,
	) as [number, number, number];
	const half = Math.sin((b - a) / 2) ** 2 + Math.cos(a) * Math.cos(b) * Math.sin(turn / 2) ** 2;
	return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(half)));
}

/** Whole parts of `total`, at least one for each, which come to `total` where there is one for each. */
function shareOut(total: number, shares: readonly number[]): number[] {
	const rest = Math.max(0, total - shares.length);
	let given = 0;
	let wanted = 0;
	return shares.map((share) => {
		wanted += share * rest;
		const own = Math.round(wanted) - given;
		given += own;
		return 1 + own;
	});
}
