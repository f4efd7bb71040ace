/** How busy a SKU's object is. Counted in memory: an object that is loaded anew finds out again. */
import { COLD, type HotWord, heated, wordOf } from "./rules/gates.ts";

export class HeatMeter {
	readonly #watchers: () => number;
	#heat = COLD;

	/** @param watchers how many there are, at the object and at its gates */
	constructor(watchers: () => number) {
		this.#watchers = watchers;
	}

	/** @param calls that came, or that a gate has kept from coming */
	count(calls: number): void {
		this.#heat = heated(this.#heat, calls, this.#watchers(), Date.now());
	}

	/** What the object says of it in its answers. */
	word(): HotWord | undefined {
		this.count(0);
		return wordOf(this.#heat, Date.now());
	}
}
