/**
 * What every buyer of a drop shares, and what one buyer is to the parts of their story.
 */
import type { Plan } from "./buyer-plans.ts";
import type { Fate, Known, Outcome } from "./outcome.ts";
import type { Shop } from "./shop.ts";

export interface Market {
	readonly shop: Shop;
	readonly sku: string;
	readonly runId: string;
	/** The server's clock less ours. */
	readonly clockAheadMs: number;
	/** How long anything may take that the server has promised. */
	readonly patienceMs: number;
	/** How long after its window a payment still counts. */
	readonly graceMs: number;
	/** Whether buyers agree to the terms of a pre-order. */
	readonly acceptPreorder: boolean;
	readonly doors: Doors;
	/** Told when it happens, for the progress line. */
	readonly onEvent: (event: "held" | "waiting" | "refused" | "paid" | "done") => void;
}

/** Who only waits in line is told when no unit can come any more. */
export interface Doors {
	readonly closed: boolean;
	/** One more, or with -1 one less, of the buyers does nothing but wait. */
	waiting(by: 1 | -1): void;
}

export interface Buyer {
	readonly market: Market;
	readonly plan: Plan;
	readonly token: string;
	readonly known: Known;
	readonly serverNowMs: number;
	end(fate: Fate, detail?: string | null): Outcome;
}
