/** Times as a person reads them, in their own zone and language. */

const WHEN: Intl.DateTimeFormatOptions = { dateStyle: "medium", timeStyle: "short" };

export const formatTime = (instant: string): string => new Date(instant).toLocaleString(undefined, WHEN);
export const formatDay = (instant: string): string =>
	new Date(instant).toLocaleDateString(undefined, { dateStyle: "medium" });
