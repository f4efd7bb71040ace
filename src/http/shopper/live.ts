/**
 * `GET /v1/products/{sku}/live`: a WebSocket that sends availability as it changes, and the shopper's own reservation.
 *
 * Availability is public and needs no token. A page cannot set headers on a socket, so it sends its token as the second
 * subprotocol, `new WebSocket(url, ["holdfast", token])`. Unlike a query parameter, a subprotocol appears in no log.
 */
import { createRoute } from "@hono/zod-openapi";
import { sha256Hex } from "../../platform/hash.ts";
import { WATCHER_ADDRESS_HEADER, WATCHER_HEADER, WATCHER_UNTIL_HEADER } from "../../stock/rpc.ts";
import { requireSku } from "../context.ts";
import { type Identity, shopperFrom } from "../middleware/auth.ts";
import { callerOf, isAllowed, limitReads, tooManyRequests } from "../middleware/rate-limits.ts";
import { Problem, unknownSku } from "../problems.ts";
import { newRouter, problemResponses, SHOPPER, TOKEN_PROBLEMS } from "../route.ts";
import { SkuPath } from "../shapes/common.ts";

const PROTOCOL = "holdfast";
/** Enough that two addresses hardly ever share a name. */
const ADDRESS_NAME_LENGTH = 16;

const watchProduct = createRoute({
	method: "get",
	path: "/v1/products/{sku}/live",
	operationId: "watchProduct",
	summary: "Watch a product over a WebSocket",
	tags: ["Products"],
	description:
		'Messages are JSON: `{type: "availability", availability}` as in the product, and, with a token, `{type: ' +
		'"reservation", reservation}` as in `/v1/reservations/{sku}`, or null. The first of each comes at once. A ' +
		'browser sends its token as the second subprotocol: `new WebSocket(url, ["holdfast", token])`.',
	security: [{}, ...SHOPPER],
	middleware: limitReads,
	request: { params: SkuPath },
	responses: {
		101: { description: "The socket is open." },
		...problemResponses(...TOKEN_PROBLEMS, "invalid-request", "unknown-sku", "upgrade-required", "too-many-requests"),
	},
});

/** Who watches, for the SKU's object: it bounds the sockets of one address, and closes one whose token runs out. */
async function watcherHeaders(env: Env, address: string | undefined, shopper: Identity | null): Promise<Headers> {
	const headers = new Headers({ upgrade: "websocket" });
	if (shopper !== null) {
		headers.set(WATCHER_HEADER, shopper.shopperId);
		headers.set(WATCHER_UNTIL_HEADER, String(shopper.expiresAtMs));
	}
	if (env.RATE_LIMITS !== "off") {
		// Without the secret, whoever sees the name could try all addresses for it.
		const name = await sha256Hex(`${env.SHOPPER_TOKEN_SECRET} ${callerOf(address)}`);
		headers.set(WATCHER_ADDRESS_HEADER, name.slice(0, ADDRESS_NAME_LENGTH));
	}
	return headers;
}

export const live = newRouter().openapi(watchProduct, async (c) => {
	const { sku } = c.req.valid("param");
	if (c.req.header("upgrade")?.toLowerCase() !== "websocket") {
		throw new Problem("upgrade-required", "This address answers WebSocket upgrades only.", {
			headers: { upgrade: "websocket" },
		});
	}
	const [protocol, token] = (c.req.header("sec-websocket-protocol") ?? "").split(",").map((part) => part.trim());
	const shopper = await shopperFrom(c.env, c.req.header("authorization"), protocol === PROTOCOL ? token : undefined);
	if (shopper !== null && !(await isAllowed(c.env, "RATE_SHOPPER_READS", shopper.shopperId)))
		throw tooManyRequests("RATE_SHOPPER_READS");
	const watched = await requireSku(c, sku);
	const answer = await watched.watch(c.req.url, await watcherHeaders(c.env, c.req.header("cf-connecting-ip"), shopper));
	if (answer.webSocket === null) {
		if (answer.status === 404) throw unknownSku(sku);
		if (answer.status === 429) throw tooManyRequests(null);
		throw new Problem("temporarily-unavailable", "Too many sockets watch this SKU already.");
	}
	const chosen: HeadersInit = protocol === PROTOCOL ? { "sec-websocket-protocol": PROTOCOL } : {};
	return new Response(null, { status: 101, webSocket: answer.webSocket, headers: chosen });
});
