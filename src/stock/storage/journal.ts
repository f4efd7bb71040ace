/**
 * The journal of one SKU. It is stored in pages, one for each unit of work, since a row for each entry was a third of
 * what a reservation cost. A view named `journal` has the entries as rows.
 *
 * Pages are only ever added. Which changes get an entry is decided in `rules/`.
 */
import type { JournalEntry } from "../rules/model.ts";

export type JournalRow = JournalEntry & { readonly atMs: number };

export const JOURNAL_COLUMNS =
	"seq, atMs, kind, quantity, shopperId, subjectId, checkoutId, note, available, held, sold, actor";

const SAVE = "INSERT INTO journal_pages (lastSeq, atMs, received, adjusted, entries) VALUES (?, ?, ?, ?, ?)";
// The condition on `page` follows from the one on `seq`. Without it every page would be read, since `page` is the key.
const PAGE = `SELECT ${JOURNAL_COLUMNS} FROM journal WHERE page > ?1 AND seq > ?1 ORDER BY page, seq LIMIT ?2`;

export class Journal {
	readonly #sql: SqlStorage;
	#entries: JournalEntry[] = [];
	/** The time of all of them: entries that are not stored yet belong to one unit of work. */
	#atMs = 0;

	constructor(sql: SqlStorage) {
		this.#sql = sql;
	}

	/** Entries that are not stored yet. */
	get unsaved(): number {
		return this.#entries.length;
	}

	add(entries: readonly JournalEntry[], atMs: number): void {
		this.#entries.push(...entries);
		this.#atMs = atMs;
	}

	/** Stores the entries that were added, as one page. The caller opens the transaction. */
	flush(): void {
		const last = this.#entries.at(-1);
		if (last === undefined) return;
		const units = { received: 0, adjusted: 0 };
		const rows = this.#entries.map((e) => {
			if (e.kind === "received" || e.kind === "adjusted") units[e.kind] += e.quantity;
			return [
				...[e.seq, e.kind, e.quantity, e.shopperId, e.subjectId, e.checkoutId, e.note],
				...[e.available, e.held, e.sold, ...(e.actor === null ? [] : [e.actor])],
			];
		});
		this.#sql.exec(SAVE, last.seq, this.#atMs, units.received, units.adjusted, JSON.stringify(rows));
		this.#entries = [];
	}

	/** Forgets the entries that were added and not stored: the transaction that was to store them was undone. */
	discard(): void {
		this.#entries = [];
	}

	/** Stored entries after the cursor, oldest first. */
	page(afterSeq: number, limit: number): JournalRow[] {
		return this.#sql.exec(PAGE, afterSeq, limit).toArray() as unknown as JournalRow[];
	}
}
