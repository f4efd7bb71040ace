/**
 * Replays a journal on an empty stock: each entry is done again, and has to lead to the counters that it carries.
 * Written from the meaning of the journal, and without `src/stock/rules/`.
 */
import type { JournalRow } from "../../src/stock/storage/journal.ts";

/** The units of one reservation or pre-order. */
interface Subject {
	held: number;
	waiting: number;
	sold: number;
}

export class Replay {
	#seq = 0;
	#received = 0;
	#held = 0;
	#sold = 0;
	readonly #subjects = new Map<string, Subject>();
	readonly #filled = new Set<string>();

	/** @throws Error when the journal has a gap, does not add up, or has an entry that is impossible */
	add(entries: readonly JournalRow[]): void {
		for (const entry of entries) this.#read(entry);
	}

	#read(entry: JournalRow): void {
		const where = `entry ${entry.seq} (${entry.kind} ${entry.quantity})`;
		if (entry.seq !== this.#seq + 1) throw new Error(`${where} comes after entry ${this.#seq}`);
		this.#seq = entry.seq;
		if (entry.subjectId === null) {
			this.#received += entry.quantity;
		} else {
			const before = this.#subjects.get(entry.subjectId) ?? { held: 0, waiting: 0, sold: 0 };
			const after = this.#after(before, entry);
			if (Math.min(after.held, after.waiting, after.sold) < 0) throw new Error(`${where} takes what was not there`);
			this.#subjects.set(entry.subjectId, after);
			this.#held += after.held - before.held;
			this.#sold += after.sold - before.sold;
		}
		const stated = { available: entry.available, held: entry.held, sold: entry.sold };
		const known = { available: this.#received - this.#held - this.#sold, held: this.#held, sold: this.#sold };
		if (JSON.stringify(stated) !== JSON.stringify(known)) {
			throw new Error(`${where} states ${JSON.stringify(stated)}, and adds up to ${JSON.stringify(known)}`);
		}
	}

	#after(before: Subject, { kind, quantity, subjectId }: JournalRow): Subject {
		switch (kind) {
			case "received":
			case "adjusted":
				throw new Error(`${kind} has a subject`);
			case "held":
			case "paying":
				return { ...before, held: quantity };
			case "promoted":
				return { ...before, held: quantity, waiting: before.waiting - quantity };
			case "bumped":
				return { ...before, held: before.held - quantity, waiting: quantity };
			case "waiting":
				return { ...before, waiting: quantity };
			case "resized":
				return before.waiting > 0
					? { ...before, waiting: before.waiting + quantity }
					: { ...before, held: before.held + quantity };
			case "unpinned":
				return before;
			case "sold":
				return { ...before, held: 0, sold: quantity };
			case "released":
			case "expired":
				return { ...before, held: before.held - quantity };
			case "left":
			case "converted":
				return { ...before, waiting: before.waiting - quantity };
			case "returned":
				return { ...before, sold: before.sold - quantity };
			case "preorder-filled":
				if (subjectId !== null && this.#filled.has(subjectId)) throw new Error(`${subjectId} is filled twice`);
				this.#filled.add(subjectId ?? "");
				return { ...before, sold: quantity };
			case "preorder-pending":
			case "preorder-owed":
			case "preorder-cancelled":
				return before;
		}
	}
}
