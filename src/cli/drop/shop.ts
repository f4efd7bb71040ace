/**
 * The shop as a buyer's browser sees it: each call is measured, and repeated when the contract says so. A call without
 * an answer is never assumed to have failed or to have worked.
 *
 * Load is an open loop with a cap: buyers arrive by the clock whether or not earlier ones have been answered, but at
 * most `concurrency` requests are on the wire. A buyer who finds all connections busy waits here, and that wait counts:
 * `waitedMs` runs from the moment at which the buyer wanted the answer. `wireMs` is one exchange alone. A server that
 * slows down shows in the first number even though the cap keeps the second one flattering.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type Answer, type Call, describe, HttpClient, NoAnswer } from "../http.ts";

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;

/** Of one kind of call. */
export class Latencies {
	readonly waitedMs: number[] = [];
	readonly wireMs: number[] = [];
}

export class Shop {
	readonly latencies = new Map<string, Latencies>();
	/** Answers 5xx, except 503 with Retry-After. */
	serverErrors = 0;
	/** Answers 429, and 503 with Retry-After. Such calls are repeated, as the contract says. */
	turnedAway = 0;
	noAnswers = 0;
	requests = 0;
	/** The longest time for which calls were made and none was answered. */
	longestSilenceMs = 0;
	#silentSinceMs: number | null = null;
	readonly #client: HttpClient;
	readonly #slots: Slots;
	readonly #patienceMs: number;

	/** @param patienceMs how long a call is repeated while the server is away or asks to come back later */
	constructor(origin: string, concurrency: number, patienceMs: number) {
		this.#patienceMs = patienceMs;
		this.#client = new HttpClient(origin, concurrency);
		this.#slots = new Slots(concurrency);
	}

	/**
	 * Repeats a call until its answer is final.
	 * @param name the kind of call, for the report
	 * @param findResult called after a lost reply: the answer when the call took effect, null when it did not
	 * @throws NoAnswer when the patience ends without an answer
	 */
	async request(name: string, call: Call, findResult?: () => Promise<Answer | null>): Promise<Answer> {
		const wantedAtMs = performance.now();
		let pauseMs = FIRST_PAUSE_MS;
		for (;;) {
			const outcome = await this.#once(name, call).catch((error: unknown) => {
				if (error instanceof NoAnswer) return error;
				throw error;
			});
			const waitedMs = performance.now() - wantedAtMs;
			if (!(outcome instanceof NoAnswer)) {
				const delayMs = retryDelayMs(outcome);
				if (delayMs === null || waitedMs > this.#patienceMs) {
					this.#latenciesOf(name).waitedMs.push(waitedMs);
					return outcome;
				}
				pauseMs = Math.max(pauseMs, delayMs);
			} else if (waitedMs > this.#patienceMs) throw outcome;
			await sleep(pauseMs);
			pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
			if (outcome instanceof NoAnswer) {
				const found = await findResult?.();
				if (found) return found;
			}
		}
	}

	async #once(name: string, call: Call): Promise<Answer> {
		await this.#slots.take();
		const sentAtMs = performance.now();
		try {
			const answer = await this.#client.send(call);
			this.#endSilence();
			this.#latenciesOf(name).wireMs.push(performance.now() - sentAtMs);
			if (retryDelayMs(answer) !== null) this.turnedAway += 1;
			else if (answer.status >= 500) this.serverErrors += 1;
			return answer;
		} catch (error) {
			this.noAnswers += 1;
			this.#silentSinceMs ??= sentAtMs;
			throw error;
		} finally {
			this.requests += 1;
			this.#slots.giveBack();
		}
	}

	#endSilence(): void {
		if (this.#silentSinceMs === null) return;
		this.longestSilenceMs = Math.max(this.longestSilenceMs, performance.now() - this.#silentSinceMs);
		this.#silentSinceMs = null;
	}

	#latenciesOf(name: string): Latencies {
		const latencies = this.latencies.get(name) ?? new Latencies();
		this.latencies.set(name, latencies);
		return latencies;
	}

	close(): void {
		this.#client.close();
	}
}

/** @returns null when the answer is final */
function retryDelayMs(answer: Answer): number | null {
	const seconds = Number(answer.headers["retry-after"]);
	if (answer.status === 429 || (answer.status === 503 && seconds >= 0)) return (seconds || 0) * 1000;
	if (answer.status === 409 && problemName(answer) === "idempotency-key-in-flight") return 0;
	return null;
}

export function statusOf(answer: Answer): string | undefined {
	return (answer.body as { status?: string } | undefined)?.status;
}

export function problemName(answer: Answer): string {
	const { type } = (answer.body ?? {}) as { type?: unknown };
	return typeof type === "string" ? type.replace("/problems/", "") : "";
}

/** The contract does not allow this answer here. */
export class UnexpectedAnswer extends Error {
	constructor(what: string, answer: Answer) {
		super(`${what} was answered ${describe(answer)}`);
	}
}

/** A semaphore; first come, first served. */
class Slots {
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
