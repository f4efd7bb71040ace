/**
 * What is read of a SKU. Every query runs in a unit of work too, so its result never counts a hold that has run out.
 */
import { toAvailability } from "../api-views.ts";
import type { AdminReservation, AvailabilityResult, ReservationResult, StockReport } from "../rpc.ts";
import { isLive, type Reservation, type ReservationStatus } from "../rules/model.ts";
import { isBalanced } from "../storage/audit.ts";
import type { UnitOfWork } from "../unit-of-work.ts";
import { unlessUnknown } from "./shopper.ts";
import { adminSnapshot, snapshot } from "./snapshot.ts";

export function reservation(unit: UnitOfWork, shopperId: string): ReservationResult {
	return resultOf(unit, unit.storage.reservations.shownTo(shopperId));
}

/** One result for each of these shoppers, in their order. */
export function reservationMany(unit: UnitOfWork, shopperIds: readonly string[]): readonly ReservationResult[] {
	const found = unit.storage.reservations.shownToMany(shopperIds);
	return shopperIds.map((id) => resultOf(unit, found.get(id) ?? null));
}

function resultOf(unit: UnitOfWork, mine: Reservation | null): ReservationResult {
	if (mine === null) return unlessUnknown(unit, { kind: "no-reservation", lastStatus: null });
	return { kind: "found", reservation: snapshot(unit, mine) };
}

export function hasOpenClaim({ storage }: UnitOfWork, shopperId: string): boolean {
	return isLive(storage.reservations.ofShopper(shopperId)) || storage.preorders.hasPending(shopperId);
}

/** Of an archived product nothing can be had, and whoever has something of it learns of that and not of this. */
export function availability({ product, stock, policy, nowMs, storage }: UnitOfWork): AvailabilityResult {
	if (product.isArchived) return { kind: "unknown-sku" };
	const clock = [storage.nextDueMs(), policy.saleStartsAtMs, policy.saleEndsAtMs];
	const ahead = clock.filter((atMs) => atMs !== null && atMs > nowMs) as number[];
	const changesAtMs = ahead.length > 0 ? Math.min(...ahead) : null;
	return { kind: "availability", availability: toAvailability(stock, policy, nowMs), changesAtMs };
}

/**
 * @param refused units refused as sold out so far
 * @param isFull audit every row, and not only those that are open and what is carried
 */
export function stock(unit: UnitOfWork, refused: number, isFull: boolean): StockReport {
	// The unit of work is closed first. It stores what it ended, so the rows and the counters are of the same moment.
	unit.close();
	const { stock, product } = unit;
	const rows = unit.storage.audit(false);
	const balanced = isBalanced(stock, rows) && (!isFull || isBalanced(stock, unit.storage.audit(true)));
	return { kind: "stock", product, stock, paying: rows.paying, refused, balanced };
}

export function listReservations(
	unit: UnitOfWork,
	status: ReservationStatus | null,
	afterId: string,
	limit: number,
): { readonly kind: "reservations"; readonly reservations: AdminReservation[] } {
	const rows = unit.storage.reservations.list(status, afterId, limit);
	return { kind: "reservations", reservations: rows.map((row) => adminSnapshot(unit, row)) };
}
