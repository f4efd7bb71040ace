/** A provider that loses answers or is down: its state is read and never guessed, and in the end everything adds up. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { CheckoutObject } from "../../src/checkout/checkout.ts";
import { checkoutIdOf } from "../../src/checkout/client.ts";
import { RETRY_MOST_MS } from "../../src/limits.ts";
import { listUnsettled } from "../../src/orders/unsettled-store.ts";
import { sandboxObject } from "../../src/payments/sandbox/provider.ts";
import { eventually, pass, ring, useStoppedClock } from "../support/clock.ts";
import { newProduct, stockOf } from "../support/merchant.ts";
import { expectSquare } from "../support/money.ts";
import { clearFaultsAfterEach, injectFaults, pay, providerUp } from "../support/provider.ts";
import { newShopper, paymentIdOf, type Shopper } from "../support/shopper.ts";

useStoppedClock();
clearFaultsAfterEach();

const one = (...skus: string[]) => skus.map((sku) => ({ sku, quantity: 1 }));

async function statusOf(ada: Shopper, id: string) {
	return (await ada.read(id)).body.status;
}

describe("a checkout whose provider fails", () => {
	it.each(["before", "after"] as const)(
		"reads the payment and does not guess when a capture is lost %s it took effect (medusa 12674)",
		async (fail) => {
			const sku = await newProduct({ units: 1 });
			const ada = await newShopper();
			const opened = await ada.checkout(one(sku));
			await injectFaults({ call: "capture", fail });
			await pay(paymentIdOf(opened));
			expect(["committing", "completed"]).toContain(await statusOf(ada, opened.id));
			pass(2);
			await ring.checkout(opened.id);
			expect(await statusOf(ada, opened.id)).toBe("completed");
			expect(await expectSquare(ada, opened.id)).toBe(1999);
		},
	);

	it("sells the units during an outage of minutes, and captures the money after it", async () => {
		const sku = await newProduct({ units: 1 });
		const ada = await newShopper();
		const opened = await ada.checkout(one(sku));
		await injectFaults({ call: "capture", times: 1_000 }, { call: "read", times: 1_000 });
		await pay(paymentIdOf(opened));
		for (let i = 0; i < 5; i++) {
			pass(61);
			await ring.checkout(opened.id);
			expect(await statusOf(ada, opened.id)).toBe("committing");
		}
		await providerUp();
		pass(61);
		await ring.checkout(opened.id);
		expect(await statusOf(ada, opened.id)).toBe("completed");
		expect(await expectSquare(ada, opened.id)).toBe(1999);
	});

	it.each(["before", "after"] as const)(
		"has one payment when the request is repeated with its key after a creation was lost %s it took effect",
		async (fail) => {
			const sku = await newProduct({ units: 1 });
			const ada = await newShopper();
			await injectFaults({ call: "create", fail });
			const key = crypto.randomUUID();
			const first = await ada.open(one(sku), { key });
			expect(first.status).toBe(503);
			pass(2);
			const opened = await ada.checkout(one(sku), { key });
			const { payments } = await sandboxObject(env).books(null, 1_000);
			expect(payments.filter(({ checkoutId }) => checkoutId === opened.id)).toHaveLength(1);
			expect(await stockOf(sku)).toMatchObject({ held: 1, available: 0 });
		},
	);

	it("never opens when its window is over, and opens for the same key after the outage", async () => {
		const sku = await newProduct({ units: 1, policy: { paymentWindowSeconds: 2, paymentGraceSeconds: 1 } });
		const ada = await newShopper();
		await injectFaults({ call: "create", times: 1_000 });
		const key = crypto.randomUUID();
		expect((await ada.open(one(sku), { key })).status).toBe(503);
		await providerUp();
		pass(5);
		expect((await ada.open(one(sku), { key })).status).toBe(503);
		pass(1);
		const opened = await ada.checkout(one(sku), { key });
		expect(opened).toMatchObject({ status: "awaiting_payment", payment: { provider: "sandbox" } });
		await pay(paymentIdOf(opened));
		expect(await statusOf(ada, opened.id)).toBe("completed");
		expect(await expectSquare(ada, opened.id)).toBe(1999);
	});

	it("fails to open during a long outage, unpins its units, and opens for the same key after it", async () => {
		const sku = await newProduct({ units: 1 });
		const [ada, bob] = [await newShopper(), await newShopper()];
		await injectFaults({ call: "create", times: 1_000 });
		const key = crypto.randomUUID();
		expect((await ada.open(one(sku), { key })).status).toBe(503);
		pass(61);
		expect((await ada.open(one(sku), { key })).status).toBe(503);
		await providerUp();
		pass(61);
		// What the first attempt pinned is available again before anybody else can take it.
		await ada.open(one(sku), { key }).then(({ status }) => expect([201, 503]).toContain(status));
		pass(2);
		const opened = await ada.checkout(one(sku), { key });
		await pay(paymentIdOf(opened));
		expect(await statusOf(ada, opened.id)).toBe("completed");
		expect((await bob.open(one(sku))).status).toBe(409);
		const { payments } = await sandboxObject(env).books(null, 1_000);
		const mine = payments.filter(({ checkoutId }) => checkoutId === opened.id);
		expect(mine.filter(({ status }) => status === "open" || status === "authorised")).toEqual([]);
		expect(mine.reduce((sum, { capturedMinor, refundedMinor }) => sum + capturedMinor - refundedMinor, 0)).toBe(1999);
	});

	it("is named in D1 no longer once it is settled, also when its shopper opens it again before D1 heard of it", async () => {
		const sku = await newProduct({ units: 1 });
		const ada = await newShopper();
		await injectFaults({ call: "create", times: 1_000 });
		const key = crypto.randomUUID();
		expect((await ada.open(one(sku), { key })).status).toBe(503);
		const id = await checkoutIdOf(ada.id, key);
		const named = async () => (await listUnsettled(env.DB, null, 1_000)).some(({ checkoutId }) => checkoutId === id);
		await eventually(async () => {
			pass(RETRY_MOST_MS / 1000);
			await ring.checkout(id);
			expect(await named()).toBe(true);
		});
		await providerUp();
		await runInDurableObject(env.CHECKOUT.getByName(id), async (object: CheckoutObject) => {
			const inside = object as unknown as { env: Env };
			const { env } = inside;
			// The message that it is settled is lost.
			inside.env = { ...env, ORDERS: { send: async () => {} } as unknown as Env["ORDERS"] };
			await object.retrySettlement();
			inside.env = env;
		});
		const opened = await ada.checkout(one(sku), { key });
		expect(opened).toMatchObject({ id, status: "awaiting_payment" });
		pass(RETRY_MOST_MS / 1000);
		await ring.checkout(id);
		await eventually(async () => expect(await named()).toBe(false));
	});
});
