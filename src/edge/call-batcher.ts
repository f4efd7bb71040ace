/**
 * Batches calls to one busy object: requests that arrive while a call is under way travel together in the next call.
 *
 * Invariants:
 * - A request that finds the batcher idle goes at once: it never waits for company. Only a batcher that is busy anyway
 *   waits a moment before its next call, for the requests that come just then.
 * - Each request leads at most one batch and is then answered: no request stays open to send batches for others. The
 *   first request of a batch leads it, from the beginning.
 * - A batch is sent from the context of its leader. `keepAlive` lets that context outlive the leader's client, so a
 *   shopper who hangs up does not take the others along
 *   (https://developers.cloudflare.com/workers/runtime-apis/context/#waituntil).
 * - A call that fails or takes too long fails the requests that were in it, and the next batch is sent all the same. A
 *   batch that never settles is waited for no longer than `BATCH_WAIT_MS`.
 * - One request that makes the call fail does not fail its neighbours: each is sent again on its own. So every request
 *   must be safe to send twice.
 *
 * Memory is bounded: `BATCH_QUEUE` requests wait in an isolate at most, `GATE_QUEUE` in a gate.
 */
import { BATCH_GATHER_MS, BATCH_QUEUE, BATCH_SIZE, BATCH_WAIT_MS, CALL_TIMEOUT_MS } from "../limits.ts";
import { lateObject, ObjectUnavailable } from "../platform/errors.ts";
import { withTimeout } from "../platform/timeout.ts";

/** Sends a batch and returns one result for each request, in order. It may be called twice with the same request. */
export type SendBatch<Q, R> = (requests: readonly Q[]) => Promise<readonly R[]>;
/** `ctx.waitUntil` of the request that calls. */
export type KeepAlive = (work: Promise<unknown>) => void;

type Outcome<R> =
	| { readonly kind: "result"; readonly result: R }
	| { readonly kind: "failed"; readonly error: unknown };

interface Batch<Q, R> {
	readonly openedAtMs: number;
	/** The leader's comes first. */
	readonly requests: Q[];
	/** Resolve the promises of the other requests, in order. */
	readonly resolvers: ((outcome: Outcome<R>) => void)[];
	isSent: boolean;
	/** Lets the leader of the next batch go on. */
	onSettled: () => void;
}

/** How many requests travel together at most, and how many may wait. */
export interface BatchBounds {
	readonly size: number;
	readonly queue: number;
}

const OF_ISOLATES: BatchBounds = { size: BATCH_SIZE, queue: BATCH_QUEUE };

export class CallBatcher<Q, R> {
	readonly #send: SendBatch<Q, R>;
	readonly #onIdle: () => void;
	readonly #bounds: BatchBounds;
	/** The batch that was sent last, or that is still open; null when the batcher is idle. */
	#last: Batch<Q, R> | null = null;
	/** Requests of batches that have not settled. Those whose client has hung up count too: their call is still made. */
	#waiting = 0;

	/** @param onIdle is called when no batch is left */
	constructor(send: SendBatch<Q, R>, onIdle: () => void = () => {}, bounds = OF_ISOLATES) {
		this.#send = send;
		this.#onIdle = onIdle;
		this.#bounds = bounds;
	}

	/** @throws ObjectUnavailable when too many wait already; else whatever the call for this request threw */
	async call(request: Q, nowMs: number, keepAlive: KeepAlive): Promise<R> {
		// A leader that the platform ended never settles its batch: a request that comes long after starts anew.
		if (this.#last !== null && nowMs - this.#last.openedAtMs > BATCH_WAIT_MS) this.#reset();
		const last = this.#last;
		if (last !== null && this.#waiting >= this.#bounds.queue)
			throw new ObjectUnavailable("too many requests wait for one SKU");
		this.#waiting += 1;
		const isOpen = last !== null && !last.isSent && last.requests.length < this.#bounds.size;
		const outcome = isOpen
			? await this.#joinBatch(request, last)
			: await this.#leadBatch(request, nowMs, last, keepAlive);
		if (outcome.kind === "failed") throw outcome.error;
		return outcome.result;
	}

	async #joinBatch(request: Q, batch: Batch<Q, R>): Promise<Outcome<R>> {
		batch.requests.push(request);
		const outcome = await waitFor<Outcome<R>>((resolve) => batch.resolvers.push(resolve));
		return outcome ?? { kind: "failed", error: new ObjectUnavailable("the call for this request never settled") };
	}

	#leadBatch(request: Q, openedAtMs: number, before: Batch<Q, R> | null, keepAlive: KeepAlive): Promise<Outcome<R>> {
		const batch: Batch<Q, R> = { openedAtMs, requests: [request], resolvers: [], isSent: false, onSettled: () => {} };
		this.#last = batch;
		const work = this.#sendBatch(batch, before);
		keepAlive(work);
		return work;
	}

	/** @returns the leader's own outcome; never throws */
	async #sendBatch(batch: Batch<Q, R>, before: Batch<Q, R> | null): Promise<Outcome<R>> {
		if (before !== null) {
			await waitFor<void>((resolve) => {
				before.onSettled = resolve;
			});
			if (batch.requests.length < this.#bounds.size) await new Promise((go) => setTimeout(go, BATCH_GATHER_MS));
		}
		batch.isSent = true;
		const [own, ...others] = await this.#settle(batch.requests);
		for (const [index, resolve] of batch.resolvers.entries()) resolve(others[index] as Outcome<R>);
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

	async #settle(requests: readonly Q[]): Promise<Outcome<R>[]> {
		try {
			const results = await withTimeout(this.#send(requests), CALL_TIMEOUT_MS, lateObject);
			return requests.map((_, index) => ({ kind: "result", result: results[index] as R }));
		} catch (error) {
			if (requests.length === 1 || error instanceof ObjectUnavailable) {
				return requests.map(() => ({ kind: "failed", error }));
			}
			return (await Promise.all(requests.map((request) => this.#settle([request])))).flat();
		}
	}
}

/**
 * Waits for something that another request resolves; null when that takes longer than `BATCH_WAIT_MS`.
 *
 * The timer is this request's own: the runtime takes a request that waits only for another one for hung, and ends it.
 * The promise comes from `withResolvers` and not from `new Promise`: the runtime marks a promise with its request, to
 * know in which request to go on. V8's optimising compiler makes `new Promise` without that mark, and after some ten
 * thousand requests answers fail with "Cannot perform I/O on behalf of a different request". `npm run bench` would show
 * it.
 */
async function waitFor<T>(listen: (resolve: (value: T) => void) => void): Promise<T | null> {
	const { promise, resolve } = Promise.withResolvers<T | null>();
	const timer = setTimeout(() => resolve(null), BATCH_WAIT_MS);
	listen(resolve);
	const value = await promise;
	clearTimeout(timer);
	return value;
}

/** A batcher for each object that is busy; an idle one is dropped. */
export class CallBatchers<Q, R> {
	readonly #batchers = new Map<string, CallBatcher<Q, R>>();
	readonly #bounds: BatchBounds;

	constructor(bounds = OF_ISOLATES) {
		this.#bounds = bounds;
	}

	/**
	 * See `CallBatcher.call`.
	 * @param send the call to the object of this name. While a batcher is busy it goes on with the `send` of its first
	 * request.
	 */
	call(name: string, request: Q, nowMs: number, keepAlive: KeepAlive, send: SendBatch<Q, R>): Promise<R> {
		let batcher = this.#batchers.get(name);
		if (batcher === undefined) {
			batcher = new CallBatcher(send, () => this.#batchers.delete(name), this.#bounds);
			this.#batchers.set(name, batcher);
		}
		return batcher.call(request, nowMs, keepAlive);
	}
}
