/** A shopper's own orders: `GET /v1/orders`. One of them, which its checkout knows first, is in `checkouts.ts`. */
import { createRoute } from "@hono/zod-openapi";
import { shopperOnly } from "../middleware/auth.ts";
import { orderPage } from "../order-pages.ts";
import { json, newRouter, problemResponses, SHOPPER, TOKEN_PROBLEMS } from "../route.ts";
import { OrderPageQuery, OrdersResponse, orderView } from "../shapes/order.ts";

const listOwnOrders = createRoute({
	method: "get",
	path: "/v1/orders",
	operationId: "listOwnOrders",
	summary: "List your orders",
	description: "The newest first, as D1 has them: an order arrives there a moment after it was paid.",
	tags: ["Orders"],
	security: SHOPPER,
	middleware: shopperOnly,
	request: { query: OrderPageQuery },
	responses: {
		200: json("A page of your orders.", OrdersResponse),
		...problemResponses(...TOKEN_PROBLEMS, "invalid-request"),
	},
});

export const orders = newRouter().openapi(listOwnOrders, async (c) => {
	const { shown, nextCursor } = await orderPage(c.env.DB, { shopperId: c.var.shopperId }, c.req.valid("query"));
	return c.json({ orders: shown.map(orderView), nextCursor }, 200);
});
