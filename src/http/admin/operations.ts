/** What a merchant looks at when something may be wrong: the books held together, the sweep, one checkout's history. */
import { createRoute } from "@hono/zod-openapi";
import { listProducts } from "../../catalog/product-store.ts";
import { callCheckout } from "../../checkout/client.ts";
import { CHECKOUT_ID_PATTERN } from "../../ids.ts";
import { FanOut } from "../../operations/fan-out.ts";
import { reconcileSkus } from "../../operations/reconcile.ts";
import { findOverdue, sweep } from "../../operations/sweep.ts";
import { pageOf } from "../../platform/page.ts";
import { Problem } from "../problems.ts";
import { ADMIN, json, newRouter, problemResponses } from "../route.ts";
import { AdminCheckoutResponse, checkoutView, eventView } from "../shapes/checkout.ts";
import { IdPath } from "../shapes/common.ts";
import {
	differenceView,
	overdueView,
	ReconciliationResponse,
	SkuPageQuery,
	SweepResponse,
} from "../shapes/operations.ts";

const reconcile = createRoute({
	method: "get",
	path: "/admin/v1/reconciliation",
	summary: "Does everything add up?",
	description:
		"Every SKU's equation, and the difference to D1's sums. An order that is on its way to D1 counts as one.",
	security: ADMIN,
	request: { query: SkuPageQuery },
	responses: {
		200: json("The sums", ReconciliationResponse),
		...problemResponses({ 400: ["invalid-request"] }),
	},
});

const sweepNow = createRoute({
	method: "post",
	path: "/admin/v1/sweep",
	summary: "Look for checkouts beyond their deadlines, orders that D1 lacks and payments that differ, and heal them",
	description:
		"A cron does this every few minutes. A page of SKUs at a time: call again with nextCursor until it is null.",
	security: ADMIN,
	request: { query: SkuPageQuery },
	responses: { 200: json("What was found", SweepResponse), ...problemResponses({ 400: ["invalid-request"] }) },
});

const readCheckout = createRoute({
	method: "get",
	path: "/admin/v1/checkouts/{id}",
	summary: "One checkout, and everything that happened to it",
	security: ADMIN,
	request: { params: IdPath },
	responses: {
		200: json("The checkout", AdminCheckoutResponse),
		...problemResponses({ 404: ["unknown-checkout"] }),
	},
});

export const adminOperations = newRouter()
	.openapi(reconcile, async (c) => {
		const { cursor, limit } = c.req.valid("query");
		const page = pageOf(await listProducts(c.env.DB, cursor, limit + 1), limit, ({ sku }) => sku);
		const shown = page.shown.map(({ sku }) => sku);
		const fanOut = new FanOut();
		const [skus, overdue] = await Promise.all([
			reconcileSkus(c.env, fanOut, shown),
			findOverdue(c.env, fanOut, shown, Date.now()),
		]);
		const unreachable = fanOut.notAnswering;
		return c.json(
			{
				balanced: unreachable.length === 0 && skus.every((row) => row.balanced),
				difference: skus.reduce((sum, row) => sum + row.difference, 0),
				overdue: overdue.map(overdueView),
				skus,
				unreachable,
				nextCursor: page.nextCursor,
			},
			200,
		);
	})
	.openapi(sweepNow, async (c) => {
		const { cursor, limit } = c.req.valid("query");
		const report = await sweep(c.env, cursor, limit, Date.now());
		const payments = { ...report.payments, differing: report.payments.differing.map(differenceView) };
		const [unbalanced, unreachable] = [[...report.unbalanced], [...report.unreachable]];
		return c.json({ ...report, overdue: report.overdue.map(overdueView), payments, unbalanced, unreachable }, 200);
	})
	.openapi(readCheckout, async (c) => {
		const { id } = c.req.valid("param");
		const known = CHECKOUT_ID_PATTERN.test(id);
		const checkout = known ? await callCheckout(c.env, id, (object) => object.read()) : null;
		if (checkout === null) throw new Problem("unknown-checkout", "There is no checkout with this id.");
		const events = await callCheckout(c.env, id, (object) => object.events());
		const { shopperId, phase } = checkout;
		return c.json({ ...checkoutView(checkout), shopperId, phase, events: events.map(eventView) }, 200);
	});
