/**
 * Replays the journal of a SKU and names every entry that should not be there: the order in which units were handed out, held
 * against what the contract says of it.
 *
 * What it keeps true: it believes nothing but the order and the kinds of the entries, and counts for itself; the counters
 * that an entry bears must be the same. Pure. Not here: whether the buyers say the same (`verdict.ts`).
 */
import type { JournalEntry } from "./records.ts";

export interface ReplayResult {
	readonly problems: readonly string[];
	readonly available: number;
	readonly held: number;
	readonly sold: number;
	readonly waiting: number;
	readonly owed: number;
	readonly filled: number;
	readonly promoted: number;
}

/** @param capacity pre-orders that there may be at once, paid or not */
export function replayJournal(entries: readonly JournalEntry[], capacity: number): ReplayResult {
	const book = new JournalReplay(capacity);
	for (const entry of entries) book.apply(entry);
	return book.finish();
}

/** What one turn may do between freeing units and handing them out: freeing more. */
const SETTLING = new Set(["expired", "preorder-cancelled"]);

class JournalReplay {
	readonly #problems: string[] = [];
	readonly #capacity: number;
	#total = 0;
	#available = 0;
	#held = 0;
	#sold = 0;
	#filled = 0;
	#promoted = 0;
	#seq = 0;
	/** Units of each who waits, in order of place. */
	#waitlist = new Map<string, number>();
	readonly #holds = new Map<string, number>();
	/** Units of each pre-order, in the order in which they were promised. */
	readonly #preorders = new Map<string, { units: number; owed: boolean }>();
	/** Somebody ahead of the public could have been served since the last entry. */
	#idleReason: string | null = null;

	constructor(capacity: number) {
		this.#capacity = capacity;
	}

	apply(entry: JournalEntry): void {
		const { seq, kind } = entry;
		const wrong = (what: string) => this.#problems.push(`#${seq} ${kind}: ${what}`);
		if (seq !== this.#seq + 1) wrong(`comes after #${this.#seq}`);
		this.#seq = seq;
		const handsOut = kind === "promoted" || kind === "preorder-filled";
		if (this.#idleReason !== null && !handsOut && !SETTLING.has(kind)) wrong(`units lay idle ${this.#idleReason}`);
		this.#apply(entry, wrong);
		const counted = [this.#available, this.#held, this.#sold];
		if (counted.join() !== [entry.available, entry.held, entry.sold].join()) {
			const says = [entry.available, entry.held, entry.sold].join(", ");
			wrong(`says ${says} available, held, sold, and it is ${counted.join(", ")}`);
		}
		if (Math.min(this.#available, this.#held, this.#sold) < 0) wrong("takes more than there is");
		if (this.#available + this.#held + this.#sold !== this.#total) wrong("the equation does not hold");
		const promised = [...this.#preorders.values()].reduce((sum, { units }) => sum + units, 0);
		if (promised > this.#capacity) wrong(`${promised} are promised, of ${this.#capacity}`);
		this.#idleReason = this.#whyUnitsAreIdle();
	}

	#apply({ kind, quantity, subjectId }: JournalEntry, wrong: (what: string) => void): void {
		const id = subjectId ?? "";
		const holds = this.#holds.get(id);
		switch (kind) {
			case "received":
			case "adjusted":
				this.#total += quantity;
				this.#available += quantity;
				return;
			case "held":
				this.#checkNobodyIsAhead(id, wrong);
				this.#take(id, quantity);
				return;
			case "paying":
				if (quantity > (holds ?? 0)) this.#checkNobodyIsAhead(id, wrong);
				this.#take(id, quantity - (holds ?? 0));
				return;
			case "unpinned":
				if (holds === undefined) wrong("it had no units");
				return;
			case "sold":
				if (holds === undefined) {
					// Paid in time and told late, when the hold was gone: taken again, if the public could have it.
					this.#checkNobodyIsAhead(id, wrong);
					this.#available -= quantity;
				} else {
					if (quantity !== holds) wrong(`${holds} were held`);
					this.#held -= holds;
				}
				this.#holds.delete(id);
				this.#sold += quantity;
				return;
			case "released":
			case "expired":
			case "converted":
			case "left":
				if (holds === undefined && !this.#waitlist.has(id)) wrong("it neither held nor waited");
				this.#available += holds ?? 0;
				this.#held -= holds ?? 0;
				this.#holds.delete(id);
				this.#waitlist.delete(id);
				return;
			case "returned":
				this.#sold -= quantity;
				this.#available += quantity;
				return;
			case "waiting":
				if (holds !== undefined) wrong("it has units");
				this.#waitlist.delete(id);
				this.#waitlist.set(id, quantity);
				return;
			case "bumped":
				this.#held -= holds ?? 0;
				this.#available += holds ?? 0;
				this.#holds.delete(id);
				this.#waitlist = new Map([[id, quantity], ...this.#waitlist]);
				return;
			case "resized": {
				const waits = this.#waitlist.get(id);
				if (waits !== undefined) this.#waitlist.set(id, waits + quantity);
				else if (quantity > 0) this.#checkNobodyIsAhead(id, wrong);
				if (waits === undefined) this.#take(id, quantity);
				return;
			}
			case "promoted": {
				const head = this.#waitlist.keys().next().value;
				if (head !== id) wrong("it was not first in line");
				if (this.#firstOwed() !== null) wrong("a pre-order was owed");
				this.#waitlist.delete(id);
				this.#promoted += 1;
				this.#take(id, quantity);
				return;
			}
			default:
				this.#preorder(kind, id, quantity, wrong);
		}
	}

	#preorder(kind: string, id: string, quantity: number, wrong: (what: string) => void): void {
		const promise = this.#preorders.get(id);
		switch (kind) {
			case "preorder-pending":
				this.#preorders.set(id, { units: quantity, owed: false });
				return;
			case "preorder-owed":
				if (promise) promise.owed = true;
				else this.#preorders.set(id, { units: quantity, owed: true });
				return;
			case "preorder-filled":
				if (!promise?.owed) wrong("it was not owed");
				else if (this.#firstOwed() !== id) wrong("an older pre-order was owed");
				this.#preorders.delete(id);
				this.#available -= quantity;
				this.#sold += quantity;
				this.#filled += quantity;
				return;
			case "preorder-cancelled":
				if (promise === undefined) wrong("there was none");
				else if (promise.units > quantity) promise.units -= quantity;
				else this.#preorders.delete(id);
				return;
			default:
				wrong("is of no kind that is known");
		}
	}

	#take(id: string, units: number): void {
		this.#available -= units;
		this.#held += units;
		this.#holds.set(id, (this.#holds.get(id) ?? 0) + units);
	}

	/** Whoever takes units without having stood in line. */
	#checkNobodyIsAhead(id: string, wrong: (what: string) => void): void {
		if (this.#firstOwed() !== null) wrong("took units while a pre-order was owed");
		else if (this.#waitlist.size > (this.#waitlist.has(id) ? 1 : 0)) wrong("took units while somebody waited");
	}

	#firstOwed(): string | null {
		for (const [id, { owed }] of this.#preorders) if (owed) return id;
		return null;
	}

	/** Who is next, if they could be served with what is free. */
	#whyUnitsAreIdle(): string | null {
		const firstOwed = this.#firstOwed();
		if (firstOwed !== null) {
			return (this.#preorders.get(firstOwed)?.units ?? 0) <= this.#available ? "while a pre-order was owed" : null;
		}
		const [head] = this.#waitlist.values();
		return head !== undefined && head <= this.#available ? "while somebody waited" : null;
	}

	finish(): ReplayResult {
		if (this.#idleReason !== null) this.#problems.push(`at the end units lay idle ${this.#idleReason}`);
		const owed = [...this.#preorders.values()].reduce((sum, promise) => sum + (promise.owed ? promise.units : 0), 0);
		return {
			problems: this.#problems,
			available: this.#available,
			held: this.#held,
			sold: this.#sold,
			waiting: [...this.#waitlist.values()].reduce((sum, units) => sum + units, 0),
			owed,
			filled: this.#filled,
			promoted: this.#promoted,
		};
	}
}
