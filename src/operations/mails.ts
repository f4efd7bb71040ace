/**
 * Sends the mails that the queue tells of. Each is taken from its SKU's object just before it is sent, which gives it to
 * one taker only (`stock/mail-outbox.ts`). What this run has no time for is not taken, and the object tells the queue of it
 * again.
 */
import { CALL_TIMEOUT_MS, MAIL_RUN_MS, MAILS_AT_ONCE } from "../limits.ts";
import { configuredMailer, type MailEnv } from "../mail/configured.ts";
import type { Mailer } from "../mail/mailer.ts";
import { promotionMail } from "../mail/texts.ts";
import type { PromotionNotice } from "../orders/consumer.ts";
import { lateObject, messageOf } from "../platform/errors.ts";
import { newId } from "../platform/id.ts";
import { log } from "../platform/log.ts";
import { withTimeout } from "../platform/timeout.ts";
import { callSku, type StockEnv } from "../stock/client.ts";

/** Never throws: what failed is logged, and comes again if it may. */
export async function sendMails(env: StockEnv & MailEnv, notices: readonly PromotionNotice[]): Promise<void> {
	const mailer = configuredMailer(env);
	const endsAtMs = Date.now() + MAIL_RUN_MS;
	const left = notices.values();
	const sendSome = async () => {
		for (const { sku, promotion } of left) {
			if (Date.now() >= endsAtMs) return;
			await sendMail(env, mailer, { sku, promotion }).catch((error: unknown) => {
				log("mail-not-sent", { sku, promotion, reason: messageOf(error) });
			});
		}
	};
	await Promise.all(Array.from({ length: Math.min(MAILS_AT_ONCE, notices.length) }, sendSome));
}

async function sendMail(
	env: StockEnv & MailEnv,
	mailer: Mailer | null,
	{ sku, promotion }: PromotionNotice,
): Promise<void> {
	const key = newId();
	const call = callSku(env, sku, (object) => object.takeMail(promotion, key));
	const taken = await withTimeout(call, CALL_TIMEOUT_MS, lateObject);
	if (taken.kind !== "mail") return;
	const { email: to, ...offer } = taken;
	const outcome = await (mailer?.send(promotionMail({ to, sku, shopName: env.SHOP_NAME, ...offer })) ?? NO_MAILER);
	if (outcome.kind !== "sent") log("mail-not-sent", { sku, promotion, outcome: outcome.kind, reason: outcome.reason });
	const isOver = outcome.kind !== "later";
	await withTimeout(
		callSku(env, sku, (object) => object.mailSettled(promotion, key, isOver)),
		CALL_TIMEOUT_MS,
		lateObject,
	);
}

/** The shop had one when the address was taken. */
const NO_MAILER = { kind: "refused", reason: "no-mailer" } as const;
