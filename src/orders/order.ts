/**
 * The lasting record of a paid checkout, as it is sent to D1 and stored there.
 *
 * A later version of an order replaces an earlier one, and never the reverse (`order-store.ts`), so a record may be
 * sent any number of times and arrive in any order.
 */

export const PREORDER_STATUSES = ["owed", "filled", "cancelled"] as const;
export type PreorderState = (typeof PREORDER_STATUSES)[number];
export const ORDER_STATUSES = ["paid", "partially_refunded", "refunded"] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

export interface OrderLine {
	readonly sku: string;
	readonly title: string;
	readonly quantity: number;
	readonly unitPriceMinor: number;
	readonly fulfilment: "in_stock" | "preorder";
	/** The reservation or pre-order at the SKU that fulfils the line. */
	readonly subjectId: string;
	/** Of a pre-order: its status, and the terms that the shopper accepted. */
	readonly preorder: {
		readonly status: PreorderState;
		readonly expectedAtMs: number | null;
		readonly termsVersion: string;
	} | null;
	/** Units whose price was refunded, and units that returned to the stock. */
	readonly refunded: number;
	readonly returned: number;
}

export interface Order {
	readonly id: string;
	readonly checkoutId: string;
	readonly shopperId: string;
	readonly email: string;
	readonly status: OrderStatus;
	readonly currency: string;
	readonly totalMinor: number;
	/** What the provider has refunded, and what is still to be refunded. */
	readonly refundedMinor: number;
	readonly refundPendingMinor: number;
	/** Null when the order cost nothing. */
	readonly payment: { readonly provider: string; readonly id: string } | null;
	readonly createdAtMs: number;
	readonly completedAtMs: number;
	readonly version: number;
	readonly lines: readonly OrderLine[];
}
