/** D1 as a simulation has it: away for minutes now and then. Every call counts, whether it is answered or not. */
import type { TroubleCounts } from "./trouble.ts";

export const D1_AWAY = "D1 is down";

export class FaultyD1 {
	isAway = false;
	readonly db: D1Database;
	readonly #counts: TroubleCounts;

	constructor(real: D1Database, counts: TroubleCounts) {
		this.#counts = counts;
		this.db = this.#wrapDatabase(real);
	}

	#wrapDatabase(real: D1Database): D1Database {
		return new Proxy(real, {
			get: (database, name) => {
				const member: unknown = Reflect.get(database, name);
				if (typeof member !== "function") return member;
				if (name === "prepare") return (query: string) => this.#wrapStatement(database.prepare(query));
				if (name === "batch") {
					return (statements: D1PreparedStatement[]) =>
						this.#ask(() => database.batch(statements.map((statement) => UNWRAPPED.get(statement) ?? statement)));
				}
				return (...args: unknown[]) => this.#ask(() => member.apply(database, args));
			},
		});
	}

	#wrapStatement(real: D1PreparedStatement): D1PreparedStatement {
		const wrapped = new Proxy(real, {
			get: (statement, name) => {
				const member: unknown = Reflect.get(statement, name);
				if (typeof member !== "function") return member;
				if (name === "bind") return (...values: unknown[]) => this.#wrapStatement(statement.bind(...values));
				return (...args: unknown[]) => this.#ask(() => member.apply(statement, args));
			},
		});
		UNWRAPPED.set(wrapped, real);
		return wrapped;
	}

	async #ask<T>(real: () => Promise<T>): Promise<T> {
		if (!this.isAway) return real();
		this.#counts.happened("calls of D1 while it was away");
		throw new Error(D1_AWAY);
	}
}

/** D1 takes only statements of its own making in a batch. */
const UNWRAPPED = new WeakMap<D1PreparedStatement, D1PreparedStatement>();
