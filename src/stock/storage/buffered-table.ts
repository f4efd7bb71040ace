/**
 * One table of a SKU's object whose writes are buffered: saved rows are stored together in one statement, since a
 * statement for each row would take longer than the storing.
 *
 * Invariant: a read sees every row that was saved before it, because it stores the buffer first. Statements that read
 * two tables are in `sku-storage.ts`, which flushes both.
 */

export class BufferedTable<Row> {
	readonly #sql: SqlStorage;
	readonly #upsert: string;
	readonly #toValues: (row: Row) => SqlStorageValue[];
	readonly #beforeStoring: (rows: readonly Row[]) => void;
	/** Saved and not stored yet, in order: of two states of the same row the later one is stored last. */
	#unsaved: Row[] = [];

	/**
	 * @param columns names separated by ", "; `id` is the key
	 * @param toValues the values of a row in the order of `columns`
	 * @param beforeStoring called with the rows that are stored next
	 */
	constructor(
		sql: SqlStorage,
		name: string,
		columns: string,
		toValues: (row: Row) => SqlStorageValue[],
		beforeStoring: (rows: readonly Row[]) => void,
	) {
		this.#sql = sql;
		this.#upsert = upsert(name, columns);
		this.#toValues = toValues;
		this.#beforeStoring = beforeStoring;
	}

	/** Rows that are saved and not stored yet. */
	get unsaved(): number {
		return this.#unsaved.length;
	}

	save(row: Row): void {
		this.#unsaved.push(row);
	}

	/** Stores the buffer. The caller opens the transaction. */
	flush(): void {
		if (this.#unsaved.length === 0) return;
		const rows = this.#unsaved;
		this.#unsaved = [];
		this.#beforeStoring(rows);
		this.#sql.exec(this.#upsert, JSON.stringify(rows.map(this.#toValues)));
	}

	/** Forgets the buffer: the transaction that was to store it was undone. */
	discard(): void {
		this.#unsaved = [];
	}

	query<T extends Record<string, SqlStorageValue>>(query: string, ...bindings: SqlStorageValue[]): SqlStorageCursor<T> {
		this.flush();
		return this.#sql.exec<T>(query, ...bindings);
	}

	rows<T>(query: string, ...bindings: SqlStorageValue[]): T[] {
		return this.query(query, ...bindings).toArray() as T[];
	}
}

/**
 * Stores rows that come as one JSON array of arrays. The input is materialized, or each column of a row would look for
 * its row anew.
 */
function upsert(table: string, columns: string): string {
	const values = columns.split(", ").map((_, index) => `row ->> ${index}`);
	// An upsert by id and not `INSERT OR REPLACE`, which would also delete any row that stands in a unique index's way.
	return `WITH input AS MATERIALIZED (SELECT value AS row FROM json_each(?))
		INSERT INTO ${table} (${columns}) SELECT ${values} FROM input WHERE TRUE
		ON CONFLICT (id) DO UPDATE SET ${columns.replace(/\w+/g, "$& = excluded.$&")}`;
}
