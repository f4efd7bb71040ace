/**
 * What a merchant does to the stock, as steps of one turn: units that arrive, a count that is corrected, the report.
 *
 * Not here: the rules of each step (`units.ts`), the transaction and the Idempotency-Key (`sku.ts`).
 */
import type { AdjustRequest, AdjustResult, KeyReused, RestockRequest, RestockResult, UnknownSku } from "../rpc.ts";
import * as units from "../rules/adjust.ts";
import type { Reservation, Stock } from "../rules/model.ts";
import type { SkuStorage } from "../storage/sku-storage.ts";
import type { UnitOfWork } from "../unit-of-work.ts";

type Done<T> = Exclude<T, KeyReused | UnknownSku>;

const onHand = (s: Stock): number => s.available + s.held;

export function restock(turn: UnitOfWork, request: RestockRequest): Done<RestockResult> {
	if (request.ifOnHand !== null && request.ifOnHand !== onHand(turn.stock)) {
		return { kind: "on-hand-differs", onHand: onHand(turn.stock) };
	}
	turn.apply(units.receive(turn.stock, request.quantity, request.reference));
	const availableBefore = turn.stock.available;
	// Planned before it is done, since a long line is served in several turns and the merchant is answered now.
	const plan = turn.previewAllocation();
	turn.allocate();
	const handingOut = plan.filledPreorders + plan.promoted - (availableBefore - turn.stock.available);
	return { kind: "restocked", received: request.quantity, ...plan, handingOut, stock: turn.stock };
}

export function adjust(turn: UnitOfWork, storage: SkuStorage, request: AdjustRequest): Done<AdjustResult> {
	const { delta, reason, force } = request;
	const first = units.adjust(turn.stock, delta, reason);
	if (first.kind === "adjusted") {
		turn.apply(first.change);
		turn.allocate();
		return { kind: "adjusted", bumped: 0, stock: turn.stock };
	}
	const holds = force ? newestHolds(storage, first.shortBy) : null;
	if (holds === null) return { kind: "below-held", shortBy: first.shortBy, stock: turn.stock };
	for (const hold of holds) {
		turn.apply(units.displace(turn.stock, hold, Math.min(1, storage.reservations.nextWaiting(1)[0]?.place ?? 1)));
	}
	const second = units.adjust(turn.stock, delta, reason);
	if (second.kind === "adjusted") turn.apply(second.change);
	turn.allocate();
	return { kind: "adjusted", bumped: holds.reduce((sum, hold) => sum + hold.quantity, 0), stock: turn.stock };
}

/** The newest holds that together have at least `quantity` units; null when all of them have not. */
function newestHolds(storage: SkuStorage, quantity: number): Reservation[] | null {
	const holds: Reservation[] = [];
	let missing = quantity;
	for (const hold of storage.reservations.newestHolds()) {
		if (missing <= 0) break;
		holds.push(hold);
		missing -= hold.quantity;
	}
	return missing > 0 ? null : holds;
}

/** Whether the rows add up to the counters, and the equation holds of the rows. */
export function isBalanced(stock: Stock, rows: ReturnType<SkuStorage["audit"]>): boolean {
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
