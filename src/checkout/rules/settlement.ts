/**
 * The money of a checkout. Pure.
 *
 * It follows the units: `settle` brings what was captured less what was refunded to the value of the lines that the shopper
 * has or is owed (`dueMinor`), up or down, in every phase. There is no other rule about money. The provider is asked, never
 * guessed at: after an unclear answer the next effect is to read the payment. Amounts are minor units.
 */
import { assert, assertNever } from "../../platform/assert.ts";
import { isPriced, lineValueMinor } from "./lines.ts";
import type { Checkout, Line, MoneyEffect } from "./model.ts";

/** What the shopper is asked to pay: every line that could be had. */
export function totalMinor(c: Checkout): number {
	return c.lines.reduce((sum, line) => (isPriced(line) ? sum + lineValueMinor(line) : sum), 0);
}

/** What the shopper owes by now: the value of the lines they have, or are owed. */
export function dueMinor(c: Checkout): number {
	const due = (line: Line) => (line.claim === "committed" ? (line.quantity - line.refunded) * line.unitPriceMinor : 0);
	return c.lines.reduce((sum, line) => sum + due(line), 0);
}

/** What we have of the shopper's money. */
export function netCapturedMinor(c: Checkout): number {
	return c.payment === null ? 0 : c.payment.seen.capturedMinor - c.payment.seen.refundedMinor;
}

/** The next step that brings what we keep to what is due; null when it is there. */
export function nextMoneyEffect(c: Checkout): MoneyEffect | null {
	if (c.payment === null) {
		// The provider may have made a payment whose answer was lost: asking again with the same key finds it.
		return "paymentAsked" in c && c.paymentAsked ? createPayment(c) : null;
	}
	const { seen: payment, inDoubt } = c.payment;
	const paymentId = payment.id;
	if (inDoubt) return { kind: "read-payment", paymentId };
	const due = dueMinor(c);
	switch (payment.status) {
		case "voided":
			return null;
		case "open":
		case "authorised":
			if (due > 0 && payment.status === "authorised") return { kind: "capture", paymentId, amountMinor: due };
			return { kind: "void", paymentId };
		case "captured": {
			const tooMuch = netCapturedMinor(c) - due;
			if (tooMuch <= 0) return null;
			return { kind: "refund", paymentId, amountMinor: tooMuch, refundedMinor: payment.refundedMinor };
		}
		default:
			return assertNever(payment.status);
	}
}

/** Whether the money is where it belongs. */
export const isSettled = (c: Checkout): boolean => nextMoneyEffect(c) === null;

export function createPayment(c: Checkout): MoneyEffect {
	const [first] = c.lines.filter(isPriced);
	assert(first !== undefined, "only a checkout with a line that can be had asks for a payment");
	return { kind: "create-payment", amountMinor: totalMinor(c), currency: first.currency };
}
