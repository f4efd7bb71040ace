/**
 * The e-mail addresses of those who wait for units of one SKU, and the mails that are owed to some of them. Nothing else
 * of the object has an address. When it goes is decided in `rules/notify.ts`.
 */
import type { Notify } from "../rules/notify.ts";

/** A promotion that is to be told. */
export interface OwedMail extends Notify {
	readonly reservationId: string;
	/** The key of whoever is sending it; null while nobody is. */
	readonly claim: string | null;
}

export class Addresses {
	readonly #sql: SqlStorage;

	constructor(sql: SqlStorage) {
		this.#sql = sql;
	}

	/** Keeps the address of a shopper who waits. A mail that was owed for an earlier promotion is owed no more. */
	save(reservationId: string, shopperId: string, { email, origin }: Notify): void {
		this.#sql.exec(
			"INSERT OR REPLACE INTO addresses (reservationId, shopperId, email, origin) VALUES (?, ?, ?, ?)",
			reservationId,
			shopperId,
			email,
			origin,
		);
	}

	/** Shoppers other than this one who are told at this address, whatever its case. */
	othersAt(email: string, shopperId: string): number {
		const query = "SELECT COUNT(*) AS others FROM addresses WHERE email = ? COLLATE NOCASE AND shopperId <> ?";
		const [row] = this.#sql.exec<{ others: number }>(query, email, shopperId).toArray();
		return row?.others ?? 0;
	}

	forget(reservationId: string): void {
		this.#sql.exec("DELETE FROM addresses WHERE reservationId = ?", reservationId);
	}

	/** Forgets whatever there is of a shopper. Who waits goes on waiting, and is told by no mail. */
	forgetShopper(shopperId: string): void {
		this.#sql.exec("DELETE FROM addresses WHERE shopperId = ?", shopperId);
	}

	/** Forgets an address, whatever its case. @returns the reservations that had it */
	forgetEmail(email: string): string[] {
		return this.#sql
			.exec<{ reservationId: string }>(
				"DELETE FROM addresses WHERE email = ? COLLATE NOCASE RETURNING reservationId",
				email,
			)
			.toArray()
			.map(({ reservationId }) => reservationId);
	}

	/** The reservation was promoted: its shopper is to be told. */
	owe(reservationId: string, promotion: string): void {
		this.#sql.exec("UPDATE addresses SET promotion = ? WHERE reservationId = ?", promotion, reservationId);
	}

	/** Promotions after this one that nobody is telling yet, in some order. */
	unclaimed(afterPromotion: string, limit: number): string[] {
		return this.#sql
			.exec<{ promotion: string }>(
				"SELECT promotion FROM addresses WHERE promotion > ? AND claim IS NULL ORDER BY promotion LIMIT ?",
				afterPromotion,
				limit,
			)
			.toArray()
			.map(({ promotion }) => promotion);
	}

	/** Null when the mail is not owed, or not any more. */
	owed(promotion: string): OwedMail | null {
		const [row] = this.#sql
			.exec("SELECT reservationId, email, origin, claim FROM addresses WHERE promotion = ?", promotion)
			.toArray();
		return (row as unknown as OwedMail | undefined) ?? null;
	}

	/** @param claim null when whoever was telling it has not, and surely so */
	setClaim(promotion: string, claim: string | null): void {
		this.#sql.exec("UPDATE addresses SET claim = ? WHERE promotion = ?", claim, promotion);
	}
}
