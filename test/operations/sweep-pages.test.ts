/** The sweep in pages: it leaves nothing out, however much there is, and no page costs more than its bound. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Checkout } from "../../src/checkout/rpc.ts";
import { SWEEP_CANDIDATES, SWEEP_CRON_CALLS, SWEEP_PAGE_CALLS, SWEEP_PAYMENTS, SWEEP_SALES } from "../../src/limits.ts";
import { sweepEverything } from "../../src/operations/scheduled.ts";
import { type SweepReport, sweep } from "../../src/operations/sweep.ts";
import { saveSettlements } from "../../src/orders/unsettled-store.ts";
import { DROP, useStoppedClock } from "../support/clock.ts";
import { expectProblem } from "../support/http.ts";
import { asMerchant, newProduct } from "../support/merchant.ts";

useStoppedClock();
const TABLES = ["products", "orders", "order_lines", "unsettled", "sweep_places"];
beforeEach(async () => {
	await env.DB.batch(TABLES.map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
	vi.spyOn(console, "warn").mockImplementation(() => {});
	return () => void vi.restoreAllMocks();
});

const idOf = (n: number) => `co_${n.toString(16).padStart(32, "0")}`;
const ids = (count: number) => Array.from({ length: count }, (_, n) => idOf(n));

/** Puts paid orders of one unit each into D1, a second after each other, and the last one now. */
async function storeMany(count: number, sku: string): Promise<void> {
	const insert = (into: string, columns: string, values: string) =>
		env.DB.prepare(
			`WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?1)
			INSERT INTO ${into} (${columns}) SELECT ${values} FROM n`,
		);
	const id = "'or_' || printf('%032x', i)";
	const atMs = "?2 - (?1 - 1 - i) * 1000";
	await env.DB.batch([
		insert(
			"orders",
			"id, version, checkout_id, shopper_id, email, status, currency, total_minor, refunded_minor, " +
				"refund_pending_minor, payment_provider, payment_id, created_at_ms, completed_at_ms, changed_at_ms",
			`${id}, 1, 'co_' || printf('%032x', i), 's_1', 'a@example.com', 'paid', 'USD', 100, 0, 0, 'sandbox', 'p',
				${atMs}, ${atMs}, ${atMs}`,
		).bind(count, DROP),
		insert(
			"order_lines",
			"order_id, position, version, sku, title, quantity, unit_price_minor, fulfilment, subject_id, refunded, returned",
			`${id}, 0, 1, ?2, 'Mug', 1, 100, 'in_stock', 'r', 0, 0`,
		).bind(count, sku),
	]);
}

interface Fakes {
	readonly sku?: Record<string, (...args: never[]) => Promise<unknown>>;
	readonly checkout?: (id: string) => Record<string, () => Promise<unknown>>;
}

/** The real D1, and objects that answer what the test says. */
function bindings({ sku = {}, checkout = () => ({}) }: Fakes): Env {
	const none = { suspects: async () => [], stock: async () => ({ kind: "unknown-sku" }) };
	const SKU = { getByName: () => ({ ...none, ...sku }) };
	return { ...env, SKU, CHECKOUT: { getByName: checkout } } as unknown as Env;
}

/** Every page of a sweep. */
async function sweepAll(fakes: Fakes): Promise<SweepReport[]> {
	const reports: SweepReport[] = [];
	for (let cursor: string | null = ""; cursor !== null; ) {
		const report: SweepReport = await sweep(bindings(fakes), cursor, 50, Date.now());
		reports.push(report);
		expect(reports.length).toBeLessThan(100);
		cursor = report.nextCursor;
	}
	return reports;
}

describe("what is unsettled", () => {
	it("is named and tried again, all of it, the oldest first and whatever its age", async () => {
		const records = ids(120).map((checkoutId, n) => ({
			...{ checkoutId, shopperId: "s_1", version: 1, phase: "completed", reason: "disputed" as const },
			...{ sinceMs: DROP - (1000 - n) * 86_400_000, settledAtMs: null },
		}));
		const settled = records.slice(0, 1).map((record) => ({ ...record, checkoutId: idOf(999), settledAtMs: DROP }));
		await saveSettlements(env.DB, [...records, ...settled]).run();
		const tried: string[] = [];
		const reports = await sweepAll({
			checkout: (id) => ({
				retrySettlement: async () => {
					tried.push(id);
					return null;
				},
			}),
		});
		expect(reports.flatMap(({ unsettled }) => unsettled.found)).toEqual(records);
		expect(reports.map(({ unsettled }) => unsettled.left)).toEqual([70, 20, 0]);
		expect(tried).toEqual(ids(120));
	});

	it("is shown by the reconciliation: how much, why, and the oldest of it", async () => {
		const record = {
			checkoutId: idOf(1),
			shopperId: "s_1",
			version: 1,
			phase: "closing",
			sinceMs: DROP,
			settledAtMs: null,
		};
		await saveSettlements(env.DB, [
			{ ...record, reason: "provider-refuses" },
			{ ...record, checkoutId: idOf(2), reason: "disputed", sinceMs: DROP - 1 },
			{ ...record, checkoutId: idOf(3), reason: "disputed", settledAtMs: DROP },
		]).run();
		const { body } = await asMerchant<{ unsettled: unknown }>("GET", "/reconciliation?limit=1");
		const [at, before] = [new Date(DROP).toISOString(), new Date(DROP - 1).toISOString()];
		const shown = { shopperId: "s_1", phase: "closing" };
		expect(body.unsettled).toEqual({
			total: 2,
			byReason: { "provider-refuses": 1, disputed: 1 },
			oldest: [
				{ ...shown, checkoutId: idOf(2), reason: "disputed", since: before },
				{ ...shown, checkoutId: idOf(1), reason: "provider-refuses", since: at },
			],
		});
	});
});

describe("the payments of a drop", () => {
	const compared: string[] = [];
	const checkout = (id: string) => ({
		comparePayment: async () => {
			compared.push(id);
			return { kind: "read", isNews: false, currency: "USD", keptMinor: 100, dueMinor: 100 };
		},
	});
	beforeEach(() => void compared.splice(0));

	it("are compared page by page, each once, and every page says how many are left", async () => {
		await storeMany(250, "a");
		const reports = await sweepAll({ checkout });
		expect(reports.map(({ payments }) => [payments.compared, payments.left])).toEqual([
			[SWEEP_PAYMENTS, 150],
			[SWEEP_PAYMENTS, 50],
			[50, 0],
		]);
		expect(compared).toEqual(ids(250));
	});

	it("are compared by the cron over several runs, each of which begins where the one before ended", async () => {
		await storeMany(2_000, "a");
		const counts: number[] = [];
		while (compared.length < 2_000) {
			const before = compared.length;
			await sweepEverything(bindings({ checkout }));
			counts.push(compared.length - before);
			expect(counts.length).toBeLessThan(5);
		}
		for (const count of counts) expect(count).toBeLessThanOrEqual(SWEEP_CRON_CALLS + SWEEP_PAYMENTS);
		expect(counts.length).toBeGreaterThan(1);
		expect(compared.slice(0, 2_000)).toEqual(ids(2_000));
	});

	it("do not keep the cron from looking at every SKU in each run", async () => {
		await storeMany(2_000, "a");
		await newProduct();
		let looked = 0;
		const suspects = async () => {
			looked++;
			return [];
		};
		await sweepEverything(bindings({ checkout, sku: { suspects } }));
		await sweepEverything(bindings({ checkout, sku: { suspects } }));
		expect(looked).toBe(2);
	});
});

describe("the sales of a SKU that differs from D1", () => {
	const SALES = 40_000;
	const stock = (sku: string) => async () => ({
		kind: "stock",
		product: { sku },
		stock: { received: SALES, adjusted: 0, available: 0, held: 0, sold: SALES + 1, owed: 0 },
		balanced: true,
	});

	it("are compared in order, a page a statement, and the next page goes on where the bound was reached", async () => {
		const sku = await newProduct();
		await storeMany(SALES, sku);
		// Too long ago for their payments to be compared again.
		await env.DB.prepare("UPDATE orders SET changed_at_ms = 0").run();
		const asked: string[] = [];
		const sales = async (after: string, limit: number) => {
			asked.push(after);
			const first = after === "" ? 0 : Number.parseInt(after.slice(3), 16) + 1;
			const last = Math.min(first + limit, SALES);
			return Array.from({ length: last - first }, (_, n) => ({ checkoutId: idOf(first + n), units: 1 }));
		};
		const reports = await sweepAll({
			sku: { stock: stock(sku), sales } as Fakes["sku"] & {},
			checkout: () => ({ comparePayment: async () => null }),
		});
		const pages = SALES / SWEEP_SALES;
		expect(asked).toEqual(["", ...Array.from({ length: pages }, (_, n) => idOf((n + 1) * SWEEP_SALES - 1))]);
		for (const { calls } of reports) expect(calls).toBeLessThanOrEqual(SWEEP_PAGE_CALLS + 4);
		expect(reports[0]).toMatchObject({ walksLeft: 1 });
		expect(reports.at(-1)).toMatchObject({ walksLeft: 0, nextCursor: null });
	}, 60_000);

	it("wait for a SKU that does not answer, and do not go round for it", async () => {
		const sku = await newProduct();
		const sales = () => Promise.reject(new Error("this object is broken"));
		const [report, ...more] = await sweepAll({ sku: { stock: stock(sku), sales } as Fakes["sku"] & {} });
		expect(more).toEqual([]);
		expect(report).toMatchObject({ walksLeft: 1, unreachable: [sku] });
	});
});

describe("checkouts whose pins ran out", () => {
	it("are looked at and named, all of them, however many a SKU has", async () => {
		for (const _ of ["a", "b"]) await newProduct();
		const overdue = (id: string) =>
			({
				id,
				phase: "awaiting",
				payByMs: 1,
				graceMs: 1,
				lines: [],
				payment: null,
				createdAtMs: 0,
			}) as unknown as Checkout;
		const suspects = async (limit: number, skip = 0) => ids(130).slice(skip, skip + limit);
		const read = new Map<string, number>();
		const reports = await sweepAll({
			sku: { suspects } as Fakes["sku"] & {},
			checkout: (id) => ({
				retrySettlement: async () => {
					read.set(id, (read.get(id) ?? 0) + 1);
					return overdue(id);
				},
			}),
		});
		const named = new Set(reports.flatMap((report) => report.overdue.map(({ checkoutId }) => checkoutId)));
		expect([...named].sort()).toEqual(ids(130));
		expect(reports[0]?.overdue.length).toBeGreaterThan(SWEEP_CANDIDATES);
	});
});

describe("a cursor of the sweep", () => {
	it.each(["~~~", "1~2~3", "~", "x.y~~a", "-~12~-"])("is refused when it is not one of ours: %s", async (cursor) => {
		const response = await asMerchant("POST", `/sweep?cursor=${encodeURIComponent(cursor)}`);
		expectProblem(response, 400, "invalid-request");
	});
});
