/**
 * The queue's consumer: writes orders and pre-orders to D1 in batches, and tells the objects they came from that they are
 * there.
 *
 * What it keeps true: a message is acknowledged only after D1 has its record. When the word to the object is lost, the
 * object sends the record again, and writing it again changes nothing. One record that D1 will not take does not keep the
 * others of its batch from being written. https://developers.cloudflare.com/queues/configuration/batching-retries/
 */
import type { RecordMessage } from "./messages.ts";
import type { Order } from "./order.ts";
import { saveOrders } from "./order-store.ts";
import type { PreorderRecord } from "./preorder.ts";
import { savePreorders } from "./preorder-store.ts";

/** Whom to tell that D1 has a record. A fault in telling is no harm: the record comes again. */
export interface Senders {
	orderRecorded(order: Order): Promise<unknown>;
	preordersRecorded(sku: string, preorders: readonly PreorderRecord[]): Promise<unknown>;
}

export async function consumeRecords(
	batch: MessageBatch<RecordMessage>,
	db: D1Database,
	senders: Senders,
): Promise<void> {
	const written = (await write(db, batch.messages)) ? batch.messages : await writeEach(db, batch.messages);
	const { orders, preorders } = sorted(written);
	const bySku = Map.groupBy(preorders, (preorder) => preorder.sku);
	await Promise.allSettled([
		...orders.map((order) => senders.orderRecorded(order)),
		...[...bySku].map(([sku, recorded]) => senders.preordersRecorded(sku, recorded)),
	]);
}

function sorted(messages: readonly Message<RecordMessage>[]) {
	const orders = messages.flatMap(({ body }) => (body.kind === "order" ? [body.order] : []));
	const preorders = messages.flatMap(({ body }) => (body.kind === "preorder" ? [body.preorder] : []));
	return { orders, preorders };
}

async function write(db: D1Database, messages: readonly Message<RecordMessage>[]): Promise<boolean> {
	const { orders, preorders } = sorted(messages);
	try {
		await db.batch([...saveOrders(db, orders), savePreorders(db, preorders)]);
		for (const message of messages) message.ack();
		return true;
	} catch (fault) {
		console.error(
			`${messages.length} records not written: ${fault instanceof Error ? fault.message : "unknown fault"}`,
		);
		return false;
	}
}

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
