/**
 * The pre-orders of one SKU: every statement that reads or writes their table alone (`schema.ts`). Those that read it
 * together with another table are in `sku-storage.ts`.
 *
 * Rows of pre-orders that were paid are never deleted, those of others long after their end (`carried.ts`). The caller
 * opens the transaction.
 */
import type { Preorder } from "../rules/model.ts";
import { BufferedTable } from "./buffered-table.ts";
import type { Carried } from "./carried.ts";

const COLUMNS =
	"id, shopperId, checkoutId, quantity, status, expiresAtMs, expectedAtMs, termsVersion, returned, version, " +
	"createdAtMs, endedAtMs, refunded, attempt, replaces";

const toValues = (p: Preorder): SqlStorageValue[] => [
	...[p.id, p.shopperId, p.checkoutId, p.quantity, p.status, p.expiresAtMs, p.expectedAtMs, p.termsVersion],
	...[p.returned, p.version, p.createdAtMs, p.endedAtMs, p.refunded, p.attempt, p.replaces],
];

/** `isTold`: D1 had this version once, and so webhooks were told of it. 0 for false. */
export type Unrecorded = Preorder & { readonly isTold?: number };

export class Preorders {
	readonly #sql: SqlStorage;
	readonly #table: BufferedTable<Preorder>;
	/** What the table is known to say: Infinity when nothing is due, null when it is not known. */
	#nextDueMs: number | null = null;
	/** The first that is owed; null for none, undefined when it is not known. */
	#firstOwed: Preorder | null | undefined = undefined;

	constructor(sql: SqlStorage, carried: Carried) {
		this.#sql = sql;
		this.#table = new BufferedTable(sql, "preorders", COLUMNS, toValues, (rows) => {
			const ended = rows.filter(({ status }) => status === "filled" || status === "cancelled");
			if (ended.length > 0)
				carried.reopen(
					"preorders",
					ended.map(({ id }) => id),
				);
		});
	}

	// ---- Writing

	save(preorder: Preorder): void {
		this.#nextDueMs = null;
		this.#firstOwed = undefined;
		this.#table.save(preorder);
	}

	flush(): void {
		this.#table.flush();
	}

	/** Forgets what was saved and not stored: the transaction that was to store it was undone. */
	discard(): void {
		this.#nextDueMs = null;
		this.#firstOwed = undefined;
		this.#table.discard();
	}

	// ---- Reading

	/** The pre-order of the checkout: one that is not cancelled, or else the newest. */
	ofCheckout(shopperId: string, checkoutId: string): Preorder | null {
		const [row] = this.#table.rows<Preorder>(
			`SELECT ${COLUMNS} FROM preorders WHERE shopperId = ? AND checkoutId = ?
			ORDER BY status = 'cancelled', id DESC LIMIT 1`,
			shopperId,
			checkoutId,
		);
		return row ?? null;
	}

	/** Whether the shopper has a pre-order that is not paid yet. */
	hasPending(shopperId: string): boolean {
		const query = "SELECT 1 FROM preorders WHERE shopperId = ? AND status = 'pending' LIMIT 1";
		return this.#table.rows(query, shopperId).length > 0;
	}

	/** Unpaid pre-orders whose time is up, in the order in which they ran out. */
	due(nowMs: number, atMost: number): Preorder[] {
		return this.#table.rows<Preorder>(
			`SELECT ${COLUMNS} FROM preorders WHERE expiresAtMs IS NOT NULL AND expiresAtMs <= ?
			ORDER BY expiresAtMs, id LIMIT ?`,
			nowMs,
			atMost,
		);
	}

	/** When the next unpaid pre-order runs out; Infinity for never. */
	nextDueMs(): number {
		if (this.#nextDueMs === null) {
			const [row] = this.#table.rows<{ at: number | null }>(
				"SELECT MIN(expiresAtMs) AS at FROM preorders WHERE expiresAtMs IS NOT NULL",
			);
			this.#nextDueMs = row?.at ?? Number.POSITIVE_INFINITY;
		}
		return this.#nextDueMs;
	}

	/**
	 * Pre-orders that are owed, in the order in which they are filled. The first alone is read once and then kept, since
	 * it is asked for whenever units are free.
	 */
	nextOwed(atMost: number): Preorder[] {
		if (atMost !== 1) return this.#readOwed(atMost);
		if (this.#firstOwed === undefined) this.#firstOwed = this.#readOwed(1)[0] ?? null;
		return this.#firstOwed === null ? [] : [this.#firstOwed];
	}

	#readOwed(atMost: number): Preorder[] {
		const query = `SELECT ${COLUMNS} FROM preorders WHERE status = 'owed' ORDER BY id LIMIT ?`;
		return this.#table.rows<Preorder>(query, atMost);
	}

	/** Units that each owed pre-order still wants, in the order in which they are filled. */
	*owedQuantities(): Generator<number> {
		const owed = "SELECT quantity - returned AS units FROM preorders WHERE status = 'owed' ORDER BY id";
		for (const row of this.#table.query<{ units: number }>(owed)) yield row.units;
	}

	// ---- The outbox to D1 (`preorder-outbox.ts`)

	/** Pre-orders of which D1 is not known to have the current version, oldest first. */
	unrecorded(limit: number): Unrecorded[] {
		return this.#table.rows<Unrecorded>(
			`SELECT ${COLUMNS}, recordedVersion <= -version AS isTold FROM preorders WHERE recordedVersion < version ORDER BY id LIMIT ?`,
			limit,
		);
	}

	markRecorded(id: string, version: number): void {
		this.#sql.exec("UPDATE preorders SET recordedVersion = MAX(recordedVersion, ?) WHERE id = ?", version, id);
	}

	/**
	 * Makes paid pre-orders unrecorded, so that they are sent to D1 again. Below zero it stays known which version
	 * webhooks were told of.
	 * @param ids null for all of them
	 */
	forgetRecorded(ids: readonly string[] | null): void {
		const forget = "UPDATE preorders SET recordedVersion = -ABS(recordedVersion) WHERE version > 0";
		if (ids === null) this.#sql.exec(forget);
		else this.#sql.exec(`${forget} AND id IN (SELECT value FROM json_each(?))`, JSON.stringify(ids));
	}
}
