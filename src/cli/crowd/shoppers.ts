/**
 * What the crowd does: look, press the button, and what follows from the answer. A client comes back after 429 and 503 as
 * `client/calls.ts` does, and a person who is refused may wait, try once more, or leave.
 */
import type { Answer } from "./isolate.ts";
import { OUTCOME, type RushLog } from "./log.ts";
import type { Population } from "./population.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** The way to an isolate and back, as a shopper has it. */
export interface Door {
	look(shopper: number, answered: (isShown: boolean) => void): void;
	reserve(shopper: number, wait: boolean, answered: (answer: Answer) => void): void;
	/** The door sends this shopper away: too many requests. */
	refuse(shopper: number, wait: boolean, answered: (answer: Answer) => void): void;
}

/** As `client/calls.ts` has them. A test compares what both do. */
const PATIENCE_MS = 15_000;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;
const LONGEST_JITTER_MS = 1_000;

/** Assumptions: of those who are refused one in a hundred asks for a place on the waitlist, and three in ten try once more. */
const WAITS = 0.01;
const TRIES_AGAIN = 0.31;
const MEAN_PAUSE_MS = 8_000;
const DECIDES_TO_WAIT_MS = 3_000;
/** A bot that is refused presses again after this, and as long again at most. */
const BOT_PAUSE_MS = 250;
/** `RATE_RESERVATIONS` of wrangler.toml. */
const RESERVATIONS_A_MINUTE = 120;
const MINUTE_MS = 60_000;

export class Shoppers {
	readonly #time: VirtualTime;
	readonly #population: Population;
	readonly #door: Door;
	readonly #log: RushLog;
	readonly #random: () => number;
	readonly #untilMs: number;
	readonly #onDone: () => void;
	#next = 0;
	#open: number;
	/** How often each bot has asked in its present minute, and when that began. */
	readonly #asked = new Map<number, { count: number; readonly sinceMs: number }>();

	/** @param untilMs bots give up then @param onDone called when nobody wants anything any more */
	constructor(
		time: VirtualTime,
		{
			population,
			door,
			log,
			random,
			untilMs,
			onDone,
		}: {
			readonly population: Population;
			readonly door: Door;
			readonly log: RushLog;
			readonly random: () => number;
			readonly untilMs: number;
			readonly onDone: () => void;
		},
	) {
		this.#time = time;
		this.#population = population;
		this.#door = door;
		this.#log = log;
		this.#random = random;
		this.#untilMs = untilMs;
		this.#onDone = onDone;
		this.#open = population.size;
		this.#planArrival();
	}

	/** One arrival plans the next: a million of them planned at once would be a million events to sort. */
	#planArrival(): void {
		const shopper = this.#next;
		if (shopper >= this.#population.size) return;
		this.#next += 1;
		this.#time.at(this.#population.arrivesMs[shopper] as number, () => {
			this.#planArrival();
			this.#arrive(shopper);
		});
	}

	#arrive(shopper: number): void {
		this.#log.looks += 1;
		this.#door.look(shopper, (isShown) => {
			// The page has its button also where nobody can say what is left.
			if (!isShown) this.#log.looksFailed += 1;
			this.#time.after(this.#population.thinksMs[shopper] as number, () => this.#press(shopper, false, 1));
		});
	}

	/** @param times how often this shopper has pressed by now */
	#press(shopper: number, wait: boolean, times: number): void {
		const press = this.#log.press(shopper, wait, this.#time.nowMs);
		const endsAtMs = this.#time.nowMs + PATIENCE_MS;
		const ask = (asks: number, pauseMs: number) => {
			const answered = (answer: Answer) => {
				const { nowMs } = this.#time;
				const isForLater = answer.outcome === OUTCOME.unavailable || answer.outcome === OUTCOME.limited;
				const laterMs = Math.max(answer.retryAfterMs, pauseMs);
				if (!isForLater || nowMs + laterMs > endsAtMs) {
					this.#log.settled(press, nowMs, answer.outcome, asks, answer.byObject);
					return this.#after(shopper, wait, times, answer);
				}
				const jitterMs = this.#random() * Math.min(laterMs, LONGEST_JITTER_MS);
				this.#time.after(laterMs + jitterMs, () => ask(asks + 1, Math.min(pauseMs * 2, LONGEST_PAUSE_MS)));
			};
			if (this.#isTooMany(shopper)) this.#door.refuse(shopper, wait, answered);
			else this.#door.reserve(shopper, wait, answered);
		};
		ask(1, FIRST_PAUSE_MS);
	}

	#after(shopper: number, wait: boolean, times: number, { outcome }: Answer): void {
		const isServed = outcome === OUTCOME.held || outcome === OUTCOME.waiting;
		const wish = isServed || wait ? null : this.#nextWish(shopper, times);
		if (wish === null) this.#leave();
		else this.#time.after(wish.inMs, () => this.#press(shopper, wish.waits, times + 1));
	}

	/** What somebody does who was refused; null for who leaves. */
	#nextWish(shopper: number, times: number): { readonly inMs: number; readonly waits: boolean } | null {
		const { isBot, mood } = this.#population;
		if (isBot[shopper] === 1) {
			if (this.#time.nowMs > this.#untilMs) return null;
			return { inMs: BOT_PAUSE_MS * (1 + this.#random()), waits: false };
		}
		const feels = mood[shopper] as number;
		if (times > 1 || feels >= TRIES_AGAIN) return null;
		if (feels < WAITS) return { inMs: DECIDES_TO_WAIT_MS, waits: true };
		return { inMs: -MEAN_PAUSE_MS * Math.log(1 - this.#random()), waits: false };
	}

	#leave(): void {
		this.#open -= 1;
		if (this.#open === 0) this.#onDone();
	}

	/** Only bots come near the limit. */
	#isTooMany(shopper: number): boolean {
		if (this.#population.isBot[shopper] !== 1) return false;
		const { nowMs } = this.#time;
		const known = this.#asked.get(shopper);
		const minute = known !== undefined && nowMs < known.sinceMs + MINUTE_MS ? known : { count: 0, sinceMs: nowMs };
		minute.count += 1;
		this.#asked.set(shopper, minute);
		return minute.count > RESERVATIONS_A_MINUTE;
	}
}
