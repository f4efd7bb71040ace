/**
 * The catalogue of events that a merchant's own servers can listen to, and what an event is on its way to them.
 *
 * An event carries the whole state of its subject with a version, and never a delta: a receiver may drop what is older
 * than what it has, and may get the same event twice. The schemas of the data are in `http/shapes/webhook-event.ts`.
 */

export const EVENT_TYPES = [
	"order.created",
	"order.updated",
	"checkout.completed",
	"checkout.ended",
	"reservation.promoted",
	"reservation.expired",
	"preorder.created",
	"preorder.filled",
	"preorder.cancelled",
	"stock.changed",
	"sale.sold_out",
	"sale.restocked",
	"dispute.opened",
	"books.unbalanced",
	"ping",
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** Types that an endpoint can ask for: a ping is sent to one endpoint, by hand. */
export const SUBSCRIBABLE_TYPES = EVENT_TYPES.filter((type) => type !== "ping");

/** What an endpoint listens to. */
export type Subscription = readonly EventType[] | "*";

export interface WebhookEvent {
	readonly type: EventType;
	/** The id of what it is about. */
	readonly subject: string;
	/** Of two events about one subject, the higher version is the newer. */
	readonly version: number;
	readonly atMs: number;
	/** In the public form. */
	readonly data: Readonly<Record<string, unknown>>;
}

/** Happens once to a subject, whatever its version is when that is told. */
const ONCE: ReadonlySet<EventType> = new Set<EventType>(["order.created", "checkout.completed"]);

/** What a newer version of something is called that was told before as `type`; null where the first word is the last. */
export const laterTypeOf = (type: EventType): EventType | null => (type === "order.created" ? "order.updated" : null);

/** Of two events with the same name one is enough. Its hash is the `webhook-id`. */
export const nameOf = ({ type, subject, version }: Pick<WebhookEvent, "type" | "subject" | "version">): string =>
	`${type}\n${subject}\n${ONCE.has(type) ? "once" : version}`;

export const listensTo = (events: Subscription, type: EventType): boolean => events === "*" || events.includes(type);
