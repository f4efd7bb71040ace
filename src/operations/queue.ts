/** What the queue delivers: records are written to D1, and the objects that sent them are told that D1 has them. */
import { type CheckoutEnv, callCheckout } from "../checkout/client.ts";
import { consumeRecords } from "../orders/consumer.ts";
import type { RecordMessage } from "../orders/messages.ts";
import { callSku, type StockEnv } from "../stock/client.ts";

export function consumeQueue(
	batch: MessageBatch<RecordMessage>,
	env: StockEnv & CheckoutEnv & Pick<Env, "DB">,
): Promise<void> {
	return consumeRecords(batch, env.DB, {
		orderRecorded: (order) => callCheckout(env, order.checkoutId, (object) => object.recorded(order.version)),
		async preordersRecorded(sku, preorders) {
			// The checkout comes first: the SKU sends a pre-order again until it is confirmed here, and one that its checkout
			// could not take up yet has to come again.
			const takenUp = await Promise.all(
				preorders.map(({ checkoutId, status }) =>
					callCheckout(env, checkoutId, (object) => object.preorderSeen(sku, status)),
				),
			);
			const recorded = preorders.filter((_, i) => takenUp[i] !== false);
			await callSku(env, sku, (object) => object.preordersRecorded(recorded));
		},
		settlementRecorded: ({ checkoutId, version }) =>
			callCheckout(env, checkoutId, (object) => object.settlementRecorded(version)),
	});
}
