/** The sweep, over HTTP: it reports what is wrong, repairs what it can, and reports nothing when all is well. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { z } from "@hono/zod-openapi";
import { beforeEach, describe, expect, it } from "vitest";
import type { CheckoutObject } from "../../src/checkout/checkout.ts";
import type { Checkout } from "../../src/checkout/rpc.ts";
import type { SweepResponse } from "../../src/http/shapes/operations.ts";
import { RETRY_MOST_MS, SWEEP_COMPARE_EVERY_MS } from "../../src/limits.ts";
import { sandboxObject } from "../../src/payments/sandbox/provider.ts";
import { GRACE, open, PRICE, statusOf, WINDOW } from "../features/refunds/late-payment.ts";
import { eventually, pass, ring, useStoppedClock } from "../support/clock.ts";
import { ADMIN, callWith } from "../support/http.ts";
import {
	asMerchant,
	cancelPreorder,
	expectReconciled,
	newProduct,
	opened,
	recordedPreorders,
	restock,
	stockOf,
} from "../support/merchant.ts";
import { expectSquare } from "../support/money.ts";
import { recordedOrder, storeOrders } from "../support/orders.ts";
import { clearFaultsAfterEach, paymentAtProvider, providerDown, providerUp } from "../support/provider.ts";
import { newPurchase, newShopper } from "../support/shopper.ts";

useStoppedClock();
clearFaultsAfterEach();
// The sweep goes through the payments of the whole shop.
beforeEach(async () => {
	await env.DB.batch(["orders", "order_lines"].map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
});

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

/** Replaces what a checkout has stored, as a fault of another kind would have left it. */
async function changeCheckout(id: string, change: (checkout: Checkout) => Checkout): Promise<void> {
	const stub = env.CHECKOUT.getByName(id);
	await runInDurableObject(stub, (_, { storage: { sql } }) => {
		const [row] = sql.exec<{ json: string }>("SELECT json FROM checkout").toArray();
		sql.exec("UPDATE checkout SET json = ?", JSON.stringify(change(JSON.parse(row?.json ?? "") as Checkout)));
	});
	await evictDurableObject(stub);
}

const NOTHING = {
	overdue: [],
	unsettled: { found: [], left: 0 },
	resent: 0,
	stray: [],
	unbalanced: [],
	unreachable: [],
	payments: { compared: 1, unread: 0, differing: [], left: 0 },
	walksLeft: 0,
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
		expect((await sweep(sku)).payments).toEqual({ compared: 0, unread: 0, differing: [], left: 0 });
	});

	it("counts the payments that the provider did not return, and changes nothing for them", async () => {
		const { sku, shopper, checkoutId } = await bought();
		await providerDown("read");
		expect((await sweep(sku)).payments).toEqual({ compared: 1, unread: 1, differing: [], left: 0 });
		expect(await expectSquare(shopper, checkoutId)).toBe(PRICE);
	});

	it("compares a payment with the provider that has it, whichever is configured since", async () => {
		const { sku, checkoutId } = await bought();
		await runInDurableObject(env.CHECKOUT.getByName(checkoutId), (object: CheckoutObject) => {
			const inside = object as unknown as { env: Env };
			inside.env = { ...inside.env, PAYMENT_PROVIDER: "stripe", STRIPE_SECRET_KEY: "", STRIPE_WEBHOOK_SECRET: "" };
		});
		expect((await sweep(sku)).payments).toEqual({ compared: 1, unread: 0, differing: [], left: 0 });
	});

	it("names a refund that was given up, tries it once more each time, and names it no longer when it is made", async () => {
		const { sku, shopper, checkoutId, orderId } = await bought();
		await providerDown("refund");
		await asMerchant("POST", `/orders/${orderId}/refund`, { json: { restock: false, reason: "asked for it" } });
		const unsettled = async () => (await sweep(sku)).unsettled.found.map((found) => [found.checkoutId, found.reason]);
		await eventually(async () => {
			pass(RETRY_MOST_MS / 1000);
			await ring.checkout(checkoutId);
			expect(await unsettled()).toEqual([[checkoutId, "provider-unclear"]]);
		});
		// Days later it is still named.
		pass(5 * 24 * 60 * 60);
		expect(await unsettled()).toEqual([[checkoutId, "provider-unclear"]]);
		await providerUp();
		// This sweep names it still, and it is what makes the refund.
		expect(await unsettled()).toEqual([[checkoutId, "provider-unclear"]]);
		expect((await shopper.order(orderId)).body.refunded.amount).toBe(PRICE);
		await eventually(async () => expect(await unsettled()).toEqual([]));
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

	it("ends a checkout whose alarm never rings, also one that waits for the word of the merchant's own shop", async () => {
		const sku = await newProduct({ units: 1, policy: { paymentWindowSeconds: WINDOW, paymentGraceSeconds: GRACE } });
		const ada = await newShopper();
		const { id } = await opened(ada.id, [{ sku, quantity: 1 }], { payment: "external" });
		pass(WINDOW + GRACE + 1);
		await sweep(sku);
		pass(RETRY_MOST_MS / 1000);
		expect((await sweep(sku)).overdue).toEqual([]);
		// Not read: that alone would let its time pass.
		expect((await env.CHECKOUT.getByName(id).events()).map(({ kind }) => kind)).toContain("line-released");
		expect(await asMerchant("GET", `/checkouts/${id}`)).toMatchObject({ body: { status: "expired" } });
		expect(await stockOf(sku)).toMatchObject({ available: 1, held: 0 });
	});

	it("sends an order to D1 again when D1 has lost it", async () => {
		const { sku, orderId } = await bought();
		await deleteOrder(orderId);
		expect((await sweep(sku)).resent).toBe(1);
		await expectReconciled(sku);
		expect(await sweep(sku)).toMatchObject(NOTHING);
	});

	it("leaves an order alone that is on its way to D1: its checkout sends it again by itself", async () => {
		const { sku, orderId, checkoutId } = await bought();
		await deleteOrder(orderId);
		// As if no message of it had arrived yet.
		let sent = 0;
		await runInDurableObject(env.CHECKOUT.getByName(checkoutId), async (object: CheckoutObject) => {
			const inside = object as unknown as { env: Env };
			const send = async () => void sent++;
			inside.env = { ...inside.env, ORDERS: { send } as unknown as Env["ORDERS"] };
			await object.recordAgain();
		});
		expect(sent).toBe(1);
		expect(await sweep(sku)).toMatchObject({ resent: 0, stray: [] });
		expect(sent).toBe(1);
	});

	it("sends an order again of which D1 has an old version, with units that came back since", async () => {
		const { sku, orderId } = await bought();
		const before = await recordedOrder(orderId);
		await asMerchant("POST", `/orders/${orderId}/refund`, { json: { restock: true, reason: "came back" } });
		await eventually(async () => expect((await recordedOrder(orderId)).lines[0]?.returned).toBe(1));
		await deleteOrder(orderId);
		await storeOrders(before);
		expect((await sweep(sku)).resent).toBe(1);
		await expectReconciled(sku);
	});

	describe("that finds pre-orders lost by D1", () => {
		const rows = (sku: string) =>
			env.DB.prepare("SELECT id, status, version FROM preorders WHERE sku = ? ORDER BY id").bind(sku).all();
		const loseAll = (sku: string) => env.DB.prepare("DELETE FROM preorders WHERE sku = ?").bind(sku).run();

		/** A SKU with a pre-order that is filled, one that is owed, and one that was cancelled. */
		async function preordered(): Promise<string> {
			const sku = await newProduct({ policy: { preorder: { capacity: 5, termsVersion: "v1" } } });
			for (let i = 0; i < 3; i++) await (await newShopper()).buy([{ sku, quantity: 1 }], { acceptPreorder: true });
			const [, , last] = await recordedPreorders(sku, "owed", "owed", "owed");
			await restock(sku, 1);
			await cancelPreorder(last?.id ?? "");
			await recordedPreorders(sku, "filled", "owed", "cancelled");
			await expectReconciled(sku);
			return sku;
		}

		it("has their SKU send them again, each as it is now, once", async () => {
			const sku = await preordered();
			expect(await sweep(sku)).toMatchObject({ resent: 0 });
			const before = (await rows(sku)).results;
			await loseAll(sku);
			expect((await sweep(sku)).resent).toBe(3);
			await recordedPreorders(sku, "filled", "owed", "cancelled");
			expect((await rows(sku)).results).toEqual(before);
			await expectReconciled(sku);
			expect(await sweep(sku)).toMatchObject({ ...NOTHING, payments: { compared: 3 } });
		});

		it("finds an older version too, as a backup has it", async () => {
			const sku = await preordered();
			await env.DB.prepare("UPDATE preorders SET status = 'owed', version = 1 WHERE sku = ? AND status = 'filled'")
				.bind(sku)
				.run();
			expect((await sweep(sku)).resent).toBe(1);
			await recordedPreorders(sku, "filled", "owed", "cancelled");
		});

		it("leaves those alone that are on their way", async () => {
			const sku = await preordered();
			await loseAll(sku);
			await runInDurableObject(env.SKU.getByName(sku), (_, { storage: { sql } }) => {
				sql.exec("UPDATE preorders SET recordedVersion = 0");
			});
			expect((await sweep(sku)).resent).toBe(0);
		});

		it("finds within a day what no sum shows: of units that were given back", async () => {
			const sku = await preordered();
			const { orderId, shopper } = await newPurchase({ sku: await newProduct({ units: 1 }), quantity: 1 });
			const other = (await shopper.order(orderId)).body.lines[0]?.sku ?? "";
			await asMerchant("POST", `/orders/${orderId}/refund`, { json: { restock: true, reason: "came back" } });
			await eventually(async () => expect((await recordedOrder(orderId)).lines[0]?.returned).toBe(1));
			for (const each of [sku, other]) await sweep(each);
			await env.DB.prepare("DELETE FROM preorders WHERE status = 'cancelled'").run();
			await deleteOrder(orderId);
			for (const each of [sku, other]) expect((await sweep(each)).resent).toBe(0);
			pass(SWEEP_COMPARE_EVERY_MS / 1000 + 1);
			for (const each of [sku, other]) expect((await sweep(each)).resent).toBe(1);
			await recordedPreorders(sku, "filled", "owed", "cancelled");
			await recordedOrder(orderId);
			for (const each of [sku, other]) expect((await sweep(each)).resent).toBe(0);
		});
	});

	it("takes back units that a message sold to a checkout when it had ended without them", async () => {
		const sku = await newProduct({ units: 2 });
		const shopper = await newShopper();
		const { id } = await shopper.checkout([{ sku, quantity: 1 }]);
		expect((await shopper.cancel(id)).body.status).toBe("cancelled");
		const late = { shopperId: shopper.id, checkoutId: id, quantity: 1, acceptPreorder: false };
		expect(await env.SKU.getByName(sku).commit(late)).toMatchObject({ kind: "sold" });
		expect((await sweep(sku)).stray).toEqual([{ sku, checkoutId: id, units: 1, takenBack: true }]);
		expect(await stockOf(sku)).toMatchObject({ available: 2, sold: 0, returned: 1 });
		await expectReconciled(sku);
		expect(await sweep(sku)).toMatchObject({ ...NOTHING, payments: { compared: 0 } });
	});

	it("takes back the line of a completed checkout whose units were lost, and leaves its other lines", async () => {
		const [kept, lost] = [await newProduct({ units: 1 }), await newProduct({ units: 1 })];
		const shopper = await newShopper();
		const { id } = await shopper.buy([{ sku: kept, quantity: 1 }]);
		await expectReconciled(kept);
		await changeCheckout(id, (checkout) => {
			const [line] = checkout.lines as [Checkout["lines"][number]];
			const other = { ...line, sku: lost, claim: "lost" } as Checkout["lines"][number];
			return { ...checkout, lines: [line, other] } as Checkout;
		});
		const late = { shopperId: shopper.id, checkoutId: id, quantity: 1, acceptPreorder: false };
		expect(await env.SKU.getByName(lost).commit(late)).toMatchObject({ kind: "sold" });
		expect((await sweep(lost)).stray).toEqual([{ sku: lost, checkoutId: id, units: 1, takenBack: true }]);
		expect(await stockOf(lost)).toMatchObject({ available: 1, sold: 0 });
		expect(await stockOf(kept)).toMatchObject({ sold: 1 });
	});

	it("cancels a pre-order that a message made owed when its checkout had ended without it", async () => {
		const sku = await newProduct({ policy: { preorder: { capacity: 5, termsVersion: "v1" } } });
		const shopper = await newShopper();
		const { id } = await shopper.checkout([{ sku, quantity: 1 }], { acceptPreorder: true });
		expect((await shopper.cancel(id)).body.status).toBe("cancelled");
		const late = { shopperId: shopper.id, checkoutId: id, quantity: 1, acceptPreorder: true };
		expect(await env.SKU.getByName(sku).commit(late)).toMatchObject({ kind: "owed" });
		await recordedPreorders(sku, "owed");
		expect((await sweep(sku)).stray).toEqual([{ sku, checkoutId: id, units: 1, takenBack: true }]);
		await recordedPreorders(sku, "cancelled");
		expect((await sweep(sku)).stray).toEqual([]);
	});

	it("only names units that were sold to a checkout which nobody knows", async () => {
		const sku = await newProduct({ units: 1 });
		const checkoutId = `co_${"7".repeat(32)}`;
		const unknown = { shopperId: "s_1", checkoutId, quantity: 1, acceptPreorder: false };
		await env.SKU.getByName(sku).commit(unknown);
		expect((await sweep(sku)).stray).toEqual([{ sku, checkoutId, units: 1, takenBack: false }]);
		expect(await stockOf(sku)).toMatchObject({ sold: 1 });
	});

	it("takes nothing from a checkout that has not ended yet", async () => {
		const attempt = await open();
		const { sku, checkout, ada: shopper } = attempt;
		// Its SKU has sold, and the answer is lost: the checkout does not know it yet.
		const sale = { shopperId: shopper.id, checkoutId: checkout.id, quantity: 1, acceptPreorder: false };
		expect(await env.SKU.getByName(sku).commit(sale)).toMatchObject({ kind: "sold" });
		expect(await sweep(sku)).toMatchObject({ stray: [], resent: 0 });
		expect(await stockOf(sku)).toMatchObject({ sold: 1 });
	});

	it("names a SKU whose counters its rows contradict, each time, and changes nothing of it", async () => {
		const { sku } = await bought();
		const stub = env.SKU.getByName(sku);
		await runInDurableObject(
			stub,
			(_, { storage: { sql } }) => void sql.exec("UPDATE stock SET available = available + 1"),
		);
		await evictDurableObject(stub);
		const reported = async () => (await asMerchant<unknown>("GET", `/products/${sku}/stock`)).body;
		const before = await reported();
		expect(before).toMatchObject({ balanced: false, available: 2, sold: 1 });
		for (const _ of ["once", "again"]) expect((await sweep(sku)).unbalanced).toEqual([sku]);
		expect(await reported()).toEqual(before);
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
				name === broken ? { stock: fails, suspects: fails, sales: fails } : env.SKU.getByName(name),
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
