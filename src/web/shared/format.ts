/** Times as a person reads them, in their own zone and language. */

const WHEN: Intl.DateTimeFormatOptions = { dateStyle: "medium", timeStyle: "short" };

export const formatTime = (instant: string): string => new Date(instant).toLocaleString(undefined, WHEN);

/** A time that something lasts: whole hours or minutes where it is so many, else seconds. */
export function formatSpan(seconds: number): string {
	const [unit, size] = seconds % 3_600 === 0 ? ["hour", 3_600] : seconds % 60 === 0 ? ["minute", 60] : ["second", 1];
	return (seconds / Number(size)).toLocaleString("en", { style: "unit", unit: String(unit), unitDisplay: "long" });
}

export const formatDay = (instant: string): string =>
	new Date(instant).toLocaleDateString(undefined, { dateStyle: "medium" });
