/** Our records as the API shows them: times in RFC 3339, money with its currency, seconds instead of milliseconds. */

import type { Policy } from "../../catalog/policy.ts";
import type { Product } from "../../catalog/product.ts";
import type { Checkout, Line } from "../../checkout/rules/model.ts";
import { totalMinor } from "../../checkout/rules/settlement.ts";
import { type Overdue, statusOf } from "../../checkout/status.ts";
import type { EventRow } from "../../checkout/storage.ts";
import { orderIdOf } from "../../ids.ts";
import type { Difference } from "../../operations/sweep.ts";
import type { Order } from "../../orders/order.ts";
import type { PreorderRecord } from "../../orders/preorder.ts";
import { money, time } from "../../platform/format.ts";
import { availabilityView, reservationView } from "../../stock/api-views.ts";
import type { AdminReservation, Availability, ReservationSnapshot, StockReport } from "../../stock/rpc.ts";
import { tagOf } from "../../stock/rules/model.ts";
import type { JournalRow } from "../../stock/storage/journal.ts";
import { lineRefusalView } from "../stock-problems.ts";

export function policyView(p: Policy) {
	return {
		holdSeconds: p.holdMs / 1000,
		offerSeconds: p.offerMs / 1000,
		paymentWindowSeconds: p.paymentWindowMs / 1000,
		paymentGraceSeconds: p.paymentGraceMs / 1000,
		maxExtensions: p.maxExtensions,
		limitPerShopper: p.limitPerShopper,
		waitlistLimit: p.waitlistLimit,
		preorder: p.preorder && {
			capacity: p.preorder.capacity,
			expectedAt: time(p.preorder.expectedAtMs),
			termsVersion: p.preorder.termsVersion,
		},
		saleStartsAt: time(p.saleStartsAtMs),
		saleEndsAt: time(p.saleEndsAtMs),
	};
}

/** What a shopper sees of a product. */
export function productView(p: Product, availability: Availability) {
	return {
		sku: p.sku,
		title: p.title,
		description: p.description,
		imageUrl: p.imageUrl,
		price: money(p.priceMinor, p.currency),
		saleStartsAt: time(p.policy.saleStartsAtMs),
		saleEndsAt: time(p.policy.saleEndsAtMs),
		limitPerShopper: p.policy.limitPerShopper,
		availability: availabilityView(availability),
	};
}

/** What a merchant sees of a product. */
export function adminProductView(p: Product) {
	return {
		sku: p.sku,
		title: p.title,
		description: p.description,
		imageUrl: p.imageUrl,
		price: money(p.priceMinor, p.currency),
		policy: policyView(p.policy),
		revision: p.revision,
		updatedAt: time(p.updatedAtMs),
	};
}

export const etagOf = (r: ReservationSnapshot): string => `"${tagOf(r)}"`;

/** A reservation with what only the merchant may know: whose it is. */
export function adminReservationView(sku: string, r: AdminReservation) {
	return {
		...reservationView(sku, r),
		shopperId: r.shopperId,
		checkoutId: r.checkoutId,
		createdAt: time(r.createdAtMs),
		endedAt: time(r.endedAtMs),
	};
}

export function preorderView(p: PreorderRecord) {
	return {
		id: p.id,
		sku: p.sku,
		shopperId: p.shopperId,
		orderId: orderIdOf(p.checkoutId),
		quantity: p.quantity,
		returned: p.returned,
		status: p.status,
		expectedAt: time(p.expectedAtMs),
		termsVersion: p.termsVersion,
		acceptedAt: time(p.createdAtMs),
		endedAt: time(p.endedAtMs),
	};
}

export function stockView({ product, stock, paying, refused, balanced }: StockReport) {
	return {
		sku: product.sku,
		received: stock.received,
		adjusted: stock.adjusted,
		returned: stock.returned,
		onHand: stock.available + stock.held,
		available: stock.available,
		held: stock.held,
		paying,
		waiting: stock.waiting,
		sold: stock.sold,
		preorders: { owed: stock.owed, filled: stock.filled, cancelled: stock.cancelled },
		demand: {
			refused,
			waiting: stock.waiting,
			owed: stock.owed,
			wouldSellAtOnce: Math.max(0, stock.waiting + stock.owed - stock.available),
		},
		balanced,
		policy: policyView(product.policy),
		version: stock.version,
	};
}

export function entryView(e: JournalRow) {
	const { atMs, ...entry } = e;
	return { ...entry, at: time(atMs) };
}

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
	const window = c.phase === "closing" || c.phase === "closed" ? c.window : "payByMs" in c ? c : null;
	const currency = c.lines.find((line) => "currency" in line)?.currency ?? null;
	const { payment } = c;
	return {
		id: c.id,
		status: statusOf(c),
		email: c.email,
		lines: c.lines.map(lineView),
		total: currency === null ? null : money(totalMinor(c), currency),
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
		expiresAt: time(window?.payByMs ?? null),
	};
}

export function orderView(o: Order) {
	return {
		id: o.id,
		checkoutId: o.checkoutId,
		status: o.status,
		email: o.email,
		lines: o.lines.map((line) => ({
			sku: line.sku,
			title: line.title,
			quantity: line.quantity,
			unitPrice: money(line.unitPriceMinor, o.currency),
			fulfilment: line.fulfilment,
			...(line.preorder
				? {
						preorder: line.preorder.status,
						expectedAt: time(line.preorder.expectedAtMs),
						termsVersion: line.preorder.termsVersion,
					}
				: {}),
			refunded: line.refunded,
			returned: line.returned,
		})),
		total: money(o.totalMinor, o.currency),
		refunded: money(o.refundedMinor, o.currency),
		refundPending: money(o.refundPendingMinor, o.currency),
		payment: o.payment,
		createdAt: time(o.createdAtMs),
		completedAt: time(o.completedAtMs),
	};
}

export const adminOrderView = (o: Order) => ({ ...orderView(o), shopperId: o.shopperId });

export function eventView(e: EventRow) {
	return { at: time(e.atMs), kind: e.kind, eventId: e.eventId, detail: JSON.parse(e.detail) as unknown };
}

export function overdueView({ sinceMs, ...overdue }: Overdue) {
	return { ...overdue, since: time(sinceMs) };
}

export function differenceView({ checkoutId, isNews, currency, keptMinor, dueMinor }: Difference) {
	return { checkoutId, isNews, kept: money(keptMinor, currency), due: money(dueMinor, currency) };
}
