/**
 * The SQLite of one SKU's object: every statement that touches its tables (`migrations.ts`) but the journal's own (`journal.ts`).
 *
 * Rows are never deleted: a reservation that ended is what a late payment is judged by, and the sums over rows are what the
 * counters are held against (`audit`).
 *
 * What is saved is gathered and stored in few statements, always before anything is asked of the tables and at the latest
 * when the turn closes; so nobody can tell, but for the time it takes.
 *
 * Not here: any decision, any transaction. The caller holds the transaction.
 */
import { fromStored, type Product, type Stored, toStored } from "../../catalog/product.ts";
import { assert } from "../../platform/assert.ts";
import type { Change, Preorder, Reservation, ReservationStatus, Stock } from "../rules/model.ts";
import { EMPTY_STOCK } from "../rules/model.ts";
import { Journal, type JournalRow } from "./journal.ts";

const STOCK_COLUMNS = Object.keys(EMPTY_STOCK) as (keyof Stock)[];
const SAVE_STOCK = `INSERT OR REPLACE INTO stock (id, ${STOCK_COLUMNS}) VALUES (1, ${STOCK_COLUMNS.map(() => "?")})`;

const RESERVATION_COLUMNS =
	"id, shopperId, quantity, status, expiresAtMs, place, extensions, offered, checkoutId, returned, version, createdAtMs, endedAtMs, heldUntilMs";
const PREORDER_COLUMNS =
	"id, shopperId, checkoutId, quantity, status, expiresAtMs, expectedAtMs, termsVersion, returned, version, createdAtMs, endedAtMs";

/**
 * Stores rows that come as one JSON array of arrays: a statement for each would take longer than the storing. Materialized, or
 * each column of a row would look for its row anew.
 */
const upsert = (table: string, columns: string): string => {
	const values = columns.split(", ").map((_, index) => `row ->> ${index}`);
	// An upsert by id and not `INSERT OR REPLACE`, which would also delete whatever else stands in a unique index's way.
	return `WITH given AS MATERIALIZED (SELECT value AS row FROM json_each(?))
		INSERT INTO ${table} (${columns}) SELECT ${values} FROM given WHERE TRUE
		ON CONFLICT (id) DO UPDATE SET ${columns.replace(/\w+/g, "$& = excluded.$&")}`;
};

const SAVE_RESERVATIONS = upsert("reservations", RESERVATION_COLUMNS);
const SAVE_PREORDERS = upsert("preorders", PREORDER_COLUMNS);
/** So many rows are stored at once; some 200 kB, where a statement may carry 2 MB. */
const SAVE_AT_ONCE = 1_000;

/** The newest reservation of each shopper in a JSON array: the live one, or else the one that was made last. */
const NEWEST = `SELECT ${RESERVATION_COLUMNS} FROM reservations WHERE id IN (SELECT IFNULL(
	(SELECT id FROM reservations WHERE shopperId = asked.value AND endedAtMs IS NULL),
	(SELECT id FROM reservations WHERE shopperId = asked.value AND endedAtMs IS NOT NULL ORDER BY id DESC LIMIT 1))
	FROM json_each(?) AS asked)`;

/** The newest reservation of one checkout, by way of its shopper: live or ended, since each of the two has an index. */
const NEWEST_OF_CHECKOUT = `SELECT ${RESERVATION_COLUMNS} FROM reservations WHERE id = (SELECT MAX(id) FROM (
	SELECT id FROM reservations WHERE shopperId = ?1 AND checkoutId = ?2 AND endedAtMs IS NULL
	UNION ALL SELECT id FROM reservations WHERE shopperId = ?1 AND checkoutId = ?2 AND endedAtMs IS NOT NULL))`;

type ReservationRow = Omit<Reservation, "offered"> & { readonly offered: number };
const toReservation = (row: ReservationRow): Reservation => ({ ...row, offered: row.offered === 1 });

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
	readonly #sql: SqlStorage;
	/** What the tables are known to say, so that it need not be asked of them in each turn; null when it is not known. */
	#waitlistLength: number | null = null;
	#nextDueMs: number | null = null;
	/** Decided and not stored yet, in order: of two states of the same row the later one is stored last. */
	#reservations: Reservation[] = [];
	#preorders: Preorder[] = [];
	readonly #journal: Journal;

	constructor(sql: SqlStorage) {
		this.#sql = sql;
		this.#journal = new Journal(sql);
	}

	/** Every question goes through here, and so sees what was decided before it. Of the journal only `audit` and `journal` ask. */
	#query<T extends Record<string, SqlStorageValue>>(
		query: string,
		...bindings: SqlStorageValue[]
	): SqlStorageCursor<T> {
		this.#storeRows();
		return this.#sql.exec<T>(query, ...bindings);
	}

	#rows<T>(query: string, ...bindings: SqlStorageValue[]): T[] {
		return this.#query(query, ...bindings).toArray() as T[];
	}

	// ---- The one product and its counters

	product(): Product | null {
		const [row] = this.#rows<{ json: string }>("SELECT json FROM product");
		return row === undefined ? null : fromStored(JSON.parse(row.json) as Stored<Product>);
	}

	saveProduct(product: Product): void {
		this.#sql.exec("INSERT OR REPLACE INTO product (id, json) VALUES (1, ?)", JSON.stringify(toStored(product)));
	}

	stock(): Stock {
		const [row] = this.#rows<Stock>(`SELECT ${STOCK_COLUMNS} FROM stock`);
		return row ?? EMPTY_STOCK;
	}

	saveStock(stock: Stock): void {
		this.#sql.exec(SAVE_STOCK, ...STOCK_COLUMNS.map((column) => stock[column]));
	}

	// ---- Rows that a decision changed

	/**
	 * Takes all of a change but its counters, which a turn writes once at its end. It is stored with others in one statement:
	 * before the next question, or when the turn closes.
	 */
	save(change: Change, nowMs: number): void {
		for (const r of change.reservations) {
			this.#updateDerived(r);
			this.#reservations.push(r);
		}
		for (const p of change.preorders) {
			this.#nextDueMs = null;
			this.#preorders.push(p);
		}
		this.#journal.add(change.entries, nowMs);
		if (this.#journal.unsaved >= SAVE_AT_ONCE || this.#reservations.length >= SAVE_AT_ONCE) this.flush();
	}

	/** Stores what was taken by `save` and is not stored yet. */
	flush(): void {
		this.#storeRows();
		this.#journal.flush();
	}

	#storeRows(): void {
		const [reservations, preorders] = [this.#reservations, this.#preorders];
		if (reservations.length > 0) {
			this.#reservations = [];
			const rows = reservations.map((r) => [
				...[r.id, r.shopperId, r.quantity, r.status, r.expiresAtMs, r.place, r.extensions, r.offered ? 1 : 0],
				...[r.checkoutId, r.returned, r.version, r.createdAtMs, r.endedAtMs, r.heldUntilMs],
			]);
			this.#sql.exec(SAVE_RESERVATIONS, JSON.stringify(rows));
		}
		if (preorders.length > 0) {
			this.#preorders = [];
			const rows = preorders.map((p) => [
				...[p.id, p.shopperId, p.checkoutId, p.quantity, p.status, p.expiresAtMs, p.expectedAtMs, p.termsVersion],
				...[p.returned, p.version, p.createdAtMs, p.endedAtMs],
			]);
			this.#sql.exec(SAVE_PREORDERS, JSON.stringify(rows));
		}
	}

	// ---- Shoppers

	/** The shopper's live reservation, or else the one that ended last. */
	reservationOf(shopperId: string): Reservation | null {
		return this.reservationsOf([shopperId]).get(shopperId) ?? null;
	}

	/** The same for many shoppers at once; who never had any is left out. */
	reservationsOf(shopperIds: readonly string[]): Map<string, Reservation> {
		const rows = this.#rows<ReservationRow>(NEWEST, JSON.stringify(shopperIds));
		return new Map(rows.map((row) => [row.shopperId, toReservation(row)]));
	}

	reservation(id: string): Reservation | null {
		const [row] = this.#rows<ReservationRow>(`SELECT ${RESERVATION_COLUMNS} FROM reservations WHERE id = ?`, id);
		return row === undefined ? null : toReservation(row);
	}

	/** Units each shopper has bought (and kept) or pre-ordered, leaving out what `exceptCheckoutId` has. */
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
	rowsOfCheckout(
		shopperId: string,
		checkoutId: string,
	): { reservation: Reservation | null; preorder: Preorder | null } {
		const [reservation] = this.#rows<ReservationRow>(NEWEST_OF_CHECKOUT, shopperId, checkoutId);
		const [preorder] = this.#rows<Preorder>(
			`SELECT ${PREORDER_COLUMNS} FROM preorders WHERE shopperId = ? AND checkoutId = ? ORDER BY id DESC LIMIT 1`,
			shopperId,
			checkoutId,
		);
		return { reservation: reservation ? toReservation(reservation) : null, preorder: preorder ?? null };
	}

	// ---- Who is next

	dueReservations(nowMs: number, atMost: number): Reservation[] {
		return this.#rows<ReservationRow>(
			`SELECT ${RESERVATION_COLUMNS} FROM reservations WHERE expiresAtMs IS NOT NULL AND expiresAtMs <= ? ORDER BY expiresAtMs, id LIMIT ?`,
			nowMs,
			atMost,
		).map(toReservation);
	}

	duePreorders(nowMs: number, atMost: number): Preorder[] {
		return this.#rows<Preorder>(
			`SELECT ${PREORDER_COLUMNS} FROM preorders WHERE expiresAtMs IS NOT NULL AND expiresAtMs <= ? ORDER BY expiresAtMs, id LIMIT ?`,
			nowMs,
			atMost,
		);
	}

	/** When the next hold, pin, unpaid pre-order or head's patience runs out; null when none does. */
	nextDueMs(): number | null {
		this.#nextDueMs ??= this.#earliestDueMs() ?? Number.POSITIVE_INFINITY;
		return this.#nextDueMs === Number.POSITIVE_INFINITY ? null : this.#nextDueMs;
	}

	#earliestDueMs(): number | null {
		const [row] = this.#rows<{ at: number | null }>(
			`SELECT MIN(at) AS at FROM (
				SELECT MIN(expiresAtMs) AS at FROM reservations WHERE expiresAtMs IS NOT NULL
				UNION ALL SELECT MIN(expiresAtMs) FROM preorders WHERE expiresAtMs IS NOT NULL)`,
		);
		return row?.at ?? null;
	}

	/** Pre-orders that are owed, in the order in which they are served. */
	nextOwed(atMost: number): Preorder[] {
		const query = `SELECT ${PREORDER_COLUMNS} FROM preorders WHERE status = 'owed' ORDER BY id LIMIT ?`;
		return this.#rows<Preorder>(query, atMost);
	}

	/** The line, from its head. */
	nextWaiting(atMost: number): Reservation[] {
		return this.#rows<ReservationRow>(
			`SELECT ${RESERVATION_COLUMNS} FROM reservations WHERE place IS NOT NULL ORDER BY place LIMIT ?`,
			atMost,
		).map(toReservation);
	}

	/** Units that each owed pre-order still wants, in the order in which they are served. */
	*owedQuantities(): Generator<number> {
		const owed = "SELECT quantity - returned AS units FROM preorders WHERE status = 'owed' ORDER BY id";
		for (const row of this.#query<{ units: number }>(owed)) yield row.units;
	}

	/** Units that each waiting shopper wants, in the order in which they are served. */
	*waitingQuantities(): Generator<number> {
		const line = "SELECT quantity FROM reservations WHERE place IS NOT NULL ORDER BY place";
		for (const row of this.#query<{ quantity: number }>(line)) yield row.quantity;
	}

	/**
	 * How many shoppers wait, which is the place of who joined last. Counted once and then kept, so that joining costs the
	 * same however long the line is.
	 */
	waitlistLength(): number {
		this.#waitlistLength ??= this.position(Number.MAX_SAFE_INTEGER);
		return this.#waitlistLength;
	}

	/** What a new row means for the line and for what is due next is known; a changed one may have left either. */
	#updateDerived({ version, place, expiresAtMs }: Reservation): void {
		if (version > 1) {
			this.#waitlistLength = null;
			this.#nextDueMs = null;
			return;
		}
		if (place !== null && this.#waitlistLength !== null) this.#waitlistLength++;
		if (expiresAtMs !== null && this.#nextDueMs !== null) this.#nextDueMs = Math.min(this.#nextDueMs, expiresAtMs);
	}

	/** What was kept of rows is void: the transaction that was to store them was undone. */
	discardBuffer(): void {
		this.#waitlistLength = null;
		this.#nextDueMs = null;
		this.#reservations = [];
		this.#preorders = [];
		this.#journal.discard();
	}

	/** How many shoppers stand at or before `place`. */
	position(place: number): number {
		const [row] = this.#rows<{ ahead: number }>(
			"SELECT COUNT(*) AS ahead FROM reservations WHERE place IS NOT NULL AND place <= ?",
			place,
		);
		return row?.ahead ?? 0;
	}

	/** Holds (not pinned to a checkout), newest first. */
	*newestHolds(): Generator<Reservation> {
		const rows = this.#rows<ReservationRow>(
			`SELECT ${RESERVATION_COLUMNS} FROM reservations WHERE expiresAtMs IS NOT NULL AND status = 'held' ORDER BY id DESC`,
		);
		for (const row of rows) yield toReservation(row);
	}

	// ---- The merchant's view

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
		assert(row !== undefined, "an aggregate always answers a row");
		return row;
	}

	// ---- The outbox: pre-orders that D1 has yet to hear of

	unrecordedPreorders(limit: number): Preorder[] {
		return this.#rows<Preorder>(
			`SELECT ${PREORDER_COLUMNS} FROM preorders WHERE recordedVersion < version ORDER BY id LIMIT ?`,
			limit,
		);
	}

	markRecorded(id: string, version: number): void {
		this.#sql.exec("UPDATE preorders SET recordedVersion = MAX(recordedVersion, ?) WHERE id = ?", version, id);
	}

	/** As if D1 had never heard of any. */
	forgetRecorded(): void {
		this.#sql.exec("UPDATE preorders SET recordedVersion = 0 WHERE version > 0");
	}

	/** Checkouts that bought units here, in order of their ids. */
	checkoutsAfter(checkoutId: string, limit: number): string[] {
		return this.#rows<{ checkoutId: string }>(
			`SELECT checkoutId FROM (
				SELECT checkoutId FROM reservations WHERE status = 'sold'
				UNION SELECT checkoutId FROM preorders WHERE version > 0)
			WHERE checkoutId > ? ORDER BY checkoutId LIMIT ?`,
			checkoutId,
			limit,
		).map((row) => row.checkoutId);
	}

	/** Checkouts whose pins ran out here: they should have let go, or bought, before. */
	checkoutsOfLapsedPins(limit: number): string[] {
		return this.#rows<{ checkoutId: string }>(
			`SELECT checkoutId FROM reservations WHERE endedAtMs IS NOT NULL AND status = 'expired' AND checkoutId IS NOT NULL
			ORDER BY id DESC LIMIT ?`,
			limit,
		).map((row) => row.checkoutId);
	}

	/** Reservations after the cursor, oldest first. */
	listReservations(status: ReservationStatus | null, afterId: string, limit: number): Reservation[] {
		return this.#rows<ReservationRow>(
			`SELECT ${RESERVATION_COLUMNS} FROM reservations WHERE id > ? AND (?2 IS NULL OR status = ?2) ORDER BY id LIMIT ?3`,
			afterId,
			status,
			limit,
		).map(toReservation);
	}

	/** Entries after the cursor, oldest first. */
	journal(afterSeq: number, limit: number): JournalRow[] {
		this.flush();
		return this.#journal.page(afterSeq, limit);
	}

	// ---- Answers to repeated requests

	receipt(key: string): { fingerprint: string; answer: string } | null {
		return (
			this.#rows<{ fingerprint: string; answer: string }>(
				"SELECT fingerprint, answer FROM receipts WHERE key = ?",
				key,
			)[0] ?? null
		);
	}

	saveReceipt(key: string, fingerprint: string, answer: string): void {
		this.#sql.exec("INSERT INTO receipts (key, fingerprint, answer) VALUES (?, ?, ?)", key, fingerprint, answer);
	}
}
