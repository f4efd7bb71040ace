/** What a cell says, and how it is written. Each pair is exact: what is written is read again as it was. Pure. */

/** Spreadsheets take a cell that begins so for a formula, and run it; the wide forms are taken likewise. */
const FORMULA = /^'*[=+\-@\t\r\n＝＋－＠]/;
const NUMBER = /^-?\d+(\.\d+)?$/;

/** A text that no spreadsheet runs. An apostrophe before it is what they hide themselves. */
export const guardFormula = (text: string): string => (FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text);

/** The text that was guarded. Another apostrophe at the beginning belongs to the text. */
export const unguardFormula = (cell: string): string =>
	cell.startsWith("'") && FORMULA.test(cell) ? cell.slice(1) : cell;

/**
 * A record as a line of a file. Texts of people are guarded; numbers are not texts. A NUL is left out: with one of them
 * anywhere, programs take the whole file for no text, and so does our own import.
 */
export function csvLine(cells: readonly (string | number)[]): string {
	const cellText = (text: string) => quoted(guardFormula(text.replaceAll("\0", "")));
	return `${cells.map((cell) => (typeof cell === "number" ? String(cell) : cellText(cell))).join(",")}\r\n`;
}

/** Spaces at an end are quoted too: some programs drop them otherwise. */
const quoted = (text: string): string => (/[",;\r\n\t]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

export type ParsedPrice =
	| { readonly kind: "price"; readonly minor: number }
	| { readonly kind: "malformed" }
	/** It has more decimal places than the currency, and they are not all zero. */
	| { readonly kind: "too-precise" };

/**
 * A price as a decimal number. Zeros that the currency has no places for change nothing: shops write yen as `1500.00` too.
 * @param decimals how many places the currency's minor unit has
 * @param point what may stand before them: a comma only where it stands between no cells, else `1,299` could be either
 */
export function parsePrice(cell: string, decimals: number, point: "." | ".,"): ParsedPrice {
	const [, units, places = ""] = (point === "." ? /^(\d+)(?:\.(\d+))?$/ : /^(\d+)(?:[.,](\d+))?$/).exec(cell) ?? [];
	if (units === undefined) return { kind: "malformed" };
	if (/[1-9]/.test(places.slice(decimals))) return { kind: "too-precise" };
	const minor = Number(units + places.slice(0, decimals).padEnd(decimals, "0"));
	return Number.isSafeInteger(minor) ? { kind: "price", minor } : { kind: "malformed" };
}

/** Minor units as a decimal number with all places of the currency: "19.99", "1500", "5.000". */
export function formatMinor(minor: number, decimals: number): string {
	const digits = String(Math.abs(minor)).padStart(decimals + 1, "0");
	const sign = minor < 0 ? "-" : "";
	return decimals === 0 ? sign + digits : `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/** A count of units, which may be below zero where a shop has oversold; null for what is none. */
export function parseCount(cell: string): number | null {
	const count = /^-?\d{1,15}$/.test(cell) ? Number(cell) : Number.NaN;
	return Number.isSafeInteger(count) ? count : null;
}
