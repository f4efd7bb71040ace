/**
 * Counts the rows that an object writes, as they are billed: rows of tables and of indexes, and one for each alarm set
 * (https://developers.cloudflare.com/durable-objects/platform/pricing/#sqlite-storage-backend).
 */
export class Counted {
	#cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];
	#written = 0;
	#read = 0;

	/** @param storage of an object that is counted and not timed: from here on each of its statements is looked at */
	constructor(storage: DurableObjectStorage) {
		const { sql } = storage;
		const exec = sql.exec.bind(sql);
		const setAlarm = storage.setAlarm.bind(storage);
		sql.exec = ((query: string, ...bindings: unknown[]) => {
			const cursor = exec(query, ...bindings);
			this.#cursors.push(cursor);
			return cursor;
		}) as SqlStorage["exec"];
		storage.setAlarm = (atMs: number | Date) => {
			this.#written += 1;
			return setAlarm(atMs);
		};
	}

	rows(): { readonly written: number; readonly read: number } {
		for (const { rowsWritten, rowsRead } of this.#cursors) {
			this.#written += rowsWritten;
			this.#read += rowsRead;
		}
		this.#cursors = [];
		return { written: this.#written, read: this.#read };
	}
}
