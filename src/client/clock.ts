/**
 * The server's clock, as far as its answers tell it. A page counts down to the end of a hold by this clock, so a laptop
 * that is an hour wrong shows the right time left.
 */

/** How far the laptop's clock may run away from its own timer before it was set by somebody. */
const JUMP_MS = 1_500;

export class ServerClock {
	/** The largest difference seen. Every answer was true a moment before it arrived, so the truth is at least this. */
	#offsetMs: number | null = null;
	#wallMs = 0;
	#timerMs = 0;
	readonly #wall: () => number;
	readonly #timer: () => number;

	/** @param wall the local clock, @param timer a clock that nobody can set; both in milliseconds */
	constructor(wall: () => number = Date.now, timer: () => number = () => performance.now()) {
		this.#wall = wall;
		this.#timer = timer;
	}

	/** The server's time now, in milliseconds since 1970. Before its first answer: the local clock's. */
	nowMs(): number {
		this.#forgetAfterJump();
		return this.#wall() + (this.#offsetMs ?? 0);
	}

	/** Whether an answer has told the server's time. */
	get isKnown(): boolean {
		return this.#offsetMs !== null;
	}

	/** Learns from an answer that was true at `serverMs`, and arrived just now. */
	learn(serverMs: number): void {
		if (!Number.isFinite(serverMs)) return;
		this.#forgetAfterJump();
		const offsetMs = serverMs - this.#wall();
		if (this.#offsetMs !== null && offsetMs <= this.#offsetMs) return;
		this.#offsetMs = offsetMs;
		this.#wallMs = this.#wall();
		this.#timerMs = this.#timer();
	}

	/** Somebody set the local clock: what was learnt by it is wrong by as much. */
	#forgetAfterJump(): void {
		if (this.#offsetMs === null) return;
		const jumpMs = this.#wall() - this.#wallMs - (this.#timer() - this.#timerMs);
		if (Math.abs(jumpMs) < JUMP_MS) return;
		this.#offsetMs -= jumpMs;
		this.#wallMs = this.#wall();
		this.#timerMs = this.#timer();
	}
}
