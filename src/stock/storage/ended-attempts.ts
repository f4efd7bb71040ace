/**
 * Attempts of checkouts that ended at one SKU without a sale: the newest of each checkout, for as long as a message of
 * it may still be on its way. What they are for is in `rules/claim-fence.ts`. The caller opens the transaction.
 */
import { ENDED_ATTEMPT_MS } from "../../limits.ts";
import type { EndedAttempt } from "../rules/model.ts";

export class EndedAttempts {
	readonly #sql: SqlStorage;

	constructor(sql: SqlStorage) {
		this.#sql = sql;
	}

	of(checkoutId: string): EndedAttempt | null {
		const query = "SELECT checkoutId, attempt, ending, endedAtMs FROM ended_attempts WHERE checkoutId = ?";
		const [row] = this.#sql.exec(query, checkoutId).toArray() as unknown as EndedAttempt[];
		return row ?? null;
	}

	/** Remembers it, and forgets those that are too old to matter. */
	save({ checkoutId, attempt, ending, endedAtMs }: EndedAttempt, shopperId: string): void {
		this.#sql.exec("DELETE FROM ended_attempts WHERE endedAtMs < ?", endedAtMs - ENDED_ATTEMPT_MS);
		this.#sql.exec(
			"INSERT OR REPLACE INTO ended_attempts (checkoutId, attempt, ending, endedAtMs, shopperId) VALUES (?, ?, ?, ?, ?)",
			...[checkoutId, attempt, ending, endedAtMs, shopperId],
		);
	}
}
