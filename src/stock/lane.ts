/**
 * One lane to one busy object: asks that arrive while a call is under way travel together in the next call.
 *
 * What it keeps true:
 * - an ask that finds the lane idle goes at once: nobody waits for company. Only a lane that is busy anyway waits a moment
 *   before its next call, for those who come just then;
 * - each ask leads at most one batch, then is answered: no request lives on for others;
 * - a batch is led from the context of the request that leads it, which `keepAlive` lets outlive its client, so a shopper
 *   who hangs up takes nobody along (https://developers.cloudflare.com/workers/runtime-apis/context/#waituntil);
 * - a call that fails, or takes too long, is answered to those who were in it, and the next batch goes all the same;
 * - one ask that makes the call fail does not fail its neighbours: they are asked again one by one. So asks must be such
 *   that asking twice does no harm.
 *
 * Memory is bounded by `LANE_QUEUE`. Not here: what is asked.
 */
import { CALL_TIMEOUT_MS, LANE_BATCH, LANE_GATHER_MS, LANE_PATIENCE_MS, LANE_QUEUE } from "../limits.ts";
import { withTimeout } from "../platform/timeout.ts";
import { ObjectUnavailable } from "../platform/unavailable.ts";

type Outcome<R> =
	| { readonly kind: "answer"; readonly answer: R }
	| { readonly kind: "fault"; readonly fault: unknown }
	| "lead";

interface Rider<A, R> {
	readonly ask: A;
	readonly tell: (outcome: Outcome<R>) => void;
}

export class Lane<A, R> {
	readonly #send: (asks: readonly A[]) => Promise<readonly R[]>;
	readonly #queue: Rider<A, R>[] = [];
	/** When the call that is under way set out; null when the lane is idle. */
	#departedAtMs: number | null = null;

	/** @param send answers each ask of a batch, in order; may be called twice with the same ask */
	constructor(send: (asks: readonly A[]) => Promise<readonly R[]>) {
		this.#send = send;
	}

	get isIdle(): boolean {
		return this.#departedAtMs === null && this.#queue.length === 0;
	}

	/**
	 * @param keepAlive `ctx.waitUntil` of the request that asks
	 * @throws ObjectUnavailable when too many wait already; else whatever the call for this ask threw
	 */
	ask(ask: A, nowMs: number, keepAlive: (work: Promise<unknown>) => void): Promise<R> {
		const answer = this.#ask(ask, nowMs);
		keepAlive(answer.catch(() => undefined));
		return answer;
	}

	async #ask(ask: A, nowMs: number): Promise<R> {
		// A leader that the platform killed never comes back to hand over; whoever arrives long after takes its place.
		const isFree = this.#departedAtMs === null || nowMs - this.#departedAtMs > LANE_PATIENCE_MS;
		if (isFree) return this.#lead(ask, nowMs);
		if (this.#queue.length >= LANE_QUEUE) throw new ObjectUnavailable("too many requests wait for one SKU");
		const outcome = await this.#ride(ask);
		if (outcome === "lead") {
			if (this.#queue.length < LANE_BATCH - 1) await new Promise((go) => setTimeout(go, LANE_GATHER_MS));
			return this.#lead(ask, Date.now());
		}
		if (outcome.kind === "fault") throw outcome.fault;
		return outcome.answer;
	}

	/**
	 * Waits to be answered, or to lead. The timer is for the case that neither comes; and a request that waits for nothing
	 * of its own, only for another's call, is taken for hung by the runtime and ended.
	 */
	#ride(ask: A): Promise<Outcome<R>> {
		return withTimeout(new Promise((tell) => this.#queue.push({ ask, tell })), LANE_PATIENCE_MS);
	}

	/** Takes those who wait along, and then hands over to the first of those who came meanwhile. */
	async #lead(ask: A, nowMs: number): Promise<R> {
		this.#departedAtMs = nowMs;
		const riders = this.#queue.splice(0, LANE_BATCH - 1);
		try {
			const [own, ...others] = await this.#answers([ask, ...riders.map((rider) => rider.ask)]);
			for (const [index, rider] of riders.entries()) rider.tell(others[index] as Outcome<R>);
			if (own?.kind === "answer") return own.answer;
			throw own?.kind === "fault" ? own.fault : new Error("a batch has as many answers as asks");
		} finally {
			const next = this.#queue.shift();
			if (next === undefined) this.#departedAtMs = null;
			else next.tell("lead");
		}
	}

	async #answers(asks: readonly A[]): Promise<Exclude<Outcome<R>, "lead">[]> {
		try {
			const answers = await withTimeout(this.#send(asks), CALL_TIMEOUT_MS);
			return answers.map((answer) => ({ kind: "answer", answer }));
		} catch (fault) {
			if (asks.length === 1 || fault instanceof ObjectUnavailable) return asks.map(() => ({ kind: "fault", fault }));
			return (await Promise.all(asks.map((ask) => this.#answers([ask])))).flat();
		}
	}
}

/** A lane for each name that is in use; one that falls idle is forgotten. */
export class Lanes<A, R> {
	readonly #lanes = new Map<string, Lane<A, R>>();

	/** @param send as in `Lane`: the call to the object of this name */
	async ask(
		name: string,
		ask: A,
		nowMs: number,
		keepAlive: (work: Promise<unknown>) => void,
		send: (asks: readonly A[]) => Promise<readonly R[]>,
	): Promise<R> {
		const lane = this.#lanes.get(name) ?? new Lane(send);
		this.#lanes.set(name, lane);
		try {
			return await lane.ask(ask, nowMs, keepAlive);
		} finally {
			if (lane.isIdle) this.#lanes.delete(name);
		}
	}
}
