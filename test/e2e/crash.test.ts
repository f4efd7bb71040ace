/**
 * A power cut in the middle of a drop, twice: every process of the server gets SIGKILL while shoppers hold, check out
 * and pay, and it starts again from what is on its disk. Shoppers who got no answer ask again, as the client does. In the
 * end no unit is lost or sold twice, whoever paid has an order in D1, and what nobody paid for is back. And all that they
 * were told before, between and after the cuts has an order in which a correct shop could have said it.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkoutAnswer, outcomeAnswer, paymentAnswer, reservationAnswer } from "../../src/cli/race/client-answers.ts";
import { judgeHistory } from "../../src/cli/race/judge.ts";
import { nowMs, Scribe, type Times } from "../../src/cli/race/scribe.ts";
import { type Checkout, unwrap } from "../../src/client/index.ts";
import { TestServer } from "../support/server.ts";
import { type Customer, TestShop } from "./shop-client.ts";
import { until } from "./until.ts";

const UNITS = 30;
const BUYERS = 90;
const PRICE = 1999;
/** Long enough to pay across a restart, short enough to wait for. */
const WINDOW_SECONDS = 12;
const GRACE_SECONDS = 5;
const PATIENCE_MS = 90_000;
/** "Sold out" may be a second old. The Worker's clock stands still while it computes. */
const PROMISES = { staleMs: 1_100, clockMs: 250, graceMs: GRACE_SECONDS * 1_000 };
/**
 * Some seconds of search. Where a cut took many answers, a history may stay undecided, and does so after ten times as many too:
 * then more than a minute has gone, and with it the time of this test.
 */
const SITUATIONS = 50_000;

let server: TestServer;
let shop: TestShop;

beforeAll(async () => {
	server = await TestServer.start();
	shop = new TestShop(server, { patienceMs: PATIENCE_MS });
});
afterAll(async () => {
	shop.close();
	await server.end();
});

/** The power, which goes when so much of something has happened. */
class Power {
	cuts = 0;
	#on: Promise<void> = Promise.resolve();
	#isOff = false;
	readonly #plan: { readonly what: string; left: number }[];

	/** @param plan one cut after another: when so many of these have happened */
	constructor(...plan: readonly { readonly what: string; readonly times: number }[]) {
		this.#plan = plan.map(({ what, times }) => ({ what, left: times }));
	}

	get on(): Promise<void> {
		return this.#on;
	}

	happened(what: string): void {
		const [next] = this.#plan;
		// Answers that were on their way when the power went are not of this life.
		if (this.#isOff || next === undefined || next.what !== what || --next.left > 0) return;
		this.#plan.shift();
		this.#on = this.#cut();
	}

	async #cut(): Promise<void> {
		this.cuts++;
		this.#isOff = true;
		await server.kill();
		await server.restart();
		this.#isOff = false;
	}
}

interface Buyer {
	readonly name: string;
	readonly customer: Customer;
	readonly wants: "to hold" | "to look" | "to pay";
	checkout: Checkout | null;
	hasPaid: boolean;
}

/** What a call was answered, and when. */
async function timed<Answer>(call: Promise<Answer>): Promise<{ readonly answer: Answer; readonly times: Times }> {
	const calledAtMs = nowMs();
	const answer = await call;
	return { answer, times: { calledAtMs, endedAtMs: nowMs() } };
}

async function buy(buyer: Buyer, sku: string, power: Power, scribe: Scribe): Promise<void> {
	const { name, customer } = buyer;
	await power.on;
	const { answer: reserved, times: reserving } = await timed(customer.reserve({ sku, quantity: 1 }));
	scribe.reserved(name, 1, false, reserving, reservationAnswer(reserved, 0));
	if (!reserved.ok || buyer.wants === "to hold") return;
	const cart = { lines: [{ sku, quantity: 1 }], email: "ada@example.com" };
	await power.on;
	const { answer: opened, times: opening } = await timed(customer.openCheckout(cart, { idempotencyKey: "my-cart" }));
	scribe.checkedOut(name, 1, opening, checkoutAnswer(opened, 0));
	if (opened.status !== 201 || !opened.ok) return;
	buyer.checkout = opened.data;
	power.happened("opened");
	if (buyer.wants === "to look") return;
	const payment = { id: opened.data.payment?.id ?? "", outcome: "approve" } as const;
	await power.on;
	// The same card cannot pay twice for one payment.
	const paying = customer.service.confirmSandboxPayment(payment, { afterLostAnswer: "repeat" });
	const { answer: paid, times } = await timed(paying);
	scribe.paid(name, 1, times, paymentAnswer(paid));
	buyer.hasPaid = paid.ok;
	power.happened("paid");
}

describe("SIGKILL in the middle of a drop", () => {
	it("loses and doubles no unit, makes an order of every payment, and gives everything else back", async () => {
		const policy = {
			holdSeconds: WINDOW_SECONDS,
			paymentWindowSeconds: WINDOW_SECONDS,
			paymentGraceSeconds: GRACE_SECONDS,
			maxExtensions: 0,
		};
		const scribe = new Scribe();
		const { answer: sku, times: onSale } = await timed(shop.newProduct("drop", UNITS, policy));
		scribe.restocked(UNITS, onSale);
		const customers = await shop.newCustomers(BUYERS);
		const buyers = customers.map((customer, i): Buyer => {
			const wants = i % 10 === 9 ? "to hold" : i % 3 === 2 ? "to look" : "to pay";
			return { name: `buyer ${i}`, customer, wants, checkout: null, hasPaid: false };
		});
		const power = new Power({ what: "opened", times: 8 }, { what: "paid", times: 5 });

		await Promise.all(buyers.map((buyer) => buy(buyer, sku, power, scribe)));
		await power.on;
		expect(power.cuts).toBe(2);

		// Nobody asks the checkouts: their alarms and the queue bring everything to its end.
		const stock = () => shop.stock(sku);
		const isOver = async () => {
			const { held, sold, balanced } = await stock();
			expect(balanced).toBe(true);
			return held === 0 && (await shop.orders(sku)).length === sold;
		};
		await until(isOver, async () => [await stock(), (await shop.orders(sku)).length]);

		const { available, sold, received } = await stock();
		expect([received, available + sold]).toEqual([UNITS, UNITS]);
		const orders = new Map((await shop.orders(sku)).map((order) => [order.checkoutId, order]));
		expect(orders.size).toBe(sold);
		for (const { name, customer, checkout, hasPaid } of buyers) {
			if (checkout === null) continue;
			const { answer, times } = await timed(customer.getCheckout({ id: checkout.id }));
			scribe.read(name, times, outcomeAnswer(answer));
			const { status, orderId, payment } = unwrap(answer);
			expect(hasPaid ? ["completed"] : ["completed", "expired", "refunded"]).toContain(status);
			expect(await shop.kept(payment?.id ?? "")).toBe(status === "completed" ? PRICE : 0);
			expect(orders.get(checkout.id)?.id).toBe(orderId ?? undefined);
			orders.delete(checkout.id);
		}
		expect([...orders.keys()], "orders of nobody's").toEqual([]);
		expect(buyers.filter(({ hasPaid }) => hasPaid).length).toBeGreaterThan(0);
		expect(buyers.some(({ checkout, hasPaid }) => checkout !== null && !hasPaid)).toBe(true);
		expect(await shop.reconcile()).toEqual({ difference: 0, balanced: true });

		const { answer: last, times } = await timed(stock());
		scribe.stock(last, times);
		const { kind, text, evidence } = judgeHistory(scribe.history(0, PROMISES), SITUATIONS);
		if (kind === "undecided") console.warn(text);
		expect(kind, [text, ...evidence].join("\n")).not.toBe("race");
	});
});
