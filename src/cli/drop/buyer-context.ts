/** What all buyers of a drop share, and what `payment.ts` needs of one buyer. */
import type { BuyerPlan } from "./buyer-plans.ts";
import type { BuyerOutcome, BuyerReport, BuyerState } from "./outcome.ts";
import type { MeasuredShop } from "./shop.ts";

export interface BuyerContext {
	readonly shop: MeasuredShop;
	readonly sku: string;
	readonly runId: string;
	/** The server's clock minus ours. */
	readonly clockAheadMs: number;
	/** How late the server may keep a promise before it counts as broken. */
	readonly patienceMs: number;
	/** How long after the payment window a payment still counts. */
	readonly graceMs: number;
	/** Whether buyers accept the terms of a pre-order. */
	readonly acceptsPreorder: boolean;
	readonly waitlist: WaitlistClosing;
	/** Called when it happens, for the progress line and the timeline of a comparison. */
	readonly onEvent: (event: BuyerEvent, plan: BuyerPlan) => void;
}

export type BuyerEvent = "held" | "waiting" | "refused" | "paying" | "paid" | "done";

/** Lets buyers who do nothing but wait leave once no unit can become free any more. */
export interface WaitlistClosing {
	readonly closed: boolean;
	/** One buyer more, or with -1 one fewer, does nothing but wait. */
	countWaiting(by: 1 | -1): void;
}

export interface Buyer {
	readonly context: BuyerContext;
	readonly plan: BuyerPlan;
	readonly token: string;
	readonly state: BuyerState;
	/** Now by the server's clock. */
	readonly serverNowMs: number;
	end(outcome: BuyerOutcome, detail?: string | null): BuyerReport;
}
