/**
 * A shop with its own payment, shipping and tax sells a drop of 50 units to 500 buyers, and leaves to Holdfast what it
 * cannot do. Its webhooks go to a receiver that fails a third of the time and is down for a while, and Holdfast gets
 * SIGKILL in the middle. Afterwards four records agree: the shop's own of who paid what, the receiver's, the objects' and
 * D1's.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { type AdminOrder, type MerchantCheckout, unwrap } from "../../../src/client/index.ts";
import { TestServer } from "../../support/server.ts";
import { TestShop } from "../shop-client.ts";
import { until } from "../until.ts";
import { ReceivingServer } from "./receiving-server.ts";
import { Trouble } from "./trouble.ts";

const UNITS = 50;
const BUYERS = 500;
/** Buyers whose requests are under way at a time. */
const CROWD = 50;
const PRICE = 1999;
/** Long enough to pay across a restart. */
const WINDOW_SECONDS = 120;
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

const usd = (amount: number) => ({ amount, currency: "USD" });

/** Each buyer's own shipping and tax. The order of a test's buyers decides them, and no chance. */
const adjustmentsOf = (buyer: number) => [
	{ kind: "shipping" as const, label: "Parcel", amount: usd(400 + (buyer % 7)) },
	{ kind: "tax" as const, label: "VAT", amount: usd(333 + (buyer % 3)) },
	...(buyer % 5 === 0 ? [{ kind: "discount" as const, label: "TWELVE", amount: usd(-250) }] : []),
];
const totalOf = (buyer: number) => adjustmentsOf(buyer).reduce((sum, { amount }) => sum + amount.amount, PRICE);
const addressOf = (buyer: number) => ({ name: `Buyer ${buyer}`, line1: "Main St 1", city: "Omaha", country: "US" });

const equals = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** The shop's server: it keeps who paid what, by Holdfast's checkout, and who left without paying. */
class OwnShop {
	readonly paid = new Map<string, number>();
	readonly left = new Set<string>();
	readonly #sku: string;
	readonly #trouble: Trouble;
	#winners = 0;

	constructor(sku: string, trouble: Trouble) {
		this.#sku = sku;
		this.#trouble = trouble;
	}

	async sellTo(buyer: number): Promise<void> {
		await this.#trouble.on;
		const opened = await shop.admin.openCheckoutFor(
			{
				...{ shopperId: `customer-${buyer}`, email: `buyer-${buyer}@example.com`, payment: "external" },
				lines: [{ sku: this.#sku, quantity: 1 }],
				adjustments: adjustmentsOf(buyer),
				...{ shipTo: addressOf(buyer), metadata: { buyer: String(buyer) } },
			},
			{ idempotencyKey: `order-${buyer}` },
		);
		if (!opened.ok) {
			expect(opened.problem.type).toBe("/problems/lines-unavailable");
			return;
		}
		expect(opened.data.total).toEqual(usd(totalOf(buyer)));
		// Every seventh who gets a checkout leaves without paying, and their unit is for somebody else.
		await (this.#winners++ % 7 === 3 ? this.#leave(opened.data) : this.#pay(opened.data, buyer));
	}

	async #leave({ id }: MerchantCheckout): Promise<void> {
		this.left.add(id);
		await this.#trouble.on;
		unwrap(await shop.admin.abandonCheckout({ id }, { afterLostAnswer: "repeat" }));
	}

	async #pay({ id }: MerchantCheckout, buyer: number): Promise<void> {
		this.paid.set(id, buyer);
		const said = { id, reference: `psp-${buyer}`, paidAt: new Date().toISOString(), amount: usd(totalOf(buyer)) };
		await this.#trouble.on;
		const told = unwrap(await shop.admin.reportPaid(said, { afterLostAnswer: "repeat" }));
		expect(told).toMatchObject({ outcome: "sold", refund: usd(0) });
		this.#trouble.paid();
	}
}

it("sells every unit once, and four records agree on it, whatever fails meanwhile", async () => {
	const { admin } = shop;
	await receiver.subscribe(admin);
	const policy = { paymentWindowSeconds: WINDOW_SECONDS, holdSeconds: WINDOW_SECONDS, waitlistLimit: 0 };
	const sku = await shop.newProduct("drop", UNITS, policy);
	const trouble = new Trouble(server, receiver, 30);
	const own = new OwnShop(sku, trouble);
	for (let first = 0; first < BUYERS; first += CROWD) {
		await Promise.all(Array.from({ length: CROWD }, (_, i) => own.sellTo(first + i)));
	}
	expect(trouble.kills).toBe(1);
	expect(own.paid.size).toBe(UNITS);
	expect(own.left.size).toBeGreaterThan(0);

	// The shop gives back the shipping of some, all of others, and ships the rest.
	const [checkouts, orderOf] = [[...own.paid.keys()], (id: string) => id.replace(/^co_/, "or_")];
	const refunded = new Map<string, number>();
	for (const [i, checkout] of checkouts.entries()) {
		const [id, buyer] = [orderOf(checkout), own.paid.get(checkout) as number];
		const reason = "as the shop decided";
		if (i % 10 === 1) {
			unwrap(await admin.refundOrder({ id, adjustments: [{ index: 0 }], restock: false, reason }));
			refunded.set(id, adjustmentsOf(buyer)[0]?.amount.amount ?? 0);
		} else if (i % 10 === 2) {
			unwrap(await admin.refundOrder({ id, restock: false, reason }));
			refunded.set(id, totalOf(buyer));
		} else if (i % 10 === 3) unwrap(await admin.changeOrder({ id, metadata: { parcel: `P-${buyer}` } }));
	}

	const isTold = async () => {
		const isSent = await receiver.catchUp(admin);
		const orders = await shop.orders(sku);
		const told = receiver.newest("order.created", "order.updated");
		const isNewest = (order: AdminOrder) =>
			(["refunded", "metadata"] as const).every((name) => equals(told.get(order.id)?.[name], order[name]));
		const isStockTold = receiver.newest("stock.changed").get(sku)?.version === (await shop.stock(sku)).version;
		return isSent && orders.length === UNITS && orders.every(isNewest) && isStockTold;
	};
	await until(isTold, async () => [receiver.taken.size, await receiver.deliveries(admin, "pending")]);
	expect(await receiver.deliveries(admin, "failed")).toEqual([]);
	expect(receiver.forged).toBe(0);
	expect(receiver.failedOnce.size).toBeGreaterThan(5);

	// D1 has what the shop was paid for, to the cent.
	const orders = await shop.orders(sku);
	expect(orders.map(({ checkoutId }) => checkoutId).toSorted()).toEqual(checkouts.toSorted());
	for (const order of orders) {
		const buyer = own.paid.get(order.checkoutId) as number;
		expect(order).toMatchObject({
			...{ total: usd(totalOf(buyer)), refunded: usd(refunded.get(order.id) ?? 0), refundPending: usd(0) },
			...{ email: `buyer-${buyer}@example.com`, shipTo: addressOf(buyer), metadata: { buyer: String(buyer) } },
		});
	}
	// The receiver has what D1 has, and of each order its beginning.
	const told = receiver.newest("order.created", "order.updated");
	expect(told.size).toBe(UNITS);
	for (const order of orders) expect(told.get(order.id)).toMatchObject({ ...order });
	expect([...receiver.newest("order.created").keys()].toSorted()).toEqual(orders.map(({ id }) => id).toSorted());
	// And what the objects have.
	const completed = receiver.newest("checkout.completed");
	expect([...completed.keys()].toSorted()).toEqual(checkouts.toSorted());
	const ended = receiver.newest("checkout.ended");
	expect([...ended.keys()].toSorted()).toEqual([...own.left].toSorted());
	for (const { status } of [...ended.values()] as { status?: unknown }[]) expect(status).toBe("cancelled");
	const { available, onHand, held, sold, version, balanced } = await shop.stock(sku);
	expect({ available, held, sold, balanced }).toEqual({ available: 0, held: 0, sold: UNITS, balanced: true });
	const stock = { sku, available, onHand, held, sold, version, waiting: 0 };
	expect(receiver.newest("stock.changed").get(sku)).toEqual(stock);
	expect(receiver.newest("sale.sold_out").get(sku)).toBeDefined();
	expect(await shop.reconcile()).toEqual({ difference: 0, balanced: true });
}, 240_000);
