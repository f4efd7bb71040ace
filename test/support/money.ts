/** Whether the provider's money agrees with the shopper's goods. */
import { expect } from "vitest";
import { paymentAtProvider } from "./provider.ts";
import { type Order, paymentIdOf, type Shopper } from "./shopper.ts";

/** The value of an order: the price of every unit that was not refunded, and of what else was not. */
const orderValue = ({ lines, adjustments }: Order): number =>
	lines.reduce((sum, line) => sum + (line.quantity - line.refunded) * line.unitPrice.amount, 0) +
	adjustments.reduce((sum, { amount, refunded }) => sum + amount.amount - refunded.amount, 0);

/**
 * Expects the provider to have kept exactly the value of what the shopper has or is owed, with nothing authorised.
 * @returns that value, in minor units
 */
export async function expectSquare(shopper: Shopper, checkoutId: string): Promise<number> {
	const { body: checkout } = await shopper.read(checkoutId);
	const payment = await paymentAtProvider(paymentIdOf(checkout));
	const order = checkout.orderId === null ? null : (await shopper.order(checkout.orderId)).body;
	const value = order === null ? 0 : orderValue(order);
	expect(payment.capturedMinor - payment.refundedMinor, JSON.stringify({ payment, order })).toBe(value);
	expect(payment.authorisedMinor, "money that is still authorised").toBe(0);
	return value;
}
