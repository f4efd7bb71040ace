/**
 * Products by SKU, remembered for a moment in this isolate, and so are SKUs that do not exist: a drop reads one product
 * a million times, and a guesser makes up a million SKUs.
 *
 * What it keeps true: an answer is at most `CATALOGUE_TTL_MS` old, and memory is bounded whatever is asked for. What this
 * decides is only whether a SKU's object is called, and how the product is shown: the object itself goes by its own copy.
 */

import type { Product } from "../catalog/product.ts";
import { findProduct } from "../catalog/product-store.ts";
import { PRODUCT_ENTRIES, PRODUCT_TTL_MS } from "../limits.ts";
import { evictOldest } from "../platform/bounded-map.ts";

const entries = new Map<string, { readonly product: Product | null; readonly untilMs: number }>();

/**
 * The product, or null when there is none. What is kept is the answer and not the promise of it: a promise belongs to the
 * request that made it, and could be left hanging with it. @throws Error when D1 does
 */
export async function productOf(db: D1Database, sku: string, nowMs: number): Promise<Product | null> {
	const known = entries.get(sku);
	if (known !== undefined && nowMs < known.untilMs) return known.product;
	const product = await findProduct(db, sku);
	remember(sku, product, nowMs);
	return product;
}

/** Forgets what was known of a product that has just been changed from here. */
export function forget(sku: string): void {
	entries.delete(sku);
}

function remember(sku: string, product: Product | null, nowMs: number): void {
	entries.delete(sku);
	evictOldest(entries, PRODUCT_ENTRIES);
	entries.set(sku, { product, untilMs: nowMs + PRODUCT_TTL_MS });
}
