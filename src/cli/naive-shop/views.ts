/** The naive shop's rows in the shapes of Holdfast's contract, as far as they go. A museum piece. */
import type { OrderRow, ProductRow } from "./shop-store.ts";

const PAID: readonly OrderRow["status"][] = ["completed", "to_refund", "refunded"];

export function availabilityOf({ stock }: ProductRow): object {
	// The column goes below zero when more was sold than there is.
	return { status: stock > 0 ? "in_stock" : "sold_out", available: Math.max(0, stock), held: 0, waiting: 0 };
}

export function productOf(product: ProductRow): object {
	const { sku, title, amount, currency } = product;
	return { sku, title, price: { amount, currency }, availability: availabilityOf(product) };
}

export function paymentOf({ id, status, amount, currency }: OrderRow): object {
	const isPaid = PAID.includes(status);
	return {
		...{
			id,
			checkoutId: id,
			provider: "bank",
			status: isPaid ? "captured" : status === "cancelled" ? "voided" : "open",
		},
		amount: { amount, currency },
		captured: { amount: isPaid ? amount : 0, currency },
		refunded: { amount: status === "refunded" ? amount : 0, currency },
	};
}

/** Whoever paid for nothing is told that the order is cancelled; the money is still with the shop. */
export function checkoutOf(order: OrderRow): object {
	const { id, email, sku, quantity, amount, currency, created_at: createdAt } = order;
	return {
		...{ id, status: order.status === "to_refund" ? "cancelled" : order.status, email, createdAt, expiresAt: null },
		lines: [{ sku, quantity, fulfilment: order.status === "to_refund" ? "lost" : "in_stock" }],
		total: { amount, currency },
		payment: paymentOf(order),
		orderId: PAID.includes(order.status) ? id : null,
	};
}

export function orderOf(order: OrderRow): object {
	const { id, status, email, sku, quantity, amount, currency, created_at: createdAt } = order;
	const isRefunded = status === "refunded";
	const unitPrice = { amount: amount / quantity, currency };
	return {
		...{ id, checkoutId: id, status: status === "completed" ? "paid" : status, email, createdAt },
		lines: [{ sku, quantity, refunded: isRefunded ? quantity : 0, unitPrice, fulfilment: "in_stock" }],
		total: { amount, currency },
		refunded: { amount: isRefunded ? amount : 0, currency },
	};
}
