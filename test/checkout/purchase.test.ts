/**
 * A checkout with the real objects, D1 and the queue: from the first click to the lasting order, and every other end.
 */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { findOrder } from "../../src/orders/order-store.ts";
import { sandboxObject } from "../../src/payments/sandbox/provider.ts";
import { eventually, pass, ring, useStoppedClock } from "../support/clock.ts";
import { newProduct, stockOf } from "../support/merchant.ts";
import { expectSquare } from "../support/money.ts";
import { pay, paymentAtProvider } from "../support/provider.ts";
import { newShopper, paymentIdOf, type Shopper } from "../support/shopper.ts";
import { countCalls } from "./crash-injection.ts";

useStoppedClock();

/** The default payment window, and the grace after it, in seconds. */
const WINDOW = 900;
const GRACE = 120;
const one = (...skus: string[]) => skus.map((sku) => ({ sku, quantity: 1 }));

/** The shopper pays, and no webhook is ever sent. */
const payInSilence = (paymentId: string, outcome: "approve" | "capture" = "approve") =>
	sandboxObject(env).confirm(paymentId, { outcome, silent: true });

async function statusOf(ada: Shopper, id: string) {
	return (await ada.read(id)).body.status;
}

describe("a purchase", () => {
	it("leads from a hold through a payment to an order in D1", async () => {
		const [a, b] = [await newProduct({ units: 5 }), await newProduct({ units: 5, title: "Tote" })];
		const ada = await newShopper();
		await ada.reserve(a, 2);
		const lines = [
			{ sku: a, quantity: 2 },
			{ sku: b, quantity: 1 },
		];
		const opened = await ada.checkout(lines, { email: "ada@example.com" });
		await pay(paymentIdOf(opened));
		const { body } = await ada.read(opened.id);
		expect(body).toMatchObject({
			status: "completed",
			payment: { status: "captured", captured: { amount: 3 * 1999 } },
		});
		const order = await eventually(async () => {
			const found = await findOrder(env.DB, body.orderId as string);
			expect(found).not.toBeNull();
			return found;
		});
		expect(order).toMatchObject({
			id: body.orderId,
			checkoutId: opened.id,
			shopperId: ada.id,
			email: "ada@example.com",
			status: "paid",
			currency: "USD",
			totalMinor: 3 * 1999,
			refundedMinor: 0,
			payment: { provider: "sandbox", id: paymentIdOf(opened) },
		});
		expect(order?.lines).toMatchObject(
			[
				{ sku: a, title: "Mug", quantity: 2, unitPriceMinor: 1999, fulfilment: "in_stock" },
				{ sku: b, title: "Tote", quantity: 1, unitPriceMinor: 1999, fulfilment: "in_stock" },
			].sort((x, y) => (x.sku < y.sku ? -1 : 1)),
		);
		const sold = (await ada.reservation(a)).body;
		expect(order?.lines.find(({ sku }) => sku === a)?.subjectId).toBe(sold.id);
		expect(await stockOf(a)).toMatchObject({ available: 3, held: 0, sold: 2 });
		expect(await stockOf(b)).toMatchObject({ available: 4, held: 0, sold: 1 });
	});

	it("survives a declined card: the shopper pays with another (vendure 3065)", async () => {
		const sku = await newProduct({ units: 1 });
		const ada = await newShopper();
		const opened = await ada.checkout(one(sku));
		for (let i = 0; i < 3; i++) {
			await pay(paymentIdOf(opened), { outcome: "decline" });
			expect(await statusOf(ada, opened.id)).toBe("payment_failed");
			expect(await stockOf(sku)).toMatchObject({ held: 1, paying: 1 });
			pass(30);
		}
		await pay(paymentIdOf(opened));
		expect(await statusOf(ada, opened.id)).toBe("completed");
		expect(await expectSquare(ada, opened.id)).toBe(1999);
	});

	it("completes with a method that captures at once", async () => {
		const sku = await newProduct({ units: 1 });
		const ada = await newShopper();
		const opened = await ada.checkout(one(sku));
		await pay(paymentIdOf(opened), { outcome: "capture" });
		expect(await statusOf(ada, opened.id)).toBe("completed");
		expect(await expectSquare(ada, opened.id)).toBe(1999);
	});

	it("is one purchase when its webhook arrives five times at once", async () => {
		const sku = await newProduct({ units: 5 });
		const ada = await newShopper();
		const opened = await ada.checkout(one(sku));
		await pay(paymentIdOf(opened), { outcome: "approve", copies: 5 });
		expect(await statusOf(ada, opened.id)).toBe("completed");
		expect(await stockOf(sku)).toMatchObject({ available: 4, sold: 1 });
		expect(await expectSquare(ada, opened.id)).toBe(1999);
	});
});

describe("concurrent calls to one checkout", () => {
	it("execute each effect once", async () => {
		const sku = await newProduct({ units: 5 });
		const ada = await newShopper();
		const opened = await ada.checkout(one(sku));
		const calls = await countCalls(opened.id);
		await pay(paymentIdOf(opened), { outcome: "approve", copies: 5 });
		await Promise.all([ada.read(opened.id), ada.cancel(opened.id), ada.read(opened.id), ring.checkout(opened.id)]);
		expect(await statusOf(ada, opened.id)).toBe("completed");
		expect(Object.fromEntries(calls)).toEqual({ commit: 1, capture: 1, send: 1 });
	});
});

describe("a checkout that nobody pays", () => {
	it("ends by its alarm, which voids the payment and unpins the units (vendure 3509, woocommerce 66244)", async () => {
		const [a, b] = [await newProduct({ units: 1 }), await newProduct({ units: 2 })];
		const ada = await newShopper();
		const opened = await ada.checkout(one(a, b));
		pass(WINDOW - 1);
		await ring.checkout(opened.id);
		expect(await stockOf(a)).toMatchObject({ available: 0, paying: 1 });
		pass(1);
		expect(await ring.checkout(opened.id)).toBe(true);
		expect(await stockOf(a)).toMatchObject({ available: 1, held: 0 });
		expect(await stockOf(b)).toMatchObject({ available: 2, held: 0 });
		expect(await paymentAtProvider(paymentIdOf(opened))).toMatchObject({ status: "voided" });
		expect(await statusOf(ada, opened.id)).toBe("expired");
	});

	it("ends after a declined attempt too (saleor 14352)", async () => {
		const sku = await newProduct({ units: 1 });
		const ada = await newShopper();
		const opened = await ada.checkout(one(sku));
		await pay(paymentIdOf(opened), { outcome: "decline" });
		pass(WINDOW);
		await ring.checkout(opened.id);
		expect(await statusOf(ada, opened.id)).toBe("expired");
		expect(await stockOf(sku)).toMatchObject({ available: 1, held: 0 });
	});

	it("releases its pre-order for somebody else (saleor 13517)", async () => {
		const sku = await newProduct({ policy: { preorder: { capacity: 1, termsVersion: "v1" } } });
		const [ada, bob] = [await newShopper(), await newShopper()];
		const opened = await ada.checkout(one(sku), { acceptPreorder: true });
		expect((await bob.open(one(sku), { acceptPreorder: true })).status).toBe(409);
		pass(WINDOW);
		await ring.checkout(opened.id);
		await bob.checkout(one(sku), { acceptPreorder: true });
	});

	it("can no longer be paid", async () => {
		const sku = await newProduct({ units: 1 });
		const opened = await (await newShopper()).checkout(one(sku));
		pass(WINDOW);
		await ring.checkout(opened.id);
		expect(await sandboxObject(env).confirm(paymentIdOf(opened), { outcome: "approve" })).toMatchObject({
			kind: "not-payable",
		});
	});
});

describe("a payment whose webhook is late", () => {
	it("is read at the end of the window, and sells when it was made in time (pretix 827, saleor 10925)", async () => {
		const sku = await newProduct({ units: 1 });
		const ada = await newShopper();
		const opened = await ada.checkout(one(sku));
		await payInSilence(paymentIdOf(opened));
		pass(WINDOW);
		expect(await ring.checkout(opened.id)).toBe(true);
		expect(await statusOf(ada, opened.id)).toBe("completed");
		expect(await expectSquare(ada, opened.id)).toBe(1999);
	});

	it("takes the units again when the pin has expired and units are available (alf.io 531, saleor 15246)", async () => {
		const sku = await newProduct({ units: 1 });
		const ada = await newShopper();
		const opened = await ada.checkout(one(sku));
		await payInSilence(paymentIdOf(opened));
		pass(WINDOW + GRACE);
		expect(await stockOf(sku)).toMatchObject({ available: 1, held: 0 });
		await ring.checkout(opened.id);
		expect(await statusOf(ada, opened.id)).toBe("completed");
		expect(await stockOf(sku)).toMatchObject({ available: 0, sold: 1 });
		expect(await expectSquare(ada, opened.id)).toBe(1999);
	});

	it("is refunded when the units have gone to somebody else (pretix 74, saleor 14733)", async () => {
		const sku = await newProduct({ units: 1 });
		const [ada, bob] = [await newShopper(), await newShopper()];
		const opened = await ada.checkout(one(sku));
		await payInSilence(paymentIdOf(opened), "capture");
		pass(WINDOW + GRACE);
		await bob.buy(one(sku));
		await ring.checkout(opened.id);
		expect(await statusOf(ada, opened.id)).toBe("refunded");
		expect(await paymentAtProvider(paymentIdOf(opened))).toMatchObject({ capturedMinor: 1999, refundedMinor: 1999 });
		expect(await stockOf(sku)).toMatchObject({ sold: 1, available: 0 });
	});

	it("buys exactly the line that is left when the other has gone", async () => {
		const [a, b] = [
			await newProduct({ units: 1 }),
			await newProduct({ units: 1, price: { amount: 500, currency: "USD" } }),
		];
		const [ada, bob] = [await newShopper(), await newShopper()];
		const opened = await ada.checkout(one(a, b));
		await payInSilence(paymentIdOf(opened));
		pass(WINDOW + GRACE);
		await bob.buy(one(a));
		await ring.checkout(opened.id);
		const { body } = await ada.read(opened.id);
		expect(body).toMatchObject({ status: "completed", payment: { captured: { amount: 500 } } });
		expect(body.lines.find(({ sku }) => sku === a)).toMatchObject({ fulfilment: "refused", reason: "units-gone" });
		expect((await ada.order(body.orderId as string)).body).toMatchObject({
			total: { amount: 500 },
			lines: [{ sku: b }],
		});
		expect(await expectSquare(ada, opened.id)).toBe(500);
	});

	it("is voided or refunded when it was made too late, and the units stay in the stock", async () => {
		for (const outcome of ["approve", "capture"] as const) {
			const sku = await newProduct({ units: 1 });
			const ada = await newShopper();
			const opened = await ada.checkout(one(sku));
			const paidAtMs = Date.now() + (WINDOW + GRACE + 1) * 1000;
			await sandboxObject(env).confirm(paymentIdOf(opened), { outcome, paidAtMs, silent: true });
			pass(WINDOW + GRACE + 1);
			await ring.checkout(opened.id);
			expect(await statusOf(ada, opened.id)).toBe(outcome === "approve" ? "expired" : "refunded");
			expect(await stockOf(sku)).toMatchObject({ available: 1, sold: 0 });
			expect(await expectSquare(ada, opened.id)).toBe(0);
		}
	});
});
