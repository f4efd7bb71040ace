/**
 * What is read of a SKU. Every query runs in a unit of work too, so its result never counts a hold that has run out.
 */
import type { Product } from "../../catalog/product.ts";
import { availabilityView, reservationView, toAvailability } from "../api-views.ts";
import type { AdminReservation, AvailabilityResult, ReservationResult, StockReport } from "../rpc.ts";
import { isLive, type ReservationStatus, type Stock } from "../rules/model.ts";
import type { Audit, SkuStorage } from "../storage/sku-storage.ts";
import type { UnitOfWork } from "../unit-of-work.ts";
import { adminSnapshot, snapshot } from "./snapshot.ts";

export function reservation(unit: UnitOfWork, shopperId: string): ReservationResult {
	const mine = unit.storage.reservations.ofShopper(shopperId);
	if (mine === null) return { kind: "no-reservation", lastStatus: null };
	return { kind: "found", reservation: snapshot(unit, mine) };
}

export function hasOpenClaim({ storage }: UnitOfWork, shopperId: string): boolean {
	return isLive(storage.reservations.ofShopper(shopperId)) || storage.preorders.hasPending(shopperId);
}

export function availability({ stock, policy, nowMs, storage }: UnitOfWork): AvailabilityResult {
	const clock = [storage.nextDueMs(), policy.saleStartsAtMs, policy.saleEndsAtMs];
	const ahead = clock.filter((atMs) => atMs !== null && atMs > nowMs) as number[];
	const changesAtMs = ahead.length > 0 ? Math.min(...ahead) : null;
	return { kind: "availability", availability: toAvailability(stock, policy, nowMs), changesAtMs };
}

/** @param refused units refused as sold out so far */
export function stock(unit: UnitOfWork, refused: number): StockReport {
	// The unit of work is closed first. It stores what it ended, so the rows and the counters are of the same moment.
	unit.close();
	const { stock, product } = unit;
	const rows = unit.storage.audit();
	return { kind: "stock", product, stock, paying: rows.paying, refused, balanced: isBalanced(stock, rows) };
}

/** Whether the rows add up to the counters, and satisfy the equation. */
function isBalanced(stock: Stock, rows: Audit): boolean {
	return (
		rows.received === stock.received &&
		rows.adjusted === stock.adjusted &&
		rows.held === stock.held &&
		rows.sold === stock.sold &&
		rows.waiting === stock.waiting &&
		rows.owed === stock.owed &&
		rows.received + rows.adjusted === stock.available + rows.held + rows.sold
	);
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

/**
 * The messages for a watcher of the SKU, of the stock as the last unit of work left it.
 * @param shopperId null for a watcher who is no shopper
 */
export function watcherMessages(storage: SkuStorage, product: Product | null, shopperId: string | null): string[] {
	if (product === null) return [];
	const { sku, policy } = product;
	const stock = storage.stock();
	const availability = availabilityView(toAvailability(stock, policy, Date.now()));
	const messages = [JSON.stringify({ type: "availability", availability })];
	if (shopperId === null) return messages;
	const mine = storage.reservations.ofShopper(shopperId);
	const reservation = mine && reservationView(sku, snapshot({ policy, stock, storage }, mine));
	return [...messages, JSON.stringify({ type: "reservation", reservation })];
}
