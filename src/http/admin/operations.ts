/** What a merchant looks at when something may be wrong: reconciliation, the sweep, and the history of one checkout. */
import { createRoute, z } from "@hono/zod-openapi";
import { listProducts } from "../../catalog/product-store.ts";
import { callCheckout } from "../../checkout/client.ts";
import { CHECKOUT_ID_PATTERN } from "../../ids.ts";
import { SWEEP_UNSETTLED } from "../../limits.ts";
import { FanOut } from "../../operations/fan-out.ts";
import { collectMetrics } from "../../operations/metrics.ts";
import { findOverdue } from "../../operations/overdue.ts";
import { prometheusText } from "../../operations/prometheus.ts";
import { reconcileSkus } from "../../operations/reconcile.ts";
import { sweep } from "../../operations/sweep.ts";
import { parseCursor } from "../../operations/sweep-cursor.ts";
import { countUnsettled, listUnsettled } from "../../orders/unsettled-store.ts";
import { pageOf } from "../../platform/page.ts";
import { listEndpoints } from "../../webhooks/endpoint-store.ts";
import { originOf } from "../context.ts";
import { Problem } from "../problems.ts";
import { ADMIN, invalidRequest, json, newRouter, problemResponses, TOKEN_PROBLEMS } from "../route.ts";
import { idPath } from "../shapes/common.ts";
import { AdminCheckoutResponse, eventView, merchantCheckoutView } from "../shapes/merchant-checkout.ts";
import {
	differenceView,
	overdueView,
	ReconciliationResponse,
	SkuPageQuery,
	SweepQuery,
	SweepResponse,
	unsettledView,
} from "../shapes/operations.ts";
import { webhookView } from "../shapes/webhook.ts";

const shared = { tags: ["Operations"], security: ADMIN };

const reconcile = createRoute({
	...shared,
	request: { query: SkuPageQuery },
	method: "get",
	path: "/admin/v1/reconciliation",
	operationId: "reconcile",
	summary: "Reconcile stock with D1",
	description:
		"Compares each SKU's counters with its rows, and with the orders in D1. An order on its way to D1 counts as a " +
		"difference. It also shows how many checkouts cannot settle their money or units, the oldest of them, and webhooks " +
		"that are disabled.",
	responses: {
		200: json("A page of SKUs.", ReconciliationResponse),
		...problemResponses(...TOKEN_PROBLEMS, "invalid-request"),
	},
});

const sweepRoute = createRoute({
	...shared,
	request: { query: SweepQuery },
	method: "post",
	path: "/admin/v1/sweep",
	operationId: "sweep",
	summary: "Sweep overdue checkouts",
	description:
		"Tries again what could not be settled, moves on checkouts past their deadlines, sends orders that D1 lacks " +
		"again, takes back units that were sold to a checkout that ended without them, and compares payments with their " +
		"provider. A cron does this every few minutes. One call sweeps a page of each list, and `limit` SKUs: call it " +
		"again with `nextCursor` until that is null.",
	responses: {
		200: json("What was found on this page.", SweepResponse),
		...problemResponses(...TOKEN_PROBLEMS, "invalid-request", "unsupported-media-type"),
	},
});

const getMetrics = createRoute({
	...shared,
	method: "get",
	path: "/admin/v1/metrics",
	operationId: "getMetrics",
	summary: "Get the metrics",
	description:
		"For Prometheus: units by SKU and state as the last sweep read them from the objects, what cannot be settled, and how " +
		"old the sweep is. It costs a few statements to D1, however many SKUs there are.",
	responses: {
		200: {
			description: "Gauges in Prometheus' text format.",
			content: { "text/plain": { schema: z.string().openapi({ example: "holdfast_skus 12\n" }) } },
		},
		...problemResponses(...TOKEN_PROBLEMS),
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
		const [skus, { overdue }, counts, oldest, webhooks] = await Promise.all([
			reconcileSkus(c.env, fanOut, shown),
			findOverdue(c.env, fanOut, shown, Date.now()),
			countUnsettled(c.env.DB),
			listUnsettled(c.env.DB, null, SWEEP_UNSETTLED),
			listEndpoints(c.env.DB),
		]);
		const total = Object.values(counts).reduce((sum, checkouts) => sum + checkouts, 0);
		const unreachable = fanOut.notAnswering;
		return c.json(
			{
				balanced: unreachable.length === 0 && skus.every((row) => row.balanced),
				difference: skus.reduce((sum, row) => sum + row.difference, 0),
				overdue: overdue.map(overdueView),
				unsettled: { total, byReason: counts, oldest: oldest.map(unsettledView) },
				skus,
				disabledWebhooks: webhooks.filter(({ state }) => state === "disabled").map(webhookView),
				unreachable,
				nextCursor: page.nextCursor,
			},
			200,
		);
	})
	.openapi(sweepRoute, async (c) => {
		const { cursor, limit } = c.req.valid("query");
		if (parseCursor(cursor) === null) {
			throw invalidRequest([{ path: ["cursor"], message: "not a cursor of this list" }]);
		}
		const { calls: _, ...report } = await sweep(c.env, cursor, limit, Date.now());
		const unsettled = { found: report.unsettled.found.map(unsettledView), left: report.unsettled.left };
		const payments = { ...report.payments, differing: report.payments.differing.map(differenceView) };
		const [stray, unbalanced, unreachable] = [[...report.stray], [...report.unbalanced], [...report.unreachable]];
		const overdue = report.overdue.map(overdueView);
		return c.json({ ...report, unsettled, overdue, payments, stray, unbalanced, unreachable }, 200);
	})
	.openapi(getMetrics, async (c) => {
		const text = prometheusText(await collectMetrics(c.env.DB, Date.now()));
		return c.text(text, 200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
	})
	.openapi(getCheckoutHistory, async (c) => {
		const { id } = c.req.valid("param");
		const known = CHECKOUT_ID_PATTERN.test(id);
		const checkout = known ? await callCheckout(c.env, id, (object) => object.read()) : null;
		if (checkout === null) throw new Problem("unknown-checkout", "There is no checkout with this id.");
		const events = await callCheckout(c.env, id, (object) => object.events());
		const { phase } = checkout;
		return c.json({ ...merchantCheckoutView(checkout, originOf(c)), phase, events: events.map(eventView) }, 200);
	});
