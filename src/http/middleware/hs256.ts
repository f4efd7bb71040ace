/**
 * Verifies JSON Web Tokens that were signed with HS256, and no others (RFC 7515, RFC 7519).
 *
 * jose issues the tokens but does not verify them: each shopper of a drop brings a token that the isolate has not seen,
 * and jose imports the key anew for each, which takes several times as long. Valid tokens are not cached, since a
 * shopper sends few requests, and to different isolates. Invariants:
 * - The platform compares the signature, in constant time, before any claim is read.
 * - A token that is not exactly as expected is not valid.
 */
export interface Expected {
	readonly issuer: string;
	readonly audience: string;
}

const COMPACT = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/;
const toBytes = new TextEncoder();
const toText = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

/** The key that was used last. It is the key itself, since a promise of it would belong to one request. */
let last: { readonly secret: string; readonly key: CryptoKey } | null = null;

/** The header that was accepted last: all tokens of one issuer have the same. */
let lastHeader = "";

async function keyOf(secret: string): Promise<CryptoKey> {
	if (last?.secret === secret) return last.key;
	const key = await crypto.subtle.importKey("raw", toBytes.encode(secret), { name: "HMAC", hash: "SHA-256" }, false, [
		"verify",
	]);
	last = { secret, key };
	return key;
}

/** Whom the token names and until when; null when the token is not valid. */
export async function verifyHs256(
	token: string,
	secret: string,
	{ issuer, audience }: Expected,
	nowMs: number,
): Promise<{ readonly subject: string; readonly expiresAtMs: number } | null> {
	const [, head = "", body = "", signature = ""] = COMPACT.exec(token) ?? [];
	if (head !== lastHeader) {
		const header = readObject(head);
		// A header with "crit" names extensions, none of which is supported here (RFC 7515, section 4.1.11).
		if (header === null || header["alg"] !== "HS256" || header["crit"] !== undefined) return null;
		lastHeader = head;
	}
	const signatureBytes = bytesOf(signature);
	if (signatureBytes === null) return null;
	const signed = toBytes.encode(token.slice(0, head.length + 1 + body.length));
	if (!(await crypto.subtle.verify("HMAC", await keyOf(secret), signatureBytes, signed))) return null;
	const claims = readObject(body);
	if (claims === null) return null;
	const { iss, aud, sub, exp, nbf } = claims;
	const isForUs = aud === audience || (Array.isArray(aud) && aud.includes(audience));
	if (iss !== issuer || !isForUs || typeof sub !== "string" || typeof exp !== "number") return null;
	if (nowMs >= exp * 1000) return null;
	if (nbf !== undefined && !(typeof nbf === "number" && nowMs >= nbf * 1000)) return null;
	return { subject: sub, expiresAtMs: exp * 1000 };
}

type Json = Readonly<Record<string, unknown>>;

function readObject(base64url: string): Json | null {
	const bytes = bytesOf(base64url);
	if (bytes === null) return null;
	try {
		const value: unknown = JSON.parse(toText.decode(bytes));
		return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : null;
	} catch {
		return null;
	}
}

function bytesOf(base64url: string): Uint8Array | null {
	try {
		return Uint8Array.fromBase64(base64url, { alphabet: "base64url" });
	} catch {
		return null;
	}
}
