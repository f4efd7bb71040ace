/**
 * What the admin API and the sandbox provider report, as far as a drop reads it. Written down here and not imported from
 * the Worker, so that a drop also notices when an answer changes its shape.
 */

export interface StockCounters {
	readonly received: number;
	readonly adjusted: number;
	readonly available: number;
	readonly held: number;
	readonly waiting: number;
	readonly sold: number;
	readonly preorders: { readonly owed: number; readonly filled: number; readonly cancelled: number };
	readonly balanced: boolean;
	readonly version: number;
}

export interface OrderRecord {
	readonly id: string;
	readonly checkoutId: string;
	readonly status: string;
	readonly lines: readonly OrderLine[];
}

export interface OrderLine {
	readonly sku: string;
	readonly quantity: number;
	readonly refunded: number;
	readonly unitPrice: { readonly amount: number };
	readonly fulfilment: string;
	/** What became of a pre-order. */
	readonly preorder?: string;
}

export interface PreorderRecord {
	readonly id: string;
	readonly orderId: string;
	readonly quantity: number;
	/** Units that were taken back: the money for them could not be had after all. */
	readonly returned: number;
	readonly status: string;
	readonly termsVersion: string;
}

export interface JournalEntry {
	readonly seq: number;
	readonly kind: string;
	readonly quantity: number;
	/** The reservation or pre-order it happened to. */
	readonly subjectId: string | null;
	readonly available: number;
	readonly held: number;
	readonly sold: number;
}

interface Amount {
	readonly amount: number;
}

/** What the provider believes of one payment. */
export interface PaymentRecord {
	readonly id: string;
	readonly checkoutId: string;
	readonly status: string;
	readonly amount: Amount;
	readonly captured: Amount;
	readonly refunded: Amount;
	readonly paidAt: string | null;
}
