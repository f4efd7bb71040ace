/** What a SKU tells webhooks: its stock at most once a second, and whose reservation was promoted or ran out. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { AUDIENCE_TTL_MS, NEWS_BATCH, RESEND_FIRST_MS } from "../../src/limits.ts";
import type { RecordMessage } from "../../src/orders/messages.ts";
import { migrate } from "../../src/platform/migrate.ts";
import { reserveMany } from "../../src/stock/reserve-columns.ts";
import type { SkuObject } from "../../src/stock/sku.ts";
import { SKU_MIGRATIONS } from "../../src/stock/storage/schema.ts";
import { audience, forgetAudience } from "../../src/webhooks/audience.ts";
import { deleteEndpoint, saveEndpoint } from "../../src/webhooks/endpoint-store.ts";
import type { Subscription } from "../../src/webhooks/event.ts";
import { eventually, pass, useStoppedClock } from "../support/clock.ts";
import { aDraft, SkuHarness } from "./sku-harness.ts";

useStoppedClock();

type News = Extract<RecordMessage, { readonly kind: "news" }>;

let sent: News[] = [];
beforeEach(async () => {
	sent = [];
	// Nobody consumes them: a test says when they are acknowledged.
	vi.spyOn(env.ORDERS, "send").mockImplementation(async (message) => {
		if ((message as RecordMessage).kind === "news") sent.push(message as News);
		return undefined as never;
	});
	await deleteEndpoint(env.DB, "wh_test");
	forgetAudience();
	return () => void vi.restoreAllMocks();
});

let revision = 0;

async function listen(events: Subscription): Promise<void> {
	revision += 1;
	await saveEndpoint(env.DB, {
		...{ id: "wh_test", revision, url: "https://erp.example.com/", description: null, events, state: "enabled" },
		...{ reason: null, stateSinceMs: 1, createdAtMs: 1 },
	});
	forgetAudience();
}

/** A SKU that knows who listens. */
async function heardSku(units: number, events: Subscription, policy = {}): Promise<SkuHarness> {
	await listen(events);
	const sku = await SkuHarness.with(units, policy);
	await eventually(async () => expect(await audienceOf(sku)).not.toBeNull());
	await tellAll(sku);
	sent = [];
	return sku;
}

const audienceOf = (sku: SkuHarness): Promise<string | null> =>
	runInDurableObject(sku.stub, (_object: SkuObject, { storage }) => {
		const [row] = storage.sql.exec<{ audience: string }>("SELECT audience FROM news").toArray();
		return row?.audience ?? null;
	});

const ring = (sku: SkuHarness) => runDurableObjectAlarm(sku.stub);

/** Lets it tell what it has to tell, and acknowledges all of it. */
async function tellAll(sku: SkuHarness): Promise<void> {
	for (let before = -1; before < sent.length; ) {
		before = sent.length;
		pass(1);
		await ring(sku);
		await eventually(async () => {});
		for (const { receipt } of sent.slice(before)) await sku.object.newsTold(receipt);
	}
}

const typesOf = (messages: readonly News[]) => messages.flatMap(({ events }) => events.map(({ type }) => type));

const requests = (prefix: string, howMany: number) =>
	Array.from({ length: howMany }, (_, i) => ({ shopperId: `${prefix}-${i}`, quantity: 1, wait: false, ifMatch: null }));

describe("a SKU to which nobody listens", () => {
	it("writes no more rows for a reservation and a sale than it did before there were webhooks", async () => {
		const sku = await SkuHarness.with(10);
		const reserve = await sku.rowsWritten(() => sku.reserve("ada"));
		const checkout = { shopperId: "ada", checkoutId: "co-ada", quantity: 1, acceptPreorder: false };
		const pin = await sku.rowsWritten((object) => object.pin(checkout));
		const commit = await sku.rowsWritten((object) => object.commit(checkout));
		// Measured at the commit before. A row of each index counts.
		expect({ reserve, pin, commit }).toEqual(ROWS_BEFORE);
		pass(3_600);
		await ring(sku);
		expect(sent).toEqual([]);
		expect(await audienceOf(sku)).toBeNull();
	});

	/** Nobody listens, and that is known. */
	async function silentSku(): Promise<SkuHarness> {
		const sku = await SkuHarness.with(1_000);
		await eventually(async () => expect(audience(Date.now())).not.toBeNull());
		return sku;
	}

	const reserveMore = async (sku: SkuHarness, prefix: string) => {
		for (let i = 0; i < 30; i++) expect((await sku.reserve(`${prefix}-${i}`)).kind).toBe("held");
	};

	it("asks D1 who listens once in ten seconds, while it changes", async () => {
		const sku = await silentSku();
		const asked = vi.spyOn(env.DB, "prepare");
		await reserveMore(sku, "a");
		expect(asked).not.toHaveBeenCalled();
		pass(AUDIENCE_TTL_MS / 1000);
		await reserveMore(sku, "b");
		await eventually(async () => expect(asked).toHaveBeenCalledTimes(1));
		// Nothing changes, so nobody is told anything.
		pass(60);
		await ring(sku);
		expect(asked).toHaveBeenCalledTimes(1);
	});

	it("leaves a D1 alone for a while that does not answer", async () => {
		vi.spyOn(console, "error").mockImplementation(() => {});
		const sku = await silentSku();
		const asked = vi.spyOn(env.DB, "prepare").mockImplementation(() => {
			throw new Error("D1_ERROR: Network connection lost.");
		});
		for (let times = 1; times <= 3; times++) {
			pass(AUDIENCE_TTL_MS / 1000);
			await reserveMore(sku, String(times));
			expect(asked).toHaveBeenCalledTimes(times);
		}
	});
});

const ROWS_BEFORE = { reserve: 5, pin: 5, commit: 5 };

describe("the stock", () => {
	it("is told at most once a second: 10,000 sales in a minute are at most 60 events", async () => {
		const sku = await heardSku(10_000, ["stock.changed"]);
		for (let second = 0; second < 60; second++) {
			for (let batch = 0; batch < 2; batch++) await reserveMany(sku.object, requests(`s${second}-${batch}`, 84));
			pass(1);
			await ring(sku);
			for (const { receipt } of sent.slice(-1)) await sku.object.newsTold(receipt);
		}
		await tellAll(sku);
		expect((await sku.report()).stock.held).toBeGreaterThanOrEqual(10_000 - 84);
		expect(sent.length).toBeLessThanOrEqual(61);
		const { stock } = await sku.report();
		expect(sent.at(-1)?.events).toMatchObject([
			{ type: "stock.changed", subject: sku.id, version: stock.version, data: { sku: sku.id, held: stock.held } },
		]);
	});

	it("writes no row with the change when somebody listens, and one a second when that is acknowledged", async () => {
		const rows = (sku: SkuHarness) => sku.rowsWritten(() => sku.reserve("ada"));
		const withoutListener = await rows(await SkuHarness.with(9));
		const sku = await heardSku(9, ["stock.changed"]);
		expect(await rows(sku)).toBe(withoutListener);
		for (let i = 0; i < 5; i++) await sku.reserve(`bob-${i}`);
		expect(await sku.rowsWritten(() => tellAll(sku))).toBe(1);
	});

	it("is told again until it is acknowledged, in its newest state, also by an object that was loaded anew", async () => {
		const sku = await heardSku(5, "*");
		await sku.reserve("ada");
		pass(1);
		await ring(sku);
		expect(sent).toHaveLength(1);
		pass(RESEND_FIRST_MS / 1000 - 2);
		await ring(sku);
		expect(sent).toHaveLength(1);
		pass(3);
		await ring(sku);
		expect(sent).toHaveLength(2);
		await evictDurableObject(sku.stub);
		await ring(sku);
		expect(sent).toHaveLength(3);
		const { version } = (await sku.report()).stock;
		expect(sent.map(({ receipt }) => receipt.stock?.version)).toEqual([version, version, version]);
		await sku.object.newsTold((sent[2] as News).receipt);
		pass(3_600);
		await ring(sku);
		expect(typesOf(sent).filter((type) => type === "stock.changed")).toHaveLength(3);
	});

	const pin = { shopperId: "cyd", checkoutId: "c1", quantity: 1, acceptPreorder: false };
	const causes: Record<string, (sku: SkuHarness) => Promise<unknown>> = {
		"a hold": (sku) => sku.reserve("bob"),
		"a release": (sku) => sku.object.release("ada"),
		"the merchant's release": async (sku) => sku.object.releaseById((await sku.stored()).reservations[0]?.id ?? "none"),
		"the end of a hold, by the clock": async (sku) => {
			pass(601);
			await ring(sku);
		},
		"a checkout": (sku) => sku.object.pin({ ...pin, checkoutId: "c2", shopperId: "bob" }),
		"the end of a checkout": (sku) => sku.object.unpin("cyd", "c1"),
		"a sale": (sku) => sku.object.commit(pin),
		"a refund with its units": (sku) => sku.object.takeBack("dan", "co-dan", 1),
		"a restock": (sku) => sku.restock(1),
		"a count": (sku) => sku.object.adjust({ delta: -1, reason: "lost", force: false }, null),
		"a forced count": (sku) => sku.object.adjust({ delta: -4, reason: "lost", force: true }, null),
	};
	it.each(Object.keys(causes))("is told after %s (saleor 19449)", async (cause) => {
		const sku = await heardSku(6, ["stock.changed"]);
		await sku.reserve("ada");
		await sku.object.pin(pin);
		await sku.buy("dan");
		await tellAll(sku);
		sent = [];
		const before = (await sku.report()).stock;
		await causes[cause]?.(sku);
		await tellAll(sku);
		const { available, held, sold, version } = (await sku.report()).stock;
		expect([available, held, sold]).not.toEqual([before.available, before.held, before.sold]);
		expect(sent.flatMap(({ events }) => events)).toMatchObject([{ version, data: { available, held, sold } }]);
	});

	it("is told to be sold out, and to be there again", async () => {
		const sku = await heardSku(2, "*");
		await sku.buy("ada", 2);
		await tellAll(sku);
		expect(typesOf(sent)).toEqual(["stock.changed", "sale.sold_out"]);
		await sku.object.pin({ shopperId: "bob", checkoutId: "co-bob", quantity: 1, acceptPreorder: false });
		await sku.restock(3);
		await tellAll(sku);
		expect(typesOf(sent).slice(2)).toEqual(["stock.changed", "sale.restocked"]);
		await sku.reserve("cyd");
		await tellAll(sku);
		expect(typesOf(sent).slice(4)).toEqual(["stock.changed"]);
	});

	it("is told to whoever begins to listen, within ten seconds and at the next change", async () => {
		const sku = await SkuHarness.with(5);
		await sku.reserve("ada");
		await listen(["stock.changed"]);
		await sku.reserve("bob");
		await eventually(async () => expect(await audienceOf(sku)).toBe('["stock.changed"]'));
		await ring(sku);
		expect(typesOf(sent)).toEqual(["stock.changed"]);
		// Another isolate's endpoint: nobody here was told that it was deleted.
		await deleteEndpoint(env.DB, "wh_test");
		pass(AUDIENCE_TTL_MS / 1000);
		await sku.reserve("cyd");
		await eventually(async () => expect(await audienceOf(sku)).toBe("[]"));
	});
});

describe("a reservation", () => {
	it("is told when it gets units from the waitlist, and when it loses them to the clock", async () => {
		const sku = await heardSku(1, ["reservation.promoted", "reservation.expired"], { waitlistLimit: 5 });
		await sku.reserve("ada");
		await sku.join("bob");
		pass(601);
		await sku.object.availability();
		await tellAll(sku);
		const events = sent.flatMap((message) => message.events);
		expect(events).toMatchObject([
			{ type: "reservation.expired", data: { shopperId: "ada", sku: sku.id, status: "expired" } },
			{ type: "reservation.promoted", data: { shopperId: "bob", status: "held", quantity: 1 } },
		]);
		expect(events[1]?.data["expiresAt"]).toMatch(/^2099-/);
	});

	it("has a row until it was told, and none where nobody listens to it", async () => {
		const sku = await heardSku(NEWS_BATCH + 10, ["reservation.expired"]);
		await reserveMany(sku.object, requests("s", NEWS_BATCH + 10));
		pass(700);
		await sku.object.availability();
		const rows = () =>
			runInDurableObject(sku.stub, (_object: SkuObject, { storage }) =>
				storage.sql.exec("SELECT seq FROM news_reservations").toArray(),
			);
		expect(await rows()).toHaveLength(NEWS_BATCH + 10);
		await tellAll(sku);
		expect(await rows()).toEqual([]);
		expect(new Set(sent.flatMap(({ events }) => events.map(({ subject }) => subject))).size).toBe(NEWS_BATCH + 10);

		const deaf = await heardSku(1, ["stock.changed"]);
		await deaf.reserve("ada");
		pass(700);
		await deaf.object.availability();
		await tellAll(deaf);
		expect(typesOf(sent).every((type) => type === "stock.changed")).toBe(true);
	});
});

it("takes up a SKU of before there were webhooks, and tells its stock when somebody listens", async () => {
	await listen(["stock.changed"]);
	const sku = new SkuHarness(`sku-${crypto.randomUUID()}`);
	await runInDurableObject(sku.stub, (_object: SkuObject, { storage }) => {
		migrate(storage, SKU_MIGRATIONS.slice(0, 5));
		const json = JSON.stringify({ ...aDraft(sku.id), revision: 1, updatedAtMs: 1 });
		storage.sql.exec("INSERT INTO product VALUES (1, ?)", json);
		const counters = "received, adjusted, returned, available, held, sold, waiting, pending, owed, filled, cancelled";
		storage.sql.exec(`INSERT INTO stock (id, ${counters}, version, seq, place)
			VALUES (1, 9, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 7, 1, 0)`);
	});
	await evictDurableObject(sku.stub);
	await sku.reserve("ada");
	await eventually(async () => expect(await audienceOf(sku)).not.toBeNull());
	await ring(sku);
	expect(sent.at(-1)?.events).toMatchObject([{ type: "stock.changed", version: 8, data: { available: 8, held: 1 } }]);
});
