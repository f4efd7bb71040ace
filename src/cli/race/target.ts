/**
 * A shop that the race detector can drive. A file of this kind is all it has to know of a shop: its default export is a
 * `TargetFactory`. Each method makes the shop's own requests and says what the answer means, in the words of
 * `history.ts`.
 *
 * A method throws when no answer came: the driver writes down that nobody knows. A 5xx is `{ kind: "failed" }`.
 */
import type { Answer, Promises } from "./history.ts";

/** How one request is sent. */
export interface Sent {
	/** Aborted when the caller hangs up. */
	readonly signal: AbortSignal;
	/** The same for each repetition of one request. */
	readonly key: string;
}

/** Whatever the target needs to go on for a buyer or an order: a token, a cart, an id. The driver only keeps it. */
export type Handle = unknown;

export interface Target {
	readonly name: string;
	readonly promises: Promises;
	/** Makes the product with this many units. */
	putStock(sku: string, units: number): Promise<void>;
	/** Leaves it out if units cannot be added during a sale. */
	restock?(sku: string, units: number, sent: Sent): Promise<Answer>;
	openSession(buyer: string): Promise<Handle>;
	/** Holds units, or puts them into the cart. */
	reserve(session: Handle, sku: string, units: number, sent: Sent): Promise<Answer>;
	/**
	 * Holds units, or waits for them; asked again, it says whether they have come. Leaves it out if nobody can wait. In the
	 * history it is a `reserve`.
	 */
	joinWaitlist?(session: Handle, sku: string, units: number, sent: Sent): Promise<Answer>;
	/** Gives back whatever this buyer has and has not paid: units, a cart, a place, an open checkout. */
	release?(session: Handle, sku: string, sent: Sent): Promise<Answer>;
	/** @returns the answer, and what `pay` and `readOrder` need if the buyer may go on */
	checkOut(session: Handle, sku: string, units: number, sent: Sent): Promise<{ answer: Answer; order: Handle }>;
	/** @param approves whether the buyer's bank says yes */
	pay(session: Handle, order: Handle, approves: boolean, sent: Sent): Promise<Answer>;
	readOrder(session: Handle, order: Handle): Promise<Answer>;
	readStock(sku: string): Promise<Answer>;
	close(): Promise<void>;
}

export interface TargetOptions {
	/** Where the shop runs; null: the target starts one. */
	readonly url: string | null;
	/** The merchant's secret at `url`, if one was given. */
	readonly adminToken: string | null;
	/** Which of several shops to start; null for the first. */
	readonly variant: string | null;
	/** Aborted when the detector is stopped. */
	readonly signal: AbortSignal;
	/** How long a hold lasts, so that histories see holds end. The shop may not know holds. */
	readonly holdMs: number;
}

export type TargetFactory = (options: TargetOptions) => Promise<Target>;
