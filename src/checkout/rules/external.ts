/**
 * The payment of a checkout that the merchant's own shop takes: what the merchant's server may say of it, what follows,
 * and what the answer asks the shop to do. Pure.
 *
 * The merchant says it once: the same again is the same, and another reference or amount is refused. Paid in time, by
 * when it was paid, is a sale as with any provider. The pins may be gone by then, since nobody could be asked: then the
 * SKUs decide again, as a new attempt of this checkout.
 */
import type { Payment } from "../../payments/provider.ts";
import { soldMinor } from "./amounts.ts";
import type { Checkout, Line, PaidOutside } from "./model.ts";
import { graceEndMs } from "./payment-verdict.ts";

export type PaidRefusal =
	/** Its payment is a provider's, which says itself what was paid. */
	| { readonly kind: "not-external" }
	/** It is not open yet, or never was: nobody was told what to pay. */
	| { readonly kind: "not-open" }
	| { readonly kind: "amount-differs"; readonly amountMinor: number; readonly currency: string }
	/** It was paid before, by another reference. */
	| { readonly kind: "paid-otherwise"; readonly reference: string };

/** Whether the merchant's server may say this now. `known`: it has said so before, or there was nothing to pay. */
export function decidePaid(
	c: Checkout,
	paid: PaidOutside,
): { readonly kind: "news" } | { readonly kind: "known" } | PaidRefusal {
	if (!c.isExternal) return { kind: "not-external" };
	const currency = c.lines.find((line) => "currency" in line)?.currency;
	if (currency === undefined || (c.payment === null && c.phase !== "completed")) return { kind: "not-open" };
	const amountMinor = c.payment?.seen.amountMinor ?? 0;
	const { reference = null } = c.payment ?? {};
	if (reference !== null && reference !== paid.reference) return { kind: "paid-otherwise", reference };
	if (paid.amountMinor !== amountMinor || paid.currency !== currency) {
		return { kind: "amount-differs", amountMinor, currency };
	}
	return reference === null && c.payment !== null ? { kind: "news" } : { kind: "known" };
}

export function payOutside(c: Checkout, { reference, paidAtMs }: PaidOutside, nowMs: number): Checkout {
	if (!c.isExternal || c.payment === null || c.payment.reference != null) return c;
	// A clock of the merchant's that runs ahead makes nobody late.
	const atMs = Math.min(paidAtMs, nowMs);
	const seen = captured(c.payment.seen, atMs);
	const known = { ...c.payment, seen, reference, inDoubt: false, unclear: null, revision: c.payment.revision + 1 };
	const paid: Checkout = { ...c, payment: known };
	const isLapsed = (c.phase === "closing" || c.phase === "closed") && c.ending === "expired" && c.window !== null;
	if (!isLapsed || atMs > graceEndMs(c.window)) return paid;
	const lines = c.lines.map((line): Line => (line.claim === "released" ? { ...line, claim: "pinned" } : line));
	return { ...paid, lines, attempt: Math.max(c.attempt + 1, nowMs) };
}

/** Money that is there counts, whatever was done before. */
const captured = (payment: Payment, paidAtMs: number): Payment => ({
	...payment,
	...{ status: "captured", capturedMinor: payment.amountMinor, paidAtMs, attemptUnderWay: false },
});

/** What became of the payment, and how much of it the shop has to give back for what was not to be had. */
export interface PaidOutcome {
	readonly outcome: "sold" | "preorder" | "refund";
	readonly refundMinor: number;
}

/**
 * What the merchant's server is told, the same each time that it asks: later refunds do not change it. Null while it is
 * not known yet.
 */
export function outcomeOf(c: Checkout): PaidOutcome | null {
	const paidMinor = c.payment?.seen.capturedMinor ?? 0;
	if (c.phase === "closing" || c.phase === "closed") return { outcome: "refund", refundMinor: paidMinor };
	if (c.phase !== "completed") return null;
	const isOwed = c.lines.some((line) => line.claim === "committed" && line.fulfilment === "preorder");
	return { outcome: isOwed ? "preorder" : "sold", refundMinor: Math.max(0, paidMinor - soldMinor(c)) };
}
