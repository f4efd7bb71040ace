/**
 * Payments that are late, or whose webhook is late: every branch, with the real sandbox. After each, the provider has
 * kept exactly the value of what the shopper has or is owed. Tests end the window by ringing the checkout's alarm.
 */
import { describe, expect, it } from "vitest";
import { RETRY_MOST_MS } from "../../../src/limits.ts";
import { DROP, pass, ring, useStoppedClock } from "../../support/clock.ts";
import { asMerchant, newProduct, recordedPreorders, restock, stockOf } from "../../support/merchant.ts";
import { expectSquare } from "../../support/money.ts";
import { recordedOrder } from "../../support/orders.ts";
import { clearFaultsAfterEach, pay, paymentAtProvider, providerDown, providerUp } from "../../support/provider.ts";
import { type Checkout, lineOf, newShoppers, paymentIdOf, type Shopper } from "../../support/shopper.ts";
import { type Attempt, GRACE, letRetriesRun, open, POLICY, PRICE, statusOf, WINDOW } from "./late-payment.ts";

useStoppedClock();
clearFaultsAfterEach();

describe.each(["approve", "capture"] as const)("a checkout whose payment has the outcome %s", (outcome) => {
	it("completes a checkout paid in time when the webhook comes after the window (pretix 827)", async () => {
		const attempt = await open();
		pass(WINDOW - 1);
		await pay(attempt.paymentId, { outcome, delayMs: 3_600_000 });
		pass(1);
		expect(await ring.checkout(attempt.checkout.id)).toBe(true);
		expect(await statusOf(attempt)).toBe("completed");
		expect(await expectSquare(attempt.ada, attempt.checkout.id)).toBe(PRICE);
		pass(3_600);
		expect(await ring.sandbox()).toBe(true);
		expect(await statusOf(attempt)).toBe("completed");
		expect(await expectSquare(attempt.ada, attempt.checkout.id)).toBe(PRICE);
		expect(await stockOf(attempt.sku)).toMatchObject({ sold: 1, available: 0, held: 0 });
	});

	it("completes a checkout paid in time when no webhook ever comes (medusa 16398)", async () => {
		const attempt = await open();
		await pay(attempt.paymentId, { outcome, silent: true });
		expect(await statusOf(attempt)).toBe("awaiting_payment");
		pass(WINDOW);
		await ring.checkout(attempt.checkout.id);
		expect(await statusOf(attempt)).toBe("completed");
		expect(await expectSquare(attempt.ada, attempt.checkout.id)).toBe(PRICE);
		await recordedOrder((await attempt.ada.read(attempt.checkout.id)).body.orderId ?? "");
	});

	it("completes a checkout paid within the grace while the unit is still pinned", async () => {
		const attempt = await open();
		await providerDown("void", "read");
		pass(WINDOW);
		await ring.checkout(attempt.checkout.id);
		expect(await statusOf(attempt)).toBe("awaiting_payment");
		pass(GRACE - 1);
		await pay(attempt.paymentId, { outcome });
		// The webhook alone makes the unit sold. The capture waits until the provider answers again.
		expect(await statusOf(attempt)).toBe("committing");
		expect(await stockOf(attempt.sku)).toMatchObject({ sold: 1, held: 0 });
		await providerUp();
		await letRetriesRun(attempt);
		expect(await statusOf(attempt)).toBe("completed");
		expect(await expectSquare(attempt.ada, attempt.checkout.id)).toBe(PRICE);
	});

	it("takes the unit again for a checkout paid in time whose pin expired (saleor 15246)", async () => {
		const attempt = await open();
		await providerDown("read");
		await pay(attempt.paymentId, { outcome, silent: true });
		pass(WINDOW);
		await ring.checkout(attempt.checkout.id);
		pass(GRACE);
		await ring.sku(attempt.sku);
		expect(await stockOf(attempt.sku)).toMatchObject({ available: 1, held: 0 });
		await providerUp();
		await letRetriesRun(attempt);
		expect(await statusOf(attempt)).toBe("completed");
		expect(lineOf((await attempt.ada.read(attempt.checkout.id)).body, attempt.sku).fulfilment).toBe("in_stock");
		expect(await expectSquare(attempt.ada, attempt.checkout.id)).toBe(PRICE);
		expect(await stockOf(attempt.sku)).toMatchObject({ available: 0, sold: 1 });
	});

	it("makes a pre-order of a checkout paid in time that lost its unit, if the terms were accepted", async () => {
		const preorder = { capacity: 1, termsVersion: "v7", expectedAt: null };
		const attempt = await open({ preorder }, true);
		expect(lineOf(attempt.checkout, attempt.sku).fulfilment).toBe("in_stock");
		await lapseThenSellToBob(attempt, outcome);
		expect(await statusOf(attempt)).toBe("completed");
		expect(lineOf((await attempt.ada.read(attempt.checkout.id)).body, attempt.sku)).toMatchObject({
			fulfilment: "preorder",
			termsVersion: "v7",
		});
		expect(await expectSquare(attempt.ada, attempt.checkout.id)).toBe(PRICE);
		expect(await recordedPreorders(attempt.sku, "owed")).toMatchObject([{ shopperId: attempt.ada.id }]);
		expect(await restock(attempt.sku, 1)).toMatchObject({ filledPreorders: 1 });
	});

	it.each([
		["the SKU takes no pre-orders", null, true],
		["the terms were not accepted", { capacity: 1, termsVersion: "v7" }, false],
	])(
		"gives back the money of a checkout paid in time that lost its unit, if %s (pretix 74, medusa 4946)",
		async (_, preorder, accept) => {
			const attempt = await open({ preorder }, accept);
			await lapseThenSellToBob(attempt, outcome);
			expect(await statusOf(attempt)).toBe("refunded");
			expect(lineOf((await attempt.ada.read(attempt.checkout.id)).body, attempt.sku)).toMatchObject({
				fulfilment: "refused",
				reason: "units-gone",
			});
			expect(await expectSquare(attempt.ada, attempt.checkout.id)).toBe(0);
			expect(await paymentAtProvider(attempt.paymentId)).toMatchObject(
				outcome === "capture"
					? { status: "captured", capturedMinor: PRICE, refundedMinor: PRICE }
					: { status: "voided", capturedMinor: 0 },
			);
			expect(await stockOf(attempt.sku)).toMatchObject({ sold: 1, available: 0, preorders: { owed: 0 } });
		},
	);

	it("gives back the money of a checkout paid after the grace, even though the unit is free", async () => {
		const attempt = await open();
		await providerDown("read", "void");
		pass(WINDOW);
		await ring.checkout(attempt.checkout.id);
		pass(GRACE + 1);
		await pay(attempt.paymentId, { outcome });
		await providerUp();
		await letRetriesRun(attempt);
		expect(await statusOf(attempt)).toBe(outcome === "capture" ? "refunded" : "expired");
		expect(await expectSquare(attempt.ada, attempt.checkout.id)).toBe(0);
		expect(await stockOf(attempt.sku)).toMatchObject({ available: 1, held: 0, sold: 0 });
	});

	it("gives back the money of a checkout paid after its cancellation and before the void", async () => {
		const attempt = await open();
		await providerDown("void", "read");
		expect(await attempt.ada.cancel(attempt.checkout.id)).toMatchObject({ body: { status: "cancelled" } });
		// The void has failed, so the payment can still succeed and the unit stays pinned.
		await pay(attempt.paymentId, { outcome });
		await providerUp();
		await letRetriesRun(attempt);
		expect(await expectSquare(attempt.ada, attempt.checkout.id)).toBe(0);
		expect(await statusOf(attempt)).toBe(outcome === "capture" ? "refunded" : "cancelled");
		expect(await stockOf(attempt.sku)).toMatchObject({ available: 1, held: 0, sold: 0 });
		expect(await attempt.bob.reserve(attempt.sku, 1)).toMatchObject({ status: 201 });
	});

	/** Ada pays in time without a webhook, her pin expires, Bob buys the unit, and then the provider answers again. */
	async function lapseThenSellToBob(attempt: Attempt, how: "approve" | "capture"): Promise<void> {
		await providerDown("read");
		await pay(attempt.paymentId, { outcome: how, silent: true });
		pass(WINDOW);
		await ring.checkout(attempt.checkout.id);
		pass(GRACE);
		await ring.sku(attempt.sku);
		const bobs = await attempt.bob.checkout([{ sku: attempt.sku, quantity: 1 }]);
		await providerUp();
		await pay(paymentIdOf(bobs));
		await letRetriesRun(attempt);
		expect(await expectSquare(attempt.bob, bobs.id)).toBe(PRICE);
	}
});

describe("a late webhook", () => {
	it("completes a closing checkout by a late webhook whose payment time is in the window", async () => {
		const attempt = await open();
		await providerDown("read", "void");
		await pay(attempt.paymentId, { outcome: "approve", delayMs: (WINDOW + GRACE + 5) * 1000 });
		pass(WINDOW);
		await ring.checkout(attempt.checkout.id);
		expect(await statusOf(attempt)).toBe("awaiting_payment");
		pass(GRACE + 5);
		expect(await ring.sandbox()).toBe(true);
		await providerUp();
		await letRetriesRun(attempt);
		expect(await statusOf(attempt)).toBe("completed");
		expect(await expectSquare(attempt.ada, attempt.checkout.id)).toBe(PRICE);
	});

	it("does not complete a checkout by a webhook whose payment time is after the grace", async () => {
		const attempt = await open();
		// The alarm is late, so the checkout has not ended by itself.
		pass(WINDOW + GRACE + 1);
		await pay(attempt.paymentId, { outcome: "capture", paidAtMs: DROP + (WINDOW + GRACE) * 1000 + 1 });
		await letRetriesRun(attempt, 1);
		expect(await statusOf(attempt)).toBe("refunded");
		expect(await expectSquare(attempt.ada, attempt.checkout.id)).toBe(0);
	});

	it("ignores late webhooks that are repeated and out of order (medusa 13301)", async () => {
		const attempt = await open();
		await pay(attempt.paymentId, { outcome: "decline", delayMs: 30_000, copies: 3 });
		await pay(attempt.paymentId, { outcome: "approve", copies: 3 });
		pass(30);
		expect(await ring.sandbox()).toBe(true);
		expect(await statusOf(attempt)).toBe("completed");
		expect(await expectSquare(attempt.ada, attempt.checkout.id)).toBe(PRICE);
		expect(await stockOf(attempt.sku)).toMatchObject({ sold: 1 });
	});
});

describe("a late payment of two lines, one of them no longer available", () => {
	it.each(["approve", "capture"] as const)(
		"sells the line that is left, and keeps the money of that line only (%s)",
		async (outcome) => {
			const [a, b] = [
				await newProduct({ units: 1, policy: POLICY }),
				await newProduct({ units: 1, policy: POLICY, price: { amount: 500, currency: "USD" } }),
			];
			const [ada, bob] = (await newShoppers(2)) as [Shopper, Shopper];
			const lines = [
				{ sku: a, quantity: 1 },
				{ sku: b, quantity: 1 },
			];
			const checkout = await ada.checkout(lines);
			await providerDown("read");
			await pay(paymentIdOf(checkout), { outcome, silent: true });
			pass(WINDOW);
			await ring.checkout(checkout.id);
			pass(GRACE);
			expect(await bob.reserve(a, 1)).toMatchObject({ status: 201 });
			await providerUp();
			pass(RETRY_MOST_MS / 1000);
			await ring.checkout(checkout.id);
			expect(await expectSquare(ada, checkout.id)).toBe(500);
			// An authorised payment is captured for the available line only. A captured one is refunded for the other.
			const [capturedMinor, refundedMinor] = outcome === "approve" ? [500, 0] : [500 + PRICE, PRICE];
			expect(await paymentAtProvider(paymentIdOf(checkout))).toMatchObject({ capturedMinor, refundedMinor });
			const { body } = await asMerchant<Checkout>("GET", `/orders/or_${checkout.id.slice(3)}`);
			expect(body.lines).toMatchObject([{ sku: b, quantity: 1 }]);
			expect(await stockOf(a)).toMatchObject({ sold: 0, held: 1 });
			expect(await stockOf(b)).toMatchObject({ sold: 1 });
		},
	);
});
