/** The messages of the queue to D1. They only ever grow: old code may read what new code sent. */
import type { Order, UnsettledReason } from "./order.ts";
import type { PreorderRecord } from "./preorder.ts";

/**
 * What a checkout cannot settle by itself, or that it is settled now. A later version replaces an earlier one, and never
 * the reverse, so it may be sent any number of times and arrive in any order.
 */
export interface SettlementRecord {
	readonly checkoutId: string;
	readonly shopperId: string;
	readonly version: number;
	/** Where the checkout's state machine stands. */
	readonly phase: string;
	readonly reason: UnsettledReason;
	readonly sinceMs: number;
	/** Null while it is unsettled. */
	readonly settledAtMs: number | null;
}

export type RecordMessage =
	| { readonly kind: "order"; readonly order: Order }
	| { readonly kind: "preorder"; readonly preorder: PreorderRecord }
	| { readonly kind: "settlement"; readonly record: SettlementRecord };
