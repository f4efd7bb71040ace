/**
 * The types of the HTTP API, made from its OpenAPI document: `npm run client:types` writes this file, and
 * `npm run check` fails when the document has changed. Do not edit it.
 */

export interface OrderCreatedEvent {
	readonly type: "order.created";
	/** When it happened. */
	readonly timestamp: string;
	readonly data: OrderEventData | TruncatedEventData;
}

export type OrderEventData = {
	readonly id: string;
	readonly checkoutId: string;
	readonly status: "paid" | "partially_refunded" | "refunded" | "disputed";
	/** Null when its shopper was erased. */
	readonly email: string | null;
	readonly lines: readonly (InStockOrderLine | PreorderOrderLine)[];
	/** Amounts of the total that are not lines'. */
	readonly adjustments: readonly CheckoutAdjustment[];
	readonly total: Money;
	readonly shipTo: ShipTo | null;
	readonly refunded: Money;
	readonly refundPending: Money;
	/** What keeps the money or the units from being settled for now, and is being seen to; null when nothing does. */
	readonly unsettled: "provider-refuses" | "provider-unclear" | "refund-returned" | "disputed" | "units" | "overdue" | null;
	/** Null when the order cost nothing. */
	readonly payment: {
		readonly provider: string;
		/** The provider's id of the payment. */
		readonly id: string;
	} | null;
	/** Who moves the money of refunds; null when the order cost nothing. `shop`: the payment was the shop's own, so the shop has to have given back what `refunded` says. */
	readonly refundedBy: "provider" | "shop" | null;
	/** When the checkout was opened. */
	readonly createdAt: string;
	/** When it was paid and its units were sold. */
	readonly completedAt: string;
	readonly shopperId: string;
	readonly metadata: Metadata;
	/** Of two events about one subject, the higher is the newer. */
	readonly version: number;
	/** Everything is here. */
	readonly truncated: false;
};

export interface InStockOrderLine {
	readonly sku: string;
	/** The product's title when the checkout was opened. */
	readonly title: string;
	readonly quantity: number;
	readonly unitPrice: Money;
	/** Units whose price was given back, or is on its way: `refundPending` of the order says how much is. */
	readonly refunded: number;
	/** Units that went back to the stock. */
	readonly returned: number;
	readonly fulfilment: "in_stock";
}

export interface Money {
	/** Minor units of the currency. */
	readonly amount: number;
	/** ISO 4217 code. */
	readonly currency: string;
}

export interface PreorderOrderLine {
	readonly sku: string;
	/** The product's title when the checkout was opened. */
	readonly title: string;
	readonly quantity: number;
	readonly unitPrice: Money;
	/** Units whose price was given back, or is on its way: `refundPending` of the order says how much is. */
	readonly refunded: number;
	/** Units that went back to the stock. */
	readonly returned: number;
	readonly fulfilment: "preorder";
	readonly preorder: "owed" | "filled" | "cancelled";
	/** When the units are expected; null when unknown. */
	readonly expectedAt: string | null;
	/** Version of the terms that the shopper accepted. */
	readonly termsVersion: string;
	/** When the shopper accepted them; null for an order of an earlier version. */
	readonly acceptedAt: string | null;
}

/** An amount that is not a line's: the merchant's server has said it. */
export interface CheckoutAdjustment {
	readonly kind: "shipping" | "tax" | "fee" | "discount";
	readonly label: string;
	readonly amount: SignedMoney;
	readonly refunded: Money;
}

export interface SignedMoney {
	/** Minor units of the currency; below zero for a discount, and for nothing else. */
	readonly amount: number;
	readonly currency: string;
}

export interface ShipTo {
	/** Who receives it. */
	readonly name: string;
	/** Street and number. */
	readonly line1: string;
	/** Flat, floor, company. */
	readonly line2?: string;
	/** City or town. */
	readonly city: string;
	/** State, province or county. */
	readonly region?: string;
	/** Postal code, where the country has them. */
	readonly postalCode?: string;
	/** ISO 3166-1 alpha-2. */
	readonly country: string;
	/** For the carrier. */
	readonly phone?: string;
}

/** Up to 50 texts of your own, by names of up to 40 characters. Only the merchant reads them. */
export type Metadata = Readonly<Record<string, string>>;

/** In place of an order or a checkout that would be larger than 20 kB: its members that are no lists or objects. The API has the rest. */
export interface TruncatedEventData {
	/** Of two events about one subject, the higher is the newer. */
	readonly version: number;
	readonly truncated: true;
}

export interface OrderUpdatedEvent {
	readonly type: "order.updated";
	/** When it happened. */
	readonly timestamp: string;
	readonly data: OrderEventData | TruncatedEventData;
}

export interface CheckoutCompletedEvent {
	readonly type: "checkout.completed";
	/** When it happened. */
	readonly timestamp: string;
	readonly data: CheckoutEventData | TruncatedEventData;
}

export interface CheckoutEventData {
	readonly id: string;
	readonly status: "awaiting_payment" | "committing" | "completed" | "payment_failed" | "cancelled" | "expired" | "refunded";
	/** Null when its shopper was erased. */
	readonly email: string | null;
	readonly lines: readonly (UndecidedLine | InStockLine | PreorderLine | LostLine | UnknownLine | SoldOutLine | LimitExceededLine | SaleNotOpenLine | InCheckoutLine | TermsChangedLine)[];
	/** Amounts of the total that are not lines'. */
	readonly adjustments: readonly CheckoutAdjustment[];
	/** The lines and the adjustments; null while no line has a price. */
	readonly total: Money | null;
	readonly shipTo: ShipTo | null;
	readonly payment: PlainPayment;
	/** The order, once the checkout is completed. */
	readonly orderId: string | null;
	/** What keeps the money or the units from being settled for now, and is being seen to; null when nothing does. */
	readonly unsettled: "provider-refuses" | "provider-unclear" | "refund-returned" | "disputed" | "units" | "overdue" | null;
	readonly createdAt: string;
	/** Until when the shopper may pay. */
	readonly expiresAt: string | null;
	readonly shopperId: string;
	readonly metadata: Metadata;
	/** Why it ended without a sale. */
	readonly endReason: string | null;
	/** Of two events about one subject, the higher is the newer. */
	readonly version: number;
	/** Everything is here. */
	readonly truncated: false;
}

/** A line of a checkout that ended before the line was asked for. */
export interface UndecidedLine {
	readonly sku: string;
	readonly quantity: number;
	readonly fulfilment: null;
}

export interface InStockLine {
	readonly sku: string;
	readonly quantity: number;
	readonly title: string;
	readonly unitPrice: Money;
	readonly fulfilment: "in_stock";
}

export interface PreorderLine {
	readonly sku: string;
	readonly quantity: number;
	readonly title: string;
	readonly unitPrice: Money;
	readonly fulfilment: "preorder";
	/** When the units are expected; null when unknown. */
	readonly expectedAt: string | null;
	/** Version of the terms that the shopper accepted. */
	readonly termsVersion: string;
}

/** A line that was paid for, and that the shopper does not get. */
export interface LostLine {
	readonly sku: string;
	readonly quantity: number;
	readonly title: string;
	readonly unitPrice: Money;
	readonly fulfilment: "refused";
	/** `paid-too-late`: after the window and its grace. `units-gone`: in time, but the payment became known late. `payment-reversed`: the money was gone again before the sale was complete. */
	readonly reason: "paid-too-late" | "units-gone" | "payment-reversed";
	/** When the units are expected; null when unknown. */
	readonly expectedAt?: string | null;
	/** Version of the terms that the shopper accepted. */
	readonly termsVersion?: string;
}

export interface UnknownLine {
	/** The SKU that it is about. */
	readonly sku: string;
	readonly quantity: number;
	readonly fulfilment: "refused";
	readonly reason: "unknown-sku";
}

export interface SoldOutLine {
	/** The SKU that it is about. */
	readonly sku: string;
	readonly quantity: number;
	readonly fulfilment: "refused";
	readonly reason: "sold-out";
	readonly preorder?: PreorderOffer;
}

/** Present when the SKU takes pre-orders. */
export interface PreorderOffer {
	/** When the units are expected; null when unknown. */
	readonly expectedAt: string | null;
	/** Version of the terms that a pre-order accepts. */
	readonly termsVersion: string;
	/** Units that may still be pre-ordered. */
	readonly remaining: number;
}

export interface LimitExceededLine {
	/** The SKU that it is about. */
	readonly sku: string;
	readonly quantity: number;
	readonly fulfilment: "refused";
	readonly reason: "limit-exceeded";
	/** Units that one shopper may have. */
	readonly limit: number;
	/** Units that the shopper has bought or pre-ordered. */
	readonly owned: number;
}

export interface SaleNotOpenLine {
	/** The SKU that it is about. */
	readonly sku: string;
	readonly quantity: number;
	readonly fulfilment: "refused";
	readonly reason: "sale-not-open";
	/** Null when it has begun long since. */
	readonly saleStartsAt: string | null;
	/** Null when it has no end. */
	readonly saleEndsAt: string | null;
}

export interface InCheckoutLine {
	/** The SKU that it is about. */
	readonly sku: string;
	readonly quantity: number;
	readonly fulfilment: "refused";
	readonly reason: "in-checkout";
	/** The checkout to cancel first. */
	readonly checkoutId: string;
}

export interface TermsChangedLine {
	/** The SKU that it is about. */
	readonly sku: string;
	readonly quantity: number;
	readonly fulfilment: "refused";
	readonly reason: "terms-changed";
	readonly preorder: PreorderOffer;
}

export type PlainPayment = {
	readonly provider: string;
	/** The provider's id of the payment. */
	readonly id: string;
	readonly status: "open" | "processing" | "authorised" | "captured" | "voided";
	/** When the shopper paid, by the provider's clock. */
	readonly paidAt: string | null;
	/** The provider's code for the last attempt that it declined. */
	readonly declined: string | null;
	readonly captured: Money;
	readonly refunded: Money;
} | null;

export interface CheckoutEndedEvent {
	readonly type: "checkout.ended";
	/** When it happened. */
	readonly timestamp: string;
	readonly data: CheckoutEventData | TruncatedEventData;
}

export interface ReservationPromotedEvent {
	readonly type: "reservation.promoted";
	/** When it happened. */
	readonly timestamp: string;
	readonly data: ReservationEventData;
}

export type ReservationEventData = Reservation & {
	readonly shopperId: string;
};

export interface Reservation {
	readonly sku: string;
	readonly id: string;
	/** Units held or waited for. */
	readonly quantity: number;
	readonly status: "waiting" | "held" | "paying" | "sold" | "released" | "expired" | "converted";
	/** Until when the units are held; null while waiting. */
	readonly expiresAt: string | null;
	/** Place on the waitlist, 1 for its head; null when not waiting. */
	readonly position: number | null;
	readonly extensionsLeft: number;
	/** Waiting, and a mail will tell of the units. Absent where none will. */
	readonly notify?: true;
	/** Counts changes. With the id it makes the ETag. */
	readonly version: number;
}

export interface ReservationExpiredEvent {
	readonly type: "reservation.expired";
	/** When it happened. */
	readonly timestamp: string;
	readonly data: ReservationEventData;
}

export interface PreorderCreatedEvent {
	readonly type: "preorder.created";
	/** When it happened. */
	readonly timestamp: string;
	readonly data: PreorderEventData;
}

export type PreorderEventData = Preorder & {
	/** Of two events about one subject, the higher is the newer. */
	readonly version: number;
};

export interface Preorder {
	readonly id: string;
	readonly sku: string;
	readonly shopperId: string;
	readonly orderId: string;
	/** Units that were pre-ordered. */
	readonly quantity: number;
	/** Units that were cancelled while owed, or came back after they were filled. */
	readonly returned: number;
	readonly status: "owed" | "filled" | "cancelled";
	readonly expectedAt: string | null;
	readonly termsVersion: string;
	/** When the shopper accepted the terms. */
	readonly acceptedAt: string;
	readonly endedAt: string | null;
}

export interface PreorderFilledEvent {
	readonly type: "preorder.filled";
	/** When it happened. */
	readonly timestamp: string;
	readonly data: PreorderEventData;
}

export interface PreorderCancelledEvent {
	readonly type: "preorder.cancelled";
	/** When it happened. */
	readonly timestamp: string;
	readonly data: PreorderEventData;
}

export interface StockChangedEvent {
	readonly type: "stock.changed";
	/** When it happened. */
	readonly timestamp: string;
	readonly data: StockEventData;
}

export interface StockEventData {
	/** Units that nobody owns or holds. */
	readonly available: number;
	/** Units in the warehouse: available and held. */
	readonly onHand: number;
	/** Units that shoppers hold or are paying for. */
	readonly held: number;
	/** Units that were paid for and have not come back. */
	readonly sold: number;
	/** Units that shoppers on the waitlist wait for. */
	readonly waiting: number;
	/** Counts changes of the stock. */
	readonly version: number;
	readonly sku: string;
}

export interface SaleSoldOutEvent {
	readonly type: "sale.sold_out";
	/** When it happened. */
	readonly timestamp: string;
	readonly data: StockEventData;
}

export interface SaleRestockedEvent {
	readonly type: "sale.restocked";
	/** When it happened. */
	readonly timestamp: string;
	readonly data: StockEventData;
}

export interface DisputeOpenedEvent {
	readonly type: "dispute.opened";
	/** When it happened. */
	readonly timestamp: string;
	readonly data: DisputeEventData;
}

export interface DisputeEventData {
	readonly checkoutId: string;
	readonly shopperId: string;
	readonly orderId: string | null;
	readonly since: string;
	/** Of two events about one subject, the higher is the newer. */
	readonly version: number;
}

export interface BooksUnbalancedEvent {
	readonly type: "books.unbalanced";
	/** When it happened. */
	readonly timestamp: string;
	readonly data: BooksEventData;
}

export interface BooksEventData {
	readonly sku: string;
	readonly received: number;
	readonly adjusted: number;
	readonly available: number;
	readonly held: number;
	readonly sold: number;
	/** Hours since 1970: it is told once an hour while it lasts. */
	readonly version: number;
}

export interface PingEvent {
	readonly type: "ping";
	/** When it happened. */
	readonly timestamp: string;
	readonly data: PingEventData;
}

export interface PingEventData {
	readonly id: string;
	/** Of two events about one subject, the higher is the newer. */
	readonly version: number;
}

export interface Shopper {
	readonly shopperId: string;
	/** Send it as `Authorization: Bearer <token>`. */
	readonly token: string;
	readonly expiresAt: string;
}

/** Invalid request */
export interface InvalidRequestProblem {
	readonly type: "/problems/invalid-request";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 400;
	/** The first of the members that are not valid; absent when the body is not JSON. */
	readonly errors?: readonly {
		readonly path: string;
		readonly message: string;
	}[];
}

/** Challenge required */
export interface ChallengeRequiredProblem {
	readonly type: "/problems/challenge-required";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 403;
	/** The site key of the widget that gives what is missing. */
	readonly siteKey: string;
}

/** Challenge failed */
export interface ChallengeFailedProblem {
	readonly type: "/problems/challenge-failed";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 403;
	/** The site key of the widget that gives what is missing. */
	readonly siteKey: string;
}

/** Request body too large */
export interface BodyTooLargeProblem {
	readonly type: "/problems/body-too-large";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 413;
}

/** Unsupported media type */
export interface UnsupportedMediaTypeProblem {
	readonly type: "/problems/unsupported-media-type";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 415;
}

/** Too many requests */
export interface TooManyRequestsProblem {
	readonly type: "/problems/too-many-requests";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 429;
}

/** Deployment not configured */
export interface NotConfiguredProblem {
	readonly type: "/problems/not-configured";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 503;
}

/** Temporarily unavailable */
export interface TemporarilyUnavailableProblem {
	readonly type: "/problems/temporarily-unavailable";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 503;
}

export interface Problem {
	/** `/problems/<name>`. */
	readonly type: string;
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: number;
}

export interface NewShopperRequest {
	/** What the challenge gave the page. Needed where the shop asks for one: `challenge-required` says so. */
	readonly turnstileToken?: string;
}

/** Valid token required */
export interface UnauthorizedProblem {
	readonly type: "/problems/unauthorized";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 401;
}

export interface ShopperTokenRequest {
	/** Your own id of the customer. Ids that differ in case only are two shoppers. */
	readonly shopperId: string;
	/** For how long the token is valid. */
	readonly expiresInSeconds?: number;
}

export interface ProductPage {
	readonly products: readonly ListedProduct[];
	/** Ask for the next page with this; null on the last page. */
	readonly nextCursor: string | null;
}

export type ListedProduct = {
	readonly sku: string;
	readonly title: string;
	readonly description: string | null;
	readonly imageUrl: string | null;
	readonly price: Money;
	readonly saleStartsAt: string | null;
	readonly saleEndsAt: string | null;
	readonly limitPerShopper: number | null;
	/** For how long you have the units if you wait for them and are told by mail (`notify`). */
	readonly offerSecondsAbsent: number;
	/** What a pre-order would be now; null when the SKU takes none. */
	readonly preorder: {
		readonly expectedAt: string | null;
		readonly termsVersion: string;
		readonly remaining: number;
	} | null;
	/** Null when the stock of this product cannot answer just now. */
	readonly availability: Availability | null;
};

export interface Availability {
	/** `all_held`: nothing is free now, and units may come back from those who hold them. */
	readonly status: "in_stock" | "all_held" | "preorder" | "sold_out" | "not_started" | "ended";
	/** Units that nobody owns or holds. */
	readonly available: number;
	/** Units that shoppers hold or are paying for. */
	readonly held: number;
	/** Units that shoppers on the waitlist wait for. */
	readonly waiting: number;
	/** Units that may still be pre-ordered. */
	readonly preorderRemaining: number;
	/** Counts changes of the stock. */
	readonly version: number;
	/** When this was true: at most a second ago. */
	readonly asOf: string;
}

export type Product = {
	readonly sku: string;
	readonly title: string;
	readonly description: string | null;
	readonly imageUrl: string | null;
	readonly price: Money;
	readonly saleStartsAt: string | null;
	readonly saleEndsAt: string | null;
	readonly limitPerShopper: number | null;
	/** For how long you have the units if you wait for them and are told by mail (`notify`). */
	readonly offerSecondsAbsent: number;
	/** What a pre-order would be now; null when the SKU takes none. */
	readonly preorder: {
		readonly expectedAt: string | null;
		readonly termsVersion: string;
		readonly remaining: number;
	} | null;
	readonly availability: Availability;
};

/** SKU not found */
export interface UnknownSkuProblem {
	readonly type: "/problems/unknown-sku";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 404;
	/** The SKU that it is about. */
	readonly sku: string;
}

/** WebSocket upgrade required */
export interface UpgradeRequiredProblem {
	readonly type: "/problems/upgrade-required";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 426;
}

/** Sold out */
export interface SoldOutProblem {
	readonly type: "/problems/sold-out";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 409;
	/** The SKU that it is about. */
	readonly sku: string;
	readonly preorder?: PreorderOffer;
}

/** Per-shopper limit exceeded */
export interface LimitExceededProblem {
	readonly type: "/problems/limit-exceeded";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 409;
	/** The SKU that it is about. */
	readonly sku: string;
	/** Units that one shopper may have. */
	readonly limit: number;
	/** Units that the shopper has bought or pre-ordered. */
	readonly owned: number;
}

/** Too many SKUs held */
export interface TooManyHeldProblem {
	readonly type: "/problems/too-many-held";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 409;
	/** SKUs that one shopper may hold at once. */
	readonly limit: number;
}

/** Sale not open */
export interface SaleNotOpenProblem {
	readonly type: "/problems/sale-not-open";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 409;
	/** The SKU that it is about. */
	readonly sku: string;
	/** Null when it has begun long since. */
	readonly saleStartsAt: string | null;
	/** Null when it has no end. */
	readonly saleEndsAt: string | null;
}

/** Reservation is in a checkout */
export interface InCheckoutProblem {
	readonly type: "/problems/in-checkout";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 409;
	/** The SKU that it is about. */
	readonly sku: string;
	/** The checkout to cancel first. */
	readonly checkoutId: string;
}

/** Changed since it was read */
export interface PreconditionFailedProblem {
	readonly type: "/problems/precondition-failed";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 412;
}

export type ReserveRequest = {
	/** Units. */
	readonly quantity: number;
	/** Join the waitlist when the units are not available now. */
	readonly wait?: boolean;
	/** Whom to tell by mail when the units come, while you wait for them. You then have them for the policy's `offerSecondsAbsent`. Left out, it stays as it is; null forgets the address, as does the end of the wait. A shop that sends no mail does not take it, nor is it taken for more than 3 shoppers of a SKU: the answer's `notify` says so. */
	readonly notify?: {
		readonly email: string;
	} | null;
};

/** Reservation not found */
export interface NoReservationProblem {
	readonly type: "/problems/no-reservation";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 404;
	/** The SKU that it is about. */
	readonly sku: string;
	/** How the last reservation ended; null when there was none. */
	readonly lastStatus: "waiting" | "held" | "paying" | "sold" | "released" | "expired" | "converted" | null;
}

/** Reservation already sold */
export interface AlreadySoldProblem {
	readonly type: "/problems/already-sold";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 409;
	/** The SKU that it is about. */
	readonly sku: string;
}

/** No extensions left */
export interface ExtensionLimitProblem {
	readonly type: "/problems/extension-limit";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 409;
	/** The SKU that it is about. */
	readonly sku: string;
	/** Extensions that one hold may have. */
	readonly limit: number;
}

/** Reservation holds no units */
export interface NotHeldProblem {
	readonly type: "/problems/not-held";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 409;
	/** The SKU that it is about. */
	readonly sku: string;
}

export interface Checkout {
	readonly id: string;
	readonly status: "awaiting_payment" | "committing" | "completed" | "payment_failed" | "cancelled" | "expired" | "refunded";
	/** Null when its shopper was erased. */
	readonly email: string | null;
	readonly lines: readonly (UndecidedLine | InStockLine | PreorderLine | LostLine | UnknownLine | SoldOutLine | LimitExceededLine | SaleNotOpenLine | InCheckoutLine | TermsChangedLine)[];
	/** Amounts of the total that are not lines'. */
	readonly adjustments: readonly CheckoutAdjustment[];
	/** The lines and the adjustments; null while no line has a price. */
	readonly total: Money | null;
	readonly shipTo: ShipTo | null;
	/** The page where its shopper pays; null when the shop takes the payment itself. A shop that made the checkout leads them there with their token behind the address: `#shopper=<token>`. */
	readonly payUrl: string | null;
	/** Null before the payment exists, and for a checkout that costs nothing. */
	readonly payment: HostedPayment | EmbeddedPayment | ExternalPayment | null;
	/** The order, once the checkout is completed. */
	readonly orderId: string | null;
	/** What keeps the money or the units from being settled for now, and is being seen to; null when nothing does. */
	readonly unsettled: "provider-refuses" | "provider-unclear" | "refund-returned" | "disputed" | "units" | "overdue" | null;
	readonly createdAt: string;
	/** Until when the shopper may pay. */
	readonly expiresAt: string | null;
}

export interface HostedPayment {
	readonly provider: string;
	/** The provider's id of the payment. */
	readonly id: string;
	readonly status: "open" | "processing" | "authorised" | "captured" | "voided";
	/** When the shopper paid, by the provider's clock. */
	readonly paidAt: string | null;
	/** The provider's code for the last attempt that it declined. */
	readonly declined: string | null;
	readonly captured: Money;
	readonly refunded: Money;
	/** Send the shopper to this page to pay. */
	readonly url: string;
}

export interface EmbeddedPayment {
	readonly provider: string;
	/** The provider's id of the payment. */
	readonly id: string;
	readonly status: "open" | "processing" | "authorised" | "captured" | "voided";
	/** When the shopper paid, by the provider's clock. */
	readonly paidAt: string | null;
	/** The provider's code for the last attempt that it declined. */
	readonly declined: string | null;
	readonly captured: Money;
	readonly refunded: Money;
	/** For the provider's own form on your page. */
	readonly clientSecret: string;
}

/** The shop's own payment, of which its server tells. */
export interface ExternalPayment {
	readonly provider: string;
	/** The provider's id of the payment. */
	readonly id: string;
	readonly status: "open" | "processing" | "authorised" | "captured" | "voided";
	/** When the shopper paid, by the provider's clock. */
	readonly paidAt: string | null;
	/** The provider's code for the last attempt that it declined. */
	readonly declined: string | null;
	readonly captured: Money;
	readonly refunded: Money;
	/** What the shop calls the payment; null until it is paid. */
	readonly reference: string | null;
}

/** Idempotency-Key missing */
export interface IdempotencyKeyMissingProblem {
	readonly type: "/problems/idempotency-key-missing";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 400;
}

/** Lines unavailable */
export interface LinesUnavailableProblem {
	readonly type: "/problems/lines-unavailable";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 409;
	/** Each line that is refused, and why. */
	readonly lines: readonly (UnknownLine | SoldOutLine | LimitExceededLine | SaleNotOpenLine | InCheckoutLine | TermsChangedLine | CurrenciesDifferLine)[];
}

/** A line of a checkout whose lines are in several currencies, so that one payment cannot pay them. */
export interface CurrenciesDifferLine {
	readonly sku: string;
	readonly quantity: number;
	readonly title?: string;
	readonly unitPrice?: Money;
	readonly fulfilment: "in_stock" | "preorder" | "refused" | null;
	readonly reason: "currencies-differ";
	readonly preorder?: PreorderOffer;
	/** Units that one shopper may have. */
	readonly limit?: number;
	/** Units that the shopper has bought or pre-ordered. */
	readonly owned?: number;
	/** Null when it has begun long since. */
	readonly saleStartsAt?: string | null;
	/** Null when it has no end. */
	readonly saleEndsAt?: string | null;
	/** The checkout to cancel first. */
	readonly checkoutId?: string;
	/** When the units are expected; null when unknown. */
	readonly expectedAt?: string | null;
	/** Version of the terms that the shopper accepted. */
	readonly termsVersion?: string;
}

/** Pre-order terms changed */
export interface TermsChangedProblem {
	readonly type: "/problems/terms-changed";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 409;
	/** The SKU that it is about. */
	readonly sku: string;
	readonly preorder: PreorderOffer;
	/** Every line that is refused, when a checkout is; `sku` is the first of them. */
	readonly lines?: readonly (UnknownLine | SoldOutLine | LimitExceededLine | SaleNotOpenLine | InCheckoutLine | TermsChangedLine | CurrenciesDifferLine)[];
}

/** Idempotency-Key already used */
export interface IdempotencyKeyReusedProblem {
	readonly type: "/problems/idempotency-key-reused";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 422;
}

/** Payment refused by the provider */
export interface PaymentRefusedProblem {
	readonly type: "/problems/payment-refused";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 422;
	/** What the provider does not accept. */
	readonly reason: "amount" | "currency" | "email" | "other";
}

export interface CheckoutRequest {
	/** The same SKU on several lines is one line of their sum. */
	readonly lines: readonly {
		readonly sku: string;
		/** Units. */
		readonly quantity: number;
	}[];
	readonly email: string;
	/** Accept the pre-order terms for lines that are not in stock: those of this version, as they were shown, or with `true` those of the moment. A line whose terms have another version, or another date than the one that is named, is refused as `terms-changed`. */
	readonly acceptPreorder?: boolean | AcceptedTerms;
	/** Keep the lines that can be had instead of refusing the whole checkout. */
	readonly partial?: boolean;
	readonly shipTo?: ShipTo;
	readonly metadata?: Metadata;
}

export interface AcceptedTerms {
	readonly termsVersion: string;
	/** The date that was shown with them, or null where none was; left out, any date is accepted. */
	readonly expectedAt?: string | null;
}

/** Checkout not found */
export interface UnknownCheckoutProblem {
	readonly type: "/problems/unknown-checkout";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 404;
}

/** Checkout not cancellable */
export interface NotCancellableProblem {
	readonly type: "/problems/not-cancellable";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 409;
	/** Where the checkout stands now. */
	readonly checkoutStatus: "awaiting_payment" | "committing" | "completed" | "payment_failed" | "cancelled" | "expired" | "refunded";
}

export type Order = {
	readonly id: string;
	readonly checkoutId: string;
	readonly status: "paid" | "partially_refunded" | "refunded" | "disputed";
	/** Null when its shopper was erased. */
	readonly email: string | null;
	readonly lines: readonly (InStockOrderLine | PreorderOrderLine)[];
	/** Amounts of the total that are not lines'. */
	readonly adjustments: readonly CheckoutAdjustment[];
	readonly total: Money;
	readonly shipTo: ShipTo | null;
	readonly refunded: Money;
	readonly refundPending: Money;
	/** What keeps the money or the units from being settled for now, and is being seen to; null when nothing does. */
	readonly unsettled: "provider-refuses" | "provider-unclear" | "refund-returned" | "disputed" | "units" | "overdue" | null;
	/** Null when the order cost nothing. */
	readonly payment: {
		readonly provider: string;
		/** The provider's id of the payment. */
		readonly id: string;
	} | null;
	/** Who moves the money of refunds; null when the order cost nothing. `shop`: the payment was the shop's own, so the shop has to have given back what `refunded` says. */
	readonly refundedBy: "provider" | "shop" | null;
	/** When the checkout was opened. */
	readonly createdAt: string;
	/** When it was paid and its units were sold. */
	readonly completedAt: string;
};

/** Order not found */
export interface UnknownOrderProblem {
	readonly type: "/problems/unknown-order";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 404;
}

export interface OrderPage {
	readonly orders: readonly Order[];
	/** Ask for the next page with this; null on the last page. */
	readonly nextCursor: string | null;
}

export interface AdminProduct {
	readonly sku: string;
	readonly title: string;
	readonly description: string | null;
	readonly imageUrl: string | null;
	readonly price: Money;
	readonly policy: Policy;
	/** Unknown to new shoppers; `archiveProduct` says what that means. */
	readonly archived: boolean;
	/** Counts changes of the product. It is the product's ETag. */
	readonly revision: number;
	readonly updatedAt: string;
}

export type Policy = {
	readonly holdSeconds: number;
	readonly offerSeconds: number;
	readonly offerSecondsAbsent: number;
	readonly paymentWindowSeconds: number;
	readonly paymentGraceSeconds: number;
	readonly maxExtensions: number;
	readonly limitPerShopper: number | null;
	readonly waitlistLimit: number | null;
	readonly preorder: {
		readonly capacity: number;
		readonly expectedAt: string | null;
		readonly termsVersion: string;
	} | null;
	readonly saleStartsAt: string | null;
	readonly saleEndsAt: string | null;
	readonly allowDelayedMethods: boolean;
};

export type ProductDefinition = {
	readonly title: string;
	readonly description?: string | null;
	readonly imageUrl?: string | null;
	readonly price: {
		/** Minor units of the currency. */
		readonly amount: number;
		/** ISO 4217 code. */
		readonly currency: string;
	};
	/** A member that is left out stays as it is; null, for one or for all, sets the default. */
	readonly policy?: {
		/** For how long a reservation holds its units. 600 by default. */
		readonly holdSeconds?: number | null;
		/** For how long a shopper who came off the waitlist holds the units. 300 by default. */
		readonly offerSeconds?: number | null;
		/** The same for a shopper who asked to be told by mail (`notify`), and may be anywhere when it comes. 3600 by default. */
		readonly offerSecondsAbsent?: number | null;
		/** For how long an opened checkout can be paid. 900 by default. */
		readonly paymentWindowSeconds?: number | null;
		/** For how long after the window a payment still counts as in time. 120 by default. */
		readonly paymentGraceSeconds?: number | null;
		/** How often a hold can be extended. 3 by default. */
		readonly maxExtensions?: number | null;
		/** Units that one shopper may have; null for no limit, which is the default. */
		readonly limitPerShopper?: number | null;
		/** Units that may be waited for; 0 for no waitlist, null for half as many as are held, which is the default. */
		readonly waitlistLimit?: number | null;
		/** Nobody can reserve before; null for no start, which is the default. */
		readonly saleStartsAt?: string | null;
		/** Nobody can reserve from then on; null for no end, which is the default. */
		readonly saleEndsAt?: string | null;
		/** Offer payment methods that take days to answer, such as a bank debit. False by default: the units of a checkout are kept for its payment window only. */
		readonly allowDelayedMethods?: boolean | null;
		/** Null when the SKU takes no pre-orders, which is the default. */
		readonly preorder?: {
			/** Units that may be pre-ordered. */
			readonly capacity: number;
			/** When the units are expected: in the future when it is set; null when unknown. */
			readonly expectedAt?: string | null;
			/** Version of your terms, recorded with each pre-order. */
			readonly termsVersion: string;
		} | null;
	} | null;
};

export type ProductPatch = {
	readonly title?: string;
	readonly description?: string | null;
	readonly imageUrl?: string | null;
	readonly price?: {
		/** Minor units of the currency. */
		readonly amount: number;
		/** ISO 4217 code. */
		readonly currency: string;
	};
	/** A member that is left out stays as it is; null, for one or for all, sets the default. */
	readonly policy?: {
		/** For how long a reservation holds its units. 600 by default. */
		readonly holdSeconds?: number | null;
		/** For how long a shopper who came off the waitlist holds the units. 300 by default. */
		readonly offerSeconds?: number | null;
		/** The same for a shopper who asked to be told by mail (`notify`), and may be anywhere when it comes. 3600 by default. */
		readonly offerSecondsAbsent?: number | null;
		/** For how long an opened checkout can be paid. 900 by default. */
		readonly paymentWindowSeconds?: number | null;
		/** For how long after the window a payment still counts as in time. 120 by default. */
		readonly paymentGraceSeconds?: number | null;
		/** How often a hold can be extended. 3 by default. */
		readonly maxExtensions?: number | null;
		/** Units that one shopper may have; null for no limit, which is the default. */
		readonly limitPerShopper?: number | null;
		/** Units that may be waited for; 0 for no waitlist, null for half as many as are held, which is the default. */
		readonly waitlistLimit?: number | null;
		/** Nobody can reserve before; null for no start, which is the default. */
		readonly saleStartsAt?: string | null;
		/** Nobody can reserve from then on; null for no end, which is the default. */
		readonly saleEndsAt?: string | null;
		/** Offer payment methods that take days to answer, such as a bank debit. False by default: the units of a checkout are kept for its payment window only. */
		readonly allowDelayedMethods?: boolean | null;
		/** Null when the SKU takes no pre-orders, which is the default. */
		readonly preorder?: {
			/** Units that may be pre-ordered. */
			readonly capacity?: number;
			/** When the units are expected: in the future when it is set; null when unknown. */
			readonly expectedAt?: string | null;
			/** Version of your terms, recorded with each pre-order. */
			readonly termsVersion?: string;
		} | null;
	} | null;
};

export type StockedProduct = AdminProduct & {
	/** Null in a list when the SKU did not answer in time. */
	readonly stock: {
		/** Units that nobody owns or holds. */
		readonly available: number;
		/** Units in the warehouse: available and held. */
		readonly onHand: number;
		/** Units that shoppers hold or are paying for. */
		readonly held: number;
		/** Units that were paid for and have not come back. */
		readonly sold: number;
		/** Units that shoppers on the waitlist wait for. */
		readonly waiting: number;
		/** Counts changes of the stock. */
		readonly version: number;
	} | null;
};

export interface StockedProductPage {
	readonly products: readonly StockedProduct[];
	/** Ask for the next page with this; null on the last page. */
	readonly nextCursor: string | null;
}

export interface Rebuild {
	readonly sku: string;
	/** Orders on this page that were sent to D1 again. */
	readonly orders: number;
	/** Ask for the next page with this; null on the last page. */
	readonly nextCursor: string | null;
}

export interface Restock {
	/** Units that nobody owns or holds. */
	readonly available: number;
	/** Units in the warehouse: available and held. */
	readonly onHand: number;
	/** Units that shoppers hold or are paying for. */
	readonly held: number;
	/** Units that were paid for and have not come back. */
	readonly sold: number;
	/** Units that shoppers on the waitlist wait for. */
	readonly waiting: number;
	/** Counts changes of the stock. */
	readonly version: number;
	/** Units of this restock. */
	readonly received: number;
	/** Units that went to pre-orders. */
	readonly filledPreorders: number;
	/** Units that went to shoppers on the waitlist. */
	readonly promoted: number;
	/** Units of these that are still being handed out: a long waitlist takes a moment. */
	readonly handingOut: number;
}

/** Units on hand changed */
export interface OnHandChangedProblem {
	readonly type: "/problems/on-hand-changed";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 409;
	/** The SKU that it is about. */
	readonly sku: string;
	/** Units on hand now. */
	readonly onHand: number;
}

export interface RestockRequest {
	/** Units that arrived. */
	readonly quantity: number;
	/** Your own note, such as a delivery's number. The journal keeps it. */
	readonly reference?: string | null;
	/** Restock only if this many units are on hand now. */
	readonly ifOnHand?: number | null;
}

export interface Adjustment {
	/** Units that nobody owns or holds. */
	readonly available: number;
	/** Units in the warehouse: available and held. */
	readonly onHand: number;
	/** Units that shoppers hold or are paying for. */
	readonly held: number;
	/** Units that were paid for and have not come back. */
	readonly sold: number;
	/** Units that shoppers on the waitlist wait for. */
	readonly waiting: number;
	/** Counts changes of the stock. */
	readonly version: number;
	/** The units of this adjustment. */
	readonly adjusted: number;
	/** Units that `force` took from holds. */
	readonly bumped: number;
}

/** Adjustment exceeds free units */
export interface BelowHeldProblem {
	readonly type: "/problems/below-held";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 409;
	/** The SKU that it is about. */
	readonly sku: string;
	/** Units that shoppers hold and the adjustment would take. */
	readonly shortBy: number;
	/** Units that nobody owns or holds. */
	readonly available: number;
	/** Units in the warehouse: available and held. */
	readonly onHand: number;
	/** Units that shoppers hold or are paying for. */
	readonly held: number;
	/** Units that were paid for and have not come back. */
	readonly sold: number;
	/** Units that shoppers on the waitlist wait for. */
	readonly waiting: number;
	/** Counts changes of the stock. */
	readonly version: number;
}

export interface AdjustRequest {
	/** Units to add, or to take when negative. Not 0. */
	readonly delta: number;
	/** The journal keeps it. */
	readonly reason: string;
	/** Adjust only if this many units are on hand now. */
	readonly ifOnHand?: number | null;
	/** When the free units do not suffice, take held ones: the newest holds go back to the waitlist. Units in a checkout are never taken. */
	readonly force?: boolean;
}

export interface Stock {
	readonly sku: string;
	readonly received: number;
	readonly adjusted: number;
	/** Sold units that came back; they are available or sold again. */
	readonly returned: number;
	/** Units in the warehouse: available and held. */
	readonly onHand: number;
	readonly available: number;
	/** Units that shoppers hold, those of `paying` included. */
	readonly held: number;
	/** Units in checkouts that are not paid yet. */
	readonly paying: number;
	/** Units that shoppers on the waitlist wait for. */
	readonly waiting: number;
	/** Units that were paid for and have not come back. */
	readonly sold: number;
	readonly preorders: {
		readonly owed: number;
		readonly filled: number;
		readonly cancelled: number;
	};
	readonly demand: {
		/** Units that were asked for and refused as sold out. */
		readonly refused: number;
		readonly waiting: number;
		readonly owed: number;
		/** A restock of this many units would be taken at once. */
		readonly wouldSellAtOnce: number;
	};
	/** Whether received + adjusted = available + held + sold, computed from the rows that are open and the sums of older ones. The reconciliation reads every row. */
	readonly balanced: boolean;
	readonly policy: Policy;
	/** Counts changes of the stock. */
	readonly version: number;
}

export interface AdminReservationPage {
	readonly reservations: readonly AdminReservation[];
	/** Ask for the next page with this; null on the last page. */
	readonly nextCursor: string | null;
}

export type AdminReservation = Reservation & {
	readonly shopperId: string;
	/** The checkout that pinned it last; null when it was never in one. */
	readonly checkoutId: string | null;
	readonly createdAt: string;
	readonly endedAt: string | null;
};

export interface JournalPage {
	readonly entries: readonly JournalEntry[];
	/** Ask for the next page with this; null on the last page. */
	readonly nextCursor: string | null;
}

export interface JournalEntry {
	/** Place in the journal, from 1 without a gap. */
	readonly seq: number;
	readonly at: string;
	/** What happened to the units. */
	readonly kind: string;
	readonly quantity: number;
	readonly shopperId: string | null;
	/** The reservation or pre-order it happened to. */
	readonly subjectId: string | null;
	readonly checkoutId: string | null;
	/** The merchant's reference or reason. */
	readonly note: string | null;
	/** Who of the merchant's people did it: `admin` by the admin token, or whom Cloudflare Access names. */
	readonly actor: string | null;
	/** Available after it, as are `held` and `sold`. */
	readonly available: number;
	readonly held: number;
	readonly sold: number;
}

export type MerchantCheckout = Checkout & {
	readonly shopperId: string;
	readonly metadata: Metadata;
};

/** Adjustments do not fit the lines */
export interface AdjustmentsRefusedProblem {
	readonly type: "/problems/adjustments-refused";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 409;
	/** What is wrong with them. */
	readonly reason: "currencies-differ" | "below-zero";
}

export interface MerchantCheckoutRequest {
	/** The same SKU on several lines is one line of their sum. */
	readonly lines: readonly {
		readonly sku: string;
		/** Units. */
		readonly quantity: number;
	}[];
	readonly email: string;
	/** Accept the pre-order terms for lines that are not in stock: those of this version, as they were shown, or with `true` those of the moment. A line whose terms have another version, or another date than the one that is named, is refused as `terms-changed`. */
	readonly acceptPreorder?: boolean | AcceptedTerms;
	/** Keep the lines that can be had instead of refusing the whole checkout. */
	readonly partial?: boolean;
	readonly shipTo?: ShipTo;
	readonly metadata?: Metadata;
	/** Whose checkout it is: with a token of this shopper it is found, paid and called off. */
	readonly shopperId: string;
	/** Who takes the money: this deployment's payment provider, or with `external` your own shop, whose server then says `paid` or `abandon`. */
	readonly payment?: "provider" | "external";
	/** Amounts that are not lines': `total` is the lines and these. They stand as they are when a part of the lines is refused or lost. The checkout is refused when they take its total below zero. */
	readonly adjustments?: readonly CheckoutAdjustmentRequest[];
}

export interface CheckoutAdjustmentRequest {
	readonly kind: "shipping" | "tax" | "fee" | "discount";
	/** What the shopper reads. */
	readonly label: string;
	readonly amount: SignedMoneyRequest;
}

export interface SignedMoneyRequest {
	/** Minor units of the currency; below zero for a discount, and for nothing else. */
	readonly amount: number;
	/** ISO 4217 code. */
	readonly currency: string;
}

export interface ExternalOutcome {
	/** `sold`: the shopper has it. `preorder`: a line or all of it is owed. `refund`: nothing was to be had, or it was too late, or called off before. */
	readonly outcome: "sold" | "preorder" | "refund";
	readonly refund: Money;
	readonly checkout: MerchantCheckout;
}

/** Payment is not the shop's own */
export interface NotExternalProblem {
	readonly type: "/problems/not-external";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 409;
}

/** Paid otherwise */
export interface PaidOtherwiseProblem {
	readonly type: "/problems/paid-otherwise";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 409;
	readonly total?: Money;
	/** By which it was paid, when the reference differs. */
	readonly reference?: string;
}

export interface ExternalPaid {
	/** Your own name of the payment: one checkout is paid by one. */
	readonly reference: string;
	/** When the shopper paid: this decides whether it was in time. */
	readonly paidAt: string;
	/** What was paid: the checkout's `total`, and no other amount. */
	readonly amount: {
		/** Minor units of the currency. */
		readonly amount: number;
		/** ISO 4217 code. */
		readonly currency: string;
	};
}

export interface AdminOrderPage {
	readonly orders: readonly AdminOrder[];
	/** Ask for the next page with this; null on the last page. */
	readonly nextCursor: string | null;
}

export type AdminOrder = Order & {
	readonly shopperId: string;
	readonly metadata: Metadata;
};

export interface OrderChange {
	/** Each name is set on its own; null or an empty text takes it away. */
	readonly metadata: Readonly<Record<string, string | null>>;
}

/** Order not refundable */
export interface NotRefundableProblem {
	readonly type: "/problems/not-refundable";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 409;
	/** The SKU that it is about. */
	readonly sku?: string;
	/** The place of the adjustment that it is about. */
	readonly adjustment?: number;
	/** What can still be refunded: units of the line, or minor units of the adjustment. */
	readonly refundable: number;
}

/** Payment disputed by the shopper's bank */
export interface PaymentDisputedProblem {
	readonly type: "/problems/payment-disputed";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 409;
}

export interface RefundRequest {
	/** Units whose price to refund. Null or absent for everything that is left of the order, or for no line when `adjustments` are named. */
	readonly lines?: readonly {
		readonly sku: string;
		/** Units. */
		readonly quantity: number;
	}[] | null;
	/** Amounts to refund that are not lines': shipping, tax, fees. */
	readonly adjustments?: readonly CheckoutAdjustmentRefund[];
	/** Whether the units go back to the stock. */
	readonly restock: boolean;
	readonly reason: string;
}

export type CheckoutAdjustmentRefund = {
	/** Its place in the order's `adjustments`, from 0. */
	readonly index: number;
	/** How much of it; null or absent for what is left. */
	readonly amount?: {
		/** Minor units of the currency. */
		readonly amount: number;
		/** ISO 4217 code. */
		readonly currency: string;
	} | null;
};

export interface Erasure {
	/** Orders without e-mail address, `shipTo` and `metadata` now. Their lines, amounts, payment, times and the shopper's id stay, for the books and for refunds. */
	readonly orders: readonly string[];
	/** Checkouts that ended without a sale, and have nothing now but a payment that moved. */
	readonly checkouts: readonly string[];
	/** What keeps its address for now. `under-way`: it may yet be paid. `preorder-owed`: fill or cancel it first. `unsettled`: somebody may have to pay the shopper back by hand. */
	readonly kept: readonly KeptFromErasure[];
	/** SKUs that the shopper is paying for now. Erase again when that has ended. */
	readonly payingFor: readonly string[];
	/** Whether anything is left, or may turn up that was there before: something was kept, is being paid for, or did not answer. By an e-mail address always: it finds an order, and what was called off, some seconds after that. Erase once more then, and in any case when an outage of the database or the queue is over. */
	readonly mayFollow: boolean;
	/** What did not answer, and is not erased. Erase again. */
	readonly unreachable: readonly string[];
	/** Ask for the next page with this; null on the last page. */
	readonly nextCursor: string | null;
}

export interface KeptFromErasure {
	readonly checkoutId: string;
	/** Null while it is no order. */
	readonly orderId: string | null;
	readonly reason: "under-way" | "preorder-owed" | "unsettled";
}

export interface EraseByEmailRequest {
	/** Letters from A to Z are found in either case; other ones, and Punycode, as they are in the order. */
	readonly email: string;
}

export interface PreorderPage {
	readonly preorders: readonly Preorder[];
	/** Ask for the next page with this; null on the last page. */
	readonly nextCursor: string | null;
}

/** Pre-order not found */
export interface UnknownPreorderProblem {
	readonly type: "/problems/unknown-preorder";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 404;
}

/** Pre-order already filled */
export interface PreorderFilledProblem {
	readonly type: "/problems/preorder-filled";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 409;
	/** The order to refund instead. */
	readonly orderId: string;
}

export type WebhookWithSecret = WebhookReport & {
	/** Shown now and never again: verify signatures with it. */
	readonly secret: string;
};

/** Events that were lost, since too many were waiting. Read what they told from the API. */
export type DroppedEvents = {
	readonly count: number;
	readonly first: string;
	readonly last: string;
} | null;

export type WebhookReport = WebhookEndpoint & {
	/** Deliveries that are still to be made. */
	readonly waiting: number;
	/** Deliveries that were given up and may be replayed. */
	readonly failed: number;
	/** Since when every attempt failed; null when the last one succeeded. */
	readonly failingSince: string | null;
	readonly dropped: DroppedEvents;
	/** Until when the secret before the present one signs too. */
	readonly oldSecretUntil: string | null;
};

export interface WebhookEndpoint {
	readonly id: string;
	readonly url: string;
	readonly description: string | null;
	readonly events: readonly ("order.created" | "order.updated" | "checkout.completed" | "checkout.ended" | "reservation.promoted" | "reservation.expired" | "preorder.created" | "preorder.filled" | "preorder.cancelled" | "stock.changed" | "sale.sold_out" | "sale.restocked" | "dispute.opened" | "books.unbalanced" | "*")[];
	/** `paused`: by you, and events are kept for later. `disabled`: by us, and none are taken. */
	readonly state: "enabled" | "paused" | "disabled";
	/** Why it is disabled: the receiver answered 410, or every attempt failed for three days. */
	readonly reason: "gone" | "failing" | null;
	readonly stateSince: string;
	readonly createdAt: string;
}

/** Too many webhooks */
export interface TooManyWebhooksProblem {
	readonly type: "/problems/too-many-webhooks";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 409;
	/** Webhooks that a shop may have. */
	readonly limit: number;
}

export interface WebhookRequest {
	/** An https address of the public internet. A local shop takes any. */
	readonly url: string;
	/** Types of events, or `["*"]` for all, also those that are yet to come. */
	readonly events: readonly ("order.created" | "order.updated" | "checkout.completed" | "checkout.ended" | "reservation.promoted" | "reservation.expired" | "preorder.created" | "preorder.filled" | "preorder.cancelled" | "stock.changed" | "sale.sold_out" | "sale.restocked" | "dispute.opened" | "books.unbalanced" | "*")[];
	/** Your own note. */
	readonly description?: string | null;
}

export interface WebhookPage {
	readonly webhooks: readonly WebhookEndpoint[];
	/** Ask for the next page with this; null on the last page. */
	readonly nextCursor: string | null;
}

/** Webhook not found */
export interface UnknownWebhookProblem {
	readonly type: "/problems/unknown-webhook";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 404;
}

export interface WebhookPatch {
	/** An https address of the public internet. A local shop takes any. */
	readonly url?: string;
	/** Types of events, or `["*"]` for all, also those that are yet to come. */
	readonly events?: readonly ("order.created" | "order.updated" | "checkout.completed" | "checkout.ended" | "reservation.promoted" | "reservation.expired" | "preorder.created" | "preorder.filled" | "preorder.cancelled" | "stock.changed" | "sale.sold_out" | "sale.restocked" | "dispute.opened" | "books.unbalanced" | "*")[];
	readonly description?: string | null;
	/** `true` keeps events for later. `false` sends them, and enables an endpoint that was disabled; what failed by then is sent by a replay. */
	readonly paused?: boolean;
}

export interface WebhookDelivery {
	/** The `webhook-id`, the same in each attempt. */
	readonly id: string;
	readonly type: "order.created" | "order.updated" | "checkout.completed" | "checkout.ended" | "reservation.promoted" | "reservation.expired" | "preorder.created" | "preorder.filled" | "preorder.cancelled" | "stock.changed" | "sale.sold_out" | "sale.restocked" | "dispute.opened" | "books.unbalanced" | "ping";
	/** The id of what it is about. */
	readonly subject: string;
	/** Of two events about one subject, the higher is the newer. */
	readonly version: number;
	readonly status: "pending" | "delivered" | "failed";
	readonly attempts: number;
	readonly createdAt: string;
	/** When the next attempt is due; null when it has ended. */
	readonly dueAt: string | null;
	readonly lastAttemptAt: string | null;
	/** The status of the receiver's last answer. */
	readonly lastStatus: number | null;
	/** Why the last attempt failed. */
	readonly lastError: string | null;
	readonly endedAt: string | null;
}

export interface WebhookDeliveryPage {
	readonly deliveries: readonly WebhookDelivery[];
	/** Ask for the next page with this; null on the last page. */
	readonly nextCursor: string | null;
}

/** Delivery not found */
export interface UnknownDeliveryProblem {
	readonly type: "/problems/unknown-delivery";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 404;
}

export interface Replay {
	/** Deliveries that are made again. */
	readonly replayed: number;
}

export interface ReplayRequest {
	/** Deliveries of events that were taken then or later. */
	readonly since: string;
}

export interface Reconciliation {
	/** Whether every SKU answered and balances. */
	readonly balanced: boolean;
	/** Units, sold and owed, by which these SKUs and D1 differ. An order on its way counts. */
	readonly difference: number;
	/** Checkouts past their deadlines; none when all is well. */
	readonly overdue: readonly OverdueCheckout[];
	/** Checkouts of the whole shop that cannot settle their money or units by themselves. */
	readonly unsettled: {
		readonly total: number;
		readonly byReason: {
			readonly "provider-refuses"?: number;
			readonly "provider-unclear"?: number;
			readonly "refund-returned"?: number;
			readonly disputed?: number;
			readonly units?: number;
			readonly overdue?: number;
		};
		readonly oldest: readonly UnsettledCheckout[];
	};
	readonly skus: readonly SkuReconciliation[];
	/** Webhooks whose receivers are told nothing any more; none when all is well. */
	readonly disabledWebhooks: readonly WebhookEndpoint[];
	/** SKUs and checkouts whose objects did not answer, so that their state is not known. */
	readonly unreachable: readonly string[];
	/** Ask for the next page with this; null on the last page. */
	readonly nextCursor: string | null;
}

export interface OverdueCheckout {
	readonly checkoutId: string;
	/** Where the checkout's state machine stands. */
	readonly phase: string;
	/** When it should have ended. */
	readonly since: string;
	/** Whether the provider still owes an answer or an action. */
	readonly unsettled: boolean;
}

export interface UnsettledCheckout {
	readonly checkoutId: string;
	readonly shopperId: string;
	/** Where the checkout's state machine stands. */
	readonly phase: string;
	/** The provider refuses, or does not say what it did; a refund came back from the shopper's bank; the money is disputed; a SKU does not answer; or the deadlines are over. */
	readonly reason: "provider-refuses" | "provider-unclear" | "refund-returned" | "disputed" | "units" | "overdue";
	readonly since: string;
}

export interface SkuReconciliation {
	readonly sku: string;
	readonly received: number;
	readonly adjusted: number;
	readonly available: number;
	readonly held: number;
	readonly sold: number;
	readonly soldInD1: number;
	readonly owed: number;
	readonly owedInD1: number;
	readonly waiting: number;
	/** Those of `held` that are in checkouts. */
	readonly paying: number;
	/** Counts changes of the stock. */
	readonly version: number;
	readonly difference: number;
	readonly balanced: boolean;
}

export interface Sweep {
	/** SKUs on this page. */
	readonly skus: number;
	/** Checkouts that cannot settle their money or units by themselves, whatever their age. */
	readonly unsettled: {
		/** Those of this page, the oldest first. Each was tried again. */
		readonly found: readonly UnsettledCheckout[];
		/** How many come on the pages after this one. */
		readonly left: number;
	};
	/** Checkouts past their deadlines; none when all is well. */
	readonly overdue: readonly OverdueCheckout[];
	/** Payments of orders that changed within a day, compared with the provider's state. */
	readonly payments: {
		/** Payments that were read from the provider. */
		readonly compared: number;
		/** Payments that the provider did not answer for. */
		readonly unread: number;
		/** Payments that the pages after this one compare. */
		readonly left: number;
		readonly differing: readonly DifferingPayment[];
	};
	/** Orders and pre-orders that D1 lacked, or had in an old version, and that were sent again. */
	readonly resent: number;
	/** Units that a SKU had sold to a checkout that ended without them. */
	readonly stray: readonly StrayUnits[];
	/** SKUs with more to look at than one page can. The pages after this one go on with them. */
	readonly walksLeft: number;
	/** SKUs whose counters do not balance. */
	readonly unbalanced: readonly string[];
	/** SKUs and checkouts whose objects did not answer, so that their state is not known. */
	readonly unreachable: readonly string[];
	/** Ask for the next page with this; null on the last page. */
	readonly nextCursor: string | null;
}

export interface DifferingPayment {
	readonly checkoutId: string;
	/** Whether the provider's state was new to us. It is taken over. */
	readonly isNews: boolean;
	readonly kept: Money;
	readonly due: Money;
}

export interface StrayUnits {
	readonly sku: string;
	readonly checkoutId: string;
	readonly units: number;
	/** False when nobody knows the checkout, or its SKU did not answer. */
	readonly takenBack: boolean;
}

export type AdminCheckout = MerchantCheckout & {
	/** Where the checkout's state machine stands. */
	readonly phase: string;
	readonly events: readonly CheckoutEvent[];
};

export interface CheckoutEvent {
	readonly at: string;
	readonly kind: string;
	/** The provider's id of the event; null for our own. */
	readonly eventId: string | null;
	/** The event as it was stored. */
	readonly detail: Readonly<Record<string, unknown>>;
}

export interface WebhookReceipt {
	readonly received: true;
}

/** Invalid webhook signature */
export interface BadSignatureProblem {
	readonly type: "/problems/bad-signature";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 400;
}

/** Address not found */
export interface NotFoundProblem {
	readonly type: "/problems/not-found";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 404;
}

/** An event in the provider's own form, byte for byte as it was signed. */
export type ProviderEvent = Readonly<Record<string, unknown>>;

export type SandboxConfirmedPayment = SandboxPayment & {
	/** Webhooks about this payment that are still to come. */
	readonly webhooksOwed: number;
};

export type SandboxPayment = {
	readonly id: string;
	readonly checkoutId: string;
	readonly status: "open" | "processing" | "authorised" | "captured" | "voided";
	readonly currency: string;
	readonly amount: Money;
	readonly authorised: Money;
	readonly captured: Money;
	readonly refunded: Money;
	readonly disputed: Money;
	readonly paidAt: string | null;
	/** The shopper is at their bank's page, or the method has not answered yet. */
	readonly attemptUnderWay: boolean;
	readonly declined: {
		readonly code: string;
		readonly at: string;
	} | null;
};

/** Payment not found */
export interface UnknownPaymentProblem {
	readonly type: "/problems/unknown-payment";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 404;
}

/** Payment not payable */
export interface PaymentNotPayableProblem {
	readonly type: "/problems/payment-not-payable";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 409;
	/** Where the payment stands now. */
	readonly paymentStatus: "open" | "processing" | "authorised" | "captured" | "voided";
}

export interface SandboxConfirmation {
	/** `begin`: the shopper goes to their bank's page. `approve`: the money is authorised. `decline`: the attempt fails. `capture`: the money is taken at once. `debit`: the method answers after days; send `approve`, `capture` or `decline` when it does. */
	readonly outcome: "begin" | "approve" | "decline" | "capture" | "debit";
	/** When the shopper paid; now by default. */
	readonly paidAt?: string;
	/** How late the webhook comes. */
	readonly delayMs?: number;
	/** How often the webhook comes. */
	readonly copies?: number;
	/** Send no webhook about this payment, ever. */
	readonly silent?: boolean;
}

/** Incident not possible */
export interface IncidentImpossibleProblem {
	readonly type: "/problems/incident-impossible";
	readonly title: string;
	/** What happened this time, for the person who reads it. */
	readonly detail: string;
	/** Name it when you ask for help. */
	readonly requestId: string;
	readonly status: 409;
	/** Where the payment stands now. */
	readonly paymentStatus: "open" | "processing" | "authorised" | "captured" | "voided";
}

export type SandboxIncident = {
	/** The shopper's bank sends the latest refund back. */
	readonly kind: "refund-returned";
	/** How late the webhook comes. */
	readonly delayMs?: number;
	/** How often the webhook comes. */
	readonly copies?: number;
	/** Send no webhook about this payment, ever. */
	readonly silent?: boolean;
} | {
	/** The shopper's bank takes money back. Nothing can be refunded meanwhile. */
	readonly kind: "dispute-opened";
	/** How late the webhook comes. */
	readonly delayMs?: number;
	/** How often the webhook comes. */
	readonly copies?: number;
	/** Send no webhook about this payment, ever. */
	readonly silent?: boolean;
	/** Minor units; all that was captured and not refunded by default. */
	readonly amountMinor?: number;
} | {
	/** The money that was taken back is there again. */
	readonly kind: "dispute-won";
	/** How late the webhook comes. */
	readonly delayMs?: number;
	/** How often the webhook comes. */
	readonly copies?: number;
	/** Send no webhook about this payment, ever. */
	readonly silent?: boolean;
} | {
	/** The money that was taken back stays with the shopper. */
	readonly kind: "dispute-lost";
	/** How late the webhook comes. */
	readonly delayMs?: number;
	/** How often the webhook comes. */
	readonly copies?: number;
	/** Send no webhook about this payment, ever. */
	readonly silent?: boolean;
} | {
	/** The merchant refunds at the provider, and not through this shop. */
	readonly kind: "refunded-by-hand";
	/** How late the webhook comes. */
	readonly delayMs?: number;
	/** How often the webhook comes. */
	readonly copies?: number;
	/** Send no webhook about this payment, ever. */
	readonly silent?: boolean;
	/** Minor units; all that was captured and not refunded by default. */
	readonly amountMinor?: number;
} | {
	/** The merchant cancels the payment at the provider. */
	readonly kind: "voided-by-hand";
	/** How late the webhook comes. */
	readonly delayMs?: number;
	/** How often the webhook comes. */
	readonly copies?: number;
	/** Send no webhook about this payment, ever. */
	readonly silent?: boolean;
} | {
	/** A signed webhook says what is not so. The provider's books stay as they are. */
	readonly kind: "misreported";
	/** How late the webhook comes. */
	readonly delayMs?: number;
	/** How often the webhook comes. */
	readonly copies?: number;
	/** Send no webhook about this payment, ever. */
	readonly silent?: boolean;
	/** What the webhook says otherwise than it is. */
	readonly as: {
		readonly status?: "open" | "processing" | "authorised" | "captured" | "voided";
		readonly authorisedMinor?: number;
		readonly capturedMinor?: number;
		readonly refundedMinor?: number;
		readonly disputedMinor?: number;
		readonly attemptUnderWay?: boolean;
	};
};

export interface SandboxFaults {
	readonly faults: readonly ({
		/** The call that it applies to. */
		readonly call: "create" | "read" | "void" | "capture" | "refund";
		/** `before`: the call is lost. `after`: it takes effect and its answer is lost. `no`: it is answered. `stored`: the provider breaks without an effect, and answers the same key so for ever. `refuse`: the provider says no, for a reason of its own. */
		readonly fail?: "before" | "after" | "no" | "stored" | "refuse";
		/** What the provider objects to, for a `create` that is refused; `other` by default. */
		readonly reason?: "amount" | "currency" | "email" | "other";
		/** How long the answer takes. */
		readonly delayMs?: number;
		/** How many calls it applies to. */
		readonly times?: number;
	})[];
}

export interface SandboxFaultsRequest {
	readonly faults: readonly ({
		/** The call that it applies to. */
		readonly call: "create" | "read" | "void" | "capture" | "refund";
		/** `before`: the call is lost. `after`: it takes effect and its answer is lost. `no`: it is answered. `stored`: the provider breaks without an effect, and answers the same key so for ever. `refuse`: the provider says no, for a reason of its own. */
		readonly fail?: "before" | "after" | "no" | "stored" | "refuse";
		/** What the provider objects to, for a `create` that is refused; `other` by default. */
		readonly reason?: "amount" | "currency" | "email" | "other";
		/** How long the answer takes. */
		readonly delayMs?: number;
		/** How many calls it applies to. */
		readonly times?: number;
	})[];
}

export interface SandboxBooks {
	readonly totals: readonly {
		readonly currency: string;
		readonly payments: {
			readonly open: number;
			readonly processing: number;
			readonly authorised: number;
			readonly captured: number;
			readonly voided: number;
		};
		readonly authorised: Money;
		readonly captured: Money;
		readonly refunded: Money;
		readonly disputed: Money;
	}[];
	readonly webhooks: {
		readonly owed: number;
		readonly delivered: number;
		readonly abandoned: number;
	};
	readonly payments: readonly SandboxPayment[];
	/** Ask for the next page with this; null on the last page. */
	readonly nextCursor: string | null;
}

export interface Health {
	readonly status: "ok";
}

/** An OpenAPI 3.1 document. */
export interface OpenApiDocument {
	readonly openapi: string;
	readonly info: Readonly<Record<string, unknown>>;
}

/** What a shopper's page may ask. */
export interface ShopperOperations {
	/** Makes a new shopper. The token is the only thing that proves who it is. A shop may ask for a challenge of Cloudflare Turnstile first. */
	readonly createShopper: {
		readonly input: NewShopperRequest;
		readonly data: Shopper;
		readonly problem: InvalidRequestProblem | ChallengeRequiredProblem | ChallengeFailedProblem | BodyTooLargeProblem | UnsupportedMediaTypeProblem | TooManyRequestsProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** In order of SKU, each with what is available now. `availability` is null for a product whose stock cannot answer just now. */
	readonly listProducts: {
		readonly input: {
			/** `nextCursor` of the page before; empty for the first page. */
			readonly cursor?: string;
			/** Rows on the page. */
			readonly limit?: number;
		};
		readonly data: ProductPage;
		readonly problem: InvalidRequestProblem | TooManyRequestsProblem | TemporarilyUnavailableProblem;
	};
	/** With what is available now, at most a second old. */
	readonly getProduct: {
		readonly input: {
			/** The SKU. */
			readonly sku: string;
		};
		readonly data: Product;
		readonly problem: InvalidRequestProblem | UnknownSkuProblem | TooManyRequestsProblem | TemporarilyUnavailableProblem;
	};
	/** Sets how many units you hold, or joins the waitlist with `wait`. Repeating a request answers the same, and does not start the hold's time again. You may have something of 50 SKUs at once. The first request beyond that may still be answered 201, since it is counted after it was answered: then the units are taken back a moment later, and the next one is refused as `too-many-held`. */
	readonly reserve: {
		readonly input: {
			/** The SKU. */
			readonly sku: string;
		} & ReserveRequest;
		readonly data: Reservation;
		readonly problem: InvalidRequestProblem | UnauthorizedProblem | UnknownSkuProblem | SoldOutProblem | LimitExceededProblem | TooManyHeldProblem | SaleNotOpenProblem | InCheckoutProblem | PreconditionFailedProblem | BodyTooLargeProblem | UnsupportedMediaTypeProblem | TooManyRequestsProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** Your live reservation of the SKU, or how your last one ended. */
	readonly getReservation: {
		readonly input: {
			/** The SKU. */
			readonly sku: string;
		};
		readonly data: Reservation;
		readonly problem: InvalidRequestProblem | UnauthorizedProblem | UnknownSkuProblem | NoReservationProblem | TooManyRequestsProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** Gives back the held units, or leaves the waitlist. Repeating it answers the same. */
	readonly releaseReservation: {
		readonly input: {
			/** The SKU. */
			readonly sku: string;
		};
		readonly data: Reservation;
		readonly problem: InvalidRequestProblem | UnauthorizedProblem | UnknownSkuProblem | NoReservationProblem | InCheckoutProblem | AlreadySoldProblem | PreconditionFailedProblem | TooManyRequestsProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** Starts the hold's time again, as often as the SKU's policy allows. */
	readonly extendReservation: {
		readonly input: {
			/** The SKU. */
			readonly sku: string;
		};
		readonly data: Reservation;
		readonly problem: InvalidRequestProblem | UnauthorizedProblem | UnknownSkuProblem | NoReservationProblem | ExtensionLimitProblem | InCheckoutProblem | NotHeldProblem | PreconditionFailedProblem | TooManyRequestsProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** Secures every line, then creates the payment. The same `Idempotency-Key` with the same body answers with the same checkout. */
	readonly openCheckout: {
		readonly input: CheckoutRequest;
		readonly data: Checkout;
		readonly problem: InvalidRequestProblem | IdempotencyKeyMissingProblem | UnauthorizedProblem | UnknownSkuProblem | LinesUnavailableProblem | TermsChangedProblem | TooManyHeldProblem | BodyTooLargeProblem | UnsupportedMediaTypeProblem | IdempotencyKeyReusedProblem | PaymentRefusedProblem | TooManyRequestsProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** Get a checkout */
	readonly getCheckout: {
		readonly input: {
			/** The checkout's id. */
			readonly id: string;
		};
		readonly data: Checkout;
		readonly problem: UnauthorizedProblem | UnknownCheckoutProblem | TooManyRequestsProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** Gives back what the checkout had pinned, and cancels its payment. */
	readonly cancelCheckout: {
		readonly input: {
			/** The checkout's id. */
			readonly id: string;
		};
		readonly data: Checkout;
		readonly problem: UnauthorizedProblem | UnknownCheckoutProblem | NotCancellableProblem | TooManyRequestsProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** The shopper's own order, from the moment it is paid. */
	readonly getOrder: {
		readonly input: {
			/** The order's id. */
			readonly id: string;
		};
		readonly data: Order;
		readonly problem: UnauthorizedProblem | UnknownOrderProblem | TooManyRequestsProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** The newest first, as D1 has them: an order arrives there a moment after it was paid. */
	readonly listOwnOrders: {
		readonly input: {
			/** `nextCursor` of the page before; empty for the first page. */
			readonly cursor?: string;
			/** Rows on the page. */
			readonly limit?: number;
		};
		readonly data: OrderPage;
		readonly problem: InvalidRequestProblem | UnauthorizedProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
}

export const SHOPPER_OPERATIONS = {
	createShopper: ["POST","/v1/shoppers",[],false,true],
	listProducts: ["GET","/v1/products",["cursor","limit"],false,false],
	getProduct: ["GET","/v1/products/{sku}",[],false,false],
	reserve: ["PUT","/v1/reservations/{sku}",[],false,true],
	getReservation: ["GET","/v1/reservations/{sku}",[],false,false],
	releaseReservation: ["DELETE","/v1/reservations/{sku}",[],false,false],
	extendReservation: ["POST","/v1/reservations/{sku}/extend",[],false,false],
	openCheckout: ["POST","/v1/checkouts",[],true,true],
	getCheckout: ["GET","/v1/checkouts/{id}",[],false,false],
	cancelCheckout: ["DELETE","/v1/checkouts/{id}",[],false,false],
	getOrder: ["GET","/v1/orders/{id}",[],false,false],
	listOwnOrders: ["GET","/v1/orders",["cursor","limit"],false,false],
} as const;

/** What a merchant may ask. */
export interface AdminOperations {
	/** The same id is the same shopper, so a reservation outlives a lost browser session. */
	readonly createShopperToken: {
		readonly input: ShopperTokenRequest;
		readonly data: Shopper;
		readonly problem: InvalidRequestProblem | UnauthorizedProblem | BodyTooLargeProblem | UnsupportedMediaTypeProblem | NotConfiguredProblem;
	};
	/** Makes a product, or changes the one that is there: a member that is left out stays as it is, and null sets the default. Reservations that exist keep their times. */
	readonly defineProduct: {
		readonly input: {
			/** The SKU. */
			readonly sku: string;
		} & ProductDefinition;
		readonly data: AdminProduct;
		readonly problem: InvalidRequestProblem | UnauthorizedProblem | PreconditionFailedProblem | BodyTooLargeProblem | UnsupportedMediaTypeProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** A member that is left out stays as it is, and null sets the default. */
	readonly changeProduct: {
		readonly input: {
			/** The SKU. */
			readonly sku: string;
		} & ProductPatch;
		readonly data: AdminProduct;
		readonly problem: InvalidRequestProblem | UnauthorizedProblem | UnknownSkuProblem | PreconditionFailedProblem | BodyTooLargeProblem | UnsupportedMediaTypeProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** As the SKU's object has it, by which it sells. */
	readonly getDefinedProduct: {
		readonly input: {
			/** The SKU. */
			readonly sku: string;
		};
		readonly data: StockedProduct;
		readonly problem: InvalidRequestProblem | UnauthorizedProblem | UnknownSkuProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** Takes a product out of the shop. It is `unknown-sku` to whoever has nothing of it, and nobody gets more of it than they have. What is held, waits or is owed goes on: holds can be extended, paid and released, open checkouts paid, orders refunded, and units that are restocked or come back go to pre-orders and the waitlist as before. Its stock and policy can be changed. Repeating it changes nothing. */
	readonly archiveProduct: {
		readonly input: {
			/** The SKU. */
			readonly sku: string;
		};
		readonly data: AdminProduct;
		readonly problem: InvalidRequestProblem | UnauthorizedProblem | UnknownSkuProblem | PreconditionFailedProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** It is in the shop again, as it was. Repeating it changes nothing. */
	readonly unarchiveProduct: {
		readonly input: {
			/** The SKU. */
			readonly sku: string;
		};
		readonly data: AdminProduct;
		readonly problem: InvalidRequestProblem | UnauthorizedProblem | UnknownSkuProblem | PreconditionFailedProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** In order of SKU: those that are not archived, or with `archived=true` those that are. */
	readonly listDefinedProducts: {
		readonly input: {
			/** Only products with this text in their SKU or title; A to Z in either case. */
			readonly q?: string;
			/** `true` for the archived products, and no others; else those that are not archived. */
			readonly archived?: boolean;
			/** `nextCursor` of the page before; empty for the first page. */
			readonly cursor?: string;
			/** Rows on the page. */
			readonly limit?: number;
		};
		readonly data: StockedProductPage;
		readonly problem: InvalidRequestProblem | UnauthorizedProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** Writes the product, its pre-orders and a page of its orders to D1 again, from the objects. Call it again with `nextCursor` until that is null. It deletes nothing. */
	readonly rebuildProduct: {
		readonly input: {
			/** The SKU. */
			readonly sku: string;
			/** `nextCursor` of the page before; empty for the first page. */
			readonly cursor?: string;
		};
		readonly data: Rebuild;
		readonly problem: InvalidRequestProblem | UnauthorizedProblem | UnknownSkuProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** Adds units that arrived. They go to paid pre-orders first, then to the waitlist, then to the public. */
	readonly restock: {
		readonly input: {
			/** The SKU. */
			readonly sku: string;
		} & RestockRequest;
		readonly data: Restock;
		readonly problem: InvalidRequestProblem | IdempotencyKeyMissingProblem | UnauthorizedProblem | UnknownSkuProblem | OnHandChangedProblem | BodyTooLargeProblem | UnsupportedMediaTypeProblem | IdempotencyKeyReusedProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** Corrects the count of units on hand, with a reason. */
	readonly adjustStock: {
		readonly input: {
			/** The SKU. */
			readonly sku: string;
		} & AdjustRequest;
		readonly data: Adjustment;
		readonly problem: InvalidRequestProblem | UnauthorizedProblem | UnknownSkuProblem | BelowHeldProblem | OnHandChangedProblem | BodyTooLargeProblem | UnsupportedMediaTypeProblem | IdempotencyKeyReusedProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** Every counter, and whether the counters agree with the rows. */
	readonly getStock: {
		readonly input: {
			/** The SKU. */
			readonly sku: string;
		};
		readonly data: Stock;
		readonly problem: InvalidRequestProblem | UnauthorizedProblem | UnknownSkuProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** The oldest first. */
	readonly listReservations: {
		readonly input: {
			/** The SKU. */
			readonly sku: string;
			/** Only rows in this status. */
			readonly status?: "waiting" | "held" | "paying" | "sold" | "released" | "expired" | "converted";
			/** `nextCursor` of the page before; empty for the first page. */
			readonly cursor?: string;
			/** Rows on the page. */
			readonly limit?: number;
		};
		readonly data: AdminReservationPage;
		readonly problem: InvalidRequestProblem | UnauthorizedProblem | UnknownSkuProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** Gives back the units that a shopper holds, or takes the shopper off the waitlist. */
	readonly releaseReservationById: {
		readonly input: {
			/** The SKU. */
			readonly sku: string;
			/** The reservation's id. */
			readonly id: string;
		};
		readonly data: AdminReservation;
		readonly problem: InvalidRequestProblem | UnauthorizedProblem | UnknownSkuProblem | NoReservationProblem | InCheckoutProblem | AlreadySoldProblem | PreconditionFailedProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** Everything that changed its stock, in order. */
	readonly getJournal: {
		readonly input: {
			/** The SKU. */
			readonly sku: string;
			/** `nextCursor` of the page before; 0 for the first page. */
			readonly after?: number;
			/** Rows on the page. */
			readonly limit?: number;
		};
		readonly data: JournalPage;
		readonly problem: InvalidRequestProblem | UnauthorizedProblem | UnknownSkuProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** As a shopper does, and with what a browser may not say: `adjustments`. The same `Idempotency-Key` with the same body answers with the same checkout, whoever its shopper is. */
	readonly openCheckoutFor: {
		readonly input: MerchantCheckoutRequest;
		readonly data: MerchantCheckout;
		readonly problem: InvalidRequestProblem | IdempotencyKeyMissingProblem | UnauthorizedProblem | UnknownSkuProblem | LinesUnavailableProblem | AdjustmentsRefusedProblem | TermsChangedProblem | TooManyHeldProblem | BodyTooLargeProblem | UnsupportedMediaTypeProblem | IdempotencyKeyReusedProblem | PaymentRefusedProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** For a checkout whose payment is your own. It is a sale when it was paid within the window and its grace, however late this arrives: what is pinned is sold, what is free is taken again, and what is not becomes a pre-order if that was accepted. `refund` says what your shop has to give back, also when only a part was to be had. The same reference again gets the same answer. */
	readonly reportPaid: {
		readonly input: {
			/** The checkout's id. */
			readonly id: string;
		} & ExternalPaid;
		readonly data: ExternalOutcome;
		readonly problem: InvalidRequestProblem | UnauthorizedProblem | UnknownCheckoutProblem | NotExternalProblem | PaidOtherwiseProblem | BodyTooLargeProblem | UnsupportedMediaTypeProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** Gives the units back. What is said to be paid after that is to be refunded. */
	readonly abandonCheckout: {
		readonly input: {
			/** The checkout's id. */
			readonly id: string;
		};
		readonly data: MerchantCheckout;
		readonly problem: UnauthorizedProblem | UnknownCheckoutProblem | NotExternalProblem | NotCancellableProblem | UnsupportedMediaTypeProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** The newest first, as D1 has them: an order arrives there a moment after it was paid. Filters add up. */
	readonly listOrders: {
		readonly input: {
			/** Only rows in this status. */
			readonly status?: "paid" | "partially_refunded" | "refunded" | "disputed";
			/** Only rows of this SKU. */
			readonly sku?: string;
			/** Only orders with this e-mail address. Letters from A to Z are found in either case; other ones, and Punycode, as they are in the order. */
			readonly email?: string;
			/** Only orders of this shopper. */
			readonly shopperId?: string;
			/** Only orders that were paid then or later. */
			readonly from?: string;
			/** Only orders that were paid before then. */
			readonly to?: string;
			/** `nextCursor` of the page before; empty for the first page. */
			readonly cursor?: string;
			/** Rows on the page. */
			readonly limit?: number;
		};
		readonly data: AdminOrderPage;
		readonly problem: InvalidRequestProblem | UnauthorizedProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** As its checkout has it, which knows an order before D1 does. */
	readonly getAnyOrder: {
		readonly input: {
			/** The order's id. */
			readonly id: string;
		};
		readonly data: AdminOrder;
		readonly problem: UnauthorizedProblem | UnknownOrderProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** Sets each name that is given and leaves the others. Null or an empty text takes a name away. */
	readonly changeOrder: {
		readonly input: {
			/** The order's id. */
			readonly id: string;
		} & OrderChange;
		readonly data: AdminOrder;
		readonly problem: InvalidRequestProblem | UnauthorizedProblem | UnknownOrderProblem | BodyTooLargeProblem | UnsupportedMediaTypeProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** Gives back the price of whole lines or of some units, and with `restock` the units too; shipping, tax and fees by naming them; or all that is left. Discounts come off the lines: never more goes back than was paid. A pre-order that is still owed is cancelled. What the provider has not given back yet is shown as `refundPending`, and retried. When it cannot be given back, `unsettled` says why, and the same request again makes one more try. */
	readonly refundOrder: {
		readonly input: {
			/** The order's id. */
			readonly id: string;
		} & RefundRequest;
		readonly data: AdminOrder;
		readonly problem: InvalidRequestProblem | UnauthorizedProblem | UnknownOrderProblem | NotRefundableProblem | PaymentDisputedProblem | BodyTooLargeProblem | UnsupportedMediaTypeProblem | IdempotencyKeyReusedProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** Forgets e-mail addresses, `shipTo` and `metadata` at once, and empties checkouts that ended without a sale. It cannot be undone. Orders stay without them, and can be refunded. What is still needed is named and kept: a checkout that may yet be paid, a pre-order that is owed, money that cannot be settled. One call goes through a page, of the SKUs first, which know what was bought or called off a moment ago: call it again with `nextCursor` until that is null. Again later it does no harm, and erases what has ended meanwhile: `mayFollow` says whether that is needed. What the shopper does during the call may come after it. */
	readonly eraseShopper: {
		readonly input: {
			/** The shopper's id. */
			readonly id: string;
			/** `nextCursor` of the page before; empty for the first page. */
			readonly cursor?: string;
		};
		readonly data: Erasure;
		readonly problem: InvalidRequestProblem | UnauthorizedProblem | BodyTooLargeProblem | UnsupportedMediaTypeProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** Forgets e-mail addresses, `shipTo` and `metadata` at once, and empties checkouts that ended without a sale. It cannot be undone. Orders stay without them, and can be refunded. What is still needed is named and kept: a checkout that may yet be paid, a pre-order that is owed, money that cannot be settled. One call goes through a page, of the SKUs first, which know what was bought or called off a moment ago: call it again with `nextCursor` until that is null. Again later it does no harm, and erases what has ended meanwhile: `mayFollow` says whether that is needed. What the shopper does during the call may come after it. Found are orders with this address, what their shoppers ended without a sale under it, and who waits for a mail to it. */
	readonly eraseByEmail: {
		readonly input: {
			/** `nextCursor` of the page before; empty for the first page. */
			readonly cursor?: string;
		} & EraseByEmailRequest;
		readonly data: Erasure;
		readonly problem: InvalidRequestProblem | UnauthorizedProblem | BodyTooLargeProblem | UnsupportedMediaTypeProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** Paid pre-orders in the order in which they are filled, as D1 has them. */
	readonly listPreorders: {
		readonly input: {
			/** Only rows of this SKU. */
			readonly sku?: string;
			/** Only rows in this status. */
			readonly status?: "owed" | "filled" | "cancelled";
			/** `nextCursor` of the page before; empty for the first page. */
			readonly cursor?: string;
			/** Rows on the page. */
			readonly limit?: number;
		};
		readonly data: PreorderPage;
		readonly problem: InvalidRequestProblem | UnauthorizedProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** Cancels a pre-order that is still owed, and gives its money back. */
	readonly cancelPreorder: {
		readonly input: {
			/** The pre-order's id. */
			readonly id: string;
		};
		readonly data: Preorder;
		readonly problem: UnauthorizedProblem | UnknownPreorderProblem | PreorderFilledProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** Events are sent to this URL from now on, signed with the secret of the answer. Of checkouts that were opened before, and for some ten seconds after, the end without a sale may not be told. */
	readonly createWebhook: {
		readonly input: WebhookRequest;
		readonly data: WebhookWithSecret;
		readonly problem: InvalidRequestProblem | UnauthorizedProblem | TooManyWebhooksProblem | BodyTooLargeProblem | UnsupportedMediaTypeProblem | IdempotencyKeyReusedProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** All of them, oldest first, on one page. */
	readonly listWebhooks: {
		readonly input: {};
		readonly data: WebhookPage;
		readonly problem: UnauthorizedProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** Get a webhook and how its deliveries go */
	readonly getWebhook: {
		readonly input: {
			/** The webhook's id. */
			readonly id: string;
		};
		readonly data: WebhookReport;
		readonly problem: UnauthorizedProblem | UnknownWebhookProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** Change, pause or enable a webhook */
	readonly changeWebhook: {
		readonly input: {
			/** The webhook's id. */
			readonly id: string;
		} & WebhookPatch;
		readonly data: WebhookReport;
		readonly problem: InvalidRequestProblem | UnauthorizedProblem | UnknownWebhookProblem | BodyTooLargeProblem | UnsupportedMediaTypeProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** With its secret and its deliveries. Once more, there is no such webhook. */
	readonly deleteWebhook: {
		readonly input: {
			/** The webhook's id. */
			readonly id: string;
		};
		readonly data: WebhookEndpoint;
		readonly problem: UnauthorizedProblem | UnknownWebhookProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** The secret before signs too for a day, so that a receiver may have either. */
	readonly rotateWebhookSecret: {
		readonly input: {
			/** The webhook's id. */
			readonly id: string;
		};
		readonly data: WebhookWithSecret;
		readonly problem: InvalidRequestProblem | UnauthorizedProblem | UnknownWebhookProblem | UnsupportedMediaTypeProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** Waits for the receiver's first answer, and shows it. A paused or disabled webhook is pinged too. */
	readonly pingWebhook: {
		readonly input: {
			/** The webhook's id. */
			readonly id: string;
		};
		readonly data: WebhookDelivery;
		readonly problem: UnauthorizedProblem | UnknownWebhookProblem | UnsupportedMediaTypeProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** The newest first. Those that have ended are kept for a week. */
	readonly listWebhookDeliveries: {
		readonly input: {
			/** The webhook's id. */
			readonly id: string;
			/** Only rows in this status. */
			readonly status?: "pending" | "delivered" | "failed";
			/** `nextCursor` of the page before; empty for the first page. */
			readonly cursor?: string;
			/** Rows on the page. */
			readonly limit?: number;
		};
		readonly data: WebhookDeliveryPage;
		readonly problem: InvalidRequestProblem | UnauthorizedProblem | UnknownWebhookProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** Under the same `webhook-id`, whether it had failed or not. */
	readonly replayWebhookDelivery: {
		readonly input: {
			/** The webhook's id. */
			readonly id: string;
			/** The delivery's id. */
			readonly deliveryId: string;
		};
		readonly data: WebhookDelivery;
		readonly problem: UnauthorizedProblem | UnknownWebhookProblem | UnknownDeliveryProblem | UnsupportedMediaTypeProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** Every event that was delivered or given up: for a receiver that was restored from a backup. */
	readonly replayWebhook: {
		readonly input: {
			/** The webhook's id. */
			readonly id: string;
		} & ReplayRequest;
		readonly data: Replay;
		readonly problem: InvalidRequestProblem | UnauthorizedProblem | UnknownWebhookProblem | BodyTooLargeProblem | UnsupportedMediaTypeProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** Compares each SKU's counters with its rows, and with the orders in D1. An order on its way to D1 counts as a difference. It also shows how many checkouts cannot settle their money or units, the oldest of them, and webhooks that are disabled. */
	readonly reconcile: {
		readonly input: {
			/** `nextCursor` of the page before; empty for the first page. */
			readonly cursor?: string;
			/** Rows on the page. */
			readonly limit?: number;
		};
		readonly data: Reconciliation;
		readonly problem: InvalidRequestProblem | UnauthorizedProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** Tries again what could not be settled, moves on checkouts past their deadlines, sends orders that D1 lacks again, takes back units that were sold to a checkout that ended without them, and compares payments with their provider. A cron does this every few minutes. One call sweeps a page of each list, and `limit` SKUs: call it again with `nextCursor` until that is null. */
	readonly sweep: {
		readonly input: {
			/** `nextCursor` of the page before; empty for the first page. */
			readonly cursor?: string;
			/** Rows on the page. */
			readonly limit?: number;
		};
		readonly data: Sweep;
		readonly problem: InvalidRequestProblem | UnauthorizedProblem | UnsupportedMediaTypeProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** For Prometheus: units by SKU and state as the last sweep read them from the objects, what cannot be settled, and how old the sweep is. It costs a few statements to D1, however many SKUs there are. */
	readonly getMetrics: {
		readonly input: {};
		readonly data: null;
		readonly problem: UnauthorizedProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
	/** Get a checkout and its history */
	readonly getCheckoutHistory: {
		readonly input: {
			/** The checkout's id. */
			readonly id: string;
		};
		readonly data: AdminCheckout;
		readonly problem: UnauthorizedProblem | UnknownCheckoutProblem | NotConfiguredProblem | TemporarilyUnavailableProblem;
	};
}

export const ADMIN_OPERATIONS = {
	createShopperToken: ["POST","/admin/v1/shoppers",[],false,true],
	defineProduct: ["PUT","/admin/v1/products/{sku}",[],false,true],
	changeProduct: ["PATCH","/admin/v1/products/{sku}",[],false,true],
	getDefinedProduct: ["GET","/admin/v1/products/{sku}",[],false,false],
	archiveProduct: ["POST","/admin/v1/products/{sku}/archive",[],false,false],
	unarchiveProduct: ["POST","/admin/v1/products/{sku}/unarchive",[],false,false],
	listDefinedProducts: ["GET","/admin/v1/products",["q","archived","cursor","limit"],false,false],
	rebuildProduct: ["POST","/admin/v1/products/{sku}/rebuild",["cursor"],false,false],
	restock: ["POST","/admin/v1/products/{sku}/restock",[],true,true],
	adjustStock: ["POST","/admin/v1/products/{sku}/adjust",[],true,true],
	getStock: ["GET","/admin/v1/products/{sku}/stock",[],false,false],
	listReservations: ["GET","/admin/v1/products/{sku}/reservations",["status","cursor","limit"],false,false],
	releaseReservationById: ["POST","/admin/v1/products/{sku}/reservations/{id}/release",[],false,false],
	getJournal: ["GET","/admin/v1/products/{sku}/journal",["after","limit"],false,false],
	openCheckoutFor: ["POST","/admin/v1/checkouts",[],true,true],
	reportPaid: ["POST","/admin/v1/checkouts/{id}/paid",[],false,true],
	abandonCheckout: ["POST","/admin/v1/checkouts/{id}/abandon",[],false,false],
	listOrders: ["GET","/admin/v1/orders",["status","sku","email","shopperId","from","to","cursor","limit"],false,false],
	getAnyOrder: ["GET","/admin/v1/orders/{id}",[],false,false],
	changeOrder: ["PATCH","/admin/v1/orders/{id}",[],false,true],
	refundOrder: ["POST","/admin/v1/orders/{id}/refund",[],true,true],
	eraseShopper: ["POST","/admin/v1/shoppers/{id}/erase",["cursor"],false,false],
	eraseByEmail: ["POST","/admin/v1/shoppers/erase",["cursor"],false,true],
	listPreorders: ["GET","/admin/v1/preorders",["sku","status","cursor","limit"],false,false],
	cancelPreorder: ["POST","/admin/v1/preorders/{id}/cancel",[],false,false],
	createWebhook: ["POST","/admin/v1/webhooks",[],true,true],
	listWebhooks: ["GET","/admin/v1/webhooks",[],false,false],
	getWebhook: ["GET","/admin/v1/webhooks/{id}",[],false,false],
	changeWebhook: ["PATCH","/admin/v1/webhooks/{id}",[],false,true],
	deleteWebhook: ["DELETE","/admin/v1/webhooks/{id}",[],false,false],
	rotateWebhookSecret: ["POST","/admin/v1/webhooks/{id}/rotate-secret",[],true,false],
	pingWebhook: ["POST","/admin/v1/webhooks/{id}/ping",[],false,false],
	listWebhookDeliveries: ["GET","/admin/v1/webhooks/{id}/deliveries",["status","cursor","limit"],false,false],
	replayWebhookDelivery: ["POST","/admin/v1/webhooks/{id}/deliveries/{deliveryId}/replay",[],false,false],
	replayWebhook: ["POST","/admin/v1/webhooks/{id}/replay",[],false,true],
	reconcile: ["GET","/admin/v1/reconciliation",["cursor","limit"],false,false],
	sweep: ["POST","/admin/v1/sweep",["cursor","limit"],false,false],
	getMetrics: ["GET","/admin/v1/metrics",[],false,false],
	getCheckoutHistory: ["GET","/admin/v1/checkouts/{id}",[],false,false],
} as const;

/** What anybody may ask, and the sandbox's card form. */
export interface ServiceOperations {
	/** Answers once every webhook that is due now was delivered, with the payment as it is by then. */
	readonly confirmSandboxPayment: {
		readonly input: {
			/** The payment's id. */
			readonly id: string;
		} & SandboxConfirmation;
		readonly data: SandboxConfirmedPayment;
		readonly problem: InvalidRequestProblem | NotFoundProblem | UnknownPaymentProblem | PaymentNotPayableProblem | BodyTooLargeProblem | UnsupportedMediaTypeProblem;
	};
	/** Plays the shopper's bank, or the merchant at the provider. Answers once every webhook that is due now was delivered, with the payment as it is by then. */
	readonly createSandboxIncident: {
		readonly input: {
			/** The payment's id. */
			readonly id: string;
		} & SandboxIncident;
		readonly data: SandboxConfirmedPayment;
		readonly problem: InvalidRequestProblem | NotFoundProblem | UnknownPaymentProblem | IncidentImpossibleProblem | BodyTooLargeProblem | UnsupportedMediaTypeProblem;
	};
	/** Get a payment as the provider has it */
	readonly getSandboxPayment: {
		readonly input: {
			/** The payment's id. */
			readonly id: string;
		};
		readonly data: SandboxPayment;
		readonly problem: NotFoundProblem | UnknownPaymentProblem;
	};
	/** Replaces the former list. */
	readonly setSandboxFaults: {
		readonly input: SandboxFaultsRequest;
		readonly data: SandboxFaults;
		readonly problem: InvalidRequestProblem | NotFoundProblem | BodyTooLargeProblem | UnsupportedMediaTypeProblem;
	};
	/** Get the faults that are still to come */
	readonly getSandboxFaults: {
		readonly input: {};
		readonly data: SandboxFaults;
		readonly problem: NotFoundProblem;
	};
	/** Sums over all payments, and a page of them. */
	readonly getSandboxBooks: {
		readonly input: {
			/** `nextCursor` of the page before; absent for the first page. */
			readonly cursor?: string;
			/** Rows on the page. */
			readonly limit?: number;
		};
		readonly data: SandboxBooks;
		readonly problem: InvalidRequestProblem | NotFoundProblem;
	};
	/** Check that the Worker runs */
	readonly getHealth: {
		readonly input: {};
		readonly data: Health;
		readonly problem: UnsupportedMediaTypeProblem;
	};
}

export const SERVICE_OPERATIONS = {
	confirmSandboxPayment: ["POST","/sandbox/payments/{id}/confirm",[],false,true],
	createSandboxIncident: ["POST","/sandbox/payments/{id}/incidents",[],false,true],
	getSandboxPayment: ["GET","/sandbox/payments/{id}",[],false,false],
	setSandboxFaults: ["POST","/sandbox/faults",[],false,true],
	getSandboxFaults: ["GET","/sandbox/faults",[],false,false],
	getSandboxBooks: ["GET","/sandbox/books",["cursor","limit"],false,false],
	getHealth: ["GET","/health",[],false,false],
} as const;
