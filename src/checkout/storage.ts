/**
 * The SQLite of one checkout's object: the checkout as one row, and every event that ever changed it.
 *
 * The state is small, read whole and written whole, so it is one JSON value and not columns.
 */
import type { Checkout, PaymentState } from "./rules/model.ts";
import { completeSnapshot } from "./rules/payment-snapshot.ts";
import { nextMoneyEffect } from "./rules/settlement.ts";

const TABLES = `
	CREATE TABLE checkout (id INTEGER PRIMARY KEY CHECK (id = 1), fingerprint TEXT NOT NULL, json TEXT NOT NULL);
	CREATE TABLE events (seq INTEGER PRIMARY KEY, atMs INTEGER NOT NULL, kind TEXT NOT NULL, eventId TEXT, detail TEXT NOT NULL);
	-- eventId: the provider's id of a webhook, so that one delivered twice is seen to be the same. The others stay out of it, since
	-- each entry of an index is billed as a row.
	CREATE UNIQUE INDEX events_id ON events (eventId) WHERE eventId IS NOT NULL;
	`;

/** Append only, to both lists: `platform/migrate.ts` refuses a migration that was edited. */
export const CHECKOUT_MIGRATIONS: readonly string[] = [TABLES];

/** The history of checkouts that were opened while the index still had every event. It ends in the same tables. */
export const CHECKOUT_MIGRATIONS_BEFORE: readonly string[] = [
	`
	CREATE TABLE checkout (id INTEGER PRIMARY KEY CHECK (id = 1), fingerprint TEXT NOT NULL, json TEXT NOT NULL);
	-- eventId: the provider's id of a webhook, so that one delivered twice is seen to be the same.
	CREATE TABLE events (seq INTEGER PRIMARY KEY, atMs INTEGER NOT NULL, kind TEXT NOT NULL, eventId TEXT UNIQUE, detail TEXT NOT NULL);
	`,
	`
	ALTER TABLE checkout RENAME TO checkout_before;
	ALTER TABLE events RENAME TO events_before;
	${TABLES}
	INSERT INTO checkout SELECT * FROM checkout_before;
	INSERT INTO events SELECT * FROM events_before;
	DROP TABLE checkout_before;
	DROP TABLE events_before;
	`,
];

export interface EventRow {
	readonly seq: number;
	readonly atMs: number;
	readonly kind: string;
	readonly eventId: string | null;
	readonly detail: string;
}

/** What a checkout that was stored by earlier code lacks. */
const ABSENT = {
	...{ pauses: {}, terms: null, keyNumber: 0, refundsReturned: 0, unsettled: null },
	...{ adjustments: [], shipTo: null, metadata: {}, isExternal: false },
};

function takeUp(stored: Partial<Checkout>): Checkout {
	const payment = stored.payment && {
		...({ revision: 0, unclear: null } satisfies Partial<PaymentState>),
		...stored.payment,
		seen: completeSnapshot(stored.payment.seen),
	};
	const checkout = { ...ABSENT, ...stored, payment } as Checkout;
	// A refund that is due may have been sent by the object before it died. Its key has its amount, and a refund that is
	// requested by then makes the amount another one: so the payment is read before anything is refunded.
	if (checkout.payment === null || nextMoneyEffect(checkout)?.kind !== "refund") return checkout;
	return { ...checkout, payment: { ...checkout.payment, inDoubt: true } };
}

export class CheckoutStorage {
	readonly #sql: SqlStorage;

	constructor(sql: SqlStorage) {
		this.#sql = sql;
	}

	load(): { readonly fingerprint: string; readonly checkout: Checkout } | null {
		const [row] = this.#sql
			.exec<{ fingerprint: string; json: string }>("SELECT fingerprint, json FROM checkout")
			.toArray();
		if (row === undefined) return null;
		return { fingerprint: row.fingerprint, checkout: takeUp(JSON.parse(row.json) as Partial<Checkout>) };
	}

	save(fingerprint: string, checkout: Checkout): void {
		this.#sql.exec(
			"INSERT OR REPLACE INTO checkout (id, fingerprint, json) VALUES (1, ?, ?)",
			fingerprint,
			JSON.stringify(checkout),
		);
	}

	hasEvent(eventId: string): boolean {
		return this.#sql.exec("SELECT 1 FROM events WHERE eventId = ?", eventId).toArray().length > 0;
	}

	/** The detail of the newest event of this kind, and when it happened; null when there is none. */
	newestEvent(kind: string): { readonly atMs: number; readonly detail: unknown } | null {
		const [row] = this.#sql
			.exec<{ atMs: number; detail: string }>(
				"SELECT atMs, detail FROM events WHERE kind = ? ORDER BY seq DESC LIMIT 1",
				kind,
			)
			.toArray();
		return row === undefined ? null : { atMs: row.atMs, detail: JSON.parse(row.detail) };
	}

	/** The detail of the event with this id; null when there is none. */
	eventDetail(eventId: string): unknown {
		const [row] = this.#sql.exec<{ detail: string }>("SELECT detail FROM events WHERE eventId = ?", eventId).toArray();
		return row === undefined ? null : JSON.parse(row.detail);
	}

	/** @param detail the event; the secret with which the shopper pays stays in the checkout alone */
	addEvent(atMs: number, kind: string, eventId: string | null, detail: object): void {
		this.#sql.exec(
			"INSERT INTO events (atMs, kind, eventId, detail) VALUES (?, ?, ?, ?)",
			atMs,
			kind,
			eventId,
			JSON.stringify({ ...detail, payWith: undefined }),
		);
	}

	/** Takes out of the events what people wrote: their shopper is forgotten. Who did what, and when, stays. */
	forgetTexts(): void {
		this.#sql.exec(
			"UPDATE events SET detail = json_remove(detail, '$.reason', '$.patch') WHERE kind IN ('refund', 'metadata')",
		);
	}

	/** Every event, oldest first. */
	events(): EventRow[] {
		return this.#sql
			.exec("SELECT seq, atMs, kind, eventId, detail FROM events ORDER BY seq")
			.toArray() as unknown as EventRow[];
	}
}
