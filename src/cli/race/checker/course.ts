/** Numbers that change with time, for the bounds of a history: only the order of the times matters. */
import type { Duties } from "./duties.ts";

/** Every instant at which something begins or ends has an even place, and the time after it the odd one that follows. */
export class Axis {
	readonly #places: ReadonlyMap<number, number>;
	/** Behind the last place. */
	readonly length: number;

	constructor({ acts, facts }: Duties) {
		const times = new Set<number>();
		for (const { fromMs, byMs } of [...acts, ...facts]) times.add(fromMs).add(byMs);
		for (const { what } of acts) if (what.kind === "hold") times.add(what.fromMs).add(what.byMs);
		const finite = [...times].filter(Number.isFinite).sort((one, other) => one - other);
		this.#places = new Map(finite.map((atMs, index) => [atMs, 2 * index]));
		this.length = 2 * finite.length;
	}

	at(atMs: number): number {
		return this.#places.get(atMs) ?? (atMs > 0 ? this.length : -1);
	}
}

/** Units that somebody has from the first place to the last, both included. */
export interface Span {
	readonly from: number;
	readonly to: number;
	readonly units: number;
}

/** The units of the largest of the spans at a place. */
export const mostAt = (spans: readonly Span[], place: number): number =>
	spans.reduce((most, { from, to, units }) => (from <= place && place <= to ? Math.max(most, units) : most), 0);

/** A number at each place. */
export class Course {
	/** By how much it is larger than at the place before. */
	readonly #changes: number[];
	#values: readonly number[] | null = null;

	constructor(length: number) {
		this.#changes = Array.from({ length: length + 1 }, () => 0);
	}

	/** From this place on. */
	add(place: number, units: number): void {
		if (place >= this.#changes.length) return;
		const from = Math.max(0, place);
		this.#changes[from] = (this.#changes[from] as number) + units;
	}

	/** At each place what the largest of the spans says there. */
	addMost(spans: readonly Span[]): void {
		const places = new Set(spans.flatMap(({ from, to }) => [from, to + 1]));
		let before = 0;
		for (const place of [...places].sort((one, other) => one - other)) {
			const units = mostAt(spans, place);
			this.add(place, units - before);
			before = units;
		}
	}

	at(place: number): number {
		let total = 0;
		this.#values ??= this.#changes.map((change) => (total += change));
		return this.#values[place] as number;
	}
}
