/**
 * The ledger of what objects do: each request to the Worker, call of an object, commit, alarm and message, in the order in
 * which it began.
 *
 * A commit is what an object writes before it lets go of its thread: the runtime stores all of it at once, and lets
 * nothing leave the object before that is stored
 * (https://developers.cloudflare.com/durable-objects/reference/in-memory-state/). So it begins with the first write, and
 * ends when the runtime says that nothing is left to store.
 */
import type { Entry } from "../ledger-entry.ts";

type Mutable = { -readonly [K in keyof Entry]: Entry[K] };
type Cursor = SqlStorageCursor<Record<string, SqlStorageValue>>;

let entries: Mutable[] = [];
let cursors: { readonly commit: Mutable; readonly cursor: Cursor }[] = [];

/** @returns what was entered since the last call */
export function takeEntries(): readonly Entry[] {
	for (const { commit, cursor } of cursors) commit.rows += cursor.rowsWritten;
	const taken = entries;
	entries = [];
	cursors = [];
	return taken;
}

export function enter(kind: Entry["kind"], of: string, what: string): void {
	entries.push({ kind, of, what, rows: 0 });
}

/** Enters every commit and alarm of this object from now on. */
export function enterStorage(storage: DurableObjectStorage, of: string): void {
	let open: Mutable | null = null;
	const commit = (): Mutable => {
		if (open !== null) return open;
		const begun: Mutable = { kind: "commit", of, what: "", rows: 0 };
		open = begun;
		entries.push(begun);
		storage.sync().finally(() => {
			open = null;
		});
		return begun;
	};
	const { sql, kv } = storage;
	const exec = sql.exec.bind(sql);
	sql.exec = ((query: string, ...bindings: unknown[]) => {
		const cursor = exec(query, ...bindings);
		if (!/^\s*SELECT/i.test(query) || cursor.rowsWritten > 0) cursors.push({ commit: commit(), cursor });
		return cursor;
	}) as SqlStorage["exec"];
	const put = kv.put.bind(kv);
	kv.put = (key, value) => {
		commit().rows += 1;
		put(key, value);
	};
	const setAlarm = storage.setAlarm.bind(storage);
	storage.setAlarm = (atMs: number | Date) => {
		commit().rows += 1;
		enter("alarm", of, `in ${Math.round((Number(atMs) - Date.now()) / 1000)} s`);
		return setAlarm(atMs);
	};
	const deleteAlarm = storage.deleteAlarm.bind(storage);
	storage.deleteAlarm = () => {
		commit();
		enter("alarm", of, "none");
		return deleteAlarm();
	};
	const deleteAll = storage.deleteAll.bind(storage);
	storage.deleteAll = () => {
		commit();
		return deleteAll();
	};
}

/** Enters every call of an object of this class, alarms among them: of each method of the class that it extends. */
export function enterCalls(entered: { readonly prototype: object }, of: string): void {
	const { prototype } = entered;
	const product = Object.getPrototypeOf(prototype) as object;
	for (const name of Object.getOwnPropertyNames(product)) {
		const method: unknown = Reflect.get(prototype, name);
		if (name === "constructor" || typeof method !== "function") continue;
		const value = function (this: unknown, ...args: unknown[]): unknown {
			enter("call", of, name);
			return method.apply(this, args);
		};
		Object.defineProperty(prototype, name, { value, configurable: true, writable: true });
	}
}
