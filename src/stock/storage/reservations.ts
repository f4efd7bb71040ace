/**
 * The reservations of one SKU: every statement that reads their table alone (`schema.ts`), and the columns by which
 * `buffered-table.ts` writes it. Statements that read it together with another table are in `sku-storage.ts`.
 *
 * Rows are never deleted: a late payment is judged by the reservation that ended. The caller opens the transaction.
 */
import type { Reservation, ReservationStatus } from "../rules/model.ts";
import { BufferedTable } from "./buffered-table.ts";

const COLUMNS =
	"id, shopperId, quantity, status, expiresAtMs, place, extensions, offered, checkoutId, returned, version, " +
	"createdAtMs, endedAtMs, heldUntilMs";

/** The newest reservation of each shopper in a JSON array: the live one, or else the one that was made last. */
const NEWEST = `SELECT ${COLUMNS} FROM reservations WHERE id IN (SELECT IFNULL(
	(SELECT id FROM reservations WHERE shopperId = shopper.value AND endedAtMs IS NULL),
	(SELECT id FROM reservations WHERE shopperId = shopper.value AND endedAtMs IS NOT NULL ORDER BY id DESC LIMIT 1))
	FROM json_each(?) AS shopper)`;

/** The newest reservation of one checkout, by way of its shopper: live or ended, since each of the two has an index. */
const NEWEST_OF_CHECKOUT = `SELECT ${COLUMNS} FROM reservations WHERE id = (SELECT MAX(id) FROM (
	SELECT id FROM reservations WHERE shopperId = ?1 AND checkoutId = ?2 AND endedAtMs IS NULL
	UNION ALL SELECT id FROM reservations WHERE shopperId = ?1 AND checkoutId = ?2 AND endedAtMs IS NOT NULL))`;

type Row = Omit<Reservation, "offered"> & { readonly offered: number };
const toReservation = (row: Row): Reservation => ({ ...row, offered: row.offered === 1 });

const toValues = (r: Reservation): SqlStorageValue[] => [
	...[r.id, r.shopperId, r.quantity, r.status, r.expiresAtMs, r.place, r.extensions, r.offered ? 1 : 0],
	...[r.checkoutId, r.returned, r.version, r.createdAtMs, r.endedAtMs, r.heldUntilMs],
];

export class Reservations {
	readonly #table: BufferedTable<Reservation>;
	/** What the table is known to say, so that it need not be read for each command; null when it is not known. */
	#waitlistLength: number | null = null;
	/** Infinity when nothing is due. */
	#nextDueMs: number | null = null;

	constructor(sql: SqlStorage) {
		this.#table = new BufferedTable(sql, "reservations", COLUMNS, toValues);
	}

	// ---- Writing

	/** Reservations that are saved and not stored yet. */
	get unsaved(): number {
		return this.#table.unsaved;
	}

	save(reservation: Reservation): void {
		this.#updateDerived(reservation);
		this.#table.save(reservation);
	}

	flush(): void {
		this.#table.flush();
	}

	/** Forgets what was saved and not stored: the transaction that was to store it was undone. */
	discard(): void {
		this.#waitlistLength = null;
		this.#nextDueMs = null;
		this.#table.discard();
	}

	/** The effect of a new row on both values is known. A changed row may have had an effect that it has no longer. */
	#updateDerived({ version, place, expiresAtMs }: Reservation): void {
		if (version > 1) {
			this.#waitlistLength = null;
			this.#nextDueMs = null;
			return;
		}
		if (place !== null && this.#waitlistLength !== null) this.#waitlistLength++;
		if (expiresAtMs !== null && this.#nextDueMs !== null) this.#nextDueMs = Math.min(this.#nextDueMs, expiresAtMs);
	}

	// ---- By owner

	/** The shopper's live reservation, or else the one that was made last. */
	ofShopper(shopperId: string): Reservation | null {
		return this.ofShoppers([shopperId]).get(shopperId) ?? null;
	}

	/** The same for many shoppers at once. A shopper who never had a reservation is left out. */
	ofShoppers(shopperIds: readonly string[]): Map<string, Reservation> {
		const rows = this.#table.rows<Row>(NEWEST, JSON.stringify(shopperIds));
		return new Map(rows.map((row) => [row.shopperId, toReservation(row)]));
	}

	/** The newest reservation that the checkout has pinned. */
	ofCheckout(shopperId: string, checkoutId: string): Reservation | null {
		const [row] = this.#table.rows<Row>(NEWEST_OF_CHECKOUT, shopperId, checkoutId);
		return row === undefined ? null : toReservation(row);
	}

	byId(id: string): Reservation | null {
		const [row] = this.#table.rows<Row>(`SELECT ${COLUMNS} FROM reservations WHERE id = ?`, id);
		return row === undefined ? null : toReservation(row);
	}

	// ---- By time

	/** Reservations whose time is up, in the order in which they ran out. */
	due(nowMs: number, atMost: number): Reservation[] {
		return this.#table
			.rows<Row>(
				`SELECT ${COLUMNS} FROM reservations WHERE expiresAtMs IS NOT NULL AND expiresAtMs <= ?
				ORDER BY expiresAtMs, id LIMIT ?`,
				nowMs,
				atMost,
			)
			.map(toReservation);
	}

	/** When the next hold or pin runs out, or the head of a stalled waitlist gets an offer; Infinity for never. */
	nextDueMs(): number {
		if (this.#nextDueMs === null) {
			const [row] = this.#table.rows<{ at: number | null }>(
				"SELECT MIN(expiresAtMs) AS at FROM reservations WHERE expiresAtMs IS NOT NULL",
			);
			this.#nextDueMs = row?.at ?? Number.POSITIVE_INFINITY;
		}
		return this.#nextDueMs;
	}

	// ---- The waitlist

	/** The first on the waitlist, from its head. */
	nextWaiting(atMost: number): Reservation[] {
		return this.#table
			.rows<Row>(`SELECT ${COLUMNS} FROM reservations WHERE place IS NOT NULL ORDER BY place LIMIT ?`, atMost)
			.map(toReservation);
	}

	/** Units that each waiting shopper wants, in the order in which they are served. */
	*waitingQuantities(): Generator<number> {
		const waiting = "SELECT quantity FROM reservations WHERE place IS NOT NULL ORDER BY place";
		for (const row of this.#table.query<{ quantity: number }>(waiting)) yield row.quantity;
	}

	/**
	 * How many shoppers wait, which is the position of the one who joined last. Counted once and then kept, so that
	 * joining costs the same however long the waitlist is.
	 */
	waitlistLength(): number {
		this.#waitlistLength ??= this.position(Number.MAX_SAFE_INTEGER);
		return this.#waitlistLength;
	}

	/** How many shoppers wait at or before `place`: 1 for the head. */
	position(place: number): number {
		const [row] = this.#table.rows<{ position: number }>(
			"SELECT COUNT(*) AS position FROM reservations WHERE place IS NOT NULL AND place <= ?",
			place,
		);
		return row?.position ?? 0;
	}

	// ---- Operations

	/** Holds that no checkout has pinned, newest first. */
	*newestHolds(): Generator<Reservation> {
		const rows = this.#table.rows<Row>(
			`SELECT ${COLUMNS} FROM reservations WHERE expiresAtMs IS NOT NULL AND status = 'held' ORDER BY id DESC`,
		);
		for (const row of rows) yield toReservation(row);
	}

	/** Reservations after the cursor, oldest first. @param status null for every status */
	list(status: ReservationStatus | null, afterId: string, limit: number): Reservation[] {
		return this.#table
			.rows<Row>(
				`SELECT ${COLUMNS} FROM reservations WHERE id > ? AND (?2 IS NULL OR status = ?2) ORDER BY id LIMIT ?3`,
				afterId,
				status,
				limit,
			)
			.map(toReservation);
	}

	/** Checkouts whose pins ran out here, newest first: each should have bought, or given its units back, before. */
	checkoutsOfLapsedPins(limit: number, skip = 0): string[] {
		return this.#table
			.rows<{ checkoutId: string }>(
				`SELECT checkoutId FROM reservations
				WHERE endedAtMs IS NOT NULL AND status = 'expired' AND checkoutId IS NOT NULL ORDER BY id DESC LIMIT ? OFFSET ?`,
				limit,
				skip,
			)
			.map((row) => row.checkoutId);
	}
}
