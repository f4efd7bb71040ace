import type { Stock } from "./model.ts";

/** Where the shop may be. */
export interface Situation {
	readonly stock: Stock;
	/** Acts whose time has begun and that are not done, by the end of their time. */
	readonly todo: readonly number[];
	/** Facts whose time has begun and that have not been so. */
	readonly unmet: readonly number[];
	/** Buyers whose hold may end now, by the time at which it has to have ended. */
	readonly lapsing: readonly number[];
}

/** One thing done: an act, or the end of a hold. */
export interface Move {
	readonly to: Situation;
	readonly buyer: number;
	/** Gives back units that were taken by an act whose own time is not over. */
	readonly isBorrowed: boolean;
}

/** What became of the attempt to do an act. */
export type Step =
	| { readonly kind: "impossible" }
	| { readonly kind: "over" }
	| { readonly kind: "done"; readonly to: Situation };

/** A set of situations, by value. */
export class Situations {
	readonly #byHash = new Map<number, Situation[]>();

	/** @returns false when it was there */
	add(situation: Situation): boolean {
		const hash = hashOf(situation);
		const others = this.#byHash.get(hash);
		if (others === undefined) this.#byHash.set(hash, [situation]);
		else if (others.some((other) => areEqual(other, situation))) return false;
		else others.push(situation);
		return true;
	}
}

function hashOf({ stock, todo, unmet, lapsing }: Situation): number {
	let hash = stock.free * 31 + stock.sold;
	for (const list of [todo, unmet, lapsing]) {
		hash = (hash * 31 + list.length) | 0;
		for (const index of list) hash = (hash + Math.imul(index + 1, 0x9e3779b1)) | 0;
	}
	return hash;
}

const areEqual = (one: Situation, other: Situation): boolean =>
	one.stock.free === other.stock.free &&
	one.stock.sold === other.stock.sold &&
	haveSame(one.todo, other.todo) &&
	haveSame(one.unmet, other.unmet) &&
	haveSame(one.lapsing, other.lapsing) &&
	one.stock.buyers.equals(other.stock.buyers);

/** Lists may be in another order where two ends are the same. */
function haveSame(one: readonly number[], other: readonly number[]): boolean {
	if (one.length !== other.length) return false;
	if (one.every((index, at) => index === other[at])) return true;
	const others = new Set(other);
	return one.every((index) => others.has(index));
}
