/** What the platform finds in this Worker: the app, the objects, the queue's consumer. */

import { callCheckout } from "./checkout/client.ts";
import { app } from "./http/app.ts";
import { MAX_PRODUCT_PAGE } from "./limits.ts";
import { type SweepReport, sweep } from "./operations/sweep.ts";
import { consumeRecords } from "./orders/consumer.ts";
import type { RecordMessage } from "./orders/messages.ts";
import { callSku } from "./stock/client.ts";

export { CheckoutObject } from "./checkout/checkout.ts";
export { SandboxObject } from "./payments/sandbox/sandbox.ts";
export { HoldingsObject } from "./shoppers/held-skus.ts";
export { SkuObject } from "./stock/sku.ts";

export default {
	fetch: app.fetch,
	queue: (batch, env) =>
		consumeRecords(batch, env.DB, {
			orderRecorded: (order) => callCheckout(env, order.checkoutId, (object) => object.recorded(order.version)),
			async preordersRecorded(sku, preorders) {
				// The order's line first: only what both have heard is not sent again.
				const heard = await Promise.all(
					preorders.map(({ checkoutId, status }) =>
						callCheckout(env, checkoutId, (object) => object.preorderSeen(sku, status)),
					),
				);
				const known = preorders.filter((_, i) => heard[i] !== false);
				await callSku(env, sku, (object) => object.preordersRecorded(known));
			},
		}),
	async scheduled(_event, env) {
		for (let cursor: string | null = ""; cursor !== null; ) {
			const report: SweepReport = await sweep(env, cursor, MAX_PRODUCT_PAGE, Date.now());
			const { overdue, payments, resent, unbalanced, unreachable } = report;
			if (overdue.length + payments.differing.length + resent + unbalanced.length + unreachable.length > 0) {
				console.warn(`sweep: ${JSON.stringify(report)}`);
			}
			cursor = report.nextCursor;
		}
	},
} satisfies ExportedHandler<Env, RecordMessage>;
