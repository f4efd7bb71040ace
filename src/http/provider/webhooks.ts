/**
 * `POST /webhooks/{provider}`: events from the payment provider.
 *
 * Only what the provider signed is believed, and the signature is checked over the bytes as they came. That is why the
 * body is declared for the document alone and no schema parses it. An event that was understood is answered 200, also
 * when it changed nothing: for any other status the provider sends it again for days. 503 asks for that, when an error
 * of ours kept the event from being handled.
 */
import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { callCheckout } from "../../checkout/client.ts";
import { endReasonOf } from "../../checkout/status.ts";
import { RETRY_AFTER_SECONDS } from "../../limits.ts";
import { paymentProvider } from "../../payments/configured.ts";
import { assertNever } from "../../platform/assert.ts";
import { type AppEnv, changed } from "../context.ts";
import { Problem, retryAfter } from "../problems.ts";
import { json, jsonBody, newRouter, OPEN, problemResponses } from "../route.ts";
import { WebhookBody, WebhookResponse } from "../shapes/service.ts";

const receiveWebhook = createRoute({
	method: "post",
	path: "/webhooks/{provider}",
	operationId: "receiveWebhook",
	summary: "Receive an event from the payment provider",
	description: "The provider's signature in a header of its own stands in for a token.",
	tags: ["Webhooks"],
	security: OPEN,
	request: {
		params: z.object({
			provider: z.string().openapi({ param: { name: "provider", in: "path", description: "The provider's name." } }),
		}),
		...jsonBody(WebhookBody),
	},
	responses: {
		200: json("The event was understood, whether or not it changed anything.", WebhookResponse),
		...problemResponses("bad-signature", "not-found", "body-too-large", "not-configured", "temporarily-unavailable"),
	},
});

/**
 * The event has ended a checkout, which answers before it gives back its units. What this isolate remembers of them is
 * stale after that.
 */
async function noteWhatItFrees(c: Context<AppEnv>, checkoutId: string): Promise<void> {
	const checkout = await callCheckout(c.env, checkoutId, (object) => object.read());
	if (checkout !== null) changed(c, "paymentOfEndedCheckout", checkout.lines, checkout);
}

export const webhooks = newRouter();

webhooks.openAPIRegistry.registerPath(receiveWebhook);
webhooks.post("/webhooks/:provider", async (c) => {
	const configured = paymentProvider(c.env);
	if (configured.kind === "not-configured")
		throw new Problem("not-configured", "This deployment has no payment provider.");
	const { provider } = configured;
	if (provider.name !== c.req.param("provider"))
		throw new Problem("not-found", "This deployment does not use this payment provider.");
	const event = await provider.parseWebhook(await c.req.text(), c.req.raw.headers, Date.now());
	switch (event.kind) {
		case "bad-signature":
			throw new Problem("bad-signature", "The signature is missing, wrong or too old.");
		case "ignored":
			return c.json({ received: true }, 200);
		case "unknown":
			throw new Problem(
				"temporarily-unavailable",
				"The payment could not be read from the provider. Send the event again.",
				{
					headers: retryAfter(RETRY_AFTER_SECONDS),
				},
			);
		case "event": {
			const { id, payment } = event;
			// Half an event: the provider signed it, but it is about nothing.
			if (typeof payment?.checkoutId !== "string") return c.json({ received: true }, 200);
			const checkout = await callCheckout(c.env, payment.checkoutId, (object) => object.paymentEvent(id, payment));
			changed(c, "paymentOfOpenCheckout", checkout?.lines ?? []);
			if (checkout !== null && endReasonOf(checkout) !== null)
				c.executionCtx.waitUntil(noteWhatItFrees(c, checkout.id));
			return c.json({ received: true }, 200);
		}
		default:
			return assertNever(event);
	}
});
