/** The merchant's webhooks: `/admin/v1/webhooks`. */
import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { WEBHOOK_ID_PATTERN } from "../../ids.ts";
import { MAX_ID, MAX_WEBHOOKS } from "../../limits.ts";
import { fingerprint } from "../../platform/hash.ts";
import { newId } from "../../platform/id.ts";
import { pageOf } from "../../platform/page.ts";
import { forgetAudience } from "../../webhooks/audience.ts";
import { callEndpoint, endpointIdOf } from "../../webhooks/client.ts";
import { deleteEndpoint, listEndpoints } from "../../webhooks/endpoint-store.ts";
import type { Subscription } from "../../webhooks/event.ts";
import type { WebhookRpc } from "../../webhooks/rpc.ts";
import type { AppEnv } from "../context.ts";
import { Problem } from "../problems.ts";
import {
	ADMIN,
	BODY_PROBLEMS,
	IdempotencyHeader,
	invalidRequest,
	json,
	jsonBody,
	LOCATION,
	newRouter,
	ownKeyUnless,
	problemResponses,
	TOKEN_PROBLEMS,
} from "../route.ts";
import { idPath } from "../shapes/common.ts";
import {
	DeliveriesQuery,
	DeliveriesResponse,
	DeliveryResponse,
	deliveryView,
	ReplayBody,
	ReplayResponse,
	WebhookBody,
	WebhookPatchBody,
	WebhookReportResponse,
	WebhookResponse,
	WebhooksResponse,
	WebhookWithSecretResponse,
	webhookReportView,
	webhookView,
} from "../shapes/webhook.ts";
import { requireAddress } from "../webhook-address.ts";

const shared = { tags: ["Merchant: webhooks"], security: ADMIN };
const byId = { params: idPath("The webhook's id.") };

const create = createRoute({
	...shared,
	method: "post",
	path: "/admin/v1/webhooks",
	operationId: "createWebhook",
	summary: "Create a webhook",
	description:
		"Events are sent to this URL from now on, signed with the secret of the answer. Of checkouts that were opened before, " +
		"and for some ten seconds after, the end without a sale may not be told.",
	request: { headers: IdempotencyHeader, ...jsonBody(WebhookBody) },
	responses: {
		201: json("The webhook, with its secret.", WebhookWithSecretResponse, LOCATION),
		...problemResponses(...TOKEN_PROBLEMS, ...BODY_PROBLEMS, "too-many-webhooks", "idempotency-key-reused"),
	},
});

const list = createRoute({
	...shared,
	method: "get",
	path: "/admin/v1/webhooks",
	operationId: "listWebhooks",
	summary: "List webhooks",
	description: "All of them, oldest first, on one page.",
	responses: { 200: json("The webhooks.", WebhooksResponse), ...problemResponses(...TOKEN_PROBLEMS) },
});

const read = createRoute({
	...shared,
	method: "get",
	path: "/admin/v1/webhooks/{id}",
	operationId: "getWebhook",
	summary: "Get a webhook and how its deliveries go",
	request: byId,
	responses: {
		200: json("The webhook.", WebhookReportResponse),
		...problemResponses(...TOKEN_PROBLEMS, "unknown-webhook"),
	},
});

const change = createRoute({
	...shared,
	method: "patch",
	path: "/admin/v1/webhooks/{id}",
	operationId: "changeWebhook",
	summary: "Change, pause or enable a webhook",
	request: { ...byId, ...jsonBody(WebhookPatchBody) },
	responses: {
		200: json("The webhook.", WebhookReportResponse),
		...problemResponses(...TOKEN_PROBLEMS, ...BODY_PROBLEMS, "unknown-webhook"),
	},
});

const remove = createRoute({
	...shared,
	method: "delete",
	path: "/admin/v1/webhooks/{id}",
	operationId: "deleteWebhook",
	summary: "Delete a webhook",
	description: "With its secret and its deliveries. Once more, there is no such webhook.",
	request: byId,
	responses: {
		200: json("The webhook as it was.", WebhookResponse),
		...problemResponses(...TOKEN_PROBLEMS, "unknown-webhook"),
	},
});

const rotate = createRoute({
	...shared,
	method: "post",
	path: "/admin/v1/webhooks/{id}/rotate-secret",
	operationId: "rotateWebhookSecret",
	summary: "Rotate the secret of a webhook",
	description: "The secret before signs too for a day, so that a receiver may have either.",
	request: { ...byId, headers: IdempotencyHeader },
	responses: {
		200: json("The webhook, with its new secret.", WebhookWithSecretResponse),
		...problemResponses(...TOKEN_PROBLEMS, "invalid-request", "unsupported-media-type", "unknown-webhook"),
	},
});

const ping = createRoute({
	...shared,
	method: "post",
	path: "/admin/v1/webhooks/{id}/ping",
	operationId: "pingWebhook",
	summary: "Send a test event",
	description: "Waits for the receiver's first answer, and shows it. A paused or disabled webhook is pinged too.",
	request: byId,
	responses: {
		200: json("The delivery after its first attempt.", DeliveryResponse),
		...problemResponses(...TOKEN_PROBLEMS, "unsupported-media-type", "unknown-webhook"),
	},
});

const deliveries = createRoute({
	...shared,
	method: "get",
	path: "/admin/v1/webhooks/{id}/deliveries",
	operationId: "listWebhookDeliveries",
	summary: "List the deliveries of a webhook",
	description: "The newest first. Those that have ended are kept for a week.",
	request: { ...byId, query: DeliveriesQuery },
	responses: {
		200: json("A page of deliveries.", DeliveriesResponse),
		...problemResponses(...TOKEN_PROBLEMS, "invalid-request", "unknown-webhook"),
	},
});

const replay = createRoute({
	...shared,
	method: "post",
	path: "/admin/v1/webhooks/{id}/deliveries/{deliveryId}/replay",
	operationId: "replayWebhookDelivery",
	summary: "Deliver an event again",
	description: "Under the same `webhook-id`, whether it had failed or not.",
	request: {
		params: byId.params.extend({
			deliveryId: z
				.string()
				.max(MAX_ID)
				.openapi({ param: { name: "deliveryId", in: "path", description: "The delivery's id." } }),
		}),
	},
	responses: {
		200: json("The delivery, which is due now.", DeliveryResponse),
		...problemResponses(...TOKEN_PROBLEMS, "unsupported-media-type", "unknown-webhook", "unknown-delivery"),
	},
});

const replaySince = createRoute({
	...shared,
	method: "post",
	path: "/admin/v1/webhooks/{id}/replay",
	operationId: "replayWebhook",
	summary: "Deliver again what came since a moment",
	description: "Every event that was delivered or given up: for a receiver that was restored from a backup.",
	request: { ...byId, ...jsonBody(ReplayBody) },
	responses: {
		200: json("How many are delivered again.", ReplayResponse),
		...problemResponses(...TOKEN_PROBLEMS, ...BODY_PROBLEMS, "unknown-webhook"),
	},
});

/** @throws Problem `unknown-webhook` when there is none */
function requireWebhook<T>(answer: T | null): T {
	if (answer === null) throw new Problem("unknown-webhook", "There is no webhook with this id.");
	return answer;
}

/** Null for an id that is none of ours: no object is called by it. */
async function callWebhook<R>(
	c: Context<AppEnv>,
	id: string,
	call: (object: WebhookRpc) => Promise<R>,
): Promise<R | null> {
	return WEBHOOK_ID_PATTERN.test(id) ? callEndpoint(c.env, id, call) : null;
}

const toSubscription = (events: z.output<typeof WebhookBody>["events"]): Subscription =>
	events.includes("*") ? "*" : events.filter((type) => type !== "*");

export const adminWebhooks = newRouter()
	.openapi(create, async (c) => {
		const body = c.req.valid("json");
		const id = await endpointIdOf(ownKeyUnless(c.req.header("idempotency-key")));
		requireAddress(body.url, c.env);
		const known = await listEndpoints(c.env.DB);
		if (known.length >= MAX_WEBHOOKS && !known.some((endpoint) => endpoint.id === id)) {
			const detail = `A shop has at most ${MAX_WEBHOOKS} webhooks.`;
			throw new Problem("too-many-webhooks", detail, { members: { limit: MAX_WEBHOOKS } });
		}
		const { url, description, events } = body;
		const request = { id, url, description, events: toSubscription(events), fingerprint: await fingerprint(body) };
		const result = await callEndpoint(c.env, id, (object) => object.create(request));
		if (result.kind === "key-reused") {
			throw new Problem("idempotency-key-reused", "This key belongs to a webhook with another body.");
		}
		forgetAudience();
		c.header("location", `/admin/v1/webhooks/${id}`);
		return c.json({ ...webhookReportView(result.endpoint), secret: result.secret }, 201);
	})
	.openapi(list, async (c) => {
		const webhooks = await listEndpoints(c.env.DB);
		return c.json({ webhooks: webhooks.map(webhookView), nextCursor: null }, 200);
	})
	.openapi(read, async (c) => {
		const { id } = c.req.valid("param");
		const report = requireWebhook(await callWebhook(c, id, (object) => object.read()));
		return c.json(webhookReportView(report), 200);
	})
	.openapi(change, async (c) => {
		const { id } = c.req.valid("param");
		const { events, url, description, paused } = c.req.valid("json");
		if (url !== undefined) requireAddress(url, c.env);
		const wanted = {
			...(url === undefined ? {} : { url }),
			...(description === undefined ? {} : { description }),
			...(events === undefined ? {} : { events: toSubscription(events) }),
			...(paused === undefined ? {} : { paused }),
		};
		const report = requireWebhook(await callWebhook(c, id, (object) => object.change(wanted)));
		forgetAudience();
		return c.json(webhookReportView(report), 200);
	})
	.openapi(remove, async (c) => {
		const { id } = c.req.valid("param");
		const listed = (await listEndpoints(c.env.DB)).find((endpoint) => endpoint.id === id) ?? null;
		// The object first: it would send D1 its copy again.
		const removed = await callWebhook(c, id, (object) => object.remove());
		await deleteEndpoint(c.env.DB, id);
		forgetAudience();
		return c.json(webhookView(requireWebhook(removed ?? listed)), 200);
	})
	.openapi(rotate, async (c) => {
		const { id } = c.req.valid("param");
		const key = ownKeyUnless(c.req.header("idempotency-key"));
		const rotated = requireWebhook(await callWebhook(c, id, (object) => object.rotateSecret(key)));
		return c.json({ ...webhookReportView(rotated.endpoint), secret: rotated.secret }, 200);
	})
	.openapi(ping, async (c) => {
		const { id } = c.req.valid("param");
		const pingId = `msg_${newId().replaceAll("-", "")}`;
		const delivery = requireWebhook(await callWebhook(c, id, (object) => object.ping(pingId)));
		return c.json(deliveryView(delivery), 200);
	})
	.openapi(deliveries, async (c) => {
		const { id } = c.req.valid("param");
		const { status = null, cursor, limit } = c.req.valid("query");
		if (!/^\d{0,15}$/.test(cursor)) throw invalidRequest([{ path: ["cursor"], message: "not a cursor of this list" }]);
		const beforeSeq = cursor === "" ? null : Number(cursor);
		const rows = await callWebhook(c, id, (object) => object.deliveries(status, beforeSeq, limit + 1));
		const { shown, nextCursor } = pageOf(requireWebhook(rows), limit, ({ seq }) => String(seq));
		return c.json({ deliveries: shown.map(deliveryView), nextCursor }, 200);
	})
	.openapi(replay, async (c) => {
		const { id, deliveryId } = c.req.valid("param");
		const delivery = requireWebhook(await callWebhook(c, id, (object) => object.replay(deliveryId)));
		if (delivery === "unknown") throw new Problem("unknown-delivery", "The webhook has no delivery with this id.");
		return c.json(deliveryView(delivery), 200);
	})
	.openapi(replaySince, async (c) => {
		const { id } = c.req.valid("param");
		const sinceMs = Date.parse(c.req.valid("json").since);
		const replayed = await callWebhook(c, id, (object) => object.replaySince(sinceMs, Date.now()));
		return c.json({ replayed: requireWebhook(replayed) }, 200);
	});
