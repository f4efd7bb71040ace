/**
 * Where a sweep goes on. It walks three lists at once, a page of each at a time, and each has a place of its own: what
 * is unsettled, the payments, and the SKUs. Pure.
 *
 * As text: `unsettled~payments~sku`. A list that was walked to its end is "-". The text of a SKU alone is a place too:
 * from that SKU on, with the other lists from their beginning.
 */
import { SKU_PATTERN } from "../ids.ts";

/** A place in each list: "" at its beginning, null when it was walked to its end. */
export interface SweepPlaces {
	/** A time, a dot, and the id of a checkout; or the same with an order. */
	readonly unsettled: string | null;
	readonly payments: string | null;
	readonly skus: string | null;
}

export const FROM_THE_BEGINNING: SweepPlaces = { unsettled: "", payments: "", skus: "" };

const DONE = "-";

export const cursorOf = ({ unsettled, payments, skus }: SweepPlaces): string =>
	[unsettled, payments, skus].map((place) => place ?? DONE).join("~");

/** The places that a cursor names; null when it is not one of ours. */
export function parseCursor(cursor: string): SweepPlaces | null {
	const parts = cursor.split("~").map((part) => (part === DONE ? null : part));
	const [unsettled = null, payments = null, skus = null] = parts.length === 1 ? ["", "", cursor] : parts;
	const isOurs =
		(parts.length === 1 || parts.length === 3) &&
		[unsettled, payments].every(isTimeAndId) &&
		(!skus || SKU_PATTERN.test(skus));
	return isOurs ? { unsettled, payments, skus } : null;
}

const isTimeAndId = (place: string | null): boolean => !place || /^\d{1,15}\.\w+$/.test(place);

/** The place before everything that has this time, or a later one. */
export const beginningAt = (atMs: number): string => `${atMs}.0`;

/** The time and the id of a place; null at the beginning. */
export function timeAndId(place: string): { readonly atMs: number; readonly id: string } | null {
	if (place === "") return null;
	const [atMs = "", id = ""] = place.split(".");
	return { atMs: Number(atMs), id };
}
