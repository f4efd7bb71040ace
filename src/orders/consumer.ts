/**
 * The queue's consumer: writes orders, pre-orders, settlements and ended checkouts to D1 in batches, has webhooks told of them,
 * notifies the objects that sent them, and has mails sent.
 *
 * A message is acknowledged only after D1 has its record. When a notification is lost, the object sends the record
 * again, and writing it again changes nothing. A record that D1 refuses does not keep the others of its batch from
 * being written: the batch is halved until the record is alone. A D1 that is down is asked once for the whole batch, and
 * again ever later. https://developers.cloudflare.com/queues/configuration/batching-retries/
 */
import { NOTIFY_TIMEOUT_MS, RESEND_FIRST_MS, RESEND_MOST_MS } from "../limits.ts";
import { lateObject, messageOf } from "../platform/errors.ts";
import { log } from "../platform/log.ts";
import { backoffMs } from "../platform/retry.ts";
import { withTimeout } from "../platform/timeout.ts";
import { saveEndedCheckouts } from "./ended-checkout-store.ts";
import type { NewsReceipt, RecordMessage, SettlementRecord, Traced } from "./messages.ts";
import type { Order } from "./order.ts";
import { saveOrders } from "./order-store.ts";
import type { PreorderRecord } from "./preorder.ts";
import { savePreorders } from "./preorder-store.ts";
import { saveSettlements } from "./unsettled-store.ts";

/**
 * Tells others of what the queue carried: webhooks first, and then the senders, that D1 and the webhooks have it. A
 * failure does no harm: a sender that was not notified sends again.
 */
export interface Listeners {
	/** @returns those whose events every webhook took that listens to them */
	announce(messages: readonly RecordMessage[]): Promise<readonly RecordMessage[]>;
	orderRecorded(order: Order): Promise<unknown>;
	preordersRecorded(sku: string, preorders: readonly PreorderRecord[]): Promise<unknown>;
	settlementRecorded(record: SettlementRecord): Promise<unknown>;
	newsTold(sku: string, receipt: NewsReceipt): Promise<unknown>;
	endTold(checkoutId: string, version: number): Promise<unknown>;
	/** Last, and with a bound of its own: a mail that is slow keeps no record waiting. */
	mailsOwed(notices: readonly PromotionNotice[]): Promise<unknown>;
}

/** A promotion of a SKU that its shopper is to be told of. */
export type PromotionNotice = Pick<Extract<RecordMessage, { readonly kind: "mail" }>, "sku" | "promotion">;

type Messages = readonly Message<RecordMessage>[];

/** Consumes one batch of the queue. Never throws on account of a record: its message is retried instead. */
export async function consumeRecords(
	batch: Pick<MessageBatch<RecordMessage>, "messages">,
	db: D1Database,
	listeners: Listeners,
): Promise<void> {
	const written = (await write(db, batch.messages)).map(({ body }) => body);
	const { mails } = byKind(written);
	const announced = await listeners.announce(written).catch((error: unknown) => {
		log("records-not-announced", { records: written.length, error: messageOf(error) });
		return [];
	});
	const { orders, preorders, settlements, news, ends } = byKind(announced);
	const bySku = Map.groupBy(preorders, (preorder) => preorder.sku);
	const notified = [
		...orders.map((order) => listeners.orderRecorded(order)),
		...[...bySku].map(([sku, recorded]) => listeners.preordersRecorded(sku, recorded)),
		...settlements.map((record) => listeners.settlementRecorded(record)),
		...news.map(({ sku, receipt }) => listeners.newsTold(sku, receipt)),
		...ends.map(({ checkoutId, version }) => listeners.endTold(checkoutId, version)),
	];
	// An object that hangs must not keep the next batch waiting.
	await Promise.allSettled(notified.map((answer) => withTimeout(answer, NOTIFY_TIMEOUT_MS, lateObject)));
	if (mails.length > 0) await listeners.mailsOwed(mails);
}

function byKind(messages: readonly RecordMessage[]) {
	const orders = messages.flatMap((body) => (body.kind === "order" ? [body.order] : []));
	const preorders = messages.flatMap((body) => (body.kind === "preorder" ? [body.preorder] : []));
	const settlements = messages.flatMap((body) => (body.kind === "settlement" ? [body.record] : []));
	const news = messages.flatMap((body) => (body.kind === "news" ? [body] : []));
	const ends = messages.flatMap((body) => (body.kind === "ended-checkout" ? [body] : []));
	const listed = ends.flatMap(({ checkoutId, version, shopperId, endedAtMs }) =>
		shopperId === undefined || endedAtMs === undefined ? [] : [{ checkoutId, version, shopperId, endedAtMs }],
	);
	const mails = messages.flatMap((body) => (body.kind === "mail" ? [body] : []));
	return { orders, preorders, settlements, news, ends, listed, mails };
}

/** The requests to which these go back, as far as that is known. */
function requestsOf(messages: Messages): { readonly requestIds?: readonly string[] } {
	const requestIds = messages.flatMap(({ body }) => (body as RecordMessage & Traced).requestId ?? []);
	return requestIds.length === 0 ? {} : { requestIds };
}

/** Writes the records, and acknowledges or retries each message. @returns the messages whose records D1 took */
async function write(db: D1Database, messages: Messages): Promise<Messages> {
	const written: Message<RecordMessage>[] = [];
	const parts: Messages[] = messages.length > 0 ? [messages] : [];
	for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
		const { orders, preorders, settlements, listed } = byKind(part.map(({ body }) => body));
		try {
			// What is only told has nothing for D1.
			if (orders.length + preorders.length + settlements.length + listed.length > 0)
				await db.batch([
					...saveOrders(db, orders, Date.now()),
					savePreorders(db, preorders),
					saveSettlements(db, settlements),
					...saveEndedCheckouts(db, listed, Date.now()),
				]);
			for (const message of part) message.ack();
			written.push(...part);
		} catch (error) {
			if (!isFaultOfRecord(error)) {
				// Whatever is left would fail in the same way, and make it longer.
				const left = [...part, ...parts.flat()];
				log("records-not-written", { records: left.length, ...requestsOf(left), error: messageOf(error) });
				for (const message of left) retryLater(message);
				return written;
			}
			const [only, ...others] = part;
			if (only !== undefined && others.length === 0) {
				log("record-refused", { kind: only.body.kind, ...requestsOf([only]), error: messageOf(error) });
				retryLater(only);
				continue;
			}
			const half = Math.ceil(part.length / 2);
			parts.push(part.slice(half), part.slice(0, half));
		}
	}
	return written;
}

/**
 * Whether D1 looked at the statements and refused what they carry: a row that breaks the schema, or a batch that is too
 * large. It says so by SQLite's names of errors. Anything else is D1's own trouble, and not a record's fault.
 * https://www.sqlite.org/rescode.html
 */
function isFaultOfRecord(error: unknown): boolean {
	return /SQLITE_(CONSTRAINT|MISMATCH|TOOBIG)/.test(messageOf(error));
}

/**
 * A message that has failed for the last time is lost, and that loses no record: its sender sends it until D1 has it.
 */
function retryLater(message: Message<RecordMessage>): void {
	const delayMs = backoffMs(message.attempts - 1, RESEND_FIRST_MS, RESEND_MOST_MS);
	message.retry({ delaySeconds: delayMs / 1000 });
}
