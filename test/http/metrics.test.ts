/** `GET /admin/v1/metrics`: what the books said at the last sweep, for a few statements to D1. */
import { env } from "cloudflare:workers";
import parse from "parse-prometheus-text-format";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { saveSettlements } from "../../src/orders/unsettled-store.ts";
import { ADMIN, call, expectProblem } from "../support/http.ts";
import { newProduct } from "../support/merchant.ts";
import { newShopper } from "../support/shopper.ts";
import { sweepEverything } from "../support/sweep.ts";

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
		await env.DB.prepare("INSERT INTO stock_snapshots SELECT value ->> 'sku', ?2, value FROM json_each(?1)")
			.bind(JSON.stringify(rows), Date.now())
			.run();
		const statements = vi.spyOn(env.DB, "prepare");
		const read = await metrics();
		expect(statements.mock.calls.length).toBeLessThanOrEqual(8);
		expect(read("holdfast_units", { sku: "many-999", state: "available" })).toBe(999);
	});
});
