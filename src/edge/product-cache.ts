/**
 * Products by SKU, and SKUs that do not exist, remembered for a moment: a drop reads one product a million times, and a
 * guesser makes up a million SKUs.
 *
 * An answer is at most `PRODUCT_TTL_MS` old, and memory is bounded whatever is asked for. It decides only whether a
 * SKU's object is called, and how the product is shown: the object itself goes by its own copy.
 */
import type { Product } from "../catalog/product.ts";
import { findProduct } from "../catalog/product-store.ts";
import { PRODUCT_ENTRIES, PRODUCT_TTL_MS } from "../limits.ts";
import { evictOldest } from "../platform/bounded-map.ts";

export class ProductCache {
	readonly #entries = new Map<string, { readonly product: Product | null; readonly untilMs: number }>();

	/**
	 * The product; null when there is none. The cache keeps the answer and not its promise: a promise belongs to the
	 * request that made it, and would hang with that request.
	 * @throws Error when D1 does
	 */
	async get(db: D1Database, sku: string, nowMs: number): Promise<Product | null> {
		const known = this.#entries.get(sku);
		if (known !== undefined && nowMs < known.untilMs) return known.product;
		const product = await findProduct(db, sku);
		this.#entries.delete(sku);
		evictOldest(this.#entries, PRODUCT_ENTRIES);
		this.#entries.set(sku, { product, untilMs: nowMs + PRODUCT_TTL_MS });
		return product;
	}

	invalidate(sku: string): void {
		this.#entries.delete(sku);
	}
}
