/**
 * Makes events of what happened, and hands them to the object of each endpoint that listens to them.
 *
 * It reads in D1 who listens, each time, so an endpoint hears of every order from the moment that it exists. What an
 * endpoint could not take is not announced: whoever sent it sends it again, and an endpoint that has it already takes it
 * once. Nobody waits for a receiver here, only for the objects that store the events.
 */
import { type CheckoutEnv, callCheckout } from "../checkout/client.ts";
import type { Checkout } from "../checkout/rpc.ts";
import { CALL_TIMEOUT_MS } from "../limits.ts";
import type { RecordMessage, SettlementRecord, Traced } from "../orders/messages.ts";
import type { Order } from "../orders/order.ts";
import type { PreorderRecord } from "../orders/preorder.ts";
import { assertNever } from "../platform/assert.ts";
import { lateObject, messageOf } from "../platform/errors.ts";
import { log } from "../platform/log.ts";
import { withTimeout } from "../platform/timeout.ts";
import { callEndpoint, named, type WebhookEnv } from "../webhooks/client.ts";
import { listeningEndpoints, typesOf } from "../webhooks/endpoint-store.ts";
import { type EventType, listensTo, type WebhookEvent } from "../webhooks/event.ts";
import type { Endpoint } from "../webhooks/rpc.ts";

export type AnnounceEnv = CheckoutEnv & WebhookEnv & Pick<Env, "DB">;

type Data = WebhookEvent["data"];

/** The public form of what events carry: what the API answers, and the version. */
export interface EventViews {
	order(order: Order): Data;
	checkout(checkout: Checkout): Data;
	preorder(preorder: PreorderRecord): Data;
	dispute(record: SettlementRecord): Data;
}

const PREORDER_TYPES = {
	owed: "preorder.created",
	filled: "preorder.filled",
	cancelled: "preorder.cancelled",
} as const satisfies Record<PreorderRecord["status"], EventType>;

/**
 * Announces what these messages tell. @returns those messages of which every endpoint has taken what it listens to
 * @throws Error when D1 does not say who listens
 */
export async function announce(
	env: AnnounceEnv,
	messages: readonly RecordMessage[],
	views: EventViews,
): Promise<readonly RecordMessage[]> {
	const endpoints = await listeningEndpoints(env.DB);
	if (endpoints.length === 0) return messages;
	const heard = typesOf(endpoints);
	const made = await Promise.all(
		messages.map((message) =>
			eventsOf(env, message, heard, views).catch((error: unknown) => {
				const { kind, requestId }: RecordMessage & Traced = message;
				log("records-not-announced", { kind, requestId, error: messageOf(error) });
				return null;
			}),
		),
	);
	const missed = await enqueue(
		env,
		endpoints,
		made.flatMap((events) => events ?? []),
	);
	const isTaken = (events: readonly WebhookEvent[] | null) =>
		events?.every(({ type }) => !missed.some((endpoint) => listensTo(endpoint.events, type))) ?? false;
	return messages.filter((_, i) => isTaken(made[i] ?? null));
}

/** Announces events that nobody keeps: whoever finds the same again announces it again. */
export async function announceFound(
	env: Omit<AnnounceEnv, "CHECKOUT">,
	events: readonly WebhookEvent[],
): Promise<void> {
	if (events.length > 0) await enqueue(env, await listeningEndpoints(env.DB), events);
}

/** @returns the endpoints that did not take what they listen to */
async function enqueue(
	env: WebhookEnv,
	endpoints: readonly Endpoint[],
	events: readonly WebhookEvent[],
): Promise<readonly Endpoint[]> {
	const all = await Promise.all(events.map(named));
	const missed: Endpoint[] = [];
	await Promise.all(
		endpoints.map(async (endpoint) => {
			const its = all.filter(({ type }) => listensTo(endpoint.events, type));
			if (its.length === 0) return;
			try {
				const call = callEndpoint(env, endpoint.id, (object) => object.enqueue(its));
				await withTimeout(call, CALL_TIMEOUT_MS, lateObject);
			} catch (error) {
				log("webhook-not-reached", { webhookId: endpoint.id, events: its.length, error: messageOf(error) });
				missed.push(endpoint);
			}
		}),
	);
	return missed;
}

/** The events of a message that somebody listens to. */
async function eventsOf(
	env: CheckoutEnv,
	message: RecordMessage,
	heard: ReadonlySet<EventType>,
	views: EventViews,
): Promise<readonly WebhookEvent[]> {
	const events: WebhookEvent[] = [];
	const add = (type: EventType, subject: string, version: number, atMs: number, data: () => Data) => {
		if (heard.has(type)) events.push({ type, subject, version, atMs, data: data() });
	};
	/** Adds an event of a checkout as it is now. */
	const addCheckout = async (type: EventType, id: string) => {
		const checkout = heard.has(type) ? await callCheckout(env, id, (object) => object.read()) : null;
		if (checkout !== null) add(type, id, checkout.version, Date.now(), () => views.checkout(checkout));
	};
	switch (message.kind) {
		case "order": {
			const { order, toldVersion = 0 } = message;
			if (order.version <= toldVersion) break;
			const type = toldVersion === 0 ? "order.created" : "order.updated";
			add(type, order.id, order.version, toldVersion === 0 ? order.completedAtMs : Date.now(), () =>
				views.order(order),
			);
			if (toldVersion === 0) await addCheckout("checkout.completed", order.checkoutId);
			break;
		}
		case "ended-checkout":
			if (!message.isUnheard) await addCheckout("checkout.ended", message.checkoutId);
			break;
		case "preorder": {
			const { preorder, isTold = false } = message;
			const { id, version, status, createdAtMs, endedAtMs } = preorder;
			if (!isTold) add(PREORDER_TYPES[status], id, version, endedAtMs ?? createdAtMs, () => views.preorder(preorder));
			break;
		}
		case "settlement": {
			const { record } = message;
			const isOpen = record.reason === "disputed" && record.settledAtMs === null;
			if (isOpen) add("dispute.opened", record.checkoutId, record.version, record.sinceMs, () => views.dispute(record));
			break;
		}
		case "mail":
			break;
		case "news":
			events.push(...message.events.filter(({ type }) => heard.has(type)));
			break;
		default:
			return assertNever(message);
	}
	return events;
}
