/** The sweep, over HTTP: it reports what is wrong, repairs what it can, and reports nothing when all is well. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { z } from "@hono/zod-openapi";
import { describe, expect, it } from "vitest";
import type { SweepResponse } from "../../src/http/shapes/operations.ts";
import { RETRY_MOST_MS } from "../../src/limits.ts";
import { sandboxObject } from "../../src/payments/sandbox/provider.ts";
import { GRACE, open, PRICE, statusOf, WINDOW } from "../features/refunds/late-payment.ts";
import { eventually, pass, useStoppedClock } from "../support/clock.ts";
import { ADMIN, callWith } from "../support/http.ts";
import { asMerchant, expectReconciled, newProduct, stockOf } from "../support/merchant.ts";
import { expectSquare } from "../support/money.ts";
import { recordedOrder } from "../support/orders.ts";
import { clearFaultsAfterEach, paymentAtProvider, providerDown, providerUp } from "../support/provider.ts";
import { newPurchase, newShopper } from "../support/shopper.ts";

useStoppedClock();
clearFaultsAfterEach();

/** Sweeps only this SKU. */
async function sweep(sku: string): Promise<z.infer<typeof SweepResponse>> {
	const path = `/sweep?limit=1&cursor=${sku.slice(0, -1)}`;
	const { status, body } = await asMerchant<z.infer<typeof SweepResponse>>("POST", path);
	expect(status).toBe(200);
	return body;
}

async function bought() {
	const sku = await newProduct({ units: 2 });
	const purchase = await newPurchase({ sku, quantity: 1 });
	await expectReconciled(sku);
	return { sku, ...purchase };
}

/** D1 loses the order. */
async function deleteOrder(orderId: string): Promise<void> {
	const queries = ["DELETE FROM order_lines WHERE order_id = ?", "DELETE FROM orders WHERE id = ?"];
	await env.DB.batch(queries.map((query) => env.DB.prepare(query).bind(orderId)));
}

const NOTHING = {
	overdue: [],
	resent: 0,
	unbalanced: [],
	unreachable: [],
	payments: { compared: 1, unread: 0, differing: [] },
};

describe("the sweep", () => {
	it("reports nothing when all is well", async () => {
		const { sku } = await bought();
		expect(await sweep(sku)).toMatchObject({ skus: 1, ...NOTHING });
	});

	it("reports a refund that was made by hand at the provider, without a webhook", async () => {
		const { sku, shopper, checkoutId, orderId, paymentId } = await bought();
		await runInDurableObject(sandboxObject(env), (_, { storage }) => {
			storage.sql.exec("UPDATE payments SET silent = 1 WHERE id = ?", paymentId);
		});
		await sandboxObject(env).refund(paymentId, 500, "by hand");
		expect((await shopper.order(orderId)).body.refunded.amount).toBe(0);
		const dollars = (amount: number) => ({ amount, currency: "USD" });
		const difference = { checkoutId, kept: dollars(PRICE - 500), due: dollars(PRICE) };
		expect((await sweep(sku)).payments.differing).toEqual([{ ...difference, isNews: true }]);
		expect((await shopper.order(orderId)).body.refunded.amount).toBe(500);
		await eventually(async () => expect((await recordedOrder(orderId)).refundedMinor).toBe(500));
		// It is known now, and is reported for a day: only the merchant knows what it was for.
		expect((await sweep(sku)).payments.differing).toEqual([{ ...difference, isNews: false }]);
		pass(24 * 60 * 60 + 1);
		expect((await sweep(sku)).payments).toEqual({ compared: 0, unread: 0, differing: [] });
	});

	it("counts the payments that the provider did not return, and changes nothing for them", async () => {
		const { sku, shopper, checkoutId } = await bought();
		await providerDown("read");
		expect((await sweep(sku)).payments).toEqual({ compared: 1, unread: 1, differing: [] });
		expect(await expectSquare(shopper, checkoutId)).toBe(PRICE);
	});

	it("reports a checkout past its deadlines, and ends it once the provider answers", async () => {
		const attempt = await open();
		await providerDown("read", "void");
		pass(WINDOW + GRACE + 1);
		const { overdue } = await sweep(attempt.sku);
		expect(overdue).toMatchObject([{ checkoutId: attempt.checkout.id, phase: "closing", unsettled: true }]);
		expect(await stockOf(attempt.sku)).toMatchObject({ available: 1, held: 0 });
		await providerUp();
		pass(RETRY_MOST_MS / 1000);
		expect((await sweep(attempt.sku)).overdue).toEqual([]);
		expect(await statusOf(attempt)).toBe("expired");
		expect(await paymentAtProvider(attempt.paymentId)).toMatchObject({ status: "voided" });
	});

	it("sends an order to D1 again when D1 has lost it", async () => {
		const { sku, orderId } = await bought();
		await deleteOrder(orderId);
		expect((await sweep(sku)).resent).toBe(1);
		await expectReconciled(sku);
		expect(await sweep(sku)).toMatchObject(NOTHING);
	});

	it("reports objects that do not answer, and checks all others", async () => {
		const prefix = `page-${crypto.randomUUID()}`;
		const [broken, lost] = [`${prefix}.a`, `${prefix}.b`];
		for (const sku of [broken, lost]) await newProduct({ sku, units: 1 });
		const ada = await newShopper();
		const { orderId } = await ada.buy([{ sku: lost, quantity: 1 }]);
		await expectReconciled(lost);
		await deleteOrder(orderId);
		const fails = () => Promise.reject(new Error("this object is broken"));
		const SKU = {
			getByName: (name: string) =>
				name === broken ? { stock: fails, suspects: fails, buyers: fails } : env.SKU.getByName(name),
		};
		const page = (method: string, path: string) =>
			callWith({ SKU }, method, `/admin/v1${path}?limit=2&cursor=${prefix}`, { token: ADMIN });

		expect((await page("GET", "/reconciliation")).body).toMatchObject({
			balanced: false,
			difference: 1,
			skus: [{ sku: lost }],
			unreachable: [broken],
		});
		const swept = await page("POST", "/sweep");
		expect(swept.body).toMatchObject({ skus: 2, resent: 1, unbalanced: [], unreachable: [broken] });
		await expectReconciled(lost);
	});
});
