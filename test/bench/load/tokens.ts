/**
 * Shopper tokens as the product issues them (HS256, with the claims of `src/http/middleware/auth.ts`), made by the
 * thousand: Node's own HMAC is synchronous and some ten times as fast as a promise for each. A token that the product
 * refuses shows at once, since the status of every answer is counted.
 */
import { createHmac, createSecretKey } from "node:crypto";

const LIFETIME_SECONDS = 3600;

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** @returns a function that makes the token of a shopper */
export function signer(secret: string, nowMs = Date.now()): (shopperId: string) => string {
	const key = createSecretKey(secret, "utf8");
	const head = encoded({ alg: "HS256" });
	const iat = Math.floor(nowMs / 1000);
	return (sub) => {
		const claims = { sub, iss: "holdfast", aud: "holdfast-shopper", iat, exp: iat + LIFETIME_SECONDS };
		const signed = `${head}.${encoded(claims)}`;
		return `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;
	};
}
