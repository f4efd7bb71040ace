/** How busy a SKU's object is. Counted in memory: an object that is loaded anew finds out again. */
import { COLD, type HotWord, heated, wordOf } from "./rules/gates.ts";

export class HeatMeter {
	readonly #watchers: () => number;
	#heat = COLD;

	/** @param watchers how many there are, at the object and at its gates */
	constructor(watchers: () => number) {
		this.#watchers = watchers;
	}

	/**
	 * @param calls that came, or that a gate has kept from coming
	 * @param caller a number of the isolate; null for many, 0 for one that did not say
	 */
	count(calls: number, caller: number | null = 0): void {
		this.#heat = heated(this.#heat, calls, this.#watchers(), Date.now(), caller);
	}

	/** A call that was counted already says who made it. @param calls of isolates that a gate's call stands for */
	knowCaller(calls: number | undefined, from: number | undefined): void {
		if (calls !== undefined) this.count(calls - 1, null);
		else if (from !== undefined) this.count(0, from);
	}

	/** What the object says of it in its answers. */
	word(): HotWord | undefined {
		this.count(0);
		return wordOf(this.#heat, Date.now());
	}
}
