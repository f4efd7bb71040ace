/**
 * Checks a JSON Web Token that was signed with HS256, and takes no other (RFC 7515, RFC 7519).
 *
 * It is here, beside jose, which issues the tokens, because each shopper of a drop comes with a token never seen before:
 * jose makes the key anew for each and takes several times as long. Tokens that held are not remembered: a shopper asks a
 * few times, and not of the same isolate. What it keeps true: the signature is compared in constant
 * time, by the platform, before anything of the claims is read; what is not exactly as expected does not hold.
 */
export interface Expected {
	readonly issuer: string;
	readonly audience: string;
}

const COMPACT = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/;
const toBytes = new TextEncoder();
const toText = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

/** The key that was used last. Kept is the key and not the promise of it, which would belong to one request. */
let last: { readonly secret: string; readonly key: CryptoKey } | null = null;

/** The header that was understood last: all tokens of one issuer bear the same. */
let lastHeader = "";

async function keyOf(secret: string): Promise<CryptoKey> {
	if (last?.secret === secret) return last.key;
	const key = await crypto.subtle.importKey("raw", toBytes.encode(secret), { name: "HMAC", hash: "SHA-256" }, false, [
		"verify",
	]);
	last = { secret, key };
	return key;
}

/** The subject that the token speaks of, or null when it does not hold. */
export async function verifyHs256(
	token: string,
	secret: string,
	{ issuer, audience }: Expected,
	nowMs: number,
): Promise<string | null> {
	const [, head = "", body = "", signature = ""] = COMPACT.exec(token) ?? [];
	if (head !== lastHeader) {
		const header = readObject(head);
		// Nothing in a header is understood but the algorithm, so one that says "crit" is refused (RFC 7515, section 4.1.11).
		if (header === null || header["alg"] !== "HS256" || header["crit"] !== undefined) return null;
		lastHeader = head;
	}
	const given = bytesOf(signature);
	if (given === null) return null;
	const signed = toBytes.encode(token.slice(0, head.length + 1 + body.length));
	if (!(await crypto.subtle.verify("HMAC", await keyOf(secret), given, signed))) return null;
	const claims = readObject(body);
	if (claims === null) return null;
	const { iss, aud, sub, exp, nbf } = claims;
	const isForUs = aud === audience || (Array.isArray(aud) && aud.includes(audience));
	if (iss !== issuer || !isForUs || typeof sub !== "string" || typeof exp !== "number") return null;
	if (nowMs >= exp * 1000) return null;
	if (nbf !== undefined && !(typeof nbf === "number" && nowMs >= nbf * 1000)) return null;
	return sub;
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
