/**
 * The RPC contract of a webhook endpoint's object. Arguments and results only ever grow, since old code may talk to new
 * code for minutes after a deploy.
 */
import type { EventType, Subscription, WebhookEvent } from "./event.ts";

export const ENDPOINT_STATES = ["enabled", "paused", "disabled"] as const;
/** `paused`: by the merchant, and events are kept for later. `disabled`: by us, and there are none. */
export type EndpointState = (typeof ENDPOINT_STATES)[number];

/** Why it is disabled: the receiver said that it is gone (410), or every attempt failed for long. */
export const DISABLED_REASONS = ["gone", "failing"] as const;
export type DisabledReason = (typeof DISABLED_REASONS)[number];

/** An endpoint as D1 has it too. */
export interface Endpoint {
	readonly id: string;
	/** Counts changes: of two copies, the higher revision is the newer. */
	readonly revision: number;
	readonly url: string;
	readonly description: string | null;
	readonly events: Subscription;
	readonly state: EndpointState;
	/** Null unless it is disabled. */
	readonly reason: DisabledReason | null;
	readonly stateSinceMs: number;
	readonly createdAtMs: number;
}

/** An endpoint, and how its deliveries go. */
export interface EndpointReport extends Endpoint {
	readonly waiting: number;
	readonly failed: number;
	/** Since when every attempt has failed; null when the last one succeeded. */
	readonly failingSinceMs: number | null;
	/** Events that there was no room for. */
	readonly dropped: { readonly count: number; readonly firstAtMs: number; readonly lastAtMs: number } | null;
	/** Until when the secret before the present one signs too; null when there is none. */
	readonly oldSecretUntilMs: number | null;
}

export const DELIVERY_STATUSES = ["pending", "delivered", "failed"] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

export interface Delivery {
	/** The `webhook-id`, the same in each attempt. */
	readonly id: string;
	/** Its place in the list. */
	readonly seq: number;
	readonly type: EventType;
	readonly subject: string;
	readonly version: number;
	readonly status: DeliveryStatus;
	readonly attempts: number;
	readonly createdAtMs: number;
	/** When it is due; null unless it is pending. */
	readonly dueAtMs: number | null;
	readonly lastAttemptAtMs: number | null;
	/** The status of the receiver's last answer; null without one. */
	readonly lastStatus: number | null;
	/** Why the last attempt failed; null when it did not. */
	readonly lastError: string | null;
	readonly endedAtMs: number | null;
}

/** An event with its `webhook-id`, and what it is instead when an earlier version was taken under that id. */
export interface NamedEvent extends WebhookEvent {
	readonly id: string;
	readonly later: { readonly id: string; readonly type: EventType } | null;
}

export interface NewEndpoint {
	readonly id: string;
	readonly url: string;
	readonly description: string | null;
	readonly events: Subscription;
	/** Digest of the request: the same key with another one is refused. */
	readonly fingerprint: string;
}

/** What is absent stays as it is. */
export type EndpointChange = Partial<Pick<Endpoint, "url" | "description" | "events">> & { readonly paused?: boolean };

export type CreateResult =
	| { readonly kind: "created"; readonly endpoint: EndpointReport; readonly secret: string }
	| { readonly kind: "key-reused" };

/**
 * The object of one endpoint. Every method may be repeated. An object that was never created, or was removed, answers
 * null and stores nothing.
 */
export interface WebhookRpc {
	/** Creates the endpoint. Repeated, it answers the same, with the secret of that time. */
	create(request: NewEndpoint): Promise<CreateResult>;
	read(): Promise<EndpointReport | null>;
	/** Changes it, and enables one that is disabled when `paused` is false. */
	change(change: EndpointChange): Promise<EndpointReport | null>;
	/** Forgets everything. @returns the endpoint as it was */
	remove(): Promise<EndpointReport | null>;
	/** A new secret; the one before signs too for `OLD_SECRET_MS`. @param key of this one request */
	rotateSecret(key: string): Promise<{ readonly endpoint: EndpointReport; readonly secret: string } | null>;
	/** Sends a ping, whatever the state, and waits for the first attempt. @param id of this one request */
	ping(id: string): Promise<Delivery | null>;
	/** Takes events to deliver, at least once each. Those that it has already it does not take again. */
	enqueue(events: readonly NamedEvent[]): Promise<void>;
	/** Newest first. @param beforeSeq where the page before ended; null for the first page */
	deliveries(
		status: DeliveryStatus | null,
		beforeSeq: number | null,
		limit: number,
	): Promise<readonly Delivery[] | null>;
	/** Delivers it again, whatever came of it. "unknown" when it has no such delivery. */
	replay(id: string): Promise<Delivery | "unknown" | null>;
	/**
	 * Takes the address of their shopper out of what was, or is to be, delivered of these orders and checkouts. An object of
	 * the version before does not have this method.
	 */
	forget(subjects: readonly string[]): Promise<void>;
	/** Delivers again what was created since then and has ended by `nowMs`. @returns how many */
	replaySince(sinceMs: number, nowMs: number): Promise<number | null>;
}
