/** Whether the provider's money agrees with the shopper's goods. */
import { expect } from "vitest";
import { believed } from "./provider.ts";
import { type Order, paymentIdOf, type Shopper } from "./shopper.ts";

/** What an order is worth by its own lines: the units whose price was not given back. */
export const worth = ({ lines }: Order): number =>
	lines.reduce((sum, line) => sum + (line.quantity - line.refunded) * line.unitPrice.amount, 0);

/**
 * The provider's books against the shopper's: what was taken and not given back is the value of what the shopper has or
 * is owed, and nothing is left set aside. Answers that value.
 */
export async function expectSquare(shopper: Shopper, checkoutId: string): Promise<number> {
	const { body: checkout } = await shopper.read(checkoutId);
	const payment = await believed(paymentIdOf(checkout));
	const order = checkout.orderId === null ? null : (await shopper.order(checkout.orderId)).body;
	const has = order === null ? 0 : worth(order);
	expect(payment.capturedMinor - payment.refundedMinor, JSON.stringify({ payment, order })).toBe(has);
	expect(payment.authorisedMinor, "money still set aside").toBe(0);
	return has;
}
