/** A checkout sends its order until D1 has it, and then no more. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { CheckoutObject } from "../../src/checkout/checkout.ts";
import { checkoutIdOf } from "../../src/checkout/client.ts";
import { RESEND_FIRST_MS, RESEND_MOST_MS } from "../../src/limits.ts";
import { findOrder } from "../../src/orders/order-store.ts";
import { eventually, pass, ring, useStoppedClock } from "../support/clock.ts";
import { newProduct } from "../support/merchant.ts";
import { newShopper, type Shopper } from "../support/shopper.ts";

useStoppedClock();

const inD1 = (orderId: string) => findOrder(env.DB, orderId);
const isRecorded = async (id: string) =>
	(await env.CHECKOUT.getByName(id).events()).some(({ kind }) => kind === "recorded");

/** Buys one unit that costs nothing, by a checkout whose queue loses every message. */
async function buyWithLossyQueue(): Promise<{
	ada: Shopper;
	id: string;
	orderId: string;
	sent: () => number;
	restore: () => Promise<void>;
}> {
	const sku = await newProduct({ units: 1, price: { amount: 0, currency: "USD" } });
	const ada = await newShopper();
	const key = crypto.randomUUID();
	const id = await checkoutIdOf(ada.id, key);
	let sent = 0;
	let real: Env | null = null;
	await runInDurableObject(env.CHECKOUT.getByName(id), (object: CheckoutObject) => {
		const inside = object as unknown as { env: Env };
		real = inside.env;
		const send = async () => {
			sent++;
		};
		inside.env = { ...real, ORDERS: { send } as unknown as Env["ORDERS"] };
	});
	const { orderId } = await ada.checkout([{ sku, quantity: 1 }], { key });
	const restore = () =>
		runInDurableObject(env.CHECKOUT.getByName(id), (object: CheckoutObject) => {
			(object as unknown as { env: Env }).env = real as unknown as Env;
		});
	return { ada, id, orderId: orderId as string, sent: () => sent, restore };
}

describe("an order that the queue has lost", () => {
	it("is sent again until D1 has it, while its shopper can read it all along", async () => {
		const { ada, id, orderId, sent, restore } = await buyWithLossyQueue();
		expect(sent()).toBe(1);
		expect(await ada.order(orderId)).toMatchObject({ status: 200, body: { id: orderId } });
		// Not a second early.
		pass(RESEND_FIRST_MS / 1000 - 1);
		await ring.checkout(id);
		expect(sent()).toBe(1);
		pass(1);
		await ring.checkout(id);
		expect(sent()).toBe(2);
		expect(await inD1(orderId)).toBeNull();
		expect(await isRecorded(id)).toBe(false);

		await restore();
		pass(RESEND_MOST_MS / 1000);
		expect(await ring.checkout(id)).toBe(true);
		await eventually(async () => expect(await inD1(orderId)).toMatchObject({ id: orderId, checkoutId: id }));
		await eventually(async () => expect(await isRecorded(id)).toBe(true));
	});

	it("is sent at longer and longer intervals, up to the longest", async () => {
		const { id, sent } = await buyWithLossyQueue();
		const gaps: number[] = [];
		let before = Date.now();
		for (let rings = 0; gaps.length < 9 && rings < 300; rings++) {
			const had = sent();
			pass(10);
			await ring.checkout(id);
			if (sent() === had) continue;
			gaps.push(Date.now() - before);
			before = Date.now();
		}
		const doubled = gaps.map((_, i) => Math.min(RESEND_MOST_MS, RESEND_FIRST_MS * 2 ** i));
		expect(gaps).toEqual(doubled);
	});
});

describe("an order that D1 has", () => {
	it("is not sent again, and its checkout has no alarm", async () => {
		const sku = await newProduct({ units: 1 });
		const ada = await newShopper();
		const { id } = await ada.buy([{ sku, quantity: 1 }]);
		await eventually(async () => expect(await isRecorded(id)).toBe(true));
		const before = (await env.CHECKOUT.getByName(id).events()).length;
		pass(RESEND_MOST_MS / 1000);
		await ring.checkout(id);
		expect(await ring.checkout(id)).toBe(false);
		expect(await env.CHECKOUT.getByName(id).events()).toHaveLength(before);
	});
});
