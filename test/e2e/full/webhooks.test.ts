/**
 * A drop whose merchant listens by webhooks, with everything going wrong at once: the receiver fails a third of the
 * time, is down for a while and starts again, and the whole shop gets SIGKILL in the middle. Afterwards the receiver,
 * the objects and D1 agree: every event came once or more, and none is missing.
 */
import { createServer, type Server as HttpServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Checkout, unwrap } from "../../../src/client/index.ts";
import { TestServer } from "../../support/server.ts";
import { type Customer, TestShop } from "../shop-client.ts";

const UNITS = 50;
const BUYERS = 110;
const WINDOW_SECONDS = 15;
const PATIENCE_MS = 100_000;

interface Told {
	readonly type: string;
	readonly data: { readonly id?: string; readonly version: number } & Readonly<Record<string, unknown>>;
}

/** The merchant's server. Its memory is its database: it outlives its restarts. */
class ReceivingServer {
	secret = "";
	requests = 0;
	/** By `webhook-id`. */
	readonly taken = new Map<string, Told>();
	readonly failedOnce = new Set<string>();
	#server: HttpServer | null = null;
	#port = 0;

	get url(): string {
		return `http://127.0.0.1:${this.#port}/holdfast`;
	}

	async start(): Promise<void> {
		this.#server = createServer((request, response) => {
			void this.#receive(request).then((status) => response.writeHead(status).end());
		});
		await new Promise<void>((done) => this.#server?.listen(this.#port, "127.0.0.1", done));
		this.#port = (this.#server.address() as AddressInfo).port;
	}

	async stop(): Promise<void> {
		const server = this.#server;
		this.#server = null;
		server?.closeAllConnections();
		await new Promise((done) => (server === null ? done(null) : server.close(done)));
	}

	async #receive(request: IncomingMessage): Promise<number> {
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk as Buffer);
		const body = Buffer.concat(chunks).toString();
		const id = String(request.headers["webhook-id"]);
		try {
			const event = new Webhook(this.secret).verify(body, request.headers as Record<string, string>) as Told;
			this.requests += 1;
			// One in three fails, and is sent again.
			if (this.requests % 3 === 0 && !this.failedOnce.has(id)) {
				this.failedOnce.add(id);
				return 500;
			}
			this.taken.set(id, event);
			return 204;
		} catch {
			return 401;
		}
	}

	/** The newest state of each subject that was told by these types. */
	newest(...types: readonly string[]): Map<string, Told["data"]> {
		const states = new Map<string, Told["data"]>();
		for (const { type, data } of this.taken.values()) {
			const key = data.id ?? String(data["sku"]);
			if (types.includes(type) && data.version > (states.get(key)?.version ?? -1)) states.set(key, data);
		}
		return states;
	}
}

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

/** What goes wrong, and when: after so many payments. */
class Trouble {
	#paid = 0;
	on: Promise<unknown> = Promise.resolve();
	kills = 0;

	paid(): void {
		this.#paid += 1;
		if (this.#paid === 5) void receiver.stop();
		if (this.#paid === 12) this.on = this.#cutPower();
		if (this.#paid === 20) void receiver.start();
	}

	async #cutPower(): Promise<void> {
		this.kills += 1;
		await server.kill();
		await server.restart();
	}
}

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

async function until(holds: () => Promise<boolean>, what: () => Promise<unknown>): Promise<void> {
	const deadlineMs = performance.now() + PATIENCE_MS;
	while (!(await holds())) {
		if (performance.now() > deadlineMs) throw new Error(`not in time: ${JSON.stringify(await what())}`);
		await new Promise((next) => setTimeout(next, 250));
	}
}

it("tells a receiver everything, whatever fails meanwhile", async () => {
	const created = unwrap(await shop.admin.createWebhook({ url: receiver.url, events: ["*"], description: null }));
	receiver.secret = created.secret;
	const startedAtMs = performance.now();
	const sku = await shop.newProduct("drop", UNITS, {
		holdSeconds: WINDOW_SECONDS,
		paymentWindowSeconds: WINDOW_SECONDS,
		paymentGraceSeconds: 5,
		maxExtensions: 0,
		waitlistLimit: 0,
	});
	const customers = await shop.newCustomers(BUYERS);
	const trouble = new Trouble();
	const opened = await Promise.all(customers.map((customer, i) => buy(customer, i % 4 !== 3, sku, trouble)));
	await trouble.on;
	expect(trouble.kills).toBe(1);

	const isOver = async () => {
		const { held, sold } = await shop.stock(sku);
		return held === 0 && (await shop.orders(sku)).length === sold;
	};
	await until(isOver, async () => shop.stock(sku));

	const deliveries = async (status: "pending" | "failed") =>
		unwrap(await shop.admin.listWebhookDeliveries({ id: created.id, status, limit: 200 })).deliveries;
	const ended = () => receiver.newest("checkout.ended").size;
	const isTold = async () => {
		const pending = await deliveries("pending");
		// The merchant does not wait for what is to be tried in minutes.
		for (const { id: deliveryId, dueAt } of pending)
			if (dueAt !== null && Date.parse(dueAt) > Date.now() + 30_000)
				unwrap(await shop.admin.replayWebhookDelivery({ id: created.id, deliveryId }));
		const { version, sold } = await shop.stock(sku);
		const isStockTold = receiver.newest("stock.changed").get(sku)?.version === version;
		return pending.length === 0 && isStockTold && receiver.newest("order.created").size === sold;
	};
	await until(isTold, async () => [receiver.taken.size, ended(), await deliveries("pending"), await shop.stock(sku)]);
	expect(await deliveries("failed")).toEqual([]);

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
