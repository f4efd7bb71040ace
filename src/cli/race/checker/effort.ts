/** How many situations a search has looked at, and may. */
export class OutOfPatience extends Error {}

export class Effort {
	readonly #budget: number;
	readonly #patience: number;
	#spent = 0;
	#begun = 0;

	/**
	 * @param budget for the whole search
	 * @param patience for one place of it
	 */
	constructor(budget: number, patience: number) {
		this.#budget = budget;
		this.#patience = patience;
	}

	get spent(): number {
		return this.#spent;
	}

	get isLeft(): boolean {
		return this.#spent < this.#budget;
	}

	/** @throws OutOfPatience when the budget or the patience is at its end */
	spend(): void {
		this.#spent += 1;
		if (this.#spent > this.#budget || this.#spent - this.#begun > this.#patience) throw new OutOfPatience();
	}

	/** The search has come further. */
	beginAnew(): void {
		this.#begun = this.#spent;
	}
}
