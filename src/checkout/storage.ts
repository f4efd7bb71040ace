/**
 * The SQLite of one checkout's object: the checkout as one row, and with it what happened last. What happened before moves
 * to a table of its own, in bundles, since each row that is written is billed. Few checkouts come to that.
 *
 * The state is small, read whole and written whole, so it is one JSON value and not columns.
 */
import { EVENTS_BESIDE_STATE } from "../limits.ts";
import type { Checkout, PaymentState } from "./rules/model.ts";
import { completeSnapshot } from "./rules/payment-snapshot.ts";
import { nextMoneyEffect } from "./rules/settlement.ts";

/** Append only, to every list: `platform/migrate.ts` refuses a migration that was edited. */
export const CHECKOUT_MIGRATIONS: readonly string[] = [
	`
	-- events: what happened last, as a JSON array. What happened before is in the table events, which is made when it is needed.
	CREATE TABLE checkout (
		id INTEGER PRIMARY KEY CHECK (id = 1), fingerprint TEXT NOT NULL, json TEXT NOT NULL, events TEXT NOT NULL DEFAULT '[]'
	);
	`,
];

const TABLES = `
	CREATE TABLE checkout (id INTEGER PRIMARY KEY CHECK (id = 1), fingerprint TEXT NOT NULL, json TEXT NOT NULL);
	CREATE TABLE events (seq INTEGER PRIMARY KEY, atMs INTEGER NOT NULL, kind TEXT NOT NULL, eventId TEXT, detail TEXT NOT NULL);
	-- eventId: the provider's id of a webhook, so that one delivered twice is seen to be the same. The others stay out of it, since
	-- each entry of an index is billed as a row.
	CREATE UNIQUE INDEX events_id ON events (eventId) WHERE eventId IS NOT NULL;
	`;
const EVENTS_BESIDE = "ALTER TABLE checkout ADD COLUMN events TEXT NOT NULL DEFAULT '[]'";

/**
 * The histories of checkouts that were opened while each event was a row, and before that while the index had all of
 * them. They end in the same tables, with one for events that newer checkouts make when they need it.
 */
export const CHECKOUT_MIGRATIONS_BEFORE: readonly (readonly string[])[] = [
	[TABLES, EVENTS_BESIDE],
	[
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
		EVENTS_BESIDE,
	],
];

/** As in the histories above. */
const EVENTS_TABLE = `
	CREATE TABLE IF NOT EXISTS events (
		seq INTEGER PRIMARY KEY, atMs INTEGER NOT NULL, kind TEXT NOT NULL, eventId TEXT, detail TEXT NOT NULL
	);
	CREATE UNIQUE INDEX IF NOT EXISTS events_id ON events (eventId) WHERE eventId IS NOT NULL;
	`;

export interface EventRow {
	readonly seq: number;
	readonly atMs: number;
	readonly kind: string;
	readonly eventId: string | null;
	readonly detail: string;
}

/** Something that happened, as it is to be stored. */
export interface NewEvent {
	readonly atMs: number;
	readonly kind: string;
	readonly eventId: string | null;
	/** The event; the secret with which the shopper pays stays in the checkout alone. */
	readonly detail: object;
}

type RecentEvent = Omit<EventRow, "detail"> & { readonly detail: object };

/** What people wrote is taken out of the events when their shopper is forgotten. Who did what, and when, stays. */
const withoutTexts = (event: RecentEvent): RecentEvent =>
	event.kind === "refund" || event.kind === "metadata"
		? { ...event, detail: { ...event.detail, reason: undefined, patch: undefined } }
		: event;
const FORGET_TEXTS =
	"UPDATE events SET detail = json_remove(detail, '$.reason', '$.patch') WHERE kind IN ('refund', 'metadata')";

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
	/** What happened last, as it is stored beside the state; null when that is not known. */
	#recent: readonly RecentEvent[] | null = null;

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

	/** Stores the checkout and what happened to it since it was stored last. The caller opens the transaction. */
	save(fingerprint: string, checkout: Checkout, events: readonly NewEvent[]): void {
		const known = this.#recentEvents();
		const lastSeq = known.at(-1)?.seq ?? this.#lastSeqOfTable();
		const added = events.map(({ detail, ...event }, i): RecentEvent => {
			return { seq: lastSeq + i + 1, ...event, detail: { ...detail, payWith: undefined } };
		});
		const isErased = events.some(({ kind }) => kind === "erased");
		const recent = isErased ? [...known, ...added].map(withoutTexts) : [...known, ...added];
		if (isErased) this.#fromTable(FORGET_TEXTS);
		const isFull = recent.length > EVENTS_BESIDE_STATE;
		if (isFull) this.#moveToTable(recent);
		this.#recent = isFull ? [] : recent;
		this.#sql.exec(
			"INSERT OR REPLACE INTO checkout (id, fingerprint, json, events) VALUES (1, ?, ?, ?)",
			fingerprint,
			JSON.stringify(checkout),
			JSON.stringify(this.#recent),
		);
	}

	/** What is stored may be something else: a transaction was undone, or all of it was deleted. */
	forget(): void {
		this.#recent = null;
	}

	#moveToTable(events: readonly RecentEvent[]): void {
		this.#sql.exec(EVENTS_TABLE);
		for (const { seq, atMs, kind, eventId, detail } of events) {
			this.#sql.exec(
				"INSERT INTO events (seq, atMs, kind, eventId, detail) VALUES (?, ?, ?, ?, ?)",
				...[seq, atMs, kind, eventId, JSON.stringify(detail)],
			);
		}
	}

	#recentEvents(): readonly RecentEvent[] {
		if (this.#recent === null) {
			const [row] = this.#sql.exec<{ events: string }>("SELECT events FROM checkout").toArray();
			this.#recent = row === undefined ? [] : (JSON.parse(row.events) as RecentEvent[]);
		}
		return this.#recent;
	}

	/** Rows of the table of events; none where there is no such table. */
	#fromTable<T>(query: string, ...bindings: SqlStorageValue[]): T[] {
		const tables = this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'events'").toArray();
		return tables.length === 0 ? [] : (this.#sql.exec(query, ...bindings).toArray() as T[]);
	}

	#lastSeqOfTable(): number {
		return this.#fromTable<{ seq: number | null }>("SELECT MAX(seq) AS seq FROM events")[0]?.seq ?? 0;
	}

	hasEvent(eventId: string): boolean {
		return this.eventDetail(eventId) !== null;
	}

	/** The detail of the newest event of this kind, and when it happened; null when there is none. */
	newestEvent(kind: string): { readonly atMs: number; readonly detail: unknown } | null {
		const recent = this.#recentEvents().findLast((event) => event.kind === kind);
		if (recent !== undefined) return recent;
		const query = "SELECT atMs, detail FROM events WHERE kind = ? ORDER BY seq DESC LIMIT 1";
		const [row] = this.#fromTable<{ atMs: number; detail: string }>(query, kind);
		return row === undefined ? null : { atMs: row.atMs, detail: JSON.parse(row.detail) };
	}

	/** The detail of the event with this id; null when there is none. */
	eventDetail(eventId: string): unknown {
		const recent = this.#recentEvents().find((event) => event.eventId === eventId);
		if (recent !== undefined) return recent.detail;
		const [row] = this.#fromTable<{ detail: string }>("SELECT detail FROM events WHERE eventId = ?", eventId);
		return row === undefined ? null : JSON.parse(row.detail);
	}

	/** Every event, oldest first. */
	events(): EventRow[] {
		const before = this.#fromTable<EventRow>("SELECT seq, atMs, kind, eventId, detail FROM events ORDER BY seq");
		return [...before, ...this.#recentEvents().map((event) => ({ ...event, detail: JSON.stringify(event.detail) }))];
	}
}
