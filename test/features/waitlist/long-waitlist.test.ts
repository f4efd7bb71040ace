/**
 * A waitlist of 10,000 and one restock for all of them: the call does a bounded part, alarms do the rest in order of
 * place, and a crash in between changes none of it. These tests use the real clock, so the alarms ring by themselves.
 */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { MAX_ROWS_PER_COMMAND } from "../../../src/limits.ts";
import { callSku } from "../../../src/stock/client.ts";
import { reserveMany } from "../../../src/stock/reserve-columns.ts";
import type { SkuObject } from "../../../src/stock/sku.ts";
import { eventually } from "../../support/clock.ts";
import { newProduct, restock, stockOf } from "../../support/merchant.ts";
import { newShopper } from "../../support/shopper.ts";

const WAITLIST = 10_000;
const BATCH = 500;
const name = (i: number): string => `waiting-${i}`;

/** A SKU for which this many wait, one unit each. */
async function longWaitlist(length: number): Promise<string> {
	const sku = await newProduct({ units: 0, policy: { waitlistLimit: length, offerSeconds: 3_600 } });
	for (let i = 0; i < length; i += BATCH) {
		const asks = Array.from({ length: BATCH }, (_, n) => ({
			...{ shopperId: name(i + n), quantity: 1, wait: true, ifMatch: null },
		}));
		const results = await callSku(env, sku, (object) => reserveMany(object, asks));
		expect(Array.isArray(results) && results.every(({ kind }) => kind === "waiting")).toBe(true);
	}
	return sku;
}

/** What the object has stored. Read from its storage, because a call to the object would promote shoppers. */
const stored = (sku: string) =>
	runInDurableObject(env.SKU.getByName(sku), async (_: SkuObject, { storage }) => ({
		waiting: storage.sql.exec<{ waiting: number }>("SELECT waiting FROM stock").one().waiting,
		promoted: storage.sql
			.exec<{ shopperId: string }>("SELECT shopperId FROM journal WHERE kind = 'promoted' ORDER BY seq")
			.toArray()
			.map(({ shopperId }) => shopperId),
		alarmAtMs: await storage.getAlarm(),
	}));

const inOrder = (length: number): string[] => Array.from({ length }, (_, i) => name(i));

/** Waits, without a call to the object, until its waitlist is empty. */
const allServed = (sku: string) =>
	eventually(async () => {
		const now = await stored(sku);
		expect(now.waiting).toBe(0);
		return now;
	});

describe("a waitlist of 10,000", () => {
	it("promotes everybody in order of place, by one restock and by alarms, as the response says", async () => {
		const sku = await longWaitlist(WAITLIST);
		const response = await restock(sku, WAITLIST);
		expect(response).toMatchObject({ received: WAITLIST, promoted: WAITLIST, filledPreorders: 0 });
		// The call itself did the work of one command and no more.
		expect(response.handingOut).toBe(WAITLIST - MAX_ROWS_PER_COMMAND);
		const { promoted } = await allServed(sku);
		expect(promoted).toHaveLength(response.promoted);
		expect(promoted).toEqual(inOrder(WAITLIST));
		expect(await stockOf(sku)).toMatchObject({ held: WAITLIST, waiting: 0, available: 0, received: WAITLIST });
	}, 60_000);

	it("loses and repeats no promotion when the object dies in between, and continues by itself", async () => {
		const length = 8 * MAX_ROWS_PER_COMMAND;
		const sku = await longWaitlist(length);
		const response = await restock(sku, length + 1);
		expect(response.promoted).toBe(length);
		let deaths = 0;
		for (let i = 0; i < 3; i++) {
			const { waiting } = await stored(sku);
			if (waiting > 0) deaths++;
			await runInDurableObject(env.SKU.getByName(sku), (_: SkuObject, state) =>
				state.abort("a test's power cut"),
			).catch(() => undefined);
		}
		expect(deaths).toBeGreaterThan(0);
		const { promoted } = await allServed(sku);
		expect(promoted).toEqual(inOrder(length));
		expect(await stockOf(sku)).toMatchObject({ held: length, waiting: 0, available: 1, received: length + 1 });
	}, 60_000);

	it("serves the waitlist before a newcomer who comes while it is being promoted", async () => {
		const length = 4 * MAX_ROWS_PER_COMMAND;
		const sku = await longWaitlist(length);
		const newcomer = await newShopper();
		const [response, late] = await Promise.all([restock(sku, length + 1), newcomer.reserve(sku, 1)]);
		expect(response.promoted).toBe(length);
		await allServed(sku);
		const again = late.status === 201 ? late : await newcomer.reserve(sku, 1);
		expect([200, 201]).toContain(again.status);
		// Everybody who ever got a unit, in order; `stored` has only those who were promoted.
		const served = await runInDurableObject(env.SKU.getByName(sku), (_: SkuObject, { storage }) =>
			storage.sql
				.exec<{ shopperId: string }>("SELECT shopperId FROM journal WHERE kind IN ('promoted', 'held') ORDER BY seq")
				.toArray()
				.map(({ shopperId }) => shopperId),
		);
		expect(served).toEqual([...inOrder(length), newcomer.id]);
		expect(await stockOf(sku)).toMatchObject({ held: length + 1, available: 0 });
	}, 60_000);
});
