/** The body of a webhook: what Standard Webhooks says, and no larger than it says. */
import { MAX_WEBHOOK_BYTES } from "../limits.ts";
import type { WebhookEvent } from "./event.ts";

/**
 * `{type, timestamp, data}`. Data that is too large, of an order with much metadata, is cut to its members that are no
 * lists or objects, with `truncated: true`: the receiver reads the rest from the API.
 */
export function payloadOf({ type, atMs, data }: Pick<WebhookEvent, "type" | "atMs" | "data">): string {
	const payload = { type, timestamp: new Date(atMs).toISOString(), data };
	const body = JSON.stringify(payload);
	// UTF-8 takes at most three bytes for a unit of UTF-16.
	if (body.length * 3 <= MAX_WEBHOOK_BYTES || new TextEncoder().encode(body).length <= MAX_WEBHOOK_BYTES) return body;
	const plain = Object.entries(data).filter(([, value]) => typeof value !== "object" || value === null);
	return JSON.stringify({ ...payload, data: { ...Object.fromEntries(plain), truncated: true } });
}
