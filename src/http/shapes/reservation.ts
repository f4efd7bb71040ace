/** A reservation, as its shopper and as a merchant sees it. */
import { z } from "@hono/zod-openapi";
import { DEFAULT_PAGE, MAX_PAGE, MAX_SHOPPERS_PER_ADDRESS } from "../../limits.ts";
import { time } from "../../platform/rfc3339.ts";
import { reservationView } from "../../stock/api-views.ts";
import { type AdminReservation, RESERVATION_STATUSES } from "../../stock/rpc.ts";
import { EXAMPLE, IdCursor, Instant, NextCursor, pageLimit, Quantity, statusFilter } from "./common.ts";
import { Email } from "./email.ts";

export const ReserveBody = z
	.strictObject({
		quantity: Quantity,
		wait: z
			.boolean()
			.default(false)
			.openapi({ description: "Join the waitlist when the units are not available now." }),
		notify: z
			.strictObject({ email: Email })
			.nullable()
			.optional()
			.openapi({
				description:
					"Whom to tell by mail when the units come, while you wait for them. You then have them for the policy's " +
					"`offerSecondsAbsent`. Left out, it stays as it is; null forgets the address, as does the end of the wait. " +
					"A shop that sends no mail does not take it, nor is it taken for more than " +
					`${MAX_SHOPPERS_PER_ADDRESS} shoppers of a SKU: the answer's \`notify\` says so.`,
			}),
	})
	.openapi("ReserveRequest", { example: { quantity: 2, wait: true } });

export const EXAMPLE_RESERVATION = {
	sku: EXAMPLE.sku,
	id: EXAMPLE.reservationId,
	quantity: 2,
	status: "held",
	expiresAt: "2026-12-12T12:10:00.000Z",
	position: null,
	extensionsLeft: 3,
	version: 1,
} as const;

export const ReservationResponse = z
	.object({
		sku: z.string(),
		id: z.string(),
		quantity: z.int().openapi({ description: "Units held or waited for." }),
		status: z.enum(RESERVATION_STATUSES),
		expiresAt: Instant.nullable().openapi({ description: "Until when the units are held; null while waiting." }),
		position: z
			.int()
			.nullable()
			.openapi({ description: "Place on the waitlist, 1 for its head; null when not waiting." }),
		extensionsLeft: z.int(),
		notify: z
			.literal(true)
			.optional()
			.openapi({ description: "Waiting, and a mail will tell of the units. Absent where none will." }),
		version: z.int().openapi({ description: "Counts changes. With the id it makes the ETag." }),
	})
	.openapi("Reservation", { example: EXAMPLE_RESERVATION });

// ---- For the merchant

export const ReservationsQuery = z.object({
	status: statusFilter(RESERVATION_STATUSES),
	cursor: IdCursor,
	limit: pageLimit(DEFAULT_PAGE, MAX_PAGE),
});

const EXAMPLE_ADMIN_RESERVATION = {
	...EXAMPLE_RESERVATION,
	shopperId: EXAMPLE.shopperId,
	checkoutId: null,
	createdAt: "2026-12-12T12:00:00.000Z",
	endedAt: null,
};

export const AdminReservationResponse = ReservationResponse.extend({
	shopperId: z.string(),
	checkoutId: z
		.string()
		.nullable()
		.openapi({ description: "The checkout that pinned it last; null when it was never in one." }),
	createdAt: Instant,
	endedAt: Instant.nullable(),
}).openapi("AdminReservation", { example: EXAMPLE_ADMIN_RESERVATION });

export const AdminReservationsResponse = z
	.object({ reservations: z.array(AdminReservationResponse), nextCursor: NextCursor })
	.openapi("AdminReservationPage", { example: { reservations: [EXAMPLE_ADMIN_RESERVATION], nextCursor: null } });

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
