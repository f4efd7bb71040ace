/**
 * What buyers and the merchant of one SKU asked of a shop, and what the shop answered, with times. The driver records
 * it, the checker judges it, and neither needs to know the shop.
 *
 * Times are milliseconds since 1970 by one clock that never steps, the recorder's (`recorder.ts`). Ends that the shop names
 * are brought to that clock by the target.
 */

/** What is asked. Every request is about units of one SKU. */
export type Request =
	| { readonly kind: "restock"; readonly units: number }
	/**
	 * Takes units out of sale for this buyer, or puts them into a cart if the shop knows no holds. A buyer who waits asks
	 * the same again, as a request of its own, to learn whether it is their turn. `waits`: rather than be refused.
	 */
	| { readonly kind: "reserve"; readonly units: number; readonly waits?: boolean }
	| { readonly kind: "release" }
	/** Goes to the till: the shop's last word before the money. */
	| { readonly kind: "check-out"; readonly units: number }
	| { readonly kind: "pay"; readonly units: number; readonly approves: boolean }
	| { readonly kind: "read-order" }
	| { readonly kind: "read-stock" };

/** What was answered. */
export type Answer =
	/** The units are this buyer's until `untilMs`, if they pay. */
	| { readonly kind: "held"; readonly units: number; readonly untilMs: number }
	/** The shop let the buyer go on, and promised nothing. */
	| { readonly kind: "carted"; readonly units: number }
	| { readonly kind: "waiting"; readonly units: number }
	/** There are not enough units, and no money has moved. */
	| { readonly kind: "refused" }
	| { readonly kind: "released" }
	/** Paid, and the shop says that the units are the buyer's. */
	| { readonly kind: "sold"; readonly units: number }
	/** The buyer's bank said no: no money, no units. */
	| { readonly kind: "declined" }
	/** Money was taken for units that the buyer does not get: it went back, or has to. */
	| { readonly kind: "charged-for-nothing" }
	/** Paid for units that are yet to come, as the buyer agreed to. */
	| { readonly kind: "owed"; readonly units: number }
	/** Not decided yet. */
	| { readonly kind: "pending" }
	/** There is no such order, reservation or cart. */
	| { readonly kind: "none" }
	/** `available` may be sold to the public now; `sold` are units of orders that stand, null where the shop does not say. */
	| { readonly kind: "stock"; readonly available: number; readonly sold: number | null }
	| { readonly kind: "restocked" }
	/** The shop failed. Whether the request took effect is not known. */
	| { readonly kind: "failed"; readonly status: number };

export interface Operation {
	/** In order of the first call, from 0. */
	readonly id: number;
	/** The buyer's name, or `merchant`. */
	readonly actor: string;
	readonly request: Request;
	readonly calledAtMs: number;
	/** When the answer was there, or the caller gave up. */
	readonly endedAtMs: number;
	/** Null: the reply was lost, or the caller hung up. The request may have taken effect at any time since, or never. */
	readonly answer: Answer | null;
	/** The operation of which this is the same request again, with the same key, and so the same intent. */
	readonly repeats: number | null;
}

/** What the shop says of itself, so that it is not accused of what it never promised. */
export interface Promises {
	/** A refusal and a look at the stock may be as old as this. */
	readonly staleMs: number;
	/** How far the shop's clock and the recorder's may be apart. */
	readonly clockMs: number;
	/** A payment that ends this long after the hold may still be taken. */
	readonly graceMs: number;
}

/** All that happened to one SKU. No request is under way at its end, and its last reads tell what the shop came to. */
export interface History {
	readonly seed: number;
	readonly promises: Promises;
	readonly operations: readonly Operation[];
}
