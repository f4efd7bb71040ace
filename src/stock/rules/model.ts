/**
 * The model of one SKU's stock: its counters, its rows and its journal entries, as the rules use them and the tables
 * store them; and the refusals that several rules share.
 *
 * Times are milliseconds since 1970, quantities whole units.
 */
import type { Policy } from "../../catalog/policy.ts";
import { assert } from "../../platform/assert.ts";

/**
 * The counters of one SKU, in units. `version`, `seq` and `place` count changes, journal entries and places on the
 * waitlist.
 */
export interface Stock {
	readonly received: number;
	readonly adjusted: number;
	readonly returned: number;
	readonly available: number;
	readonly held: number;
	readonly sold: number;
	/** Units that waiting shoppers want. */
	readonly waiting: number;
	/** Pre-ordered units, not paid yet (`pending`) and paid but not there yet (`owed`). Together at most the capacity. */
	readonly pending: number;
	readonly owed: number;
	readonly filled: number;
	readonly cancelled: number;
	readonly version: number;
	readonly seq: number;
	readonly place: number;
	/**
	 * Free units that stood free for the waitlist when the first of the owed pre-orders came to be owed, so that
	 * pre-order does not get them; and the last place on the waitlist at that moment. Without meaning while none is owed.
	 */
	readonly setAside: number;
	readonly setAsideUpTo: number;
}

export const EMPTY_STOCK: Stock = {
	received: 0,
	adjusted: 0,
	returned: 0,
	available: 0,
	held: 0,
	sold: 0,
	waiting: 0,
	pending: 0,
	owed: 0,
	filled: 0,
	cancelled: 0,
	version: 0,
	seq: 0,
	place: 0,
	setAside: 0,
	setAsideUpTo: 0,
};

export const RESERVATION_STATUSES = ["waiting", "held", "paying", "sold", "released", "expired", "converted"] as const;
export type ReservationStatus = (typeof RESERVATION_STATUSES)[number];

/** What a checkout has pinned of a reservation. Kept when the reservation ends. */
export interface Pin {
	/** Null for a checkout whose code does not name attempts. */
	readonly attempt: number | null;
	/**
	 * Units that the checkout sells when it is paid. Fewer than the reservation has while the shopper held more: the rest
	 * stays theirs until the payment or the former end of the hold, since the checkout may end without a sale.
	 */
	readonly units: number;
	/** When the pin runs out. */
	readonly untilMs: number;
	/** Units that the shopper held before; null for none. */
	readonly heldBefore: number | null;
}

export interface Reservation {
	readonly id: string;
	readonly shopperId: string;
	readonly quantity: number;
	readonly status: ReservationStatus;
	/**
	 * When units that are held or paying go back to the stock: the earlier of the two ends, if that of a pinned hold is
	 * another one for its rest. For the head of a stalled waitlist: when it is offered whatever is free. Null for every
	 * other reservation.
	 */
	readonly expiresAtMs: number | null;
	/**
	 * When the hold that a checkout has pinned would have run out. It is restored until then if the checkout ends without
	 * a sale. Null if there was none.
	 */
	readonly heldUntilMs: number | null;
	/** Null when no checkout has pinned it, and in rows that earlier code has pinned: then all of it is pinned. */
	readonly pin: Pin | null;
	/**
	 * When the shopper took the units, moved back by as long as they had kept units shortly before (`time-bound.ts`).
	 * Null while it has none, and in rows of earlier code.
	 */
	readonly heldSinceMs: number | null;
	/** Place on the waitlist, lower first; null unless waiting. */
	readonly place: number | null;
	readonly extensions: number;
	/** Got its units from the waitlist, so it lasts `offerMs` and not `holdMs`. */
	readonly offered: boolean;
	/**
	 * The shopper has asked to be told by mail, so the offer lasts `offerAbsentMs`. It stays set when the wait is over; the
	 * address does not stay (`notify.ts`).
	 */
	readonly absent: boolean;
	/** The checkout that pinned it. Kept after its end, since a late payment has to find what became of it. */
	readonly checkoutId: string | null;
	/** Units of a sold reservation that came back to the stock. */
	readonly returned: number;
	/** Units of a sold reservation that were paid back, whether or not they came back to the stock. */
	readonly refunded: number;
	readonly version: number;
	readonly createdAtMs: number;
	readonly endedAtMs: number | null;
}

/** A first version, with nothing set but what is given. */
export function newReservation(
	command: { readonly id: string; readonly shopperId: string; readonly quantity: number },
	status: ReservationStatus,
	nowMs: number,
	rest: Partial<Reservation>,
): Reservation {
	return {
		id: command.id,
		shopperId: command.shopperId,
		quantity: command.quantity,
		status,
		expiresAtMs: null,
		heldUntilMs: null,
		pin: null,
		heldSinceMs: null,
		place: null,
		extensions: 0,
		offered: false,
		absent: false,
		checkoutId: null,
		returned: 0,
		refunded: 0,
		version: 1,
		createdAtMs: nowMs,
		endedAtMs: null,
		...rest,
	};
}

export type PreorderStatus = "pending" | "owed" | "filled" | "cancelled";

export interface Preorder {
	readonly id: string;
	readonly shopperId: string;
	readonly checkoutId: string;
	readonly quantity: number;
	readonly status: PreorderStatus;
	/** When a pending pre-order runs out; null for every other status. */
	readonly expiresAtMs: number | null;
	readonly expectedAtMs: number | null;
	readonly termsVersion: string;
	/** Units of it that were cancelled while owed, or that came back after they had been filled. */
	readonly returned: number;
	/** Units that were paid back, whether or not they came back to the stock. */
	readonly refunded: number;
	/** The attempt of the checkout; null where its code does not name attempts. */
	readonly attempt: number | null;
	/**
	 * The shopper's reservation, waiting or with too few units, which this pre-order takes the place of once it is paid.
	 * Until then the reservation goes on as if there were no pre-order. Null for none.
	 */
	readonly replaces: string | null;
	/** When the shopper accepted the terms. */
	readonly createdAtMs: number;
	/** 0 until it is paid. Counts changes from then on, by which D1 knows the newer of two copies. */
	readonly version: number;
	readonly endedAtMs: number | null;
}

export type EntryKind =
	| "received"
	| "adjusted"
	| "held"
	| "waiting"
	| "promoted"
	| "bumped"
	| "resized"
	| "paying"
	| "unpinned"
	| "sold"
	| "released"
	| "expired"
	| "left"
	| "returned"
	| "converted"
	| "preorder-pending"
	| "preorder-owed"
	| "preorder-filled"
	| "preorder-cancelled";

/** One entry of the journal: what happened to how many units, whose they were, and the counters afterwards. */
export interface JournalEntry {
	readonly seq: number;
	readonly kind: EntryKind;
	readonly quantity: number;
	readonly shopperId: string | null;
	/** The reservation or pre-order it happened to. */
	readonly subjectId: string | null;
	readonly checkoutId: string | null;
	/** The merchant's reference or reason, for what a merchant did. */
	readonly note: string | null;
	/** Who of the merchant's people did it; null for what was nobody's decision, or a shopper's. */
	readonly actor: string | null;
	readonly available: number;
	readonly held: number;
	readonly sold: number;
}

/** What a decision changes: stored together, or not at all. */
export interface Change {
	readonly stock: Stock;
	readonly reservations: readonly Reservation[];
	readonly preorders: readonly Preorder[];
	readonly entries: readonly JournalEntry[];
}

// ---- Refusals that several rules share

export type SoldOut = {
	readonly kind: "sold-out";
	readonly preorder: PreorderOffer | null;
	/** Units are free, and this shopper has kept units for so long that others may have them first, until then. */
	readonly retryAtMs?: number | null;
};

export type PreorderOffer = {
	readonly expectedAtMs: number | null;
	readonly termsVersion: string;
	readonly remaining: number;
};

export type LimitExceeded = { readonly kind: "limit-exceeded"; readonly limit: number; readonly owned: number };

export type SaleNotOpen = {
	readonly kind: "sale-not-open";
	readonly startsAtMs: number | null;
	readonly endsAtMs: number | null;
};

export type InCheckout = { readonly kind: "in-checkout"; readonly checkoutId: string };

export type NoReservation = { readonly kind: "no-reservation"; readonly lastStatus: ReservationStatus | null };

export type AlreadySold = { readonly kind: "already-sold" };

/** The product is archived, and the shopper has nothing of it or wants more than that. */
export type Unknown = { readonly kind: "unknown-sku" };

/** What a rule decides from: the counters, the policy, and what the shopper has. */
export interface DecisionContext {
	readonly stock: Stock;
	readonly policy: Policy;
	/** The shopper's live reservation, of which there is at most one, or else the newest one that ended. */
	readonly mine: Reservation | null;
	/**
	 * Units that the shopper has bought or pre-ordered and not given back, for the limit. Without those of `mine` while
	 * it is live.
	 */
	readonly owned: number;
	/** The product is archived: nobody gets more of it than they have. Absent for false. */
	readonly isArchived?: boolean;
	/** When somebody else was last refused as sold out, as far as the object remembers; null for never. */
	readonly refusedOthersAtMs?: number | null;
}

export type LiveReservation = Reservation & { readonly status: "waiting" | "held" | "paying" };

export function isLive(r: Reservation | null): r is LiveReservation {
	return r !== null && isLiveStatus(r.status);
}

export function isLiveStatus(status: ReservationStatus): status is LiveReservation["status"] {
	return status === "waiting" || status === "held" || status === "paying";
}

/** How an attempt of a checkout ended here without a sale, so that a late message of it changes nothing. */
export interface EndedAttempt {
	readonly checkoutId: string;
	readonly attempt: number;
	readonly ending: "unpinned" | "lost";
	readonly endedAtMs: number;
}

/** What one checkout has at this SKU: its live reservation or else its newest, and its newest pre-order. */
export interface CheckoutRows {
	readonly reservation: Reservation | null;
	readonly preorder: Preorder | null;
	/** The newest of its attempts that is known to have ended here without a sale. */
	readonly ended?: EndedAttempt | null;
	/** The reservation that its pre-order replaces, as it is now. */
	readonly replaced?: Reservation | null;
	/** Whether that one is the head of the waitlist. */
	readonly replacesHead?: boolean;
}

/** The tags of If-Match, of which one must be the present one; `"*"` for any; null for no condition. */
export type IfMatch = readonly string[] | "*" | null;

/** @param tag of what is there now; null when nothing is, which meets no condition (RFC 9110, section 13.1.1) */
export const isMatch = (ifMatch: IfMatch, tag: string | null): boolean =>
	ifMatch === null || (tag !== null && (ifMatch === "*" || ifMatch.includes(tag)));

/** The condition does not hold. `current` is the tag of the reservation as it is; null when there is none. */
export type Stale = { readonly kind: "stale"; readonly current: string | null };

/** ETag of a reservation: changes whenever the reservation does. */
export const tagOf = (r: Pick<Reservation, "id" | "version">): string => `${r.id}.${r.version}`;

export const inCheckout = (r: Reservation): InCheckout => {
	assert(r.checkoutId !== null, "a paying reservation names its checkout");
	return { kind: "in-checkout", checkoutId: r.checkoutId };
};
