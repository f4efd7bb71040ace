/** The payment provider behind the shop: its faults, and whether its books agree with the shopper's order. */
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import { sandboxObject } from "../../src/payments/sandbox/provider.ts";
import type { Fault } from "../../src/payments/sandbox/sandbox.ts";
import { believed, type Order, paymentIdOf, type Shopper } from "./shop.ts";

/** The provider's next calls fail so, in place of what was left of the former list. */
export async function faults(...list: readonly Partial<Fault>[]): Promise<void> {
	await sandboxObject(env).setFaults(list.map((f) => ({ fail: "before", delayMs: 0, times: 1, ...f }) as Fault));
}

/** A provider that answers none of these calls until told otherwise. */
export const providerDown = (...calls: Fault["call"][]): Promise<void> =>
	faults(...calls.map((call) => ({ call, times: 1_000 })));
export const providerUp = (): Promise<void> => faults();

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
