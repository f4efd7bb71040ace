/** What a checkout may want done: at the provider, at a SKU, or in D1. Types only. */

export type MoneyEffect =
	| {
			readonly kind: "create-payment";
			readonly amountMinor: number;
			readonly currency: string;
			readonly allowDelayedMethods: boolean;
	  }
	| { readonly kind: "read-payment"; readonly paymentId: string }
	| { readonly kind: "void"; readonly paymentId: string }
	| { readonly kind: "capture"; readonly paymentId: string; readonly amountMinor: number }
	| {
			readonly kind: "refund";
			readonly paymentId: string;
			readonly amountMinor: number;
			readonly refundedMinor: number;
	  };

export type Effect =
	| MoneyEffect
	/** `probe`: only ask whether the line is available, and take nothing. */
	| { readonly kind: "pin"; readonly sku: string; readonly quantity: number; readonly probe: boolean }
	| { readonly kind: "commit"; readonly sku: string; readonly quantity: number }
	| { readonly kind: "unpin"; readonly sku: string }
	| { readonly kind: "take-back"; readonly sku: string; readonly total: number }
	| { readonly kind: "give-back"; readonly sku: string; readonly total: number }
	| { readonly kind: "cancel-preorder"; readonly sku: string }
	| { readonly kind: "record" | "record-settlement" | "tell" };
