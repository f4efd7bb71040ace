/** `GET /admin/v1/metrics`: what the books said at the last sweep, for a few statements to D1. */
import { env } from "cloudflare:workers";
import parse from "parse-prometheus-text-format";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { markingOpen } from "../../src/catalog/open-sku-store.ts";
import { saveSnapshots } from "../../src/operations/snapshot-store.ts";
import { saveSettlements } from "../../src/orders/unsettled-store.ts";
import { deleteEndpoint, saveEndpoint } from "../../src/webhooks/endpoint-store.ts";
import { ADMIN, call, expectProblem } from "../support/http.ts";
import { expectReconciled, newProduct } from "../support/merchant.ts";
import { newShopper } from "../support/shopper.ts";
import { sweepEverything } from "../support/sweep.ts";

// What the sweeps of other files saw may be in this D1 too.
beforeEach(async () => {
	await env.DB.prepare("DELETE FROM stock_snapshots").run();
});

async function metrics() {
	const { status, body, headers } = await call<string>("GET", "/admin/v1/metrics", { token: ADMIN });
	expect(status).toBe(200);
	expect(headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
	const families = new Map(parse(String(body)).map((family) => [family.name, family.metrics]));
	return (name: string, labels: Record<string, string> = {}): number | undefined => {
		const found = families
			.get(name)
			?.find((metric) => Object.entries(labels).every(([label, text]) => metric.labels?.[label] === text));
		return found === undefined ? undefined : Number(found.value);
	};
}

describe("GET /admin/v1/metrics", () => {
	it("says of each SKU what its object said at the last sweep, and how long ago that was", async () => {
		const sku = await newProduct({ units: 5 });
		const [ada, bob] = [await newShopper(), await newShopper()];
		await ada.buy([{ sku, quantity: 2 }]);
		await bob.reserve(sku, 1);
		expect((await metrics())("holdfast_units", { sku })).toBeUndefined();
		await sweepEverything(env);
		const held = await metrics();
		for (const [state, units] of Object.entries({ available: 2, held: 1, paying: 0, waiting: 0, sold: 2, owed: 0 }))
			expect(held("holdfast_units", { sku, state }), state).toBe(units);
		expect(held("holdfast_units_received", { sku })).toBe(5);
		expect(held("holdfast_balanced", { sku })).toBe(1);
		expect(held("holdfast_skus")).toBe(1);

		vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 90_000 });
		onTestFinished(() => void vi.useRealTimers());
		expect((await metrics())("holdfast_sweep_age_seconds")).toBeGreaterThanOrEqual(90);
		await bob.release(sku);
		await sweepEverything(env);
		const freed = await metrics();
		expect(freed("holdfast_units", { sku, state: "available" })).toBe(3);
		expect(freed("holdfast_sweep_age_seconds")).toBe(0);
	});

	it("counts what cannot be settled by its reason, and since when", async () => {
		const sinceMs = Date.now() - 3_600_000;
		const record = {
			...{ checkoutId: `co_${"7".repeat(32)}`, shopperId: "s1", version: 1, phase: "settling" },
			...{ reason: "provider-refuses", sinceMs, settledAtMs: null },
		} as const;
		await saveSettlements(env.DB, [record as never]).run();
		const read = await metrics();
		expect(read("holdfast_unsettled_checkouts", { reason: "provider-refuses" })).toBe(1);
		expect(read("holdfast_unsettled_oldest_age_seconds")).toBeGreaterThanOrEqual(3600);
	});

	it("says for how long D1 has lacked what a SKU's object has, and that it does no longer", async () => {
		vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
		onTestFinished(() => void vi.useRealTimers());
		const sku = await newProduct({ units: 2 });
		const { orderId } = await (await newShopper()).buy([{ sku, quantity: 1 }]);
		await expectReconciled(sku);
		await sweepEverything(env);
		expect((await metrics())("holdfast_outbox_age_seconds")).toBe(0);
		const losing = ["DELETE FROM order_lines WHERE order_id = ?", "DELETE FROM orders WHERE id = ?"];
		await env.DB.batch(losing.map((query) => env.DB.prepare(query).bind(orderId)));
		await markingOpen(env.DB, sku, 0).run();
		vi.spyOn(console, "warn").mockImplementation(() => {});
		onTestFinished(() => void vi.restoreAllMocks());
		// Its checkout cannot send it again for now.
		const deaf = {
			...env,
			CHECKOUT: { getByName: () => ({ comparePayment: async () => null, read: async () => null }) },
		};
		await sweepEverything(deaf as unknown as Env);
		vi.setSystemTime(Date.now() + 600_000);
		// The SKU changes meanwhile, and differs still.
		await (await newShopper()).reserve(sku, 1);
		await sweepEverything(deaf as unknown as Env);
		expect((await metrics())("holdfast_outbox_age_seconds")).toBe(600);
		// The checkout answers, and sends its order again.
		await sweepEverything(env);
		await expectReconciled(sku);
		await sweepEverything(env);
		expect((await metrics())("holdfast_outbox_age_seconds")).toBe(0);
	});

	it("does not take a busy sale for a record that does not arrive: at each look it is another that is on its way", async () => {
		vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
		onTestFinished(() => void vi.useRealTimers());
		const none = { received: 9, adjusted: 0, available: 0, held: 0, paying: 0, waiting: 0, version: 1, balanced: true };
		const age = async (sold: number, soldInD1: number, owed = 0, owedInD1 = owed) => {
			const difference = Math.abs(sold - soldInD1) + Math.abs(owed - owedInD1);
			const row = { sku: "busy", ...none, sold, soldInD1, owed, owedInD1, difference };
			await saveSnapshots(env.DB, [row], Date.now());
			const seconds = (await metrics())("holdfast_outbox_age_seconds");
			vi.setSystemTime(Date.now() + 300_000);
			return seconds;
		};
		for (let sold = 10; sold < 60; sold += 10) expect(await age(sold, sold - 1)).toBe(0);
		// From here on nothing arrives any more.
		expect([await age(60, 55), await age(70, 55), await age(80, 58)]).toEqual([0, 300, 600]);
		expect([await age(90, 85), await age(90, 90)]).toEqual([0, 0]);
		// A unit that came back, and D1 does not hear of it.
		expect([await age(84, 85), await age(84, 85, 1)]).toEqual([0, 300]);
		expect(await age(84, 84, 1)).toBe(0);
	});

	it("says of each webhook what waits, what failed and since when, as its object said at the last sweep", async () => {
		const webhook = {
			...{ id: "wh_1", revision: 1, url: "https://a.example", description: null, events: "*" as const },
			...{ state: "disabled" as const, reason: "failing" as const, stateSinceMs: 1, createdAtMs: 1 },
		};
		await saveEndpoint(env.DB, webhook);
		onTestFinished(() => deleteEndpoint(env.DB, "wh_1"));
		const unread = await metrics();
		expect(unread("holdfast_webhook_disabled", { webhook: "wh_1" })).toBe(1);
		expect(unread("holdfast_webhook_waiting", { webhook: "wh_1" })).toBeUndefined();
		const report = {
			...{ ...webhook, waiting: 7, failed: 3, failingSinceMs: Date.now() - 90_000, oldSecretUntilMs: null },
			dropped: { count: 2, firstAtMs: 1, lastAtMs: 2 },
		};
		const WEBHOOKS = { getByName: () => ({ read: async () => report, enqueue: async () => {} }) };
		await sweepEverything({ ...env, WEBHOOKS } as unknown as Env);
		const read = await metrics();
		for (const [name, value] of Object.entries({ waiting: 7, failed: 3, dropped: 2, disabled: 1 }))
			expect(read(`holdfast_webhook_${name}`, { webhook: "wh_1" }), name).toBe(value);
		expect(read("holdfast_webhook_failing_age_seconds", { webhook: "wh_1" })).toBeGreaterThanOrEqual(90);
	});

	it("is the merchant's", async () => {
		expectProblem(await call("GET", "/admin/v1/metrics"), 401, "unauthorized");
	});

	it("asks no object, and makes as many statements with many SKUs as with none", async () => {
		const row = {
			received: 0,
			adjusted: 0,
			held: 0,
			paying: 0,
			waiting: 0,
			sold: 0,
			owed: 0,
			difference: 0,
			balanced: true,
		};
		const rows = Array.from({ length: 1_000 }, (_, i) => ({ ...row, sku: `many-${i}`, available: i }));
		await env.DB.prepare(
			"INSERT INTO stock_snapshots (sku, changed_at_ms, json) SELECT value ->> 'sku', ?2, value FROM json_each(?1)",
		)
			.bind(JSON.stringify(rows), Date.now())
			.run();
		const statements = vi.spyOn(env.DB, "prepare");
		const read = await metrics();
		expect(statements.mock.calls.length).toBeLessThanOrEqual(8);
		expect(read("holdfast_units", { sku: "many-999", state: "available" })).toBe(999);
	});
});
