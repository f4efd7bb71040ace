/**
 * The RPC contract of a checkout's object. Arguments and results only ever grow, since old code may talk to new code
 * for minutes after a deploy.
 */
import type { Payment } from "../payments/provider.ts";
import type { PaidRefusal } from "./rules/external.ts";
import type { Checkout, MetadataPatch, OpenRequest, PaidOutside, RefundUnits } from "./rules/model.ts";
import type { RefundRefusal, RequestedAdjustment } from "./rules/refunds.ts";
import type { StillNeeded } from "./rules/retention.ts";
import type { EventRow } from "./storage.ts";

export { STILL_NEEDED, type StillNeeded } from "./rules/retention.ts";
export type { EventRow } from "./storage.ts";

/** What travels is the whole state of a checkout. */
export type { Checkout };

/** A checkout as a call left it, and what the call did to the stock. */
export type CheckoutNow = Checkout & Freed;

export interface Freed {
	/** SKUs where units became free for the public while the call waited; absent from an object of the version before. */
	readonly freedNow?: readonly string[];
}

export type OpenResult =
	/** A refused checkout is given back whole, and then forgotten: its key decides afresh. */
	| (Freed & { readonly kind: "opened"; readonly checkout: Checkout })
	/** The same Idempotency-Key with another body. */
	| { readonly kind: "key-reused" };

export type PaymentComparison =
	/** The provider did not answer. */
	| { readonly kind: "unread" }
	/**
	 * `isNews`: the snapshot was new to us. The amounts are what we keep of the money, and the price of what the
	 * shopper has.
	 */
	| {
			readonly kind: "read";
			readonly isNews: boolean;
			readonly currency: string;
			readonly keptMinor: number;
			readonly dueMinor: number;
	  };

export type RefundResult =
	/** Accepted: the checkout shows how much is refunded already, and goes on with the rest. */
	| { readonly kind: "refunding"; readonly checkout: Checkout }
	| { readonly kind: "unknown-checkout" }
	/** The same Idempotency-Key with another body. */
	| { readonly kind: "key-reused" }
	| RefundRefusal;

export type PaidResult =
	/** What became of it: `outcomeOf`. */
	| (Freed & { readonly kind: "paid"; readonly checkout: Checkout })
	| { readonly kind: "unknown-checkout" }
	| PaidRefusal;

export type MetadataResult =
	| { readonly kind: "kept"; readonly checkout: Checkout }
	/** There would be more names than an order may have. */
	| { readonly kind: "too-many-names" };

export type EraseResult =
	/** It has no address, now or before. The checkout as it is without it. */
	| { readonly kind: "erased"; readonly checkout: Checkout }
	| { readonly kind: "still-needed"; readonly reason: StillNeeded; readonly checkout: Checkout }
	/** It has another e-mail address. */
	| { readonly kind: "of-another" };

/**
 * The object of one checkout, as its callers see it. Every method may be repeated: a call that failed for a transient
 * reason is sent again. An object that was never opened answers null and stores nothing, so guessing ids costs nothing.
 */
export interface CheckoutRpc {
	/**
	 * Opens the checkout, or returns it when it is open: the same request, repeated or concurrent, gets the same
	 * result.
	 * @param fingerprint digest of the request; the same key with another one is refused
	 */
	open(request: Omit<OpenRequest, "attempt">, fingerprint: string): Promise<OpenResult>;
	/**
	 * As `open`, for the merchant's server: with amounts that are not lines'. An object of the version before, which would
	 * not charge them, lacks the method.
	 */
	openForMerchant(request: Omit<OpenRequest, "attempt">, fingerprint: string): Promise<OpenResult>;
	/**
	 * The checkout as it is now; null when there is none. It waits for what the checkout is doing, but no longer than
	 * `READ_PATIENCE_MS`.
	 */
	read(): Promise<CheckoutNow | null>;
	/** Cancels the checkout unless it is too late for that: the result shows whether it was. */
	cancel(): Promise<CheckoutNow | null>;
	/**
	 * Takes the payment as a webhook carried it, and answers at once: what follows from it is done after that.
	 * @param eventId the provider's id of the event, the same for each delivery
	 */
	paymentEvent(eventId: string, payment: Payment): Promise<Checkout | null>;
	/**
	 * Reads the payment at the provider that has it, acts on it, and reports whether it was new. Null when there is no
	 * payment.
	 */
	comparePayment(): Promise<PaymentComparison | null>;
	/** Confirms that D1 has the order in this version or a later one. Confirmations answer at once. */
	recorded(version: number): Promise<void>;
	/** Confirms that D1 has what this checkout said of what it cannot settle, in this version or a later one. */
	settlementRecorded(version: number): Promise<void>;
	/**
	 * Confirms that every webhook that listens was told of its end, in this version or a later one. An object of the version
	 * before does not have this method, and tells nobody.
	 */
	told(version: number): Promise<void>;
	/**
	 * Makes one more try of what was given up, and does whatever else is due. A refund that came back is left to the
	 * merchant. The checkout as it is after that; null when there is none.
	 */
	retrySettlement(): Promise<Checkout | null>;
	/**
	 * Takes the status of a pre-order from its SKU. False when the SKU's answer to the purchase itself has not arrived
	 * yet: then the SKU has to send it again.
	 */
	preorderSeen(sku: string, status: "owed" | "filled" | "cancelled"): Promise<boolean>;
	/** Sends the order to D1 again, as if D1 had lost it. */
	recordAgain(): Promise<void>;
	/**
	 * Refunds the price of these units and these parts of adjustments, or all that is left when both are null, and makes
	 * one more try of a refund that was given up. The same key takes effect once.
	 * @param key the merchant's Idempotency-Key, or one of the Worker's own for each of their requests. Earlier code sends
	 * null: then the same request within `REPEATED_REFUND_MS` is taken for a repeated call
	 * @param fingerprint digest of the request; the same key with another one is refused
	 */
	refund(
		units: readonly RefundUnits[] | null,
		restock: boolean,
		reason: string,
		key: string | null,
		fingerprint?: string,
		adjustments?: readonly RequestedAdjustment[] | null,
	): Promise<RefundResult>;
	/**
	 * The merchant's server says that a payment of its own was made. The same again gets the same answer; another
	 * reference or amount is refused.
	 */
	paidOutside(paid: PaidOutside): Promise<PaidResult>;
	/** Changes the order's metadata name by name; null while there is no order. */
	setMetadata(patch: MetadataPatch): Promise<MetadataResult | null>;
	/** Cancels the pre-order of a line and refunds its price, provided that its SKU says it is still owed. */
	cancelPreorder(sku: string): Promise<Checkout | null>;
	/**
	 * Forgets its shopper's address now, unless it is still needed. What ended without a sale is emptied.
	 * @param email only if it is this address, in whatever case; null for whatever it is
	 * @param actor who asked for it
	 */
	erase(email: string | null, actor: string): Promise<EraseResult | null>;
	/** Everything that happened to the checkout, oldest first. */
	events(): Promise<EventRow[]>;
}
