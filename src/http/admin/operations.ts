/** What a merchant looks at when something may be wrong: reconciliation, the sweep, and the history of one checkout. */
import { createRoute } from "@hono/zod-openapi";
import { listProducts } from "../../catalog/product-store.ts";
import { callCheckout } from "../../checkout/client.ts";
import { CHECKOUT_ID_PATTERN } from "../../ids.ts";
import { FanOut } from "../../operations/fan-out.ts";
import { reconcileSkus } from "../../operations/reconcile.ts";
import { findOverdue, sweep } from "../../operations/sweep.ts";
import { pageOf } from "../../platform/page.ts";
import { Problem } from "../problems.ts";
import { ADMIN, json, newRouter, problemResponses, TOKEN_PROBLEMS } from "../route.ts";
import { AdminCheckoutResponse, checkoutView, eventView } from "../shapes/checkout.ts";
import { idPath } from "../shapes/common.ts";
import {
	differenceView,
	overdueView,
	ReconciliationResponse,
	SkuPageQuery,
	SweepResponse,
} from "../shapes/operations.ts";

const shared = { tags: ["Operations"], security: ADMIN };
const bySku = { ...shared, request: { query: SkuPageQuery } };

const reconcile = createRoute({
	...bySku,
	method: "get",
	path: "/admin/v1/reconciliation",
	operationId: "reconcile",
	summary: "Reconcile stock with D1",
	description:
		"Compares each SKU's counters with its rows, and with the orders in D1. An order on its way to D1 counts as a " +
		"difference.",
	responses: {
		200: json("A page of SKUs.", ReconciliationResponse),
		...problemResponses(...TOKEN_PROBLEMS, "invalid-request"),
	},
});

const sweepRoute = createRoute({
	...bySku,
	method: "post",
	path: "/admin/v1/sweep",
	operationId: "sweep",
	summary: "Sweep overdue checkouts",
	description:
		"Moves on checkouts past their deadlines, sends orders that D1 lacks again, and compares payments with the " +
		"provider's state. A cron does this every few minutes. It sweeps a page of SKUs: call it again with `nextCursor` " +
		"until that is null.",
	responses: {
		200: json("What was found on this page.", SweepResponse),
		...problemResponses(...TOKEN_PROBLEMS, "invalid-request", "unsupported-media-type"),
	},
});

const getCheckoutHistory = createRoute({
	...shared,
	method: "get",
	path: "/admin/v1/checkouts/{id}",
	operationId: "getCheckoutHistory",
	summary: "Get a checkout and its history",
	request: { params: idPath("The checkout's id.") },
	responses: {
		200: json("The checkout and its events, oldest first.", AdminCheckoutResponse),
		...problemResponses(...TOKEN_PROBLEMS, "unknown-checkout"),
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
	.openapi(sweepRoute, async (c) => {
		const { cursor, limit } = c.req.valid("query");
		const report = await sweep(c.env, cursor, limit, Date.now());
		const payments = { ...report.payments, differing: report.payments.differing.map(differenceView) };
		const [unbalanced, unreachable] = [[...report.unbalanced], [...report.unreachable]];
		return c.json({ ...report, overdue: report.overdue.map(overdueView), payments, unbalanced, unreachable }, 200);
	})
	.openapi(getCheckoutHistory, async (c) => {
		const { id } = c.req.valid("param");
		const known = CHECKOUT_ID_PATTERN.test(id);
		const checkout = known ? await callCheckout(c.env, id, (object) => object.read()) : null;
		if (checkout === null) throw new Problem("unknown-checkout", "There is no checkout with this id.");
		const events = await callCheckout(c.env, id, (object) => object.events());
		const { shopperId, phase } = checkout;
		return c.json({ ...checkoutView(checkout), shopperId, phase, events: events.map(eventView) }, 200);
	});
