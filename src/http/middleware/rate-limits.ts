/**
 * How often somebody may ask: per shopper and per network address, counted by the platform's rate limiter, which costs no
 * call to any object. https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/
 *
 * It also slows hoarding by many shoppers who are one (OWASP OAT-021), since an address can make only so many of them in a
 * minute; what one shopper may hold is bounded by `hoarding.ts` and by a SKU's `limitPerShopper`. Counting is per Cloudflare
 * location and approximate, so it is a brake and not a rule of stock.
 *
 * The numbers stand in wrangler.toml. `RATE_LIMITS=off` turns it off, as `npm run dev` does: on a laptop everybody has the
 * same address.
 */
import { createMiddleware } from "hono/factory";
import { RATE_PERIOD_SECONDS } from "../../limits.ts";
import type { AppEnv } from "../context.ts";
import { Problem, retryAfter } from "../problems.ts";

type Limiter = "RATE_TOKENS" | "RATE_RESERVATIONS" | "RATE_CHECKOUTS" | "RATE_ADDRESS";

async function enforce(env: Env, limiter: Limiter, key: string): Promise<void> {
	const { success } = await env[limiter].limit({ key });
	if (success) return;
	throw new Problem("too-many-requests", "Slow down a little.", { headers: retryAfter(RATE_PERIOD_SECONDS) });
}

/** @param limiter counted for each shopper, beside what counts for the address; null before there is a shopper */
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
