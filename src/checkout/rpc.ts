/**
 * What the object of a checkout is asked and what it answers, over RPC. Arguments and answers only ever grow, since old code
 * may talk to new for minutes after a deploy.
 */
import type { Payment } from "../payments/provider.ts";
import type { Checkout, OpenRequest, RefundUnits } from "./rules/model.ts";
import type { RefundRefusal } from "./rules/refunds.ts";
import type { EventRow } from "./storage.ts";

export type { EventRow } from "./storage.ts";

/** What travels is the whole state of a checkout. */
export type { Checkout };

export type OpenResult =
	| { readonly kind: "opened"; readonly checkout: Checkout }
	/** The same Idempotency-Key with another body. */
	| { readonly kind: "key-reused" };

export type PaymentComparison =
	/** The provider did not say. */
	| { readonly kind: "unread" }
	/** `isNews`: we had not heard of it. The amounts are what we keep by now, and the value of what the shopper has. */
	| {
			readonly kind: "read";
			readonly isNews: boolean;
			readonly currency: string;
			readonly keptMinor: number;
			readonly dueMinor: number;
	  };

export type RefundResult =
	/** Accepted: the checkout shows how much of it is done, and goes on with the rest by itself. */
	| { readonly kind: "refunding"; readonly checkout: Checkout }
	| { readonly kind: "unknown-checkout" }
	/** The same Idempotency-Key with another body. */
	| { readonly kind: "key-reused" }
	| RefundRefusal;

/**
 * The object of one checkout, as its callers see it. Every method may be repeated: a call that failed in passing is sent
 * again. An object that was never opened answers null and stores nothing, so guessing ids costs nothing.
 */
export interface CheckoutRpc {
	/**
	 * Opens the checkout, or finds it opened: the same request, repeated or at the same time, gets the same answer.
	 * @param fingerprint digest of what was asked for
	 */
	open(request: Omit<OpenRequest, "attempt">, fingerprint: string): Promise<OpenResult>;
	/** The checkout as it is now; null when there is none. */
	read(): Promise<Checkout | null>;
	/** Cancels the checkout, if it is not too late for that: the answer shows whether it was. */
	cancel(): Promise<Checkout | null>;
	/**
	 * What a webhook says of the payment.
	 * @param eventId the provider's, the same for each delivery of the same event
	 */
	paymentEvent(eventId: string, payment: Payment): Promise<Checkout | null>;
	/**
	 * Compares what is known of the payment with what the provider says now, and goes by that. Null when there is no payment.
	 * The answer may be older than the answer to an effect that is under way.
	 */
	comparePayment(): Promise<PaymentComparison | null>;
	/** D1 has the order, in this version or a later one. */
	recorded(version: number): Promise<void>;
	/**
	 * What the SKU says of a pre-order of this checkout. False when the SKU's answer to the purchase itself is still on its
	 * way: then it has to be said again.
	 */
	preorderSeen(sku: string, status: "owed" | "filled" | "cancelled"): Promise<boolean>;
	/** Sends the order to D1 again, as if D1 had never had it. */
	recordAgain(): Promise<void>;
	/**
	 * Refunds the price of units: those asked for, or all that are left. The same key takes effect once.
	 * @param key the merchant's Idempotency-Key, or null
	 * @param fingerprint digest of what was asked for; the same key with another one is refused
	 */
	refund(
		units: readonly RefundUnits[] | null,
		restock: boolean,
		reason: string,
		key: string | null,
		fingerprint?: string,
	): Promise<RefundResult>;
	/** Cancels the pre-order of a line and refunds its price, if its SKU says that it is still owed. */
	cancelPreorder(sku: string): Promise<Checkout | null>;
	/** Everything that happened to the checkout, oldest first. */
	events(): Promise<EventRow[]>;
}
