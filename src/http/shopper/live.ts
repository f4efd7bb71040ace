/**
 * `GET /v1/products/{sku}/live`: a WebSocket that tells of availability as it changes, and of the shopper's own reservation.
 *
 * What is available is for everybody to see, so a token is not needed for that. A page cannot set headers on a socket: it
 * sends its token as the second subprotocol, `new WebSocket(url, ["holdfast", token])`, which unlike a query parameter
 * stands in no log.
 */
import { createRoute } from "@hono/zod-openapi";
import { WATCHER_HEADER } from "../../stock/rpc.ts";
import { requireSku } from "../context.ts";
import { shopperFrom } from "../middleware/auth.ts";
import { Problem } from "../problems.ts";
import { newRouter, problemResponses, SHOPPER } from "../route.ts";
import { SkuPath } from "../shapes/common.ts";

const PROTOCOL = "holdfast";

const watch = createRoute({
	method: "get",
	path: "/v1/products/{sku}/live",
	summary: "A WebSocket: availability as it changes, and your own reservation",
	description:
		'Messages are JSON: `{type: "availability", availability}` as in the product, and, with a token, `{type: ' +
		'"reservation", reservation}` as in `/v1/reservations/{sku}`, or null. The first of each comes at once.',
	security: [{}, ...SHOPPER],
	request: { params: SkuPath },
	responses: {
		101: { description: "The socket is open" },
		...problemResponses({
			401: ["unauthorized"],
			404: ["unknown-sku"],
			426: ["upgrade-required"],
			503: ["temporarily-unavailable"],
		}),
	},
});

export const live = newRouter().openapi(watch, async (c) => {
	const { sku } = c.req.valid("param");
	if (c.req.header("upgrade")?.toLowerCase() !== "websocket") {
		throw new Problem("upgrade-required", "This is a WebSocket.", { headers: { upgrade: "websocket" } });
	}
	const [protocol, token] = (c.req.header("sec-websocket-protocol") ?? "").split(",").map((part) => part.trim());
	const shopperId = await shopperFrom(c.env, c.req.header("authorization"), protocol === PROTOCOL ? token : undefined);
	const watched = await requireSku(c, sku);
	const headers = new Headers({ upgrade: "websocket" });
	if (shopperId !== null) headers.set(WATCHER_HEADER, shopperId);
	const answer = await watched.watch(c.req.url, headers);
	if (answer.webSocket === null) throw new Problem("temporarily-unavailable", "Too many watch this SKU already.");
	const chosen: HeadersInit = protocol === PROTOCOL ? { "sec-websocket-protocol": PROTOCOL } : {};
	return new Response(null, { status: 101, webSocket: answer.webSocket, headers: chosen });
});
