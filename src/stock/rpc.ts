/**
 * The RPC contract of a SKU's object: its methods, their requests and their results. Requests and results only ever
 * grow, since old code may call new code, and new code old, for minutes after a deploy.
 */
import type { Product, ProductDraft } from "../catalog/product.ts";
import type { ChangedProduct, ProductChange } from "../catalog/product-change.ts";
import type { NewsReceipt } from "../orders/messages.ts";
import type { PreorderRecord } from "../orders/preorder.ts";
import type { Allocated } from "./rules/allocate.ts";
import type { SaleStatus } from "./rules/availability.ts";
import type { HotWord } from "./rules/gates.ts";
import type {
	AlreadySold,
	IfMatch,
	NoReservation,
	PreorderOffer,
	Reservation,
	ReservationStatus,
	SoldOut,
	Stock,
} from "./rules/model.ts";
import type { PinCommand, PinDecision } from "./rules/purchase.ts";
import type { ExtendDecision, ReleaseDecision } from "./rules/release.ts";
import type { ReserveCommand, ReserveDecision } from "./rules/reserve.ts";
import type { CommitCommand } from "./rules/sale.ts";
import type { JournalRow } from "./storage/journal.ts";

export type { NamedTerms } from "../catalog/policy.ts";
export type { NewsReceipt } from "../orders/messages.ts";
export { SALE_STATUSES } from "./rules/availability.ts";
export { type PreorderOffer, RESERVATION_STATUSES } from "./rules/model.ts";
export type { AcceptedTerms } from "./rules/sale.ts";
export type { JournalRow } from "./storage/journal.ts";

export type UnknownSku = { readonly kind: "unknown-sku" };

/**
 * Units that the public can take now and could not before the call. An object of the version before does not say it.
 */
export interface Freed {
	readonly freed?: number;
}

/** A reservation as its shopper sees it. */
export interface ReservationSnapshot
	extends Pick<Reservation, "id" | "quantity" | "status" | "expiresAtMs" | "version"> {
	/** 1 for the head of the waitlist; null unless waiting. */
	readonly position: number | null;
	readonly extensionsLeft: number;
	/** A mail will tell of the promotion. Absent from an object of the version before. */
	readonly notify?: boolean;
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

/** A SKU whose object is near its bound says so: its callers ask gates then. An object of the version before never does. */
interface MayBeHot {
	readonly hot?: HotWord | undefined;
}

export type AvailabilityResult =
	/** `changesAtMs`: when the clock alone may next change the availability; null when it never will. */
	| (MayBeHot & {
			readonly kind: "availability";
			readonly availability: Availability;
			readonly changesAtMs: number | null;
	  })
	| UnknownSku;

// Headers of a request for a live socket, which the Worker sets and its caller cannot.

/** The id of the shopper who watches. Absent for any other watcher. */
export const WATCHER_HEADER = "holdfast-shopper";
/** A name for the address that the watcher comes from, in which nobody can read the address. Absent: not counted. */
export const WATCHER_ADDRESS_HEADER = "holdfast-address";
/** When the watcher's token runs out, in milliseconds since 1970. The socket is closed then. Absent for none. */
export const WATCHER_UNTIL_HEADER = "holdfast-until";

/** The gate that follows the SKU over this socket, for whoever watches there. */
export const GATE_HEADER = "holdfast-gate";
/** In an answer to a watcher: the SKU is hot, for so many milliseconds, with so many gates in the watcher's region. */
export const HOT_HEADER = "holdfast-hot";

/** What a gate is told over its socket: of all that changed, what concerns its watchers is for itself to ask. */
export interface GateNews {
	/** The message to watchers about the availability, and its content by which two can be compared. */
	readonly content: string;
	readonly message: string;
	/** Shoppers whose reservations changed. */
	readonly changed: readonly string[] | "all";
	/** Shoppers at the head of the waitlist, in order, if it has moved. */
	readonly waiting: readonly string[] | null;
	readonly isArchived: boolean;
	readonly hot?: HotWord | undefined;
}

/** What watchers are sent about their own reservations, and who of them may watch; and what all of them are sent. */
export interface OwnMessages {
	readonly kind: "own-messages";
	/** As in `GateNews`, as of now. */
	readonly content: string;
	readonly message: string;
	readonly isArchived: boolean;
	/** Null for one who waits in the middle of a long waitlist and was not counted. */
	readonly messages: readonly (string | null)[];
	readonly mayWatch: readonly boolean[];
}

export type ReserveRequest = Omit<ReserveCommand, "id">;
export type ReserveResult =
	| (Freed & {
			readonly kind: "held" | "waiting";
			readonly reservation: ReservationSnapshot;
			readonly created: boolean;
	  })
	/**
	 * `retryAtMs`: when units may next come back, or null when none can. `closed`: the SKU is exhausted, so nobody else
	 * would get a unit, a place on the waitlist or a pre-order either. `noneForPublic`: no unit is free for anybody who
	 * comes now, so every request without `wait` is refused too. `waitlistFull`: no request with `wait` gets a place
	 * either. Both are absent from an object of the version before.
	 */
	| (SoldOut & {
			readonly retryAtMs: number | null;
			readonly closed: boolean;
			readonly noneForPublic?: boolean;
			readonly waitlistFull?: boolean;
	  })
	| Exclude<ReserveDecision, { readonly kind: "held" | "waiting" | "sold-out" }>
	| UnknownSku;

// Reservations travel in columns: `reserve-columns.ts` packs them.

type Columns<T> = { readonly [Name in keyof T]: readonly T[Name][] };

/**
 * `untilMs`: until when somebody waits for the answers. A caller of the version before does not say it. A gate says it of
 * each (`untilMsOf`), and how many calls of isolates its call stands for (`calls`). An isolate says which one it is, by a
 * number of its own (`from`). `notify`: where nobody says anything of it, there is no such column.
 */
export type PackedRequests = Columns<Omit<ReserveRequest, "notify">> & {
	readonly untilMs?: number;
	readonly untilMsOf?: readonly number[];
	readonly calls?: number;
	readonly from?: number;
	readonly notify?: readonly ReserveRequest["notify"][];
};
/** Nobody waits for the answers any more, so nothing was decided. */
export type TooLate = { readonly kind: "too-late" };
/**
 * There is no answer to this one request: nobody waits for it any more, or the SKU's object could not serve the gate. Only
 * gates get it, and those who ask them.
 */
export type NoAnswer = { readonly kind: "no-answer" };
export type Reserved = ReserveResult | NoAnswer;
type GrantColumns = Columns<Omit<ReservationSnapshot, "notify"> & Omit<Granted, "reservation" | "freed">>;

export type Granted = Extract<ReserveResult, { readonly reservation: ReservationSnapshot }>;
export type Refused = Exclude<ReserveResult, Granted>;

export interface PackedResults extends MayBeHot {
	/** An object of the version before has no `freed` and no `notify`. */
	readonly grants: GrantColumns & { readonly freed?: readonly number[]; readonly notify?: readonly boolean[] };
	/** One for each request, in order; null where the result is the next of the grants. */
	readonly refusals: readonly (Refused | NoAnswer | null)[];
}

type WithoutChange<A> = A extends { readonly change: unknown }
	? Omit<A, "change" | "reservation"> & { readonly reservation: AdminReservation }
	: A;
type Released = Extract<ReleaseDecision, { readonly kind: "released" }>;
export type ReleaseResult =
	| (WithoutChange<Released> & Freed)
	| Exclude<ReleaseDecision, { readonly kind: "released" }>
	| UnknownSku;
export type ExtendResult =
	| { readonly kind: "extended"; readonly reservation: ReservationSnapshot }
	| Exclude<ExtendDecision, { readonly kind: "extended" }>
	| UnknownSku;

/**
 * `probe`: decide as if to pin, and change nothing. `attempt`: a checkout that failed to open and is requested again
 * claims with the next attempt, and a message of an older one that comes late changes nothing (`rules/claim-fence.ts`).
 * Callers of the version before name none, and are never refused for it.
 */
export type PinRequest = Omit<PinCommand, "id"> & { readonly probe?: boolean };
/** What a line of a checkout costs, as of the unit of work that pinned it. */
export interface PinnedPrice {
	readonly title: string;
	readonly unitPriceMinor: number;
	readonly currency: string;
	/** Until when the shopper may pay. The units stay pinned for the grace period after it. */
	readonly payByMs: number;
	readonly graceMs: number;
	/**
	 * The pre-order that the SKU takes at this moment, so that its terms can be kept as those that were accepted; null
	 * when it takes none. Absent from an object of the version before.
	 */
	readonly offer?: PreorderOffer | null;
	/** The policy lets it be paid by a method that answers after days; absent from an object of the version before. */
	readonly allowDelayedMethods?: boolean;
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

/** `terms`: sent by checkouts beside `accepted`, and not looked at: after the payment what was accepted stands. */
export type CommitRequest = Omit<CommitCommand, "id"> & Pick<PinCommand, "terms">;
export type CommitResult =
	| (Freed & { readonly kind: "sold"; readonly reservationId: string })
	| {
			readonly kind: "owed";
			readonly preorderId: string;
			readonly expectedAtMs: number | null;
			readonly termsVersion: string;
	  }
	| { readonly kind: "lost" }
	| UnknownSku;

export type UnpinResult = (Freed & { readonly kind: "unpinned" }) | AlreadySold | UnknownSku;
export type TakeBackResult = (Freed & { readonly kind: "taken-back" }) | UnknownSku;
export type GivenBackResult = { readonly kind: "given-back" } | UnknownSku;

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
	/** Who does it, for the journal. A caller of the version before does not say. */
	readonly actor?: string;
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
	/** Who does it, for the journal. A caller of the version before does not say. */
	readonly actor?: string;
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
	/**
	 * When `isFull`: the moment, by the object's clock, at which nothing of the SKU was open. Absent while something is, and
	 * from a SKU of the version before.
	 */
	readonly restsSinceMs?: number;
}

export interface DefineRequest {
	readonly change: ProductChange;
	/** Change the product only if one of these is its revision. */
	readonly ifMatch: IfMatch;
	/** Of this one request: repeated with it, the request takes effect once and has the same result. */
	readonly key: string;
}

export type ArchiveRequest = Omit<DefineRequest, "change">;

export interface Defined {
	readonly kind: "defined";
	readonly created: boolean;
	readonly product: Product;
}

/** The condition does not hold. `revision` is the product's; null when there is none. */
export type StaleProduct = { readonly kind: "stale"; readonly revision: number | null };

export type DefineResult = Defined | StaleProduct | Extract<ChangedProduct, { readonly kind: "invalid" }>;

/** Archiving a product answers with it, whether or not that changed it. */
export type ArchiveResult = Defined | StaleProduct | UnknownSku;

export type ReservationResult =
	| { readonly kind: "found"; readonly reservation: ReservationSnapshot }
	| NoReservation
	| UnknownSku;

export type RebuildResult =
	| { readonly kind: "rebuild"; readonly product: Product; readonly checkoutIds: string[] }
	| UnknownSku;

export interface Sale {
	readonly checkoutId: string;
	/** Units that were sold and have not returned, or that are owed. 0 for a checkout that has returned all it bought. */
	readonly units: number;
	/** Its pre-order, if D1 is known to have it in this version. Absent from an object of the version before. */
	readonly recordedPreorder?: PreorderVersion | null;
}

/** A pre-order as it was when its version was this. */
export interface PreorderVersion {
	readonly id: string;
	readonly version: number;
}

export type TakeMailResult =
	| {
			readonly kind: "mail";
			readonly email: string;
			/** Of the shop's pages. */
			readonly origin: string;
			readonly title: string;
			readonly quantity: number;
			/** When the offer ends. */
			readonly untilMs: number;
	  }
	/** The shopper has left, has bought, has let the offer lapse, or somebody else is telling them. */
	| { readonly kind: "not-owed" }
	| UnknownSku;

export type CancelPreorderResult =
	| (Freed & { readonly kind: "cancelled" | "filled"; readonly preorder: PreorderRecord | null })
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

	/**
	 * Archives the product, or takes it back into the shop. An archived one is unknown to whoever has nothing of it:
	 * methods for shoppers and checkouts answer `unknown-sku` then. An object of the version before does not have this
	 * method.
	 */
	archive(isArchived: boolean, request: ArchiveRequest): Promise<ArchiveResult>;

	// ---- Shoppers

	/** Decides each request on its own, in order, all in one transaction. */
	reserveMany(packed: PackedRequests): Promise<PackedResults | TooLate | UnknownSku>;
	/** The shopper's live reservation, or else the newest one that ended, for at least `FOLD_AFTER_MS` after its end. */
	reservation(shopperId: string): Promise<ReservationResult>;
	/** The same for many shoppers, in their order. An object of the version before does not have this method. */
	reservationMany(shopperIds: readonly string[]): Promise<readonly ReservationResult[] | UnknownSku>;
	/** Whether the shopper has a live reservation, or a pre-order that is not paid yet. */
	hasOpenClaim(shopperId: string): Promise<boolean | UnknownSku>;
	/** Ends the shopper's hold, or their place on the waitlist. */
	release(shopperId: string, ifMatch?: IfMatch): Promise<ReleaseResult>;
	/**
	 * Restarts the time of the shopper's hold, at most `policy.maxExtensions` times.
	 * @param key of this one request: repeated with it, the request costs one extension
	 */
	extend(shopperId: string, ifMatch?: IfMatch, key?: string | null): Promise<ExtendResult>;
	/**
	 * @param calls of isolates that a gate's call stands for
	 * @param from which isolate it is, by a number of its own. A caller of the version before says neither
	 */
	availability(calls?: number, from?: number): Promise<AvailabilityResult>;
	/**
	 * Opens a WebSocket that watches the SKU (`live-feed.ts`), or by which a gate follows it. The Worker has checked who
	 * watches, and says so in headers.
	 * Without a socket: 503 when there are too many, 429 when there are too many from this address, 404 for no such SKU.
	 */
	fetch(request: Request): Promise<Response>;
	/**
	 * For a gate: what its watchers are sent about their own reservations, in their order. An object of the version before
	 * does not have this method, and is never hot.
	 * @param few whoever waits in the middle of a long waitlist is counted too
	 */
	ownMessages(shopperIds: readonly string[], few: boolean): Promise<OwnMessages | UnknownSku>;

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
	 * @param keepHold not looked at any more: the shopper always gets back what they had before the checkout. Send true,
	 * for an object of the version before
	 * @param attempt see `PinRequest`, here and below
	 */
	unpin(shopperId: string, checkoutId: string, keepHold?: boolean, attempt?: number): Promise<UnpinResult>;
	/**
	 * Units that a checkout bought come back to the stock, or its pre-order is no longer owed.
	 * @param total units that are to have come back in all; a repeated call returns nothing more
	 */
	takeBack(shopperId: string, checkoutId: string, total: number, attempt?: number): Promise<TakeBackResult>;
	/**
	 * Units that a checkout bought were paid back, whether or not they return to the stock: they no longer count against
	 * the shopper's limit. An object of the version before does not have this method.
	 * @param total units that were paid back in all; a repeated call adds nothing
	 */
	givenBack(shopperId: string, checkoutId: string, total: number, attempt?: number): Promise<GivenBackResult>;
	/** Cancels the pre-order of a checkout while it is owed. A pre-order that was filled stays filled. */
	cancelPreorder(shopperId: string, checkoutId: string, attempt?: number): Promise<CancelPreorderResult>;
	/** Acknowledges that D1 has these pre-orders, in these versions or later ones. */
	preordersRecorded(recorded: readonly PreorderVersion[]): Promise<void>;
	/** Sends these pre-orders to D1 again, which has lost them. An object of the version before lacks the method. */
	recordPreordersAgain(ids: readonly string[]): Promise<void>;
	/**
	 * Acknowledges that every webhook that listens has what this receipt stands for. An object of the version before does
	 * not have this method, and sends nothing that has a receipt.
	 */
	newsTold(receipt: NewsReceipt): Promise<void>;
	/**
	 * Takes the mail of a promotion, to send it at once: nobody else gets it from then on.
	 * @param key of this taker: asked again with it, the answer is the same
	 */
	takeMail(promotion: string, key: string): Promise<TakeMailResult>;
	/**
	 * Says what came of a mail that was taken with this key.
	 * @param isOver it was sent, or never can be, or nobody knows; false when it was surely not sent and may be later
	 */
	mailSettled(promotion: string, key: string, isOver: boolean): Promise<void>;
	/** Forgets the address of a shopper who waits, or is owed a mail. An object of the version before lacks it. */
	forgetAddress(shopperId: string): Promise<void>;

	// ---- The merchant

	/** Receives units, and hands them out. */
	restock(request: RestockRequest, keyed: Keyed): Promise<RestockResult>;
	/** Corrects the count of units on hand. */
	adjust(request: AdjustRequest, keyed: Keyed | null): Promise<AdjustResult>;
	/** Releases a shopper's hold, or their place on the waitlist. */
	releaseById(id: string, ifMatch?: IfMatch, actor?: string): Promise<ReleaseResult>;
	/**
	 * The counters, and whether the rows add up to them. @param isFull read every row for it, however much was ever sold,
	 * and trust no sum that is carried forward
	 */
	stock(isFull?: boolean): Promise<StockReport | UnknownSku>;
	/**
	 * A page of reservations, oldest first, without those that ended without a sale long ago (`FOLD_AFTER_MS`).
	 * @param status null for every status
	 */
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
	/**
	 * What each checkout that bought or pre-ordered here has, in order of its id: to be compared with its order in D1.
	 */
	sales(afterCheckoutId: string, limit: number): Promise<readonly Sale[] | UnknownSku>;
	/**
	 * Checkouts whose pins ran out here, newest first: they may have been left half done.
	 * @param skip how many of them, from the newest, the caller has seen
	 */
	suspects(limit: number, skip?: number): Promise<readonly string[] | UnknownSku>;
}
