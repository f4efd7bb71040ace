/**
 * `POST /admin/v1/orders/{id}/refund`: gives back money, and units with `restock`, once and never more than was paid.
 */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { eventually } from "../support/clock.ts";
import { call, expectProblem } from "../support/http.ts";
import { asMerchant, newProduct, stockOf } from "../support/merchant.ts";
import { recordedOrder } from "../support/orders.ts";
import { paymentAtProvider } from "../support/provider.ts";
import { newShopper, type Order, paymentIdOf } from "../support/shopper.ts";

const PRICE = 1999;

/** An order of three of five units. */
async function bought(price = PRICE) {
	const sku = await newProduct({ units: 5, price: { amount: price, currency: "USD" } });
	const ada = await newShopper();
	const checkout = await ada.buy([{ sku, quantity: 3 }]);
	return { sku, ada, id: checkout.orderId, checkout };
}

interface Body {
	readonly lines?: readonly { readonly sku: string; readonly quantity: number }[];
	readonly restock?: boolean;
	readonly reason?: string;
}
const refund = (id: string, body: Body, key?: string) => {
	const json = { restock: false, reason: "damaged", ...body };
	return asMerchant<Order>("POST", `/orders/${id}/refund`, key === undefined ? { json } : { json, key });
};
const money = (amount: number) => ({ amount, currency: "USD" });

describe("a refund of a payment that the shopper's bank disputes", () => {
	it("is refused by name, and the order is listed as disputed", async () => {
		const { id, checkout } = await bought();
		const payment = await paymentAtProvider(paymentIdOf(checkout));
		const stub = env.CHECKOUT.getByName(checkout.id);
		await runInDurableObject(stub, (object) => {
			const inside = object as unknown as { env: Env };
			const read = async () => ({ kind: "ok", payment: { ...payment, disputedMinor: 3 * PRICE } });
			inside.env = { ...inside.env, SANDBOX: { getByName: () => ({ read }) } as unknown as Env["SANDBOX"] };
		});
		expect(await stub.comparePayment()).toMatchObject({
			kind: "read",
			isNews: true,
			keptMinor: 0,
			dueMinor: 3 * PRICE,
		});
		expectProblem(await refund(id, {}), 409, "payment-disputed");
		expect(await asMerchant("GET", `/orders/${id}`)).toMatchObject({
			body: { status: "disputed", unsettled: "disputed", refunded: money(0) },
		});
		await eventually(async () => expect((await recordedOrder(id)).status).toBe("disputed"));
	});
});

describe("a refund", () => {
	it("gives all the money back for the whole order, and the shopper sees it", async () => {
		const { sku, ada, id, checkout } = await bought();
		expect(await refund(id, {})).toMatchObject({
			status: 200,
			body: { id, status: "refunded", total: money(3 * PRICE), refunded: money(3 * PRICE), refundPending: money(0) },
		});
		expect(await paymentAtProvider(paymentIdOf(checkout))).toMatchObject({
			capturedMinor: 3 * PRICE,
			refundedMinor: 3 * PRICE,
		});
		expect(await ada.order(id)).toMatchObject({ body: { status: "refunded", lines: [{ refunded: 3, returned: 0 }] } });
		expect(await ada.read(checkout.id)).toMatchObject({ body: { status: "refunded" } });
		expect(await stockOf(sku)).toMatchObject({ available: 2, sold: 3, returned: 0 });
	});

	it("puts the units back on sale with restock", async () => {
		const { sku, id } = await bought();
		expect(await refund(id, { restock: true })).toMatchObject({ body: { lines: [{ refunded: 3, returned: 3 }] } });
		expect(await stockOf(sku)).toMatchObject({ available: 5, sold: 0, returned: 3 });
	});

	it("gives back no more than the order in several parts", async () => {
		const { sku, id } = await bought();
		expect(await refund(id, { lines: [{ sku, quantity: 1 }], restock: true })).toMatchObject({
			body: { status: "partially_refunded", refunded: money(PRICE) },
		});
		expectProblem(await refund(id, { lines: [{ sku, quantity: 3 }] }), 409, "not-refundable", { sku, refundable: 2 });
		expect(await refund(id, { lines: [{ sku, quantity: 2 }] })).toMatchObject({
			body: { status: "refunded", refunded: money(3 * PRICE), lines: [{ refunded: 3, returned: 1 }] },
		});
		expectProblem(await refund(id, { lines: [{ sku, quantity: 1 }] }), 409, "not-refundable", { refundable: 0 });
		expect(await stockOf(sku)).toMatchObject({ available: 3, sold: 2, returned: 1 });
	});

	it("changes nothing when nothing is left to refund", async () => {
		const { id, checkout } = await bought();
		await refund(id, {});
		expect(await refund(id, {})).toMatchObject({ status: 200, body: { refunded: money(3 * PRICE) } });
		expect(await paymentAtProvider(paymentIdOf(checkout))).toMatchObject({ refundedMinor: 3 * PRICE });
	});

	it("returns the units of an order that cost nothing", async () => {
		const { sku, id } = await bought(0);
		expect(await refund(id, { restock: true })).toMatchObject({ status: 200, body: { status: "refunded" } });
		expect(await stockOf(sku)).toMatchObject({ available: 5, sold: 0 });
	});

	it("is refused for units that were not bought, and for an unknown order", async () => {
		const { id } = await bought();
		expectProblem(await refund(id, { lines: [{ sku: "another", quantity: 1 }] }), 409, "not-refundable", {
			refundable: 0,
		});
		for (const unknown of [`or_${"0".repeat(32)}`, "nonsense", id.replace("or_", "co_")]) {
			expectProblem(await refund(unknown, {}), 404, "unknown-order");
		}
		const ada = await newShopper();
		const unpaid = await ada.checkout([{ sku: await newProduct({ units: 1 }), quantity: 1 }]);
		expectProblem(await refund(`or_${unpaid.id.slice(3)}`, {}), 404, "unknown-order");
	});

	it("is refused to shoppers", async () => {
		const { id, ada, checkout } = await bought();
		const json = { restock: true, reason: "mine" };
		expectProblem(await call("POST", `/admin/v1/orders/${id}/refund`, { json, token: ada.token }), 401, "unauthorized");
		expect(await paymentAtProvider(paymentIdOf(checkout))).toMatchObject({ refundedMinor: 0 });
	});
});

describe("a refund with an Idempotency-Key", () => {
	it("gives back once when it is sent again, or many times at once", async () => {
		const { sku, id, checkout } = await bought();
		const lines = [{ sku, quantity: 1 }];
		const key = crypto.randomUUID();
		const answers = await Promise.all(Array.from({ length: 6 }, () => refund(id, { lines, restock: true }, key)));
		for (const answer of [...answers, await refund(id, { lines, restock: true }, key)]) expect(answer.status).toBe(200);
		expect(await paymentAtProvider(paymentIdOf(checkout))).toMatchObject({ refundedMinor: PRICE });
		expect(await stockOf(sku)).toMatchObject({ sold: 2, returned: 1 });
	});

	it("is refused with 422 when the key comes with another body, and gives nothing back", async () => {
		const { sku, id, checkout } = await bought();
		const key = crypto.randomUUID();
		await refund(id, { lines: [{ sku, quantity: 1 }] }, key);
		expectProblem(await refund(id, { lines: [{ sku, quantity: 2 }] }, key), 422, "idempotency-key-reused");
		expect(await paymentAtProvider(paymentIdOf(checkout))).toMatchObject({ refundedMinor: PRICE });
	});

	it("leaves refunds without a key to take effect each time", async () => {
		const { sku, id, checkout } = await bought();
		const lines = [{ sku, quantity: 1 }];
		await refund(id, { lines });
		await refund(id, { lines });
		expect(await paymentAtProvider(paymentIdOf(checkout))).toMatchObject({ refundedMinor: 2 * PRICE });
	});
});
