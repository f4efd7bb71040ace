/** What a buyer can end with and what a buyer reports. `buyer.ts` and `payment.ts` report it, `tally.ts` counts it. */
import type { BuyerPlan } from "./buyer-plans.ts";

/**
 * - `bought`: paid, and has the unit.
 * - `preordered`: paid, and was owed a unit when the checkout was completed; it may be filled by now.
 * - `unpaid`: had a unit or a pending pre-order, and let it expire. `collect-evidence.ts` verifies that it did expire.
 * - `abandoned`: had a unit, and released it.
 * - `waited`: was on the waitlist until no unit could become free any more, and left.
 * - `refused`: was refused at once, because everything was gone.
 * - `too-late`: wanted to pay after the window, and the provider took nothing.
 * - `paid-back`: paid too late, and the checkout ended without a sale and without the money.
 * - `lost`: held a unit or paid in time, and was not served.
 * - `hanging`: paid, and the checkout did not end within the patience.
 * - `failed`: got an answer that no buyer can act upon.
 */
export type BuyerOutcome =
	| "bought"
	| "preordered"
	| "unpaid"
	| "abandoned"
	| "waited"
	| "refused"
	| "too-late"
	| "paid-back"
	| "lost"
	| "hanging"
	| "failed";

export interface BuyerReport extends Readonly<BuyerState> {
	readonly plan: BuyerPlan;
	readonly outcome: BuyerOutcome;
	/** What went wrong, in words. */
	readonly detail: string | null;
}

/** What a buyer knows so far. */
export interface BuyerState {
	/** By our clock; null when no unit was ever held. */
	heldAtMs: number | null;
	/** By the server's clock: until then the unit, or the pending pre-order, was the buyer's. */
	expiresAtMs: number | null;
	/** The buyer got a unit from the waitlist. */
	promoted: boolean;
	/** The buyer's position on the waitlist rose at some time. */
	movedBack: boolean;
	/** The provider accepted the payment. */
	paid: boolean;
	checkoutId: string | null;
	/** By the server's clock: when the checkout's payment window ends. */
	payByMs: number | null;
	orderId: string | null;
}

export const newBuyerState = (): BuyerState => ({
	heldAtMs: null,
	expiresAtMs: null,
	promoted: false,
	movedBack: false,
	paid: false,
	checkoutId: null,
	payByMs: null,
	orderId: null,
});
