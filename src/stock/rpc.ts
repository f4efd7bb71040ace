/**
 * What the object of a SKU is asked and what it answers, over RPC. Arguments and answers only ever grow, since old code
 * may talk to new for minutes after a deploy.
 */
import type { Product, ProductDraft } from "../catalog/product.ts";
import type { PreorderRecord } from "../orders/preorder.ts";
import type { SaleStatus } from "./rules/availability.ts";
import type { AlreadySold, NoReservation, Reservation, ReservationStatus, SoldOut, Stock } from "./rules/model.ts";
import type { CommitCommand, PinCommand, PinDecision } from "./rules/purchase.ts";
import type { ExtendDecision, ReleaseDecision } from "./rules/release.ts";
import type { ReserveCommand, ReserveDecision } from "./rules/reserve.ts";
import type { JournalRow } from "./storage/journal.ts";

export type { JournalRow } from "./storage/journal.ts";

/** Units that come free and go to somebody ahead of the public. */
export interface Allocated {
	readonly filledPreorders: number;
	readonly promoted: number;
}

export type UnknownSku = { readonly kind: "unknown-sku" };

/** What its shopper is told of a reservation. */
export interface ReservationSnapshot
	extends Pick<Reservation, "id" | "quantity" | "status" | "expiresAtMs" | "version"> {
	/** 1 for the head of the line; null unless waiting. */
	readonly position: number | null;
	readonly extensionsLeft: number;
}

/** The whole of it, as a merchant is shown. */
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
	/** `changesAtMs`: when the clock alone may change it; null when it will not. */
	| { readonly kind: "availability"; readonly availability: Availability; readonly changesAtMs: number | null }
	| UnknownSku;

/** In a request for a live socket: the shopper who watches, if it is one. */
export const WATCHER_HEADER = "holdfast-shopper";

export type ReserveRequest = Omit<ReserveCommand, "id">;
export type ReserveResult =
	| { readonly kind: "held" | "waiting"; readonly reservation: ReservationSnapshot; readonly created: boolean }
	/**
	 * `retryAtMs`: when units may next come back, or null when none can. `closed`: nobody else would get anything either, not
	 * one unit, nor a place in line, nor a pre-order.
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
	/** One for each request, in order; null where the answer is the next of the grants. */
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

/** `probe`: answer as if it were done, and do nothing. */
export type PinRequest = Omit<PinCommand, "id"> & { readonly probe?: boolean };
/** What a line of a checkout costs, as of the turn that pinned it. */
export interface PinnedPrice {
	readonly title: string;
	readonly unitPriceMinor: number;
	readonly currency: string;
	/** Until when the shopper may pay; the units stay pinned for the grace after it. */
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

/** A merchant's request that does its thing once: the same key and fingerprint answer the same. */
export interface Keyed {
	readonly key: string;
	/** Digest of the request; the same key with another one is refused. */
	readonly fingerprint: string;
}
export type KeyReused = { readonly kind: "key-reused" };

export interface RestockRequest {
	readonly quantity: number;
	readonly reference: string | null;
	/** Only if this many are on hand now; null for no condition. */
	readonly ifOnHand: number | null;
}
export type RestockResult =
	| (Allocated & {
			readonly kind: "restocked";
			readonly received: number;
			/** Units of these that further turns are about to hand out; `stock` still has them as available. */
			readonly handingOut: number;
			readonly stock: Stock;
	  })
	| { readonly kind: "on-hand-differs"; readonly onHand: number }
	| KeyReused
	| UnknownSku;

export interface AdjustRequest {
	readonly delta: number;
	readonly reason: string;
	/** Take units from holds, newest first, when the free ones do not suffice. Never from a checkout. */
	readonly force: boolean;
}
export type AdjustResult =
	| { readonly kind: "adjusted"; readonly bumped: number; readonly stock: Stock }
	| { readonly kind: "below-held"; readonly shortBy: number; readonly stock: Stock }
	| KeyReused
	| UnknownSku;

export interface StockReport {
	readonly kind: "stock";
	readonly product: Product;
	readonly stock: Stock;
	readonly paying: number;
	/** Units that were asked for here and refused as sold out, as far as this object has seen and remembered. */
	readonly refused: number;
	/** The equation, computed from the rows and held against the counters. */
	readonly balanced: boolean;
}

export interface DefineResult {
	readonly kind: "defined";
	readonly created: boolean;
	readonly product: Product;
}

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
 * The object of one SKU, as its callers see it. Every method may be repeated: a call that failed in passing is sent again.
 * An object that no merchant has defined answers `unknown-sku` and stores nothing.
 */
export interface SkuRpc {
	/** Sets what the SKU is and by which policy it is sold. Reservations that exist keep the times they were given. */
	define(draft: ProductDraft): Promise<DefineResult>;

	// ---- Shoppers

	/** Decides each request on its own, in order, all in one transaction. */
	reserveMany(packed: PackedRequests): Promise<PackedResults | UnknownSku>;
	/** The shopper's live reservation, or else the one that ended last, as it ended. */
	reservation(shopperId: string): Promise<ReservationResult>;
	release(shopperId: string): Promise<ReleaseResult>;
	extend(shopperId: string): Promise<ExtendResult>;
	availability(): Promise<AvailabilityResult>;
	/** Opens a WebSocket that watches the SKU (`live-feed.ts`). The Worker has checked who watches, and names them in a header. */
	fetch(request: Request): Promise<Response>;

	// ---- Checkouts

	pin(request: PinRequest): Promise<PinResult>;
	commit(request: CommitRequest): Promise<CommitResult>;
	/** @param keepHold the shopper could not have paid: what was held before the checkout is held again */
	unpin(shopperId: string, checkoutId: string, keepHold?: boolean): Promise<UnpinResult>;
	/** Units that a checkout had bought come back to the stock, or a pre-order of it is no longer owed, until `total` have. */
	takeBack(shopperId: string, checkoutId: string, total: number): Promise<{ readonly kind: "taken-back" } | UnknownSku>;
	/** A pre-order that is still owed is owed no longer; one that was filled stays so. */
	cancelPreorder(shopperId: string, checkoutId: string): Promise<CancelPreorderResult>;
	/** D1 has these pre-orders, in these versions or later ones. */
	preordersRecorded(recorded: readonly { readonly id: string; readonly version: number }[]): Promise<void>;

	// ---- The merchant

	restock(request: RestockRequest, keyed: Keyed): Promise<RestockResult>;
	adjust(request: AdjustRequest, keyed: Keyed | null): Promise<AdjustResult>;
	/** Releases a shopper's hold, or their place on the waitlist. */
	releaseById(id: string): Promise<ReleaseResult>;
	stock(): Promise<StockReport | UnknownSku>;
	listReservations(
		status: ReservationStatus | null,
		afterId: string,
		limit: number,
	): Promise<{ readonly kind: "reservations"; readonly reservations: AdminReservation[] } | UnknownSku>;
	journal(
		afterSeq: number,
		limit: number,
	): Promise<{ readonly kind: "journal"; readonly entries: JournalRow[] } | UnknownSku>;

	// ---- Operations

	/**
	 * Sends every pre-order to D1 again, and names checkouts that bought here, whose orders D1 should have: a page of them,
	 * in order of id. It deletes nothing, so an interrupted rebuild loses nothing.
	 */
	rebuild(afterCheckoutId: string, limit: number): Promise<RebuildResult>;
	/** Checkouts that bought units here or were promised some, in order of id. */
	buyers(afterCheckoutId: string, limit: number): Promise<readonly string[] | UnknownSku>;
	/** Checkouts that may have been left half done, since their pins ran out here: the newest first. */
	suspects(limit: number): Promise<readonly string[] | UnknownSku>;
}
