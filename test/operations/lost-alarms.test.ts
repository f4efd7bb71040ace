/** Alarms that are lost, late or given up by the platform: whoever touches the object sets them anew, and so does the cron. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { RETRY_MOST_MS } from "../../src/limits.ts";
import type { SkuObject } from "../../src/stock/sku.ts";
import { GRACE, open, statusOf, WINDOW } from "../features/refunds/late-payment.ts";
import { DROP, eventually, pass, useStoppedClock } from "../support/clock.ts";
import { newProduct, stockOf } from "../support/merchant.ts";
import { clearFaultsAfterEach, providerDown, providerUp } from "../support/provider.ts";
import { newShopper } from "../support/shopper.ts";
import { sweepEverything } from "../support/sweep.ts";

useStoppedClock();
clearFaultsAfterEach();
beforeEach(() => {
	vi.spyOn(console, "error").mockImplementation(() => {});
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
