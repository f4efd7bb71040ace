/** What each call to a SKU or to a checkout makes stale in the isolate's memory. */
import type { IsolateMemory } from "./isolate-memory.ts";

/**
 * What may be stale after each call. A call that is not named here changes nothing that an isolate remembers.
 *
 * `soldOut` is invalidated only by what freed units for the public. Most answers say how many they freed: then only
 * that counts, and the table does not. It counts for a merchant's calls, and for answers of the version before. A
 * purchase frees nothing: if it did invalidate, every purchase of a drop would send a crowd to the object that has to
 * sell. Nor does reading: a shopper may read as often as they like.
 */
export const STALE_AFTER = {
	// Calls to the SKU
	define: ["product", "soldOut", "availability"],
	archive: ["product", "soldOut", "availability"],
	restock: ["soldOut", "availability"],
	adjust: ["soldOut", "availability"],
	release: ["soldOut", "availability"],
	releaseById: ["soldOut", "availability"],
	reserve: ["availability"],
	// Calls to a checkout, for each SKU of its lines
	openCheckout: ["availability"],
	readEndedCheckout: ["availability"],
	paidOutside: ["soldOut", "availability"],
	cancelCheckout: ["soldOut", "availability"],
	paymentOfOpenCheckout: ["availability"],
	paymentOfEndedCheckout: ["soldOut", "availability"],
	refund: ["soldOut", "availability"],
	cancelPreorder: ["soldOut", "availability"],
} as const satisfies Readonly<Record<string, readonly ("product" | "soldOut" | "availability")[]>>;

export type SkuCall = keyof typeof STALE_AFTER;

/**
 * Invalidates what `call` may have made stale of these SKUs.
 * @param freed those of them of which it freed units for the public; undefined when the answer does not say it
 */
export function invalidateAfter(
	memory: IsolateMemory,
	call: SkuCall,
	skus: readonly string[],
	freed?: readonly string[],
): void {
	const caches = { product: memory.products, soldOut: memory.soldOut, availability: memory.availability };
	for (const stale of STALE_AFTER[call]) {
		if (stale === "soldOut" && freed !== undefined) continue;
		for (const sku of skus) caches[stale].invalidate(sku);
	}
	for (const sku of freed ?? []) memory.soldOut.invalidate(sku);
}
