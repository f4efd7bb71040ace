/** The API's forms of a time and of money. */

/** RFC 3339 in UTC. */
export function time(ms: number): string;
export function time(ms: number | null): string | null;
export function time(ms: number | null): string | null {
	return ms === null ? null : new Date(ms).toISOString();
}

export const money = (amount: number, currency: string) => ({ amount, currency });
