/**
 * Who comes when, and what each has in mind: the part of a drop that a seed decides.
 *
 * What it keeps true: the same seed gives the same arrivals and decisions. Each buyer draws from a generator of their own,
 * so that a new kind of decision does not change the old ones. Who gets a unit is the server's affair, and differs.
 */

export interface Plan {
	readonly index: number;
	/** After the start of the drop. */
	readonly arrivesAtMs: number;
	/** Whether they pay once they hold a unit. */
	readonly pays: boolean;
	/** Between holding a unit and going to pay. */
	readonly thinksForMs: number;
}

export interface ScheduleOptions {
	readonly buyers: number;
	readonly seed: number;
	readonly payRate: number;
	readonly spreadSeconds: number;
}

/** The tail of the exponential is cut here, so that one late buyer does not hold up the end. */
const LATEST_SPREADS = 4;
const LONGEST_THOUGHT_MS = 500;

/** In order of arrival. The rush is at the start and thins out: an exponential delay after the doors open. */
export function schedule(options: ScheduleOptions): Plan[] {
	const plans = Array.from({ length: options.buyers }, (_, index): Plan => {
		const random = mulberry32(options.seed ^ Math.imul(index + 1, 0x9e3779b1));
		const spreads = Math.min(-Math.log(1 - random()), LATEST_SPREADS);
		return {
			index,
			arrivesAtMs: spreads * options.spreadSeconds * 1000,
			pays: random() < options.payRate,
			thinksForMs: random() * LONGEST_THOUGHT_MS,
		};
	});
	return plans.sort((a, b) => a.arrivesAtMs - b.arrivesAtMs);
}

/** A generator with 32 bits of state; small, fast and good enough to scatter arrivals. From 0 up to, not including, 1. */
export function mulberry32(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}
