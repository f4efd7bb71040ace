/**
 * What the queue delivers: records are written to D1, webhooks are told, then the objects that sent them, and mails are
 * sent.
 */
import { callCheckout } from "../checkout/client.ts";
import { CALL_TIMEOUT_MS } from "../limits.ts";
import type { MailEnv } from "../mail/configured.ts";
import { consumeRecords } from "../orders/consumer.ts";
import type { RecordMessage } from "../orders/messages.ts";
import { lateObject } from "../platform/errors.ts";
import { withTimeout } from "../platform/timeout.ts";
import { callSku, type StockEnv } from "../stock/client.ts";
import { type AnnounceEnv, announce, type EventViews } from "./announce.ts";
import { sendMails } from "./mails.ts";

export function consumeQueue(
	batch: MessageBatch<RecordMessage>,
	env: StockEnv & AnnounceEnv & MailEnv,
	views: EventViews,
): Promise<void> {
	return consumeRecords(batch, env.DB, {
		announce: (messages) => announce(env, messages, views),
		orderRecorded: (order) => callCheckout(env, order.checkoutId, (object) => object.recorded(order.version)),
		async preordersRecorded(sku, preorders) {
			// The checkout comes first: the SKU sends a pre-order again until it is confirmed here, and one that its checkout
			// could not take up yet has to come again. One that does not answer must not make the others come again too.
			const takenUp = await Promise.allSettled(
				preorders.map(({ checkoutId, status }) =>
					withTimeout(
						callCheckout(env, checkoutId, (object) => object.preorderSeen(sku, status)),
						CALL_TIMEOUT_MS,
						lateObject,
					),
				),
			);
			const recorded = preorders.filter((_, i) => {
				const answer = takenUp[i];
				return answer?.status === "fulfilled" && answer.value !== false;
			});
			if (recorded.length > 0) await callSku(env, sku, (object) => object.preordersRecorded(recorded));
		},
		settlementRecorded: ({ checkoutId, version }) =>
			callCheckout(env, checkoutId, (object) => object.settlementRecorded(version)),
		newsTold: (sku, receipt) => callSku(env, sku, (object) => object.newsTold(receipt)),
		mailsOwed: (notices) => sendMails(env, notices),
		endTold: (checkoutId, version) => callCheckout(env, checkoutId, (object) => object.told(version)),
	});
}
