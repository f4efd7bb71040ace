/**
 * A museum piece: how the shop of the 12.12 night sells. Nothing here is careless. It is what a shop does that has a
 * column `stock`, and it is right as long as one buyer comes at a time. `npm run drop -- --compare` and `npm run race`
 * show what a crowd makes of it.
 */
import type { Bank, OrderRow, ShopStore } from "./shop-store.ts";

/**
 * - `check-then-pay`: the stock was checked when the shopper went to the till. Whoever stood there sells.
 * - `check-again`: the stock is checked once more before the payment. A payment takes its time, and the race is as long.
 * - `atomic`: the stock is taken by one statement, after the payment. Nothing is oversold, and whoever comes last has
 *   paid for nothing.
 */
export const VARIANTS = ["check-then-pay", "check-again", "atomic"] as const;
export type Variant = (typeof VARIANTS)[number];

/** Takes the money for an order, then its units. @returns what the order has come to */
export async function pay(
	store: ShopStore,
	bank: Bank,
	order: OrderRow,
	variant: Variant,
): Promise<OrderRow["status"]> {
	if (variant === "check-again" && (await store.stockOf(order.sku)) < order.quantity) return "cancelled";

	const approved = await bank.charge(order);
	if (!approved) return "payment_failed";

	if (variant === "atomic") {
		return (await store.takeUnits(order.sku, order.quantity)) ? "completed" : "to_refund";
	}
	await store.changeStock(order.sku, -order.quantity);
	return "completed";
}
