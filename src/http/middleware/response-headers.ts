/**
 * What is around every request and every answer: its id, what is refused unread, and the headers that a browser heeds.
 *
 * It is on the way of every request of a drop, so it does its work once and in few steps: Hono's middlewares for the same
 * (request-id, secure-headers, cors, body-limit) copied each answer and measured each body, which took a third of the time
 * of a reservation. They still serve where they fit: bodies of unknown length, preflights, pages.
 */
import { cors } from "hono/cors";
import { createMiddleware } from "hono/factory";
import { secureHeaders } from "hono/secure-headers";
import { MAX_REQUEST_ID } from "../../limits.ts";
import type { AppEnv } from "../context.ts";

const REQUEST_ID = "x-request-id";
const VALID_REQUEST_ID = new RegExp(`^[\\w=-]{1,${MAX_REQUEST_ID}}$`);

/** Of those that a browser heeds, the ones that mean something where there is no page. */
const SECURITY_HEADERS = [
	["x-content-type-options", "nosniff"],
	["x-frame-options", "SAMEORIGIN"],
	["referrer-policy", "no-referrer"],
	["strict-transport-security", "max-age=15552000; includeSubDomains"],
] as const;
const pageHeaders = secureHeaders();

// A storefront may live at any origin: shoppers are known by a header that a page has to send on purpose, not by a cookie.
const SHOPPERS = "/v1/";
const ORIGIN = "*";
const EXPOSED = ["etag", "location", "retry-after", REQUEST_ID];
/** Answers a browser that asks whether a page of another origin may send such a request. */
export const preflight = cors({ origin: ORIGIN, exposeHeaders: EXPOSED });
const EXPOSED_LIST = EXPOSED.join(",");

/** Names the request, and puts on its answer, refusals included, what every answer bears. */
export const responseHeaders = createMiddleware<AppEnv>(async (c, next) => {
	const given = c.req.header(REQUEST_ID);
	const id = given !== undefined && VALID_REQUEST_ID.test(given) ? given : crypto.randomUUID();
	c.set("requestId", id);
	await next();
	// An open socket has no more answers, and its headers are fixed.
	if (c.res.status === 101) return;
	const { headers } = c.res;
	headers.set(REQUEST_ID, id);
	for (const [name, value] of SECURITY_HEADERS) headers.set(name, value);
	if (c.req.path.startsWith(SHOPPERS)) {
		headers.set("access-control-allow-origin", ORIGIN);
		headers.set("access-control-expose-headers", EXPOSED_LIST);
	} else if (headers.get("content-type")?.startsWith("text/html")) {
		await pageHeaders(c, async () => {});
	}
});
