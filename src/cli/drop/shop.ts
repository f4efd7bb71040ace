/**
 * The shop as a buyer's browser sees it: by the typed client, which repeats a call when the contract says so. Each call
 * is measured. A call without an answer is never assumed to have failed or to have worked.
 *
 * Load is an open loop with a cap: buyers arrive by the clock whether or not earlier ones have been answered, but at
 * most `concurrency` requests are on the wire. A buyer who finds all connections busy waits here, and that wait counts:
 * `waitedMs` runs from the moment at which the buyer wanted the answer. `wireMs` is one exchange alone. A server that
 * slows down shows in the first number even though the cap keeps the second one flattering.
 */
import { setTimeout as sleep } from "node:timers/promises";
import {
	type AnyProblem,
	createShop,
	NoAnswerError,
	type Refused,
	type Result,
	type Shop,
} from "../../client/index.ts";
import { type PooledFetch, pooledFetch } from "../pooled-fetch.ts";
import { nowMs, type Times } from "../race/scribe.ts";
import { Slots } from "./slots.ts";

/** Of one kind of call. */
export class Latencies {
	readonly waitedMs: number[] = [];
	readonly wireMs: number[] = [];
}

/** Is told of each call, whoever made it, and of its final answer; null when none came. */
export type Listener = (name: string, token: string, times: Times, answer: Result<unknown, AnyProblem> | null) => void;

/** The server's own fault: an answer, but none of the API's refusals. */
type Fault = Refused<AnyProblem>;

export class MeasuredShop {
	readonly latencies = new Map<string, Latencies>();
	/** Answers 5xx, except 503 with Retry-After. */
	serverErrors = 0;
	/** Answers 429, and 503 with Retry-After. Such calls are repeated, as the contract says. */
	turnedAway = 0;
	noAnswers = 0;
	requests = 0;
	/** The longest time that the server took for an answer, or was away. */
	longestWaitMs = 0;
	listener: Listener = () => {};
	#silentSinceMs: number | null = null;
	readonly #origin: string;
	readonly #pool: PooledFetch;
	readonly #slots: Slots;
	readonly #patienceMs: number;

	/** @param patienceMs how long a call is repeated while the server is away or asks to come back later */
	constructor(origin: string, concurrency: number, patienceMs: number) {
		this.#origin = new URL(origin).origin;
		this.#patienceMs = patienceMs;
		this.#pool = pooledFetch(concurrency);
		this.#slots = new Slots(concurrency);
	}

	/**
	 * Makes a call until its answer is final.
	 * @param name the kind of call, for the report
	 * @param token who calls
	 * @param call one intent: an Idempotency-Key in it is the same each time
	 * @returns the answer, or what `afterLostAnswer` found. A fault of the server is final, and an answer too
	 * @throws NoAnswerError when the patience ends without an answer
	 */
	async ask<Answer extends Result<unknown, AnyProblem>>(
		name: string,
		token: string,
		call: (shop: Shop) => Promise<Answer>,
	): Promise<Answer | Fault> {
		const wantedAtMs = performance.now();
		const tell = (answer: Answer | Fault | null) => {
			this.listener(name, token, { calledAtMs: performance.timeOrigin + wantedAtMs, endedAtMs: nowMs() }, answer);
		};
		const client = this.#clientOf(name, token);
		for (;;) {
			const outcome = await call(client).catch((error: unknown) => {
				const fault = faultOf(error);
				if (fault !== null) return fault;
				tell(null);
				throw error;
			});
			const waitedMs = performance.now() - wantedAtMs;
			const laterMs = retryDelayMs(outcome);
			if (laterMs === null || waitedMs > this.#patienceMs) {
				this.#latenciesOf(name).waitedMs.push(waitedMs);
				tell(outcome);
				return outcome;
			}
			// The client takes no pause that outlasts its patience. A buyer sits through this one: the server promises to
			// answer after it.
			await sleep(laterMs);
		}
	}

	#clientOf(name: string, token: string): Shop {
		// A buyer whose token is refused must not become another shopper unseen: there is no other token than this.
		const shopper = { shopperId: "", token, expiresAt: "" };
		return createShop({
			origin: this.#origin,
			tokens: { get: () => shopper, set: () => {} },
			newShopper: async () => shopper,
			fetch: (url, init) => this.#exchange(name, url, init),
			patienceMs: this.#patienceMs,
			timeoutMs: Number.POSITIVE_INFINITY,
			repeatsFaults: false,
			WebSocket: null,
		});
	}

	async #exchange(name: string, ...[url, init]: Parameters<typeof fetch>): Promise<Response> {
		await this.#slots.take();
		const sentAtMs = performance.now();
		try {
			const answer = await this.#pool.fetch(url, init);
			const waitedMs = performance.now() - sentAtMs;
			this.#endSilence();
			this.longestWaitMs = Math.max(this.longestWaitMs, waitedMs);
			this.#latenciesOf(name).wireMs.push(waitedMs);
			const { status, headers } = answer;
			if (status === 429 || (status === 503 && headers.has("retry-after"))) this.turnedAway += 1;
			else if (status >= 500) this.serverErrors += 1;
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
		this.longestWaitMs = Math.max(this.longestWaitMs, performance.now() - this.#silentSinceMs);
		this.#silentSinceMs = null;
	}

	#latenciesOf(name: string): Latencies {
		const latencies = this.latencies.get(name) ?? new Latencies();
		this.latencies.set(name, latencies);
		return latencies;
	}

	close(): void {
		this.#pool.close();
	}
}

/** @returns null when the answer is final */
function retryDelayMs(answer: Result<unknown, AnyProblem>): number | null {
	const isForLater = !answer.ok && (answer.status === 429 || answer.status === 503);
	return isForLater ? answer.retryAfterMs : null;
}

/** @returns null when the error is no answer of the server's */
export function faultOf(error: unknown): Fault | null {
	if (!(error instanceof NoAnswerError) || error.status === null) return null;
	const { status, message } = error;
	const problem = error.problem ?? { type: "", title: "", detail: message, status };
	return { ok: false, status, problem, retryAfterMs: null };
}

/** Whether the answer is this refusal. */
export function isProblem<Name extends string>(answer: Result<unknown, AnyProblem>, name: Name): boolean {
	return !answer.ok && answer.problem.type === `/problems/${name}`;
}

/** The contract does not allow this answer here. */
export class UnexpectedAnswer extends Error {
	constructor(what: string, answer: Result<unknown, AnyProblem>) {
		super(`${what} was answered ${describe(answer)}`);
	}
}

/** One line about an answer: `503 overloaded Try again.` */
function describe(answer: Result<unknown, AnyProblem>): string {
	if (answer.ok) {
		const { status } = (answer.data ?? {}) as { status?: unknown };
		return [`${answer.status}`, typeof status === "string" ? status : ""].filter(Boolean).join(" ");
	}
	const { type = "", detail, title } = answer.problem;
	return [`${answer.status}`, type.replace("/problems/", ""), detail || title || ""].filter(Boolean).join(" ");
}
