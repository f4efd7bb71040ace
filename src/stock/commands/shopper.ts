/**
 * What a shopper does to their reservation, as steps of one unit of work. The rules are in `rules/reserve.ts` and
 * `rules/release.ts`.
 */
import { ERASE_NAMED, MAX_SHOPPERS_PER_ADDRESS } from "../../limits.ts";
import { newId } from "../../platform/id.ts";
import type { RefusedDemand } from "../refused-demand.ts";
import { packResults, unpackRequests } from "../reserve-columns.ts";
import type {
	ExtendResult,
	ForgetResult,
	PackedRequests,
	PackedResults,
	ReleaseResult,
	ReserveRequest,
	ReserveResult,
	TooLate,
	UnknownSku,
} from "../rpc.ts";
import { isStalled } from "../rules/allocate.ts";
import { couldHaveBeenServed, isExhausted, waitlistLimit } from "../rules/availability.ts";
import { by } from "../rules/bookkeeping.ts";
import type { IfMatch, NoReservation, Reservation } from "../rules/model.ts";
import { type Notify, withAbsence } from "../rules/notify.ts";
import * as endings from "../rules/release.ts";
import * as rules from "../rules/reserve.ts";
import type { UnitOfWork } from "../unit-of-work.ts";
import { adminSnapshot, snapshot } from "./snapshot.ts";

export function reserveMany(unit: UnitOfWork, packed: PackedRequests, refused: RefusedDemand): PackedResults | TooLate {
	// They were told long ago that there is no answer. What they would be granted now, nobody would know of.
	if (packed.untilMs !== undefined && unit.nowMs >= packed.untilMs) return { kind: "too-late" };
	unit.prefetch(packed.shopperId);
	const isLate = (i: number) => unit.nowMs >= (packed.untilMsOf?.[i] ?? Number.POSITIVE_INFINITY);
	return packResults(
		unpackRequests(packed).map((request, i) => (isLate(i) ? { kind: "no-answer" } : reserve(unit, request, refused))),
	);
}

function reserve(unit: UnitOfWork, request: ReserveRequest, refused: RefusedDemand): ReserveResult {
	const freeBefore = unit.freeForPublic;
	const refusedOthersAtMs = refused.lastOfOthersMs(request.shopperId);
	const context = { ...unit.contextOf(request.shopperId), refusedOthersAtMs };
	const notify = notifyOf(unit, request);
	const decision = rules.reserve(context, { ...request, notify, id: newId() }, unit.nowMs);
	switch (decision.kind) {
		case "held":
		case "waiting": {
			unit.apply(decision.change);
			saveAddress(unit, decision.reservation, notify);
			// A shopper who gives units back frees them for the waitlist before the next request of the batch is decided.
			const before = unit.stock;
			unit.allocate();
			// That may have served this very shopper, who waited for more and now takes what there is.
			const { reservation } = decision;
			const now = unit.stock === before ? reservation : (unit.storage.reservations.byId(reservation.id) ?? reservation);
			const kind = now.status === "held" ? "held" : decision.kind;
			const freed = unit.freedSince(freeBefore);
			return { kind, created: decision.created, reservation: snapshot(unit, now), freed };
		}
		case "sold-out":
			refused.units += request.quantity;
			// Units are free, but not for this shopper: that says nothing of what others want and can have.
			if (decision.retryAtMs != null) {
				return { ...decision, retryAtMs: decision.retryAtMs, closed: false, noneForPublic: false };
			}
			if (couldHaveBeenServed(unit.stock, request.quantity)) refused.note(request.shopperId, unit.nowMs);
			return {
				...decision,
				retryAtMs: unit.stock.held > 0 || isStalled(unit.stock) ? unit.storage.nextDueMs() : null,
				closed: isExhausted(unit.stock, unit.policy),
				noneForPublic: unit.freeForPublic === 0,
				waitlistFull: unit.stock.waiting >= waitlistLimit(unit.stock, unit.policy),
			};
		default:
			return decision;
	}
}

/** An address at which enough others are told already is not taken. */
function notifyOf({ storage }: UnitOfWork, { notify, shopperId }: ReserveRequest): ReserveRequest["notify"] {
	if (!notify) return notify;
	return storage.addresses.othersAt(notify.email, shopperId) < MAX_SHOPPERS_PER_ADDRESS ? notify : null;
}

/** Before units are allocated: whoever is served at once is told of it like anybody else. */
function saveAddress(
	{ storage }: UnitOfWork,
	{ id, shopperId, status }: Reservation,
	notify: Notify | null | undefined,
) {
	if (status !== "waiting" || notify === undefined) return;
	if (notify === null) storage.addresses.forget(id);
	else storage.addresses.save(id, shopperId, notify);
}

/** Forgets whom to tell: a shopper, or whoever has an e-mail address. @returns what a shopper has here with checkouts */
export function forget(unit: UnitOfWork, of: string | { readonly email: string }): ForgetResult {
	if (typeof of !== "string") {
		forgetEmail(unit, of.email);
		return { kind: "forgotten", isPaying: false, checkoutIds: [] };
	}
	forgetAddress(unit, of);
	const { reservations, preorders } = unit.storage;
	const isPaying = reservations.ofShopper(of)?.status === "paying" || preorders.hasPending(of);
	return { kind: "forgotten", isPaying, checkoutIds: unit.storage.checkoutsOf(of, ERASE_NAMED) };
}

/** Forgets whom to tell. A shopper who waits keeps their place, and is promoted like one who is there. */
export function forgetAddress(unit: UnitOfWork, shopperId: string): void {
	unit.storage.addresses.forgetShopper(shopperId);
	const mine = unit.storage.reservations.ofShopper(shopperId);
	if (mine?.status === "waiting") unit.apply(withAbsence(unit.stock, mine, null));
}

function forgetEmail(unit: UnitOfWork, email: string): void {
	for (const id of unit.storage.addresses.forgetEmail(email)) {
		const reservation = unit.storage.reservations.byId(id);
		if (reservation?.status === "waiting") unit.apply(withAbsence(unit.stock, reservation, null));
	}
}

export function release(unit: UnitOfWork, shopperId: string, ifMatch: IfMatch = null): ReleaseResult {
	return unlessUnknown(unit, releaseReservation(unit, unit.storage.reservations.shownTo(shopperId), ifMatch));
}

export function releaseReservation(
	unit: UnitOfWork,
	reservation: Reservation | null,
	ifMatch: IfMatch = null,
	actor: string | null = null,
): ReleaseResult {
	const decision = endings.release(unit.stock, reservation, unit.nowMs, ifMatch);
	if (decision.kind !== "released") return decision;
	const freeBefore = unit.freeForPublic;
	if (decision.change !== null) unit.apply(by(actor, decision.change));
	const freed = unit.freedSince(freeBefore);
	return { kind: "released", reservation: adminSnapshot(unit, decision.reservation), freed };
}

/** @param key of this request: the last extension of a shopper is remembered with it, so repeated it costs none more */
export function extend(
	unit: UnitOfWork,
	shopperId: string,
	refused: RefusedDemand,
	ifMatch: IfMatch = null,
	key: string | null = null,
): ExtendResult {
	const receiptKey = `extend ${shopperId}`;
	const receipt = key === null ? null : unit.storage.receipt(receiptKey);
	if (receipt !== null && receipt.fingerprint === key) return JSON.parse(receipt.answer) as ExtendResult;
	const { stock, policy } = unit;
	const mine = unit.storage.reservations.ofShopper(shopperId);
	const refusedOthersAtMs = refused.lastOfOthersMs(shopperId);
	const decision = endings.extend({ stock, policy, mine, owned: 0, refusedOthersAtMs }, unit.nowMs, ifMatch);
	if (decision.kind !== "extended") return unlessUnknown(unit, decision);
	unit.apply({ stock: unit.stock, reservations: [decision.reservation], preorders: [], entries: [] });
	const result: ExtendResult = { kind: "extended", reservation: snapshot(unit, decision.reservation) };
	if (key !== null) unit.storage.replaceReceipt(receiptKey, key, JSON.stringify(result));
	return result;
}

/** The answer to a shopper about their reservation: who never had one does not know of an archived product. */
export function unlessUnknown<R extends { readonly kind: string }>(
	{ product }: UnitOfWork,
	result: R | NoReservation,
): R | NoReservation | UnknownSku {
	const hasNothing = "lastStatus" in result && result.lastStatus === null;
	return product.isArchived && hasNothing ? { kind: "unknown-sku" } : result;
}
