/**
 * What every buyer of a drop shares, and what one buyer is to the parts of their story.
 */
import type { BuyerPlan } from "./buyer-plans.ts";
import type { BuyerOutcome, BuyerReport, BuyerState } from "./outcome.ts";
import type { Shop } from "./shop.ts";

export interface BuyerContext {
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
	readonly acceptsPreorder: boolean;
	readonly waitlist: WaitlistClosing;
	/** Told when it happens, for the progress line. */
	readonly onEvent: (event: "held" | "waiting" | "refused" | "paid" | "done") => void;
}

/** Who only waits in line is told when no unit can come any more. */
export interface WaitlistClosing {
	readonly closed: boolean;
	/** One more, or with -1 one less, of the buyers does nothing but wait. */
	countWaiting(by: 1 | -1): void;
}

export interface Buyer {
	readonly context: BuyerContext;
	readonly plan: BuyerPlan;
	readonly token: string;
	readonly state: BuyerState;
	readonly serverNowMs: number;
	end(outcome: BuyerOutcome, detail?: string | null): BuyerReport;
}
