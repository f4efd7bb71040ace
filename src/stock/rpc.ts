/**
 * The RPC contract of a SKU's object: its methods, their requests and their results. Requests and results only ever
 * grow, since old code may call new code, and new code old, for minutes after a deploy.
 */
import type { Product, ProductDraft } from "../catalog/product.ts";
import type { ChangedProduct, ProductChange } from "../catalog/product-change.ts";
import type { PreorderRecord } from "../orders/preorder.ts";
import type { SaleStatus } from "./rules/availability.ts";
import type {
	AlreadySold,
	IfMatch,
	NoReservation,
	Reservation,
	ReservationStatus,
	SoldOut,
	Stock,
} from "./rules/model.ts";
import type { CommitCommand, PinCommand, PinDecision } from "./rules/purchase.ts";
import type { ExtendDecision, ReleaseDecision } from "./rules/release.ts";
import type { ReserveCommand, ReserveDecision } from "./rules/reserve.ts";
import type { JournalRow } from "./storage/journal.ts";

export { SALE_STATUSES } from "./rules/availability.ts";
export { RESERVATION_STATUSES } from "./rules/model.ts";
export type { JournalRow } from "./storage/journal.ts";

/** Free units that were handed out to those ahead of the public. */
export interface Allocated {
	readonly filledPreorders: number;
	readonly promoted: number;
}

export type UnknownSku = { readonly kind: "unknown-sku" };

/** A reservation as its shopper sees it. */
export interface ReservationSnapshot
	extends Pick<Reservation, "id" | "quantity" | "status" | "expiresAtMs" | "version"> {
	/** 1 for the head of the waitlist; null unless waiting. */
	readonly position: number | null;
	readonly extensionsLeft: number;
}

/** A reservation as a merchant sees it. */
export type AdminReservation = Reservation & ReservationSnapshot;

export interface Availability {
	readonly status: SaleStatus;
	readonly available: number;
	readonly held: number;
	readonly waiting: number;
	readonly preorderRemaining: number;
	readonly version: number;
	readonly asOfMs: number;
}

export type AvailabilityResult =
	/** `changesAtMs`: when the clock alone may next change the availability; null when it never will. */
	| { readonly kind: "availability"; readonly availability: Availability; readonly changesAtMs: number | null }
	| UnknownSku;

/** Header of a request for a live socket: the id of the shopper who watches. Absent for any other watcher. */
export const WATCHER_HEADER = "holdfast-shopper";

export type ReserveRequest = Omit<ReserveCommand, "id">;
export type ReserveResult =
	| { readonly kind: "held" | "waiting"; readonly reservation: ReservationSnapshot; readonly created: boolean }
	/**
	 * `retryAtMs`: when units may next come back, or null when none can. `closed`: the SKU is exhausted, so nobody else
	 * would get a unit, a place on the waitlist or a pre-order either.
	 */
	| (SoldOut & { readonly retryAtMs: number | null; readonly closed: boolean })
	| Exclude<ReserveDecision, { readonly kind: "held" | "waiting" | "sold-out" }>
	| UnknownSku;

// Reservations travel in columns: `reserve-columns.ts` packs them.

type Columns<T> = { readonly [Name in keyof T]: readonly T[Name][] };

export type PackedRequests = Columns<ReserveRequest>;

export type Granted = Extract<ReserveResult, { readonly reservation: ReservationSnapshot }>;
export type Refused = Exclude<ReserveResult, Granted>;

export interface PackedResults {
	readonly grants: Columns<ReservationSnapshot & Omit<Granted, "reservation">>;
	/** One for each request, in order; null where the result is the next of the grants. */
	readonly refusals: readonly (Refused | null)[];
}

type WithoutChange<A> = A extends { readonly change: unknown }
	? Omit<A, "change" | "reservation"> & { readonly reservation: AdminReservation }
	: A;
export type ReleaseResult = WithoutChange<ReleaseDecision> | UnknownSku;
export type ExtendResult =
	| { readonly kind: "extended"; readonly reservation: ReservationSnapshot }
	| Exclude<ExtendDecision, { readonly kind: "extended" }>
	| UnknownSku;

/** `probe`: decide as if to pin, and change nothing. */
export type PinRequest = Omit<PinCommand, "id"> & { readonly probe?: boolean };
/** What a line of a checkout costs, as of the unit of work that pinned it. */
export interface PinnedPrice {
	readonly title: string;
	readonly unitPriceMinor: number;
	readonly currency: string;
	/** Until when the shopper may pay. The units stay pinned for the grace period after it. */
	readonly payByMs: number;
	readonly graceMs: number;
}
export type PinResult =
	| (PinnedPrice & { readonly kind: "pinned"; readonly reservationId: string })
	| (PinnedPrice & {
			readonly kind: "preordered";
			readonly preorderId: string;
			readonly expectedAtMs: number | null;
			readonly termsVersion: string;
	  })
	| Exclude<PinDecision, { readonly kind: "pinned" | "preordered" }>
	| UnknownSku;

export type CommitRequest = Omit<CommitCommand, "id">;
export type CommitResult =
	| { readonly kind: "sold"; readonly reservationId: string }
	| {
			readonly kind: "owed";
			readonly preorderId: string;
			readonly expectedAtMs: number | null;
			readonly termsVersion: string;
	  }
	| { readonly kind: "lost" }
	| UnknownSku;

export type UnpinResult = { readonly kind: "unpinned" } | AlreadySold | UnknownSku;

/**
 * The Idempotency-Key of a merchant's request: repeated with it, the request takes effect once and has the same result.
 */
export interface Keyed {
	readonly key: string;
	/** Digest of the request. The same key with another digest is refused. */
	readonly fingerprint: string;
}
export type KeyReused = { readonly kind: "key-reused" };

export interface RestockRequest {
	readonly quantity: number;
	readonly reference: string | null;
	/** Restock only if this many units are on hand now; null for no condition. */
	readonly ifOnHand: number | null;
}
export type RestockResult =
	| (Allocated & {
			readonly kind: "restocked";
			readonly received: number;
			/** Units of these two that further units of work have yet to hand out; `stock` still counts them as available. */
			readonly handingOut: number;
			readonly stock: Stock;
	  })
	| { readonly kind: "on-hand-differs"; readonly onHand: number }
	| KeyReused
	| UnknownSku;

export interface AdjustRequest {
	readonly delta: number;
	readonly reason: string;
	/** Take units from holds, newest first, when the available ones do not suffice. Never from a checkout. */
	readonly force: boolean;
	/** Adjust only if this many units are on hand now; null or absent for no condition. */
	readonly ifOnHand?: number | null;
}
export type AdjustResult =
	| { readonly kind: "adjusted"; readonly bumped: number; readonly stock: Stock }
	| { readonly kind: "on-hand-differs"; readonly onHand: number }
	| { readonly kind: "below-held"; readonly shortBy: number; readonly stock: Stock }
	| KeyReused
	| UnknownSku;

export interface StockReport {
	readonly kind: "stock";
	readonly product: Product;
	readonly stock: Stock;
	readonly paying: number;
	/** Units that were requested and refused as sold out. Counted in memory, so only since the object was last loaded. */
	readonly refused: number;
	/** Whether sums over the rows satisfy the equation and equal the counters. */
	readonly balanced: boolean;
}

export interface DefineRequest {
	readonly change: ProductChange;
	/** Change the product only if one of these is its revision. */
	readonly ifMatch: IfMatch;
	/** Of this one request: repeated with it, the request takes effect once and has the same result. */
	readonly key: string;
}

export interface Defined {
	readonly kind: "defined";
	readonly created: boolean;
	readonly product: Product;
}

/** The condition does not hold. `revision` is the product's; null when there is none. */
export type StaleProduct = { readonly kind: "stale"; readonly revision: number | null };

export type DefineResult = Defined | StaleProduct | Extract<ChangedProduct, { readonly kind: "invalid" }>;

export type ReservationResult =
	| { readonly kind: "found"; readonly reservation: ReservationSnapshot }
	| NoReservation
	| UnknownSku;

export type RebuildResult =
	| { readonly kind: "rebuild"; readonly product: Product; readonly checkoutIds: string[] }
	| UnknownSku;

export type CancelPreorderResult =
	| { readonly kind: "cancelled" | "filled"; readonly preorder: PreorderRecord | null }
	| UnknownSku;

/**
 * The object of one SKU, as its callers see it. Every method may be repeated: `client.ts` sends a call again when the
 * platform says that it may. An object that no merchant has defined answers `unknown-sku` and stores nothing.
 */
export interface SkuRpc {
	/**
	 * Sets the product and its policy, or changes a part of them. Reservations that exist keep the times that they have.
	 * @param draft the whole product. With a `request` only its SKU counts: an object whose code is older than changes
	 * takes the draft, so the caller makes it of what it knows
	 */
	define(draft: ProductDraft): Promise<Defined>;
	define(draft: ProductDraft, request: DefineRequest): Promise<DefineResult>;

	// ---- Shoppers

	/** Decides each request on its own, in order, all in one transaction. */
	reserveMany(packed: PackedRequests): Promise<PackedResults | UnknownSku>;
	/** The shopper's live reservation, or else the newest one that ended. */
	reservation(shopperId: string): Promise<ReservationResult>;
	/** Ends the shopper's hold, or their place on the waitlist. */
	release(shopperId: string, ifMatch?: IfMatch): Promise<ReleaseResult>;
	/**
	 * Restarts the time of the shopper's hold, at most `policy.maxExtensions` times.
	 * @param key of this one request: repeated with it, the request costs one extension
	 */
	extend(shopperId: string, ifMatch?: IfMatch, key?: string | null): Promise<ExtendResult>;
	availability(): Promise<AvailabilityResult>;
	/**
	 * Opens a WebSocket that watches the SKU (`live-feed.ts`). The Worker has checked who watches, and names them in a
	 * header.
	 */
	fetch(request: Request): Promise<Response>;

	// ---- Checkouts

	/**
	 * The second stock check: pins units to a checkout, or places a pre-order, until the payment window and its grace
	 * end.
	 */
	pin(request: PinRequest): Promise<PinResult>;
	/** The checkout was paid: what it has pinned becomes sold, or owed. */
	commit(request: CommitRequest): Promise<CommitResult>;
	/**
	 * The checkout ended without a sale: gives back what it has pinned.
	 * @param keepHold the shopper could not have paid, so the hold that they had before the checkout goes on
	 */
	unpin(shopperId: string, checkoutId: string, keepHold?: boolean): Promise<UnpinResult>;
	/**
	 * Units that a checkout bought come back to the stock, or its pre-order is no longer owed.
	 * @param total units that are to have come back in all; a repeated call returns nothing more
	 */
	takeBack(shopperId: string, checkoutId: string, total: number): Promise<{ readonly kind: "taken-back" } | UnknownSku>;
	/** Cancels the pre-order of a checkout while it is owed. A pre-order that was filled stays filled. */
	cancelPreorder(shopperId: string, checkoutId: string): Promise<CancelPreorderResult>;
	/** Acknowledges that D1 has these pre-orders, in these versions or later ones. */
	preordersRecorded(recorded: readonly { readonly id: string; readonly version: number }[]): Promise<void>;

	// ---- The merchant

	/** Receives units, and hands them out. */
	restock(request: RestockRequest, keyed: Keyed): Promise<RestockResult>;
	/** Corrects the count of units on hand. */
	adjust(request: AdjustRequest, keyed: Keyed | null): Promise<AdjustResult>;
	/** Releases a shopper's hold, or their place on the waitlist. */
	releaseById(id: string, ifMatch?: IfMatch): Promise<ReleaseResult>;
	stock(): Promise<StockReport | UnknownSku>;
	/** A page of reservations, oldest first. @param status null for every status */
	listReservations(
		status: ReservationStatus | null,
		afterId: string,
		limit: number,
	): Promise<{ readonly kind: "reservations"; readonly reservations: AdminReservation[] } | UnknownSku>;
	/** A page of the journal, oldest entry first. */
	journal(
		afterSeq: number,
		limit: number,
	): Promise<{ readonly kind: "journal"; readonly entries: JournalRow[] } | UnknownSku>;

	// ---- Operations

	/**
	 * Sends every pre-order to D1 again when the cursor is empty, and names a page of the checkouts that bought here, in
	 * order of id, since D1 should have their orders. It deletes nothing, so an interrupted rebuild loses nothing.
	 */
	rebuild(afterCheckoutId: string, limit: number): Promise<RebuildResult>;
	/** Checkouts that bought or pre-ordered units here, in order of id. */
	buyers(afterCheckoutId: string, limit: number): Promise<readonly string[] | UnknownSku>;
	/** Checkouts whose pins ran out here, newest first: they may have been left half done. */
	suspects(limit: number): Promise<readonly string[] | UnknownSku>;
}
