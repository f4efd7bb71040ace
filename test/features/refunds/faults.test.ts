/** Refunds while the provider fails: shown as pending, retried until made, made once, not undone by a late webhook. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { RETRY_FIRST_MS, RETRY_MOST_MS } from "../../../src/limits.ts";
import { sandboxObject } from "../../../src/payments/sandbox/provider.ts";
import { eventually, pass, ring, useStoppedClock } from "../../support/clock.ts";
import { asMerchant, expectReconciled, newProduct, refund, stockOf } from "../../support/merchant.ts";
import { expectSquare } from "../../support/money.ts";
import { recordedOrder } from "../../support/orders.ts";
import {
	clearFaultsAfterEach,
	injectFaults,
	pay,
	paymentAtProvider,
	providerDown,
	providerUp,
} from "../../support/provider.ts";
import { newPurchase, newShopper, newShoppers, type Order, type Shopper } from "../../support/shopper.ts";

useStoppedClock();
clearFaultsAfterEach();

/** The amount that is still to be refunded, as the merchant reads it. */
const pending = async (orderId: string) =>
	(await asMerchant<Order>("GET", `/orders/${orderId}`)).body.refundPending.amount;

describe("a refund that the provider fails to make", () => {
	it("shows a failed refund as pending, retries it by the alarm, and makes it when the provider is back", async () => {
		const sku = await newProduct({ units: 2 });
		const { shopper, orderId, checkoutId, paymentId } = await newPurchase({ sku, quantity: 2 });
		await providerDown("refund", "read");
		expect(await refund(orderId, { lines: [{ sku, quantity: 1 }] })).toMatchObject({
			status: 200,
			body: { status: "partially_refunded", refunded: { amount: 0 }, refundPending: { amount: 1999 } },
		});
		for (let tries = 0; tries < 8; tries++) {
			pass(RETRY_MOST_MS / 1000);
			expect(await ring.checkout(checkoutId)).toBe(true);
			expect(await pending(orderId)).toBe(1999);
		}
		expect(await paymentAtProvider(paymentId)).toMatchObject({ refundedMinor: 0 });
		await providerUp();
		pass(RETRY_MOST_MS / 1000);
		expect(await ring.checkout(checkoutId)).toBe(true);
		expect(await pending(orderId)).toBe(0);
		expect(await expectSquare(shopper, checkoutId)).toBe(1999);
	});

	it("shows an order as partially refunded until the whole amount is refunded", async () => {
		const sku = await newProduct({ units: 1 });
		const { orderId, checkoutId, shopper } = await newPurchase({ sku, quantity: 1 });
		await injectFaults({ call: "refund" });
		expect(await refund(orderId)).toMatchObject({
			body: { status: "partially_refunded", refundPending: { amount: 1999 }, refunded: { amount: 0 } },
		});
		pass(RETRY_FIRST_MS / 1000);
		await ring.checkout(checkoutId);
		expect((await shopper.order(orderId)).body).toMatchObject({ status: "refunded", refundPending: { amount: 0 } });
	});

	it("makes a second refund together with a pending one, each once", async () => {
		const sku = await newProduct({ units: 3 });
		const { shopper, orderId, checkoutId, paymentId } = await newPurchase({ sku, quantity: 3 });
		await providerDown("refund", "read");
		await refund(orderId, { lines: [{ sku, quantity: 1 }], key: "one" });
		await refund(orderId, { lines: [{ sku, quantity: 1 }], key: "two", restock: true });
		await refund(orderId, { lines: [{ sku, quantity: 1 }], key: "one" });
		expect(await pending(orderId)).toBe(2 * 1999);
		await providerUp();
		pass(RETRY_MOST_MS / 1000);
		await ring.checkout(checkoutId);
		expect(await expectSquare(shopper, checkoutId)).toBe(1999);
		expect(await paymentAtProvider(paymentId)).toMatchObject({ refundedMinor: 2 * 1999 });
		expect(await stockOf(sku)).toMatchObject({ returned: 1, sold: 2 });
	});

	it("gives restocked units to the waitlist, and the order to D1, while the refund is pending", async () => {
		const sku = await newProduct({ units: 1, policy: { waitlistLimit: 3 } });
		const { orderId, shopper, checkoutId } = await newPurchase({ sku, quantity: 1 });
		const waiting = await newShopper();
		await waiting.reserve(sku, 1, { wait: true });
		await providerDown("refund", "read");
		await refund(orderId, { restock: true });
		expect(await waiting.reservation(sku)).toMatchObject({ body: { status: "held" } });
		await eventually(async () =>
			expect(await recordedOrder(orderId)).toMatchObject({
				status: "partially_refunded",
				refundPendingMinor: 1999,
				lines: [{ refunded: 1, returned: 1 }],
			}),
		);
		await providerUp();
		pass(RETRY_MOST_MS / 1000);
		await ring.checkout(checkoutId);
		expect(await expectSquare(shopper, checkoutId)).toBe(0);
	});

	it("records a retried refund in D1, and gives its restocked unit to the waitlist", async () => {
		const sku = await newProduct({ units: 1, policy: { waitlistLimit: 3 } });
		const { orderId, checkoutId } = await newPurchase({ sku, quantity: 1 });
		const waiting = await newShopper();
		await waiting.reserve(sku, 1, { wait: true });
		await injectFaults({ call: "refund" }, { call: "read" }, { call: "refund" });
		await refund(orderId, { restock: true });
		for (let tries = 0; tries < 4; tries++) {
			pass(RETRY_MOST_MS / 1000);
			await ring.checkout(checkoutId);
		}
		expect(await waiting.reservation(sku)).toMatchObject({ body: { status: "held" } });
		await eventually(async () => expect((await recordedOrder(orderId)).status).toBe("refunded"));
		await expectReconciled(sku);
	});
});

describe("a refund that was made although its response was lost", () => {
	it("reads that the refund was made, and does not make it twice (pretix 343)", async () => {
		const sku = await newProduct({ units: 2 });
		const { shopper, orderId, checkoutId, paymentId } = await newPurchase({ sku, quantity: 2 });
		await injectFaults({ call: "refund", fail: "after" }, { call: "read", times: 2 });
		const { body } = await refund(orderId, { lines: [{ sku, quantity: 1 }] });
		expect(body.refunded.amount + body.refundPending.amount).toBe(1999);
		for (let tries = 0; tries < 4; tries++) {
			pass(RETRY_MOST_MS / 1000);
			await ring.checkout(checkoutId);
		}
		expect(await pending(orderId)).toBe(0);
		expect(await paymentAtProvider(paymentId)).toMatchObject({ refundedMinor: 1999 });
		expect(await expectSquare(shopper, checkoutId)).toBe(1999);
	});
});

describe("a webhook that arrives after the refund", () => {
	it("does not revive a refunded order by the late webhook of its payment (mollie/WooCommerce 1252)", async () => {
		const sku = await newProduct({ units: 1 });
		const [ada, bob] = (await newShoppers(2)) as [Shopper, Shopper];
		const { id, payment } = await ada.checkout([{ sku, quantity: 1 }]);
		// The webhook comes twice and very late. The checkout reads the payment before that, when its window ends.
		await pay(payment?.id ?? "", { outcome: "capture", delayMs: 2_000_000, copies: 2 });
		pass(900);
		await ring.checkout(id);
		const orderId = (await ada.read(id)).body.orderId ?? "";
		await refund(orderId, { restock: true });
		await bob.buy([{ sku, quantity: 1 }]);
		const before = await ada.read(id);
		expect(before.body.status).toBe("refunded");
		pass(1_200);
		expect(await ring.sandbox()).toBe(true);
		expect(await ada.read(id)).toEqual({ ...before, headers: expect.anything() });
		expect(await expectSquare(ada, id)).toBe(0);
		expect(await stockOf(sku)).toMatchObject({ sold: 1, available: 0, returned: 1 });
	});
});

describe("a refund that comes back while the next one is made", () => {
	it("makes it again, although the answer to the next one shows as much refunded as before", async () => {
		const sku = await newProduct({ units: 2 });
		const { shopper, orderId, checkoutId, paymentId } = await newPurchase({ sku, quantity: 2 });
		await refund(orderId, { lines: [{ sku, quantity: 1 }] });
		const provider = sandboxObject(env);
		expect(await provider.incident(paymentId, { kind: "refund-returned", silent: true })).toMatchObject({ kind: "ok" });
		await refund(orderId, { lines: [{ sku, quantity: 1 }] });
		for (let tries = 0; tries < 4; tries++) {
			pass(RETRY_MOST_MS / 1000);
			await ring.checkout(checkoutId);
		}
		expect(await pending(orderId)).toBe(0);
		expect(await paymentAtProvider(paymentId)).toMatchObject({ refundedMinor: 2 * 1999 });
		expect(await expectSquare(shopper, checkoutId)).toBe(0);
	});
});
