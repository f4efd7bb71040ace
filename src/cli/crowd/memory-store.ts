/** The SQL of a Durable Object as Node's own SQLite serves it, in memory. It counts what it stores. */
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";

interface Prepared {
	readonly statement: StatementSync;
	readonly writes: boolean;
}

const WRITES = /\b(INSERT|UPDATE|DELETE|REPLACE)\b/;
/** Migrations are several statements in one text, which only `exec` of the database takes. */
const READS = /^\s*(SELECT|WITH)\b/;

export class MemorySql {
	readonly #db = new DatabaseSync(":memory:");
	readonly #prepared = new Map<string, Prepared>();
	/** Statements that may have changed something. */
	writes = 0;

	exec(query: string, ...bindings: SQLInputValue[]) {
		if (bindings.length === 0 && !READS.test(query)) {
			this.writes += 1;
			this.#db.exec(query);
			return cursor([]);
		}
		let prepared = this.#prepared.get(query);
		if (prepared === undefined) {
			prepared = { statement: this.#db.prepare(query), writes: WRITES.test(query) };
			this.#prepared.set(query, prepared);
		}
		if (prepared.writes) this.writes += 1;
		return cursor(prepared.statement.all(...bindings));
	}

	/** As `transactionSync` of an object's storage. */
	transaction<T>(work: () => T): T {
		this.#db.exec("BEGIN");
		try {
			const result = work();
			this.#db.exec("COMMIT");
			return result;
		} catch (error) {
			this.#db.exec("ROLLBACK");
			throw error;
		}
	}

	close(): void {
		this.#db.close();
	}
}

const cursor = <Row>(rows: Row[]) => ({
	toArray: () => rows,
	one: () => {
		if (rows.length !== 1) throw new Error(`one row was expected, and there are ${rows.length}`);
		return rows[0];
	},
	[Symbol.iterator]: () => rows[Symbol.iterator](),
});
