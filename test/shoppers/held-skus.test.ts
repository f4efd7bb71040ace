/**
 * The object that counts a shopper's SKUs, while the SKUs' objects are slow, silent or broken. Over HTTP it is tested in
 * `edge/holding-limit.test.ts`.
 */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { HELD_SKUS_TIMEOUT_MS, MAX_SKUS_HELD } from "../../src/limits.ts";
import type { HoldingsObject } from "../../src/shoppers/held-skus.ts";
import { hasOpenClaim } from "../../src/stock/client.ts";
import { eventually } from "../support/clock.ts";
import { newProduct } from "../support/merchant.ts";
import { pay } from "../support/provider.ts";
import { newShopper, paymentIdOf } from "../support/shopper.ts";

afterEach(() => void vi.useRealTimers());

const skus = (count: number) => Array.from({ length: count }, (_, n) => `sku-${n}`);

/** A shopper who has something of as many SKUs as they may, whose objects answer as the test says. */
async function fullShopper(hasClaim: (sku: string) => Promise<boolean>) {
	const stub = env.HOLDINGS.getByName(`s_${crypto.randomUUID()}`);
	const asked: string[] = [];
	const SKU = {
		getByName: (sku: string) => ({
			hasOpenClaim: () => {
				asked.push(sku);
				return hasClaim(sku);
			},
		}),
	};
	await runInDurableObject(stub, (object: HoldingsObject) => {
		const bindings = (object as unknown as { env: Env }).env;
		Object.defineProperty(object, "env", { configurable: true, value: { ...bindings, SKU } });
	});
	expect(await stub.note(skus(MAX_SKUS_HELD))).toEqual({ kind: "noted" });
	const noted = () =>
		runInDurableObject(stub, (_: HoldingsObject, { storage }) => storage.kv.get<string[]>("skus") ?? []);
	return { stub, asked, noted };
}

/** Answers that wait for the test. */
function gate<T>() {
	const { promise, resolve } = Promise.withResolvers<T>();
	return { answer: () => promise, open: resolve };
}

describe("the SKUs of a shopper who is at the limit", () => {
	it("still count when they cannot be asked", async () => {
		const { stub, noted } = await fullShopper(() => Promise.reject(new Error("this object is broken")));
		expect(await stub.note(["another"])).toMatchObject({ kind: "full" });
		expect(await noted()).toEqual(skus(MAX_SKUS_HELD));
	});

	it("are forgotten when nothing of them is held any more", async () => {
		const { stub, noted } = await fullShopper(async (sku) => sku !== "sku-7");
		expect(await stub.note(["another"])).toEqual({ kind: "noted" });
		expect(await noted()).toEqual([...skus(MAX_SKUS_HELD).filter((sku) => sku !== "sku-7"), "another"]);
	});

	it("are not waited for beyond a bound when one of them hangs, which then counts", async () => {
		vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
		const { stub, asked } = await fullShopper((sku) =>
			sku === "sku-0" ? new Promise(() => {}) : Promise.resolve(true),
		);
		const tooMany = stub.note(["another"]);
		await eventually(async () => expect(asked).toHaveLength(MAX_SKUS_HELD));
		// Nobody else of this shopper waits for it.
		expect(await stub.note(["sku-1"])).toEqual({ kind: "noted" });
		// A timer may only go off in the object that has set it.
		await runInDurableObject(stub, () => void vi.advanceTimersByTime(HELD_SKUS_TIMEOUT_MS));
		expect(await tooMany).toMatchObject({ kind: "full" });
	});

	it("keep the one that is noted again while it is being asked whether it has ended", async () => {
		const ended = gate<boolean>();
		const { stub, asked, noted } = await fullShopper((sku) =>
			sku === "sku-7" ? ended.answer() : Promise.resolve(true),
		);
		const another = stub.note(["another"]);
		await eventually(async () => expect(asked).toContain("sku-7"));
		expect(await stub.note(["sku-7"])).toEqual({ kind: "noted" });
		ended.open(false);
		expect(await another).toMatchObject({ kind: "full" });
		expect(await noted()).toEqual(skus(MAX_SKUS_HELD));
	});

	it("are asked once for two who note at once, and the only room goes to one of them", async () => {
		const all = gate<void>();
		const { stub, asked, noted } = await fullShopper(async (sku) => {
			await all.answer();
			return sku !== "sku-7";
		});
		const both = [stub.note(["a"]), stub.note(["b"])];
		await eventually(async () => expect(asked.length).toBeGreaterThanOrEqual(MAX_SKUS_HELD));
		all.open();
		expect((await Promise.all(both)).map(({ kind }) => kind).sort()).toEqual(["full", "noted"]);
		expect(asked).toHaveLength(MAX_SKUS_HELD);
		expect(await noted()).toHaveLength(MAX_SKUS_HELD);
	});
});

describe("a claim that is open at a SKU", () => {
	it("is a pre-order that is not paid yet, like a hold, until it is paid or called off", async () => {
		const sku = await newProduct({ policy: { preorder: { capacity: 5, termsVersion: "v1" } } });
		const [paid, calledOff] = [await newShopper(), await newShopper()];
		const isOpen = () => Promise.all([paid, calledOff].map(({ id }) => hasOpenClaim(env, sku, id)));
		expect(await isOpen()).toEqual([false, false]);
		const lines = [{ sku, quantity: 1 }];
		const first = await paid.checkout(lines, { acceptPreorder: true });
		const second = await calledOff.checkout(lines, { acceptPreorder: true });
		expect(await isOpen()).toEqual([true, true]);
		await pay(paymentIdOf(first));
		await calledOff.cancel(second.id);
		await eventually(async () => expect(await isOpen()).toEqual([false, false]));
	});

	it("is a hold, a wait, or units in a checkout", async () => {
		const sku = await newProduct({ units: 1, policy: { waitlistLimit: 5 } });
		const [holds, waits, nobody] = [await newShopper(), await newShopper(), await newShopper()];
		await holds.reserve(sku, 1);
		await waits.reserve(sku, 1, { wait: true });
		const isOpen = () => Promise.all([holds, waits, nobody].map(({ id }) => hasOpenClaim(env, sku, id)));
		expect(await isOpen()).toEqual([true, true, false]);
		await holds.checkout([{ sku, quantity: 1 }]);
		expect(await isOpen()).toEqual([true, true, false]);
	});
});
