/** The RPC contract of a gate (`gate.ts`). Requests and answers only ever grow. */

import type {
	AvailabilityResult,
	NoAnswer,
	PackedRequests,
	PackedResults,
	TooLate,
	UnknownSku,
} from "../../stock/rpc.ts";
import type { HotWord } from "../../stock/rules/gates.ts";

/**
 * `maxAgeMs`: how old a "sold out" may be that refuses them. The isolate says it when units came free through it within
 * the last second: what it knows to be over must not come back from a gate.
 */
export type GateRequests = PackedRequests & { readonly maxAgeMs?: number };

/** `ageMs`: how old the answer was when its caller came; nothing when the SKU's object was asked after that. */
export type FromGate<A> = A & { readonly ageMs?: number; readonly hot?: HotWord | undefined };

/**
 * A gate of a SKU, as isolates see it. It decides nothing and stores nothing: a call may be repeated, here or at the
 * SKU's object, as often as the same call to the SKU's object may.
 */
export interface GateRpc {
	/**
	 * What the SKU's object decides of each request, or a refusal of it that is less than a second old. A request that the
	 * object could not serve has no answer, whatever became of the others.
	 */
	reserveMany(packed: GateRequests): Promise<FromGate<PackedResults> | TooLate | UnknownSku>;
	/** @param maxAgeMs how old it may be; less than a second in any case */
	availability(maxAgeMs?: number): Promise<FromGate<AvailabilityResult> | NoAnswer>;
	/** Opens a WebSocket that watches the SKU, as the SKU's object does. */
	fetch(request: Request): Promise<Response>;
}
