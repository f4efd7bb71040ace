/**
 * What old rows add up to, carried forward: one row of sums for each kind, so that nothing has to read the whole past.
 *
 * - Rows that stay, and whose units count: sold reservations, filled and cancelled pre-orders, and pages of the journal
 *   with units that arrived or were counted. Their units are added to the sums, and the rows are marked as `carried`.
 *   Whoever changes such a row opens it again first (`reopen`), so that no unit is counted twice.
 * - Rows that go: reservations that ended without a sale, and pre-orders that were never paid. None of their units
 *   count. Once they are older than any payment that may still come, they are deleted, and only their number and units
 *   are kept. The journal keeps what happened to them.
 *
 * Invariant: the sums and the rows that are not `carried` add up to what all rows would. They are added from the rows
 * and never from the counters of the stock, which are held against them (`audit.ts`).
 */
import type { ReservationStatus } from "../rules/model.ts";

type CarriedKind =
	| Extract<ReservationStatus, "sold" | "released" | "expired" | "converted">
	| "preorder-filled"
	| "preorder-cancelled"
	| "received"
	| "adjusted";

/** Sums over rows of one kind. */
export interface CarriedSums {
	readonly rows: number;
	readonly quantity: number;
	readonly returned: number;
}

type OldRow = {
	readonly key: string | number;
	readonly kind: CarriedKind;
	readonly quantity: number;
	readonly returned: number;
};

const NOTHING: CarriedSums = { rows: 0, quantity: 0, returned: 0 };

/** Rows that stay: how those that are not carried yet are found, by an index of just those. */
const OPEN = {
	reservations:
		"SELECT id AS key, status AS kind, quantity, returned FROM reservations WHERE status = 'sold' AND carried = 0",
	preorders: `SELECT id AS key, 'preorder-' || status AS kind, quantity, returned FROM preorders
		WHERE carried = 0 AND status IN ('filled', 'cancelled')`,
} as const;
const OPEN_PAGES = `SELECT lastSeq AS key, received, adjusted FROM journal_pages
	WHERE carried = 0 AND (received <> 0 OR adjusted <> 0)`;

/** Rows that go, once they ended before the bound. */
const ENDED = {
	reservations: `SELECT id AS key, status AS kind, quantity, returned, endedAtMs FROM reservations
		WHERE endedAtMs IS NOT NULL AND status <> 'sold'`,
	preorders: `SELECT id AS key, 'preorder-cancelled' AS kind, quantity, returned, endedAtMs FROM preorders
		WHERE status = 'cancelled' AND version = 0`,
} as const;

const TABLES = ["reservations", "preorders"] as const;
type Table = (typeof TABLES)[number];

const ADD = `INSERT INTO carried (kind, rows, quantity, returned) VALUES (?, ?, ?, ?)
	ON CONFLICT (kind) DO UPDATE SET rows = rows + excluded.rows, quantity = quantity + excluded.quantity,
		returned = returned + excluded.returned`;
const KEYS = "(SELECT value FROM json_each(?))";

export class Carried {
	readonly #sql: SqlStorage;

	constructor(sql: SqlStorage) {
		this.#sql = sql;
	}

	sums(kind: CarriedKind): CarriedSums {
		const [row] = this.#sql
			.exec("SELECT rows, quantity, returned FROM carried WHERE kind = ?", kind)
			.toArray() as unknown as CarriedSums[];
		return row ?? NOTHING;
	}

	/**
	 * Carries or deletes as many old rows as one slice may. The caller opens the transaction.
	 * @param endedBeforeMs rows without a sale that ended before it are deleted
	 * @returns how many it was; fewer than `atMost` when none is left
	 */
	fold(endedBeforeMs: number, atMost: number): number {
		let left = atMost;
		for (const table of TABLES) left -= this.#carry(table, left);
		left -= this.#carryPages(left);
		for (const table of TABLES) left -= this.#delete(table, endedBeforeMs, left);
		return atMost - left;
	}

	/** Takes these rows out of the sums again, where they are in them: they are about to change. */
	reopen(table: Table, ids: readonly string[]): void {
		const keys = JSON.stringify(ids);
		const kind = table === "reservations" ? "status" : "'preorder-' || status";
		const rows = this.#rows(
			`SELECT id AS key, ${kind} AS kind, quantity, returned FROM ${table} WHERE id IN ${KEYS} AND carried = 1`,
			keys,
		);
		if (rows.length === 0) return;
		this.#add(rows, -1);
		this.#sql.exec(`UPDATE ${table} SET carried = 0 WHERE id IN ${KEYS}`, keys);
	}

	/** How many rows wait to be carried, counted no further than `atMost`. */
	countOpen(atMost: number): number {
		const queries = [...TABLES.map((table) => OPEN[table]), OPEN_PAGES];
		return queries.reduce((sum, query) => sum + this.#count(query, atMost), 0);
	}

	/**
	 * When the oldest row ended that is to be deleted one day; null when there are fewer than `atLeast`, which are not
	 * worth the work.
	 */
	oldestEndedAtMs(atLeast: number): number | null {
		const enough = TABLES.filter((table) => this.#count(ENDED[table], atLeast) === atLeast);
		const oldest = enough.flatMap((table) => {
			const query = `SELECT endedAtMs FROM (${ENDED[table]}) ORDER BY endedAtMs LIMIT 1`;
			return this.#sql.exec<{ endedAtMs: number }>(query).toArray();
		});
		return oldest.length === 0 ? null : Math.min(...oldest.map((row) => row.endedAtMs));
	}

	#rows(query: string, ...bindings: SqlStorageValue[]): OldRow[] {
		return this.#sql.exec(query, ...bindings).toArray() as unknown as OldRow[];
	}

	#count(query: string, atMost: number): number {
		const counted = `SELECT COUNT(*) AS rows FROM (SELECT 1 FROM (${query}) LIMIT ?)`;
		return this.#sql.exec<{ rows: number }>(counted, atMost).one().rows;
	}

	/** @param sign 1 to carry the rows, -1 to take them back */
	#add(rows: readonly Omit<OldRow, "key">[], sign: 1 | -1): void {
		const sums = new Map<CarriedKind, CarriedSums>();
		for (const { kind, quantity, returned } of rows) {
			const sum = sums.get(kind) ?? NOTHING;
			sums.set(kind, { rows: sum.rows + 1, quantity: sum.quantity + quantity, returned: sum.returned + returned });
		}
		for (const [kind, sum] of sums)
			this.#sql.exec(ADD, kind, sign * sum.rows, sign * sum.quantity, sign * sum.returned);
	}

	#carry(table: Table, atMost: number): number {
		if (atMost <= 0) return 0;
		const rows = this.#rows(`${OPEN[table]} LIMIT ?`, atMost);
		if (rows.length === 0) return 0;
		this.#add(rows, 1);
		this.#sql.exec(`UPDATE ${table} SET carried = 1 WHERE id IN ${KEYS}`, JSON.stringify(rows.map(({ key }) => key)));
		return rows.length;
	}

	#carryPages(atMost: number): number {
		if (atMost <= 0) return 0;
		const pages = this.#sql
			.exec<{ key: number; received: number; adjusted: number }>(`${OPEN_PAGES} LIMIT ?`, atMost)
			.toArray();
		if (pages.length === 0) return 0;
		this.#add(
			pages.flatMap(({ received, adjusted }) => [
				{ kind: "received", quantity: received, returned: 0 },
				{ kind: "adjusted", quantity: adjusted, returned: 0 },
			]),
			1,
		);
		const keys = JSON.stringify(pages.map(({ key }) => key));
		this.#sql.exec(`UPDATE journal_pages SET carried = 1 WHERE lastSeq IN ${KEYS}`, keys);
		return pages.length;
	}

	#delete(table: Table, endedBeforeMs: number, atMost: number): number {
		if (atMost <= 0) return 0;
		const query = `SELECT * FROM (${ENDED[table]}) WHERE endedAtMs < ? ORDER BY endedAtMs LIMIT ?`;
		const rows = this.#rows(query, endedBeforeMs, atMost);
		if (rows.length === 0) return 0;
		// Pre-orders of these were carried before: all cancelled ones are.
		if (table === "reservations") this.#add(rows, 1);
		this.#sql.exec(`DELETE FROM ${table} WHERE id IN ${KEYS}`, JSON.stringify(rows.map(({ key }) => key)));
		return rows.length;
	}
}
