/** A reservation as its shopper and as the merchant see it. */
import type { AdminReservation, ReservationSnapshot } from "../rpc.ts";
import type { Reservation, Stock } from "../rules/model.ts";
import { pinnedUnits, pinnedUntilMs } from "../rules/release.ts";
import type { SkuStorage } from "../storage/sku-storage.ts";
import type { UnitOfWork } from "../unit-of-work.ts";

/** What a snapshot is made from: a unit of work, or what the last one left. */
export type SnapshotSource = Pick<UnitOfWork, "policy" | "stock" | "storage">;

export function snapshot({ policy, stock, storage }: SnapshotSource, r: Reservation): ReservationSnapshot {
	const { id, status, version } = r;
	return {
		...{ id, status, version },
		// In a checkout it is what the checkout sells, for as long as it may be paid.
		quantity: status === "paying" ? pinnedUnits(r) : r.quantity,
		expiresAtMs: pinnedUntilMs(r) ?? r.expiresAtMs,
		position: r.place === null ? null : position(storage, stock, r.place),
		extensionsLeft: r.status === "held" ? Math.max(0, policy.maxExtensions - r.extensions) : 0,
	};
}

export function adminSnapshot(source: SnapshotSource, r: Reservation): AdminReservation {
	return { ...r, ...snapshot(source, r), quantity: r.quantity };
}

/** The shopper who joined last is behind everybody, so nobody need be counted for a shopper who joins. */
function position({ reservations }: SkuStorage, stock: Stock, place: number): number {
	return place === stock.place ? reservations.waitlistLength() : reservations.position(place);
}
