/**
 * The lasting record of a paid checkout, as it travels to D1 and is kept there.
 *
 * A later version of the same order replaces an earlier one, and never the other way round (`store.ts`), so a record may
 * be sent any number of times and arrive in any order.
 */

export type PreorderState = "owed" | "filled" | "cancelled";
export type OrderStatus = "paid" | "partially_refunded" | "refunded";

export interface OrderLine {
	readonly sku: string;
	readonly title: string;
	readonly quantity: number;
	readonly unitPriceMinor: number;
	readonly fulfilment: "in_stock" | "preorder";
	/** The reservation or pre-order it was fulfilled by, at the SKU. */
	readonly subjectId: string;
	/** Terms the shopper accepted, and what became of it, for a pre-order. */
	readonly preorder: {
		readonly status: PreorderState;
		readonly expectedAtMs: number | null;
		readonly termsVersion: string;
	} | null;
	/** Units whose price was given back, and units that went back to the stock. */
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
	/** What the provider has given back, and what it still has to. */
	readonly refundedMinor: number;
	readonly refundPendingMinor: number;
	/** Null when the order cost nothing. */
	readonly payment: { readonly provider: string; readonly id: string } | null;
	readonly createdAtMs: number;
	readonly completedAtMs: number;
	readonly version: number;
	readonly lines: readonly OrderLine[];
}
