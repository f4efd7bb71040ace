/** Checkouts that ended without a sale and did not forget their shoppers in time: the sweep finds each, and then leaves it alone. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { KEEP_ENDED_MS, SWEEP_ENDED, SWEEP_ENDED_LATE_MS, SWEEP_PAST_ENTRIES } from "../../src/limits.ts";
import { lookAtEnded, lookAtPast } from "../../src/operations/ended.ts";
import { FanOut } from "../../src/operations/fan-out.ts";
import { saveEndedCheckouts } from "../../src/orders/ended-checkout-store.ts";
import { DROP, eventually, pass, ring, useStoppedClock } from "../support/clock.ts";
import { expectReconciled, newProduct } from "../support/merchant.ts";
import { newPurchase, newShopper } from "../support/shopper.ts";
import { sweepEverything } from "../support/sweep.ts";

useStoppedClock();
const TABLES = ["products", "open_skus", "orders", "order_lines", "ended_checkouts", "sweep_places"];
beforeEach(async () => {
	await env.DB.batch(TABLES.map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
	vi.spyOn(console, "warn").mockImplementation(() => {});
	return () => void vi.restoreAllMocks();
});

const DAY = SWEEP_ENDED_LATE_MS / 1000;
const KEEP = KEEP_ENDED_MS / 1000;
const stubOf = (id: string) => env.CHECKOUT.getByName(id);

const isListed = async (id: string) =>
	(await env.DB.prepare("SELECT 1 FROM ended_checkouts WHERE checkout_id = ?").bind(id).first()) !== null;

interface Kept {
	readonly email: string | null;
	readonly alarmAtMs: number | null;
}

/** What the object has on its disk, without touching the checkout. */
const keptBy = (id: string): Promise<Kept> =>
	runInDurableObject(stubOf(id), async (_, { storage }) => {
		const tables = storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'checkout'").toArray();
		const emails = "SELECT json ->> 'email' AS email FROM checkout";
		const rows = tables.length === 0 ? [] : storage.sql.exec<{ email: string }>(emails).toArray();
		return { email: rows[0]?.email ?? null, alarmAtMs: await storage.getAlarm() };
	});
const NOTHING: Kept = { email: null, alarmAtMs: null };

async function cancelled(): Promise<{ readonly id: string; readonly sku: string }> {
	const sku = await newProduct({ units: 1 });
	const ada = await newShopper();
	const { id } = await ada.checkout([{ sku, quantity: 1 }]);
	await ada.cancel(id);
	await eventually(async () => expect(await isListed(id)).toBe(true));
	await eventually(async () => expect((await stubOf(id).read())?.toldVersion).toBeGreaterThan(0));
	return { id, sku };
}

const loseAlarm = (id: string) => runInDurableObject(stubOf(id), (_, { storage }) => storage.deleteAlarm());

describe("a checkout that should have forgotten its shopper", () => {
	it("does so when its alarm was lost, a day late, and leaves the list of D1", async () => {
		const { id } = await cancelled();
		await loseAlarm(id);
		await evictDurableObject(stubOf(id));
		pass(KEEP + DAY);
		await sweepEverything(env);
		expect(await keptBy(id)).toMatchObject({ email: "ada@example.com" });
		pass(1);
		await sweepEverything(env);
		expect(await keptBy(id)).toEqual(NOTHING);
		expect(await isListed(id)).toBe(false);
	});

	it("and did, leaves the list too, and is asked no more", async () => {
		const { id } = await cancelled();
		pass(KEEP);
		await ring.checkout(id);
		expect(await keptBy(id)).toEqual(NOTHING);
		expect(await isListed(id)).toBe(true);
		pass(DAY + 1);
		await sweepEverything(env);
		expect(await isListed(id)).toBe(false);
	});
});

describe("the list of what ended", () => {
	const idOf = (n: number) => `co_${n.toString(16).padStart(32, "0")}`;
	const OLD = DROP - KEEP_ENDED_MS - SWEEP_ENDED_LATE_MS - 1;

	it("is gone through in rounds, a page with each run, and what is not done or does not answer is asked again", async () => {
		const rows = Array.from({ length: 2 * SWEEP_ENDED + 1 }, (_, n) => {
			return { checkoutId: idOf(n), version: 1, shopperId: "s_1", endedAtMs: OLD - (n % 7) };
		});
		const young = { checkoutId: idOf(9_999), version: 1, shopperId: "s_1", endedAtMs: OLD + 1 };
		await env.DB.batch(saveEndedCheckouts(env.DB, [...rows, young], DROP));
		const [silent, late] = [idOf(3), idOf(4)];
		const asked: string[] = [];
		const getByName = (id: string) => ({
			retrySettlement: async () => {
				asked.push(id);
				if (id === silent) throw new Error("this object is broken");
				const window = { payByMs: 1, graceMs: 1 };
				return id === late ? { id, phase: "closing", email: "a@example.com", lines: [], payment: null, window } : null;
			},
		});
		const broken = { ...env, CHECKOUT: { getByName } } as unknown as Env;
		const found: unknown[] = [];
		const unreachable: string[] = [];
		for (let run = 0; run < 3; run++) {
			const fanOut = new FanOut();
			found.push(...(await lookAtEnded(broken, fanOut, DROP)));
			unreachable.push(...fanOut.notAnswering);
		}
		expect(new Set(asked)).toEqual(new Set(rows.map(({ checkoutId }) => checkoutId)));
		expect(asked).toHaveLength(rows.length);
		expect(unreachable).toEqual([silent]);
		expect(found).toEqual([{ checkoutId: late, phase: "closing", sinceMs: 2, unsettled: false }]);
		const { results } = await env.DB.prepare("SELECT checkout_id FROM ended_checkouts ORDER BY checkout_id").all();
		expect(results.map((row) => row["checkout_id"])).toEqual([silent, late, young.checkoutId]);
		await lookAtEnded(broken, new FanOut(), DROP);
		expect(asked.slice(rows.length).sort()).toEqual([silent, late]);
	});
});

describe("a checkout that ended by earlier code", () => {
	/** As earlier code left it: told to nobody, without the time of its end, and with no alarm. */
	async function ofEarlierCode() {
		const ended = await cancelled();
		await runInDurableObject(stubOf(ended.id), async (_, { storage }) => {
			storage.sql.exec("UPDATE checkout SET json = json_remove(json, '$.endedAtMs', '$.toldVersion')");
			await storage.deleteAlarm();
		});
		await evictDurableObject(stubOf(ended.id));
		await env.DB.prepare("DELETE FROM ended_checkouts").run();
		return ended;
	}

	/** The statement of the migration, in a D1 that has what it finds there. */
	async function migrate(): Promise<void> {
		const { queries } = env.TEST_MIGRATIONS.find(({ name }) => name.startsWith("0014")) as { queries: string[] };
		await env.DB.prepare(queries.find((query) => query.includes("'past'")) as string).run();
	}

	it("is asked again with the next run when it does not answer", async () => {
		const { id } = await ofEarlierCode();
		await migrate();
		const read = async () => Promise.reject(new Error("this object is broken"));
		const broken = { ...env, CHECKOUT: { getByName: () => ({ read }) } } as unknown as Env;
		const fanOut = new FanOut();
		await lookAtPast(broken, fanOut, Date.now());
		expect(fanOut.notAnswering).toEqual([id]);
		await lookAtPast(env, new FanOut(), Date.now());
		await eventually(async () => expect(await isListed(id)).toBe(true));
	});

	it("is found by the journal of its SKU, listed, and gets its alarm", async () => {
		const first = await ofEarlierCode();
		const second = await ofEarlierCode();
		await migrate();
		await sweepEverything(env);
		for (const { id } of [first, second]) {
			await eventually(async () => expect(await isListed(id)).toBe(true));
			await eventually(async () => expect((await keptBy(id)).alarmAtMs).toBeGreaterThan(DROP + KEEP_ENDED_MS));
		}
		const place = "SELECT COUNT(*) AS n FROM sweep_places WHERE sku = 'past'";
		expect(await env.DB.prepare(place).first("n")).toBe(0);
	});

	it("is emptied at once when its time is long over", async () => {
		const { id } = await ofEarlierCode();
		pass(2 * KEEP);
		await migrate();
		await sweepEverything(env);
		await eventually(async () => expect(await keptBy(id)).toEqual(NOTHING));
	});

	it("is looked for once, among what has neither an order nor a place on the list", async () => {
		const sku = await newProduct({ units: 2 });
		await newPurchase({ sku, quantity: 1 });
		await expectReconciled(sku);
		await cancelled();
		await migrate();
		const CHECKOUT = { getByName: () => expect.unreachable("nobody is asked") };
		await lookAtPast({ ...env, CHECKOUT } as unknown as Env, new FanOut(), DROP);
		const { id } = await ofEarlierCode();
		await sweepEverything(env);
		expect((await keptBy(id)).alarmAtMs).toBeNull();
	});

	it("is looked for in no shop that has just been set up", async () => {
		await migrate();
		expect(await env.DB.prepare("SELECT COUNT(*) AS n FROM sweep_places").first("n")).toBe(0);
	});

	it("is looked for in long journals page by page, and waits for a SKU that does not answer", async () => {
		const sku = await newProduct();
		await migrate();
		const entries = Array.from({ length: SWEEP_PAST_ENTRIES + 5 }, (_, n) => {
			return { seq: n + 1, checkoutId: n % 50 === 0 ? `co_${String(n).padStart(32, "0")}` : null };
		});
		let isDown = true;
		const journal = async (after: number, limit: number) => {
			if (isDown) throw new Error("this object is broken");
			return { kind: "journal", entries: entries.slice(after, after + limit) };
		};
		const asked: string[] = [];
		const fakes = {
			SKU: { getByName: () => ({ journal }) },
			CHECKOUT: { getByName: (id: string) => ({ read: async () => void asked.push(id) }) },
		};
		const fanOut = new FanOut();
		await lookAtPast({ ...env, ...fakes } as unknown as Env, fanOut, DROP);
		expect(fanOut.notAnswering).toEqual([sku]);
		isDown = false;
		await lookAtPast({ ...env, ...fakes } as unknown as Env, new FanOut(), DROP);
		expect(asked).toEqual(entries.flatMap(({ checkoutId }) => checkoutId ?? []));
	});
});
