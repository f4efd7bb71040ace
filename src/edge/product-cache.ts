/**
 * Products, and SKUs that do not exist, remembered for a moment: a drop reads one product a million times, and a
 * guesser makes up a million SKUs.
 *
 * A product is shown for `PRODUCT_TTL_MS`, refreshed ahead by one asker, and shown for longer only while D1 fails
 * (`platform/stale-on-error-cache.ts`). SKUs that do not exist have a room of their own, so that whoever guesses them
 * drives out no product. It decides only whether a SKU's object is called, and how the product is shown: the object
 * itself goes by its own copy.
 */
import type { Product } from "../catalog/product.ts";
import {
	DATABASE_PATIENCE_MS,
	DATABASE_REST_MS,
	PRODUCT_ENTRIES,
	PRODUCT_PAGES,
	PRODUCT_RETRY_MS,
	PRODUCT_STALE_MS,
	PRODUCT_TTL_MS,
	REFRESH_AHEAD_MS,
	UNKNOWN_SKU_ENTRIES,
} from "../limits.ts";
import { GenerationalMap } from "../platform/bounded-map.ts";
import { StaleOnErrorCache } from "../platform/stale-on-error-cache.ts";
import type { KeepAlive } from "./call-batcher.ts";

const OPTIONS = {
	ttlMs: PRODUCT_TTL_MS,
	refreshAheadMs: REFRESH_AHEAD_MS,
	staleMs: PRODUCT_STALE_MS,
	retryMs: PRODUCT_RETRY_MS,
	askMs: DATABASE_PATIENCE_MS + 1_000,
};

export class ProductCache {
	readonly #products = new StaleOnErrorCache<Product>({ ...OPTIONS, maxEntries: PRODUCT_ENTRIES });
	/** Until when each SKU is known not to exist. */
	readonly #unknown = new GenerationalMap<number>(UNKNOWN_SKU_ENTRIES);
	readonly #pages = new StaleOnErrorCache<readonly Product[]>({ ...OPTIONS, maxEntries: PRODUCT_PAGES });

	/** When D1 failed last. */
	#failedAtMs = Number.NEGATIVE_INFINITY;

	/** Whether D1 failed a moment ago, and is better left alone. */
	isResting(nowMs: number): boolean {
		return nowMs >= this.#failedAtMs && nowMs < this.#failedAtMs + DATABASE_REST_MS;
	}

	noteFailure(nowMs: number): void {
		this.#failedAtMs = nowMs;
	}

	/** The product if it is remembered and no older than `PRODUCT_TTL_MS`. Asks nobody. */
	fresh(sku: string, nowMs: number): Product | null {
		return this.#products.fresh(sku, nowMs);
	}

	/**
	 * The product; null when there is none.
	 * @param load looks in D1
	 * @throws what `load` threw, when nothing is remembered
	 */
	async get(
		sku: string,
		nowMs: number,
		load: () => Promise<Product | null>,
		keepAlive: KeepAlive,
	): Promise<Product | null> {
		if (nowMs < (this.#unknown.get(sku) ?? 0)) return null;
		const { generation } = this.#products;
		const product = await this.#products.get(sku, nowMs, load, keepAlive);
		if (product === null && generation === this.#products.generation) this.#unknown.set(sku, nowMs + PRODUCT_TTL_MS);
		return product;
	}

	/**
	 * A page of the catalogue.
	 * @param isShared whether the page is kept for others while it is fresh. It is kept in any case for when D1 fails
	 * @throws what `load` threw, when the page is not remembered
	 */
	async page(
		key: string,
		nowMs: number,
		load: () => Promise<readonly Product[]>,
		keepAlive: KeepAlive,
		isShared: boolean,
	): Promise<readonly Product[]> {
		if (!isShared) this.#pages.expire(key);
		return (await this.#pages.get(key, nowMs, load, keepAlive)) as readonly Product[];
	}

	invalidate(sku: string): void {
		this.#products.invalidate(sku);
		this.#unknown.set(sku, 0);
		this.#pages.clear();
	}
}
