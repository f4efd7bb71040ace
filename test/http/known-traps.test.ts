/** Traps that other shops fell into and that belong to no single resource. Each title names where the trap was seen. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { sandboxObject } from "../../src/payments/sandbox/provider.ts";
import { call, expectProblem } from "../support/http.ts";
import { asMerchant, newProduct, stockOf } from "../support/merchant.ts";
import { recordedOrder } from "../support/orders.ts";
import { pay } from "../support/provider.ts";
import { newShopper, newShoppers, type Order, paymentIdOf } from "../support/shopper.ts";

it("holds nothing for a shopper who only looks (woocommerce 44231)", async () => {
	const sku = await newProduct({ units: 1 });
	for (const shopper of await newShoppers(5)) {
		expect((await call("GET", `/v1/products/${sku}`)).status).toBe(200);
		expectProblem(await shopper.reservation(sku), 404, "no-reservation");
	}
	expect(await stockOf(sku)).toMatchObject({ available: 1, held: 0 });
});

it("creates no payment before the stock is checked (medusa starter 453)", async () => {
	const sku = await newProduct({ units: 1, policy: { waitlistLimit: 0 } });
	const [ada, ben] = await newShoppers(2);
	await ada?.reserve(sku, 1);
	const before = (await sandboxObject(env).books(null, 200)).payments.length;
	expectProblem(await (ben as NonNullable<typeof ben>).open([{ sku, quantity: 1 }]), 409, "lines-unavailable");
	expect((await sandboxObject(env).books(null, 200)).payments).toHaveLength(before);
});

it("serves other shoppers while the payment provider is slow (saleor 11069)", async () => {
	const sku = await newProduct({ units: 2 });
	const [ada, ben] = await newShoppers(2);
	await sandboxObject(env).setFaults([{ call: "create", fail: "no", delayMs: 3_000, times: 1 }]);
	const ended: string[] = [];
	const slow = ada?.open([{ sku, quantity: 1 }]).then(() => ended.push("ada, whose payment is being made"));
	await (ben as NonNullable<typeof ben>).reserve(sku, 1).then(() => ended.push("ben, who reserves"));
	await slow;
	expect(ended).toEqual(["ben, who reserves", "ada, whose payment is being made"]);
});

it("makes one order of one unit, however many ask and however often (medusa 16825)", async () => {
	const sku = await newProduct({ units: 1 });
	const ada = await newShopper();
	const key = crypto.randomUUID();
	const lines = [{ sku, quantity: 1 }];
	const opened = await Promise.all([1, 2, 3].map(() => ada.checkout(lines, { key })));
	const checkout = opened[0] as (typeof opened)[0];
	await Promise.all(opened.map((again) => pay(paymentIdOf(again), { outcome: "approve", copies: 3 })));
	const { orderId } = (await ada.read(checkout.id)).body;
	await recordedOrder(orderId as string);
	const { body } = await asMerchant<{ orders: Order[] }>("GET", `/orders?sku=${sku}`);
	expect(body.orders.map(({ id }) => id)).toEqual([orderId]);
	expect(await stockOf(sku)).toMatchObject({ available: 0, held: 0, sold: 1 });
});
