/** What is told to webhooks of one SKU: who listened last, what they were told, and what they are still to be told. */
import type { EventType } from "../../webhooks/event.ts";

export interface Told {
	/** The types of events that somebody listened to when that was last known. */
	readonly audience: readonly EventType[];
	readonly version: number;
	readonly isSoldOut: boolean;
}

/** A reservation that was promoted or ran out, as it was then. */
export interface UntoldReservation {
	readonly seq: number;
	readonly type: EventType;
	readonly atMs: number;
	readonly data: Readonly<Record<string, unknown>> & { readonly id: string; readonly version: number };
}

export class News {
	readonly #sql: SqlStorage;

	constructor(sql: SqlStorage) {
		this.#sql = sql;
	}

	/** Null while nobody has ever listened: then nothing is stored. */
	told(): Told | null {
		const [row] = this.#sql
			.exec<{ audience: string; toldVersion: number; toldSoldOut: number }>("SELECT * FROM news")
			.toArray();
		if (row === undefined) return null;
		const audience = JSON.parse(row.audience) as EventType[];
		return { audience, version: row.toldVersion, isSoldOut: row.toldSoldOut === 1 };
	}

	saveTold({ audience, version, isSoldOut }: Told): void {
		this.#sql.exec(
			"INSERT OR REPLACE INTO news (id, audience, toldVersion, toldSoldOut) VALUES (1, ?, ?, ?)",
			JSON.stringify(audience),
			version,
			isSoldOut ? 1 : 0,
		);
	}

	add(reservations: readonly UntoldReservation[]): void {
		this.#sql.exec(
			`INSERT OR IGNORE INTO news_reservations (seq, type, atMs, data)
			SELECT value ->> 'seq', value ->> 'type', value ->> 'atMs', value -> 'data' FROM json_each(?)`,
			JSON.stringify(reservations),
		);
	}

	/** Reservations that are still to be told, after the cursor, oldest first. */
	reservations(afterSeq: number, limit: number): UntoldReservation[] {
		return this.#sql
			.exec<{ seq: number; type: EventType; atMs: number; data: string }>(
				"SELECT seq, type, atMs, data FROM news_reservations WHERE seq > ? ORDER BY seq LIMIT ?",
				afterSeq,
				limit,
			)
			.toArray()
			.map(({ data, ...row }) => ({ ...row, data: JSON.parse(data) as UntoldReservation["data"] }));
	}

	removeReservations(upToSeq: number): void {
		this.#sql.exec("DELETE FROM news_reservations WHERE seq <= ?", upToSeq);
	}
}
