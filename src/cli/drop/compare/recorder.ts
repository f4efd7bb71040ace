/** Writes down when each buyer of a drop did what, and what the shop showed as its stock meanwhile. */
import type { BuyerEvent } from "../buyer-context.ts";
import type { BuyerPlan } from "../buyer-plans.ts";
import type { Observer } from "../play.ts";

/** Since the first buyers could come. */
export interface Moments {
	readonly heldMs: number | null;
	readonly payingMs: number | null;
	readonly endedMs: number;
}

export interface StockSample {
	readonly atMs: number;
	/** Units that the shop says are to be had. */
	readonly shown: number;
}

const SAMPLE_EVERY_MS = 250;

export class Recorder implements Observer {
	readonly samples: StockSample[] = [];
	readonly #events = new Map<number, Partial<Record<BuyerEvent, number>>>();
	#startedAtMs = 0;
	#sampling: { readonly timer: NodeJS.Timeout; last: Promise<void> } | null = null;

	/** By our clock. */
	get startedAtMs(): number {
		return this.#startedAtMs;
	}

	begin(readStock: () => Promise<{ readonly available: number }>): void {
		this.#startedAtMs = Date.now();
		let isAsking = false;
		const sample = async () => {
			if (isAsking) return;
			isAsking = true;
			const seen = await readStock().catch(() => null); // what cannot be read is not drawn
			if (seen !== null) this.samples.push({ atMs: this.#nowMs(), shown: seen.available });
			isAsking = false;
		};
		const timer = setInterval(() => {
			if (this.#sampling !== null) this.#sampling.last = sample();
		}, SAMPLE_EVERY_MS);
		this.#sampling = { timer, last: sample() };
	}

	readonly onEvent = (event: BuyerEvent, { index }: BuyerPlan): void => {
		const events = this.#events.get(index) ?? {};
		events[event] ??= this.#nowMs();
		this.#events.set(index, events);
	};

	async end(): Promise<void> {
		clearInterval(this.#sampling?.timer);
		await this.#sampling?.last;
	}

	momentsOf(index: number): Moments {
		const { held = null, paying = null, done = this.#nowMs() } = this.#events.get(index) ?? {};
		return { heldMs: held, payingMs: paying, endedMs: done };
	}

	#nowMs(): number {
		return Date.now() - this.#startedAtMs;
	}
}
