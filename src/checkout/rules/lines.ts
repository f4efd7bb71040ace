/** The lines of a checkout: what kind each is, which to unpin next, and how to replace one. Pure. */
import type { Checkout, Committed, Line, PricedLine } from "./model.ts";

export const lineValueMinor = (line: PricedLine): number => line.quantity * line.unitPriceMinor;
export const isCommitted = (line: Line): line is Committed => line.claim === "committed";
export const isPriced = (line: Line): line is PricedLine => "unitPriceMinor" in line;

/** A line that is pinned or may be: the answer to its pin may have been lost. */
export const nextToUnpin = (c: Checkout): Line | undefined =>
	c.lines.find((line) => line.claim === "pinned" || line.claim === "asked");

/**
 * Replaces the line of this SKU if its claim is `claim`. Returns the same checkout when there is none, or nothing
 * changed.
 */
export function withLine<C extends Line["claim"]>(
	c: Checkout,
	sku: string,
	claim: C,
	change: (line: Extract<Line, { claim: C }>) => Line,
): Checkout {
	const index = c.lines.findIndex((line) => line.sku === sku && line.claim === claim);
	const line = c.lines[index];
	if (line === undefined) return c;
	const changed = change(line as Extract<Line, { claim: C }>);
	return changed === line ? c : { ...c, lines: c.lines.with(index, changed) };
}
