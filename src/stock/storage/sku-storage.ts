/**
 * The SQLite of one SKU's object: the product, the counters, the receipts, and what is read from several tables at
 * once. Each other table has a file: `reservations.ts`, `preorders.ts`, `journal.ts`. The tables themselves are in
 * `schema.ts`.
 *
 * Writes are buffered (`buffered-table.ts`) and flushed before every read of what they change and at the end of the
 * unit of work, so reads always see them. The caller opens the transaction.
 */
import { fromStored, type Product, type Stored, toStored } from "../../catalog/product.ts";
import { ENDED_ATTEMPT_MS } from "../../limits.ts";
import type { PreorderVersion, Sale } from "../rpc.ts";
import { type Change, type CheckoutRows, EMPTY_STOCK, type Stock } from "../rules/model.ts";
import { Addresses } from "./addresses.ts";
import { type Audit, fullAudit, quickAudit } from "./audit.ts";
import { Carried } from "./carried.ts";
import { EndedAttempts } from "./ended-attempts.ts";
import { Journal, type JournalRow } from "./journal.ts";
import { News } from "./news.ts";
import { Preorders } from "./preorders.ts";
import { Reservations } from "./reservations.ts";

const STOCK_COLUMNS = Object.keys(EMPTY_STOCK) as (keyof Stock)[];
const SAVE_STOCK = `INSERT OR REPLACE INTO stock (id, ${STOCK_COLUMNS}) VALUES (1, ${STOCK_COLUMNS.map(() => "?")})`;

/** A page of what checkouts have: each part is an index in the order of the page, and is read only as far as it goes. */
const salesOf = (rows: string, units = "quantity - returned", recorded = "NULL") =>
	`SELECT * FROM (SELECT checkoutId, ${units} AS units, ${recorded} AS recorded
		FROM ${rows} AND checkoutId > ?1 ORDER BY checkoutId LIMIT ?2)`;
const RECORDED = "IIF(recordedVersion < version, NULL, json_object('id', id, 'version', version))";
const SALES = `SELECT checkoutId, SUM(units) AS units, MAX(recorded) AS recorded FROM (
	${salesOf("reservations INDEXED BY reservations_sold WHERE status = 'sold' AND carried = 0")}
	UNION ALL ${salesOf("reservations INDEXED BY reservations_sold WHERE status = 'sold' AND carried = 1")}
	UNION ALL ${salesOf("preorders INDEXED BY preorders_paid WHERE version > 0", "IIF(status = 'cancelled', 0, quantity - returned)", RECORDED)}
) GROUP BY checkoutId ORDER BY checkoutId LIMIT ?2`;

/**
 * Checkouts whose pins ran out, from the newest: of pre-orders those of a day, since for so long it is known that an
 * attempt has ended by itself (`ended-attempts.ts`).
 */
const LAPSED_PINS = `SELECT checkoutId, endedAtMs, id FROM reservations WHERE status = 'expired' AND checkoutId IS NOT NULL
	UNION ALL SELECT checkoutId, endedAtMs, id FROM preorders AS pin
		WHERE status = 'cancelled' AND version = 0 AND endedAtMs > ?1 AND NOT EXISTS (
			SELECT 1 FROM ended_attempts AS ended WHERE ended.checkoutId = pin.checkoutId AND ended.endedAtMs >= pin.endedAtMs)
	ORDER BY endedAtMs DESC, id DESC LIMIT ?2 OFFSET ?3`;

/** So many rows are stored at once; some 200 kB, where a statement may carry 2 MB. */
const SAVE_AT_ONCE = 1_000;

/** By how many shoppers a change makes the waitlist longer, from the units that wait; null when they do not tell. */
function waitlistGrowth({ stock, reservations: [row, ...others] }: Change, before: Stock): number | null {
	const units = stock.waiting - before.waiting;
	if (units === 0) return 0;
	if (row === undefined || others.length > 0) return null;
	if (units < 0) return row.place === null ? -1 : 0;
	return row.version === 1 ? 1 : null;
}

export class SkuStorage {
	readonly reservations: Reservations;
	readonly preorders: Preorders;
	readonly carried: Carried;
	/** Rows that were saved and may be folded one day, since the object was loaded, whether they were stored or not. */
	foldable = 0;
	readonly #sql: SqlStorage;
	readonly endedAttempts: EndedAttempts;
	readonly news: News;
	readonly addresses: Addresses;
	readonly #journal: Journal;

	constructor(sql: SqlStorage) {
		this.#sql = sql;
		this.carried = new Carried(sql);
		this.reservations = new Reservations(sql, this.carried);
		this.preorders = new Preorders(sql, this.carried);
		this.endedAttempts = new EndedAttempts(sql);
		this.news = new News(sql);
		this.addresses = new Addresses(sql);
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

	/**
	 * Buffers all of a change but its counters, which a unit of work writes once, at its end.
	 * @param before the counters that the change was made from
	 */
	save(change: Change, before: Stock, nowMs: number): void {
		for (const reservation of change.reservations) {
			this.reservations.save(reservation);
			if (reservation.endedAtMs !== null) this.foldable += 1;
		}
		this.reservations.waitlistGrew(waitlistGrowth(change, before));
		for (const preorder of change.preorders) {
			this.preorders.save(preorder);
			if (preorder.endedAtMs !== null) this.foldable += 1;
		}
		// Units that arrived or were counted: the page of the journal.
		if (change.reservations.length + change.preorders.length === 0) this.foldable += 1;
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

	/** Units that each shopper has bought or pre-ordered and not given back, without those of `exceptCheckoutId`. */
	ownedBy(shopperIds: readonly string[], exceptCheckoutId: string | null): Map<string, number> {
		const rows = this.#rows<{ shopperId: string; units: number }>(
			`SELECT value AS shopperId,
				(SELECT IFNULL(SUM(quantity - MAX(returned, refunded)), 0) FROM reservations
					WHERE shopperId = value AND endedAtMs IS NOT NULL AND status = 'sold' AND checkoutId IS NOT ?2)
				+ (SELECT IFNULL(SUM(quantity - MAX(returned, refunded)), 0) FROM preorders
					WHERE shopperId = value AND status <> 'cancelled' AND checkoutId IS NOT ?2) AS units
			FROM json_each(?1)`,
			JSON.stringify(shopperIds),
			exceptCheckoutId,
		);
		return new Map(rows.map(({ shopperId, units }) => [shopperId, units]));
	}

	/** What one checkout has here. @param attempt undefined for code that does not name any */
	rowsOfCheckout(shopperId: string, checkoutId: string, attempt: number | undefined): CheckoutRows {
		const preorder = this.preorders.ofCheckout(shopperId, checkoutId);
		const replaced = preorder?.replaces ? this.reservations.byId(preorder.replaces) : null;
		return {
			reservation: this.reservations.ofCheckout(shopperId, checkoutId),
			preorder,
			ended: attempt === undefined ? null : this.endedAttempts.of(checkoutId),
			replaced,
			replacesHead: replaced?.status === "waiting" && this.reservations.nextWaiting(1)[0]?.id === replaced.id,
		};
	}

	/** Checkouts that bought or pre-ordered units here, in order of id. */
	buyersAfter(checkoutId: string, limit: number): string[] {
		return this.salesAfter(checkoutId, limit).map((row) => row.checkoutId);
	}

	/** What each checkout that bought or pre-ordered here has, in order of its id. */
	salesAfter(checkoutId: string, limit: number): Sale[] {
		const rows = this.#rows<Omit<Sale, "recordedPreorder"> & { readonly recorded: string | null }>(
			SALES,
			checkoutId,
			limit,
		);
		return rows.map(({ recorded, ...sale }) =>
			recorded === null ? sale : { ...sale, recordedPreorder: JSON.parse(recorded) as PreorderVersion },
		);
	}

	/** Checkouts whose pins ran out here, newest first: each should have bought, or given its units back, before. */
	checkoutsOfLapsedPins(nowMs: number, limit: number, skip = 0): string[] {
		return this.#rows<{ checkoutId: string }>(LAPSED_PINS, nowMs - ENDED_ATTEMPT_MS, limit, skip).map(
			(row) => row.checkoutId,
		);
	}

	/** Sums over the rows, to compare with the counters. @param isFull read every row, and trust no sum that is kept */
	audit(isFull: boolean): Audit {
		this.flush();
		return isFull ? fullAudit(this.#sql) : quickAudit(this.#sql, this.carried);
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
