/**
 * Compares what the payment provider kept with what the shoppers have for it. Each checkout is compared with its own
 * payments, or one shopper's loss could hide behind another's gain. Pure. Amounts are minor units of the drop's one
 * currency.
 */
import type { OrderRecord, PaymentRecord } from "./records.ts";

export interface MoneyCount {
	readonly captured: number;
	readonly refunded: number;
	/** Requested or authorised, and voided before it was captured. */
	readonly voided: number;
	/** Value of what shoppers have or are owed, by the orders. */
	readonly worth: number;
	/** Kept by the provider, less the value of the orders. */
	readonly difference: number;
	readonly problems: readonly string[];
}

/** @param payUntilMs for each checkout, the last moment at which a payment counts */
export function countMoney(
	payments: readonly PaymentRecord[],
	orders: readonly OrderRecord[],
	payUntilMs: ReadonlyMap<string, number>,
): MoneyCount {
	const kept = new Map<string, number>();
	const worth = new Map(orders.map((order) => [order.checkoutId, worthOf(order)]));
	const problems: string[] = [];
	for (const { id, checkoutId, status, captured, refunded, paidAt } of payments) {
		const keeps = captured.amount - refunded.amount;
		kept.set(checkoutId, (kept.get(checkoutId) ?? 0) + keeps);
		if (status === "open" || status === "authorised") problems.push(`payment ${id} is left ${status}`);
		const untilMs = payUntilMs.get(checkoutId);
		if (keeps > 0 && untilMs !== undefined && paidAt !== null && Date.parse(paidAt) > untilMs) {
			problems.push(`payment ${id} was paid after its grace, and kept`);
		}
	}
	for (const checkoutId of new Set([...kept.keys(), ...worth.keys()])) {
		const [keeps, is] = [kept.get(checkoutId) ?? 0, worth.get(checkoutId) ?? 0];
		if (keeps !== is) problems.push(`${keeps} was kept for checkout ${checkoutId}, whose order is worth ${is}`);
	}
	const sum = (amounts: Iterable<number>) => [...amounts].reduce((total, amount) => total + amount, 0);
	return {
		captured: sum(payments.map(({ captured }) => captured.amount)),
		refunded: sum(payments.map(({ refunded }) => refunded.amount)),
		voided: sum(payments.map(({ status, amount }) => (status === "voided" ? amount.amount : 0))),
		worth: sum(worth.values()),
		difference: sum(kept.values()) - sum(worth.values()),
		problems,
	};
}

function worthOf(order: OrderRecord): number {
	return order.lines.reduce((sum, line) => sum + (line.quantity - line.refunded) * line.unitPrice.amount, 0);
}
