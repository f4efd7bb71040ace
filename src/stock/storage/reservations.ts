/**
 * The reservations of one SKU: every statement that reads their table alone (`schema.ts`), and the columns by which
 * `buffered-table.ts` writes it. Statements that read it together with another table are in `sku-storage.ts`.
 *
 * Rows of what was sold are never deleted, and others long after their end (`carried.ts`): a late payment is judged by
 * the reservation that ended. The caller opens the transaction.
 */
import { PLACES_COUNTED } from "../../limits.ts";
import type { Head } from "../rules/allocate.ts";
import { isLiveStatus, type Pin, type Reservation, type ReservationStatus } from "../rules/model.ts";
import { BufferedTable } from "./buffered-table.ts";
import type { Carried } from "./carried.ts";

const COLUMNS =
	"id, shopperId, quantity, status, expiresAtMs, place, extensions, offered, checkoutId, returned, version, " +
	"createdAtMs, endedAtMs, heldUntilMs, pin, heldSinceMs, refunded, absent";

/** The newest reservation of each shopper in a JSON array: the live one, or else the one that was made last. */
const NEWEST = `SELECT ${COLUMNS} FROM reservations WHERE id IN (SELECT IFNULL(
	(SELECT id FROM reservations WHERE shopperId = shopper.value AND endedAtMs IS NULL),
	(SELECT id FROM reservations WHERE shopperId = shopper.value AND endedAtMs IS NOT NULL ORDER BY id DESC LIMIT 1))
	FROM json_each(?) AS shopper)`;

/**
 * The reservation of one checkout, by way of its shopper: what it bought, or else what it has pinned, or else what it
 * had last. Ids are by the clock, which may be behind on another machine, so they decide among ended ones only.
 */
const ENDED_OF_CHECKOUT = "shopperId = ?1 AND checkoutId = ?2 AND endedAtMs IS NOT NULL";
const OF_CHECKOUT = `SELECT ${COLUMNS} FROM reservations WHERE id = COALESCE(
	(SELECT id FROM reservations WHERE ${ENDED_OF_CHECKOUT} AND status = 'sold' ORDER BY id DESC LIMIT 1),
	(SELECT id FROM reservations WHERE shopperId = ?1 AND checkoutId = ?2 AND endedAtMs IS NULL),
	(SELECT id FROM reservations WHERE ${ENDED_OF_CHECKOUT} ORDER BY id DESC LIMIT 1))`;

/** Whether a reservation was nothing but what a checkout took, which ended without a sale. */
const isOnlyPin = (r: Reservation): boolean =>
	(r.status === "released" || r.status === "expired") && r.checkoutId !== null && r.heldUntilMs === null;
const NEWEST_BUT_PINS = `SELECT ${COLUMNS} FROM reservations WHERE shopperId = ? AND endedAtMs IS NOT NULL
	AND NOT (status IN ('released', 'expired') AND checkoutId IS NOT NULL AND heldUntilMs IS NULL)
	ORDER BY id DESC LIMIT 1`;

type Row = Omit<Reservation, "offered" | "absent" | "pin"> & {
	readonly offered: number;
	readonly absent: number;
	readonly pin: string | null;
};
const toReservation = (row: Row): Reservation => ({
	...row,
	offered: row.offered === 1,
	absent: row.absent === 1,
	pin: row.pin === null ? null : (JSON.parse(row.pin) as Pin),
});

const toValues = (r: Reservation): SqlStorageValue[] => [
	...[r.id, r.shopperId, r.quantity, r.status, r.expiresAtMs, r.place, r.extensions, r.offered ? 1 : 0],
	...[r.checkoutId, r.returned, r.version, r.createdAtMs, r.endedAtMs, r.heldUntilMs],
	...[r.pin && JSON.stringify(r.pin), r.heldSinceMs, r.refunded, r.absent ? 1 : 0],
];

export class Reservations {
	readonly #table: BufferedTable<Reservation>;
	/** What the table is known to say, so that it need not be read for each command; null when it is not known. */
	#waitlistLength: number | null = null;
	/** Infinity when nothing is due. */
	#nextDueMs: number | null = null;
	/** The head of the waitlist; null for none, undefined when it is not known. */
	#head: Reservation | null | undefined = undefined;

	constructor(sql: SqlStorage, carried: Carried) {
		this.#table = new BufferedTable(sql, "reservations", COLUMNS, toValues, (rows) => {
			const sold = rows.filter(({ status }) => status === "sold");
			if (sold.length > 0)
				carried.reopen(
					"reservations",
					sold.map(({ id }) => id),
				);
		});
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

	/** So many shoppers joined the waitlist, or left it if negative; null when that is not known. */
	waitlistGrew(shoppers: number | null): void {
		if (this.#waitlistLength !== null)
			this.#waitlistLength = shoppers === null ? null : this.#waitlistLength + shoppers;
	}

	flush(): void {
		this.#table.flush();
	}

	/** Forgets what was saved and not stored: the transaction that was to store it was undone. */
	discard(): void {
		this.#waitlistLength = null;
		this.#nextDueMs = null;
		this.#head = undefined;
		this.#table.discard();
	}

	#updateDerived(reservation: Reservation): void {
		const { id, version, place, expiresAtMs } = reservation;
		// A new row's time is known to be one more. A changed row may have had one that it has no longer.
		if (version > 1) this.#nextDueMs = null;
		else if (expiresAtMs !== null && this.#nextDueMs !== null) this.#nextDueMs = Math.min(this.#nextDueMs, expiresAtMs);
		if (this.#head === undefined) return;
		const first = this.#head?.place ?? Number.POSITIVE_INFINITY;
		if (place !== null && place <= first) this.#head = reservation;
		else if (id === this.#head?.id) this.#head = undefined;
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

	/**
	 * What the shopper is shown: as `ofShopper`, without what a checkout took and gave back. A checkout that failed leaves
	 * no trace.
	 */
	shownTo(shopperId: string): Reservation | null {
		const newest = this.ofShopper(shopperId);
		if (newest === null || !isOnlyPin(newest)) return newest;
		const [row] = this.#table.rows<Row>(NEWEST_BUT_PINS, shopperId);
		return row === undefined ? null : toReservation(row);
	}

	/** The same for many shoppers at once. */
	shownToMany(shopperIds: readonly string[]): Map<string, Reservation> {
		const newest = this.ofShoppers(shopperIds);
		for (const [shopperId, reservation] of newest) {
			const shown = isOnlyPin(reservation) ? this.shownTo(shopperId) : reservation;
			if (shown === null) newest.delete(shopperId);
			else newest.set(shopperId, shown);
		}
		return newest;
	}

	/** What the checkout bought here, or has pinned, or had last. */
	ofCheckout(shopperId: string, checkoutId: string): Reservation | null {
		const [row] = this.#table.rows<Row>(OF_CHECKOUT, shopperId, checkoutId);
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

	/**
	 * The first on the waitlist, from its head. The head alone is read once and then kept, since it is asked for whenever
	 * units are free.
	 */
	nextWaiting(atMost: number): Reservation[] {
		if (atMost !== 1) return this.#readWaiting(atMost);
		if (this.#head === undefined) this.#head = this.#readWaiting(1)[0] ?? null;
		return this.#head === null ? [] : [this.#head];
	}

	#readWaiting(atMost: number): Reservation[] {
		return this.#table
			.rows<Row>(`SELECT ${COLUMNS} FROM reservations WHERE place IS NOT NULL ORDER BY place LIMIT ?`, atMost)
			.map(toReservation);
	}

	/** Everybody on the waitlist, in the order in which they are served. */
	*waitlist(): Generator<Head> {
		yield* this.#table.query<Pick<Row, "quantity" | "place">>(
			"SELECT quantity, place FROM reservations WHERE place IS NOT NULL ORDER BY place",
		);
	}

	/**
	 * How many shoppers wait, which is the position of the one who joined last. Counted once and then kept, so that
	 * joining costs the same however long the waitlist is.
	 */
	waitlistLength(): number {
		this.#waitlistLength ??= this.#countPlaces("<=", Number.MAX_SAFE_INTEGER);
		return this.#waitlistLength;
	}

	/**
	 * How many shoppers wait at or before `place`: 1 for the head. @param lastPlace the last that was given to anybody.
	 * Whoever is near the end is counted from there, so that nobody counts a long waitlist who has only joined it.
	 */
	position(place: number, lastPlace: number): number {
		if (lastPlace - place >= PLACES_COUNTED) return this.#countPlaces("<=", place);
		return this.waitlistLength() - (place === lastPlace ? 0 : this.#countPlaces(">", place));
	}

	#countPlaces(side: "<=" | ">", place: number): number {
		const query = `SELECT COUNT(*) AS places FROM reservations WHERE place IS NOT NULL AND place ${side} ?`;
		return this.#table.rows<{ places: number }>(query, place)[0]?.places ?? 0;
	}

	/** The positions of so many who are nearest to the head of the waitlist, and to its end, by place. */
	positionsAtEnds(atMost: number): Map<number, number> {
		const places = (order: "ASC" | "DESC"): { place: number }[] =>
			this.#table.rows(
				`SELECT place FROM reservations WHERE place IS NOT NULL ORDER BY place ${order} LIMIT ?`,
				atMost,
			);
		const positions = new Map(places("ASC").map(({ place }, index) => [place, index + 1]));
		const length = this.waitlistLength();
		if (positions.size < length)
			for (const [i, { place }] of places("DESC").entries()) positions.set(place, length - i);
		return positions;
	}

	/** Who waits, from the head. */
	firstWaiting(atMost: number): string[] {
		const query = "SELECT shopperId FROM reservations WHERE place IS NOT NULL ORDER BY place LIMIT ?";
		return this.#table.rows<{ shopperId: string }>(query, atMost).map((row) => row.shopperId);
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
		// The live ones are few beside those that ended, so they are sorted rather than looked for among all.
		const [index, isLive] =
			status !== null && isLiveStatus(status) ? ["INDEXED BY reservations_live", "endedAtMs IS NULL"] : ["", "TRUE"];
		return this.#table
			.rows<Row>(
				`SELECT ${COLUMNS} FROM reservations ${index}
				WHERE id > ?1 AND (?2 IS NULL OR status = ?2) AND ${isLive} ORDER BY id LIMIT ?3`,
				afterId,
				status,
				limit,
			)
			.map(toReservation);
	}
}
