/**
 * How counters move, and the equation that every move must satisfy.
 *
 *     received + adjusted = available + held + sold        and no term but `adjusted` is below zero
 *
 * `held` counts units that are held and units that are paying. A sold unit that comes back (a refund with restock)
 * moves from `sold` to `available`, so the equation stays as it is; `returned` counts such units and is no term of it.
 */
import { assert } from "../../platform/assert.ts";
import type { Change, EntryKind, JournalEntry, Preorder, Reservation, Stock } from "./model.ts";

type Counter = Exclude<keyof Stock, "version" | "seq">;
export type CounterDeltas = Partial<Record<Counter, number>>;
type EntryDetails = Partial<Pick<JournalEntry, "shopperId" | "subjectId" | "checkoutId" | "note" | "actor">>;

/** The one way to change a counter of units: moves them, numbers the journal entry, and asserts the equation. */
export function post(stock: Stock, kind: EntryKind, quantity: number, deltas: CounterDeltas, details: EntryDetails) {
	const next: { -readonly [K in keyof Stock]: number } = { ...stock };
	for (const counter in deltas) next[counter as Counter] += deltas[counter as Counter] ?? 0;
	next.version += 1;
	next.seq += 1;
	assertBalanced(next);
	const entry: JournalEntry = {
		seq: next.seq,
		kind,
		quantity,
		shopperId: details.shopperId ?? null,
		subjectId: details.subjectId ?? null,
		checkoutId: details.checkoutId ?? null,
		note: details.note ?? null,
		actor: details.actor ?? null,
		available: next.available,
		held: next.held,
		sold: next.sold,
	};
	return { stock: next as Stock, entry };
}

/** @throws InvariantError when the counters contradict the equation, or one is negative that must not be */
export function assertBalanced(s: Stock): void {
	assert(s.received + s.adjusted === s.available + s.held + s.sold, () => `stock out of balance: ${JSON.stringify(s)}`);
	assert(
		Math.min(
			s.received,
			s.available,
			s.held,
			s.sold,
			s.returned,
			s.waiting,
			s.pending,
			s.owed,
			s.filled,
			s.cancelled,
			s.setAside,
		) >= 0,
		() => `a counter is below zero: ${JSON.stringify(s)}`,
	);
}

/** A change of one reservation, with the move of units and the journal entry that belong to it. */
export function changeReservation(
	stock: Stock,
	kind: EntryKind,
	reservation: Reservation,
	deltas: CounterDeltas,
	quantity = reservation.quantity,
): Change {
	const { id, shopperId, checkoutId } = reservation;
	const posted = post(stock, kind, quantity, deltas, { shopperId, subjectId: id, checkoutId });
	return { stock: posted.stock, reservations: [reservation], preorders: [], entries: [posted.entry] };
}

/** A change of one pre-order, with the move of units and the journal entry that belong to it. */
export function changePreorder(
	stock: Stock,
	kind: EntryKind,
	preorder: Preorder,
	deltas: CounterDeltas,
	quantity = preorder.quantity,
): Change {
	const { id, shopperId, checkoutId } = preorder;
	const posted = post(stock, kind, quantity, deltas, { shopperId, subjectId: id, checkoutId });
	return { stock: posted.stock, reservations: [], preorders: [preorder], entries: [posted.entry] };
}

/** A change that a merchant made: its entries say who. @param actor null for a caller that does not say */
export const by = (actor: string | null, change: Change): Change => ({
	...change,
	entries: change.entries.map((entry) => ({ ...entry, actor })),
});

/** Two changes as one. The second must have been made from the stock that the first left. */
export function combine(first: Change, second: Change): Change {
	return {
		stock: second.stock,
		reservations: [...first.reservations, ...second.reservations],
		preorders: [...first.preorders, ...second.preorders],
		entries: [...first.entries, ...second.entries],
	};
}
