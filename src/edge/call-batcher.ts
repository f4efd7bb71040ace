/**
 * One lane to one busy object: asks that arrive while a call is under way travel together in the next call.
 *
 * What it keeps true:
 * - an ask that finds the lane idle goes at once: nobody waits for company. Only a lane that is busy anyway waits a moment
 *   before its next call, for those who come just then;
 * - each ask leads at most one batch, then is answered: no request lives on for others. Who leads is the first to come, and is
 *   so from the beginning;
 * - a batch is led from the context of the request that leads it, which `keepAlive` lets outlive its client, so a shopper
 *   who hangs up takes nobody along (https://developers.cloudflare.com/workers/runtime-apis/context/#waituntil);
 * - a call that fails, or takes too long, is answered to those who were in it, and the next batch goes all the same; one
 *   that is never heard of again is not waited for beyond the lane's patience;
 * - one ask that makes the call fail does not fail its neighbours: they are asked again one by one. So asks must be such
 *   that asking twice does no harm.
 *
 * Memory is bounded by `LANE_QUEUE`. Not here: what is asked.
 */
import { CALL_TIMEOUT_MS, LANE_BATCH, LANE_GATHER_MS, LANE_PATIENCE_MS, LANE_QUEUE } from "../limits.ts";
import { ObjectUnavailable } from "../platform/errors.ts";
import { withTimeout } from "../platform/timeout.ts";

type Outcome<R> = { readonly kind: "answer"; readonly answer: R } | { readonly kind: "fault"; readonly fault: unknown };

interface Batch<A, R> {
	readonly openedAtMs: number;
	/** The leader's first. */
	readonly asks: A[];
	/** Tells each of the others its outcome, in order. */
	readonly tell: ((outcome: Outcome<R>) => void)[];
	hasLeft: boolean;
	/** Tells the leader of the next batch that this one is over. */
	arrived: () => void;
}

export class Lane<A, R> {
	readonly #send: (asks: readonly A[]) => Promise<readonly R[]>;
	readonly #onIdle: () => void;
	/** The batch that left last, or that is still open; null when the lane is idle. */
	#last: Batch<A, R> | null = null;
	/** Asks of batches that are not over. Their leaders count, since whoever rides along may have hung up. */
	#asking = 0;

	/**
	 * @param send answers each ask of a batch, in order; may be called twice with the same ask
	 * @param onIdle nobody is under way any more
	 */
	constructor(send: (asks: readonly A[]) => Promise<readonly R[]>, onIdle: () => void = () => {}) {
		this.#send = send;
		this.#onIdle = onIdle;
	}

	/**
	 * @param keepAlive `ctx.waitUntil` of the request that asks
	 * @throws ObjectUnavailable when too many wait already; else whatever the call for this ask threw
	 */
	async ask(ask: A, nowMs: number, keepAlive: (work: Promise<unknown>) => void): Promise<R> {
		// A leader that the platform killed never says that its batch is over: whoever comes long after starts anew.
		if (this.#last !== null && nowMs - this.#last.openedAtMs > LANE_PATIENCE_MS) this.#beginAnew();
		const last = this.#last;
		if (last !== null && this.#asking >= LANE_QUEUE) throw new ObjectUnavailable("too many requests wait for one SKU");
		this.#asking += 1;
		const isOpen = last !== null && !last.hasLeft && last.asks.length < LANE_BATCH;
		const outcome = isOpen ? await this.#ride(ask, last) : await this.#lead(ask, nowMs, last, keepAlive);
		if (outcome.kind === "fault") throw outcome.fault;
		return outcome.answer;
	}

	async #ride(ask: A, batch: Batch<A, R>): Promise<Outcome<R>> {
		batch.asks.push(ask);
		const outcome = await hear<Outcome<R>>((tell) => batch.tell.push(tell));
		return (
			outcome ?? { kind: "fault", fault: new ObjectUnavailable("the call for this request was not heard of again") }
		);
	}

	#lead(
		ask: A,
		openedAtMs: number,
		before: Batch<A, R> | null,
		keepAlive: (work: Promise<unknown>) => void,
	): Promise<Outcome<R>> {
		const batch: Batch<A, R> = { openedAtMs, asks: [ask], tell: [], hasLeft: false, arrived: () => {} };
		this.#last = batch;
		const work = this.#travel(batch, before);
		keepAlive(work);
		return work;
	}

	/** @returns the leader's own outcome; never throws */
	async #travel(batch: Batch<A, R>, before: Batch<A, R> | null): Promise<Outcome<R>> {
		if (before !== null) {
			await hear<void>((tell) => {
				before.arrived = tell;
			});
			if (batch.asks.length < LANE_BATCH) await new Promise((go) => setTimeout(go, LANE_GATHER_MS));
		}
		batch.hasLeft = true;
		const [own, ...others] = await this.#answers(batch.asks);
		for (const [index, tell] of batch.tell.entries()) tell(others[index] as Outcome<R>);
		this.#asking -= batch.asks.length;
		batch.arrived();
		if (this.#last !== batch) return own as Outcome<R>;
		this.#beginAnew();
		this.#onIdle();
		return own as Outcome<R>;
	}

	#beginAnew(): void {
		this.#last = null;
		this.#asking = 0;
	}

	async #answers(asks: readonly A[]): Promise<Outcome<R>[]> {
		try {
			const answers = await withTimeout(this.#send(asks), CALL_TIMEOUT_MS);
			return asks.map((_, index) => ({ kind: "answer", answer: answers[index] as R }));
		} catch (fault) {
			if (asks.length === 1 || fault instanceof ObjectUnavailable) return asks.map(() => ({ kind: "fault", fault }));
			return (await Promise.all(asks.map((ask) => this.#answers([ask])))).flat();
		}
	}
}

/**
 * Waits for what another request tells; null when that takes longer than the lane's patience.
 *
 * A request that waits for nothing of its own, only for another, is taken for hung by the runtime and ended: the timer is of its
 * own. And the promise comes from `withResolvers`, not from `new Promise`: by a mark on it the runtime knows whose request to
 * go on in, and V8's optimising compiler makes `new Promise` without that mark, so that after some ten thousand requests
 * answers fail with "Cannot perform I/O on behalf of a different request". `npm run bench` would show it.
 */
async function hear<T>(listen: (tell: (what: T) => void) => void): Promise<T | null> {
	const { promise, resolve } = Promise.withResolvers<T | null>();
	const timer = setTimeout(() => resolve(null), LANE_PATIENCE_MS);
	listen(resolve);
	const heard = await promise;
	clearTimeout(timer);
	return heard;
}

/** A lane for each name that is in use; one that falls idle is forgotten. */
export class Lanes<A, R> {
	readonly #lanes = new Map<string, Lane<A, R>>();

	/** @param send as in `Lane`: the call to the object of this name */
	ask(
		name: string,
		ask: A,
		nowMs: number,
		keepAlive: (work: Promise<unknown>) => void,
		send: (asks: readonly A[]) => Promise<readonly R[]>,
	): Promise<R> {
		let lane = this.#lanes.get(name);
		if (lane === undefined) {
			lane = new Lane(send, () => this.#lanes.delete(name));
			this.#lanes.set(name, lane);
		}
		return lane.ask(ask, nowMs, keepAlive);
	}
}
