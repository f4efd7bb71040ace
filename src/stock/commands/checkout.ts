/** What a checkout does to the stock, as steps of one unit of work. The rules are in `rules/purchase.ts`. */
import { newId } from "../../platform/id.ts";
import { toRecord } from "../preorder-outbox.ts";
import type {
	CancelPreorderResult,
	CommitRequest,
	CommitResult,
	PinnedPrice,
	PinRequest,
	PinResult,
	TakeBackResult,
	UnpinResult,
} from "../rpc.ts";
import { preorderOffer } from "../rules/availability.ts";
import * as rules from "../rules/purchase.ts";
import type { UnitOfWork } from "../unit-of-work.ts";

export function pin(unit: UnitOfWork, request: PinRequest): PinResult {
	const { shopperId, checkoutId } = request;
	const rows = unit.storage.rowsOfCheckout(shopperId, checkoutId);
	const context = unit.contextOf(shopperId, checkoutId);
	const decision = rules.pin(context, rows, { ...request, id: newId() }, unit.nowMs);
	if (decision.kind !== "pinned" && decision.kind !== "preordered") return decision;
	if (!request.probe) unit.apply(decision.change);
	const { title, priceMinor, currency, policy } = unit.product;
	const pinned = decision.kind === "pinned" ? decision.reservation : decision.preorder;
	const graceMs = policy.paymentGraceMs;
	const payByMs = (pinned.expiresAtMs ?? unit.nowMs) - graceMs;
	const offer = preorderOffer(unit.stock, policy);
	const { allowDelayedMethods } = policy;
	const price: PinnedPrice = {
		title,
		unitPriceMinor: priceMinor,
		currency,
		payByMs,
		graceMs,
		offer,
		allowDelayedMethods,
	};
	if (decision.kind === "pinned") return { kind: "pinned", reservationId: decision.reservation.id, ...price };
	const { id, expectedAtMs, termsVersion } = decision.preorder;
	return { kind: "preordered", preorderId: id, expectedAtMs, termsVersion, ...price };
}

export function commit(unit: UnitOfWork, request: CommitRequest): CommitResult {
	const { shopperId, checkoutId } = request;
	const rows = unit.storage.rowsOfCheckout(shopperId, checkoutId);
	const context = unit.contextOf(shopperId, checkoutId);
	const decision = rules.commit(context, rows, { ...request, id: newId() }, unit.nowMs);
	if (decision.kind === "lost") return decision;
	unit.apply(decision.change);
	if (decision.kind === "sold") return { kind: "sold", reservationId: decision.reservation.id };
	const { id, expectedAtMs, termsVersion } = decision.preorder;
	return { kind: "owed", preorderId: id, expectedAtMs, termsVersion };
}

export function unpin(unit: UnitOfWork, shopperId: string, checkoutId: string, keepHold: boolean): UnpinResult {
	const rows = unit.storage.rowsOfCheckout(shopperId, checkoutId);
	const decision = rules.unpin(unit.stock, rows, keepHold, unit.nowMs);
	if (decision.kind !== "unpinned") return decision;
	const freeBefore = unit.freeForPublic;
	unit.apply(decision.change);
	return { kind: "unpinned", freed: unit.freedSince(freeBefore) };
}

export function takeBack(unit: UnitOfWork, shopperId: string, checkoutId: string, total: number): TakeBackResult {
	const freeBefore = unit.freeForPublic;
	unit.apply(rules.returnSold(unit.stock, unit.storage.rowsOfCheckout(shopperId, checkoutId), total, unit.nowMs));
	return { kind: "taken-back", freed: unit.freedSince(freeBefore) };
}

export function cancelPreorder(unit: UnitOfWork, shopperId: string, checkoutId: string): CancelPreorderResult {
	const { preorder } = unit.storage.rowsOfCheckout(shopperId, checkoutId);
	const change =
		preorder?.status === "owed"
			? rules.returnSold(unit.stock, { reservation: null, preorder }, preorder.quantity, unit.nowMs)
			: null;
	const freeBefore = unit.freeForPublic;
	unit.apply(change);
	const freed = unit.freedSince(freeBefore);
	const now = change?.preorders[0] ?? preorder;
	const kind = now?.status === "filled" ? "filled" : "cancelled";
	return { kind, preorder: now && now.status !== "pending" ? toRecord(unit.product.sku, now) : null, freed };
}
