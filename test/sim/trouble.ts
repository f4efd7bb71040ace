/** What went wrong in a simulation, and how often: so that a reader of the result sees that each kind of it happened. */
export const TROUBLES = [
	"calls that failed",
	"objects killed",
	"provider outages",
	"calls refused by a provider that is read",
	"failures stored by key",
	"stored failures repeated",
	"refunds sent back",
	"debits begun",
	"debits answered",
	"disputes opened",
	"disputes closed",
	"webhooks that said what is not so",
	"late twins to a SKU",
	"late twins to a checkout",
	"stale webhooks",
	"outages of D1",
	"calls of D1 while it was away",
	"queue messages lost or doubled",
] as const;
export type Trouble = (typeof TROUBLES)[number];

export class TroubleCounts {
	readonly #counts = new Map<Trouble, number>();

	happened(what: Trouble, times = 1): void {
		this.#counts.set(what, (this.#counts.get(what) ?? 0) + times);
	}

	of(what: Trouble): number {
		return this.#counts.get(what) ?? 0;
	}

	/** In the order of `TROUBLES`, those that never happened included. */
	all(): Record<string, number> {
		return Object.fromEntries(TROUBLES.map((what) => [what, this.of(what)]));
	}
}
