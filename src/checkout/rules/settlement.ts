/**
 * The money of a checkout. Pure.
 *
 * Money follows units: once a checkout commits, closes or is completed, `nextMoneyEffect` brings what was captured less
 * what was refunded to the price of what the shopper has or is owed (`dueMinor`): by a capture, a void or a refund.
 * No other rule moves money that was paid. The state of the payment is never guessed: after an unclear answer
 * the next effect is to read it. Amounts are minor units.
 */
import { assert, assertNever } from "../../platform/assert.ts";
import { dueOf, totalOfLines } from "./amounts.ts";
import type { MoneyEffect } from "./effect.ts";
import { isCommitted, isPriced, lineValueMinor } from "./lines.ts";
import type { Checkout } from "./model.ts";
import { isWaitedFor } from "./payment-verdict.ts";

/** What the shopper is asked to pay: the price of every line that was available, and the adjustments. */
export function totalMinor(c: Checkout): number {
	const linesMinor = c.lines.reduce((sum, line) => (isPriced(line) ? sum + lineValueMinor(line) : sum), 0);
	return totalOfLines(linesMinor, c.adjustments);
}

/** What the shopper owes: the price of the lines that they have or are owed, and the adjustments, less refunds. */
export const dueMinor = (c: Checkout): number => dueOf(c.lines.filter(isCommitted), c.adjustments);

/** What we keep of the shopper's money: captured less refunded. */
export function netCapturedMinor(c: Checkout): number {
	return c.payment === null ? 0 : c.payment.seen.capturedMinor - c.payment.seen.refundedMinor;
}

/** What the shopper's bank has taken back. A checkout of earlier code does not say so. */
export const disputedMinorOf = (c: Checkout): number => c.payment?.seen.disputedMinor ?? 0;

/** What is left of the shopper's money once the bank has taken back what is disputed. */
export const keptMinor = (c: Checkout): number => netCapturedMinor(c) - disputedMinorOf(c);

/** What we keep above what is due, and therefore owe the shopper. */
export const excessMinor = (c: Checkout): number => Math.max(0, keptMinor(c) - dueMinor(c));

/** The next effect that brings what we keep to what is due; null when nothing is left to capture, void or refund. */
export function nextMoneyEffect(c: Checkout): MoneyEffect | null {
	if (c.payment === null) {
		// The provider may have created a payment whose answer was lost: creating it again with the same key finds it.
		return "paymentAsked" in c && c.paymentAsked ? createPayment(c) : null;
	}
	const { seen: payment, inDoubt } = c.payment;
	const paymentId = payment.id;
	if (inDoubt || isWaitedFor(c)) return { kind: "read-payment", paymentId };
	const due = dueMinor(c);
	switch (payment.status) {
		case "voided":
			return null;
		case "open":
		case "processing":
		case "authorised":
			if (due > 0 && payment.status === "authorised") return { kind: "capture", paymentId, amountMinor: due };
			return { kind: "void", paymentId };
		case "captured": {
			const amountMinor = excessMinor(c);
			if (amountMinor === 0) return null;
			return { kind: "refund", paymentId, amountMinor, refundedMinor: payment.refundedMinor };
		}
		default:
			return assertNever(payment.status);
	}
}

/** Whether no effect about money is due. */
export const isSettled = (c: Checkout): boolean => nextMoneyEffect(c) === null;

/** The effect that creates the payment. @throws InvariantError when no line has a price */
export function createPayment(c: Checkout): MoneyEffect {
	const [first] = c.lines.filter(isPriced);
	assert(first !== undefined, "only a checkout with an available line creates a payment");
	// One payment pays for all lines, so a line that has to be paid at once decides for the others.
	const allowDelayedMethods = c.lines.filter(isPriced).every((line) => line.allowDelayedMethods === true);
	return { kind: "create-payment", amountMinor: totalMinor(c), currency: first.currency, allowDelayedMethods };
}
