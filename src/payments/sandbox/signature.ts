/**
 * How the sandbox signs a webhook, and how we verify it: `holdfast-signature: t=<unix seconds>,v1=<hex>`, where the hex
 * is HMAC-SHA256 of `<t>.<body>` under a shared secret.
 *
 * A message is valid only if its sender has the secret, if no byte was changed, and if its time is within five minutes
 * of our clock in either direction: a replayed old message is refused, and so is one post-dated to be replayed later.
 * Without a secret no message is valid. Not here: what the message means (`provider.ts`).
 */
import { MAX_WEBHOOK_SIGNATURES } from "../../limits.ts";

/** The header that carries the signature. */
export const SIGNATURE_HEADER = "holdfast-signature";

/** How far a message's time may be from ours, in either direction. Stripe's libraries have the same tolerance. */
export const SIGNATURE_TOLERANCE_MS = 300_000;

/** A secret that nobody can guess: as many random bytes as the hash has. */
export function newSecret(): string {
	return hex(crypto.getRandomValues(new Uint8Array(32)));
}

/** The header's value for `body` sent at `nowMs`. @throws Error when the secret is empty */
export async function sign(secret: string, body: string, nowMs: number): Promise<string> {
	if (secret === "") throw new Error("a webhook cannot be signed without a secret");
	const t = String(Math.floor(nowMs / 1000));
	const mac = await crypto.subtle.sign("HMAC", await hmacKey(secret, "sign"), signedBytes(t, body));
	return `t=${t},v1=${hex(new Uint8Array(mac))}`;
}

/** Whether `header` is a signature of exactly `body`, made with `secret` within the tolerance of `nowMs`. */
export async function verify(secret: string, header: string | null, body: string, nowMs: number): Promise<boolean> {
	if (secret === "" || header === null) return false;
	const parsed = parseHeader(header);
	if (parsed === null) return false;
	if (Math.abs(nowMs - Number(parsed.t) * 1000) > SIGNATURE_TOLERANCE_MS) return false;
	const key = await hmacKey(secret, "verify");
	const bytes = signedBytes(parsed.t, body);
	for (const mac of parsed.macs) {
		// `verify` compares in constant time, which comparing hex strings would not.
		// https://developers.cloudflare.com/workers/examples/signing-requests/
		if (await crypto.subtle.verify("HMAC", key, mac, bytes)) return true;
	}
	return false;
}

function parseHeader(header: string): { t: string; macs: Uint8Array<ArrayBuffer>[] } | null {
	let t: string | null = null;
	const macs: Uint8Array<ArrayBuffer>[] = [];
	for (const part of header.split(",")) {
		const [name, value = ""] = part.trim().split("=", 2);
		if (name === "t") {
			if (t !== null || !/^\d{1,12}$/.test(value)) return null;
			t = value;
		} else if (name === "v1" && /^[0-9a-f]{64}$/i.test(value) && macs.length < MAX_WEBHOOK_SIGNATURES) {
			macs.push(unhex(value));
		}
	}
	return t === null ? null : { t, macs };
}

function hmacKey(secret: string, usage: "sign" | "verify"): Promise<CryptoKey> {
	const bytes = new TextEncoder().encode(secret);
	return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, [usage]);
}

function signedBytes(t: string, body: string): Uint8Array {
	return new TextEncoder().encode(`${t}.${body}`);
}

function hex(bytes: Uint8Array): string {
	return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function unhex(text: string): Uint8Array<ArrayBuffer> {
	return Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16));
}
