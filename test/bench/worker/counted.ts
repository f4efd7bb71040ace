/**
 * Counts what Cloudflare would bill: calls of objects, rows that they write and read, messages to the queue.
 *
 * Rows are counted as they are billed: those of tables and of indexes, and one for each alarm that is set
 * and each value that is put (https://developers.cloudflare.com/durable-objects/platform/pricing/#sqlite-storage-backend).
 */
export interface Operations {
	objectRequests: number;
	rowsWritten: number;
	rowsRead: number;
	queueMessages: number;
}

const NONE: Operations = { objectRequests: 0, rowsWritten: 0, rowsRead: 0, queueMessages: 0 };

export const operations: Operations = { ...NONE };
let cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];

/** What has been counted since the last time. */
export function takeOperations(): Operations {
	for (const { rowsWritten, rowsRead } of cursors) {
		operations.rowsWritten += rowsWritten;
		operations.rowsRead += rowsRead;
	}
	cursors = [];
	const taken = { ...operations };
	Object.assign(operations, NONE);
	return taken;
}

/** From here on each statement of this object is looked at. It is not to be timed any more. */
export function countRows(storage: DurableObjectStorage): void {
	const { sql } = storage;
	const exec = sql.exec.bind(sql);
	const setAlarm = storage.setAlarm.bind(storage);
	sql.exec = ((query: string, ...bindings: unknown[]) => {
		const cursor = exec(query, ...bindings);
		cursors.push(cursor);
		return cursor;
	}) as SqlStorage["exec"];
	const put = storage.kv.put.bind(storage.kv);
	storage.kv.put = (key, value) => {
		operations.rowsWritten += 1;
		put(key, value);
	};
	storage.setAlarm = (atMs: number | Date) => {
		operations.rowsWritten += 1;
		return setAlarm(atMs);
	};
}

/** Each call of an object of this class, alarms included, is counted; its methods are those of the class it extends. */
export function countCalls(counted: { readonly prototype: object }): void {
	const { prototype } = counted;
	const product = Object.getPrototypeOf(prototype) as object;
	for (const name of Object.getOwnPropertyNames(product)) {
		const method: unknown = Reflect.get(prototype, name);
		if (name === "constructor" || typeof method !== "function") continue;
		const value = function (this: unknown, ...args: unknown[]): unknown {
			operations.objectRequests += 1;
			return method.apply(this, args);
		};
		Object.defineProperty(prototype, name, { value, configurable: true, writable: true });
	}
}
