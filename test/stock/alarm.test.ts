/** Time at the object of a SKU: units go back when their time is up, whether or not anybody calls, and never before. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { SkuObject } from "../../src/stock/sku.ts";
import { SkuHarness, START } from "./sku-harness.ts";

const pass = (ms: number) => vi.setSystemTime(Date.now() + ms);

describe("expiry by a clock that the test sets", () => {
	// The object sees this clock. workerd's alarms do not, so they are run by hand.
	beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: START }));
	afterEach(() => void vi.useRealTimers());

	const ring = (sku: SkuHarness) => runDurableObjectAlarm(sku.stub);
	const statuses = async (sku: SkuHarness) =>
		(await sku.stored()).reservations.map(({ shopperId, status }) => `${shopperId} ${status}`);

	it("sets the alarm for the first hold that runs out, and ends it when the alarm rings", async () => {
		const sku = await SkuHarness.with(3, { holdMs: 10_000 });
		expect((await sku.stored()).alarmAtMs).toBeNull();
		await sku.reserve("ada", 2);
		pass(4_000);
		await sku.reserve("bob");
		expect((await sku.stored()).alarmAtMs).toBe(START + 10_000);
		pass(6_000);
		expect(await ring(sku)).toBe(true);
		expect(await statuses(sku)).toEqual(["ada expired", "bob held"]);
		const { stock, alarmAtMs } = await sku.stored();
		expect(stock).toMatchObject({ available: 2, held: 1 });
		expect(alarmAtMs).toBe(START + 14_000);
		pass(4_000);
		await ring(sku);
		expect(await statuses(sku)).toEqual(["ada expired", "bob expired"]);
		expect((await sku.stored()).alarmAtMs).toBeNull();
		expect(await ring(sku)).toBe(false);
	});

	it("changes nothing when the alarm rings too early, and sets it again", async () => {
		const sku = await SkuHarness.with(1, { holdMs: 10_000 });
		await sku.reserve("ada");
		pass(9_999);
		const before = await sku.stored();
		expect(await ring(sku)).toBe(true);
		expect(await sku.stored()).toEqual(before);
		pass(1);
		await ring(sku);
		expect(await statuses(sku)).toEqual(["ada expired"]);
	});

	it("gives the units of a hold that has run out to the next shopper, before any alarm", async () => {
		const sku = await SkuHarness.with(1, { holdMs: 10_000 });
		await sku.reserve("ada");
		pass(9_999);
		expect(await sku.reserve("bob")).toMatchObject({ kind: "sold-out", retryAtMs: START + 10_000 });
		pass(1);
		expect(await sku.reserve("bob")).toMatchObject({ kind: "held" });
		expect(await statuses(sku)).toEqual(["ada expired", "bob held"]);
	});

	it.each(["availability", "stock", "reservation", "listReservations"] as const)(
		"counts no hold that has run out: %s",
		async (question) => {
			const sku = await SkuHarness.with(1, { holdMs: 10_000 });
			await sku.reserve("ada");
			pass(10_000);
			switch (question) {
				case "availability":
					expect(await sku.object.availability()).toMatchObject({ availability: { status: "in_stock", held: 0 } });
					break;
				case "stock":
					expect(await sku.report()).toMatchObject({ balanced: true, stock: { available: 1, held: 0 } });
					break;
				case "reservation":
					expect(await sku.statusOf("ada")).toBe("expired");
					break;
				case "listReservations":
					expect(await sku.object.listReservations("held", "", 9)).toMatchObject({ reservations: [] });
			}
		},
	);

	it("passes a unit down the waitlist from one offer to the next when nobody calls (vendure 3509)", async () => {
		const sku = await SkuHarness.with(1, { holdMs: 10_000, offerMs: 5_000, waitlistLimit: 9 });
		await sku.reserve("ada");
		await sku.join("bob");
		await sku.join("cyd");
		pass(10_000);
		await ring(sku);
		expect(await statuses(sku)).toEqual(["ada expired", "bob held", "cyd waiting"]);
		expect((await sku.stored()).alarmAtMs).toBe(START + 15_000);
		pass(5_000);
		await ring(sku);
		expect(await statuses(sku)).toEqual(["ada expired", "bob expired", "cyd held"]);
		pass(5_000);
		await ring(sku);
		expect(await statuses(sku)).toEqual(["ada expired", "bob expired", "cyd expired"]);
	});

	it("ends a pin after the payment window and its grace (vendure 3509)", async () => {
		const sku = await SkuHarness.with(1, { holdMs: 5_000, paymentWindowMs: 20_000, paymentGraceMs: 3_000 });
		await sku.reserve("ada");
		const pin = { shopperId: "ada", checkoutId: "c1", quantity: 1, acceptPreorder: false };
		expect(await sku.object.pin(pin)).toMatchObject({ payByMs: START + 20_000, graceMs: 3_000 });
		pass(22_999);
		await ring(sku);
		expect(await statuses(sku)).toEqual(["ada paying"]);
		pass(1);
		await ring(sku);
		expect(await statuses(sku)).toEqual(["ada expired"]);
	});

	it("commits a pin in the last millisecond of the grace (saleor 15246)", async () => {
		const sku = await SkuHarness.with(1, { paymentWindowMs: 20_000, paymentGraceMs: 3_000, waitlistLimit: 9 });
		const checkout = { shopperId: "ada", checkoutId: "c1", quantity: 1, acceptPreorder: false };
		await sku.object.pin(checkout);
		await sku.join("bob");
		pass(22_999);
		expect(await sku.object.commit(checkout)).toMatchObject({ kind: "sold" });
		expect(await statuses(sku)).toEqual(["ada sold", "bob waiting"]);
	});

	it("cancels an unpaid pre-order when its time is up, and frees its capacity (saleor 13517)", async () => {
		const preorder = { capacity: 1, expectedAtMs: null, termsVersion: "v1" };
		const sku = await SkuHarness.with(0, { preorder, paymentWindowMs: 20_000, paymentGraceMs: 3_000 });
		const pin = (shopperId: string) =>
			sku.object.pin({ shopperId, checkoutId: `co-${shopperId}`, quantity: 1, acceptPreorder: true });
		expect((await pin("ada")).kind).toBe("preordered");
		expect((await pin("bob")).kind).toBe("sold-out");
		pass(23_000);
		await ring(sku);
		expect((await sku.stored()).preorders).toMatchObject([{ shopperId: "ada", status: "cancelled" }]);
		expect((await pin("bob")).kind).toBe("preordered");
	});

	it("sets an alarm that fails anew, with pauses that double, and goes on where it was when the fault is over", async () => {
		const sku = await SkuHarness.with(1, { holdMs: 10_000, waitlistLimit: 9 });
		await sku.reserve("ada");
		await sku.join("bob");
		pass(10_000);
		const mend = await runInDurableObject(sku.stub, (_object: SkuObject, { storage }) => {
			const fault = vi.spyOn(storage, "transactionSync").mockImplementation(() => {
				throw new Error("a test's fault");
			});
			return () => fault.mockRestore();
		});
		const log = vi.spyOn(console, "error").mockImplementation(() => {});
		const pauses: number[] = [];
		for (let i = 0; i < 12; i++) {
			await ring(sku).catch(() => {});
			const alarmAtMs = (await sku.stored()).alarmAtMs ?? Number.NaN;
			pauses.push((alarmAtMs - Date.now()) / 1000);
			vi.setSystemTime(alarmAtMs);
		}
		expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]);
		expect(log).toHaveBeenCalledTimes(12);
		log.mockRestore();
		mend();
		await ring(sku);
		expect(await statuses(sku)).toEqual(["ada expired", "bob held"]);
		expect((await sku.stored()).alarmAtMs).toBe(Date.now() + 300_000);
	});

	it("is not taken for set when its time has passed and it did not ring", async () => {
		const sku = await SkuHarness.with(1, { holdMs: 10_000 });
		await sku.reserve("ada");
		await runInDurableObject(sku.stub, (_object: SkuObject, { storage }) => storage.deleteAlarm());
		pass(10_000);
		await sku.reserve("bob");
		expect((await sku.stored()).alarmAtMs).toBe(START + 20_000);
	});

	it("leaves holds their time when the policy changes", async () => {
		const sku = await SkuHarness.with(2, { holdMs: 10_000 });
		await sku.reserve("ada");
		const report = await sku.report();
		const { revision: _, updatedAtMs: __, ...draft } = report.product;
		await sku.object.define({ ...draft, policy: { ...draft.policy, holdMs: 1_000 } });
		await sku.reserve("bob");
		expect((await sku.stored()).alarmAtMs).toBe(START + 1_000);
		pass(9_999);
		await ring(sku);
		expect(await statuses(sku)).toEqual(["ada held", "bob expired"]);
	});
});

describe("expiry by the real clock", () => {
	it("passes a unit on within a second of the end of its hold when nobody calls", async () => {
		const sku = await SkuHarness.with(1, { holdMs: 1_000, offerMs: 1_000, waitlistLimit: 1 });
		const result = await sku.reserve("ada");
		await sku.join("bob");
		if (result.kind !== "held") throw new Error(result.kind);
		const dueMs = result.reservation.expiresAtMs ?? 0;
		const ended = await vi.waitFor(
			async () => {
				const { reservations } = await sku.stored();
				expect(reservations).toMatchObject([{ status: "expired" }, { status: "held" }]);
				return reservations[0]?.endedAtMs ?? 0;
			},
			{ interval: 20, timeout: 5_000 },
		);
		expect(ended).toBeGreaterThanOrEqual(dueMs);
		expect(ended).toBeLessThan(dueMs + 1_000);
	});
});
