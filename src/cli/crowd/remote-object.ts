/**
 * An object as others call it: over a way that takes its time, into a queue that takes its time too. What it decides is
 * decided by real code, at the moment at which the object gets to it.
 */
import type { Costs } from "./costs.ts";
import type { Processor } from "./processor.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** The way from one caller to one object. Calls arrive in the order in which they were sent: they share a connection. */
export class Way {
	readonly #time: VirtualTime;
	readonly #oneWayMs: number;
	readonly #random: () => number;
	readonly #jitter: number;
	#arrivedMs = 0;

	constructor(time: VirtualTime, roundTripMs: number, jitter: number, random: () => number) {
		this.#time = time;
		this.#oneWayMs = roundTripMs / 2;
		this.#jitter = jitter;
		this.#random = random;
	}

	there(work: () => void): void {
		this.#arrivedMs = Math.max(this.#arrivedMs, this.#time.nowMs + this.#takesMs());
		this.#time.at(this.#arrivedMs, work);
	}

	back(fromMs: number, work: () => void): void {
		this.#time.at(fromMs + this.#takesMs(), work);
	}

	#takesMs(): number {
		return this.#oneWayMs * (1 - this.#jitter * Math.log(1 - this.#random()));
	}
}

/** What came to an object, second by second. */
export class Load {
	/** Calls that came. */
	readonly calls: number[] = [];
	/** Of them those that were turned away. */
	readonly turnedAway: number[] = [];
	/** How long the queue was at its longest, in milliseconds. */
	readonly queueMs: number[] = [];
	/** Calls that stored something. */
	stored = 0;

	note(nowMs: number, waitsMs: number, isTurnedAway: boolean): void {
		const second = Math.floor(nowMs / 1000);
		for (const counts of [this.calls, this.turnedAway, this.queueMs]) {
			while (counts.length <= second) counts.push(0);
		}
		this.calls[second] = (this.calls[second] as number) + 1;
		if (isTurnedAway) this.turnedAway[second] = (this.turnedAway[second] as number) + 1;
		this.queueMs[second] = Math.max(this.queueMs[second] as number, waitsMs);
	}
}

export class RemoteObject {
	readonly load = new Load();
	readonly #time: VirtualTime;
	readonly #costs: Costs;
	readonly #processor: Processor;
	/** Statements that have stored something so far. */
	readonly #writes: () => number;
	/** When everything that was stored so far is safe. Until then no answer leaves, as with the platform's output gates. */
	#safeAtMs = 0;

	constructor(time: VirtualTime, costs: Costs, processor: Processor, writes: () => number) {
		this.#time = time;
		this.#costs = costs;
		this.#processor = processor;
		this.#writes = writes;
	}

	/**
	 * One call of the object.
	 * @param requests that are decided in it
	 * @param work the call itself. It decides before it first awaits
	 */
	call<T>(way: Way, requests: number, work: () => Promise<T>): Promise<T> {
		const { promise, resolve, reject } = Promise.withResolvers<T>();
		way.there(() => {
			const { nowMs } = this.#time;
			const waitsMs = Math.max(0, this.#processor.busyUntilMs - nowMs);
			const isTurnedAway = waitsMs > this.#costs.overloadedAfterMs;
			this.load.note(nowMs, waitsMs, isTurnedAway);
			if (isTurnedAway) return way.back(nowMs, () => reject(overloaded()));
			const takesMs = this.#costs.callMs + requests * this.#costs.decideMs;
			this.#time.at(this.#processor.take(nowMs, takesMs), () => {
				const before = this.#writes();
				const result = work();
				const doneMs = this.#time.nowMs + takesMs;
				if (this.#writes() > before) {
					this.load.stored += 1;
					this.#safeAtMs = doneMs + this.#costs.commitMs;
				}
				const safeAtMs = this.#safeAtMs;
				const leavesMs = () => Math.max(doneMs, safeAtMs, this.#time.nowMs);
				result.then(
					(value) => way.back(leavesMs(), () => resolve(value)),
					(error: unknown) => way.back(leavesMs(), () => reject(error)),
				);
			});
		});
		return promise;
	}
}

/** As the platform says it: `platform/durable-object.ts` reads these marks. */
const overloaded = (): Error =>
	Object.assign(new Error("Durable Object is overloaded. Requests queued for too long."), {
		retryable: true,
		overloaded: true,
	});
