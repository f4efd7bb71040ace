/**
 * How the object of a checkout goes on with its work: who waits for it, who does not, and what wakes it when something
 * goes wrong.
 */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { CheckoutObject } from "../../src/checkout/checkout.ts";
import { checkoutIdOf } from "../../src/checkout/client.ts";
import type { Checkout } from "../../src/checkout/rules/model.ts";
import { sandboxObject } from "../../src/payments/sandbox/provider.ts";
import { eventually, pass, ring, useStoppedClock } from "../support/clock.ts";
import { newProduct, stockOf } from "../support/merchant.ts";
import { pay, paymentAtProvider, untilIdle } from "../support/provider.ts";
import { newShopper, paymentIdOf } from "../support/shopper.ts";
import { countCalls, injectFault } from "./crash-injection.ts";

useStoppedClock();

async function opened() {
	const sku = await newProduct({ units: 2 });
	const ada = await newShopper();
	const checkout = await ada.checkout([{ sku, quantity: 1 }]);
	return { sku, ada, checkout, stub: env.CHECKOUT.getByName(checkout.id), paymentId: paymentIdOf(checkout) };
}

const kindsOf = async (stub: DurableObjectStub<CheckoutObject>) => (await stub.events()).map(({ kind }) => kind);
const alarmOf = (stub: DurableObjectStub<CheckoutObject>) =>
	runInDurableObject(stub, (_: CheckoutObject, state) => state.storage.getAlarm());

/** The payment as the shopper has paid it, of which no webhook comes. */
async function paidInSilence(paymentId: string) {
	await sandboxObject(env).confirm(paymentId, { outcome: "approve", silent: true });
	return paymentAtProvider(paymentId);
}

describe("a checkout whose provider hangs", () => {
	it("answers webhooks, acknowledgements and readers, and goes on when the provider does", async () => {
		const { ada, checkout, stub, paymentId } = await opened();
		const gate = Promise.withResolvers<void>();
		await injectFault(checkout.id, "capture", gate.promise);
		const payment = await paidInSilence(paymentId);
		expect(await stub.paymentEvent("evt_1", payment)).toMatchObject({ phase: "committing" });
		expect(await ada.read(checkout.id)).toMatchObject({ status: 200, body: { status: "committing" } });
		await stub.recorded(1);
		await stub.settlementRecorded(1);
		expect(await stub.paymentEvent("evt_2", { ...payment, declined: null })).toMatchObject({ phase: "committing" });
		gate.resolve();
		await untilIdle(checkout.id);
		expect(await ada.read(checkout.id)).toMatchObject({ body: { status: "completed" } });
	});
});

describe("a checkout whose queue hangs", () => {
	it("answers whoever waits as soon as nothing is left that they would see", async () => {
		const { checkout, stub, paymentId } = await opened();
		const [capture, send] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
		await injectFault(checkout.id, "capture", capture.promise);
		await injectFault(checkout.id, "send", send.promise);
		await stub.paymentEvent("evt_1", await paidInSilence(paymentId));
		const waiting = stub.retrySettlement();
		capture.resolve();
		expect(await waiting).toMatchObject({ phase: "completed" });
		// It hangs still, and was not given up.
		expect((await kindsOf(stub)).at(-1)).toBe("payment-seen");
		send.resolve();
		await untilIdle(checkout.id);
	});

	it("has its alarm wait, which would wake the object again if the message were lost with it", async () => {
		const { checkout, stub, paymentId } = await opened();
		const send = Promise.withResolvers<void>();
		await injectFault(checkout.id, "send", send.promise);
		await injectFault(checkout.id, "send", "throws");
		await stub.paymentEvent("evt_1", await paidInSilence(paymentId));
		await untilIdle(checkout.id);
		pass(1);
		let hasRung = false;
		const ringing = ring.checkout(checkout.id).then(() => {
			hasRung = true;
		});
		expect(await stub.read()).toMatchObject({ phase: "completed" });
		expect(hasRung).toBe(false);
		send.resolve();
		await ringing;
	});
});

describe("what is stored of a checkout", () => {
	const storedOf = (stub: DurableObjectStub<CheckoutObject>) =>
		runInDurableObject(stub, (_: CheckoutObject, { storage }) => {
			const { json } = storage.sql.exec<{ json: string }>("SELECT json FROM checkout").one();
			return JSON.parse(json) as Checkout;
		});

	it("is what its payment is created with, before it is created", async () => {
		const [sku, ada] = [await newProduct({ units: 1 }), await newShopper()];
		const id = await checkoutIdOf(ada.id, "key");
		const create = Promise.withResolvers<void>();
		await injectFault(id, "create", create.promise);
		const opening = ada.checkout([{ sku, quantity: 1 }], { key: "key" });
		const stub = env.CHECKOUT.getByName(id);
		await eventually(async () =>
			expect(await storedOf(stub)).toMatchObject({ paymentAsked: true, lines: [{ claim: "pinned" }] }),
		);
		create.resolve();
		await opening;
	});

	it("is what a caller is told, in the middle of a drive too", async () => {
		const { checkout, stub, paymentId } = await opened();
		const capture = Promise.withResolvers<void>();
		await injectFault(checkout.id, "capture", capture.promise);
		await stub.paymentEvent("evt_1", await paidInSilence(paymentId));
		await eventually(async () => expect(await stub.read()).toMatchObject({ lines: [{ claim: "committed" }] }));
		expect(await storedOf(stub)).toMatchObject({ lines: [{ claim: "committed" }] });
		capture.resolve();
		await untilIdle(checkout.id);
	});

	it("is what was put off, when nothing is due", async () => {
		const { checkout, stub, paymentId } = await opened();
		await injectFault(checkout.id, "capture", "throws");
		await stub.paymentEvent("evt_1", await paidInSilence(paymentId));
		await untilIdle(checkout.id);
		expect(await storedOf(stub)).toMatchObject({ pauses: { money: { failures: 1 } }, payment: { inDoubt: true } });
	});
});

describe("an event that is added while the alarm is being set", () => {
	it("is acted upon at once, and not when the alarm rings", async () => {
		const { checkout, stub, paymentId } = await opened();
		const payment = await paidInSilence(paymentId);
		await evictDurableObject(stub);
		const gate = Promise.withResolvers<void>();
		let isFirst = true;
		// The object does not know after its eviction what its alarm is set for, and sets it.
		await runInDurableObject(stub, (_: CheckoutObject, state) => {
			const real = state.storage.setAlarm.bind(state.storage);
			const setAlarm = async (ms: number) => {
				const waits = isFirst;
				isFirst = false;
				await real(ms);
				if (waits) await gate.promise;
			};
			Object.defineProperty(state.storage, "setAlarm", { value: setAlarm, configurable: true });
		});
		const reading = stub.read();
		await eventually(async () => expect(isFirst).toBe(false));
		await stub.paymentEvent("evt_1", payment);
		await eventually(async () => expect(await kindsOf(stub)).toContain("line-committed"));
		gate.resolve();
		await reading;
		await untilIdle(checkout.id);
	});
});

describe("the alarm of a checkout", () => {
	it("is set anew when it fails, later each time, so that a checkout is never left alone", async () => {
		const { stub, checkout } = await opened();
		await runInDurableObject(stub, (_, { storage }) => {
			storage.sql.exec("UPDATE checkout SET json = json_set(json, '$.phase', 'bogus')");
		});
		await evictDurableObject(stub);
		const pauses: number[] = [];
		for (let i = 0; i < 8; i++) {
			expect(await ring.checkout(checkout.id)).toBe(true);
			pauses.push(((await alarmOf(stub)) ?? 0) - Date.now());
		}
		expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 320, 600].map((seconds) => seconds * 1_000));
	});
});

describe("an answer that changes nothing", () => {
	it("is not asked for again at once", async () => {
		const { checkout, stub, paymentId } = await opened();
		const payment = await paidInSilence(paymentId);
		let captures = 0;
		await runInDurableObject(stub, (object: CheckoutObject) => {
			const inside = object as unknown as { env: Env };
			const capture = async () => {
				if (++captures > 5) throw new Error("asked for ever");
				return { kind: "refused", reason: "not-paid", payment };
			};
			inside.env = { ...inside.env, SANDBOX: { getByName: () => ({ capture }) } as unknown as Env["SANDBOX"] };
		});
		await stub.paymentEvent("evt_1", payment);
		await untilIdle(checkout.id);
		expect(captures).toBe(1);
		pass(1);
		await ring.checkout(checkout.id);
		expect(captures).toBe(2);
	});
});

describe("a comparison with the provider", () => {
	it("asks the provider that has the payment, whatever is configured by now", async () => {
		const { checkout, stub, paymentId } = await opened();
		await pay(paymentId);
		await runInDurableObject(stub, (object: CheckoutObject) => {
			const inside = object as unknown as { env: Env };
			inside.env = { ...inside.env, PAYMENT_PROVIDER: "stripe" } as unknown as Env;
		});
		expect(await stub.comparePayment()).toMatchObject({ kind: "read", isNews: false, keptMinor: 1999, dueMinor: 1999 });
		expect(checkout.payment?.provider).toBe("sandbox");
	});

	it("leaves a payment in doubt to the effect that put it there", async () => {
		const { checkout, stub, paymentId } = await opened();
		const payment = await paidInSilence(paymentId);
		await injectFault(checkout.id, "capture", "throws");
		await stub.paymentEvent("evt_1", payment);
		await untilIdle(checkout.id);
		const calls = await countCalls(checkout.id);
		expect(await stub.comparePayment()).toEqual({ kind: "unread" });
		expect(calls.get("read")).toBeUndefined();
	});
});

describe("an answer to whoever waited", () => {
	it("names the SKUs where units became free for the public", async () => {
		const { sku, checkout, stub } = await opened();
		expect(await stub.read()).toMatchObject({ freedNow: [] });
		expect(await stub.cancel()).toMatchObject({ phase: "closed", freedNow: [sku] });
		expect(await stub.cancel()).toMatchObject({ freedNow: [] });
		expect(await stockOf(sku)).toMatchObject({ available: 2 });
		expect(checkout.status).toBe("awaiting_payment");
	});
});

describe("a refused checkout", () => {
	it("stores nothing, has no alarm, and is unknown to the merchant", async () => {
		const [held, gone] = [await newProduct({ units: 2 }), await newProduct()];
		const ada = await newShopper();
		const lines = [held, gone].map((sku) => ({ sku, quantity: 1 }));
		expect((await ada.open(lines, { key: "refused" })).status).toBe(409);
		const stub = env.CHECKOUT.getByName(await checkoutIdOf(ada.id, "refused"));
		const tables = await runInDurableObject(stub, (_, { storage }) =>
			storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'").toArray(),
		);
		expect(tables).toEqual([]);
		expect(await alarmOf(stub)).toBeNull();
		expect(await stub.read()).toBeNull();
		expect(await stub.events()).toEqual([]);
		await evictDurableObject(stub);
		expect(await stub.read()).toBeNull();
		expect(await stockOf(held)).toMatchObject({ available: 2, held: 0 });
	});
});

describe("a refund without a key", () => {
	it("is made once when the platform sends the call again, and again when the merchant does later", async () => {
		const sku = await newProduct({ units: 3 });
		const ada = await newShopper();
		const { id, payment } = await ada.buy([{ sku, quantity: 3 }]);
		const stub = env.CHECKOUT.getByName(id);
		const refund = () => stub.refund([{ sku, quantity: 1 }], true, "damaged", null, "f");
		await refund();
		expect(await refund()).toMatchObject({ kind: "refunding" });
		expect(await paymentAtProvider(payment?.id ?? "")).toMatchObject({ refundedMinor: 1999 });
		pass(60);
		await refund();
		expect(await paymentAtProvider(payment?.id ?? "")).toMatchObject({ refundedMinor: 2 * 1999 });
	});
});

describe("the history of a checkout", () => {
	it("does not keep the secret with which the shopper pays", async () => {
		const { stub } = await opened();
		const created = (await stub.events()).find(({ kind }) => kind === "payment-created");
		expect(created?.detail).toContain('"provider":"sandbox"');
		expect(created?.detail).not.toContain("payWith");
	});
});

describe("what an alarm's drive did while nobody waited", () => {
	it("is stored when it rests, so that an object that dies then has nothing to do again", async () => {
		const { checkout, stub } = await opened();
		pass(24 * 60 * 60);
		await ring.checkout(checkout.id);
		await untilIdle(checkout.id);
		await evictDurableObject(stub);
		const { state } = await runInDurableObject(stub, (_: CheckoutObject, { storage }) => ({
			state: storage.sql.exec<{ json: string }>("SELECT json FROM checkout").one().json,
		}));
		expect(JSON.parse(state)).toMatchObject({ phase: "closed", lines: [{ claim: "released" }] });
	});
});

describe("a checkout whose order D1 has", () => {
	it("sleeps until somebody asks: no alarm wakes it", async () => {
		const { checkout, stub, paymentId } = await opened();
		await pay(paymentId);
		await untilIdle(checkout.id);
		await eventually(async () => expect(await kindsOf(stub)).toContain("recorded"));
		expect(await alarmOf(stub)).toBeNull();
	});
});
