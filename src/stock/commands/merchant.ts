/** What a merchant does to the stock, as steps of one unit of work. The rules are in `rules/adjust.ts`. */
import type { RefusedDemand } from "../refused-demand.ts";
import type {
	AdjustRequest,
	AdjustResult,
	KeyReused,
	ReleaseResult,
	RestockRequest,
	RestockResult,
	UnknownSku,
} from "../rpc.ts";
import * as rules from "../rules/adjust.ts";
import { by } from "../rules/bookkeeping.ts";
import type { IfMatch, Reservation, Stock } from "../rules/model.ts";
import type { SkuStorage } from "../storage/sku-storage.ts";
import type { UnitOfWork } from "../unit-of-work.ts";
import { releaseReservation } from "./shopper.ts";

/** A result without those that only the runner of a command gives. */
type Done<T> = Exclude<T, KeyReused | UnknownSku>;

const onHand = (s: Stock): number => s.available + s.held;

/** @param refused those who were refused before: there may be units for them now */
export function restock(unit: UnitOfWork, request: RestockRequest, refused: RefusedDemand): Done<RestockResult> {
	if (request.ifOnHand !== null && request.ifOnHand !== onHand(unit.stock)) {
		return { kind: "on-hand-differs", onHand: onHand(unit.stock) };
	}
	const { quantity, reference, actor = null } = request;
	unit.apply(by(actor, rules.receive(unit.stock, quantity, reference)));
	const availableBefore = unit.stock.available;
	// A long waitlist is served in several units of work, and the merchant gets a result now: so it is a preview.
	const plan = unit.previewAllocation();
	unit.allocate();
	if (unit.freeForPublic > 0) refused.forget();
	const handingOut = plan.filledPreorders + plan.promoted - (availableBefore - unit.stock.available);
	return { kind: "restocked", received: quantity, ...plan, handingOut, stock: unit.stock };
}

/** @param refused those who were refused before: there may be units for them now */
export function adjust(unit: UnitOfWork, request: AdjustRequest, refused: RefusedDemand): Done<AdjustResult> {
	const { delta, reason, force, ifOnHand = null, actor = null } = request;
	if (ifOnHand !== null && ifOnHand !== onHand(unit.stock)) {
		return { kind: "on-hand-differs", onHand: onHand(unit.stock) };
	}
	const first = rules.adjust(unit.stock, delta, reason);
	if (first.kind === "adjusted") {
		unit.apply(by(actor, first.change));
		unit.allocate();
		if (delta > 0 && unit.freeForPublic > 0) refused.forget();
		return { kind: "adjusted", bumped: 0, stock: unit.stock };
	}
	const holds = force ? newestHolds(unit.storage, first.shortBy) : null;
	if (holds === null) return { kind: "below-held", shortBy: first.shortBy, stock: unit.stock };
	for (const hold of holds) {
		const frontPlace = Math.min(1, unit.storage.reservations.nextWaiting(1)[0]?.place ?? 1);
		unit.apply(by(actor, rules.displace(unit.stock, hold, frontPlace)));
	}
	const second = rules.adjust(unit.stock, delta, reason);
	if (second.kind === "adjusted") unit.apply(by(actor, second.change));
	unit.allocate();
	return { kind: "adjusted", bumped: holds.reduce((sum, hold) => sum + hold.quantity, 0), stock: unit.stock };
}

/** The newest holds that together have at least `quantity` units; null when all holds together have fewer. */
function newestHolds({ reservations }: SkuStorage, quantity: number): Reservation[] | null {
	const holds: Reservation[] = [];
	let missing = quantity;
	for (const hold of reservations.newestHolds()) {
		if (missing <= 0) break;
		holds.push(hold);
		missing -= hold.quantity;
	}
	return missing > 0 ? null : holds;
}

export function releaseById(
	unit: UnitOfWork,
	id: string,
	ifMatch: IfMatch = null,
	actor: string | null = null,
): ReleaseResult {
	return releaseReservation(unit, unit.storage.reservations.byId(id), ifMatch, actor);
}
