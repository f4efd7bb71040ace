/** Products in D1: found by SKU and listed in order of SKU. A copy of what each SKU's object decides by. */
import { fromStored, type Product, type Stored, toStored } from "./product.ts";

/** Stores the product, unless D1 already has a later revision of it. */
export async function saveProduct(db: D1Database, product: Product): Promise<void> {
	await db
		.prepare(
			`INSERT INTO products (sku, revision, json) VALUES (?, ?, ?)
			ON CONFLICT (sku) DO UPDATE SET revision = excluded.revision, json = excluded.json
			WHERE excluded.revision > products.revision`,
		)
		.bind(product.sku, product.revision, JSON.stringify(toStored(product)))
		.run();
}

export async function findProduct(db: D1Database, sku: string): Promise<Product | null> {
	const row = await db.prepare("SELECT json FROM products WHERE sku = ?").bind(sku).first<{ json: string }>();
	return row === null ? null : parse(row.json);
}

/** How many products there are, archived ones too, counted no further than `most`. */
export async function countProductsUpTo(db: D1Database, most: number): Promise<number> {
	const query = "SELECT COUNT(*) AS products FROM (SELECT 1 FROM products LIMIT ?)";
	const row = await db.prepare(query).bind(most).first<{ products: number }>();
	return row?.products ?? 0;
}

/** Looks whether there is a table of products at all. @throws Error what D1 says when there is none */
export async function requireTable(db: D1Database): Promise<void> {
	await db.prepare("SELECT 1 FROM products LIMIT 1").first();
}

/** Those of these products that exist, by SKU, in one query. The query for one is the one that most isolates ask. */
export async function findProducts(db: D1Database, skus: readonly string[]): Promise<Map<string, Product>> {
	const [only, ...others] = skus;
	if (only !== undefined && others.length === 0) {
		const product = await findProduct(db, only);
		return new Map(product === null ? [] : [[only, product]]);
	}
	const { results } = await db
		.prepare("SELECT sku, json FROM products WHERE sku IN (SELECT value FROM json_each(?))")
		.bind(JSON.stringify(skus))
		.all<{ sku: string; json: string }>();
	return new Map(results.map(({ sku, json }) => [sku, parse(json)]));
}

/** As the index of the migration has it: 1 for an archived product. What was stored before there were any has no member. */
const ARCHIVED = "coalesce(json ->> 'isArchived', 0)";

/** Products after `afterSku`, in order of SKU, archived ones too. */
export async function listProducts(db: D1Database, afterSku: string, limit: number): Promise<Product[]> {
	const { results } = await db
		.prepare("SELECT json FROM products WHERE sku > ? ORDER BY sku LIMIT ?")
		.bind(afterSku, limit)
		.all<{ json: string }>();
	return results.map((row) => parse(row.json));
}

/** Products that shoppers are shown, after `afterSku`, in order of SKU. */
export async function listShownProducts(db: D1Database, afterSku: string, limit: number): Promise<Product[]> {
	const { results } = await db
		.prepare(`SELECT json FROM products WHERE ${ARCHIVED} = 0 AND sku > ? ORDER BY sku LIMIT ?`)
		.bind(afterSku, limit)
		.all<{ json: string }>();
	return results.map((row) => parse(row.json));
}

/**
 * Those products after `afterSku`, archived or not, with this text in their SKU or title. SQLite knows the two cases of A to Z only. It reads
 * every product after the cursor until the page is full: a merchant's question, and never a shopper's.
 */
export async function searchProducts(
	db: D1Database,
	{ text, isArchived }: { readonly text: string; readonly isArchived: boolean },
	afterSku: string,
	limit: number,
): Promise<Product[]> {
	// Not LIKE, whose pattern D1 bounds at 50 bytes and in which a merchant's % and _ would mean anything.
	const { results } = await db
		.prepare(
			`SELECT json FROM products
			WHERE ${ARCHIVED} = ?4 AND sku > ?1 AND (instr(lower(sku), lower(?2)) > 0 OR instr(lower(json ->> 'title'), lower(?2)) > 0)
			ORDER BY sku LIMIT ?3`,
		)
		.bind(afterSku, text, limit, isArchived ? 1 : 0)
		.all<{ json: string }>();
	return results.map((row) => parse(row.json));
}

const parse = (json: string): Product => fromStored(JSON.parse(json) as Stored<Product>);
