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

const KEY_ID_BYTES = 6;
const COMPACT = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/;
const toBytes = new TextEncoder();
const toText = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

/**
 * The keys that were used last: the present secret's and the previous one's. They are the keys themselves, since a
 * promise of one would belong to one request.
 */
let lastKeys: readonly Key[] = [];

interface Key {
	readonly secret: string;
	readonly id: string;
	readonly key: CryptoKey;
}

/** The header that was accepted last: all tokens of one issuer and key have the same. */
let lastHeader: { readonly text: string; readonly keyId: string | null } = { text: "", keyId: null };

async function keyOf(secret: string): Promise<Key> {
	const known = lastKeys.find((key) => key.secret === secret);
	if (known !== undefined) return known;
	const algorithm = { name: "HMAC", hash: "SHA-256" };
	const key = await crypto.subtle.importKey("raw", toBytes.encode(secret), algorithm, false, ["verify"]);
	const made = { secret, id: await keyIdOf(secret), key };
	lastKeys = [made, ...lastKeys.slice(0, 1)];
	return made;
}

/** Names a secret in the header of its tokens (`kid`). It says too little of the secret to help anybody guess it. */
export async function keyIdOf(secret: string): Promise<string> {
	const digest = await crypto.subtle.digest("SHA-256", toBytes.encode(`holdfast kid ${secret}`));
	return new Uint8Array(digest).subarray(0, KEY_ID_BYTES).toBase64({ alphabet: "base64url", omitPadding: true });
}

/** @returns the `kid` of a header that is accepted, null where it names none; undefined when it is not accepted */
function acceptedKeyId(head: string): string | null | undefined {
	if (head === lastHeader.text) return lastHeader.keyId;
	const header = readObject(head);
	// A header with "crit" names extensions, none of which is supported here (RFC 7515, section 4.1.11).
	if (header === null || header["alg"] !== "HS256" || header["crit"] !== undefined) return undefined;
	const { kid = null } = header;
	if (kid !== null && typeof kid !== "string") return undefined;
	lastHeader = { text: head, keyId: kid };
	return kid;
}

/**
 * Whom the token names and until when; null when the token is not valid.
 * @param secrets the present one, and one that is being rotated out. A token without `kid` may be of either.
 */
export async function verifyHs256(
	token: string,
	secrets: readonly string[],
	{ issuer, audience }: Expected,
	nowMs: number,
): Promise<{ readonly subject: string; readonly expiresAtMs: number } | null> {
	const [, head = "", body = "", signature = ""] = COMPACT.exec(token) ?? [];
	const keyId = acceptedKeyId(head);
	const signatureBytes = bytesOf(signature);
	if (keyId === undefined || signatureBytes === null) return null;
	const signed = toBytes.encode(token.slice(0, head.length + 1 + body.length));
	if (!(await isSignedByOneOf(secrets, keyId, signatureBytes, signed))) return null;
	const claims = readObject(body);
	if (claims === null) return null;
	const { iss, aud, sub, exp, nbf } = claims;
	const isForUs = aud === audience || (Array.isArray(aud) && aud.includes(audience));
	if (iss !== issuer || !isForUs || typeof sub !== "string" || typeof exp !== "number") return null;
	if (nowMs >= exp * 1000) return null;
	if (nbf !== undefined && !(typeof nbf === "number" && nowMs >= nbf * 1000)) return null;
	return { subject: sub, expiresAtMs: exp * 1000 };
}

async function isSignedByOneOf(
	secrets: readonly string[],
	keyId: string | null,
	signature: Uint8Array,
	signed: Uint8Array,
): Promise<boolean> {
	for (const secret of secrets) {
		const { id, key } = await keyOf(secret);
		if (keyId !== null && keyId !== id) continue;
		if (await crypto.subtle.verify("HMAC", key, signature, signed)) return true;
	}
	return false;
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
