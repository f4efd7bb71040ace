/**
 * Repeatable randomness: the same seed draws the same.
 *
 * `Prng` draws one value after another, for the actions, which happen in order. `randomFor` is a function of what it is
 * asked about, for what happens inside the objects, whose order is their own.
 */
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

type Words = readonly (string | number)[];

/** FNV-1a with the finisher of MurmurHash3, without which similar words have similar hashes. 32 bits, unsigned. */
function hash(words: Words): number {
	let hash = 0x811c9dc5;
	for (const char of words.join("\n")) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
	hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
	hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
	return (hash ^ (hash >>> 16)) >>> 0;
}

/** A number in [0, 1) that depends on these words and on nothing else. */
export const randomFor = (...words: Words): number => hash(words) / 2 ** 32;

export class Prng {
	readonly #generator: ReturnType<typeof xoroshiro128plus>;

	constructor(...seed: Words) {
		this.#generator = xoroshiro128plus(hash(seed));
	}

	/** Both ends included. */
	int(least: number, most: number): number {
		return uniformInt(this.#generator, least, most);
	}

	chance(probability: number): boolean {
		return this.#unit() < probability;
	}

	pick<T>(list: readonly T[]): T {
		if (list.length === 0) throw new Error("nothing to pick from");
		return list[this.int(0, list.length - 1)] as T;
	}

	/** One of the keys, each as likely as its weight. */
	weighted<K extends string>(weights: Readonly<Record<K, number>>): K {
		const entries = Object.entries(weights) as [K, number][];
		let left = this.#unit() * entries.reduce((sum, [, weight]) => sum + weight, 0);
		for (const [key, weight] of entries) {
			left -= weight;
			if (left < 0) return key;
		}
		return (entries.at(-1) as [K, number])[0];
	}

	shuffled<T>(list: readonly T[]): T[] {
		const all = [...list];
		for (let i = all.length - 1; i > 0; i--) {
			const j = this.int(0, i);
			[all[i], all[j]] = [all[j] as T, all[i] as T];
		}
		return all;
	}

	some<T>(list: readonly T[], count: number): T[] {
		return this.shuffled(list).slice(0, count);
	}

	/** In [0, 1). */
	#unit(): number {
		return uniformFloat64(this.#generator);
	}
}
