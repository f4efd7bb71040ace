/**
 * Who sends a request.
 *
 * A shopper is an id inside a signed token (JWT, HS256), so a shopper costs no storage and needs no look-up. A merchant
 * has the admin token. Invariants:
 * - Without a configured secret of decent length the answer is 503. A missing secret never lets anybody in.
 * - Tokens are compared in constant time.
 * - No answer says what was wrong with a token.
 */
import { createMiddleware } from "hono/factory";
import { SignJWT } from "jose";
import { SHOPPER_ID_PATTERN } from "../../ids.ts";
import { MIN_SECRET_LENGTH } from "../../limits.ts";
import { messageOf } from "../../platform/errors.ts";
import type { AppEnv } from "../context.ts";
import { Problem } from "../problems.ts";
import { ACCESS_HEADER, accessIsConfigured, isAccessToken } from "./cloudflare-access.ts";
import { verifyHs256 } from "./hs256.ts";

const ISSUER = "holdfast";
const AUDIENCE = "holdfast-shopper";

/** @throws Problem `not-configured` when the secret is missing, or shorter than `minLength` */
function requireSecret(secret: string | undefined, name: string, minLength = 1): string {
	if (secret === undefined || secret.length < minLength) {
		throw new Problem("not-configured", `The secret ${name} is not set, or is too short.`);
	}
	return secret;
}

const requireTokenSecret = (secret: string | undefined): string =>
	requireSecret(secret, "SHOPPER_TOKEN_SECRET", MIN_SECRET_LENGTH);

/**
 * Signs a token for `shopperId`, valid until `expiresAtMs`.
 * @throws Problem `not-configured`
 */
export async function issueShopperToken(
	secret: string | undefined,
	shopperId: string,
	nowMs: number,
	lifetimeSeconds: number,
): Promise<{ readonly token: string; readonly expiresAtMs: number }> {
	const issuedAt = Math.floor(nowMs / 1000);
	const expiresAt = issuedAt + lifetimeSeconds;
	const token = await new SignJWT()
		.setProtectedHeader({ alg: "HS256" })
		.setSubject(shopperId)
		.setIssuer(ISSUER)
		.setAudience(AUDIENCE)
		.setIssuedAt(issuedAt)
		.setExpirationTime(expiresAt)
		.sign(new TextEncoder().encode(requireTokenSecret(secret)));
	return { token, expiresAtMs: expiresAt * 1000 };
}

/** The shopper that a token names; null when the token is not valid. @throws Problem `not-configured` */
export async function shopperOf(secret: string | undefined, token: string, nowMs: number): Promise<string | null> {
	const subject = await verifyHs256(token, requireTokenSecret(secret), { issuer: ISSUER, audience: AUDIENCE }, nowMs);
	return subject !== null && SHOPPER_ID_PATTERN.test(subject) ? subject : null;
}

const unauthorized = (realm: string): Problem =>
	new Problem("unauthorized", `Send "Authorization: Bearer <${realm} token>".`, {
		headers: { "www-authenticate": `Bearer realm="${realm}"` },
	});

function bearer(header: string | undefined): string | null {
	const match = header === undefined ? null : /^Bearer +([\x21-\x7e]+)$/i.exec(header);
	return match?.[1] ?? null;
}

/**
 * The shopper of a request that does not need one; null without a token.
 * @param token used when the Authorization header has none
 * @throws Problem `unauthorized` when there is a token and it is not valid
 */
export async function shopperFrom(env: Env, authorization: string | undefined, token?: string): Promise<string | null> {
	const presented = bearer(authorization) ?? token;
	if (presented === undefined) return null;
	const shopperId = await shopperOf(env.SHOPPER_TOKEN_SECRET, presented, Date.now());
	if (shopperId === null) throw unauthorized("shopper");
	return shopperId;
}

/** Lets shoppers through, and sets `c.var.shopperId`. */
export const shopperOnly = createMiddleware<AppEnv>(async (c, next) => {
	const token = bearer(c.req.header("authorization"));
	const secret = c.env.SHOPPER_TOKEN_SECRET;
	const shopperId = token === null ? null : await shopperOf(secret, token, Date.now());
	if (shopperId === null) {
		requireTokenSecret(secret);
		throw unauthorized("shopper");
	}
	c.set("shopperId", shopperId);
	await next();
});

/** Lets merchants through: by the admin token, or by a Cloudflare Access token where Access is configured. */
export const merchantOnly = createMiddleware<AppEnv>(async (c, next) => {
	const assertion = c.req.header(ACCESS_HEADER);
	const byAccess = accessIsConfigured(c.env);
	const access = byAccess && assertion !== undefined ? await checkAccess(c.env, assertion) : "invalid";
	if (access === "valid") return next();
	if (byAccess && !c.env.ADMIN_TOKEN) throw notLetIn(access);
	const expected = requireSecret(c.env.ADMIN_TOKEN, "ADMIN_TOKEN");
	const token = bearer(c.req.header("authorization"));
	if (token === null || !(await secretsEqual(token, expected))) throw notLetIn(access);
	return next();
});

type AccessCheck = "valid" | "invalid" | "unknown";

/** `unknown`: the team's keys cannot be fetched. Whoever also has the right admin token must get in all the same. */
async function checkAccess(env: Env, assertion: string): Promise<AccessCheck> {
	try {
		return (await isAccessToken(env, assertion, Date.now())) ? "valid" : "invalid";
	} catch (error) {
		console.warn(`the keys of Cloudflare Access cannot be fetched: ${messageOf(error)}`);
		return "unknown";
	}
}

const notLetIn = (access: AccessCheck): Problem =>
	access === "unknown"
		? new Problem("temporarily-unavailable", "The keys of Cloudflare Access cannot be fetched now.")
		: unauthorized("admin");

/** Compares the digests in constant time. Digests have one length, so timing reveals neither length nor content. */
async function secretsEqual(a: string, b: string): Promise<boolean> {
	const [left, right] = await Promise.all(
		[a, b].map((text) => crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))),
	);
	return left !== undefined && right !== undefined && crypto.subtle.timingSafeEqual(left, right);
}
