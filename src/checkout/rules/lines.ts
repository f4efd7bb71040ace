/** The lines of a checkout: what each is, which comes next, and how one of them is changed. Pure. */
import type { Checkout, Committed, Line, PricedLine } from "./model.ts";

export const lineValueMinor = (line: PricedLine): number => line.quantity * line.unitPriceMinor;
export const isCommitted = (line: Line): line is Committed => line.claim === "committed";
export const isPriced = (line: Line): line is PricedLine => "unitPriceMinor" in line;

/** What is pinned, or may be: the answer to a pin can be lost. */
export const nextToUnpin = (c: Checkout): Line | undefined =>
	c.lines.find((line) => line.claim === "pinned" || line.claim === "asked");

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
