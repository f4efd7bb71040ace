/**
 * Counts what Cloudflare bills: calls of objects, rows that they write and read, messages to the queue.
 *
 * Rows are counted as they are billed: those of tables and indexes, and one for each alarm that is set and each value
 * that is put (https://developers.cloudflare.com/durable-objects/platform/pricing/#sqlite-storage-backend).
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

/** @returns the counts since the last call */
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

/** Counts the rows of every statement from now on. That takes time: do not time this object. */
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

/** Counts every call of an object of this class, including alarms: of each method of the class that it extends. */
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
