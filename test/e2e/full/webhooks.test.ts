/**
 * A drop whose merchant listens by webhooks, with everything going wrong at once: the receiver fails a third of the
 * time, is down for a while and starts again, and the whole shop gets SIGKILL in the middle. Afterwards the receiver,
 * the objects and D1 agree: every event came once or more, and none is missing.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Checkout, unwrap } from "../../../src/client/index.ts";
import { TestServer } from "../../support/server.ts";
import { type Customer, TestShop } from "../shop-client.ts";
import { until } from "../until.ts";
import { ReceivingServer } from "./receiving-server.ts";
import { Trouble } from "./trouble.ts";

const UNITS = 50;
const BUYERS = 110;
const WINDOW_SECONDS = 15;
const PATIENCE_MS = 100_000;

let server: TestServer;
let shop: TestShop;
const receiver = new ReceivingServer();

beforeAll(async () => {
	[server] = await Promise.all([TestServer.start(), receiver.start()]);
	shop = new TestShop(server, { patienceMs: PATIENCE_MS });
});
afterAll(async () => {
	shop.close();
	await Promise.all([server.end(), receiver.stop()]);
});

async function buy(customer: Customer, pays: boolean, sku: string, trouble: Trouble): Promise<Checkout | null> {
	await trouble.on;
	const reserved = await customer.reserve({ sku, quantity: 1 });
	if (!reserved.ok) return null;
	await trouble.on;
	const cart = { lines: [{ sku, quantity: 1 }], email: "ada@example.com" };
	const opened = await customer.openCheckout(cart, { idempotencyKey: "my-cart" });
	if (!opened.ok || !pays) return opened.ok ? opened.data : null;
	const payment = { id: opened.data.payment?.id ?? "", outcome: "approve" } as const;
	await trouble.on;
	await customer.service.confirmSandboxPayment(payment, { afterLostAnswer: "repeat" });
	trouble.paid();
	return opened.data;
}

it("tells a receiver everything, whatever fails meanwhile", async () => {
	await receiver.subscribe(shop.admin);
	const startedAtMs = performance.now();
	const sku = await shop.newProduct("drop", UNITS, {
		holdSeconds: WINDOW_SECONDS,
		paymentWindowSeconds: WINDOW_SECONDS,
		paymentGraceSeconds: 5,
		maxExtensions: 0,
		waitlistLimit: 0,
	});
	const customers = await shop.newCustomers(BUYERS);
	const trouble = new Trouble(server, receiver, 20);
	const opened = await Promise.all(customers.map((customer, i) => buy(customer, i % 4 !== 3, sku, trouble)));
	await trouble.on;
	expect(trouble.kills).toBe(1);

	const isOver = async () => {
		const { held, sold } = await shop.stock(sku);
		return held === 0 && (await shop.orders(sku)).length === sold;
	};
	await until(isOver, async () => shop.stock(sku));

	const { admin } = shop;
	const pending = () => receiver.deliveries(admin, "pending");
	const ended = () => receiver.newest("checkout.ended").size;
	const isTold = async () => {
		const isSent = await receiver.catchUp(admin);
		const { version, sold } = await shop.stock(sku);
		const isStockTold = receiver.newest("stock.changed").get(sku)?.version === version;
		return isSent && isStockTold && receiver.newest("order.created").size === sold;
	};
	await until(isTold, async () => [receiver.taken.size, ended(), await pending(), await shop.stock(sku)]);
	expect(await receiver.deliveries(admin, "failed")).toEqual([]);
	expect(receiver.forged).toBe(0);

	// The receiver has what D1 has.
	const orders = receiver.newest("order.created", "order.updated");
	const inD1 = await shop.orders(sku);
	expect(inD1.length).toBeGreaterThan(10);
	expect(orders.size).toBe(inD1.length);
	for (const order of inD1) expect(orders.get(order.id)).toMatchObject({ ...order });
	expect(receiver.newest("checkout.completed").size).toBe(inD1.length);

	// The receiver has what the objects have.
	const stock = await shop.stock(sku);
	const { available, onHand, held, sold, version } = stock;
	expect(receiver.newest("stock.changed").get(sku)).toEqual({
		sku,
		available,
		onHand,
		held,
		sold,
		version,
		waiting: 0,
	});
	for (const [i, checkout] of opened.entries()) {
		if (checkout === null) continue;
		const now = unwrap(await (customers[i] as Customer).getCheckout({ id: checkout.id }));
		const told = receiver.newest("checkout.completed", "checkout.ended").get(checkout.id);
		expect(told, `${checkout.id} is ${now.status}`).toMatchObject({ status: now.status });
	}
	expect(ended()).toBeGreaterThan(0);

	// A drop is a few events of its stock, and not one a unit.
	const changes = [...receiver.taken.values()].filter(({ type }) => type === "stock.changed").length;
	expect(changes).toBeLessThanOrEqual((performance.now() - startedAtMs) / 1000 + 1);
	expect(receiver.failedOnce.size).toBeGreaterThan(5);
});
