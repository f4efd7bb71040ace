/**
 * The words of a checkout: its lines, its phases, what can happen to it and what it can want done. The rules are
 * `saga.ts`. Times are milliseconds since 1970, amounts minor units.
 */
import type { NextAction, Payment, ProviderName } from "../../payments/provider.ts";
import type { PinResult } from "../../stock/rpc.ts";

/** Why a line cannot be had, with the facts that the refusal carries: the SKU's own words. */
export type LineRefusal = Exclude<PinResult, { readonly kind: "pinned" | "preordered" }>;

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
	/** Until when the SKU's policy lets the shopper pay, and what it grants after that. */
	readonly payByMs: number;
	readonly graceMs: number;
}

/** Sold, or owed as a pre-order: what the shopper has paid for, less what was refunded. */
export interface Committed extends LinePrice {
	readonly claim: "committed";
	/** What became of a pre-order, as far as its SKU has told; null for units from stock. */
	readonly preorderStatus: "owed" | "filled" | "cancelled" | null;
	/** A cancellation of the pre-order was asked for, and its SKU has not answered yet. */
	readonly cancelling: boolean;
	/** It was asked for by a refund, which is to be done also if its SKU answers that the units have come. */
	readonly refundIfFilled?: { readonly restock: boolean } | null;
	/** Units whose price is given back, units of those that are to go back to the stock, and units that have. */
	readonly refunded: number;
	readonly toReturn: number;
	readonly returned: number;
}

export type Line =
	| { readonly claim: "asked"; readonly sku: string; readonly quantity: number }
	/** Left alone, since the checkout came to nothing before its turn: nothing of it is pinned. */
	| { readonly claim: "spared"; readonly sku: string; readonly quantity: number }
	| { readonly claim: "refused"; readonly sku: string; readonly quantity: number; readonly refusal: LineRefusal }
	/** Pinned at the SKU, or promised as a pre-order, and not paid. */
	| (LinePrice & { readonly claim: "pinned" })
	| Committed
	/** Paid for, and found gone. */
	| (LinePrice & { readonly claim: "lost" })
	/** Sold, and then the money could not be had: the units are on their way back to the stock. */
	| (LinePrice & { readonly claim: "returning" })
	| (LinePrice & { readonly claim: "released" });

export type PricedLine = Extract<Line, LinePrice>;

/**
 * Why a checkout ends without a sale. `refused`: no lines to be had. `unpayable`: the provider will not take such a
 * payment. `failed`: it could not be opened in time. `lost`: paid, and then the units or the money were gone.
 */
export type EndReason = "cancelled" | "expired" | "refused" | "unpayable" | "failed" | "lost";

export interface PaymentState {
	readonly provider: ProviderName;
	readonly payWith: NextAction;
	/** The provider's latest word. */
	readonly seen: Payment;
	/** An answer was unclear, or the news may be old: read before doing anything. */
	readonly inDoubt: boolean;
}

/** When the shopper may pay: until `payByMs`, and what was paid within `graceMs` after it still counts. */
export interface PaymentWindow {
	readonly payByMs: number;
	readonly graceMs: number;
}

export interface CheckoutBase {
	readonly id: string;
	readonly shopperId: string;
	readonly email: string;
	readonly acceptPreorder: boolean;
	readonly partial: boolean;
	/** 1, and one more each time that a checkout which could not be opened is asked for again with the same key. */
	readonly attempt: number;
	readonly createdAtMs: number;
	readonly lines: readonly Line[];
	/** Null until created, and for a checkout that costs nothing. */
	readonly payment: PaymentState | null;
	/** Counts changes, so that a copy in D1 can tell which is newer. */
	readonly version: number;
	/** Where an effect failed: how often in a row, and when its like may be tried again. */
	readonly pauses: Readonly<Partial<Record<RetryScope, Backoff>>>;
}

/** What may fail while the others go on: the provider, a SKU's object, the way to D1. */
export type RetryScope = "money" | "units" | "record";

export interface Backoff {
	readonly failures: number;
	readonly untilMs: number;
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
				/** The window that was open; null when it never came to that. */
				readonly window: PaymentWindow | null;
		  }
	);

export interface OpenRequest {
	readonly id: string;
	readonly shopperId: string;
	readonly email: string;
	readonly acceptPreorder: boolean;
	readonly partial: boolean;
	readonly attempt: number;
	readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
}

// ---- What can happen ----------------------------------------------------------------------------------------------

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

export type Event =
	| { readonly kind: "line-pinned"; readonly sku: string; readonly outcome: PinOutcome }
	| { readonly kind: "line-committed"; readonly sku: string; readonly outcome: CommitOutcome }
	/** What was pinned, or may have been, is back in the stock. */
	| { readonly kind: "line-released"; readonly sku: string }
	/** `total` units of what was sold are back in the stock. */
	| { readonly kind: "line-returned"; readonly sku: string; readonly total: number }
	/** The price of these units is to be given back: `refundable` has agreed to it. */
	| {
			readonly kind: "refund";
			readonly units: readonly RefundUnits[];
			readonly restock: boolean;
			readonly reason: string;
			/** Of a pre-order that turns out to be filled, the price goes back all the same. */
			readonly evenIfFilled?: boolean;
			/** Digest of the merchant's request, so that its Idempotency-Key is known when it comes with another one. */
			readonly fingerprint?: string;
	  }
	/** The SKU's word on a pre-order of this checkout. */
	| { readonly kind: "preorder-filled" | "preorder-cancelled"; readonly sku: string }
	| {
			readonly kind: "payment-created";
			readonly provider: ProviderName;
			readonly payment: Payment;
			readonly payWith: NextAction;
	  }
	/** The provider will not take such a payment, now or later. */
	| { readonly kind: "payment-refused" }
	/**
	 * The provider's word on the payment. Old news and repeats change nothing. `asked`: it is the answer to a call of ours,
	 * and so the present state; a webhook may be a late one.
	 */
	| { readonly kind: "payment-seen"; readonly payment: Payment; readonly asked: boolean }
	| { readonly kind: "cancel" }
	/** Time passed: a window may have ended. */
	| { readonly kind: "tick" }
	| { readonly kind: "recorded"; readonly version: number }
	/** D1 has lost the order, or may have. */
	| { readonly kind: "record-again" }
	/** An effect is not done: leave its like for `pauseMs`. `unclear`: the provider may or may not have done it. */
	| { readonly kind: "deferred"; readonly strand: RetryScope; readonly pauseMs: number; readonly unclear: boolean };

// ---- What can be wanted done --------------------------------------------------------------------------------------

export type MoneyEffect =
	| { readonly kind: "create-payment"; readonly amountMinor: number; readonly currency: string }
	| { readonly kind: "read-payment"; readonly paymentId: string }
	| { readonly kind: "void"; readonly paymentId: string }
	| { readonly kind: "capture"; readonly paymentId: string; readonly amountMinor: number }
	| {
			readonly kind: "refund";
			readonly paymentId: string;
			readonly amountMinor: number;
			readonly refundedMinor: number;
	  };

export type Effect =
	| MoneyEffect
	/** `probe`: only ask whether it could be had, and take nothing. */
	| { readonly kind: "pin"; readonly sku: string; readonly quantity: number; readonly probe: boolean }
	| { readonly kind: "commit"; readonly sku: string; readonly quantity: number }
	/** `keepHold`: what the shopper held before is theirs again. */
	| { readonly kind: "unpin"; readonly sku: string; readonly keepHold: boolean }
	| { readonly kind: "take-back"; readonly sku: string; readonly total: number }
	| { readonly kind: "cancel-preorder"; readonly sku: string }
	| { readonly kind: "record" };
