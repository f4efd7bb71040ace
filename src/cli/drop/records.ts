/**
 * The answers of the admin API and of the sandbox provider, as far as a drop reads them. They are not imported from the
 * Worker: a drop believes nothing of the code that it tests.
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
	/** The status of the line's pre-order, if it is one. */
	readonly preorder?: string;
}

export interface PreorderRecord {
	readonly id: string;
	readonly orderId: string;
	readonly quantity: number;
	/** Units that were taken back because the money for them could not be had. */
	readonly returned: number;
	readonly status: string;
	readonly termsVersion: string;
}

export interface JournalEntry {
	readonly seq: number;
	readonly kind: string;
	readonly quantity: number;
	/** The reservation or pre-order that the entry is about. */
	readonly subjectId: string | null;
	readonly available: number;
	readonly held: number;
	readonly sold: number;
}

interface Amount {
	readonly amount: number;
}

/** One payment, by the provider. */
export interface PaymentRecord {
	readonly id: string;
	readonly checkoutId: string;
	readonly status: string;
	readonly amount: Amount;
	readonly captured: Amount;
	readonly refunded: Amount;
	readonly paidAt: string | null;
}
