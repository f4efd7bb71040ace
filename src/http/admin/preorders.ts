/** The merchant's pre-orders: `/admin/v1/preorders`. */
import { createRoute } from "@hono/zod-openapi";
import { callCheckout } from "../../checkout/client.ts";
import { orderOf } from "../../checkout/order.ts";
import { orderIdOf } from "../../ids.ts";
import { MAX_ID, RETRY_AFTER_SECONDS } from "../../limits.ts";
import { findPreorder, listPreorders } from "../../orders/preorder-store.ts";
import { pageOf } from "../../platform/page.ts";
import { changed, edgeSku } from "../context.ts";
import { Problem, retryAfter } from "../problems.ts";
import { ADMIN, json, newRouter, problemResponses, TOKEN_PROBLEMS } from "../route.ts";
import { idPath } from "../shapes/common.ts";
import { PreorderResponse, PreordersQuery, PreordersResponse, preorderView } from "../shapes/preorder.ts";

const shared = { tags: ["Merchant: pre-orders"], security: ADMIN };

const list = createRoute({
	...shared,
	method: "get",
	path: "/admin/v1/preorders",
	operationId: "listPreorders",
	summary: "List pre-orders",
	description: "Paid pre-orders in the order in which they are filled, as D1 has them.",
	request: { query: PreordersQuery },
	responses: {
		200: json("A page of pre-orders.", PreordersResponse),
		...problemResponses(...TOKEN_PROBLEMS, "invalid-request"),
	},
});

const cancel = createRoute({
	...shared,
	method: "post",
	path: "/admin/v1/preorders/{id}/cancel",
	operationId: "cancelPreorder",
	summary: "Cancel a pre-order",
	description: "Cancels a pre-order that is still owed, and gives its money back.",
	request: { params: idPath("The pre-order's id.") },
	responses: {
		200: json("The pre-order, cancelled now or before.", PreorderResponse),
		...problemResponses(...TOKEN_PROBLEMS, "unknown-preorder", "preorder-filled"),
	},
});

export const adminPreorders = newRouter()
	.openapi(list, async (c) => {
		const { sku, status, cursor, limit } = c.req.valid("query");
		const filter = { sku: sku ?? null, status: status ?? null, afterId: cursor, limit: limit + 1 };
		const page = await listPreorders(c.env.DB, filter);
		const { shown, nextCursor } = pageOf(page, limit, (preorder) => preorder.id);
		return c.json({ preorders: shown.map(preorderView), nextCursor }, 200);
	})
	.openapi(cancel, async (c) => {
		const { id } = c.req.valid("param");
		const preorder = id.length <= MAX_ID ? await findPreorder(c.env.DB, id) : null;
		if (preorder === null) throw new Problem("unknown-preorder", "There is no pre-order with this id.");
		// Only the SKU knows whether it is still owed; this copy may be old. The checkout asks the SKU before it refunds.
		const { checkoutId, sku } = preorder;
		const checkout = await callCheckout(c.env, checkoutId, (object) => object.cancelPreorder(sku));
		changed(c, "cancelPreorder", [{ sku }]);
		const order = checkout && orderOf(checkout);
		const status = order?.lines.find((line) => line.subjectId === id)?.preorder?.status;
		switch (status) {
			case "cancelled": {
				// D1 gets the change in a moment. The SKU, called again, answers with what it has done.
				const done = await edgeSku(c, sku).cancelPreorder(preorder.shopperId, checkoutId);
				const known = "preorder" in done ? done.preorder : null;
				return c.json(preorderView(known ?? { ...preorder, status }), 200);
			}
			case "filled":
				throw new Problem("preorder-filled", "The units of this pre-order have come. Refund the order instead.", {
					members: { orderId: orderIdOf(checkoutId) },
				});
			default:
				throw new Problem(
					"temporarily-unavailable",
					"The SKU has not answered yet. The pre-order will be cancelled if it is still owed.",
					{ headers: retryAfter(RETRY_AFTER_SECONDS) },
				);
		}
	});
