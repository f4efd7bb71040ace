/**
 * Limits of how many SKUs one shopper has something at once: `MAX_SKUS_HELD` (hoarding, OWASP OAT-021).
 *
 * A reservation stays one call because the count comes after it: the SKU's object grants, the shopper is answered, and
 * then what is new is recorded with the shopper's own object (`shoppers/held-skus.ts`). A hold that was one too many is
 * released again. From then on this isolate checks that shopper first and refuses before anything is granted. A
 * checkout, where money comes next, is always checked first.
 *
 * In a shop that has too few SKUs for that nobody is counted (`small-shop.ts`).
 *
 * It is a brake beside the rate limits, on and off with them. When the shopper's object cannot be reached it lets the
 * request pass: a brake must not stop a sale.
 */
import { MAX_SKUS_HELD } from "../limits.ts";
import { messageOf, ObjectUnavailable } from "../platform/errors.ts";
import { log } from "../platform/log.ts";
import { callHeldSkus } from "../shoppers/client.ts";
import type { NoteResult } from "../shoppers/rpc.ts";
import { type Edge, EdgeSku } from "./sku.ts";

export type TooManyHeld = {
	readonly kind: "too-many-held";
	readonly limit: number;
	/** Asking again before then gets the same answer. */
	readonly retryAtMs: number;
};

/** Checks a shopper who was found to have too many SKUs before; null for everybody else, without a call. */
export async function checkFlagged(edge: Edge, shopperId: string, sku: string): Promise<TooManyHeld | null> {
	return edge.memory.flaggedShoppers.get(shopperId) ? checkHoldings(edge, shopperId, [sku]) : null;
}

/** Null when these SKUs are not too many for this shopper, and recorded now. */
export async function checkHoldings(
	edge: Edge,
	shopperId: string,
	skus: readonly string[],
): Promise<TooManyHeld | null> {
	try {
		const result = await record(edge, shopperId, skus);
		if (result.kind === "noted") return null;
		return { kind: "too-many-held", limit: MAX_SKUS_HELD, retryAtMs: result.retryAtMs };
	} catch (error) {
		if (error instanceof ObjectUnavailable) return null;
		throw error;
	}
}

/** Records what was granted, after the shopper has been answered; releases it again if it was one SKU too many. */
export function recordHold(edge: Edge, shopperId: string, sku: string): void {
	if (!isCounted(edge)) return;
	const work = async () => {
		const result = await record(edge, shopperId, [sku]);
		if (result.kind === "full") await new EdgeSku(edge, sku).release(shopperId);
	};
	edge.keepAlive(work().catch((error) => log("hold-not-counted", { error: messageOf(error) })));
}

const isCounted = ({ env, memory, keepAlive }: Edge): boolean =>
	env.RATE_LIMITS !== "off" && !memory.shopSize.isSmall(env.DB, Date.now(), keepAlive);

async function record(edge: Edge, shopperId: string, skus: readonly string[]): Promise<NoteResult> {
	if (!isCounted(edge)) return { kind: "noted" };
	const result = await callHeldSkus(edge.env, shopperId, (object) => object.note(skus));
	if (result.kind === "full") edge.memory.flaggedShoppers.set(shopperId, true);
	return result;
}
