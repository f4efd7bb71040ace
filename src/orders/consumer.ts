/**
 * The queue's consumer: writes orders to D1 in batches, and tells each checkout that its order is there.
 *
 * What it keeps true: a message is acknowledged only after D1 has its order. When the word to the checkout is lost, the
 * checkout sends the order again, and writing it again changes nothing. One order that D1 will not take does not keep the
 * others of its batch from being written. https://developers.cloudflare.com/queues/configuration/batching-retries/
 */
import type { Order } from "./order.ts";
import { saveOrders } from "./store.ts";

/** @param recorded tells the checkout of an order that D1 has this version */
export async function consumeOrders(
	batch: MessageBatch<Order>,
	db: D1Database,
	recorded: (order: Order) => Promise<void>,
): Promise<void> {
	const written = (await write(db, batch.messages)) ? batch.messages : await writeEach(db, batch.messages);
	await Promise.allSettled(written.map((message) => recorded(message.body)));
}

async function write(db: D1Database, messages: readonly Message<Order>[]): Promise<boolean> {
	try {
		await saveOrders(
			db,
			messages.map((message) => message.body),
		);
		for (const message of messages) message.ack();
		return true;
	} catch (fault) {
		console.error(`${messages.length} orders not written: ${fault instanceof Error ? fault.message : "unknown fault"}`);
		return false;
	}
}

async function writeEach(db: D1Database, messages: readonly Message<Order>[]): Promise<Message<Order>[]> {
	const written: Message<Order>[] = [];
	for (const message of messages) {
		if (await write(db, [message])) written.push(message);
		else message.retry();
	}
	return written;
}
