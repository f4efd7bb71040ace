/**
 * What each step takes, and where the number is from. Time in a simulation is these numbers and nothing else, so a result
 * is as good as they are. `npm run crowd -- --against` says how good that is on this machine.
 */

export interface Costs {
	/** A request at the door: its isolate's processor, without the object. */
	readonly doorMs: number;
	/** A call of the SKU's object. */
	readonly callMs: number;
	/** Each reservation that is decided in it. */
	readonly decideMs: number;
	/** Each reservation that a gate hands on in a call of its own. */
	readonly passMs: number;
	/** How long answers wait for what was stored, while the object goes on. */
	readonly commitMs: number;
	/** A call that would wait for longer at the object is turned away as overloaded. */
	readonly overloadedAfterMs: number;
	/** The way is longer than its round-trip time by an exponential part of it, of this mean. */
	readonly jitter: number;
	/** Whether the isolate and the object share a processor, as on a laptop. */
	readonly isShared: boolean;
}

/** On Cloudflare's network. */
export const PUBLISHED: Costs = {
	/** Measured: `npm run bench -- --only no-object`, CPU µs. Cloudflare's machines are not slower than the lab's. */
	doorMs: 0.16,
	/**
	 * "An individual Object has a soft limit of 1,000 requests per second"
	 * (https://developers.cloudflare.com/durable-objects/platform/limits/). A call of ours takes less here; the object is
	 * given no more than what is published.
	 */
	callMs: 1,
	/** Measured: `npm run bench -- --only object`, µs each. */
	decideMs: 0.02,
	/** An assumption: it is unpacked and packed as at the SKU's object, and nothing is decided. */
	passMs: 0.01,
	/**
	 * An assumption. What is stored is confirmed by machines near by
	 * (https://blog.cloudflare.com/sqlite-in-durable-objects/), and no time is published.
	 */
	commitMs: 10,
	/**
	 * An assumption. "Requests queued for too long" and "too many requests for the same object within a 10 second window"
	 * are errors (https://developers.cloudflare.com/durable-objects/observability/troubleshooting/); no more is published.
	 */
	overloadedAfterMs: 10_000,
	/** An assumption. */
	jitter: 0.1,
	isShared: false,
};

/**
 * From a shopper to the nearest place: half of them within the first number, 95 of 100 within the second, which is
 * published (https://www.cloudflare.com/network/: about 50 ms from 95 % of the Internet-connected population). The half is
 * an assumption.
 */
export const ACCESS_MS = { median: 20, of95: 50 } as const;
/** A bot runs in a data centre beside the place. */
export const BOT_ACCESS_MS = 2;
