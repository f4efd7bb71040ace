/** A small crowd, and a rush of it: three thousand people who take a second of a test's time. */
import "../../../src/cli/crowd/workers-module.ts";
import { PUBLISHED } from "../../../src/cli/crowd/costs.ts";
import type { Kind } from "../../../src/cli/crowd/kinds.ts";
import { placesOf } from "../../../src/cli/crowd/places.ts";
import { populationOf } from "../../../src/cli/crowd/population.ts";
import type { Rushed } from "../../../src/cli/crowd/rush.ts";

export const UNITS = 300;
const RESTOCKED = 60;
const SECONDS = 4;

export const places = placesOf(20, 120, 1);

export const crowdOf = (seed: number) => populationOf(3_000, SECONDS * 1000, places, { seed, bots: true });

export async function playSmall(kind: Kind, seed: number): Promise<Rushed> {
	// Only now: the object imports a module that the import above makes known.
	const { rush } = await import("../../../src/cli/crowd/rush.ts");
	const restock = { units: RESTOCKED, atMs: (SECONDS * 1000) / 2 };
	const crowd = { population: crowdOf(seed), places, units: UNITS - RESTOCKED, restock };
	return rush({ ...crowd, kind, costs: PUBLISHED, untilMs: SECONDS * 1000, seed }, () => {});
}
