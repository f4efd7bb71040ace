/** What comes to a gate, and what it has heard of its SKU. In memory. */
import { gatesNeeded, type Heard, type HotWord, hear, wordFrom } from "../../stock/rules/gates.ts";

export class GateTraffic {
	readonly #gates: number;
	#needed: number;
	#second = { sinceMs: Number.NEGATIVE_INFINITY, calls: 0 };
	/** Calls that the SKU's object has not been told of. */
	#calls = 0;
	#heard: Heard | undefined;

	/** @param gates of the region, by the name of this one */
	constructor(gates: number) {
		this.#gates = gates;
		this.#needed = gates;
	}

	/** An isolate calls. */
	count(nowMs: number): void {
		this.#calls += 1;
		const isSameSecond = nowMs >= this.#second.sinceMs && nowMs < this.#second.sinceMs + 1_000;
		if (!isSameSecond) this.#second = { sinceMs: nowMs, calls: 0 };
		this.#second.calls += 1;
		this.#needed = Math.max(this.#needed, gatesNeeded(this.#gates, this.#second.calls, 0));
	}

	/** So many watch here. */
	note(watchers: number): void {
		this.#needed = Math.max(this.#needed, gatesNeeded(this.#gates, this.#second.calls, watchers));
	}

	/** Calls since this was asked last: what the next call to the SKU's object stands for. */
	takeCalls(): number {
		const calls = Math.max(1, this.#calls);
		this.#calls = 0;
		return calls;
	}

	hear(word: HotWord | undefined, nowMs: number): void {
		this.#heard = hear(this.#heard, word, nowMs);
	}

	/** The word of the SKU, as the gate hands it on; undefined when the SKU is cold. */
	word(nowMs: number): HotWord | undefined {
		const word = wordFrom(this.#heard, this.#needed, nowMs);
		if (word === undefined) this.#needed = this.#gates;
		return word;
	}
}
