/**
 * The server's clock, as far as its answers tell it. A page counts down to the end of a hold by this clock, so a laptop
 * that is an hour wrong shows the right time left.
 *
 * Every answer about availability says as of when it is true (`asOf`), and is at most a second old. That bounds the
 * server's time from both sides, and each further answer narrows it.
 */

/** How old an answer about availability may be when it is sent: the contract's bound. */
const AT_MOST_OLD_MS = 1_000;
/** How far the laptop's clock may run away from its own timer before it was set by somebody. */
const JUMP_MS = 1_500;

interface Bounds {
	/** The server's time less the local one is at least and at most so much. */
	readonly leastMs: number;
	readonly mostMs: number;
	/** When the bounds were learnt, by both local clocks. */
	readonly wallMs: number;
	readonly timerMs: number;
}

export class ServerClock {
	#bounds: Bounds | null = null;
	readonly #wall: () => number;
	readonly #timer: () => number;

	/**
	 * @param wall the local clock, in milliseconds since 1970
	 * @param timer a clock that nobody can set, in milliseconds
	 */
	constructor(wall: () => number = Date.now, timer: () => number = () => performance.now()) {
		this.#wall = wall;
		this.#timer = timer;
	}

	/** The server's time now, in milliseconds since 1970. Before its first answer: the local clock's. */
	nowMs(): number {
		const bounds = this.#current();
		return this.#wall() + (bounds === null ? 0 : (bounds.leastMs + bounds.mostMs) / 2);
	}

	/** Whether an answer has told the server's time. */
	get isKnown(): boolean {
		return this.#bounds !== null;
	}

	/**
	 * Learns from an answer that arrived just now.
	 * @param asOfMs when it was true, by the server's clock
	 * @param askedAtMs when it was asked for, by the local clock; without it the answer tells only how late it is at least
	 */
	learn(asOfMs: number, askedAtMs?: number): void {
		if (!Number.isFinite(asOfMs)) return;
		const wallMs = this.#wall();
		const leastMs = asOfMs - wallMs;
		const mostMs = (askedAtMs === undefined ? leastMs : asOfMs - askedAtMs) + AT_MOST_OLD_MS;
		const known = this.#current();
		const isPossible = known !== null && leastMs <= known.mostMs && mostMs >= known.leastMs;
		this.#bounds = {
			// Answers that contradict each other: the newer one is right, the older one was from before the clock was set.
			leastMs: isPossible ? Math.max(leastMs, known.leastMs) : leastMs,
			mostMs: isPossible ? Math.min(mostMs, known.mostMs) : mostMs,
			wallMs,
			timerMs: this.#timer(),
		};
	}

	/** What is known, put right when somebody has set the local clock meanwhile. */
	#current(): Bounds | null {
		if (this.#bounds === null) return null;
		const { leastMs, mostMs, wallMs, timerMs } = this.#bounds;
		const jumpMs = this.#wall() - wallMs - (this.#timer() - timerMs);
		if (Math.abs(jumpMs) >= JUMP_MS) {
			this.#bounds = {
				...{ leastMs: leastMs - jumpMs, mostMs: mostMs - jumpMs },
				...{ wallMs: this.#wall(), timerMs: this.#timer() },
			};
		}
		return this.#bounds;
	}
}
