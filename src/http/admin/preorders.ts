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
import { ADMIN, json, newRouter, problemResponses } from "../route.ts";
import { IdPath } from "../shapes/common.ts";
import { PreorderResponse, PreordersQuery, PreordersResponse, preorderView } from "../shapes/preorder.ts";

const list = createRoute({
	method: "get",
	path: "/admin/v1/preorders",
	summary: "Paid pre-orders, in the order in which they are filled, as D1 has them",
	security: ADMIN,
	request: { query: PreordersQuery },
	responses: {
		200: json("A page of pre-orders", PreordersResponse),
		...problemResponses({ 400: ["invalid-request"] }),
	},
});

const cancel = createRoute({
	method: "post",
	path: "/admin/v1/preorders/{id}/cancel",
	summary: "Cancel a pre-order that is still owed, and give its money back",
	security: ADMIN,
	request: { params: IdPath },
	responses: {
		200: json("Cancelled, now or before", PreorderResponse),
		...problemResponses({ 404: ["unknown-preorder"], 409: ["preorder-filled"] }),
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
		// Whether it is still owed is its SKU's to say, whatever this copy says: the checkout asks it before it refunds.
		const { checkoutId, sku } = preorder;
		const checkout = await callCheckout(c.env, checkoutId, (object) => object.cancelPreorder(sku));
		changed(c, "cancelPreorder", [{ sku }]);
		const order = checkout && orderOf(checkout);
		const status = order?.lines.find((line) => line.subjectId === id)?.preorder?.status;
		switch (status) {
			case "cancelled": {
				// D1 hears of it in a moment; the SKU, asked again, answers what it has done.
				const done = await edgeSku(c, sku).cancelPreorder(preorder.shopperId, checkoutId);
				const known = "preorder" in done ? done.preorder : null;
				return c.json(preorderView(known ?? { ...preorder, status }), 200);
			}
			case "filled":
				throw new Problem("preorder-filled", "Its units have come. Refund the order instead.", {
					members: { orderId: orderIdOf(checkoutId) },
				});
			default:
				throw new Problem(
					"temporarily-unavailable",
					"Its SKU has not answered yet. It will be cancelled if it is owed.",
					{
						headers: retryAfter(RETRY_AFTER_SECONDS),
					},
				);
		}
	});
