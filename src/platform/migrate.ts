/**
 * Brings an object's own SQLite to the present: an append-only list of statements, of which the object remembers how
 * many it has run and what they were. Synchronous, so a constructor needs no `blockConcurrencyWhile`.
 *
 * `PRAGMA user_version` is not allowed in Durable Objects, hence a table.
 */
import { assert } from "./assert.ts";

/** Whether `migrate` was ever run here. Reads only: asking it of an object that was never used stores nothing. */
export function isMigrated(storage: DurableObjectStorage): boolean {
	return storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'migrations'").toArray().length > 0;
}

/**
 * Runs the migrations that were not run yet, in one transaction.
 * @param begun for objects that are new, and those that were begun with it
 * @param before lists that objects were begun with before: each goes on along its own, to the same tables, so that a new
 * object need not first make what was changed since
 * @throws InvariantError when one that was run has been edited or removed since: append, never edit
 */
export function migrate(
	storage: DurableObjectStorage,
	begun: readonly string[],
	...before: readonly (readonly string[])[]
): void {
	const { sql } = storage;
	storage.transactionSync(() => {
		sql.exec("CREATE TABLE IF NOT EXISTS migrations (position INTEGER PRIMARY KEY, statements TEXT NOT NULL)");
		const applied = sql.exec<{ statements: string }>("SELECT statements FROM migrations ORDER BY position").toArray();
		const migrations = before.find(([first]) => first === applied[0]?.statements) ?? begun;
		assert(applied.length <= migrations.length, "this object was migrated by newer code");
		for (const [position, statements] of migrations.entries()) {
			const before = applied[position];
			if (before !== undefined) {
				assert(before.statements === statements, `migration ${position} was edited after it had been applied`);
				continue;
			}
			sql.exec(statements);
			sql.exec("INSERT INTO migrations (position, statements) VALUES (?, ?)", position, statements);
		}
	});
}
