/**
 * What can be had of a SKU, as shoppers are shown it. A drop's crowd looks at one product. Its object has to sell, so
 * an isolate asks it about once a second, however many look.
 *
 * Invariants:
 * - an answer is at most `AVAILABILITY_TTL_MS` old, and its `asOf` says from when it is. It is older only while the
 *   object cannot answer, and never older than `AVAILABILITY_STALE_MS`;
 * - it shows no hold that has run out, and no status from before the start or the end of a sale;
 * - whoever changes the stock through this isolate sees the change at once: `sku.ts` invalidates it. One caller asks
 *   then, and the others wait for that answer.
 */
import { AVAILABILITY_ENTRIES, AVAILABILITY_STALE_MS, AVAILABILITY_TTL_MS, REFRESH_AHEAD_MS } from "../limits.ts";
import { GenerationalMap } from "../platform/bounded-map.ts";
import { ObjectUnavailable } from "../platform/errors.ts";
import { RefreshAheadCache } from "../platform/refresh-ahead-cache.ts";
import type { Availability, AvailabilityResult } from "../stock/rpc.ts";
import { askedAtMs } from "../stock/rules/gates.ts";
import { CallBatchers, type KeepAlive } from "./call-batcher.ts";

/**
 * Calls the SKU's object, or a gate, which may have asked it a moment before: `ageMs`.
 * @param maxAgeMs how old the answer may be, since the stock was changed from here
 */
export type Look = (maxAgeMs: number) => Promise<AvailabilityResult & { readonly ageMs?: number }>;

export class AvailabilityCache {
	readonly #answers = new RefreshAheadCache<Availability>({
		maxEntries: AVAILABILITY_ENTRIES,
		ttlMs: AVAILABILITY_TTL_MS,
		refreshAheadMs: REFRESH_AHEAD_MS,
	});
	/** When the stock of a SKU was last changed from here. */
	readonly #changedAtMs = new GenerationalMap<number>(AVAILABILITY_ENTRIES);
	/** Looks that wait for one answer; null where each asks by itself. */
	readonly #looks: CallBatchers<null, Availability | null> | null;

	constructor({ batching }: { readonly batching: boolean }) {
		this.#looks = batching ? new CallBatchers() : null;
	}

	/**
	 * The availability, from memory where that is fresh enough; null when no merchant has defined the SKU.
	 * @throws whatever `ask` throws, unless the object cannot answer and an old answer can be shown
	 */
	async get(sku: string, nowMs: number, ask: Look, keepAlive: KeepAlive): Promise<Availability | null> {
		const known = this.#answers.get(sku, nowMs);
		if (known !== null) {
			// Nobody waits for a refresh; one that fails leaves the answer to expire.
			if (this.#answers.claimRefresh(sku, nowMs)) keepAlive(this.#ask(sku, ask).catch(() => {}));
			return known;
		}
		try {
			return await (this.#looks === null ? this.#ask(sku, ask) : this.#askTogether(this.#looks, sku, ask, keepAlive));
		} catch (error) {
			const old = error instanceof ObjectUnavailable ? this.#answers.old(sku, nowMs, AVAILABILITY_STALE_MS) : null;
			if (old === null) throw error;
			return old;
		}
	}

	/** Those who come while somebody asks need a newer answer only if the memory was invalidated meanwhile. */
	#askTogether(
		looks: CallBatchers<null, Availability | null>,
		sku: string,
		ask: Look,
		keepAlive: KeepAlive,
	): Promise<Availability | null> {
		return looks.call(sku, null, Date.now(), keepAlive, async (requests) => {
			const answer = this.#answers.get(sku, Date.now()) ?? (await this.#ask(sku, ask));
			return requests.map(() => answer);
		});
	}

	async #ask(sku: string, ask: Look): Promise<Availability | null> {
		const nowMs = Date.now();
		const refresh = this.#answers.beginRefresh(sku);
		const result = await ask(nowMs - (this.#changedAtMs.get(sku) ?? Number.NEGATIVE_INFINITY));
		if (result.kind === "unknown-sku") return null;
		// The age counts from the request: an answer that was long on its way is no younger than that.
		this.#answers.set(sku, result.availability, askedAtMs(nowMs, result.ageMs), result.changesAtMs, refresh);
		return result.availability;
	}

	/** What is remembered, however old it may be shown; null without asking anybody. */
	old(sku: string, nowMs: number): Availability | null {
		return this.#answers.old(sku, nowMs, AVAILABILITY_STALE_MS);
	}

	invalidate(sku: string, nowMs = Date.now()): void {
		this.#answers.invalidate(sku);
		this.#changedAtMs.set(sku, nowMs);
	}
}
