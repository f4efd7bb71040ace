/**
 * How the sandbox signs a webhook, and how we check it: `holdfast-signature: t=<unix seconds>,v1=<hex>`, where the hex is
 * HMAC-SHA256 of `<t>.<body>` under a shared secret.
 *
 * What it keeps true: a message passes only if it was signed by someone who has the secret, is unaltered to the byte, and
 * is less than five minutes from our clock in either direction (a replayed old message is refused, and so is one post-dated to
 * be replayable later). Without a secret nothing passes. Not here: what the message means (`sandbox.ts`).
 */
import { MAX_WEBHOOK_SIGNATURES } from "../../limits.ts";

/** The header that carries the signature. */
export const SIGNATURE_HEADER = "holdfast-signature";

/** How far a message's time may be from ours, either way: the tolerance that Stripe's libraries use too. */
export const SIGNATURE_TOLERANCE_MS = 300_000;

/** A secret that nobody can guess: as many random bytes as the hash has. */
export function newSecret(): string {
	return hex(crypto.getRandomValues(new Uint8Array(32)));
}

/** Signs `body` as sent at `nowMs`, and answers with the header's value. @throws Error when there is no secret */
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
