/**
 * How an isolate reads the catalogue in D1: products and pages from memory where that will do, look-ups of one moment in
 * one query, and no longer than `DATABASE_PATIENCE_MS`. A fault of D1 is `DatabaseUnavailable`, and is logged here once.
 */
import type { Product } from "../catalog/product.ts";
import { findProduct, findProducts, listShownProducts } from "../catalog/product-store.ts";
import { DATABASE_PATIENCE_MS } from "../limits.ts";
import { DatabaseUnavailable, messageOf } from "../platform/errors.ts";
import { log } from "../platform/log.ts";
import { withTimeout } from "../platform/timeout.ts";
import type { Edge } from "./isolate-memory.ts";

/** @throws DatabaseUnavailable when D1 cannot be read and nothing is remembered */
export function lookUpProduct(edge: Edge, sku: string): Promise<Product | null> {
	const { memory, env, keepAlive } = edge;
	const nowMs = Date.now();
	const load = (): Promise<Product | null> =>
		memory.batchers === null
			? fromDatabase(edge, () => findProduct(env.DB, sku))
			: memory.batchers.products.call("", sku, Date.now(), keepAlive, (skus) => findTogether(edge, skus));
	return memory.products.get(sku, nowMs, load, keepAlive);
}

/**
 * Up to `limit` products that are not archived, after `afterSku`, in order of SKU: at most a few seconds old, or older while D1 fails.
 * @throws DatabaseUnavailable when D1 cannot be read and the page is not remembered
 */
export function lookUpPage(edge: Edge, afterSku: string, limit: number): Promise<readonly Product[]> {
	const { memory, env, keepAlive } = edge;
	const load = () => fromDatabase(edge, () => listShownProducts(env.DB, afterSku, limit));
	return memory.products.page(`${limit} ${afterSku}`, Date.now(), load, keepAlive, memory.batchers !== null);
}

/** What those before have found meanwhile need not be looked up again. */
async function findTogether(edge: Edge, skus: readonly string[]): Promise<readonly (Product | null)[]> {
	const { memory, env } = edge;
	const nowMs = Date.now();
	const missing = [...new Set(skus)].filter((sku) => memory.products.fresh(sku, nowMs) === null);
	const found =
		missing.length > 0 ? await fromDatabase(edge, () => findProducts(env.DB, missing)) : new Map<string, Product>();
	return skus.map((sku) => found.get(sku) ?? memory.products.fresh(sku, nowMs));
}

async function fromDatabase<T>({ memory }: Edge, ask: () => Promise<T>): Promise<T> {
	if (memory.products.isResting(Date.now())) throw new DatabaseUnavailable("D1 failed a moment ago");
	const late = () => new DatabaseUnavailable("D1 did not answer in time");
	try {
		return await withTimeout(ask(), DATABASE_PATIENCE_MS, late);
	} catch (error) {
		memory.products.noteFailure(Date.now());
		log("catalogue-unreadable", { error: messageOf(error) });
		if (error instanceof DatabaseUnavailable) throw error;
		throw new DatabaseUnavailable("D1 failed", { cause: error });
	}
}
