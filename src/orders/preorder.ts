/**
 * A paid pre-order, as its SKU's object tells D1 of it. A later version replaces an earlier one, never the other way round,
 * so it may be sent any number of times and arrive in any order.
 */
import type { PreorderState } from "./order.ts";

export interface PreorderRecord {
	readonly id: string;
	readonly sku: string;
	readonly checkoutId: string;
	readonly shopperId: string;
	readonly quantity: number;
	/** Units that were cancelled while owed, or came back after they had been filled. */
	readonly returned: number;
	readonly status: PreorderState;
	readonly expectedAtMs: number | null;
	readonly termsVersion: string;
	readonly version: number;
	/** When the terms were accepted and it was ordered. */
	readonly createdAtMs: number;
	readonly endedAtMs: number | null;
}
