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
import { BATCH_GATHER_MS, BATCH_QUEUE, BATCH_SIZE, BATCH_WAIT_MS, CALL_TIMEOUT_MS } from "../limits.ts";
import { ObjectUnavailable } from "../platform/errors.ts";
import { withTimeout } from "../platform/timeout.ts";

type Outcome<R> = { readonly kind: "answer"; readonly answer: R } | { readonly kind: "fault"; readonly fault: unknown };

interface Batch<A, R> {
	readonly openedAtMs: number;
	/** The leader's first. */
	readonly requests: A[];
	/** Tells each of the others its outcome, in order. */
	readonly resolvers: ((outcome: Outcome<R>) => void)[];
	isSent: boolean;
	/** Tells the leader of the next batch that this one is over. */
	onSettled: () => void;
}

export class CallBatcher<A, R> {
	readonly #send: (asks: readonly A[]) => Promise<readonly R[]>;
	readonly #onIdle: () => void;
	/** The batch that left last, or that is still open; null when the lane is idle. */
	#last: Batch<A, R> | null = null;
	/** Asks of batches that are not over. Their leaders count, since whoever rides along may have hung up. */
	#waiting = 0;

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
	async call(ask: A, nowMs: number, keepAlive: (work: Promise<unknown>) => void): Promise<R> {
		// A leader that the platform killed never says that its batch is over: whoever comes long after starts anew.
		if (this.#last !== null && nowMs - this.#last.openedAtMs > BATCH_WAIT_MS) this.#reset();
		const last = this.#last;
		if (last !== null && this.#waiting >= BATCH_QUEUE)
			throw new ObjectUnavailable("too many requests wait for one SKU");
		this.#waiting += 1;
		const isOpen = last !== null && !last.isSent && last.requests.length < BATCH_SIZE;
		const outcome = isOpen ? await this.#joinBatch(ask, last) : await this.#leadBatch(ask, nowMs, last, keepAlive);
		if (outcome.kind === "fault") throw outcome.fault;
		return outcome.answer;
	}

	async #joinBatch(ask: A, batch: Batch<A, R>): Promise<Outcome<R>> {
		batch.requests.push(ask);
		const outcome = await waitFor<Outcome<R>>((tell) => batch.resolvers.push(tell));
		return (
			outcome ?? { kind: "fault", fault: new ObjectUnavailable("the call for this request was not heard of again") }
		);
	}

	#leadBatch(
		ask: A,
		openedAtMs: number,
		before: Batch<A, R> | null,
		keepAlive: (work: Promise<unknown>) => void,
	): Promise<Outcome<R>> {
		const batch: Batch<A, R> = { openedAtMs, requests: [ask], resolvers: [], isSent: false, onSettled: () => {} };
		this.#last = batch;
		const work = this.#sendBatch(batch, before);
		keepAlive(work);
		return work;
	}

	/** @returns the leader's own outcome; never throws */
	async #sendBatch(batch: Batch<A, R>, before: Batch<A, R> | null): Promise<Outcome<R>> {
		if (before !== null) {
			await waitFor<void>((tell) => {
				before.onSettled = tell;
			});
			if (batch.requests.length < BATCH_SIZE) await new Promise((go) => setTimeout(go, BATCH_GATHER_MS));
		}
		batch.isSent = true;
		const [own, ...others] = await this.#settle(batch.requests);
		for (const [index, tell] of batch.resolvers.entries()) tell(others[index] as Outcome<R>);
		this.#waiting -= batch.requests.length;
		batch.onSettled();
		if (this.#last !== batch) return own as Outcome<R>;
		this.#reset();
		this.#onIdle();
		return own as Outcome<R>;
	}

	#reset(): void {
		this.#last = null;
		this.#waiting = 0;
	}

	async #settle(asks: readonly A[]): Promise<Outcome<R>[]> {
		try {
			const answers = await withTimeout(this.#send(asks), CALL_TIMEOUT_MS);
			return asks.map((_, index) => ({ kind: "answer", answer: answers[index] as R }));
		} catch (fault) {
			if (asks.length === 1 || fault instanceof ObjectUnavailable) return asks.map(() => ({ kind: "fault", fault }));
			return (await Promise.all(asks.map((ask) => this.#settle([ask])))).flat();
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
async function waitFor<T>(listen: (tell: (what: T) => void) => void): Promise<T | null> {
	const { promise, resolve } = Promise.withResolvers<T | null>();
	const timer = setTimeout(() => resolve(null), BATCH_WAIT_MS);
	listen(resolve);
	const heard = await promise;
	clearTimeout(timer);
	return heard;
}

/** A lane for each name that is in use; one that falls idle is forgotten. */
export class CallBatchers<A, R> {
	readonly #batchers = new Map<string, CallBatcher<A, R>>();

	/** @param send as in `Lane`: the call to the object of this name */
	call(
		name: string,
		ask: A,
		nowMs: number,
		keepAlive: (work: Promise<unknown>) => void,
		send: (asks: readonly A[]) => Promise<readonly R[]>,
	): Promise<R> {
		let lane = this.#batchers.get(name);
		if (lane === undefined) {
			lane = new CallBatcher(send, () => this.#batchers.delete(name));
			this.#batchers.set(name, lane);
		}
		return lane.call(ask, nowMs, keepAlive);
	}
}
