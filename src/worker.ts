/** What the platform finds in this Worker: the app, the queue's consumer, the cron, and the classes of the objects. */
import { createApp } from "./http/app.ts";
import { webhookViews } from "./http/webhook-views.ts";
import { consumeQueue } from "./operations/queue.ts";
import { sweepEverything } from "./operations/scheduled.ts";
import type { RecordMessage } from "./orders/messages.ts";

export { CheckoutObject } from "./checkout/checkout.ts";
export { GateObject } from "./edge/gates/gate.ts";
export { SandboxObject } from "./payments/sandbox/sandbox.ts";
export { HoldingsObject } from "./shoppers/held-skus.ts";
export { SkuObject } from "./stock/sku.ts";
export { WebhookObject } from "./webhooks/endpoint.ts";

const app = createApp({ batching: true });

export default {
	fetch: app.fetch,
	queue: (batch, env) => consumeQueue(batch, env, webhookViews),
	scheduled: (_event, env) => sweepEverything(env),
} satisfies ExportedHandler<Env, RecordMessage>;
