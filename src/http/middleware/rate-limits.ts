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
import { RATE_PERIOD_SECONDS } from "../../limits.ts";
import { networkOf } from "../../platform/network-address.ts";
import type { AppEnv } from "../context.ts";
import { Problem, retryAfter } from "../problems.ts";
import { asksTurnstile } from "./turnstile.ts";

type Limiter = Extract<keyof Env, `RATE_${string}`> &
	{ [K in keyof Env]: Env[K] extends RateLimit ? K : never }[keyof Env];

export const tooManyRequests = (): Problem =>
	new Problem("too-many-requests", "Too many requests in a minute. Slow down.", {
		headers: retryAfter(RATE_PERIOD_SECONDS),
	});

/** The address that the platform says a request came from. Locally it says none. */
export const callerOf = (header: string | undefined): string => networkOf(header ?? "unknown");

/** Counts a request. False when there were too many. */
export async function isAllowed(env: Env, limiter: Limiter, key: string): Promise<boolean> {
	return env.RATE_LIMITS === "off" || (await env[limiter].limit({ key })).success;
}

async function enforce(env: Env, limiter: Limiter, key: string): Promise<void> {
	if (!(await isAllowed(env, limiter, key))) throw tooManyRequests();
}

/** @param byAddress, byShopper the limiters; null where that is not counted. `RATE_SHOPPER_READS` counts every GET */
const limited = (byAddress: Limiter | ((env: Env) => Limiter), byShopper: Limiter | null) =>
	createMiddleware<AppEnv>(async (c, next) => {
		if (c.env.RATE_LIMITS !== "off") {
			const isRead = c.req.method === "GET";
			const address = callerOf(c.req.header("cf-connecting-ip"));
			const limiter = typeof byAddress === "function" ? byAddress(c.env) : byAddress;
			await enforce(c.env, isRead ? "RATE_READS" : limiter, address);
			if (byShopper !== null) await enforce(c.env, isRead ? "RATE_SHOPPER_READS" : byShopper, c.var.shopperId);
		}
		await next();
	});

/**
 * With Turnstile in front, a new shopper costs a solved challenge, and the address is only a coarse brake: a carrier's
 * thousand subscribers are not held to the number that is meant for scripts.
 */
export const limitTokens = limited((env) => (asksTurnstile(env) ? "RATE_ADDRESS" : "RATE_TOKENS"), null);
/** For reads that need no token. */
export const limitReads = limited("RATE_READS", null);
export const limitReservations = limited("RATE_ADDRESS", "RATE_RESERVATIONS");
export const limitCheckouts = limited("RATE_ADDRESS", "RATE_CHECKOUTS");
