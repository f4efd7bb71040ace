/**
 * The SQLite of one SKU's object: the product, the counters, the receipts, and what is read from several tables at
 * once. Each other table has a file: `reservations.ts`, `preorders.ts`, `journal.ts`. The tables themselves are in
 * `schema.ts`.
 *
 * Writes are buffered (`buffered-table.ts`) and flushed before every read of what they change and at the end of the
 * unit of work, so reads always see them. The caller opens the transaction.
 */
import { fromStored, type Product, type Stored, toStored } from "../../catalog/product.ts";
import { assert } from "../../platform/assert.ts";
import { type Change, type CheckoutRows, EMPTY_STOCK, type Stock } from "../rules/model.ts";
import { Journal, type JournalRow } from "./journal.ts";
import { Preorders } from "./preorders.ts";
import { Reservations } from "./reservations.ts";

const STOCK_COLUMNS = Object.keys(EMPTY_STOCK) as (keyof Stock)[];
const SAVE_STOCK = `INSERT OR REPLACE INTO stock (id, ${STOCK_COLUMNS}) VALUES (1, ${STOCK_COLUMNS.map(() => "?")})`;

/** So many rows are stored at once; some 200 kB, where a statement may carry 2 MB. */
const SAVE_AT_ONCE = 1_000;

/** What the rows, not the counters, add up to. */
export interface Audit {
	readonly received: number;
	readonly adjusted: number;
	readonly held: number;
	readonly paying: number;
	readonly sold: number;
	readonly waiting: number;
	readonly owed: number;
}

export class SkuStorage {
	readonly reservations: Reservations;
	readonly preorders: Preorders;
	readonly #sql: SqlStorage;
	readonly #journal: Journal;

	constructor(sql: SqlStorage) {
		this.#sql = sql;
		this.reservations = new Reservations(sql);
		this.preorders = new Preorders(sql);
		this.#journal = new Journal(sql);
	}

	// ---- The one product and its counters, which are not buffered

	product(): Product | null {
		const [row] = this.#sql.exec<{ json: string }>("SELECT json FROM product").toArray();
		return row === undefined ? null : fromStored(JSON.parse(row.json) as Stored<Product>);
	}

	saveProduct(product: Product): void {
		this.#sql.exec("INSERT OR REPLACE INTO product (id, json) VALUES (1, ?)", JSON.stringify(toStored(product)));
	}

	stock(): Stock {
		const [row] = this.#sql.exec(`SELECT ${STOCK_COLUMNS} FROM stock`).toArray() as unknown as Stock[];
		return row ?? EMPTY_STOCK;
	}

	saveStock(stock: Stock): void {
		this.#sql.exec(SAVE_STOCK, ...STOCK_COLUMNS.map((column) => stock[column]));
	}

	// ---- Rows that a decision changed

	/** Buffers all of a change but its counters, which a unit of work writes once, at its end. */
	save(change: Change, nowMs: number): void {
		for (const reservation of change.reservations) this.reservations.save(reservation);
		for (const preorder of change.preorders) this.preorders.save(preorder);
		this.#journal.add(change.entries, nowMs);
		if (this.#journal.unsaved >= SAVE_AT_ONCE || this.reservations.unsaved >= SAVE_AT_ONCE) this.flush();
	}

	/** Stores what `save` has buffered. */
	flush(): void {
		this.#flushRows();
		this.#journal.flush();
	}

	#flushRows(): void {
		this.reservations.flush();
		this.preorders.flush();
	}

	/** Forgets what `save` has buffered: the transaction that was to store it was undone. */
	discardBuffer(): void {
		this.reservations.discard();
		this.preorders.discard();
		this.#journal.discard();
	}

	/** For statements over reservations and pre-orders. Those that read the journal too have to flush it first. */
	#rows<T>(query: string, ...bindings: SqlStorageValue[]): T[] {
		this.#flushRows();
		return this.#sql.exec(query, ...bindings).toArray() as T[];
	}

	// ---- Over several tables

	/** When the next hold, pin, unpaid pre-order or wait of a stalled head runs out; null when none does. */
	nextDueMs(): number | null {
		const dueMs = Math.min(this.reservations.nextDueMs(), this.preorders.nextDueMs());
		return dueMs === Number.POSITIVE_INFINITY ? null : dueMs;
	}

	/** Units that each shopper has bought (and kept) or pre-ordered, without those of `exceptCheckoutId`. */
	ownedBy(shopperIds: readonly string[], exceptCheckoutId: string | null): Map<string, number> {
		const rows = this.#rows<{ shopperId: string; units: number }>(
			`SELECT value AS shopperId,
				(SELECT IFNULL(SUM(quantity - returned), 0) FROM reservations
					WHERE shopperId = value AND endedAtMs IS NOT NULL AND status = 'sold' AND checkoutId IS NOT ?2)
				+ (SELECT IFNULL(SUM(quantity - returned), 0) FROM preorders
					WHERE shopperId = value AND status <> 'cancelled' AND checkoutId IS NOT ?2) AS units
			FROM json_each(?1)`,
			JSON.stringify(shopperIds),
			exceptCheckoutId,
		);
		return new Map(rows.map(({ shopperId, units }) => [shopperId, units]));
	}

	/** The newest reservation and pre-order of one checkout. */
	rowsOfCheckout(shopperId: string, checkoutId: string): CheckoutRows {
		return {
			reservation: this.reservations.ofCheckout(shopperId, checkoutId),
			preorder: this.preorders.ofCheckout(shopperId, checkoutId),
		};
	}

	/** Checkouts that bought or pre-ordered units here, in order of id. */
	buyersAfter(checkoutId: string, limit: number): string[] {
		return this.#rows<{ checkoutId: string }>(
			`SELECT checkoutId FROM (
				SELECT checkoutId FROM reservations WHERE status = 'sold'
				UNION SELECT checkoutId FROM preorders WHERE version > 0)
			WHERE checkoutId > ? ORDER BY checkoutId LIMIT ?`,
			checkoutId,
			limit,
		).map((row) => row.checkoutId);
	}

	/**
	 * What each checkout that bought or pre-ordered here has, in order of its id. Either table is read only as far as
	 * the page goes.
	 */
	salesAfter(checkoutId: string, limit: number): { readonly checkoutId: string; readonly units: number }[] {
		return this.#rows<{ checkoutId: string; units: number }>(
			`SELECT checkoutId, SUM(units) AS units FROM (
				SELECT * FROM (SELECT checkoutId, quantity - returned AS units FROM reservations
					WHERE status = 'sold' AND checkoutId > ?1 ORDER BY checkoutId LIMIT ?2)
				UNION ALL SELECT * FROM (SELECT checkoutId, IIF(status = 'cancelled', 0, quantity - returned) AS units
					FROM preorders WHERE version > 0 AND checkoutId > ?1 ORDER BY checkoutId LIMIT ?2))
			GROUP BY checkoutId ORDER BY checkoutId LIMIT ?2`,
			checkoutId,
			limit,
		);
	}

	/** Sums over the rows, to compare with the counters. */
	audit(): Audit {
		this.flush();
		const [row] = this.#rows<Audit>(
			`SELECT
				(SELECT IFNULL(SUM(received), 0) FROM journal_pages WHERE received <> 0 OR adjusted <> 0) AS received,
				(SELECT IFNULL(SUM(adjusted), 0) FROM journal_pages WHERE received <> 0 OR adjusted <> 0) AS adjusted,
				IFNULL(SUM(CASE WHEN status IN ('held', 'paying') THEN quantity END), 0) AS held,
				IFNULL(SUM(CASE WHEN status = 'paying' THEN quantity END), 0) AS paying,
				IFNULL(SUM(CASE WHEN status = 'sold' THEN quantity - returned END), 0)
					+ (SELECT IFNULL(SUM(quantity - returned), 0) FROM preorders WHERE status = 'filled') AS sold,
				IFNULL(SUM(CASE WHEN status = 'waiting' THEN quantity END), 0) AS waiting,
				(SELECT IFNULL(SUM(quantity - returned), 0) FROM preorders WHERE status = 'owed') AS owed
			FROM reservations`,
		);
		assert(row !== undefined, "an aggregate always returns a row");
		return row;
	}

	/** Journal entries after the cursor, oldest first. */
	journal(afterSeq: number, limit: number): JournalRow[] {
		this.flush();
		return this.#journal.page(afterSeq, limit);
	}

	// ---- Receipts: answers that were given to an Idempotency-Key, or to a request of the Worker's own key

	receipt(key: string): { fingerprint: string; answer: string } | null {
		const query = "SELECT fingerprint, answer FROM receipts WHERE key = ?";
		const [row] = this.#sql.exec<{ fingerprint: string; answer: string }>(query, key).toArray();
		return row ?? null;
	}

	/** Keeps only the last answer under this key, whichever request it was given to. */
	replaceReceipt(key: string, fingerprint: string, answer: string): void {
		this.#sql.exec(
			"INSERT OR REPLACE INTO receipts (key, fingerprint, answer) VALUES (?, ?, ?)",
			key,
			fingerprint,
			answer,
		);
	}

	saveReceipt(key: string, fingerprint: string, answer: string): void {
		this.#sql.exec("INSERT INTO receipts (key, fingerprint, answer) VALUES (?, ?, ?)", key, fingerprint, answer);
	}
}
