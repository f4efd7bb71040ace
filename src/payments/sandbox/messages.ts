/** What the sandbox's object is asked and what it answers. */
import type { CreateRefusal, Payment, PaymentResult, Refusal } from "../provider.ts";
import type { Incident } from "./incidents.ts";
import type { CardOutcome } from "./rules.ts";
import type { Totals } from "./storage.ts";

export type SandboxResult =
	| PaymentResult
	/** A fault told the sandbox not to create the payment. */
	| { readonly kind: "not-created"; readonly reason: CreateRefusal }
	/** The key was used before for something else. */
	| { readonly kind: "key-reused" };

/** How the webhooks about one change are sent. */
export interface WebhookOrder {
	/** How long to delay the webhook, in milliseconds; 0 when not given. */
	readonly delayMs?: number;
	/** How many times to send it; once when not given. */
	readonly copies?: number;
	/** Never send a webhook about this payment, now or later. */
	readonly silent?: boolean;
}

/** What the shopper's card does, and how the webhooks about it are sent. */
export interface ConfirmRequest extends WebhookOrder {
	readonly outcome: CardOutcome;
	/** When the shopper paid; now, when not given. */
	readonly paidAtMs?: number;
}

/** What happens to a payment at the bank or at the provider, and how the webhooks about it are sent. */
export type IncidentRequest = Incident & WebhookOrder;

export type ConfirmResult =
	| { readonly kind: "ok"; readonly payment: Payment }
	| { readonly kind: "not-found" }
	| { readonly kind: "not-payable"; readonly payment: Payment };

export type IncidentResult =
	| { readonly kind: "ok"; readonly payment: Payment }
	| { readonly kind: "not-found" }
	/** It cannot happen to this payment now. */
	| { readonly kind: "impossible"; readonly reason: Refusal; readonly payment: Payment };

export interface SandboxReport {
	readonly totals: readonly Totals[];
	readonly webhooks: { readonly owed: number; readonly delivered: number; readonly abandoned: number };
	readonly payments: readonly Payment[];
	/** The argument for the next page; null on the last. */
	readonly nextCursor: string | null;
}
