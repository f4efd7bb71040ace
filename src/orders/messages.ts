/** The messages of the queue to D1. They only ever grow: old code may read what new code sent. */
import type { Order } from "./order.ts";
import type { PreorderRecord } from "./preorder.ts";

export type RecordMessage =
	| { readonly kind: "order"; readonly order: Order }
	| { readonly kind: "preorder"; readonly preorder: PreorderRecord };
