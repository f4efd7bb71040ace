/**
 * Chance that can be had again: the same seed rolls the same.
 *
 * Two kinds, since two things are wanted. `Dice` rolls one after the other, for a story that is told in order. `roll` is a
 * function of what it is about, for what happens inside the objects, whose order is theirs.
 */

/** A number in [0, 1) that depends on these words and nothing else. */
export function roll(...words: readonly (string | number)[]): number {
	// FNV-1a, and then the finisher of MurmurHash3, without which near words roll near numbers.
	let hash = 0x811c9dc5;
	for (const char of words.join("\n")) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
	hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
	hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
	return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

export class Dice {
	readonly #seed: string;
	#rolls = 0;

	constructor(...seed: readonly (string | number)[]) {
		this.#seed = seed.join("/");
	}

	/** In [0, 1). */
	next(): number {
		return roll(this.#seed, this.#rolls++);
	}

	/** Both ends included. */
	int(least: number, most: number): number {
		return least + Math.floor(this.next() * (most - least + 1));
	}

	chance(probability: number): boolean {
		return this.next() < probability;
	}

	pick<T>(list: readonly T[]): T {
		if (list.length === 0) throw new Error("nothing to pick from");
		return list[this.int(0, list.length - 1)] as T;
	}

	/** One of the words, each as likely as its weight. */
	weighted<K extends string>(weights: Readonly<Record<K, number>>): K {
		const entries = Object.entries(weights) as [K, number][];
		let left = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
		for (const [word, weight] of entries) {
			left -= weight;
			if (left < 0) return word;
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
}
