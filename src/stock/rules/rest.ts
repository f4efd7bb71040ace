/** When a SKU has nothing open, and the sweep need not come back until it changes. Pure. */
import type { Stock } from "./model.ts";

/**
 * No units are held, nobody waits, and nothing is to be done or sent. Owed pre-orders may rest: they wait for units only.
 * @param duesMs when each kind of thing is due; null for never
 */
export function rests(stock: Pick<Stock, "held" | "waiting">, duesMs: readonly (number | null)[]): boolean {
	return stock.held === 0 && stock.waiting === 0 && duesMs.every((dueMs) => dueMs === null);
}
