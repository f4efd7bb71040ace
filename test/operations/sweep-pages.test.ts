/** The sweep in pages: it leaves nothing out, however much there is, and no page costs more than its bound. */
import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Checkout } from "../../src/checkout/rpc.ts";
import {
	MAX_PRODUCT_PAGE,
	SWEEP_CANDIDATES,
	SWEEP_PAGE_CALLS,
	SWEEP_PAYMENTS,
	SWEEP_SALES,
	SWEEP_TURN_SKUS,
} from "../../src/limits.ts";
import type { QueueMessage } from "../../src/operations/queue.ts";
import { beginSweep, type SweepMessage, sweepPage } from "../../src/operations/scheduled.ts";
import { type SweepReport, sweep } from "../../src/operations/sweep.ts";
import { saveSettlements } from "../../src/orders/unsettled-store.ts";
import worker from "../../src/worker.ts";
import { DROP, pass, useStoppedClock } from "../support/clock.ts";
import { expectProblem } from "../support/http.ts";
import { asMerchant, newProduct } from "../support/merchant.ts";
import { sweepEverything } from "../support/sweep.ts";

useStoppedClock();
const TABLES = ["products", "open_skus", "orders", "order_lines", "unsettled", "sweep_places"];
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

	it("are compared by the cron in one run, each page of which is a message of the queue", async () => {
		await storeMany(2_000, "a");
		expect(await sweepEverything(bindings({ checkout }))).toBe(2_000 / SWEEP_PAYMENTS);
		expect(compared).toEqual(ids(2_000));
	});

	it("are all compared by the cron once an hour, and in between those that changed within one", async () => {
		// A second after each other: the first 400 changed more than an hour ago, and one an hour ago.
		await storeMany(4_000, "a");
		const perRun: number[] = [];
		for (const minutes of [0, 5, 50, 59, 60, 65]) {
			vi.setSystemTime(DROP + minutes * 60_000);
			compared.splice(0);
			await sweepEverything(bindings({ checkout }));
			perRun.push(compared.length);
		}
		expect(perRun).toEqual([4_000, 3_301, 601, 61, 4_000, 0]);
	});

	it("are all compared after the message of their first page was lost", async () => {
		await storeMany(4_000, "a");
		await beginSweep({ ...bindings({ checkout }), ORDERS: { send: async () => {} } } as unknown as Env);
		pass(300);
		await sweepEverything(bindings({ checkout }));
		expect(compared).toEqual(ids(4_000));
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

describe("the cron's sweep", () => {
	/** A SKU's object that says that nothing is open, or has something open. */
	function shop(open: readonly string[]) {
		const asked: string[] = [];
		const stub = (sku: string) => ({
			suspects: async () => [],
			stock: async () => {
				asked.push(sku);
				const stock = { received: 1, adjusted: 0, available: 1, held: 0, sold: 0, owed: 0, waiting: 0 };
				const rest = open.includes(sku) ? {} : { restsSinceMs: DROP };
				return { kind: "stock", product: { sku }, stock, paying: 0, balanced: true, ...rest };
			},
		});
		const bindings = { ...env, SKU: { getByName: stub }, CHECKOUT: { getByName: () => ({}) } };
		return { asked, bindings: bindings as unknown as Env };
	}

	const skuOf = (n: number) => `s-${String(n).padStart(4, "0")}`;

	/** Products in D1, of which as many SKUs as `open` says are on the list of those where something may be open. */
	async function define(count: number, open: number): Promise<void> {
		const skus = JSON.stringify(Array.from({ length: count }, (_, n) => skuOf(n)));
		await env.DB.batch([
			env.DB.prepare("INSERT INTO products (sku, revision, json) SELECT value, 1, '{}' FROM json_each(?)").bind(skus),
			env.DB.prepare("DELETE FROM open_skus WHERE sku NOT IN (SELECT value FROM json_each(?) LIMIT ?)").bind(
				skus,
				open,
			),
		]);
	}

	it("looks at 5,000 open SKUs in pages within their bounds, and then at none that rests but those in turn", async () => {
		await define(5_000, 5_000);
		const own = [skuOf(7), skuOf(4_999)];
		const { asked, bindings } = shop(own);
		expect(await sweepEverything(bindings, 200)).toBe(5_000 / MAX_PRODUCT_PAGE);
		expect(asked).toEqual(Array.from({ length: 5_000 }, (_, n) => skuOf(n)));
		asked.splice(0);
		expect(await sweepEverything(bindings)).toBe(1);
		const inTurn = Array.from({ length: SWEEP_TURN_SKUS }, (_, n) => skuOf(SWEEP_TURN_SKUS + n));
		expect(asked).toEqual([own[0], ...inTurn, own[1]]);
	});

	it("comes to every SKU in turn, although nothing is open, and begins again after the last", async () => {
		await define(SWEEP_TURN_SKUS * 2 + 5, 0);
		const { asked, bindings } = shop([]);
		const counts: number[] = [];
		for (let run = 0; run < 4; run++) {
			const before = asked.length;
			await sweepEverything(bindings);
			counts.push(asked.length - before);
		}
		expect(counts).toEqual([SWEEP_TURN_SKUS, SWEEP_TURN_SKUS, 5, SWEEP_TURN_SKUS]);
		expect(new Set(asked.slice(0, -SWEEP_TURN_SKUS)).size).toBe(SWEEP_TURN_SKUS * 2 + 5);
	});

	it("keeps a SKU open that changed in the moment in which it came to rest, and one that D1 differs from", async () => {
		await define(2, 2);
		const { asked, bindings } = shop([]);
		await env.DB.prepare("UPDATE open_skus SET opened_at_ms = ? WHERE sku = ?").bind(DROP, skuOf(0)).run();
		await storeMany(1, skuOf(1));
		await env.DB.prepare("UPDATE orders SET changed_at_ms = 0").run();
		Object.assign(bindings, { CHECKOUT: { getByName: () => ({ read: async () => null }) } });
		await sweepEverything(bindings);
		await env.DB.prepare("DELETE FROM products").run();
		asked.splice(0);
		await sweepEverything(bindings);
		expect(asked).toEqual([skuOf(0), skuOf(1)]);
	});

	describe("whose message", () => {
		const sent: SweepMessage[] = [];
		const queued = () => {
			const { asked, bindings } = shop([]);
			const ORDERS = { send: async (message: SweepMessage) => void sent.push(message) };
			return { asked, bindings: { ...bindings, ORDERS } as unknown as Env };
		};
		beforeEach(async () => {
			sent.splice(0);
			await define(3 * MAX_PRODUCT_PAGE, 3 * MAX_PRODUCT_PAGE);
		});

		it("comes twice sweeps its page once", async () => {
			const { asked, bindings } = queued();
			await beginSweep(bindings);
			const [first] = sent as [SweepMessage];
			await sweepPage(bindings, first.cursor);
			await sweepPage(bindings, first.cursor);
			expect(asked).toHaveLength(MAX_PRODUCT_PAGE);
			expect(sent).toHaveLength(2);
		});

		it("is lost is made up for by the next run, which goes on where it was", async () => {
			const { asked, bindings } = queued();
			await beginSweep(bindings);
			await sweepPage(bindings, (sent.shift() as SweepMessage).cursor);
			sent.splice(0);
			expect(await sweepEverything(bindings)).toBe(2);
			expect(asked).toEqual(Array.from({ length: 3 * MAX_PRODUCT_PAGE }, (_, n) => skuOf(n)));
		});

		it("meets another run that has taken over asks for no further page", async () => {
			const { bindings } = queued();
			await beginSweep(bindings);
			await sweepPage(bindings, (sent.shift() as SweepMessage).cursor);
			const page = sent.shift() as SweepMessage;
			let hasBegun = false;
			// While the page is swept, the cron begins anew: what was walked to its end is walked again.
			const slow = {
				...bindings,
				SKU: {
					getByName: (sku: string) => ({
						...bindings.SKU.getByName(sku),
						suspects: async () => {
							if (!hasBegun) {
								hasBegun = true;
								await beginSweep(bindings);
							}
							return [];
						},
					}),
				},
			} as unknown as Env;
			await sweepPage(slow, page.cursor);
			expect(sent).toHaveLength(1);
			expect(sent[0]?.cursor).not.toBe(page.cursor);
		});

		it("fails to be done is taken from the queue, and the records beside it are written", async () => {
			const error = vi.spyOn(console, "error").mockImplementation(() => {});
			const { bindings } = queued();
			await beginSweep(bindings);
			const [{ cursor }] = sent as [SweepMessage];
			const prepare = env.DB.prepare.bind(env.DB);
			const settled = {
				...{ checkoutId: idOf(1), shopperId: "s_1", version: 1, phase: "closing" },
				...{ reason: "disputed" as const, sinceMs: DROP, settledAtMs: DROP },
			};
			vi.spyOn(env.DB, "prepare").mockImplementation((query: string) => {
				if (query.includes("open_skus")) throw new Error("D1 is away");
				return prepare(query);
			});
			const bodies = [{ kind: "sweep", cursor } as const, { kind: "settlement", record: settled } as const];
			const batch = createMessageBatch<QueueMessage>(
				"holdfast-orders",
				bodies.map((body, n) => ({ id: String(n), timestamp: new Date(), attempts: 1, body })),
			);
			await worker.queue(batch, bindings);
			const { explicitAcks, retryMessages } = await getQueueResult(batch, createExecutionContext());
			expect(explicitAcks.sort()).toEqual(["0", "1"]);
			expect(retryMessages).toEqual([]);
			expect(String(error.mock.calls)).toContain("sweep-failed");
			expect(await env.DB.prepare("SELECT COUNT(*) AS n FROM unsettled").first("n")).toBe(1);
		});
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
