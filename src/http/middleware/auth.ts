/**
 * Who sends a request.
 *
 * A shopper is an id inside a signed token (JWT, HS256), so a shopper costs no storage and needs no look-up. A merchant
 * has the admin token. Invariants:
 * - Without a configured secret of decent length the answer is 503. A missing secret never lets anybody in.
 * - Tokens are compared in constant time.
 * - No answer says what was wrong with a token.
 */
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { SignJWT } from "jose";
import { SHOPPER_ID_PATTERN } from "../../ids.ts";
import { MIN_SECRET_LENGTH, RATE_PERIOD_SECONDS } from "../../limits.ts";
import { messageOf } from "../../platform/errors.ts";
import { log } from "../../platform/log.ts";
import type { AppEnv } from "../context.ts";
import { Problem } from "../problems.ts";
import { ACCESS_HEADER, accessIdentity, accessIsConfigured } from "./cloudflare-access.ts";
import { keyIdOf, verifyHs256 } from "./hs256.ts";
import { callerOf, isAllowed, tooManyRequests } from "./rate-limits.ts";

const ISSUER = "holdfast";
const AUDIENCE = "holdfast-shopper";
/** In the journal: whoever has the admin token. */
const ADMIN_ACTOR = "admin";

/** Whether it is set, and long enough to be a secret. */
export const isSecret = (secret: string | undefined): secret is string =>
	secret !== undefined && secret.length >= MIN_SECRET_LENGTH;

/** @throws Problem `not-configured` when the secret is missing, or shorter than `MIN_SECRET_LENGTH` */
function requireSecret(secret: string | undefined, name: string): string {
	if (isSecret(secret)) return secret;
	throw new Problem("not-configured", `The secret ${name} is not set, or is too short.`);
}

/** While a secret is rotated the previous one stays valid too, so that nobody loses a hold by it. */
type TokenSecrets = Partial<Pick<Env, "SHOPPER_TOKEN_SECRET" | "SHOPPER_TOKEN_SECRET_PREVIOUS">>;

/** The secret that signs, and then the one that is still accepted. @throws Problem `not-configured` */
function tokenSecrets(env: TokenSecrets): readonly [string, ...string[]] {
	const present = requireSecret(env.SHOPPER_TOKEN_SECRET, "SHOPPER_TOKEN_SECRET");
	const previous = env.SHOPPER_TOKEN_SECRET_PREVIOUS;
	return isSecret(previous) ? [present, previous] : [present];
}

/** A shopper, and until when the token that names them is valid. */
export interface Identity {
	readonly shopperId: string;
	readonly expiresAtMs: number;
}

/**
 * Signs a token for `shopperId`, valid until `expiresAtMs`.
 * @throws Problem `not-configured`
 */
export async function issueShopperToken(
	env: TokenSecrets,
	shopperId: string,
	nowMs: number,
	lifetimeSeconds: number,
): Promise<{ readonly token: string; readonly expiresAtMs: number }> {
	const [secret] = tokenSecrets(env);
	const issuedAt = Math.floor(nowMs / 1000);
	const expiresAt = issuedAt + lifetimeSeconds;
	const token = await new SignJWT()
		.setProtectedHeader({ alg: "HS256", kid: await keyIdOf(secret) })
		.setSubject(shopperId)
		.setIssuer(ISSUER)
		.setAudience(AUDIENCE)
		.setIssuedAt(issuedAt)
		.setExpirationTime(expiresAt)
		.sign(new TextEncoder().encode(secret));
	return { token, expiresAtMs: expiresAt * 1000 };
}

/** The shopper that a token names; null when the token is not valid. @throws Problem `not-configured` */
export async function shopperOf(env: TokenSecrets, token: string, nowMs: number): Promise<Identity | null> {
	const claims = await verifyHs256(token, tokenSecrets(env), { issuer: ISSUER, audience: AUDIENCE }, nowMs);
	if (claims === null || !SHOPPER_ID_PATTERN.test(claims.subject)) return null;
	return { shopperId: claims.subject, expiresAtMs: claims.expiresAtMs };
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
export async function shopperFrom(
	env: Env,
	authorization: string | undefined,
	token?: string,
): Promise<Identity | null> {
	const presented = bearer(authorization) ?? token;
	if (presented === undefined) return null;
	const shopper = await shopperOf(env, presented, Date.now());
	if (shopper === null) throw unauthorized("shopper");
	return shopper;
}

/** Lets shoppers through, and sets `c.var.shopperId`. */
export const shopperOnly = createMiddleware<AppEnv>(async (c, next) => {
	const token = bearer(c.req.header("authorization"));
	const shopper = token === null ? null : await shopperOf(c.env, token, Date.now());
	if (shopper === null) {
		tokenSecrets(c.env);
		throw unauthorized("shopper");
	}
	c.set("shopperId", shopper.shopperId);
	await next();
});

/**
 * Lets merchants through: by the admin token, or by a Cloudflare Access token where Access is configured. Whoever is
 * refused too often is not looked at for a while, with whatever token: else a guesser would learn from each guess.
 */
export const merchantOnly = createMiddleware<AppEnv>(async (c, next) => {
	const { barredAddresses } = c.var.memory;
	const caller = callerOf(c.req.header("cf-connecting-ip"));
	if (c.env.RATE_LIMITS !== "off" && Date.now() < (barredAddresses.get(caller) ?? 0))
		throw tooManyRequests("RATE_REFUSALS");
	const verdict = await judge(c);
	if (typeof verdict === "object") {
		c.set("actor", verdict.actor);
		return next();
	}
	if (!(await isAllowed(c.env, "RATE_REFUSALS", caller))) {
		barredAddresses.set(caller, Date.now() + RATE_PERIOD_SECONDS * 1000);
		throw tooManyRequests("RATE_REFUSALS");
	}
	if (verdict === "stranger") throw unauthorized("admin");
	throw new Problem("temporarily-unavailable", "The keys of Cloudflare Access cannot be fetched now.");
});

/** Who did what a merchant asks for: the person whom Access names, or whoever has the admin token. */
interface Merchant {
	readonly actor: string;
}

/** @throws Problem `not-configured` where nothing is configured that could let anybody in */
async function judge({ env, req }: Context<AppEnv>): Promise<Merchant | "stranger" | "unknown"> {
	const assertion = req.header(ACCESS_HEADER);
	const byAccess = accessIsConfigured(env);
	const access = byAccess && assertion !== undefined ? await checkAccess(env, assertion) : "invalid";
	if (typeof access === "object") {
		requireOwnPage(req);
		return access;
	}
	const otherwise = access === "unknown" ? "unknown" : "stranger";
	if (byAccess && !isSecret(env.ADMIN_TOKEN)) return otherwise;
	const expected = [requireSecret(env.ADMIN_TOKEN, "ADMIN_TOKEN"), env.ADMIN_TOKEN_PREVIOUS].filter(isSecret);
	const token = bearer(req.header("authorization"));
	if (token === null) return otherwise;
	const areEqual = await Promise.all(expected.map((secret) => secretsEqual(token, secret)));
	return areEqual.includes(true) ? { actor: ADMIN_ACTOR } : otherwise;
}

/** `unknown`: the team's keys cannot be fetched. Whoever also has the right admin token must get in all the same. */
async function checkAccess(env: Env, assertion: string): Promise<Merchant | "invalid" | "unknown"> {
	try {
		const actor = await accessIdentity(env, assertion, Date.now());
		return actor === null ? "invalid" : { actor };
	} catch (error) {
		log("access-keys-unavailable", { error: messageOf(error) });
		return "unknown";
	}
}

/**
 * Access goes by a cookie, which a browser sends along whatever page asks, so another site could make a merchant's
 * browser post something. A JSON content type needs a preflight, which `/admin` answers to no other origin; without a
 * body there is none, and then the request has to come from a page of ours. The admin token is no cookie: who sends it
 * means it.
 */
function requireOwnPage(req: Context<AppEnv>["req"]): void {
	if (req.method !== "POST" || req.header("content-type") !== undefined) return;
	if (req.header("origin") === new URL(req.url).origin) return;
	throw new Problem("unsupported-media-type", "Send application/json, also without a body.");
}

/** Compares the digests in constant time. Digests have one length, so timing reveals neither length nor content. */
async function secretsEqual(a: string, b: string): Promise<boolean> {
	const [left, right] = await Promise.all(
		[a, b].map((text) => crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))),
	);
	return left !== undefined && right !== undefined && crypto.subtle.timingSafeEqual(left, right);
}
