/** SHA-256, for names and fingerprints. */

/** Lower-case hexadecimal SHA-256 of `text` in UTF-8. */
export async function sha256Hex(text: string): Promise<string> {
	const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
	return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Digest of a JSON value, the same for the same members in whatever order. */
export function fingerprint(value: unknown): Promise<string> {
	return sha256Hex(JSON.stringify(sorted(value)));
}

function sorted(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(sorted);
	if (value === null || typeof value !== "object") return value;
	const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
	return Object.fromEntries(entries.map(([key, member]) => [key, sorted(member)]));
}
