/**
 * The object of a checkout dies at every call it makes, before the call or between its effect and its answer, or the
 * call throws. Its alarm resumes the work, and in the end everything has happened once.
 *
 * Writes that no answer has confirmed may die with the object, as in a power cut. Then the caller got no answer either,
 * and repeats the request.
 */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { checkoutIdOf } from "../../src/checkout/client.ts";
import { findOrder } from "../../src/orders/order-store.ts";
import { sandboxObject } from "../../src/payments/sandbox/provider.ts";
import { eventually, pass, ring, useStoppedClock } from "../support/clock.ts";
import { journalOf, newProduct, stockOf } from "../support/merchant.ts";
import { injectFaults, paymentAtProvider } from "../support/provider.ts";
import { type Checkout, newShopper, paymentIdOf, type Shopper } from "../support/shopper.ts";
import { type Call, type Fault, injectFault, ringAlarmIfDue } from "./crash-injection.ts";

useStoppedClock();
beforeEach(() => {
	// Every caller of the object logs each death.
	vi.spyOn(console, "error").mockImplementation(() => {});
});
afterEach(() => void vi.restoreAllMocks());

const FAULTS: readonly Fault[] = ["dies before", "dies after", "throws"];
const everyFault = (...calls: readonly (readonly [Call, number])[]) =>
	calls.flatMap(([call, nth]) => FAULTS.map((fault) => ({ call, nth, fault })));

const PRICE = 1999;
const WINDOW = 900;

interface Scene {
	readonly ada: Shopper;
	readonly skus: readonly [string, string];
	readonly key: string;
	/** The id of the checkout, known before it is opened. */
	readonly id: string;
}

async function scene(): Promise<Scene> {
	const skus = [await newProduct({ units: 3 }), await newProduct({ units: 3 })] as const;
	const ada = await newShopper();
	const key = crypto.randomUUID();
	return { ada, skus, key, id: await checkoutIdOf(ada.id, key) };
}

/** Opens the checkout by two requests with the same key. The object may die during the first. */
async function open({ ada, skus, key, id }: Scene): Promise<Checkout> {
	const lines = skus.map((sku) => ({ sku, quantity: 1 }));
	await ada.open(lines, { key }).catch(() => null);
	await resume(id);
	// A stored checkout has gone on without a second request.
	const happened = (await env.CHECKOUT.getByName(id).events()).map(({ kind }) => kind);
	if (happened.length > 0) expect(happened).toContain("payment-created");
	return ada.checkout(lines, { key });
}

/** Only alarms ring, when they are due, until the guard against a crash and the pauses after failures are over. */
async function resume(id: string): Promise<void> {
	for (let i = 0; i < 4; i++) {
		pass(2);
		await ring.sandbox();
		await ringAlarmIfDue(id);
	}
}

/** Cancels the checkout, and again when the object died before it could answer. */
async function cancel({ ada, id }: Scene, fault: Fault): Promise<void> {
	await ada.cancel(id).catch(() => null);
	await resume(id);
	if (fault === "dies before") await ada.cancel(id);
}

/** The journal of a SKU, in short. */
const history = async (sku: string) => (await journalOf(sku)).map(({ kind, quantity }) => `${kind} ${quantity}`);

const orders: string[] = [];

describe("a purchase of two lines", () => {
	it.each(everyFault(["pin", 1], ["pin", 2], ["create", 1], ["commit", 1], ["commit", 2], ["capture", 1], ["send", 1]))(
		"is bought and paid once when the object $fault / at $call $nth",
		async ({ call, fault, nth }) => {
			const here = await scene();
			await injectFault(here.id, call, fault, nth);
			const { payment, id } = await open(here);
			const paymentId = payment?.id ?? "";
			await sandboxObject(env).confirm(paymentId, { outcome: "approve" });
			await sandboxObject(env).settled(paymentId);
			await resume(id);
			const { body } = await here.ada.read(id);
			expect(body.status).toBe("completed");
			for (const sku of here.skus) {
				expect(await stockOf(sku)).toMatchObject({ available: 2, held: 0, sold: 1 });
				expect(await history(sku)).toEqual(["received 3", "paying 1", "sold 1"]);
			}
			const { payments } = await sandboxObject(env).books(null, 1_000);
			const mine = payments.filter(({ checkoutId }) => checkoutId === id);
			expect(mine).toMatchObject([{ status: "captured", capturedMinor: 2 * PRICE, refundedMinor: 0 }]);
			orders.push(body.orderId as string);
		},
	);

	it("is an order in D1 each time", async () => {
		expect(orders.length).toBeGreaterThan(0);
		for (const id of orders) {
			await eventually(async () => expect(await findOrder(env.DB, id)).toMatchObject({ totalMinor: 2 * PRICE }));
		}
	});
});

describe("a cancelled checkout", () => {
	it.each(everyFault(["void", 1], ["unpin", 1], ["unpin", 2]))(
		"returns its units once when the object $fault / at $call $nth",
		async ({ call, fault, nth }) => {
			const here = await scene();
			const opened = await open(here);
			await injectFault(here.id, call, fault, nth);
			await cancel(here, fault);
			expect(await here.ada.read(here.id)).toMatchObject({ body: { status: "cancelled" } });
			await expectReturned(here);
			expect(await paymentAtProvider(paymentIdOf(opened))).toMatchObject({ status: "voided" });
		},
	);
});

describe("a checkout whose window ends", () => {
	it.each(everyFault(["read", 1], ["void", 1], ["unpin", 2]))(
		"returns its units once when the object $fault / at $call $nth",
		async ({ call, fault, nth }) => {
			const here = await scene();
			const opened = await open(here);
			await injectFault(here.id, call, fault, nth);
			pass(WINDOW);
			await ringAlarmIfDue(here.id).catch(() => null);
			await resume(here.id);
			expect(await here.ada.read(here.id)).toMatchObject({ body: { status: "expired" } });
			await expectReturned(here);
			expect(await paymentAtProvider(paymentIdOf(opened))).toMatchObject({ status: "voided" });
		},
	);
});

describe("a refund under way when the object dies", () => {
	it("is made once, also when another refund is requested before the object has gone on", async () => {
		const sku = await newProduct({ units: 3 });
		const ada = await newShopper();
		const { id, payment } = await ada.buy([{ sku, quantity: 3 }]);
		const stub = env.CHECKOUT.getByName(id);
		const refund = (key: string) => stub.refund([{ sku, quantity: 1 }], false, "damaged", key, key);
		await runInDurableObject(sandboxObject(env), (_, { storage: { sql } }) => {
			sql.exec("UPDATE payments SET silent = 1 WHERE id = ?", payment?.id ?? "");
		});
		await injectFaults({ call: "refund", fail: "after" });
		await refund("first");
		// The object died before it could store that the answer is missing.
		await runInDurableObject(stub, (_, { storage: { sql } }) => {
			sql.exec("UPDATE checkout SET json = json_set(json, '$.payment.inDoubt', json('false'), '$.pauses', json('{}'))");
		});
		await evictDurableObject(stub);
		expect(await refund("second")).toMatchObject({ kind: "refunding" });
		await resume(id);
		expect(await paymentAtProvider(payment?.id ?? "")).toMatchObject({ refundedMinor: 2 * PRICE });
	});
});

describe("a payment that was captured before the checkout was cancelled", () => {
	it.each(everyFault(["void", 1], ["refund", 1]))(
		"is refunded once when the object $fault / at $call $nth",
		async ({ call, fault, nth }) => {
			const here = await scene();
			const opened = await open(here);
			// Paid a moment before the shopper cancels, without a webhook.
			await sandboxObject(env).confirm(paymentIdOf(opened), { outcome: "capture", silent: true });
			await injectFault(here.id, call, fault, nth);
			await cancel(here, fault);
			expect(await here.ada.read(here.id)).toMatchObject({ body: { status: "refunded" } });
			await expectReturned(here);
			expect(await paymentAtProvider(paymentIdOf(opened))).toMatchObject({
				capturedMinor: 2 * PRICE,
				refundedMinor: 2 * PRICE,
			});
		},
	);
});

async function expectReturned({ skus }: Scene): Promise<void> {
	for (const sku of skus) {
		expect(await stockOf(sku)).toMatchObject({ available: 3, held: 0, sold: 0 });
		expect(await history(sku)).toEqual(["received 3", "paying 1", "released 1"]);
	}
}
