/**
 * The story that Holdfast was made for, against the built Worker, by the clock on the wall and the platform's own
 * alarms: one unit, three shoppers in the same moment. The same by a clock that the test sets:
 * `test/features/waitlist/story.test.ts`.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Reservation, unwrap } from "../../src/client/index.ts";
import { TestServer } from "../support/server.ts";
import { type Customer, TestShop } from "./shop-client.ts";

type Policy = Parameters<TestShop["newProduct"]>[2];

let server: TestServer;
let shop: TestShop;
beforeAll(async () => {
	server = await TestServer.start();
	shop = new TestShop(server);
});
afterAll(async () => {
	shop.close();
	await server.end();
});

/** One unit and three who ask for it at once: who got what. */
async function story(sku: string, policy: Policy) {
	await shop.newProduct(sku, 1, policy);
	const three = await shop.newCustomers(3);
	const answers = await Promise.all(three.map((customer) => customer.reserve({ sku, quantity: 1, wait: true })));
	expect(answers.map(({ status }) => status).sort()).toEqual([201, 202, 409]);
	const of = (status: number) => answers.findIndex((answer) => answer.status === status);
	expect(answers[of(202)]).toMatchObject({ data: { status: "waiting", position: 1 } });
	expect(answers[of(409)]).toMatchObject({ problem: { type: "/problems/sold-out" } });
	const held = answers[of(201)] as { data: Reservation };
	return {
		first: three[of(201)] as Customer,
		second: three[of(202)] as Customer,
		third: three[of(409)] as Customer,
		expiresAtMs: Date.parse(held.data.expiresAt ?? ""),
	};
}

async function until<T>(check: () => Promise<T | null>): Promise<T> {
	for (const endMs = Date.now() + 20_000; Date.now() < endMs; await sleep(50)) {
		const found = await check();
		if (found !== null) return found;
	}
	throw new Error("it did not come to pass");
}

/** Checks out and pays; answers the completed checkout. */
async function buy(customer: Customer, sku: string, acceptPreorder = false) {
	const order = { lines: [{ sku, quantity: 1 }], email: "ada@example.com", acceptPreorder };
	const { id, payment } = unwrap(await customer.openCheckout(order));
	unwrap(await customer.service.confirmSandboxPayment({ id: payment?.id ?? "", outcome: "approve" }));
	return await until(async () => {
		const checkout = unwrap(await customer.getCheckout({ id }));
		return checkout.status === "completed" ? checkout : null;
	});
}

describe.concurrent("one unit and three shoppers at once", () => {
	test("promotes the second, who buys, when the first does not pay, though nobody asks", async () => {
		const sku = "unpaid";
		const { first, second, third, expiresAtMs } = await story(sku, { holdSeconds: 1, offerSeconds: 60 });
		const early = { lines: [{ sku, quantity: 1 }], email: "bob@example.com" };
		expect(await second.openCheckout(early)).toMatchObject({
			status: 409,
			problem: { type: "/problems/lines-unavailable", lines: [{ sku, reason: "sold-out" }] },
		});

		// Any question to the SKU would bring its books up to the clock, so for two seconds none is asked.
		await sleep(expiresAtMs + 2_000 - Date.now());
		const askedAtMs = Date.now();
		const { entries } = unwrap(await shop.admin.getJournal({ sku }));
		const promoted = entries.find(({ kind }) => kind === "promoted");
		expect(promoted).toMatchObject({ shopperId: second.shopper.shopperId });
		expect(Date.parse(promoted?.at ?? "")).toBeGreaterThanOrEqual(expiresAtMs);
		expect(Date.parse(promoted?.at ?? "")).toBeLessThan(askedAtMs);

		expect(unwrap(await first.getReservation({ sku })).status).toBe("expired");
		expect((await third.reserve({ sku, quantity: 1 })).status).toBe(409);
		const { payment } = await buy(second, sku);
		expect(unwrap(await second.service.getSandboxPayment({ id: payment?.id ?? "" }))).toMatchObject({
			status: "captured",
			captured: { amount: 1999 },
		});
		expect(await shop.stock(sku)).toMatchObject({ sold: 1, available: 0, held: 0, balanced: true });
	});

	test("fills the pre-order of the second before any newcomer's wish, when the first has paid and 1 unit arrives", async () => {
		const sku = "paid";
		const preorder = { capacity: 1, termsVersion: "2026-12" };
		const { first, second, third } = await story(sku, { preorder });
		await buy(first, sku);
		const { orderId, lines } = await buy(second, sku, true);
		expect(lines).toMatchObject([{ fulfilment: "preorder", termsVersion: "2026-12" }]);

		const newcomers = [third, ...(await shop.newCustomers(9))];
		const ask = (customer: Customer) => customer.reserve({ sku, quantity: 1 });
		const before = newcomers.slice(0, 5).map(ask);
		const restock = shop.admin.restock({ sku, quantity: 1 });
		const after = newcomers.slice(5).map(ask);
		expect(unwrap(await restock)).toMatchObject({ filledPreorders: 1, promoted: 0, available: 0 });
		for (const { status } of await Promise.all([...before, ...after])) expect(status).toBe(409);

		await until(async () => {
			const { lines } = unwrap(await second.getOrder({ id: orderId ?? "" }));
			return lines[0] && "preorder" in lines[0] && lines[0].preorder === "filled" ? lines : null;
		});
		const inD1 = await until(async () => {
			const { preorders } = unwrap(await shop.admin.listPreorders({ sku, status: "filled" }));
			return preorders.length > 0 ? preorders : null;
		});
		expect(inD1).toMatchObject([{ shopperId: second.shopper.shopperId, orderId, quantity: 1 }]);
		expect(await shop.stock(sku)).toMatchObject({ sold: 2, available: 0, balanced: true });
	});
});
