/**
 * `GET /v1/products/{sku}/live`: a WebSocket that sends availability as it changes, and the shopper's own reservation.
 *
 * Availability is public and needs no token. A page cannot set headers on a socket, so it sends its token as the second
 * subprotocol, `new WebSocket(url, ["holdfast", token])`. Unlike a query parameter, a subprotocol appears in no log.
 */
import { createRoute } from "@hono/zod-openapi";
import { WATCHER_HEADER } from "../../stock/rpc.ts";
import { requireSku } from "../context.ts";
import { shopperFrom } from "../middleware/auth.ts";
import { Problem } from "../problems.ts";
import { newRouter, problemResponses, SHOPPER, TOKEN_PROBLEMS } from "../route.ts";
import { SkuPath } from "../shapes/common.ts";

const PROTOCOL = "holdfast";

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
	request: { params: SkuPath },
	responses: {
		101: { description: "The socket is open." },
		...problemResponses("invalid-request", "unknown-sku", "upgrade-required", ...TOKEN_PROBLEMS),
	},
});

export const live = newRouter().openapi(watchProduct, async (c) => {
	const { sku } = c.req.valid("param");
	if (c.req.header("upgrade")?.toLowerCase() !== "websocket") {
		throw new Problem("upgrade-required", "This address answers WebSocket upgrades only.", {
			headers: { upgrade: "websocket" },
		});
	}
	const [protocol, token] = (c.req.header("sec-websocket-protocol") ?? "").split(",").map((part) => part.trim());
	const shopperId = await shopperFrom(c.env, c.req.header("authorization"), protocol === PROTOCOL ? token : undefined);
	const watched = await requireSku(c, sku);
	const headers = new Headers({ upgrade: "websocket" });
	if (shopperId !== null) headers.set(WATCHER_HEADER, shopperId);
	const answer = await watched.watch(c.req.url, headers);
	if (answer.webSocket === null)
		throw new Problem("temporarily-unavailable", "Too many sockets watch this SKU already.");
	const chosen: HeadersInit = protocol === PROTOCOL ? { "sec-websocket-protocol": PROTOCOL } : {};
	return new Response(null, { status: 101, webSocket: answer.webSocket, headers: chosen });
});
