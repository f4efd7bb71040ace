/**
 * Brings the SQLite of a Durable Object to the present schema: an append-only list of statements. The object stores
 * which it has run, and their text. It is synchronous, so a constructor needs no `blockConcurrencyWhile`.
 *
 * Durable Objects do not allow `PRAGMA user_version`, hence a table.
 */
import { assert } from "./assert.ts";

/** Whether `migrate` has ever run here. It only reads: asking an object that was never used stores nothing. */
export function isMigrated(storage: DurableObjectStorage): boolean {
	return storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'migrations'").toArray().length > 0;
}

/**
 * Runs the migrations that have not run yet, in one transaction.
 * @param current the history that new objects start on
 * @param older histories. An object that started on one of them keeps following it. All histories end in the same
 * schema, and new objects skip the detour.
 * @throws InvariantError when one that has run was edited or removed since: append, never edit
 */
export function migrate(
	storage: DurableObjectStorage,
	current: readonly string[],
	...older: readonly (readonly string[])[]
): void {
	const { sql } = storage;
	storage.transactionSync(() => {
		sql.exec("CREATE TABLE IF NOT EXISTS migrations (position INTEGER PRIMARY KEY, statements TEXT NOT NULL)");
		const applied = sql.exec<{ statements: string }>("SELECT statements FROM migrations ORDER BY position").toArray();
		const migrations = older.find(([first]) => first === applied[0]?.statements) ?? current;
		assert(applied.length <= migrations.length, "this object was migrated by newer code");
		for (const [position, statements] of migrations.entries()) {
			const known = applied[position];
			if (known !== undefined) {
				assert(known.statements === statements, `migration ${position} was edited after it had been applied`);
				continue;
			}
			sql.exec(statements);
			sql.exec("INSERT INTO migrations (position, statements) VALUES (?, ?)", position, statements);
		}
	});
}
