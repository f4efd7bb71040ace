/**
 * The headers of every response: the request's id, security headers, and CORS for shoppers.
 *
 * Every request of a drop passes here, so it is one middleware with few steps. Hono's middlewares for the same purpose
 * (request-id, secure-headers, cors, body-limit) copied each response and counted each body, which took a third of the
 * time of a reservation. They still serve preflights, pages, and bodies of unknown length (`request-guards.ts`).
 */
import { cors } from "hono/cors";
import { createMiddleware } from "hono/factory";
import { secureHeaders } from "hono/secure-headers";
import type { IsolateMemory } from "../../edge/isolate-memory.ts";
import { MAX_REQUEST_ID, PREFLIGHT_SECONDS } from "../../limits.ts";
import type { AppEnv } from "../context.ts";

const REQUEST_ID = "x-request-id";
const VALID_REQUEST_ID = new RegExp(`^[\\w=-]{1,${MAX_REQUEST_ID}}$`);

const STRICT_TRANSPORT = "max-age=15552000";
/** The security headers that matter for a response that is not a page. */
const SECURITY_HEADERS = [
	["x-content-type-options", "nosniff"],
	["x-frame-options", "SAMEORIGIN"],
	["referrer-policy", "no-referrer"],
	// Not for subdomains: the shop may serve this Worker at its apex, and would bind every other service of its domain.
	["strict-transport-security", STRICT_TRANSPORT],
] as const;
const pageHeaders = secureHeaders({ strictTransportSecurity: STRICT_TRANSPORT });

// A storefront may be at any origin: a page sends the shopper's token on purpose, in a header. There are no cookies.
const SHOPPERS = "/v1/";
const ORIGIN = "*";
const EXPOSED = ["etag", "location", "ratelimit", "ratelimit-policy", "retry-after", REQUEST_ID];
/** Answers the preflight that a browser sends for a page of another origin. */
export const preflight = cors({ origin: ORIGIN, exposeHeaders: EXPOSED, maxAge: PREFLIGHT_SECONDS });
const EXPOSED_LIST = EXPOSED.join(",");

/**
 * Gives the request an id and what its isolate remembers, and its response the headers above, refusals included.
 */
export const responseHeaders = (memory: IsolateMemory) =>
	createMiddleware<AppEnv>(async (c, next) => {
		const callerId = c.req.header(REQUEST_ID);
		const id = callerId !== undefined && VALID_REQUEST_ID.test(callerId) ? callerId : crypto.randomUUID();
		c.set("requestId", id);
		c.set("memory", memory);
		await next();
		// The headers of a WebSocket upgrade cannot be changed any more.
		if (c.res.status === 101) return;
		const { headers } = c.res;
		headers.set(REQUEST_ID, id);
		const policy = c.get("rateLimitPolicy");
		if (policy !== undefined) headers.set("ratelimit-policy", policy);
		for (const [name, value] of SECURITY_HEADERS) headers.set(name, value);
		if (c.req.path.startsWith(SHOPPERS)) {
			headers.set("access-control-allow-origin", ORIGIN);
			headers.set("access-control-expose-headers", EXPOSED_LIST);
		} else if (headers.get("content-type")?.startsWith("text/html")) {
			await pageHeaders(c, async () => {});
		}
	});
