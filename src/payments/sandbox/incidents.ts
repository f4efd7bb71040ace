/**
 * What may happen to a payment without the shopper and without us: by the shopper's bank, and by the merchant's hand at
 * the provider. Pure. Each is one small step; tests and simulations put them together.
 */
import { assertNever } from "../../platform/assert.ts";
import type { Payment, PaymentStatus } from "../provider.ts";
import { refundPayment, type Transition, voidPayment } from "./rules.ts";

/** The fields of a payment that a webhook may misreport. */
export interface Misreport {
	readonly status?: PaymentStatus | undefined;
	readonly authorisedMinor?: number | undefined;
	readonly capturedMinor?: number | undefined;
	readonly refundedMinor?: number | undefined;
	readonly disputedMinor?: number | undefined;
	readonly attemptUnderWay?: boolean | undefined;
}

export type Incident =
	/** The bank sends the latest refund that stands back, all of it. Its key is used up. */
	| { readonly kind: "refund-returned" }
	/** The bank takes money back: all that is kept, or so much. Nothing can be refunded until the dispute is won. */
	| { readonly kind: "dispute-opened"; readonly amountMinor?: number | undefined }
	/** The bank decides: the money is back with the merchant, or stays with the shopper. */
	| { readonly kind: "dispute-won" | "dispute-lost" }
	/** The merchant refunds all that is kept, or so much, at the provider and not through us. */
	| { readonly kind: "refunded-by-hand"; readonly amountMinor?: number | undefined }
	/** The merchant cancels the payment at the provider and not through us. */
	| { readonly kind: "voided-by-hand" }
	/** A signed webhook says what is not so. The provider's books stay as they are. */
	| { readonly kind: "misreported"; readonly as: Misreport };

/**
 * The payment after an incident.
 * @param latestRefundMinor the amount of the latest refund that stands; null when there is none
 */
export function happen(payment: Payment, incident: Incident, latestRefundMinor: number | null): Transition {
	const keptMinor = payment.capturedMinor - payment.refundedMinor;
	switch (incident.kind) {
		case "refund-returned": {
			if (latestRefundMinor === null) return { kind: "refused", reason: "not-paid", payment };
			const refundedMinor = payment.refundedMinor - latestRefundMinor;
			return { kind: "changed", payment: { ...payment, refundedMinor }, event: "payment.refund_returned" };
		}
		case "dispute-opened": {
			if (payment.disputedMinor > 0) return { kind: "refused", reason: "disputed", payment };
			const disputedMinor = incident.amountMinor ?? keptMinor;
			if (keptMinor === 0) return { kind: "refused", reason: "not-paid", payment };
			if (disputedMinor > keptMinor) return { kind: "refused", reason: "amount-too-large", payment };
			return { kind: "changed", payment: { ...payment, disputedMinor }, event: "dispute.opened" };
		}
		case "dispute-won":
		case "dispute-lost": {
			if (payment.disputedMinor === 0) return { kind: "refused", reason: "other", payment };
			const disputedMinor = incident.kind === "dispute-won" ? 0 : payment.disputedMinor;
			return { kind: "changed", payment: { ...payment, disputedMinor }, event: "dispute.closed" };
		}
		case "refunded-by-hand": {
			const amountMinor = incident.amountMinor ?? keptMinor;
			if (amountMinor === 0) return { kind: "refused", reason: "not-paid", payment };
			return refundPayment(payment, amountMinor);
		}
		case "voided-by-hand":
			return voidPayment(payment);
		case "misreported":
			return { kind: "unchanged", payment };
		default:
			return assertNever(incident);
	}
}

/** The payment as a webhook misreports it. */
export function misreport(payment: Payment, as: Misreport): Payment {
	const said = Object.fromEntries(Object.entries(as).filter(([, value]) => value !== undefined));
	return { ...payment, ...said };
}
