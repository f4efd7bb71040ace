/**
 * What a checkout does to the stock, as steps of one unit of work. The rules are in `rules/purchase.ts` and
 * `rules/sale.ts`.
 */
import { newId } from "../../platform/id.ts";
import { toRecord } from "../preorder-outbox.ts";
import type { RefusedDemand } from "../refused-demand.ts";
import type {
	CancelPreorderResult,
	CommitRequest,
	CommitResult,
	GivenBackResult,
	PinnedPrice,
	PinRequest,
	PinResult,
	TakeBackResult,
	UnpinResult,
} from "../rpc.ts";
import { couldHaveBeenServed, preorderOffer } from "../rules/availability.ts";
import { isOver, isSuperseded } from "../rules/claim-fence.ts";
import type { CheckoutRows, EndedAttempt } from "../rules/model.ts";
import * as rules from "../rules/purchase.ts";
import { pinnedUntilMs } from "../rules/release.ts";
import { commit as commitPaid, noteGivenBack, returnSold } from "../rules/sale.ts";
import type { UnitOfWork } from "../unit-of-work.ts";

/** Whose claim a message is about. `attempt` is undefined where the code of the caller does not name any. */
export interface Claim {
	readonly shopperId: string;
	readonly checkoutId: string;
	readonly attempt: number | undefined;
}

export function pin(unit: UnitOfWork, request: PinRequest, refused: RefusedDemand): PinResult {
	const { shopperId, checkoutId, attempt } = request;
	const rows = unit.storage.rowsOfCheckout(shopperId, checkoutId, attempt);
	const refusedOthersAtMs = refused.lastOfOthersMs(shopperId);
	const context = { ...unit.contextOf(shopperId, checkoutId), refusedOthersAtMs };
	const decision = rules.pin(context, rows, { ...request, id: newId() }, unit.nowMs);
	const keptFromThem = decision.kind === "sold-out" && decision.retryAtMs == null;
	if (keptFromThem && couldHaveBeenServed(unit.stock, request.quantity)) refused.note(shopperId, unit.nowMs);
	if (decision.kind !== "pinned" && decision.kind !== "preordered") return decision;
	if (!request.probe) unit.apply(decision.change);
	const { title, priceMinor, currency, policy } = unit.product;
	const untilMs = decision.kind === "pinned" ? pinnedUntilMs(decision.reservation) : decision.preorder.expiresAtMs;
	const graceMs = policy.paymentGraceMs;
	const payByMs = (untilMs ?? unit.nowMs) - graceMs;
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
	const { shopperId, checkoutId, attempt } = request;
	const rows = unit.storage.rowsOfCheckout(shopperId, checkoutId, attempt);
	const context = unit.contextOf(shopperId, checkoutId);
	const decision = commitPaid(context, rows, { ...request, id: newId() }, unit.nowMs);
	if (decision.kind === "lost") {
		rememberEnded(unit, rows, request, "lost");
		return decision;
	}
	const freeBefore = unit.freeForPublic;
	unit.apply(decision.change);
	const freed = unit.freedSince(freeBefore);
	if (decision.kind === "sold") return { kind: "sold", reservationId: decision.reservation.id, freed };
	const { id, expectedAtMs, termsVersion } = decision.preorder;
	return { kind: "owed", preorderId: id, expectedAtMs, termsVersion };
}

export function unpin(unit: UnitOfWork, claim: Claim): UnpinResult {
	const { shopperId, checkoutId, attempt } = claim;
	const rows = unit.storage.rowsOfCheckout(shopperId, checkoutId, attempt);
	const decision = rules.unpin(unit.stock, rows, attempt, unit.nowMs);
	if (decision.kind !== "unpinned") return decision;
	rememberEnded(unit, rows, claim, "unpinned");
	const freeBefore = unit.freeForPublic;
	unit.apply(decision.change);
	return { kind: "unpinned", freed: unit.freedSince(freeBefore) };
}

/**
 * Remembers that the attempt ended here without a sale, so that its late messages change nothing. An attempt that never
 * had anything here is remembered too: its pin may be the message that comes late.
 */
function rememberEnded(
	{ storage, nowMs }: UnitOfWork,
	rows: CheckoutRows,
	{ shopperId, checkoutId, attempt }: Omit<Claim, "attempt"> & Partial<Pick<Claim, "attempt">>,
	ending: EndedAttempt["ending"],
): void {
	if (attempt === undefined || isOver(rows, attempt)) return;
	storage.endedAttempts.save({ checkoutId, attempt, ending, endedAtMs: nowMs }, shopperId);
}

export function takeBack(unit: UnitOfWork, claim: Claim, total: number): TakeBackResult {
	const freeBefore = unit.freeForPublic;
	const rows = presentRows(unit, claim);
	unit.apply(rows && returnSold(unit.stock, rows, total, unit.nowMs));
	return { kind: "taken-back", freed: unit.freedSince(freeBefore) };
}

export function givenBack(unit: UnitOfWork, claim: Claim, total: number): GivenBackResult {
	const rows = presentRows(unit, claim);
	unit.apply(rows && noteGivenBack(unit.stock, rows, total));
	return { kind: "given-back" };
}

/** What the checkout has here; null for a late message of an attempt that a newer one has followed. */
function presentRows(unit: UnitOfWork, { shopperId, checkoutId, attempt }: Claim): CheckoutRows | null {
	const rows = unit.storage.rowsOfCheckout(shopperId, checkoutId, attempt);
	return isSuperseded(rows, attempt) ? null : rows;
}

export function cancelPreorder(unit: UnitOfWork, claim: Claim): CancelPreorderResult {
	const preorder = presentRows(unit, claim)?.preorder ?? null;
	const change =
		preorder?.status === "owed"
			? returnSold(unit.stock, { reservation: null, preorder }, preorder.quantity, unit.nowMs)
			: null;
	const freeBefore = unit.freeForPublic;
	unit.apply(change);
	const freed = unit.freedSince(freeBefore);
	const now = change?.preorders[0] ?? preorder;
	const kind = now?.status === "filled" ? "filled" : "cancelled";
	return { kind, preorder: now && now.status !== "pending" ? toRecord(unit.product.sku, now) : null, freed };
}
