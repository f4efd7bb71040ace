/**
 * A paid pre-order, as its SKU's object sends it to D1. A later version replaces an earlier one, and never the reverse,
 * so it may be sent any number of times and arrive in any order.
 */
import type { PreorderState } from "./order.ts";

export interface PreorderRecord {
	readonly id: string;
	readonly sku: string;
	readonly checkoutId: string;
	readonly shopperId: string;
	readonly quantity: number;
	/** Units that were cancelled while owed, or returned after they were filled. */
	readonly returned: number;
	readonly status: PreorderState;
	readonly expectedAtMs: number | null;
	readonly termsVersion: string;
	readonly version: number;
	/** When the shopper accepted the terms and ordered. */
	readonly createdAtMs: number;
	readonly endedAtMs: number | null;
}
