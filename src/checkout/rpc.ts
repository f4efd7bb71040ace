/**
 * The RPC contract of a checkout's object. Arguments and results only ever grow, since old code may talk to new code
 * for minutes after a deploy.
 */
import type { Payment } from "../payments/provider.ts";
import type { Checkout, OpenRequest, RefundUnits } from "./rules/model.ts";
import type { RefundRefusal } from "./rules/refunds.ts";
import type { EventRow } from "./storage.ts";

export type { EventRow } from "./storage.ts";

/** What travels is the whole state of a checkout. */
export type { Checkout };

/** SKUs of which this call freed units for the public. A checkout of the version before does not say it. */
export interface FreedNow {
	readonly freedNow?: readonly string[];
}

export type OpenResult =
	| (FreedNow & { readonly kind: "opened"; readonly checkout: Checkout })
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
	/** The checkout as it is now; null when there is none. */
	read(): Promise<(Checkout & FreedNow) | null>;
	/** Cancels the checkout unless it is too late for that: the result shows whether it was. */
	cancel(): Promise<(Checkout & FreedNow) | null>;
	/**
	 * Takes the payment as a webhook carried it.
	 * @param eventId the provider's id of the event, the same for each delivery
	 */
	paymentEvent(eventId: string, payment: Payment): Promise<Checkout | null>;
	/**
	 * Reads the payment at the provider, acts on it, and reports whether it was new. Null when there is no payment.
	 */
	comparePayment(): Promise<PaymentComparison | null>;
	/** Confirms that D1 has the order in this version or a later one. */
	recorded(version: number): Promise<void>;
	/**
	 * Takes the status of a pre-order from its SKU. False when the SKU's answer to the purchase itself has not arrived
	 * yet: then the SKU has to send it again.
	 */
	preorderSeen(sku: string, status: "owed" | "filled" | "cancelled"): Promise<boolean>;
	/** Sends the order to D1 again, as if D1 had lost it. */
	recordAgain(): Promise<void>;
	/**
	 * Refunds the price of these units, or of all that are left when `units` is null. The same key takes effect once.
	 * @param key the merchant's Idempotency-Key, or null
	 * @param fingerprint digest of the request; the same key with another one is refused
	 */
	refund(
		units: readonly RefundUnits[] | null,
		restock: boolean,
		reason: string,
		key: string | null,
		fingerprint?: string,
	): Promise<RefundResult>;
	/** Cancels the pre-order of a line and refunds its price, provided that its SKU says it is still owed. */
	cancelPreorder(sku: string): Promise<Checkout | null>;
	/** Everything that happened to the checkout, oldest first. */
	events(): Promise<EventRow[]>;
}
