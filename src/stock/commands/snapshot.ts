/** A reservation as its shopper and as the merchant see it. */
import type { Policy } from "../../catalog/policy.ts";
import type { AdminReservation, ReservationSnapshot } from "../rpc.ts";
import type { Reservation } from "../rules/model.ts";
import { pinnedUnits, pinnedUntilMs } from "../rules/release.ts";
import type { UnitOfWork } from "../unit-of-work.ts";

/** What a snapshot is made from: a unit of work, or what the last one left. */
export type SnapshotSource = Pick<UnitOfWork, "policy" | "stock" | "storage">;

export function snapshot({ policy, stock, storage }: SnapshotSource, r: Reservation): ReservationSnapshot {
	return snapshotAt(policy, r, r.place === null ? null : storage.reservations.position(r.place, stock.place));
}

/** @param position of a waiting shopper, counted already */
export function snapshotAt(policy: Policy, r: Reservation, position: number | null): ReservationSnapshot {
	const { id, status, version } = r;
	return {
		...{ id, status, version, position },
		// In a checkout it is what the checkout sells, for as long as it may be paid.
		quantity: status === "paying" ? pinnedUnits(r) : r.quantity,
		expiresAtMs: pinnedUntilMs(r) ?? r.expiresAtMs,
		notify: r.status === "waiting" && r.absent,
		extensionsLeft: r.status === "held" ? Math.max(0, policy.maxExtensions - r.extensions) : 0,
	};
}

export function adminSnapshot(source: SnapshotSource, r: Reservation): AdminReservation {
	return { ...r, ...snapshot(source, r), quantity: r.quantity };
}
