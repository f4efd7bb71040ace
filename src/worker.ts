/** What the platform finds in this Worker: the app, the objects, the queue's consumer. */
import { app } from "./app.ts";
import { callCheckout, callSku } from "./objects.ts";
import { consumeRecords } from "./orders/consumer.ts";
import type { RecordMessage } from "./orders/messages.ts";

export { CheckoutObject } from "./checkout/checkout.ts";
export { SandboxObject } from "./payments/sandbox-object.ts";
export { SkuObject } from "./stock/sku.ts";

export default {
	fetch: app.fetch,
	queue: (batch, env) =>
		consumeRecords(batch, env.DB, {
			orderRecorded: (order) => callCheckout(env, order.checkoutId, (object) => object.recorded(order.version)),
			async preordersRecorded(sku, preorders) {
				// The order's line first: only what both have heard is not sent again.
				await Promise.all(
					preorders.map(({ checkoutId, status }) =>
						callCheckout(env, checkoutId, (object) => object.preorderSeen(sku, status)),
					),
				);
				await callSku(env, sku, (object) => object.preordersRecorded(preorders));
			},
		}),
} satisfies ExportedHandler<Env, RecordMessage>;
