/**
 * The messages of the queue: records for D1, what webhooks are told, and which mails are to be sent. They only ever grow: old code may read what new
 * code sent.
 */
import type { WebhookEvent } from "../webhooks/event.ts";
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

/** What a SKU asks to have told to webhooks, by which it knows what was told when that is acknowledged. */
export interface NewsReceipt {
	/** Of the stock, and whether none was on hand then; null when it was not told. */
	readonly stock: { readonly version: number; readonly isSoldOut: boolean } | null;
	/** The last reservation; 0 for none. */
	readonly seq: number;
}

export type RecordMessage =
	/**
	 * `toldVersion`: the newest version that webhooks were told of, 0 for none. Absent from a checkout of the version
	 * before.
	 */
	| { readonly kind: "order"; readonly order: Order; readonly toldVersion?: number }
	/**
	 * A checkout that ended without a sale. D1 lists it by its shopper, and webhooks are told unless `isUnheard`. What is
	 * optional is absent from a checkout of the version before, which sends it only where somebody may listen.
	 */
	| {
			readonly kind: "ended-checkout";
			readonly checkoutId: string;
			readonly version: number;
			readonly shopperId?: string;
			readonly endedAtMs?: number;
			readonly isUnheard?: boolean;
	  }
	| {
			readonly kind: "news";
			readonly sku: string;
			readonly receipt: NewsReceipt;
			readonly events: readonly WebhookEvent[];
	  }
	/** A promotion that its shopper is to be told of by mail. The address stays with the SKU until it is sent to. */
	| { readonly kind: "mail"; readonly sku: string; readonly promotion: string }
	/** `isTold`: webhooks were told of this version, and D1 alone has lost it. Absent for false. */
	| { readonly kind: "preorder"; readonly preorder: PreorderRecord; readonly isTold?: boolean }
	| { readonly kind: "settlement"; readonly record: SettlementRecord };

/** Any message may say to which request it goes back, for the logs. */
export interface Traced {
	readonly requestId?: string;
}
