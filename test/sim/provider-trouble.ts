/**
 * What a provider does wrong for longer than a moment: it answers reads and does nothing else, or it repeats to each key
 * the failure that it answered first, as Stripe does for a day.
 *
 * It stands between the checkouts and the sandbox (`nemesis.ts`), so the sandbox's books stay what truly happened. Not
 * here: a provider that is down, refunds that come back, debits and disputes (`provider-actions.ts`).
 */
import { randomFor } from "./prng.ts";
import type { TroubleCounts } from "./trouble.ts";

/** The calls that change something. */
export const CHANGES = ["create", "void", "capture", "refund"] as const;
type Change = (typeof CHANGES)[number];

const STORED_SHARE = 0.6;
/** Of the failures that are stored: how often the call took effect all the same. */
const STORED_AFTER_EFFECT = 0.25;

const unknown = (detail: string, more: object = {}) => ({ kind: "unknown", detail, ...more });

export class ProviderTrouble {
	/** Calls that are not done, though reads are answered. */
	readonly refuses = new Set<Change>();
	/** New keys may get a failure now, and keep it. */
	storesFailures = false;
	readonly #seed: string;
	readonly #counts: TroubleCounts;
	readonly #storedKeys = new Set<string>();
	/** Keys that have reached the sandbox: what it stored for them is not a failure any more. */
	readonly #usedKeys = new Set<string>();

	constructor(seed: string, counts: TroubleCounts) {
		this.#seed = seed;
		this.#counts = counts;
	}

	repair(): void {
		this.refuses.clear();
		this.storesFailures = false;
	}

	/** Makes one call of a checkout to the sandbox, or answers it in its place. */
	async call(name: string, args: readonly unknown[], real: () => Promise<unknown>): Promise<unknown> {
		const change = CHANGES.find((each) => each === name);
		const key = keyOf(name, args);
		if (change === undefined || key === null) return real();
		if (this.#storedKeys.has(key)) {
			this.#counts.happened("stored failures repeated");
			return unknown("the provider repeats a stored failure", { isRemembered: true });
		}
		if (this.refuses.has(change)) {
			this.#counts.happened("calls refused by a provider that is read");
			return unknown("the provider does nothing");
		}
		const isNew = !this.#usedKeys.has(key);
		if (this.storesFailures && isNew && randomFor(this.#seed, "stored", key) < STORED_SHARE) {
			this.#storedKeys.add(key);
			this.#counts.happened("failures stored by key");
			// A payment whose creation is never answered could be paid by nobody, and would be left open.
			const takesEffect = change !== "create" && randomFor(this.#seed, "effect", key) < STORED_AFTER_EFFECT;
			if (takesEffect) await real();
			return unknown("the provider stores a failure");
		}
		this.#usedKeys.add(key);
		return real();
	}
}

/** The idempotency key of a call, by the port's order of arguments. */
function keyOf(name: string, args: readonly unknown[]): string | null {
	switch (name) {
		case "create":
			return (args[0] as { key: string }).key;
		case "void":
			return args[1] as string;
		case "capture":
		case "refund":
			return args[2] as string;
		default:
			return null;
	}
}
