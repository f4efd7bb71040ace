/** Places and the crowd: what the seed decides, and what it does not. */
import { describe, expect, it } from "vitest";
import { PRICES } from "../../../src/cli/crowd/bill.ts";
import { HOME } from "../../../src/cli/crowd/cities.ts";
import { distanceKm, placesOf, roundTripMs } from "../../../src/cli/crowd/places.ts";
import { populationOf } from "../../../src/cli/crowd/population.ts";
import { PRICES as BENCH_PRICES } from "../../bench/cost.ts";

const NEW_YORK = { latitude: 40.7, longitude: -74.0 };
const PARIS = { latitude: 48.9, longitude: 2.4 };

describe("places", () => {
	const places = placesOf(300, 5_000, 1);

	it("share out all isolates and the whole crowd, one isolate at least to each", () => {
		expect(places).toHaveLength(300);
		expect(places.reduce((sum, { isolates }) => sum + isolates, 0)).toBe(5_000);
		expect(places.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
		expect(Math.min(...places.map(({ isolates }) => isolates))).toBeGreaterThanOrEqual(1);
		const next = places.map(({ firstIsolate, isolates }) => firstIsolate + isolates);
		expect(places.slice(1).map(({ firstIsolate }) => firstIsolate)).toEqual(next.slice(0, -1));
	});

	it("are as far away as the published rule says", () => {
		expect(distanceKm(NEW_YORK, PARIS)).toBeGreaterThan(5_800);
		expect(distanceKm(NEW_YORK, PARIS)).toBeLessThan(5_880);
		expect(roundTripMs(NEW_YORK, PARIS)).toBeCloseTo(123, -1);
		expect(roundTripMs(HOME, HOME)).toBeLessThan(2);
		for (const { roundTripMs } of places) expect(roundTripMs).toBeLessThan(1 + 20_100 * 0.021);
	});

	it("are the same with the same seed only", () => {
		expect(placesOf(300, 5_000, 1)).toEqual(places);
		expect(placesOf(300, 5_000, 2)).not.toEqual(places);
	});
});

describe("the crowd", () => {
	const places = placesOf(100, 300, 1);
	const crowd = populationOf(50_000, 60_000, places, { seed: 3, bots: true });

	it("comes in order, within its time, and two in three of it in the first third", () => {
		expect(crowd.arrivesMs).toEqual(crowd.arrivesMs.toSorted());
		expect(crowd.arrivesMs.at(-1)).toBeLessThanOrEqual(60_000);
		const inFirstThird = crowd.arrivesMs.filter((atMs) => atMs < 20_000).length / crowd.size;
		expect(inFirstThird).toBeCloseTo(0.665, 2);
	});

	it("is at isolates of its place", () => {
		for (let shopper = 0; shopper < crowd.size; shopper++) {
			const place = places[crowd.place[shopper] ?? -1];
			const isolate = (crowd.isolate[shopper] ?? -1) - (place?.firstIsolate ?? 0);
			if (!(isolate >= 0 && isolate < (place?.isolates ?? 0))) expect.fail(`shopper ${shopper} is nowhere`);
		}
	});

	it("is at each place as large as the place's share", () => {
		const [largest] = places.toSorted((one, other) => other.share - one.share);
		const at = crowd.place.filter((place) => places[place] === largest).length / crowd.size;
		expect(at).toBeCloseTo(largest?.share ?? 0, 2);
		expect(new Set(crowd.place).size).toBe(places.length);
	});

	it("has its bots at few isolates, next to the object", () => {
		const bots = [...crowd.isBot.keys()].filter((shopper) => crowd.isBot[shopper] === 1);
		expect(bots.length / crowd.size).toBeCloseTo(1 / 500, 3);
		expect(new Set(bots.map((shopper) => crowd.isolate[shopper])).size).toBeLessThanOrEqual(9);
		const nearest = places.map(({ roundTripMs }) => roundTripMs).toSorted((one, other) => one - other)[2] ?? 0;
		for (const bot of bots) expect(places[crowd.place[bot] ?? -1]?.roundTripMs).toBeLessThanOrEqual(nearest);
	});

	it("is the same with the same seed only", () => {
		expect(populationOf(50_000, 60_000, places, { seed: 3, bots: true })).toEqual(crowd);
		expect(populationOf(50_000, 60_000, places, { seed: 4, bots: true })).not.toEqual(crowd);
	});
});

it("is billed by the prices of the bench", () => {
	expect(BENCH_PRICES).toMatchObject(PRICES);
});
