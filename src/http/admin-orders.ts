/** The merchant's orders, and the books of the objects held against those of D1. */
import { createRoute } from "@hono/zod-openapi";
import { listProducts } from "../catalog/store.ts";
import { orderOf } from "../checkout/record.ts";
import { ORDER_ID_PATTERN } from "../limits.ts";
import { callCheckout, callSku, checkoutIdOfOrder } from "../objects.ts";
import type { Order } from "../orders/order.ts";
import { listOrders, type OrderFilter, recordedUnits } from "../orders/store.ts";
import { newestOrder } from "./checkouts.ts";
import { Problem } from "./problems.ts";
import { unlatch } from "./reserve.ts";
import { ADMIN, answer, idempotencyKey, invalidRequest, jsonBody, newRouter, problems } from "./routes.ts";
import * as schemas from "./schemas.ts";
import { adminOrderView } from "./views.ts";

const list = createRoute({
	method: "get",
	path: "/admin/v1/orders",
	summary: "Orders, newest first, as D1 has them",
	security: ADMIN,
	request: { query: schemas.OrdersQuery },
	responses: { 200: answer("A page of orders", schemas.AdminOrdersAnswer), ...problems({ 400: ["invalid-request"] }) },
});

const read = createRoute({
	method: "get",
	path: "/admin/v1/orders/{id}",
	summary: "One order, as its checkout has it",
	security: ADMIN,
	request: { params: schemas.IdPath },
	responses: { 200: answer("The order", schemas.AdminOrderAnswer), ...problems({ 404: ["unknown-order"] }) },
});

const reconcile = createRoute({
	method: "get",
	path: "/admin/v1/reconciliation",
	summary: "Does everything add up?",
	description:
		"Every SKU's equation, and the difference to D1's sums. An order that is on its way to D1 counts as one.",
	security: ADMIN,
	request: { query: schemas.ReconciliationQuery },
	responses: { 200: answer("The sums", schemas.ReconciliationAnswer), ...problems({ 400: ["invalid-request"] }) },
});

const refund = createRoute({
	method: "post",
	path: "/admin/v1/orders/{id}/refund",
	summary: "Give money back, and units if you like",
	description:
		"An `Idempotency-Key` header makes repeating it safe. A pre-order that is still owed is cancelled. What the provider " +
		"has not given back yet is shown as refundPending, and tried again until it has.",
	security: ADMIN,
	request: { params: schemas.IdPath, ...jsonBody(schemas.RefundBody) },
	responses: {
		200: answer("The order after it", schemas.AdminOrderAnswer),
		...problems({ 400: ["invalid-request"], 404: ["unknown-order"], 409: ["not-refundable"] }),
	},
});

const cursorOf = (o: Order): string => `${o.completedAtMs}.${o.id}`;

/** @throws Problem `invalid-request` when the cursor is not one of ours */
function parseCursor(cursor: string): OrderFilter["after"] {
	if (cursor === "") return null;
	const [completedAtMs, id] = cursor.split(".");
	if (id === undefined || !/^\d{1,15}$/.test(completedAtMs ?? "") || !ORDER_ID_PATTERN.test(id)) {
		throw invalidRequest([{ path: ["cursor"], message: "not a cursor of this list" }]);
	}
	return { completedAtMs: Number(completedAtMs), id };
}

export const adminOrders = newRouter()
	.openapi(list, async (c) => {
		const { status, sku, cursor, limit } = c.req.valid("query");
		const filter = { status: status ?? null, sku: sku ?? null, after: parseCursor(cursor), limit: limit + 1 };
		const page = await listOrders(c.env.DB, filter);
		const shown = page.slice(0, limit);
		const last = page.length > limit ? shown.at(-1) : undefined;
		return c.json({ orders: shown.map(adminOrderView), nextCursor: last ? cursorOf(last) : null }, 200);
	})
	.openapi(read, async (c) => {
		const { id } = c.req.valid("param");
		const order = ORDER_ID_PATTERN.test(id) ? await newestOrder(c.env, id) : null;
		if (order === null) throw new Problem("unknown-order", "There is no order with this id.");
		return c.json(adminOrderView(order), 200);
	})
	.openapi(refund, async (c) => {
		const { id } = c.req.valid("param");
		const { lines, restock, reason } = c.req.valid("json");
		const key = idempotencyKey(c.req.header("idempotency-key"));
		const unknown = new Problem("unknown-order", "There is no order with this id.");
		if (!ORDER_ID_PATTERN.test(id)) throw unknown;
		const checkoutId = checkoutIdOfOrder(id);
		const result = await callCheckout(c.env, checkoutId, (object) => object.refund(lines, restock, reason, key));
		if (result.kind === "refund-exceeds") {
			const { sku, refundable } = result;
			const detail = `${refundable} of ${sku} are left to refund, and a pre-order is refunded whole.`;
			throw new Problem("not-refundable", detail, { members: { sku, refundable } });
		}
		const order = result.kind === "refunding" ? orderOf(result.checkout) : null;
		if (order === null) throw unknown;
		for (const { sku } of order.lines) unlatch(sku);
		return c.json(adminOrderView(order), 200);
	})
	.openapi(reconcile, async (c) => {
		const { cursor, limit } = c.req.valid("query");
		const page = await listProducts(c.env.DB, cursor, limit + 1);
		const shown = page.slice(0, limit).map((product) => product.sku);
		const [reports, inD1] = await Promise.all([
			Promise.all(shown.map((sku) => callSku(c.env, sku, (object) => object.stock()))),
			recordedUnits(c.env.DB, shown),
		]);
		const skus = reports.flatMap((report, index) => {
			if (report.kind === "unknown-sku") return [];
			const sku = shown[index] as string;
			const { received, adjusted, available, held, sold, owed } = report.stock;
			const { sold: soldInD1, owed: owedInD1 } = inD1.get(sku) ?? { sold: 0, owed: 0 };
			const difference = Math.abs(sold - soldInD1) + Math.abs(owed - owedInD1);
			const counts = { received, adjusted, available, held, sold, soldInD1, owed, owedInD1, difference };
			return [{ sku, ...counts, balanced: report.balanced }];
		});
		return c.json(
			{
				balanced: skus.every((row) => row.balanced),
				difference: skus.reduce((sum, row) => sum + row.difference, 0),
				skus,
				nextCursor: page.length > limit ? (shown.at(-1) ?? null) : null,
			},
			200,
		);
	});
