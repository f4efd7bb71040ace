/**
 * Signs webhooks as Standard Webhooks 1.0.0 says: HMAC-SHA256 over `id.timestamp.body`, with the bytes that stand in
 * base64 behind `whsec_`. https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */

const PREFIX = "whsec_";
/** The spec wants 24 to 64. As many as the hash has. */
const SECRET_BYTES = 32;

const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));
const fromBase64 = (text: string) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

export const newSecret = (): string => PREFIX + toBase64(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)));

async function sign(secret: string, content: string): Promise<string> {
	const algorithm = { name: "HMAC", hash: "SHA-256" };
	const key = await crypto.subtle.importKey("raw", fromBase64(secret.slice(PREFIX.length)), algorithm, false, ["sign"]);
	const mac = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(content));
	return `v1,${toBase64(new Uint8Array(mac))}`;
}

/**
 * The headers of one attempt. @param secrets each signs: while one is rotated, a receiver has the one or the other
 */
export async function signedHeaders(secrets: readonly string[], id: string, atMs: number, body: string) {
	const timestamp = String(Math.floor(atMs / 1000));
	const signatures = await Promise.all(secrets.map((secret) => sign(secret, `${id}.${timestamp}.${body}`)));
	return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures.join(" ") };
}
