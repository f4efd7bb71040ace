/** An instant as RFC 3339 in UTC: the form in which answers, live messages and OpenAPI examples show time. */
export function time(ms: number): string;
export function time(ms: number | null): string | null;
export function time(ms: number | null): string | null {
	return ms === null ? null : new Date(ms).toISOString();
}
