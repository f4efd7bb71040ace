/** What a rush is asked to be. */
import type { Costs } from "./costs.ts";
import type { Kind } from "./kinds.ts";

export interface RushOrder {
	readonly kind: Kind;
	readonly arrivals: number;
	readonly seconds: number;
	readonly units: number;
	readonly places: number;
	readonly isolates: number;
	readonly seed: number;
	readonly costs: Costs;
}

/** One unit in ten comes in the middle. */
export const RESTOCKED = 0.1;
