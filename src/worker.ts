/** What the platform finds in this Worker: the app, the objects, the queue's consumer. */
import { app } from "./app.ts";
import { callCheckout } from "./objects.ts";
import { consumeOrders } from "./orders/consumer.ts";
import type { Order } from "./orders/order.ts";

export { CheckoutObject } from "./checkout/checkout.ts";
export { SandboxObject } from "./payments/sandbox-object.ts";
export { SkuObject } from "./stock/sku.ts";

export default {
	fetch: app.fetch,
	queue: (batch, env) =>
		consumeOrders(batch, env.DB, (order) =>
			callCheckout(env, order.checkoutId, (object) => object.recorded(order.version)),
		),
} satisfies ExportedHandler<Env, Order>;
