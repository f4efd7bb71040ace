/** A reservation, as its shopper and as a merchant sees it. */
import { z } from "@hono/zod-openapi";
import { DEFAULT_PAGE, MAX_PAGE } from "../../limits.ts";
import { time } from "../../platform/rfc3339.ts";
import { reservationView } from "../../stock/api-views.ts";
import type { AdminReservation, ReservationSnapshot } from "../../stock/rpc.ts";
import { tagOf } from "../../stock/rules/model.ts";
import { Cursor, Instant, NextCursor, pageLimit, Quantity } from "./common.ts";

export const ReserveBody = z.strictObject({
	quantity: Quantity,
	wait: z.boolean().default(false).openapi({ description: "stand in line when the units cannot be had now" }),
});

export const ReservationResponse = z
	.object({
		sku: z.string(),
		id: z.string(),
		quantity: z.int(),
		status: z.enum(["waiting", "held", "paying", "sold", "released", "expired", "converted"]),
		expiresAt: Instant.nullable(),
		position: z.int().nullable(),
		extensionsLeft: z.int(),
		version: z.int(),
	})
	.openapi("Reservation");

export const etagOf = (r: ReservationSnapshot): string => `"${tagOf(r)}"`;

// ---- For the merchant

export const ReservationsQuery = z.object({
	status: z.enum(["waiting", "held", "paying", "sold", "released", "expired", "converted"]).optional(),
	cursor: Cursor.default(""),
	limit: pageLimit(DEFAULT_PAGE, MAX_PAGE),
});

export const AdminReservationResponse = ReservationResponse.extend({
	shopperId: z.string(),
	checkoutId: z.string().nullable(),
	createdAt: Instant,
	endedAt: Instant.nullable(),
}).openapi("AdminReservation");
export const AdminReservationsResponse = z.object({
	reservations: z.array(AdminReservationResponse),
	nextCursor: NextCursor,
});

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
