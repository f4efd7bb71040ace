/**
 * The model of a checkout: its lines, its phases and its events. All of it is stored as JSON, so the names
 * of members and kinds are part of the stored format. Times are milliseconds since 1970, amounts are minor units.
 */
import type { Metadata, OrderAdjustment, ShipTo, UnsettledReason } from "../../orders/order.ts";
import type { CreateRefusal, NextAction, Payment, ProviderName } from "../../payments/provider.ts";
import type { AcceptedTerms, NamedTerms, PinResult } from "../../stock/rpc.ts";
import type { Effect, MoneyEffect } from "./effect.ts";

/** Why a line is refused, with the facts that the SKU's refusal carries. */
export type LineRefusal = Exclude<PinResult, { readonly kind: "pinned" | "preordered" | "attempt-over" }>;

export interface LinePrice {
	readonly sku: string;
	readonly quantity: number;
	readonly title: string;
	readonly unitPriceMinor: number;
	readonly currency: string;
	readonly fulfilment: "in_stock" | "preorder";
	/** The reservation or pre-order at the SKU. */
	readonly subjectId: string;
	readonly preorder: { readonly expectedAtMs: number | null; readonly termsVersion: string } | null;
	/**
	 * The pre-order terms that the shopper accepted when the line was pinned: what a pre-order is recorded with, whatever
	 * the merchant changes later. Null for a line that may not become one; absent from a line of earlier code.
	 */
	readonly accepted?: AcceptedTerms | null;
	/** The SKU's policy lets it be paid by a method that answers after days. */
	readonly allowDelayedMethods?: boolean;
	/** The end of the window in which the SKU's policy lets the shopper pay, and the grace after it. */
	readonly payByMs: number;
	readonly graceMs: number;
}

/** Sold, or owed as a pre-order. The shopper has paid for it, and part of it may have been refunded. */
export interface Committed extends LinePrice {
	readonly claim: "committed";
	/** The status of a pre-order as its SKU last reported it; null for units from stock. */
	readonly preorderStatus: "owed" | "filled" | "cancelled" | null;
	/** A cancellation of the pre-order was requested, and its SKU has not answered yet. */
	readonly cancelling: boolean;
	/**
	 * Set when a refund requested the cancellation: the refund is due even if the SKU answers that the pre-order is
	 * filled.
	 */
	readonly refundIfFilled?: { readonly restock: boolean } | null;
	/** Units whose price is refunded, units of those that are to return to the stock, and units that have returned. */
	readonly refunded: number;
	readonly toReturn: number;
	readonly returned: number;
	/** Units of which the SKU knows that they were paid back and stay with the shopper: they count to no limit. */
	readonly givenBack?: number;
}

export type Line =
	/** Requested, and its SKU has not answered yet. */
	| { readonly claim: "asked"; readonly sku: string; readonly quantity: number }
	/** Not pinned: the checkout ended before it got to this line, or only asked whether it could have been. */
	| { readonly claim: "spared"; readonly sku: string; readonly quantity: number }
	| { readonly claim: "refused"; readonly sku: string; readonly quantity: number; readonly refusal: LineRefusal }
	/** Pinned at the SKU, or placed as a pre-order, and not paid. */
	| (LinePrice & { readonly claim: "pinned" })
	| Committed
	/** Paid, and then the units were gone. */
	| (LinePrice & { readonly claim: "lost" })
	/** Sold, and then the money was gone: the units are to be returned to the stock. */
	| (LinePrice & { readonly claim: "returning" })
	| (LinePrice & { readonly claim: "released" });

export type PricedLine = Extract<Line, LinePrice>;

/** An amount that is not a line's, as the merchant's server said it; what was refunded of it counts up. */
export interface Adjustment extends OrderAdjustment {
	readonly currency: string;
}

/**
 * Why a checkout ends without a sale. `refused`: its lines are not available. `unpayable`: the provider does not accept
 * such a payment. `failed`: it could not be opened in time. `lost`: paid, and then the units or the money were gone.
 */
export type EndReason = "cancelled" | "expired" | "refused" | "unpayable" | "failed" | "lost";

export interface PaymentState {
	readonly provider: ProviderName;
	readonly payWith: NextAction;
	/** The latest snapshot that the provider sent. */
	readonly seen: Payment;
	/** An answer was unclear, or the snapshot may be old: read the payment before doing anything else. */
	readonly inDoubt: boolean;
	/** Counts the snapshots that were taken: the answer to a call that was made before the newest one may be older. */
	readonly revision: number;
	/** What the merchant calls a payment of their own, once they said that it was paid. */
	readonly reference?: string | null;
	/** The effect whose unclear answer put the payment in doubt; null when something else did. */
	readonly unclear: MoneyEffect["kind"] | null;
}

/** What the checkout cannot settle by itself, and since when. Once it is settled it stays, for the record in D1. */
export interface Unsettled {
	readonly reason: UnsettledReason;
	readonly sinceMs: number;
	readonly settledAtMs: number | null;
	/** The checkout's version in which this last changed, and the one that D1 is known to have. */
	readonly version: number;
	readonly recordedVersion: number;
}

/** The shopper may pay until `payByMs`. A payment made within `graceMs` after that still counts. */
export interface PaymentWindow {
	readonly payByMs: number;
	readonly graceMs: number;
}

export interface CheckoutBase {
	readonly id: string;
	readonly shopperId: string;
	/** The empty text once it was forgotten (`retention.ts`). */
	readonly email: string;
	readonly acceptPreorder: boolean;
	/** The pre-order terms that the request names as accepted; null when it accepts any, or none. */
	readonly terms: NamedTerms | null;
	readonly partial: boolean;
	/**
	 * Grows each time that the checkout is opened again with the same key. It is taken from the clock, so that it grows
	 * also when nothing of the attempt before is left. Checkouts of earlier code count from 1.
	 */
	readonly attempt: number;
	readonly createdAtMs: number;
	readonly lines: readonly Line[];
	readonly adjustments: readonly Adjustment[];
	readonly shipTo: ShipTo | null;
	readonly metadata: Metadata;
	/** The merchant's own shop takes the payment (`payments/external/`). */
	readonly isExternal: boolean;
	/** Null until the payment is created, and for a checkout that costs nothing. */
	readonly payment: PaymentState | null;
	/** Counts changes: of two copies in D1, the higher version is the newer. */
	readonly version: number;
	/** By scope, how often effects failed in a row, and when they may be retried. */
	readonly pauses: Readonly<Partial<Record<RetryScope, Backoff>>>;
	/**
	 * The number in the keys of effects about money. It grows when the present key can never succeed, and then only: a
	 * key that may still take effect must not be followed by another one.
	 */
	readonly keyNumber: number;
	/** Refunds that the shopper's bank has sent back. */
	readonly refundsReturned: number;
	readonly unsettled: Unsettled | null;
	/** Somebody listened when it was opened: webhooks are told when it ends without a sale. Absent for false. */
	readonly isHeard?: boolean;
	/** Of the request that opened it, for the logs. Absent from one of earlier code. */
	readonly requestId?: string;
	/** The newest version that webhooks were told of. Absent from a checkout that was never told of, or by earlier code. */
	readonly toldVersion?: number;
}

/** What may fail while the rest goes on: the provider, a SKU's object, the queue to D1 with orders, and with the rest. */
export type RetryScope = "money" | "units" | "record" | "settlement";

export interface Backoff {
	readonly failures: number;
	readonly untilMs: number;
	/** Why the last try failed. */
	readonly reason?: UnsettledReason | null;
	/** Set once there were as many tries as the bound allows: no more are made, but one for each request (`tryAgain`). */
	readonly gaveUpAtMs?: number | null;
	readonly tryAgain?: boolean;
}

export type Checkout = CheckoutBase &
	(
		| {
				readonly phase: "opening";
				/** Whether the provider may have been asked for a payment. */
				readonly paymentAsked: boolean;
		  }
		| (PaymentWindow & { readonly phase: "awaiting" | "committing" })
		| (PaymentWindow & {
				readonly phase: "completed";
				readonly completedAtMs: number;
				/** The version of the order that D1 is known to have. */
				readonly recordedVersion: number;
		  })
		| {
				readonly phase: "closing" | "closed";
				readonly ending: EndReason;
				readonly paymentAsked: boolean;
				/** The payment window; null when it was never open. */
				readonly window: PaymentWindow | null;
				/** When it last ended; absent before, and from a checkout that ended by earlier code. */
				readonly endedAtMs?: number;
				/** Of an expired window: the grace is over too, so an attempt under way is waited for no longer. */
				readonly graceOver?: boolean;
				/** What the provider did not accept; null unless the ending is `unpayable`. */
				readonly refusal?: CreateRefusal | null;
		  }
	);

export interface OpenRequest {
	readonly id: string;
	readonly shopperId: string;
	readonly email: string;
	readonly acceptPreorder: boolean;
	/** Absent from a request of earlier code. */
	readonly terms?: NamedTerms | null;
	readonly partial: boolean;
	readonly attempt: number;
	readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
	/** Somebody listens to checkouts that end without a sale, or may: see `webhooks/audience.ts`. Absent for false. */
	readonly isHeard?: boolean;
	/** These are absent from a request of earlier code. */
	readonly adjustments?: readonly Omit<Adjustment, "refundedMinor">[];
	readonly shipTo?: ShipTo | null;
	readonly metadata?: Metadata;
	readonly isExternal?: boolean;
	/** Of the request that opened it, for whoever looks for it in the logs. */
	readonly requestId?: string;
}

// ---- Events -------------------------------------------------------------------------------------------------------

export type PinOutcome =
	| { readonly kind: "pinned"; readonly line: Omit<LinePrice, "sku" | "quantity"> }
	| { readonly kind: "spared" }
	| { readonly kind: "refused"; readonly refusal: LineRefusal };

export type CommitOutcome =
	| {
			readonly kind: "committed";
			readonly fulfilment: "in_stock" | "preorder";
			readonly subjectId: string;
			readonly preorder: LinePrice["preorder"];
	  }
	| { readonly kind: "lost" };

export interface RefundUnits {
	readonly sku: string;
	readonly quantity: number;
}

/** A part of an adjustment that is to be refunded, by its place in the checkout's list. */
export interface RefundAdjustment {
	readonly index: number;
	readonly amountMinor: number;
}

/** What the merchant's server says of a payment of its own. */
export interface PaidOutside {
	readonly reference: string;
	/** When the shopper paid, by the merchant's clock. */
	readonly paidAtMs: number;
	readonly amountMinor: number;
	readonly currency: string;
}

export type MetadataPatch = Readonly<Record<string, string | null>>;

export type Event =
	| { readonly kind: "line-pinned"; readonly sku: string; readonly outcome: PinOutcome }
	| { readonly kind: "line-committed"; readonly sku: string; readonly outcome: CommitOutcome }
	/** Units that were pinned, or may have been, are back in the stock. */
	| { readonly kind: "line-released"; readonly sku: string }
	/** `total` of the sold units are back in the stock. */
	| { readonly kind: "line-returned"; readonly sku: string; readonly total: number }
	/** The price of these units is to be refunded: `decideRefund` has agreed to it. */
	| {
			readonly kind: "refund";
			readonly units: readonly RefundUnits[];
			/** Absent from an event of earlier code. */
			readonly adjustments?: readonly RefundAdjustment[];
			readonly restock: boolean;
			readonly reason: string;
			/** Also refund a pre-order that turns out to be filled. */
			readonly evenIfFilled?: boolean;
			/** Digest of the merchant's request. The same Idempotency-Key with another digest is refused. */
			readonly fingerprint?: string;
	  }
	/** Null takes the name away, and so does the empty text. */
	| { readonly kind: "metadata"; readonly patch: MetadataPatch }
	/** Its shopper's address is forgotten. `actor`: the merchant's person who asked for it; null for the clock. */
	| { readonly kind: "erased"; readonly actor: string | null }
	/** The SKU reports on a pre-order of this checkout. */
	| { readonly kind: "preorder-filled" | "preorder-cancelled"; readonly sku: string }
	| {
			readonly kind: "payment-created";
			readonly provider: ProviderName;
			readonly payment: Payment;
			readonly payWith: NextAction;
	  }
	/** The provider does not accept such a payment, now or later. */
	| { readonly kind: "payment-refused"; readonly reason?: CreateRefusal }
	/**
	 * A snapshot of the payment. `asked`: it answers a call of an effect, and ends a doubt. `revision`: the revision of
	 * the payment when we asked the provider; null for a webhook, which may be late. The answer to a question of our own
	 * is the present, unless a newer snapshot came meanwhile.
	 *
	 * It is called `refund-returned` when it shows that the shopper's bank has sent a refund back.
	 */
	| {
			readonly kind: "payment-seen" | "refund-returned";
			readonly payment: Payment;
			readonly asked: boolean;
			readonly revision?: number | null;
	  }
	/** The merchant's server says that it was paid: `decidePaid` has agreed to it. */
	| ({ readonly kind: "paid-outside" } & PaidOutside)
	/** Our claim of this attempt is refused: an attempt before it ended here after this one had begun. */
	| { readonly kind: "attempt-over"; readonly attempt: number }
	| { readonly kind: "cancel" }
	/** Somebody asks to try again what was given up. `byMerchant`: also what only a person should repeat. */
	| { readonly kind: "retry-settlement"; readonly byMerchant: boolean }
	/** Time has passed: a window may have ended. */
	| { readonly kind: "tick" }
	| { readonly kind: "recorded"; readonly version: number }
	/** Every webhook that listens was told that the checkout has ended, in this version. */
	| { readonly kind: "told"; readonly version: number }
	/** D1 has lost the order, or may have. */
	| { readonly kind: "record-again" }
	/** D1 has what is unsettled in this version of the checkout. */
	| { readonly kind: "settlement-recorded"; readonly version: number }
	/** The SKU no longer counts `total` of the sold units to the shopper's limit. */
	| { readonly kind: "line-given-back"; readonly sku: string; readonly total: number }
	/**
	 * An effect failed, or has to be confirmed by somebody else: run its scope again after `pauseMs`. `unclear`: the
	 * provider may or may not have done it. `isRemembered`: the provider only repeats an old failure to this key.
	 */
	| {
			readonly kind: "deferred";
			readonly strand: RetryScope;
			readonly pauseMs: number;
			readonly unclear: boolean;
			readonly effect?: Effect["kind"];
			readonly reason?: UnsettledReason | null;
			readonly isRemembered?: boolean;
	  };
