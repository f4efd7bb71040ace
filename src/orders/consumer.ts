/**
 * The queue's consumer: writes orders and pre-orders to D1 in batches, and notifies the objects that sent them.
 *
 * A message is acknowledged only after D1 has its record. When a notification is lost, the object sends the record
 * again, and writing it again changes nothing. A record that D1 refuses does not keep the others of its batch from
 * being written. https://developers.cloudflare.com/queues/configuration/batching-retries/
 */
import { messageOf } from "../platform/errors.ts";
import type { RecordMessage } from "./messages.ts";
import type { Order } from "./order.ts";
import { saveOrders } from "./order-store.ts";
import type { PreorderRecord } from "./preorder.ts";
import { savePreorders } from "./preorder-store.ts";

/** Notifies the senders that D1 has their records. A failure does no harm: the sender sends the record again. */
export interface Senders {
	orderRecorded(order: Order): Promise<unknown>;
	preordersRecorded(sku: string, preorders: readonly PreorderRecord[]): Promise<unknown>;
}

/** Consumes one batch of the queue. Never throws on account of a record: its message is retried instead. */
export async function consumeRecords(
	batch: MessageBatch<RecordMessage>,
	db: D1Database,
	senders: Senders,
): Promise<void> {
	const written = (await write(db, batch.messages)) ? batch.messages : await writeEach(db, batch.messages);
	const { orders, preorders } = byKind(written);
	const bySku = Map.groupBy(preorders, (preorder) => preorder.sku);
	await Promise.allSettled([
		...orders.map((order) => senders.orderRecorded(order)),
		...[...bySku].map(([sku, recorded]) => senders.preordersRecorded(sku, recorded)),
	]);
}

function byKind(messages: readonly Message<RecordMessage>[]) {
	const orders = messages.flatMap(({ body }) => (body.kind === "order" ? [body.order] : []));
	const preorders = messages.flatMap(({ body }) => (body.kind === "preorder" ? [body.preorder] : []));
	return { orders, preorders };
}

/** Writes the records of all messages, and acknowledges them. @returns false when D1 took none of them */
async function write(db: D1Database, messages: readonly Message<RecordMessage>[]): Promise<boolean> {
	const { orders, preorders } = byKind(messages);
	try {
		await db.batch([...saveOrders(db, orders), savePreorders(db, preorders)]);
		for (const message of messages) message.ack();
		return true;
	} catch (error) {
		console.error(`${messages.length} records not written: ${messageOf(error)}`);
		return false;
	}
}

/** Writes the records one by one. @returns the messages whose records D1 took; the others are retried */
async function writeEach(
	db: D1Database,
	messages: readonly Message<RecordMessage>[],
): Promise<Message<RecordMessage>[]> {
	const written: Message<RecordMessage>[] = [];
	for (const message of messages) {
		if (await write(db, [message])) written.push(message);
		else message.retry();
	}
	return written;
}
