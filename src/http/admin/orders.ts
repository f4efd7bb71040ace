/** The merchant's orders and refunds: `/admin/v1/orders`. */
import { createRoute } from "@hono/zod-openapi";
import { callCheckout, newestOrder } from "../../checkout/client.ts";
import { orderOf } from "../../checkout/order.ts";
import { checkoutIdOfOrder, ORDER_ID_PATTERN } from "../../ids.ts";
import { MAX_METADATA_KEYS } from "../../limits.ts";
import { fingerprint } from "../../platform/hash.ts";
import { changed } from "../context.ts";
import { orderPage } from "../order-pages.ts";
import { Problem } from "../problems.ts";
import {
	ADMIN,
	BODY_PROBLEMS,
	IdempotencyHeader,
	invalidRequest,
	json,
	jsonBody,
	newRouter,
	ownKeyUnless,
	problemResponses,
	TOKEN_PROBLEMS,
} from "../route.ts";
import { MetadataBody } from "../shapes/amounts.ts";
import { idPath } from "../shapes/common.ts";
import { AdminOrderResponse, AdminOrdersResponse, adminOrderView, OrdersQuery, RefundBody } from "../shapes/order.ts";

const shared = { tags: ["Merchant: orders"], security: ADMIN };
const byId = { params: idPath("The order's id.") };

const list = createRoute({
	...shared,
	method: "get",
	path: "/admin/v1/orders",
	operationId: "listOrders",
	summary: "List orders",
	description: "The newest first, as D1 has them: an order arrives there a moment after it was paid. Filters add up.",
	request: { query: OrdersQuery },
	responses: {
		200: json("A page of orders.", AdminOrdersResponse),
		...problemResponses(...TOKEN_PROBLEMS, "invalid-request"),
	},
});

const read = createRoute({
	...shared,
	method: "get",
	path: "/admin/v1/orders/{id}",
	operationId: "getAnyOrder",
	summary: "Get an order of any shopper",
	description: "As its checkout has it, which knows an order before D1 does.",
	request: byId,
	responses: {
		200: json("The order.", AdminOrderResponse),
		...problemResponses(...TOKEN_PROBLEMS, "unknown-order"),
	},
});

const refund = createRoute({
	...shared,
	method: "post",
	path: "/admin/v1/orders/{id}/refund",
	operationId: "refundOrder",
	summary: "Refund an order",
	description:
		"Gives back the price of whole lines or of some units, and with `restock` the units too; shipping, tax and fees " +
		"by naming them; or all that is left. Discounts come off the lines: never more goes back than was paid. A pre-order that is " +
		"still owed is cancelled. What the provider has not given back yet is shown as `refundPending`, and retried. " +
		"When it cannot be given back, `unsettled` says why, and the same request again makes one more try.",
	request: { ...byId, headers: IdempotencyHeader, ...jsonBody(RefundBody) },
	responses: {
		200: json("The order after the refund.", AdminOrderResponse),
		...problemResponses(
			...TOKEN_PROBLEMS,
			...BODY_PROBLEMS,
			"unknown-order",
			"not-refundable",
			"payment-disputed",
			"idempotency-key-reused",
		),
	},
});

const change = createRoute({
	...shared,
	method: "patch",
	path: "/admin/v1/orders/{id}",
	operationId: "changeOrder",
	summary: "Change the metadata of an order",
	description: "Sets each name that is given and leaves the others. Null or an empty text takes a name away.",
	request: { ...byId, ...jsonBody(MetadataBody) },
	responses: {
		200: json("The order after the change.", AdminOrderResponse),
		...problemResponses(...TOKEN_PROBLEMS, ...BODY_PROBLEMS, "unknown-order"),
	},
});

const parseInstant = (text: string | undefined): number | null => (text === undefined ? null : Date.parse(text));

/** Without the members that are undefined: a filter that was not asked for is absent. */
const defined = <T extends object>(value: T) =>
	Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as {
		[Name in keyof T]?: Exclude<T[Name], undefined>;
	};

export const adminOrders = newRouter()
	.openapi(list, async (c) => {
		const { cursor, limit, from, to, ...filter } = c.req.valid("query");
		const times = { fromMs: parseInstant(from), toMs: parseInstant(to) };
		const { shown, nextCursor } = await orderPage(c.env.DB, { ...defined(filter), ...times }, { cursor, limit });
		return c.json({ orders: shown.map(adminOrderView), nextCursor }, 200);
	})
	.openapi(read, async (c) => {
		const { id } = c.req.valid("param");
		const order = ORDER_ID_PATTERN.test(id) ? await newestOrder(c.env, id) : null;
		if (order === null) throw new Problem("unknown-order", "There is no order with this id.");
		return c.json(adminOrderView(order), 200);
	})
	.openapi(change, async (c) => {
		const { id } = c.req.valid("param");
		const { metadata } = c.req.valid("json");
		const known = ORDER_ID_PATTERN.test(id);
		const result = known
			? await callCheckout(c.env, checkoutIdOfOrder(id), (object) => object.setMetadata(metadata))
			: null;
		if (result?.kind === "too-many-names") {
			throw invalidRequest([{ path: ["metadata"], message: `an order has at most ${MAX_METADATA_KEYS} names` }]);
		}
		const order = result && orderOf(result.checkout);
		if (order === null) throw new Problem("unknown-order", "There is no order with this id.");
		return c.json(adminOrderView(order), 200);
	})
	.openapi(refund, async (c) => {
		const { id } = c.req.valid("param");
		const body = c.req.valid("json");
		const { restock, reason } = body;
		const adjustments =
			body.adjustments?.map(({ index, amount }) => ({
				...{ index, amountMinor: amount?.amount ?? null, currency: amount?.currency ?? null },
			})) ?? null;
		// Code of the version before, which knows no adjustments, takes null for everything.
		const lines = body.lines ?? (adjustments === null ? null : []);
		const key = ownKeyUnless(c.req.header("idempotency-key"));
		const unknown = new Problem("unknown-order", "There is no order with this id.");
		if (!ORDER_ID_PATTERN.test(id)) throw unknown;
		const checkoutId = checkoutIdOfOrder(id);
		const digest = await fingerprint(body);
		const result = await callCheckout(c.env, checkoutId, (object) =>
			object.refund(lines, restock, reason, key, digest, adjustments),
		);
		if (result.kind === "key-reused") {
			throw new Problem("idempotency-key-reused", "This key belongs to a refund with another body.");
		}
		if (result.kind === "disputed") {
			const detail = "The shopper's bank has taken the money back, or is about to. Answer the dispute at the provider.";
			throw new Problem("payment-disputed", detail);
		}
		if (result.kind === "refund-exceeds") {
			const { sku, refundable } = result;
			const detail = `${refundable} of ${sku} are left to refund, and a pre-order is refunded whole.`;
			throw new Problem("not-refundable", detail, { members: { sku, refundable } });
		}
		if (result.kind === "adjustment-exceeds") {
			const { index: adjustment, refundableMinor: refundable } = result;
			const detail = `${refundable} minor units of adjustment ${adjustment} are left to refund, in its own currency.`;
			throw new Problem("not-refundable", detail, { members: { adjustment, refundable } });
		}
		const order = result.kind === "refunding" ? orderOf(result.checkout) : null;
		if (order === null) throw unknown;
		changed(c, "refund", order.lines);
		return c.json(adminOrderView(order), 200);
	});
