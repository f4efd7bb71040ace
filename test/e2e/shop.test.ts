/**
 * The rush, against the built Worker over real HTTP: many more shoppers than units, at once, several times over.
 * Everybody is told the truth, and whoever looks at the stock meanwhile finds it in balance.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Stock, unwrap } from "../../src/client/index.ts";
import { TestServer } from "../support/server.ts";
import { type Customer, isRefused, problemOf, TestShop } from "./shop-client.ts";

let server: TestServer;
let shop: TestShop;
let shoppers: Customer[];

beforeAll(async () => {
	server = await TestServer.start();
	shop = new TestShop(server, { connections: 500 });
	shoppers = await shop.newCustomers(500);
});
afterAll(async () => {
	shop.close();
	await server.end();
});

/** Does `work`, reading the stock over and over until it is done. */
async function watching<T>(sku: string, work: () => Promise<T>): Promise<{ result: T; seen: Stock[] }> {
	const seen: Stock[] = [];
	let done = false;
	const watch = async () => {
		while (!done) seen.push(await shop.stock(sku));
	};
	const working = work().finally(() => {
		done = true;
	});
	const [result] = await Promise.all([working, watch()]);
	return { result, seen };
}

describe("500 shoppers at once for 10 units", () => {
	it.each([1, 2, 3, 4, 5])(
		"hold one each for 10 of them and refuse 490 as sold out, in round %i; nobody hangs",
		async (round) => {
			const sku = await shop.newProduct(`rush-${round}`, 10);
			const { result: answers, seen } = await watching(sku, () =>
				Promise.all(shoppers.map((shopper) => shopper.reserve({ sku, quantity: 1 }))),
			);
			const held = answers.filter(({ status }) => status === 201);
			expect(held).toHaveLength(10);
			const refused = answers.filter(isRefused);
			expect(new Set(refused.map(problemOf))).toEqual(new Set(["sold-out"]));
			expect(refused).toHaveLength(490);
			for (const { status, retryAfterMs } of refused) {
				expect(status).toBe(409);
				expect(retryAfterMs).toBeGreaterThan(0);
			}

			expect(seen.length).toBeGreaterThan(0);
			for (const stock of [...seen, await shop.stock(sku)]) {
				expect(stock.balanced, JSON.stringify(stock)).toBe(true);
				expect(stock.available + stock.held).toBe(10);
				expect(stock.held).toBeLessThanOrEqual(10);
			}
			expect(await shop.stock(sku)).toMatchObject({ available: 0, held: 10, sold: 0 });
		},
	);

	it("hold no more when everybody asks twice at the same time, as an impatient page would", async () => {
		const sku = await shop.newProduct("impatient", 10, { limitPerShopper: 1 });
		const ask = (shopper: Customer) => shopper.reserve({ sku, quantity: 1 });
		const answers = await Promise.all(shoppers.flatMap((shopper) => [ask(shopper), ask(shopper)]));
		const ids = answers.flatMap((answer) => (answer.ok ? [answer.data.id] : []));
		expect(ids).toHaveLength(20);
		expect(new Set(ids).size).toBe(10);
		expect(await shop.stock(sku)).toMatchObject({ available: 0, held: 10, balanced: true });
	});

	it("sell 10 and refuse 190 when 200 go straight to the checkout, without a hold", async () => {
		const sku = await shop.newProduct("checkout-rush", 10);
		const cart = { lines: [{ sku, quantity: 1 }], email: "ada@example.com" };
		const { result: answers, seen } = await watching(sku, () =>
			Promise.all(shoppers.slice(0, 200).map((shopper) => shopper.openCheckout(cart, { idempotencyKey: "cart" }))),
		);
		const open = answers.flatMap((answer) => (answer.ok ? [answer.data] : []));
		expect(open).toHaveLength(10);
		expect(new Set(answers.filter(isRefused).map(problemOf))).toEqual(new Set(["lines-unavailable"]));
		const [{ service }] = shoppers as [Customer];
		for (const { payment } of open) {
			unwrap(await service.confirmSandboxPayment({ id: payment?.id ?? "", outcome: "approve" }));
		}
		for (const stock of seen) expect(stock.balanced).toBe(true);
		expect(await shop.stock(sku)).toMatchObject({ available: 0, held: 0, sold: 10, balanced: true });
	});
});

describe("a socket that watches a SKU", () => {
	it("is closed at once when its client closes it", async () => {
		const sku = await shop.newProduct("watched", 1);
		const socket = new WebSocket(`${server.origin.replace("http", "ws")}/v1/products/${sku}/live`, ["holdfast"]);
		const event = (name: string) => new Promise((resolve) => socket.addEventListener(name, resolve, { once: true }));
		await event("message");
		const closed = event("close").then(() => "closed");
		socket.close();
		expect(await Promise.race([closed, sleep(5_000, "still open")])).toBe("closed");
	});
});
