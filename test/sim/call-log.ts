/**
 * Every call that a checkout makes to the provider and to SKUs, with its time: a call that fails is tried again after
 * longer and longer pauses, so there is a bound on how many there are in a minute, whatever goes wrong.
 */
import { RETRY_FIRST_MS, RETRY_MOST_MS } from "../../src/limits.ts";

const MINUTE_MS = 60_000;
/** Tries within a minute when the pauses double from the first. */
const TRIES = Math.ceil(Math.log2(RETRY_MOST_MS / RETRY_FIRST_MS)) + 2;
/** One try at the provider is a read before it and the call; it may have a capture or a void, and a refund, in a minute. */
const CALLS_OF_ONE_TRY = 2;
const EFFECTS_IN_A_MINUTE = 2;
/** What somebody does to the checkout from outside, or its death, may begin a try at once. */
const CALLS_FOR_EACH_PROD = 4;

interface Times {
	/** Of calls to the provider, or to one SKU. */
	readonly calls: Map<string, number[]>;
	/** Somebody called the checkout, or it died: it may try at once. */
	readonly prods: number[];
}

export class CallLog {
	readonly #checkouts = new Map<string, Times>();

	#of(checkoutId: string): Times {
		const times = this.#checkouts.get(checkoutId) ?? { calls: new Map(), prods: [] };
		this.#checkouts.set(checkoutId, times);
		return times;
	}

	/** @param callee "the provider", or a SKU */
	called(checkoutId: string, callee: string, nowMs: number): void {
		const { calls } = this.#of(checkoutId);
		calls.set(callee, [...(calls.get(callee) ?? []), nowMs]);
	}

	prodded(checkoutId: string, nowMs: number): void {
		this.#of(checkoutId).prods.push(nowMs);
	}

	/** Where a checkout called somebody more often within a minute than it may. */
	violations(): string[] {
		return [...this.#checkouts].flatMap(([checkoutId, { calls, prods }]) =>
			[...calls].flatMap(([callee, times]) => {
				const worst = worstMinute(times, prods);
				return worst === null
					? []
					: [`${checkoutId} called ${callee} ${worst.calls} times in a minute, ${worst.prods} prods`];
			}),
		);
	}

	/** The most calls that any checkout made to anybody. */
	most(): number {
		return Math.max(
			0,
			...[...this.#checkouts.values()].flatMap(({ calls }) => [...calls.values()].map((t) => t.length)),
		);
	}
}

function worstMinute(times: readonly number[], prods: readonly number[]): { calls: number; prods: number } | null {
	const within = (list: readonly number[], fromMs: number) =>
		list.filter((atMs) => atMs >= fromMs && atMs < fromMs + MINUTE_MS).length;
	for (const fromMs of times) {
		const calls = within(times, fromMs);
		// Also what happened just before has its tries in this minute.
		const prodsThen = within(prods, fromMs) + within(prods, fromMs - MINUTE_MS);
		const most = TRIES * CALLS_OF_ONE_TRY * EFFECTS_IN_A_MINUTE + prodsThen * CALLS_FOR_EACH_PROD;
		if (calls > most) return { calls, prods: prodsThen };
	}
	return null;
}
