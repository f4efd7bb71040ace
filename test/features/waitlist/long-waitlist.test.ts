/**
 * Ten thousand who wait, and a delivery for all of them: one call, turns that are bounded, the rest by alarm, everybody in
 * order of place, and a crash in the middle that changes none of it. By the real clock: the alarms ring by themselves.
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

const LINE = 10_000;
const BATCH = 500;
const name = (i: number): string => `waiting-${i}`;

/** A SKU for which this many wait, one unit each. */
async function longLine(length: number): Promise<string> {
	const sku = await newProduct({ units: 0, policy: { waitlistLimit: length, offerSeconds: 3_600 } });
	for (let i = 0; i < length; i += BATCH) {
		const asks = Array.from({ length: BATCH }, (_, n) => ({
			...{ shopperId: name(i + n), quantity: 1, wait: true, ifMatch: null },
		}));
		const answers = await callSku(env, sku, (object) => reserveMany(object, asks));
		expect(Array.isArray(answers) && answers.every(({ kind }) => kind === "waiting")).toBe(true);
	}
	return sku;
}

/** What the object has stored, read past it: no question of ours moves the line on. */
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

/** Waits, asking nothing of the object, until nobody waits. */
const allServed = (sku: string) =>
	eventually(async () => {
		const now = await stored(sku);
		expect(now.waiting).toBe(0);
		return now;
	});

describe("a line of 10,000", () => {
	it("is served by one call, which answers what became true, and by alarms, in order of place", async () => {
		const sku = await longLine(LINE);
		const answer = await restock(sku, LINE);
		expect(answer).toMatchObject({ received: LINE, promoted: LINE, filledPreorders: 0 });
		// The call itself did one turn's work and no more.
		expect(answer.handingOut).toBe(LINE - MAX_ROWS_PER_COMMAND);
		const { promoted } = await allServed(sku);
		expect(promoted).toHaveLength(answer.promoted);
		expect(promoted).toEqual(inOrder(LINE));
		expect(await stockOf(sku)).toMatchObject({ held: LINE, waiting: 0, available: 0, received: LINE });
	}, 60_000);

	it("loses and doubles nothing when its object dies in the middle of it, and goes on by itself", async () => {
		const length = 8 * MAX_ROWS_PER_COMMAND;
		const sku = await longLine(length);
		const answer = await restock(sku, length + 1);
		expect(answer.promoted).toBe(length);
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

	it("lets nobody pass who comes while it is being served", async () => {
		const length = 4 * MAX_ROWS_PER_COMMAND;
		const sku = await longLine(length);
		const newcomer = await newShopper();
		const [answer, late] = await Promise.all([restock(sku, length + 1), newcomer.reserve(sku, 1)]);
		expect(answer.promoted).toBe(length);
		await allServed(sku);
		const again = late.status === 201 ? late : await newcomer.reserve(sku, 1);
		expect([200, 201]).toContain(again.status);
		// As `stored` has it, but of everybody who ever got a unit.
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
