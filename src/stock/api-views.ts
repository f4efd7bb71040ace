/** The public form of availability and of a reservation: over HTTP and over the live socket. */

import type { Policy } from "../catalog/policy.ts";
import { time } from "../platform/rfc3339.ts";
import type { Availability, ReservationSnapshot } from "./rpc.ts";
import { preorderOffer, saleStatus } from "./rules/availability.ts";
import { type Stock, tagOf } from "./rules/model.ts";

/** What the public can have, as of `nowMs`. */
export function toAvailability(stock: Stock, policy: Policy, nowMs: number): Availability {
	return {
		status: saleStatus(stock, policy, nowMs),
		available: stock.available,
		held: stock.held,
		waiting: stock.waiting,
		preorderRemaining: preorderOffer(stock, policy)?.remaining ?? 0,
		version: stock.version,
		asOfMs: nowMs,
	};
}

export function availabilityView({ asOfMs, ...counts }: Availability) {
	return { ...counts, asOf: time(asOfMs) };
}

/** The counters that a change of the stock is answered with, and that webhooks are told. */
export const countersView = (s: Stock) => ({
	available: s.available,
	onHand: s.available + s.held,
	held: s.held,
	sold: s.sold,
	waiting: s.waiting,
	version: s.version,
});

export function reservationView(sku: string, r: ReservationSnapshot) {
	return {
		sku,
		id: r.id,
		quantity: r.quantity,
		status: r.status,
		expiresAt: time(r.status === "waiting" ? null : r.expiresAtMs),
		position: r.position,
		extensionsLeft: r.extensionsLeft,
		...(r.notify === true ? { notify: true as const } : {}),
		version: r.version,
	};
}

/** The `ETag` of a reservation: it changes whenever the reservation does (RFC 9110, section 8.8.3). */
export const etagOf = (r: ReservationSnapshot): string => `"${tagOf(r)}"`;
