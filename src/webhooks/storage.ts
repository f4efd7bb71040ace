/**
 * The SQLite of one endpoint's object: the endpoint as one row, and its deliveries. The caller opens transactions.
 */
import { PRUNED_DELIVERIES } from "../limits.ts";
import type { EventType } from "./event.ts";
import type { Delivery, DeliveryStatus, Endpoint, EndpointReport } from "./rpc.ts";
import type { Health } from "./rules/delivery.ts";

/** Append only: `platform/migrate.ts` refuses a migration that was edited. */
export const ENDPOINT_MIGRATIONS: readonly string[] = [
	`
	CREATE TABLE endpoint (id INTEGER PRIMARY KEY CHECK (id = 1), json TEXT NOT NULL);
	CREATE TABLE deliveries (
		seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, subject TEXT NOT NULL, version INTEGER NOT NULL,
		body TEXT NOT NULL, status TEXT NOT NULL, attempts INTEGER NOT NULL, createdAtMs INTEGER NOT NULL, dueAtMs INTEGER,
		lastAttemptAtMs INTEGER, lastStatus INTEGER, lastError TEXT, endedAtMs INTEGER
	);
	CREATE INDEX deliveries_due ON deliveries (dueAtMs, seq) WHERE status = 'pending';
	-- What a newer state of the same stock replaces.
	CREATE INDEX deliveries_stock ON deliveries (subject) WHERE status = 'pending' AND type = 'stock.changed';
	CREATE INDEX deliveries_ended ON deliveries (endedAtMs) WHERE endedAtMs IS NOT NULL;
	CREATE INDEX deliveries_failed ON deliveries (seq) WHERE status = 'failed';
	`,
];

export interface StoredEndpoint extends Endpoint {
	readonly fingerprint: string;
	/** The revision that D1 is known to have. */
	readonly recordedRevision: number;
	readonly secret: string;
	/** The secret of its creation is answered to the same request again, until it is rotated. */
	readonly old: { readonly secret: string; readonly untilMs: number } | null;
	/** The request that made the present secret; null for its creation. */
	readonly rotationKey: string | null;
	readonly health: Health;
	readonly dropped: EndpointReport["dropped"];
	readonly prunedAtMs: number;
}

/** A delivery that is to be attempted. */
export interface DueDelivery {
	readonly seq: number;
	readonly id: string;
	readonly subject: string;
	readonly body: string;
	readonly attempts: number;
}

export interface NewDelivery {
	readonly id: string;
	readonly type: EventType;
	readonly subject: string;
	readonly version: number;
	readonly body: string;
}

const DELIVERY =
	"id, seq, type, subject, version, status, attempts, createdAtMs, dueAtMs, lastAttemptAtMs, lastStatus, lastError, endedAtMs";

export class EndpointStorage {
	readonly #sql: SqlStorage;
	/** Deliveries that wait; null when that is not known. */
	#waiting: number | null = null;

	constructor(sql: SqlStorage) {
		this.#sql = sql;
	}

	#rows<T>(query: string, ...bindings: SqlStorageValue[]): T[] {
		return this.#sql.exec(query, ...bindings).toArray() as T[];
	}

	load(): StoredEndpoint | null {
		const [row] = this.#rows<{ json: string }>("SELECT json FROM endpoint");
		return row === undefined ? null : (JSON.parse(row.json) as StoredEndpoint);
	}

	save(endpoint: StoredEndpoint): void {
		this.#sql.exec("INSERT OR REPLACE INTO endpoint (id, json) VALUES (1, ?)", JSON.stringify(endpoint));
	}

	/** Forgets what it counted: the transaction was undone. */
	forgetCounts(): void {
		this.#waiting = null;
	}

	// ---- Taking events

	/** The version in which an event was taken under this id; null when it was not, or long ago. */
	versionOf(id: string): number | null {
		return this.#rows<{ version: number }>("SELECT version FROM deliveries WHERE id = ?", id)[0]?.version ?? null;
	}

	add(delivery: NewDelivery, nowMs: number): void {
		const { id, type, subject, version, body } = delivery;
		const { rowsWritten } = this.#sql.exec(
			`INSERT OR IGNORE INTO deliveries (id, type, subject, version, body, status, attempts, createdAtMs, dueAtMs)
			VALUES (?, ?, ?, ?, ?, 'pending', 0, ?, ?)`,
			...[id, type, subject, version, body, nowMs, nowMs],
		);
		if (rowsWritten > 0 && this.#waiting !== null) this.#waiting += 1;
	}

	/** Removes what waits of an older state of this stock. @param except the delivery that is under way */
	removeOlderStock(subject: string, version: number, except: ReadonlySet<number>): void {
		const older = this.#rows<{ seq: number }>(
			`SELECT seq FROM deliveries INDEXED BY deliveries_stock
			WHERE status = 'pending' AND type = 'stock.changed' AND subject = ? AND version < ?`,
			subject,
			version,
		);
		for (const { seq } of older) {
			if (except.has(seq)) continue;
			this.#sql.exec("DELETE FROM deliveries WHERE seq = ?", seq);
			if (this.#waiting !== null) this.#waiting -= 1;
		}
	}

	// ---- Attempts

	/** Deliveries that are due, in the order in which they came to be. */
	due(nowMs: number, atMost: number): DueDelivery[] {
		return this.#rows(
			`SELECT seq, id, subject, body, attempts FROM deliveries
			WHERE status = 'pending' AND dueAtMs <= ? ORDER BY dueAtMs, seq LIMIT ?`,
			nowMs,
			atMost,
		);
	}

	/** The delivery with this id, while it waits; null for none. */
	pending(id: string): DueDelivery | null {
		const query = "SELECT seq, id, subject, body, attempts FROM deliveries WHERE id = ? AND status = 'pending'";
		return this.#rows<DueDelivery>(query, id)[0] ?? null;
	}

	/** When the next is due; null for none. */
	nextDueMs(): number | null {
		const query = "SELECT MIN(dueAtMs) AS at FROM deliveries WHERE status = 'pending'";
		return this.#rows<{ at: number | null }>(query)[0]?.at ?? null;
	}

	/** An attempt begins. Should this object die before its end is stored, it is due again then. */
	claim(seq: number, nowMs: number, dueAgainAtMs: number): void {
		this.#sql.exec(
			"UPDATE deliveries SET attempts = attempts + 1, lastAttemptAtMs = ?, dueAtMs = ? WHERE seq = ?",
			...[nowMs, dueAgainAtMs, seq],
		);
	}

	/** What came of an attempt. @param dueAtMs of the next one; null when it has ended */
	finish(
		seq: number,
		end: {
			readonly status: DeliveryStatus;
			readonly lastStatus: number | null;
			readonly lastError: string | null;
			readonly dueAtMs: number | null;
		},
		nowMs: number,
	): void {
		const endedAtMs = end.status === "pending" ? null : nowMs;
		// One that has failed meanwhile, with its endpoint, stays so.
		const { rowsWritten } = this.#sql.exec(
			`UPDATE deliveries SET status = ?, lastStatus = ?, lastError = ?, dueAtMs = ?, endedAtMs = ?
			WHERE seq = ? AND status = 'pending'`,
			...[end.status, end.lastStatus, end.lastError, end.dueAtMs, endedAtMs, seq],
		);
		if (rowsWritten > 0 && endedAtMs !== null && this.#waiting !== null) this.#waiting -= 1;
	}

	/** Everything that waits has failed: the endpoint is disabled. */
	failAll(nowMs: number): void {
		this.#sql.exec(
			"UPDATE deliveries SET status = 'failed', dueAtMs = NULL, endedAtMs = ? WHERE status = 'pending'",
			nowMs,
		);
		this.#waiting = 0;
	}

	/** The schedule of what waits begins now. */
	bringForward(nowMs: number): void {
		this.#sql.exec("UPDATE deliveries SET dueAtMs = ?1 WHERE status = 'pending' AND dueAtMs > ?1", nowMs);
	}

	// ---- Looking

	waiting(): number {
		this.#waiting ??=
			this.#rows<{ n: number }>(
				"SELECT COUNT(*) AS n FROM deliveries INDEXED BY deliveries_due WHERE status = 'pending'",
			)[0]?.n ?? 0;
		return this.#waiting;
	}

	failed(): number {
		const query = "SELECT COUNT(*) AS n FROM deliveries INDEXED BY deliveries_failed WHERE status = 'failed'";
		return this.#rows<{ n: number }>(query)[0]?.n ?? 0;
	}

	delivery(id: string): Delivery | null {
		return this.#rows<Delivery>(`SELECT ${DELIVERY} FROM deliveries WHERE id = ?`, id)[0] ?? null;
	}

	list(status: DeliveryStatus | null, beforeSeq: number | null, limit: number): Delivery[] {
		return this.#rows(
			`SELECT ${DELIVERY} FROM deliveries WHERE (?1 IS NULL OR status = ?1) AND seq < ?2 ORDER BY seq DESC LIMIT ?3`,
			...[status, beforeSeq ?? Number.MAX_SAFE_INTEGER, limit],
		);
	}

	// ---- Again, and no more

	/** Delivers one again from the beginning of its schedule. One that waits is only brought forward. */
	restart(id: string, nowMs: number): void {
		this.#sql.exec(
			`UPDATE deliveries SET attempts = IIF(status = 'pending', attempts, 0), status = 'pending', dueAtMs = ?1,
				endedAtMs = NULL WHERE id = ?2`,
			...[nowMs, id],
		);
		this.#waiting = null;
	}

	/** The same for all that were created since then and have ended. @returns how many */
	restartSince(sinceMs: number, nowMs: number): number {
		const restarted = this.#rows(
			`UPDATE deliveries SET status = 'pending', attempts = 0, dueAtMs = ?2, endedAtMs = NULL
			WHERE createdAtMs >= ?1 AND endedAtMs IS NOT NULL AND endedAtMs <= ?2 RETURNING seq`,
			...[sinceMs, nowMs],
		);
		this.#waiting = null;
		return restarted.length;
	}

	/** When the oldest of those ended that have ended; null for none. */
	oldestEndedAtMs(): number | null {
		const query = "SELECT MIN(endedAtMs) AS at FROM deliveries WHERE endedAtMs IS NOT NULL";
		return this.#rows<{ at: number | null }>(query)[0]?.at ?? null;
	}

	/** Takes what is personal out of the bodies about these orders and checkouts. */
	forgetAddresses(subjects: readonly string[]): void {
		this.#sql.exec(
			`UPDATE deliveries SET body = json_replace(body, '$.data.email', NULL, '$.data.shipTo', NULL,
				'$.data.metadata', json('{}')) WHERE subject IN (SELECT value FROM json_each(?))`,
			JSON.stringify(subjects),
		);
	}

	/** Removes deliveries that ended before then, and the oldest of those beyond `most`. */
	prune(beforeMs: number, most: number): void {
		this.#sql.exec(
			`DELETE FROM deliveries WHERE seq IN (SELECT seq FROM deliveries
				WHERE endedAtMs IS NOT NULL AND endedAtMs < ? ORDER BY endedAtMs LIMIT ?)`,
			...[beforeMs, PRUNED_DELIVERIES],
		);
		this.#sql.exec(
			`DELETE FROM deliveries WHERE seq IN (SELECT seq FROM deliveries
				WHERE endedAtMs IS NOT NULL ORDER BY endedAtMs DESC LIMIT ? OFFSET ?)`,
			...[PRUNED_DELIVERIES, most],
		);
	}
}
