/**
 * A reservation without an object: it passes everything that a reservation passes (middleware, token, validation,
 * catalogue) and is then answered in full. What a reservation costs beyond this is the cost of the stock.
 */
import { createRoute } from "@hono/zod-openapi";
import { requireSku } from "../../../src/http/context.ts";
import { newRouter } from "../../../src/http/route.ts";
import { reserve } from "../../../src/http/shopper/reservations.ts";
import { newId } from "../../../src/platform/id.ts";
import { etagOf, reservationView } from "../../../src/stock/api-views.ts";
import type { ReservationSnapshot } from "../../../src/stock/rpc.ts";

const HOLD_MS = 600_000;

const route = createRoute({ ...reserve, path: "/v1/no-object/{sku}" });

export const noObject = newRouter().openapi(route, async (c) => {
	const { sku } = c.req.valid("param");
	const { quantity } = c.req.valid("json");
	await requireSku(c, sku);
	const nowMs = Date.now();
	const reservation: ReservationSnapshot = {
		id: newId(),
		quantity,
		status: "held",
		expiresAtMs: nowMs + HOLD_MS,
		version: 1,
		position: null,
		extensionsLeft: 3,
	};
	c.header("etag", etagOf(reservation));
	return c.json(reservationView(sku, reservation), 201);
});
