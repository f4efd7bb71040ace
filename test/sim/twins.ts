/**
 * Late twins: a message that an object has sent arrives once more, long after its answer. A retry after a lost answer
 * leaves such a twin behind.
 *
 * What a twin may do stands in one rule: a checkout that has ended is not changed by any message of its own past, and
 * neither is what it has at its SKUs.
 */
import type { Prng } from "./prng.ts";
import { randomFor } from "./prng.ts";

const KEPT = 60;

export interface Twin {
	/** The checkout whose message it is. */
	readonly checkoutId: string;
	/** The SKU that it was sent to; null for a message to the checkout itself. */
	readonly sku: string | null;
	readonly call: string;
	readonly args: readonly unknown[];
}

/** The calls by which a checkout changes what it has at a SKU. */
const CLAIMS = ["pin", "commit", "unpin", "takeBack", "givenBack", "cancelPreorder"];

export class Twins {
	readonly #seed: string;
	readonly #rate: () => number;
	#kept: Twin[] = [];
	#seen = 0;

	constructor(seed: string, rate: () => number) {
		this.#seed = seed;
		this.#rate = rate;
	}

	get count(): number {
		return this.#kept.length;
	}

	/** Keeps a copy of some of the messages. */
	observe(twin: Twin): void {
		if (twin.sku !== null && !CLAIMS.includes(twin.call)) return;
		const nth = this.#seen++;
		const { checkoutId, sku, call } = twin;
		if (randomFor(this.#seed, "twin", checkoutId, sku ?? "", call, nth) >= this.#rate()) return;
		this.#kept.push({ ...twin, args: structuredClone(twin.args) });
		if (this.#kept.length > KEPT) this.#kept.shift();
	}

	/** One of them; it may come again. */
	take(prng: Prng): Twin | null {
		if (this.#kept.length === 0) return null;
		const at = prng.int(0, this.#kept.length - 1);
		const twin = this.#kept[at] as Twin;
		if (prng.chance(0.7)) this.#kept.splice(at, 1);
		return twin;
	}

	/** All that are left. */
	takeAll(prng: Prng): Twin[] {
		const all = prng.shuffled(this.#kept);
		this.#kept = [];
		return all;
	}
}
