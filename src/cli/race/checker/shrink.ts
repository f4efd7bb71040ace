/**
 * Makes a witness smaller for as long as it stays impossible: first the end of the history, then what only says how things
 * are, then whole buyers, then single steps of buyers, then buyers who got their units by right. Each step is one of
 * `weaken.ts`, so that what is left convicts the whole history.
 */
import type { History } from "../history.ts";
import { decide } from "./decide.ts";
import { dutiesOf } from "./duties.ts";

import { until, withoutBuyers, withoutOwner, withoutStep, withoutWords, wordsOf } from "./weaken.ts";

/** A part of a history that no correct shop can have had. Its operations keep their ids. */
export interface Witness {
	readonly history: History;
	/** The operation at whose end no order is left. */
	readonly operation: number;
	/** Buyers who are left out together with the units that they bought by right. */
	readonly aside: readonly { readonly buyer: string; readonly units: number }[];
}

/** Situations that each attempt may cost. What is not decided by then is kept. */
const BUDGET = 50_000;

/** From this size on, a history that breaks a bound is first made small by the bounds alone, which cost little. */
const LARGE = 300;

/** Operations that all attempts together may look at: some seconds' worth. Then what is left is the witness. */
const MOST_LOOKED_AT = 500_000;

/** So few operations are read at a glance. Whom they concern then says more than what could be left out too. */
const READABLE = 6;

/** The smallest part that was found; null if the history is possible or cannot be decided. */
export function shrink(history: History, budget = BUDGET): Witness | null {
	const isLarge = history.operations.length > LARGE;
	const bounded = isLarge ? convict(history, [], 0) : null;
	const convicted = bounded === null ? convict(history, [], budget) : new Shrinking(bounded, 0).run();
	if (convicted === null || convicted.history.operations.length > LARGE) return convicted;
	return new Shrinking(convicted, budget).run();
}

/** @param budget with 0 by the bounds alone */
export function convict(history: History, aside: Witness["aside"], budget: number): Witness | null {
	const found = decide(dutiesOf(history), budget);
	return found.kind === "no-order" ? { history, operation: found.operation, aside } : null;
}

class Shrinking {
	readonly #budget: number;
	#witness: Witness;
	#left = MOST_LOOKED_AT;

	constructor(witness: Witness, budget: number) {
		this.#witness = witness;
		this.#budget = budget;
	}

	run(): Witness {
		for (let size = Number.POSITIVE_INFINITY; this.#size < size; ) {
			size = this.#size;
			this.#cutEnd();
			this.#drop(wordsOf(this.#witness.history).reverse(), withoutWords);
			this.#drop(this.#buyers(), withoutBuyers);
			for (const id of this.#ids()) this.#try(() => withoutStep(this.#witness.history, id));
			if (this.#size <= READABLE) continue;
			for (const buyer of this.#buyers()) {
				const rest = withoutOwner(this.#witness.history, buyer);
				if (rest !== null) this.#try(() => rest.history, [...this.#witness.aside, { buyer, units: rest.units }]);
			}
		}
		return this.#witness;
	}

	get #size(): number {
		return this.#witness.history.operations.length;
	}

	/** Later ones first: what happened early explains more. */
	#ids(): number[] {
		return this.#witness.history.operations.map(({ id }) => id).reverse();
	}

	#buyers(): string[] {
		return [...new Set(this.#witness.history.operations.map(({ actor }) => actor))].reverse();
	}

	#cutEnd(): void {
		const { history, operation } = this.#witness;
		const last = history.operations.find(({ id }) => id === operation);
		if (last !== undefined) this.#try(() => until(history, last.endedAtMs));
	}

	/** Delta debugging: half of them, then quarters, down to each by itself. */
	#drop<Part>(parts: readonly Part[], weaken: (history: History, parts: ReadonlySet<Part>) => History | null): void {
		let left = [...parts];
		for (let size = left.length; size >= 1; size = Math.floor(size / 2)) {
			const kept: Part[] = [];
			for (let at = 0; at < left.length; at += size) {
				const chunk = left.slice(at, at + size);
				if (!this.#try(() => weaken(this.#witness.history, new Set(chunk)))) kept.push(...chunk);
			}
			left = kept;
		}
	}

	#try(weaken: () => History | null, aside = this.#witness.aside): boolean {
		this.#left -= this.#size;
		if (this.#left < 0) return false;
		const history = weaken();
		if (history === null || history.operations.length >= this.#size) return false;
		const convicted = convict(history, aside, this.#budget);
		if (convicted !== null) this.#witness = convicted;
		return convicted !== null;
	}
}
