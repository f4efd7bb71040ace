/** The endpoints of a merchant's webhooks, and what was delivered to them. */
import { z } from "@hono/zod-openapi";
import { DEFAULT_PAGE, MAX_NOTE, MAX_PAGE, MAX_URL } from "../../limits.ts";
import { time } from "../../platform/rfc3339.ts";
import { EVENT_TYPES, SUBSCRIBABLE_TYPES } from "../../webhooks/event.ts";
import {
	DELIVERY_STATUSES,
	type Delivery,
	DISABLED_REASONS,
	ENDPOINT_STATES,
	type Endpoint,
	type EndpointReport,
} from "../../webhooks/rpc.ts";
import { Cursor, DateTime, Instant, NextCursor, pageLimit, statusFilter } from "./common.ts";

// ---- Requests

const url = z
	.string()
	.min(1)
	.max(MAX_URL)
	.openapi({ description: "An https address of the public internet. A local shop takes any.", format: "uri" });

const events = z
	.array(z.enum([...SUBSCRIBABLE_TYPES, "*"]))
	.min(1)
	.max(SUBSCRIBABLE_TYPES.length)
	.refine((types) => new Set(types).size === types.length, "a type stands here once")
	.refine((types) => !types.includes("*") || types.length === 1, '"*" stands alone')
	.openapi({ description: 'Types of events, or `["*"]` for all, also those that are yet to come.' });

const description = z.string().trim().max(MAX_NOTE).nullable();

export const WebhookBody = z
	.strictObject({ url, events, description: description.default(null).openapi({ description: "Your own note." }) })
	.openapi("WebhookRequest", {
		example: {
			url: "https://erp.example.com/holdfast",
			events: ["order.created", "order.updated"],
			description: "ERP",
		},
	});

export const WebhookPatchBody = z
	.strictObject({
		url: url.optional(),
		events: events.optional(),
		description: description.optional(),
		paused: z
			.boolean()
			.optional()
			.openapi({
				description:
					"`true` keeps events for later. `false` sends them, and enables an endpoint that was disabled; what failed by " +
					"then is sent by a replay.",
			}),
	})
	.openapi("WebhookPatch", { example: { paused: true } });

export const DeliveriesQuery = z.object({
	status: statusFilter(DELIVERY_STATUSES),
	cursor: Cursor,
	limit: pageLimit(DEFAULT_PAGE, MAX_PAGE),
});

export const ReplayBody = z
	.strictObject({ since: DateTime.openapi({ description: "Deliveries of events that were taken then or later." }) })
	.openapi("ReplayRequest", { example: { since: "2026-12-12T11:00:00Z" } });

// ---- Answers

const EXAMPLE_WEBHOOK = {
	id: "wh_5f2b8c1d9e4a47f0b3c6d8e1f2a3b4c5",
	url: "https://erp.example.com/holdfast",
	description: "ERP",
	events: ["order.created", "order.updated"] as ("*" | (typeof SUBSCRIBABLE_TYPES)[number])[],
	state: "enabled" as const,
	reason: null,
	stateSince: "2026-12-01T09:00:00.000Z",
	createdAt: "2026-12-01T09:00:00.000Z",
};

export const WebhookResponse = z
	.object({
		id: z.string(),
		url: z.string(),
		description: z.string().nullable(),
		events: z.array(z.enum([...SUBSCRIBABLE_TYPES, "*"])),
		state: z.enum(ENDPOINT_STATES).openapi({
			description: "`paused`: by you, and events are kept for later. `disabled`: by us, and none are taken.",
		}),
		reason: z.enum(DISABLED_REASONS).nullable().openapi({
			description: "Why it is disabled: the receiver answered 410, or every attempt failed for three days.",
		}),
		stateSince: Instant,
		createdAt: Instant,
	})
	.openapi("WebhookEndpoint", { example: EXAMPLE_WEBHOOK });

export const WebhooksResponse = z
	.object({ webhooks: z.array(WebhookResponse), nextCursor: NextCursor })
	.openapi("WebhookPage", { example: { webhooks: [EXAMPLE_WEBHOOK], nextCursor: null } });

const EXAMPLE_REPORT = {
	...EXAMPLE_WEBHOOK,
	waiting: 0,
	failed: 0,
	failingSince: null,
	dropped: null,
	oldSecretUntil: null,
};

export const WebhookReportResponse = WebhookResponse.extend({
	waiting: z.int().openapi({ description: "Deliveries that are still to be made." }),
	failed: z.int().openapi({ description: "Deliveries that were given up and may be replayed." }),
	failingSince: Instant.nullable().openapi({
		description: "Since when every attempt failed; null when the last one succeeded.",
	}),
	dropped: z
		.object({ count: z.int(), first: Instant, last: Instant })
		.openapi("DroppedEvents")
		.nullable()
		.openapi({ description: "Events that were lost, since too many were waiting. Read what they told from the API." }),
	oldSecretUntil: Instant.nullable().openapi({
		description: "Until when the secret before the present one signs too.",
	}),
}).openapi("WebhookReport", { example: EXAMPLE_REPORT });

export const WebhookWithSecretResponse = WebhookReportResponse.extend({
	secret: z.string().openapi({ description: "Shown now and never again: verify signatures with it." }),
}).openapi("WebhookWithSecret", {
	example: { ...EXAMPLE_REPORT, secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=" },
});

const EXAMPLE_DELIVERY = {
	id: "msg_0b7c4a52e18d4f0c9a6b3d2e1f405162",
	type: "order.created" as const,
	subject: "or_5f2b8c1d9e4a47f0b3c6d8e1f2a3b4c5",
	version: 7,
	status: "delivered" as const,
	attempts: 1,
	createdAt: "2026-12-12T12:01:31.000Z",
	dueAt: null,
	lastAttemptAt: "2026-12-12T12:01:31.000Z",
	lastStatus: 204,
	lastError: null,
	endedAt: "2026-12-12T12:01:31.000Z",
};

export const DeliveryResponse = z
	.object({
		id: z.string().openapi({ description: "The `webhook-id`, the same in each attempt." }),
		type: z.enum(EVENT_TYPES),
		subject: z.string().openapi({ description: "The id of what it is about." }),
		version: z.int().openapi({ description: "Of two events about one subject, the higher is the newer." }),
		status: z.enum(DELIVERY_STATUSES),
		attempts: z.int(),
		createdAt: Instant,
		dueAt: Instant.nullable().openapi({ description: "When the next attempt is due; null when it has ended." }),
		lastAttemptAt: Instant.nullable(),
		lastStatus: z.int().nullable().openapi({ description: "The status of the receiver's last answer." }),
		lastError: z.string().nullable().openapi({
			description: "Why the last attempt failed.",
			example: "timeout",
		}),
		endedAt: Instant.nullable(),
	})
	.openapi("WebhookDelivery", { example: EXAMPLE_DELIVERY });

export const DeliveriesResponse = z
	.object({ deliveries: z.array(DeliveryResponse), nextCursor: NextCursor })
	.openapi("WebhookDeliveryPage", { example: { deliveries: [EXAMPLE_DELIVERY], nextCursor: null } });

export const ReplayResponse = z
	.object({ replayed: z.int().openapi({ description: "Deliveries that are made again." }) })
	.openapi("Replay", { example: { replayed: 12 } });

export function webhookView(e: Endpoint) {
	return {
		id: e.id,
		url: e.url,
		description: e.description,
		events: e.events === "*" ? ["*" as const] : e.events.filter((type) => type !== "ping"),
		state: e.state,
		reason: e.reason,
		stateSince: time(e.stateSinceMs),
		createdAt: time(e.createdAtMs),
	};
}

export function webhookReportView(e: EndpointReport) {
	return {
		...webhookView(e),
		waiting: e.waiting,
		failed: e.failed,
		failingSince: time(e.failingSinceMs),
		dropped: e.dropped && {
			count: e.dropped.count,
			first: time(e.dropped.firstAtMs),
			last: time(e.dropped.lastAtMs),
		},
		oldSecretUntil: time(e.oldSecretUntilMs),
	};
}

export function deliveryView(d: Delivery) {
	const { id, type, subject, version, status, attempts, lastStatus, lastError } = d;
	return {
		...{ id, type, subject, version, status, attempts, lastStatus, lastError },
		createdAt: time(d.createdAtMs),
		dueAt: time(d.dueAtMs),
		lastAttemptAt: time(d.lastAttemptAtMs),
		endedAt: time(d.endedAtMs),
	};
}
