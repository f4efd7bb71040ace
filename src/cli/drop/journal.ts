/**
 * Replays the journal of a SKU and names every entry that should not be there. It compares the order in which units
 * were given out with the order that the contract demands: owed pre-orders, then the waitlist, then everybody. It
 * believes only the order and the kinds of the entries and counts for itself; the counters in each entry must come to
 * the same. Pure.
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

/** @param capacity units that may be pre-ordered at once, paid or not */
export function replayJournal(entries: readonly JournalEntry[], capacity: number): ReplayResult {
	const replay = new JournalReplay(capacity);
	for (const entry of entries) replay.apply(entry);
	return replay.finish();
}

/** One unit of work may free more units before it gives any of them out. */
const FREES_MORE = new Set(["expired", "preorder-cancelled"]);

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
	/** Units of each waiting reservation, in the order of the waitlist. */
	#waitlist = new Map<string, number>();
	readonly #holds = new Map<string, number>();
	/** Units of each pre-order, in the order in which they were placed. */
	readonly #preorders = new Map<string, { units: number; owed: boolean }>();
	/** Why the units that are free since the last entry should go to somebody at once; null when none should. */
	#idleReason: string | null = null;

	constructor(capacity: number) {
		this.#capacity = capacity;
	}

	apply(entry: JournalEntry): void {
		const { seq, kind } = entry;
		const wrong = (what: string) => this.#problems.push(`#${seq} ${kind}: ${what}`);
		if (seq !== this.#seq + 1) wrong(`comes after #${this.#seq}`);
		this.#seq = seq;
		const givesOut = kind === "promoted" || kind === "preorder-filled";
		if (this.#idleReason !== null && !givesOut && !FREES_MORE.has(kind)) wrong(`units lay idle ${this.#idleReason}`);
		this.#applyKind(entry, wrong);
		const counted = [this.#available, this.#held, this.#sold];
		if (counted.join() !== [entry.available, entry.held, entry.sold].join()) {
			const says = [entry.available, entry.held, entry.sold].join(", ");
			wrong(`says ${says} available, held, sold, and it is ${counted.join(", ")}`);
		}
		if (Math.min(this.#available, this.#held, this.#sold) < 0) wrong("takes more than there is");
		if (this.#available + this.#held + this.#sold !== this.#total) wrong("the stock equation does not balance");
		const preordered = [...this.#preorders.values()].reduce((sum, { units }) => sum + units, 0);
		if (preordered > this.#capacity) wrong(`${preordered} units are pre-ordered, of ${this.#capacity}`);
		this.#idleReason = this.#whyUnitsAreIdle();
	}

	/**
	 * One case for each kind, as the contract lists them: to read it beside the contract is worth more than short
	 * functions.
	 */
	#applyKind({ kind, quantity, subjectId }: JournalEntry, wrong: (what: string) => void): void {
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
					// Paid in time, but the webhook came when the hold was gone: taken again, if anybody could take it.
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
				if (head !== id) wrong("it was not first on the waitlist");
				if (this.#firstOwed() !== null) wrong("a pre-order was owed");
				this.#waitlist.delete(id);
				this.#promoted += 1;
				this.#take(id, quantity);
				return;
			}
			default:
				this.#applyPreorderKind(kind, id, quantity, wrong);
		}
	}

	#applyPreorderKind(kind: string, id: string, quantity: number, wrong: (what: string) => void): void {
		const preorder = this.#preorders.get(id);
		switch (kind) {
			case "preorder-pending":
				this.#preorders.set(id, { units: quantity, owed: false });
				return;
			case "preorder-owed":
				if (preorder) preorder.owed = true;
				else this.#preorders.set(id, { units: quantity, owed: true });
				return;
			case "preorder-filled":
				if (!preorder?.owed) wrong("it was not owed");
				else if (this.#firstOwed() !== id) wrong("an older pre-order was owed");
				this.#preorders.delete(id);
				this.#available -= quantity;
				this.#sold += quantity;
				this.#filled += quantity;
				return;
			case "preorder-cancelled":
				if (preorder === undefined) wrong("there was no such pre-order");
				else if (preorder.units > quantity) preorder.units -= quantity;
				else this.#preorders.delete(id);
				return;
			default:
				wrong("is of an unknown kind");
		}
	}

	#take(id: string, units: number): void {
		this.#available -= units;
		this.#held += units;
		this.#holds.set(id, (this.#holds.get(id) ?? 0) + units);
	}

	/** For a reservation that takes units without a promotion: nobody may be ahead of it. */
	#checkNobodyIsAhead(id: string, wrong: (what: string) => void): void {
		if (this.#firstOwed() !== null) wrong("took units while a pre-order was owed");
		else if (this.#waitlist.size > (this.#waitlist.has(id) ? 1 : 0)) wrong("took units while somebody waited");
	}

	#firstOwed(): string | null {
		for (const [id, { owed }] of this.#preorders) if (owed) return id;
		return null;
	}

	/** Says who should get free units next; null when nobody ahead of the public could be served with them. */
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
		const owed = [...this.#preorders.values()].reduce((sum, preorder) => sum + (preorder.owed ? preorder.units : 0), 0);
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
