/** Alarms that are lost, late or given up by the platform: whoever touches the object sets them anew, and so does the cron. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { RETRY_MOST_MS } from "../../src/limits.ts";
import { sandboxObject } from "../../src/payments/sandbox/provider.ts";
import type { SkuObject } from "../../src/stock/sku.ts";
import { callEndpoint, named } from "../../src/webhooks/client.ts";
import { GRACE, open, POLICY, PRICE, statusOf, WINDOW } from "../features/refunds/late-payment.ts";
import { DROP, eventually, pass, ring, useStoppedClock } from "../support/clock.ts";
import { newProduct, recordedPreorders, stockOf } from "../support/merchant.ts";
import { clearFaultsAfterEach, pay, paymentAtProvider, providerDown, providerUp } from "../support/provider.ts";
import { Receiver, ringEndpoint } from "../support/receiver.ts";
import { newShopper, paymentIdOf } from "../support/shopper.ts";
import { sweepEverything } from "../support/sweep.ts";

useStoppedClock();
clearFaultsAfterEach();
interface Line {
	readonly event: string;
	readonly of?: string;
}
const lines: Line[] = [];
beforeEach(() => {
	lines.splice(0);
	vi.spyOn(console, "error").mockImplementation((line: string) => void lines.push(JSON.parse(line)));
	vi.spyOn(console, "warn").mockImplementation(() => {});
	return () => void vi.restoreAllMocks();
});

/** After so many failures the platform rings an alarm no more. */
const ATTEMPTS = 7;

type Stub = DurableObjectStub<SkuObject>;

const skuStub = (sku: string) => env.SKU.getByName(sku) as unknown as Stub;
const checkoutStub = (id: string) => env.CHECKOUT.getByName(id) as unknown as Stub;
const alarmOf = (stub: Stub): Promise<number | null> =>
	runInDurableObject(stub, (_, { storage }) => storage.getAlarm());
const loseAlarm = (stub: Stub): Promise<void> => runInDurableObject(stub, (_, { storage }) => storage.deleteAlarm());

/** The alarm rings, fails, and cannot even be set anew, until the platform gives it up. */
async function giveUpAlarm(stub: Stub): Promise<void> {
	await runInDurableObject(stub, async (object: SkuObject, { storage }) => {
		const fail = () => {
			throw new Error("a test's fault");
		};
		const faults = [vi.spyOn(storage, "setAlarm"), vi.spyOn(storage, "transactionSync")];
		for (const fault of faults) fault.mockImplementation(fail);
		for (let attempt = 0; attempt < ATTEMPTS; attempt++) await expect(object.alarm()).rejects.toThrow("a test's fault");
		for (const fault of faults) fault.mockRestore();
		await storage.deleteAlarm();
	});
}

const isOpen = (sku: string) => env.DB.prepare("SELECT 1 FROM open_skus WHERE sku = ?").bind(sku).first();

describe("the alarm of a SKU", () => {
	async function held() {
		const sku = await newProduct({ units: 2, policy: { holdSeconds: 60 } });
		const [ada, bob] = [await newShopper(), await newShopper()];
		await ada.reserve(sku, 1);
		pass(20);
		await bob.reserve(sku, 1);
		return { sku, stub: skuStub(sku) };
	}

	it("is set anew by whoever calls when its time has passed and it did not ring", async () => {
		const { sku, stub } = await held();
		expect(await alarmOf(stub)).toBe(DROP + 60_000);
		await loseAlarm(stub);
		pass(41);
		expect(await stockOf(sku)).toMatchObject({ available: 1, held: 1 });
		expect(await alarmOf(stub)).toBe(DROP + 80_000);
	});

	it("is set anew by whoever calls an object that was loaded without one, before anything is late", async () => {
		const { sku, stub } = await held();
		await loseAlarm(stub);
		await evictDurableObject(stub);
		expect(await stockOf(sku)).toMatchObject({ held: 2 });
		expect(await alarmOf(skuStub(sku))).toBe(DROP + 60_000);
	});

	it("is missed by nobody when it was given up: the cron finds the SKU, and the units go back", async () => {
		const { sku, stub } = await held();
		await eventually(async () => expect(await isOpen(sku)).not.toBeNull());
		pass(41);
		await giveUpAlarm(stub);
		expect(await alarmOf(stub)).toBeNull();
		// The fault is over when the object is tried again, ten minutes later at the latest.
		pass(600);
		await sweepEverything(env);
		expect(await runInDurableObject(stub, (_, { storage }) => heldIn(storage))).toBe(0);
		// Nothing is open any more, and the next sweep leaves the SKU alone, until something is.
		expect(await isOpen(sku)).toBeNull();
		await (await newShopper()).reserve(sku, 1);
		await eventually(async () => expect(await isOpen(sku)).not.toBeNull());
	});
});

/** Units that are held, as they are stored. */
const heldIn = (storage: DurableObjectStorage): unknown =>
	storage.sql.exec<{ units: number }>("SELECT COUNT(*) AS units FROM reservations WHERE status = 'held'").one().units;

describe("the alarm of a checkout", () => {
	it("is set anew by whoever reads a checkout that was loaded without one, before anything is late", async () => {
		const attempt = await open();
		const before = await alarmOf(checkoutStub(attempt.checkout.id));
		await loseAlarm(checkoutStub(attempt.checkout.id));
		await evictDurableObject(checkoutStub(attempt.checkout.id));
		await attempt.ada.read(attempt.checkout.id);
		expect(before).not.toBeNull();
		expect(await alarmOf(checkoutStub(attempt.checkout.id))).toBe(before);
	});

	it("is set anew by whoever reads it when its time has passed, and the provider does not answer yet", async () => {
		const attempt = await open();
		const stub = checkoutStub(attempt.checkout.id);
		await loseAlarm(stub);
		await providerDown("read", "void");
		pass(WINDOW + GRACE + 1);
		await attempt.ada.read(attempt.checkout.id);
		expect(await alarmOf(stub)).toBeGreaterThan(Date.now());
	});

	it("leaves its SKU to the cron for as long as the checkout is late, whatever the SKU has open", async () => {
		const attempt = await open();
		const { sku, checkout } = attempt;
		await eventually(async () => expect(await isOpen(sku)).not.toBeNull());
		await loseAlarm(checkoutStub(checkout.id));
		await providerDown("read", "void");
		pass(WINDOW + GRACE + 1);
		for (const _ of ["once", "again"]) {
			await sweepEverything(env);
			expect(await isOpen(sku)).not.toBeNull();
		}
		await providerUp();
		pass(RETRY_MOST_MS / 1000);
		await sweepEverything(env);
		expect(await statusOf(attempt)).toBe("expired");
		pass(1);
		await sweepEverything(env);
		expect(await isOpen(sku)).toBeNull();
	});

	it("of one that only pre-ordered is missed by nobody: it was paid in time, and is sold", async () => {
		const policy = { ...POLICY, preorder: { capacity: 5, termsVersion: "v1" } };
		const sku = await newProduct({ policy });
		const ada = await newShopper();
		const checkout = await ada.checkout([{ sku, quantity: 1 }], { acceptPreorder: true });
		await pay(paymentIdOf(checkout), { outcome: "approve", silent: true });
		await loseAlarm(checkoutStub(checkout.id));
		pass(WINDOW + GRACE + 1);
		await ring.sku(sku);
		expect(await env.SKU.getByName(sku).suspects(9)).toEqual([checkout.id]);
		await sweepEverything(env);
		expect((await env.CHECKOUT.getByName(checkout.id).events()).map(({ kind }) => kind)).toContain("line-committed");
		expect((await ada.read(checkout.id)).body.status).toBe("completed");
		await recordedPreorders(sku, "owed");
	});

	it("is asked for by no SKU whose pre-order ended as it should, or long ago", async () => {
		const policy = { ...POLICY, preorder: { capacity: 5, termsVersion: "v1" } };
		const sku = await newProduct({ policy });
		const [ada, bob] = [await newShopper(), await newShopper()];
		const cancelled = await ada.checkout([{ sku, quantity: 1 }], { acceptPreorder: true });
		await ada.cancel(cancelled.id);
		const lapsed = await bob.checkout([{ sku, quantity: 1 }], { acceptPreorder: true });
		await loseAlarm(checkoutStub(lapsed.id));
		pass(WINDOW + GRACE + 1);
		expect(await env.SKU.getByName(sku).suspects(9)).toEqual([lapsed.id]);
		pass(86_400);
		expect(await env.SKU.getByName(sku).suspects(9)).toEqual([]);
	});

	it("is missed by nobody after the end, when money came that is to be given back: D1 names the checkout", async () => {
		const attempt = await open();
		const { sku, ada, checkout, paymentId } = attempt;
		await ada.cancel(checkout.id);
		await runInDurableObject(sandboxObject(env), (_, { storage }) => {
			const captured =
				"UPDATE payments SET status = 'captured', capturedMinor = amountMinor, authorisedMinor = 0 WHERE id = ?";
			storage.sql.exec(captured, paymentId);
		});
		await providerDown("refund");
		await env.CHECKOUT.getByName(checkout.id).comparePayment();
		expect(await env.CHECKOUT.getByName(checkout.id).read()).toMatchObject({ phase: "closing" });
		const isNamed = () =>
			env.DB.prepare("SELECT reason FROM unsettled WHERE checkout_id = ? AND settled_at_ms IS NULL")
				.bind(checkout.id)
				.first("reason");
		await eventually(async () => expect(await isNamed()).toBe("overdue"));
		expect(await env.SKU.getByName(sku).suspects(9)).toEqual([]);
		await loseAlarm(checkoutStub(checkout.id));
		await providerUp();
		pass(RETRY_MOST_MS / 1000);
		await sweepEverything(env);
		expect(await paymentAtProvider(paymentId)).toMatchObject({ capturedMinor: PRICE, refundedMinor: PRICE });
		await eventually(async () => expect(await isNamed()).toBeNull());
	});

	it("is missed by nobody when it was given up: the cron finds the checkout, and ends it", async () => {
		const attempt = await open();
		const { sku, checkout } = attempt;
		await eventually(async () => expect(await isOpen(sku)).not.toBeNull());
		pass(WINDOW + GRACE + 1);
		await giveUpAlarm(checkoutStub(checkout.id));
		await giveUpAlarm(skuStub(sku));
		pass(600);
		await sweepEverything(env);
		expect((await env.CHECKOUT.getByName(checkout.id).events()).map(({ kind }) => kind)).toContain("line-released");
		expect(await statusOf(attempt)).toBe("expired");
		expect(await stockOf(sku)).toMatchObject({ available: 1, held: 0 });
	});
});

/** Nothing can be stored in the object. @returns what ends that */
const storageDown = (stub: Stub): Promise<() => void> =>
	runInDurableObject(stub, (_, { storage }) => {
		const fault = vi.spyOn(storage, "transactionSync").mockImplementation(() => {
			throw new Error("a test's fault");
		});
		return () => fault.mockRestore();
	});

/** The lines of alarms that failed, of one kind of object. */
const failedAlarms = (of: string) => lines.filter((line) => line.event === "alarm-failed" && line.of === of);

describe("an alarm that failed", () => {
	it("names its checkout, and the request that opened it", async () => {
		const { checkout } = await open();
		const stub = checkoutStub(checkout.id);
		pass(WINDOW);
		const storageUp = await storageDown(stub);
		await ring.checkout(checkout.id);
		storageUp();
		const names = { checkoutId: checkout.id, requestId: expect.any(String) };
		expect(failedAlarms("checkout")).toEqual([
			{ event: "alarm-failed", of: "checkout", ...names, againInMs: 5000, error: "a test's fault" },
		]);
		expect(await alarmOf(stub)).toBe(Date.now() + 5_000);
	});

	it("names its SKU", async () => {
		const { sku } = await open();
		pass(WINDOW + GRACE);
		const storageUp = await storageDown(skuStub(sku));
		await ring.sku(sku);
		storageUp();
		expect(failedAlarms("SKU")).toEqual([
			{ event: "alarm-failed", of: "SKU", sku, againInMs: 1000, error: "a test's fault" },
		]);
	});

	describe("of a webhook", () => {
		/** An endpoint with a delivery that is due, whose end cannot be stored. */
		async function failing() {
			const receiver = new Receiver();
			receiver.answer = () => 500;
			const { id } = await receiver.endpoint();
			const stub = env.WEBHOOKS.getByName(id) as unknown as Stub;
			const data = { sku: "mug", available: 0, onHand: 0, held: 0, sold: 0, waiting: 0, version: 1 };
			const event = await named({ type: "sale.sold_out", subject: "mug", version: 1, atMs: Date.now(), data });
			await callEndpoint(env, id, (object) => object.enqueue([event]));
			await eventually(async () => expect(receiver.all).toHaveLength(1));
			await eventually(async () => expect(await alarmOf(stub)).not.toBeNull());
			pass(60);
			return { id, stub, receiver };
		}

		it("names it, is set anew with pauses that grow, and delivers when the fault is over", async () => {
			const { id, stub, receiver } = await failing();
			const rename = (from: string, to: string) =>
				runInDurableObject(stub, (_, { storage }) => void storage.sql.exec(`ALTER TABLE ${from} RENAME TO ${to}`));
			await rename("deliveries", "lost");
			const pauses: number[] = [];
			for (let i = 0; i < 3; i++) {
				await ringEndpoint(id);
				const atMs = (await alarmOf(stub)) ?? Number.NaN;
				pauses.push((atMs - Date.now()) / 1000);
				vi.setSystemTime(atMs);
			}
			expect(pauses).toEqual([10, 20, 40]);
			const [first] = failedAlarms("webhook");
			expect(first).toMatchObject({ webhookId: id, againInMs: 10_000, error: expect.stringContaining("deliveries") });
			await rename("lost", "deliveries");
			receiver.answer = () => 200;
			await ringEndpoint(id);
			await eventually(async () => expect(receiver.all.at(-1)?.status).toBe(200));
		});

		it("and was given up is set anew by the sweep, which reads the webhook", async () => {
			const { stub } = await failing();
			await loseAlarm(stub);
			await evictDurableObject(stub);
			await sweepEverything(env);
			expect(await alarmOf(stub)).toBeGreaterThan(Date.now());
		});
	});
});
