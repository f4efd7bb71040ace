/** A semaphore; first come, first served. */
export class Slots {
	#free: number;
	readonly #queue: (() => void)[] = [];
	#head = 0;

	constructor(count: number) {
		this.#free = count;
	}

	async take(): Promise<void> {
		if (this.#free > 0) {
			this.#free -= 1;
			return;
		}
		await new Promise<void>((go) => this.#queue.push(go));
	}

	giveBack(): void {
		const next = this.#queue[this.#head];
		if (next === undefined) {
			this.#free += 1;
			return;
		}
		this.#head += 1;
		if (this.#head === this.#queue.length) {
			this.#queue.length = 0;
			this.#head = 0;
		}
		next();
	}
}
