/**
 * The lasting record of a paid checkout, as it is sent to D1 and stored there.
 *
 * A later version of an order replaces an earlier one, and never the reverse (`order-store.ts`), so a record may be
 * sent any number of times and arrive in any order.
 */

export const PREORDER_STATUSES = ["owed", "filled", "cancelled"] as const;
export type PreorderState = (typeof PREORDER_STATUSES)[number];
/** `disputed`: the shopper's bank has taken money back, or may keep it. */
export const ORDER_STATUSES = ["paid", "partially_refunded", "refunded", "disputed"] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];
/**
 * Why a checkout cannot settle its money or its units: the provider refuses, or does not say what it did; a refund came
 * back from the shopper's bank; the money is disputed; a SKU does not answer; or its deadlines are over.
 */
export const UNSETTLED_REASONS = [
	"provider-refuses",
	"provider-unclear",
	"refund-returned",
	"disputed",
	"units",
	"overdue",
] as const;
export type UnsettledReason = (typeof UNSETTLED_REASONS)[number];

/** What an adjustment is for. A discount's amount is negative, the others' are not. */
export const ADJUSTMENT_KINDS = ["shipping", "tax", "fee", "discount"] as const;

/** An amount of an order that is not a line's. */
export interface OrderAdjustment {
	readonly kind: (typeof ADJUSTMENT_KINDS)[number];
	readonly label: string;
	readonly amountMinor: number;
	/** What was given back of it by name; always 0 for a discount. */
	readonly refundedMinor: number;
}

/** Where the shop sends the order. */
export interface ShipTo {
	readonly name: string;
	readonly line1: string;
	readonly line2?: string | undefined;
	readonly city: string;
	readonly region?: string | undefined;
	readonly postalCode?: string | undefined;
	/** ISO 3166-1 alpha-2. */
	readonly country: string;
	readonly phone?: string | undefined;
}

/** What the merchant keeps with an order, by names of their own. */
export type Metadata = Readonly<Record<string, string>>;

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
		/** When the shopper accepted them; absent from an order of earlier code. */
		readonly acceptedAtMs?: number | null;
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
	/** What keeps the order from being settled; null when nothing does. */
	readonly unsettled: UnsettledReason | null;
	/** Null when the order cost nothing. */
	readonly payment: { readonly provider: string; readonly id: string } | null;
	readonly createdAtMs: number;
	readonly completedAtMs: number;
	readonly version: number;
	readonly lines: readonly OrderLine[];
	/** These three are absent from an order of earlier code. */
	readonly adjustments?: readonly OrderAdjustment[];
	readonly shipTo?: ShipTo | null;
	readonly metadata?: Metadata;
}
