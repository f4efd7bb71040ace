/**
 * The object of a checkout dies at every call it makes, before the call or between its effect and its acknowledgement, or the
 * call throws. Its alarm takes up what was left, and in the end everything has happened once.
 *
 * What an object wrote and nobody outside has heard of dies with it, as in a power cut: then whoever asked was not answered, and
 * asks again.
 */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { checkoutIdOf } from "../../src/checkout/client.ts";
import { findOrder } from "../../src/orders/order-store.ts";
import { sandboxObject } from "../../src/payments/sandbox/provider.ts";
import { eventually, pass, ring, useStoppedClock } from "../support/clock.ts";
import { journalOf, newProduct, stockOf } from "../support/merchant.ts";
import { paymentAtProvider } from "../support/provider.ts";
import { type Checkout, newShopper, paymentIdOf, type Shopper } from "../support/shopper.ts";
import { type Call, type Fault, injectFault, ringAlarmIfDue } from "./crash-injection.ts";

useStoppedClock();
beforeEach(() => {
	// Each death is told of by whoever was talking to the object.
	vi.spyOn(console, "error").mockImplementation(() => {});
});
afterEach(() => void vi.restoreAllMocks());

const BLOWS: readonly Fault[] = ["dies before", "dies after", "throws"];
const everyBlow = (...calls: readonly (readonly [Call, number])[]) =>
	calls.flatMap(([call, nth]) => BLOWS.map((blow) => ({ call, nth, blow })));

const PRICE = 1999;
const WINDOW = 900;

interface Scene {
	readonly ada: Shopper;
	readonly skus: readonly [string, string];
	readonly key: string;
	/** Of the checkout, known before it is opened. */
	readonly id: string;
}

async function scene(): Promise<Scene> {
	const skus = [await newProduct({ units: 3 }), await newProduct({ units: 3 })] as const;
	const ada = await newShopper();
	const key = crypto.randomUUID();
	return { ada, skus, key, id: await checkoutIdOf(ada.id, key) };
}

/** The checkout, by two requests with the same key, the first of which may meet its death. */
async function open({ ada, skus, key, id }: Scene): Promise<Checkout> {
	const lines = skus.map((sku) => ({ sku, quantity: 1 }));
	await ada.open(lines, { key }).catch(() => null);
	await resume(id);
	// What was stored has gone on without being asked for again.
	const happened = (await env.CHECKOUT.getByName(id).events()).map(({ kind }) => kind);
	if (happened.length > 0) expect(happened).toContain("payment-created");
	return ada.checkout(lines, { key });
}

/** Nobody asks: only alarms ring, when they are due, for as long as the guard against a crash and the pauses last. */
async function resume(id: string): Promise<void> {
	for (let i = 0; i < 4; i++) {
		pass(2);
		await ring.sandbox();
		await ringAlarmIfDue(id);
	}
}

/** Calls it off; whoever got no answer, because the object died before it had told anybody, asks again. */
async function callOff({ ada, id }: Scene, blow: Fault): Promise<void> {
	await ada.cancel(id).catch(() => null);
	await resume(id);
	if (blow === "dies before") await ada.cancel(id);
}

/** What happened at a SKU, in order. */
const history = async (sku: string) => (await journalOf(sku)).map(({ kind, quantity }) => `${kind} ${quantity}`);

const orders: string[] = [];

describe("a purchase of two lines", () => {
	it.each(everyBlow(["pin", 1], ["pin", 2], ["create", 1], ["commit", 1], ["commit", 2], ["capture", 1], ["send", 1]))(
		"the object $blow / at $call $nth: bought once, paid once",
		async ({ call, blow, nth }) => {
			const here = await scene();
			await injectFault(here.id, call, blow, nth);
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

	it("each of them is an order in D1", async () => {
		expect(orders.length).toBeGreaterThan(0);
		for (const id of orders) {
			await eventually(async () => expect(await findOrder(env.DB, id)).toMatchObject({ totalMinor: 2 * PRICE }));
		}
	});
});

describe("a checkout that is called off", () => {
	it.each(everyBlow(["void", 1], ["unpin", 1], ["unpin", 2]))(
		"the object $blow / at $call $nth: given back once",
		async ({ call, blow, nth }) => {
			const here = await scene();
			const opened = await open(here);
			await injectFault(here.id, call, blow, nth);
			await callOff(here, blow);
			expect(await here.ada.read(here.id)).toMatchObject({ body: { status: "cancelled" } });
			await expectGivenBack(here);
			expect(await paymentAtProvider(paymentIdOf(opened))).toMatchObject({ status: "voided" });
		},
	);
});

describe("a checkout whose window ends", () => {
	it.each(everyBlow(["read", 1], ["void", 1], ["unpin", 2]))(
		"the object $blow / at $call $nth: given back once",
		async ({ call, blow, nth }) => {
			const here = await scene();
			const opened = await open(here);
			await injectFault(here.id, call, blow, nth);
			pass(WINDOW);
			await ringAlarmIfDue(here.id).catch(() => null);
			await resume(here.id);
			expect(await here.ada.read(here.id)).toMatchObject({ body: { status: "expired" } });
			await expectGivenBack(here);
			expect(await paymentAtProvider(paymentIdOf(opened))).toMatchObject({ status: "voided" });
		},
	);
});

describe("money that goes back", () => {
	it.each(everyBlow(["void", 1], ["refund", 1]))(
		"the object $blow / at $call $nth: refunded once",
		async ({ call, blow, nth }) => {
			const here = await scene();
			const opened = await open(here);
			// Paid a moment before the shopper calls it off, and nobody has heard of it.
			await sandboxObject(env).confirm(paymentIdOf(opened), { outcome: "capture", silent: true });
			await injectFault(here.id, call, blow, nth);
			await callOff(here, blow);
			expect(await here.ada.read(here.id)).toMatchObject({ body: { status: "refunded" } });
			await expectGivenBack(here);
			expect(await paymentAtProvider(paymentIdOf(opened))).toMatchObject({
				capturedMinor: 2 * PRICE,
				refundedMinor: 2 * PRICE,
			});
		},
	);
});

async function expectGivenBack({ skus }: Scene): Promise<void> {
	for (const sku of skus) {
		expect(await stockOf(sku)).toMatchObject({ available: 3, held: 0, sold: 0 });
		expect(await history(sku)).toEqual(["received 3", "paying 1", "released 1"]);
	}
}
