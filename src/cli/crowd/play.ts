/** One rush of an order, from the crowd to the figures. */
import { type Figures, figuresOf } from "./figures.ts";
import { placesOf } from "./places.ts";
import { populationOf } from "./population.ts";
import { rush } from "./rush.ts";
import { RESTOCKED, type RushOrder } from "./rush-order.ts";

export async function playRush(
	{ kind, arrivals, seconds, units, places: count, isolates, seed, costs }: RushOrder,
	onMoment: (atMs: number, presses: number) => void,
): Promise<Figures> {
	const untilMs = seconds * 1000;
	const places = placesOf(count, isolates, seed);
	const population = populationOf(arrivals, untilMs, places, { seed, bots: true });
	const restocked = Math.floor(units * RESTOCKED);
	const restock = { units: restocked, atMs: untilMs / 2 };
	const stage = { population, places, units: units - restocked, restocked };
	return figuresOf(
		await rush({ kind, population, places, costs, units: stage.units, restock, untilMs, seed }, onMoment),
		stage,
	);
}
