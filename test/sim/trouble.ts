/** What went wrong in a simulation, and how often: so that a reader of the result sees that each kind of it happened. */
export const TROUBLES = [
	"calls that failed",
	"objects killed",
	"deaths in an await of a SKU",
	"deaths in an await of a checkout",
	"objects whose alarm rings no more",
	"alarms that never rang",
	"clock steps forward",
	"clock steps back",
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
	"calls of D1 that failed before they took effect",
	"calls of D1 that failed after they took effect",
	"calls of D1 that took effect late",
	"answers of D1 that came late",
	"queue messages lost",
	"queue messages doubled",
	"queue messages delayed",
	"queue messages that failed too often",
	"consumers that could not notify",
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
