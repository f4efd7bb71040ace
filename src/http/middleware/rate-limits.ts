/**
 * Rate limits per shopper and per network address, counted by the platform's rate limiter without a call to any object.
 * https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/
 *
 * They also slow down one person who hoards as many shoppers (OWASP OAT-021), since an address can make only so many
 * shoppers in a minute. What one shopper may hold is bounded by `edge/holding-limit.ts` and by a SKU's
 * `limitPerShopper`. The platform counts per location and approximately, so these limits are a brake and not a rule of
 * stock. An IPv6 caller is counted by the /64.
 *
 * The numbers are in wrangler.toml. `RATE_LIMITS=off` turns the limits off, as `npm run dev` does: on a laptop
 * everybody has the same address.
 */
import { createMiddleware } from "hono/factory";
import { RATE_PERIOD_SECONDS, RATE_QUOTAS } from "../../limits.ts";
import { networkOf } from "../../platform/network-address.ts";
import type { AppEnv } from "../context.ts";
import { Problem, retryAfter } from "../problems.ts";
import { asksTurnstile } from "./turnstile.ts";

type Limiter = Extract<keyof Env, `RATE_${string}`> &
	{ [K in keyof Env]: Env[K] extends RateLimit ? K : never }[keyof Env];

/** What callers are told of each limiter. Those of an address and those of a shopper are counted apart. */
const POLICY_NAMES: Readonly<Record<Limiter, string>> = {
	RATE_TOKENS: "address-new-shoppers",
	RATE_ADDRESS: "address",
	RATE_RESERVATIONS: "shopper-reservations",
	RATE_CHECKOUTS: "shopper-checkouts",
	RATE_READS: "address-reads",
	RATE_SHOPPER_READS: "shopper-reads",
	RATE_REFUSALS: "address-refused-tokens",
};

/** The value of `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers), written once: it stands on every answer. */
const policyOf = (limiter: Limiter): string =>
	`"${POLICY_NAMES[limiter]}";q=${RATE_QUOTAS[limiter]};w=${RATE_PERIOD_SECONDS}`;

/**
 * The platform's limiter says yes or no, and not how much is left. So `RateLimit` says only that nothing is, and when asking
 * again makes sense at the latest.
 * @param limiter the one that said no; null when it was no limiter
 */
export const tooManyRequests = (limiter: Limiter | null): Problem =>
	new Problem("too-many-requests", "Too many requests in a minute. Slow down.", {
		headers: {
			...retryAfter(RATE_PERIOD_SECONDS),
			...(limiter === null ? {} : { ratelimit: `"${POLICY_NAMES[limiter]}";r=0;t=${RATE_PERIOD_SECONDS}` }),
		},
	});

/** The address that the platform says a request came from. Locally it says none. */
export const callerOf = (header: string | undefined): string => networkOf(header ?? "unknown");

/** Counts a request. False when there were too many. */
export async function isAllowed(env: Env, limiter: Limiter, key: string): Promise<boolean> {
	return env.RATE_LIMITS === "off" || (await env[limiter].limit({ key })).success;
}

async function enforce(env: Env, limiter: Limiter, key: string): Promise<void> {
	if (!(await isAllowed(env, limiter, key))) throw tooManyRequests(limiter);
}

/** @param byAddress, byShopper the limiters; null where that is not counted. `RATE_SHOPPER_READS` counts every GET */
const limited = (byAddress: Limiter | ((env: Env) => Limiter), byShopper: Limiter | null) => {
	const policies = new Map<Limiter, string>();
	return createMiddleware<AppEnv>(async (c, next) => {
		if (c.env.RATE_LIMITS !== "off") {
			const isRead = c.req.method === "GET";
			const address = callerOf(c.req.header("cf-connecting-ip"));
			const limiter = isRead ? "RATE_READS" : typeof byAddress === "function" ? byAddress(c.env) : byAddress;
			const ofShopper = byShopper && (isRead ? "RATE_SHOPPER_READS" : byShopper);
			let policy = policies.get(limiter);
			if (policy === undefined) {
				policy = [limiter, ...(ofShopper === null ? [] : [ofShopper])].map(policyOf).join(", ");
				policies.set(limiter, policy);
			}
			c.set("rateLimitPolicy", policy);
			await enforce(c.env, limiter, address);
			if (ofShopper !== null) await enforce(c.env, ofShopper, c.get("shopperId"));
		}
		await next();
	});
};

/**
 * With Turnstile in front, a new shopper costs a solved challenge, and the address is only a coarse brake: a carrier's
 * thousand subscribers are not held to the number that is meant for scripts.
 */
export const limitTokens = limited((env) => (asksTurnstile(env) ? "RATE_ADDRESS" : "RATE_TOKENS"), null);
/** For reads that need no token. */
export const limitReads = limited("RATE_READS", null);
export const limitReservations = limited("RATE_ADDRESS", "RATE_RESERVATIONS");
export const limitCheckouts = limited("RATE_ADDRESS", "RATE_CHECKOUTS");
