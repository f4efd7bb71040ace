/**
 * Rate limits per shopper and per network address, counted by the platform's rate limiter without a call to any object.
 * https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/
 *
 * They also slow down one person who hoards as many shoppers (OWASP OAT-021), since an address can make only so many
 * shoppers in a minute. What one shopper may hold is bounded by `edge/holding-limit.ts` and by a SKU's
 * `limitPerShopper`. The platform counts per location and approximately, so these limits are a brake and not a rule of
 * stock.
 *
 * The numbers are in wrangler.toml. `RATE_LIMITS=off` turns the limits off, as `npm run dev` does: on a laptop
 * everybody has the same address.
 */
import { createMiddleware } from "hono/factory";
import { RATE_PERIOD_SECONDS } from "../../limits.ts";
import type { AppEnv } from "../context.ts";
import { Problem, retryAfter } from "../problems.ts";

type Limiter = "RATE_TOKENS" | "RATE_RESERVATIONS" | "RATE_CHECKOUTS" | "RATE_ADDRESS";

async function enforce(env: Env, limiter: Limiter, key: string): Promise<void> {
	const { success } = await env[limiter].limit({ key });
	if (success) return;
	throw new Problem("too-many-requests", "Too many requests in a minute. Slow down.", {
		headers: retryAfter(RATE_PERIOD_SECONDS),
	});
}

/** @param limiter counted per shopper, in addition to the address; null for a route that has no shopper yet */
const limited = (limiter: Exclude<Limiter, "RATE_TOKENS" | "RATE_ADDRESS"> | null) =>
	createMiddleware<AppEnv>(async (c, next) => {
		if (c.env.RATE_LIMITS !== "off" && c.req.method !== "GET") {
			const address = c.req.header("cf-connecting-ip") ?? "unknown";
			await enforce(c.env, limiter === null ? "RATE_TOKENS" : "RATE_ADDRESS", address);
			if (limiter !== null) await enforce(c.env, limiter, c.var.shopperId);
		}
		await next();
	});

export const limitTokens = limited(null);
export const limitReservations = limited("RATE_RESERVATIONS");
export const limitCheckouts = limited("RATE_CHECKOUTS");
