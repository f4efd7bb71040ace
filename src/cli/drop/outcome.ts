/**
 * What became of one buyer, and what is known of it: the words in which buyers report and the verdict counts.
 *
 * Not here: how a buyer comes to it (`buyer.ts`, `payment.ts`), and what it says of the shop (`verdict.ts`).
 */
import type { BuyerPlan } from "./buyer-plans.ts";

/**
 * - `bought`: paid, and has the unit.
 * - `preordered`: paid, and is owed a unit, or was by the time the checkout was completed.
 * - `unpaid`: had a unit or a promise, and let it expire. `settle.ts` sees to it that it did.
 * - `abandoned`: had a unit, and gave it back.
 * - `waited`: stood in line until no unit could come any more, and left.
 * - `refused`: told at once that there is none.
 * - `too-late`: wanted to pay after the window, and the provider took nothing.
 * - `paid-back`: the provider took or set aside money too late, and the checkout ended without a sale.
 * - `lost`: held or paid in time, and yet not served.
 * - `hanging`: paid, and no end within the patience.
 * - `failed`: answered with something that no buyer can act upon.
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

/** What a buyer has come to know so far. */
export interface BuyerState {
	/** By our clock; null when no unit was ever held. */
	heldAtMs: number | null;
	/** By the server's clock: until then at least the unit, or the promise of one, was theirs. */
	expiresAtMs: number | null;
	/** Stood in line, and got a unit there. */
	promoted: boolean;
	/** Their position in line once rose. */
	movedBack: boolean;
	/** The provider took their payment. */
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
