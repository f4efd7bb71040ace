/** A checkout, as its shopper sees it, and its history, as a merchant sees it. */
import { z } from "@hono/zod-openapi";
import type { EventRow } from "../../checkout/rpc.ts";
import type { Checkout, Line } from "../../checkout/rules/model.ts";
import { payByMsOf, statusOf, totalOf } from "../../checkout/status.ts";
import { orderIdOf } from "../../ids.ts";
import { MAX_EMAIL, MAX_LINES } from "../../limits.ts";
import { time } from "../../platform/rfc3339.ts";
import { lineRefusalView } from "../stock-problems.ts";
import { Instant, LineBody, MoneyResponse, money } from "./common.ts";

export const CheckoutBody = z.strictObject({
	lines: z.array(LineBody).min(1).max(MAX_LINES),
	email: z.email().max(MAX_EMAIL),
	acceptPreorder: z.boolean().default(false),
	partial: z.boolean().default(false),
});

export const CheckoutResponse = z
	.object({
		id: z.string(),
		status: z.enum([
			"awaiting_payment",
			"committing",
			"completed",
			"payment_failed",
			"cancelled",
			"expired",
			"refunded",
		]),
		email: z.string(),
		lines: z.array(
			z
				.object({
					sku: z.string(),
					quantity: z.int(),
					fulfilment: z.enum(["in_stock", "preorder", "refused"]).nullable(),
				})
				.catchall(z.any()),
		),
		total: MoneyResponse.nullable(),
		payment: z.object({ provider: z.string(), id: z.string(), status: z.string() }).catchall(z.any()).nullable(),
		orderId: z.string().nullable(),
		createdAt: Instant,
		expiresAt: Instant.nullable(),
	})
	.openapi("Checkout");

function lineView(line: Line) {
	const { sku, quantity } = line;
	switch (line.claim) {
		case "asked":
		case "spared":
			return { sku, quantity, fulfilment: null };
		case "refused":
			return { sku, quantity, fulfilment: "refused" as const, ...lineRefusalView(line.refusal, sku) };
		case "lost":
		case "returning":
		case "pinned":
		case "committed":
		case "released": {
			const gone = line.claim === "lost" || line.claim === "returning";
			return {
				sku,
				quantity,
				title: line.title,
				unitPrice: money(line.unitPriceMinor, line.currency),
				fulfilment: gone ? ("refused" as const) : line.fulfilment,
				...(gone ? { reason: "paid-too-late" } : {}),
				...(line.preorder
					? { expectedAt: time(line.preorder.expectedAtMs), termsVersion: line.preorder.termsVersion }
					: {}),
			};
		}
	}
}

export function checkoutView(c: Checkout) {
	const total = totalOf(c);
	const { payment } = c;
	return {
		id: c.id,
		status: statusOf(c),
		email: c.email,
		lines: c.lines.map(lineView),
		total: total && money(total.amountMinor, total.currency),
		payment: payment && {
			provider: payment.provider,
			id: payment.seen.id,
			...payment.payWith,
			status: payment.seen.status,
			paidAt: time(payment.seen.paidAtMs),
			declined: payment.seen.declined?.code ?? null,
			captured: money(payment.seen.capturedMinor, payment.seen.currency),
			refunded: money(payment.seen.refundedMinor, payment.seen.currency),
		},
		orderId: c.phase === "completed" ? orderIdOf(c.id) : null,
		createdAt: time(c.createdAtMs),
		expiresAt: time(payByMsOf(c)),
	};
}

// ---- For the merchant

export const AdminCheckoutResponse = CheckoutResponse.extend({
	shopperId: z.string(),
	phase: z.string(),
	events: z.array(z.object({ at: Instant, kind: z.string(), eventId: z.string().nullable(), detail: z.any() })),
}).openapi("AdminCheckout");

export function eventView(e: EventRow) {
	return { at: time(e.atMs), kind: e.kind, eventId: e.eventId, detail: JSON.parse(e.detail) as unknown };
}
