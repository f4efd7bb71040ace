/**
 * `POST /webhooks/{provider}`: news from the payment provider.
 *
 * What it keeps true: only what the provider signed is believed, and the signature is checked over the bytes as they came.
 * An event that was understood is answered 200, also when it changed nothing: anything else makes the provider send it
 * again for days. Only when we could not take it in (a fault of ours) is it told to try again.
 */

import { callCheckout } from "../../checkout/client.ts";
import { endReasonOf } from "../../checkout/status.ts";
import { RETRY_AFTER_SECONDS } from "../../limits.ts";
import { paymentProvider } from "../../payments/configured.ts";
import { assertNever } from "../../platform/assert.ts";
import { changed } from "../context.ts";
import { Problem, retryAfter } from "../problems.ts";
import { newRouter } from "../route.ts";

export const webhooks = newRouter();

webhooks.post("/webhooks/:provider", async (c) => {
	const configured = paymentProvider(c.env);
	if (configured.kind === "not-configured")
		throw new Problem("not-configured", "This deployment has no payment provider.");
	const { provider } = configured;
	if (provider.name !== c.req.param("provider")) throw new Problem("not-found", "Not the provider of this deployment.");
	const news = await provider.parseWebhook(await c.req.text(), c.req.raw.headers, Date.now());
	switch (news.kind) {
		case "bad-signature":
			throw new Problem("bad-signature", "The signature is missing, wrong or too old.");
		case "ignored":
			return c.json({ received: true }, 200);
		case "unknown":
			throw new Problem("temporarily-unavailable", "The provider could not be asked what this is about.", {
				headers: retryAfter(RETRY_AFTER_SECONDS),
			});
		case "event": {
			const { id, payment } = news;
			const checkout = await callCheckout(c.env, payment.checkoutId, (object) => object.paymentEvent(id, payment));
			const hasEnded = checkout !== null && endReasonOf(checkout) !== null;
			changed(c, hasEnded ? "paymentOfEndedCheckout" : "paymentOfOpenCheckout", checkout?.lines ?? []);
			return c.json({ received: true }, 200);
		}
		default:
			return assertNever(news);
	}
});
