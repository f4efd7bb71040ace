/** The queue's consumer: D1 has every record once, in its newest version, whatever else is in the batch. */
import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { CALL_TIMEOUT_MS, RESEND_FIRST_MS, RESEND_MOST_MS } from "../../src/limits.ts";
import type { RecordMessage, SettlementRecord } from "../../src/orders/messages.ts";
import type { Order } from "../../src/orders/order.ts";
import { changedOrders, findOrder, listOrders } from "../../src/orders/order-store.ts";
import type { PreorderRecord } from "../../src/orders/preorder.ts";
import { findPreorder } from "../../src/orders/preorder-store.ts";
import { countUnsettled, listUnsettled } from "../../src/orders/unsettled-store.ts";
import worker from "../../src/worker.ts";
import { eventually } from "../support/clock.ts";
import { newProduct, newSku } from "../support/merchant.ts";
import { storedOrder } from "../support/orders.ts";
import { newShopper } from "../support/shopper.ts";

afterEach(() => {
	vi.restoreAllMocks();
	vi.useRealTimers();
});

const ofOrder = (order: Order): RecordMessage => ({ kind: "order", order });
const ofPreorder = (preorder: PreorderRecord): RecordMessage => ({ kind: "preorder", preorder });

let messages = 0;
/** Gives a batch to the Worker as the queue does. @returns which messages were acknowledged and which are retried */
async function consume(...bodies: readonly RecordMessage[]) {
	const batch = createMessageBatch<RecordMessage>(
		"holdfast-orders",
		bodies.map((body) => ({ id: `m${++messages}`, timestamp: new Date(), attempts: 1, body })),
	);
	return deliver(batch, env);
}

async function deliver(batch: MessageBatch<RecordMessage>, bindings: Env) {
	const ids = batch.messages.map(({ id }) => id);
	const ctx = createExecutionContext();
	await worker.queue(batch, bindings);
	const { explicitAcks, retryMessages } = await getQueueResult(batch, ctx);
	return {
		acknowledged: explicitAcks.map((id) => ids.indexOf(id)).sort((a, b) => a - b),
		retried: retryMessages.map(({ msgId }) => ids.indexOf(msgId)).sort((a, b) => a - b),
	};
}

/** Gives a hundred orders to the Worker, with a D1 that counts its batches and may fail. */
async function consumeHundred(change: (orders: Order[]) => void, fails: () => Error | null, attempts = 1) {
	const orders = Array.from({ length: 100 }, () => storedOrder(1, newSku()));
	change(orders);
	let batches = 0;
	const db = new Proxy(env.DB, {
		get(real, name) {
			const member = Reflect.get(real, name);
			if (name !== "batch") return typeof member === "function" ? member.bind(real) : member;
			return async (statements: D1PreparedStatement[]) => {
				batches++;
				const error = fails();
				if (error !== null) throw error;
				return real.batch(statements);
			};
		},
	});
	const batch = createMessageBatch<RecordMessage>(
		"holdfast-orders",
		orders.map((order) => ({ id: `m${++messages}`, timestamp: new Date(), attempts, body: ofOrder(order) })),
	);
	const delays = new Set<number | undefined>();
	for (const message of batch.messages) {
		vi.spyOn(message, "retry").mockImplementation((options) => void delays.add(options?.delaySeconds));
	}
	const { acknowledged } = await deliver(batch, { ...env, DB: db, CHECKOUT: DEAF } as unknown as Env);
	return { batches, acknowledged: acknowledged.length, delays: [...delays] };
}
const DEAF = {
	getByName: () => {
		throw new Error("no checkout has this id");
	},
};

const count = async (table: "orders" | "order_lines" | "preorders", where: string, value: string) =>
	(await env.DB.prepare(`SELECT COUNT(*) AS n FROM ${table} WHERE ${where} = ?`).bind(value).first<{ n: number }>())?.n;

function preorder(changes: Partial<PreorderRecord> = {}): PreorderRecord {
	return {
		id: `p_${crypto.randomUUID()}`,
		sku: newSku(),
		checkoutId: `co_${"9".repeat(32)}`,
		shopperId: "s_1",
		quantity: 2,
		returned: 0,
		status: "owed",
		expectedAtMs: 1_800_000_000_000,
		termsVersion: "v1",
		version: 1,
		createdAtMs: 1_700_000_000_000,
		endedAtMs: null,
		...changes,
	};
}

describe("an order", () => {
	it("arrives in D1 as it was sent, and is acknowledged", async () => {
		const order = storedOrder(1, newSku());
		expect(await consume(ofOrder(order))).toEqual({ acknowledged: [0], retried: [] });
		expect(await findOrder(env.DB, order.id)).toEqual(order);
	});

	it("arrives with every member that it can have, in any script", async () => {
		const [line] = storedOrder(1, newSku()).lines as [Order["lines"][number]];
		const order = storedOrder(1, newSku(), {
			email: 'o\'brien+"quoted"@example.com',
			payment: null,
			lines: [
				{ ...line, title: "Ба́нка 🍵 «茶»\n\t\\ \"';--" },
				{
					...line,
					sku: newSku(),
					fulfilment: "preorder",
					preorder: { status: "owed", expectedAtMs: null, termsVersion: "v1", acceptedAtMs: 7 },
					refunded: 1,
					returned: 1,
				},
			],
		});
		await consume(ofOrder(order));
		expect(await findOrder(env.DB, order.id)).toEqual(order);
	});

	it("is stored once when it is delivered again, in the same batch or in another", async () => {
		const order = storedOrder(1, newSku());
		expect(await consume(ofOrder(order), ofOrder(order))).toEqual({ acknowledged: [0, 1], retried: [] });
		expect(await consume(ofOrder(order))).toEqual({ acknowledged: [0], retried: [] });
		expect(await findOrder(env.DB, order.id)).toEqual(order);
		expect(await count("orders", "id", order.id)).toBe(1);
		expect(await count("order_lines", "order_id", order.id)).toBe(1);
	});

	it("is never replaced by an older version, whichever arrives first", async () => {
		const older = storedOrder(1, newSku());
		const newer: Order = {
			...older,
			version: 2,
			status: "refunded",
			refundedMinor: 100,
			lines: older.lines.map((line) => ({ ...line, refunded: 1, returned: 1 })),
		};
		await consume(ofOrder(older), ofOrder(newer));
		expect(await findOrder(env.DB, older.id)).toEqual(newer);
		await consume(ofOrder(older));
		expect(await findOrder(env.DB, older.id)).toEqual(newer);

		const [other, later] = [storedOrder(1, newSku()), "partially_refunded"] as const;
		await consume(ofOrder({ ...other, version: 3, status: later }), ofOrder(other));
		expect(await findOrder(env.DB, other.id)).toMatchObject({ version: 3, status: later });
	});

	it("does not keep the others of its batch from being written when D1 refuses it", async () => {
		const error = vi.spyOn(console, "error").mockImplementation(() => {});
		const fine = Array.from({ length: 4 }, () => storedOrder(1, newSku()));
		const poisoned = storedOrder(1, newSku(), { email: null as unknown as string });
		const [a, b, c, d] = fine.map(ofOrder) as [RecordMessage, RecordMessage, RecordMessage, RecordMessage];
		expect(await consume(a, b, ofOrder(poisoned), c, d)).toEqual({ acknowledged: [0, 1, 3, 4], retried: [2] });
		for (const order of fine) expect(await findOrder(env.DB, order.id)).toEqual(order);
		expect(await findOrder(env.DB, poisoned.id)).toBeNull();
		expect(error).toHaveBeenCalled();
	});

	it("is not stored at all when D1 refuses one of its lines", async () => {
		vi.spyOn(console, "error").mockImplementation(() => {});
		const order = storedOrder(1, newSku());
		const poisoned = {
			...order,
			lines: [...order.lines, { ...order.lines[0], title: null as unknown as string }],
		} as Order;
		expect(await consume(ofOrder(poisoned))).toEqual({ acknowledged: [], retried: [0] });
		expect(await findOrder(env.DB, order.id)).toBeNull();
		expect(await count("order_lines", "order_id", order.id)).toBe(0);
	});

	it("is written in one batch with ninety-nine others", async () => {
		const orders = Array.from({ length: 100 }, () => storedOrder(1, newSku()));
		const { acknowledged, retried } = await consume(...orders.map(ofOrder));
		expect([acknowledged.length, retried]).toEqual([100, []]);
		const ids = JSON.stringify(orders.map(({ id }) => id));
		const { results } = await env.DB.prepare("SELECT id FROM orders WHERE id IN (SELECT value FROM json_each(?))")
			.bind(ids)
			.all();
		expect(results).toHaveLength(100);
	});

	it("is acknowledged even if the checkout cannot be notified, which then sends it again", async () => {
		const order = storedOrder(1, newSku(), { checkoutId: "no checkout has this id" });
		expect(await consume(ofOrder(order))).toEqual({ acknowledged: [0], retried: [] });
	});

	it("is confirmed to its checkout in the version that D1 has", async () => {
		const sku = await newProduct({ units: 1, price: { amount: 0, currency: "USD" } });
		const ada = await newShopper();
		const { id } = await ada.checkout([{ sku, quantity: 1 }]);
		const checkout = env.CHECKOUT.getByName(id);
		const { version } = (await checkout.read()) as { version: number };
		const [line] = storedOrder(1, sku).lines;
		const order = storedOrder(1, sku, { id: `or_${id.slice(3)}`, checkoutId: id, version, lines: line ? [line] : [] });
		await consume(ofOrder({ ...order, version: version - 1 }));
		expect(await checkout.read()).toMatchObject({ recordedVersion: version - 1 });
		await consume(ofOrder(order));
		expect(await checkout.read()).toMatchObject({ recordedVersion: version });
	});
});

describe("a pre-order", () => {
	it("arrives in D1 beside orders, once, in its newest version", async () => {
		const owed = preorder();
		const filled: PreorderRecord = { ...owed, status: "filled", version: 2, endedAtMs: 1_750_000_000_000 };
		const order = storedOrder(1, newSku());
		expect(await consume(ofPreorder(filled), ofOrder(order), ofPreorder(owed))).toEqual({
			acknowledged: [0, 1, 2],
			retried: [],
		});
		expect(await findPreorder(env.DB, owed.id)).toEqual(filled);
		expect(await findOrder(env.DB, order.id)).toEqual(order);
		await consume(ofPreorder(owed), ofPreorder(filled));
		expect(await findPreorder(env.DB, owed.id)).toEqual(filled);
		expect(await count("preorders", "id", owed.id)).toBe(1);
	});

	it("does not keep the orders of its batch from being written when D1 refuses it", async () => {
		vi.spyOn(console, "error").mockImplementation(() => {});
		const order = storedOrder(1, newSku());
		const poisoned = preorder({ termsVersion: null as unknown as string });
		expect(await consume(ofPreorder(poisoned), ofOrder(order))).toEqual({ acknowledged: [1], retried: [0] });
		expect(await findOrder(env.DB, order.id)).toEqual(order);
	});
});

describe("a checkout that does not answer", () => {
	/** Gives two pre-orders of one SKU to the Worker. @returns those that the SKU is told of */
	async function recordedOf(brokenSeen: () => Promise<boolean>, afterMs = 0): Promise<string[]> {
		const [sku, broken] = [newSku(), `co_${"8".repeat(32)}`];
		const [one, other] = [preorder({ sku, checkoutId: broken }), preorder({ sku })];
		const told: string[] = [];
		const CHECKOUT = {
			getByName: (id: string) => ({ preorderSeen: id === broken ? brokenSeen : async () => true }),
		};
		const preordersRecorded = async (records: readonly PreorderRecord[]) =>
			void told.push(...records.map(({ id }) => id));
		const bindings = { ...env, CHECKOUT, SKU: { getByName: () => ({ preordersRecorded }) } } as unknown as Env;
		const batch = createMessageBatch<RecordMessage>(
			"holdfast-orders",
			[one, other].map((each) => ({ id: each.id, timestamp: new Date(), attempts: 1, body: ofPreorder(each) })),
		);
		const delivered = deliver(batch, bindings);
		if (afterMs > 0) await eventually(async () => expect(vi.getTimerCount()).toBeGreaterThan(0));
		if (afterMs > 0) await vi.advanceTimersByTimeAsync(afterMs);
		expect(await delivered).toMatchObject({ acknowledged: [0, 1] });
		return told.map((id) => (id === other.id ? "the other" : "its own"));
	}

	it("does not make the pre-orders of others come again", async () => {
		expect(await recordedOf(() => Promise.reject(new Error("this object is broken")))).toEqual(["the other"]);
		expect(await recordedOf(async () => false)).toEqual(["the other"]);
		expect((await recordedOf(async () => true)).sort()).toEqual(["its own", "the other"]);
	});

	it("is not waited for beyond a bound when it hangs", async () => {
		vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
		expect(await recordedOf(() => new Promise(() => {}), CALL_TIMEOUT_MS)).toEqual(["the other"]);
	});
});

describe("a D1 that is in trouble", () => {
	const DOWN = new Error("D1_ERROR: D1 DB is overloaded. Requests queued for too long.");

	it("is asked once for a batch while it is down, and again ever later", async () => {
		vi.spyOn(console, "error").mockImplementation(() => {});
		const down = (attempts: number) =>
			consumeHundred(
				() => {},
				() => DOWN,
				attempts,
			);
		expect(await down(1)).toEqual({ batches: 1, acknowledged: 0, delays: [RESEND_FIRST_MS / 1000] });
		expect(await down(2)).toEqual({ batches: 1, acknowledged: 0, delays: [(2 * RESEND_FIRST_MS) / 1000] });
		expect(await down(10)).toEqual({ batches: 1, acknowledged: 0, delays: [RESEND_MOST_MS / 1000] });
	});

	it("is asked for halves, and not for each record, when it refuses one of a hundred", async () => {
		vi.spyOn(console, "error").mockImplementation(() => {});
		const result = await consumeHundred(
			(orders) => {
				orders[61] = { ...(orders[61] as Order), email: null as unknown as string };
			},
			() => null,
		);
		expect(result).toMatchObject({ acknowledged: 99, delays: [RESEND_FIRST_MS / 1000] });
		expect(result.batches).toBeLessThanOrEqual(15);
	});

	it("is left alone when it goes down while a batch is halved", async () => {
		vi.spyOn(console, "error").mockImplementation(() => {});
		let asked = 0;
		const result = await consumeHundred(
			(orders) => {
				orders[61] = { ...(orders[61] as Order), email: null as unknown as string };
			},
			() => (++asked > 2 ? DOWN : null),
		);
		expect(result).toEqual({ batches: 3, acknowledged: 50, delays: [RESEND_FIRST_MS / 1000] });
	});

	it("takes a batch in parts that is too large for one statement", async () => {
		vi.spyOn(console, "error").mockImplementation(() => {});
		let asked = 0;
		const tooBig = new Error("D1_ERROR: string or blob too big: SQLITE_TOOBIG");
		const result = await consumeHundred(
			() => {},
			() => (++asked === 1 ? tooBig : null),
		);
		expect(result).toEqual({ batches: 3, acknowledged: 100, delays: [] });
	});
});

describe("what a checkout cannot settle", () => {
	const settlement = (changes: Partial<SettlementRecord> = {}): SettlementRecord => ({
		checkoutId: `co_${crypto.randomUUID().replaceAll("-", "")}`,
		shopperId: "s_1",
		version: 7,
		phase: "completed",
		reason: "provider-refuses",
		sinceMs: 1_700_000_000_000,
		settledAtMs: null,
		...changes,
	});
	const ofSettlement = (record: SettlementRecord): RecordMessage => ({ kind: "settlement", record });
	const unsettled = async (checkoutId: string) =>
		(await listUnsettled(env.DB, null, 1_000)).filter((row) => row.checkoutId === checkoutId);

	it("arrives in D1 beside orders, and leaves the list when it is settled, whichever message comes first", async () => {
		const [open, order] = [settlement(), storedOrder(1, newSku())];
		expect(await consume(ofSettlement(open), ofOrder(order))).toEqual({ acknowledged: [0, 1], retried: [] });
		expect(await unsettled(open.checkoutId)).toEqual([open]);
		expect(await findOrder(env.DB, order.id)).toEqual(order);
		const settled = { ...open, version: 9, settledAtMs: 1_700_000_100_000 };
		await consume(ofSettlement(settled));
		expect(await unsettled(open.checkoutId)).toEqual([]);
		await consume(ofSettlement({ ...open, version: 8 }));
		expect(await unsettled(open.checkoutId)).toEqual([]);
		await consume(ofSettlement({ ...open, version: 10, reason: "disputed" }));
		expect(await unsettled(open.checkoutId)).toMatchObject([{ version: 10, reason: "disputed" }]);
	});

	it("is confirmed to its checkout in the version that D1 has", async () => {
		const told: [string, number][] = [];
		const CHECKOUT = {
			getByName: (id: string) => ({ settlementRecorded: async (version: number) => void told.push([id, version]) }),
		};
		const open = settlement();
		const body = ofSettlement(open);
		const batch = createMessageBatch<RecordMessage>("holdfast-orders", [
			{ id: "m", timestamp: new Date(), attempts: 1, body },
		]);
		await deliver(batch, { ...env, CHECKOUT } as unknown as Env);
		expect(told).toEqual([[open.checkoutId, open.version]]);
	});

	it("is listed oldest first, page by page, and counted by reason", async () => {
		await env.DB.prepare("DELETE FROM unsettled").run();
		const records = [3, 1, 2, 2, 5].map((sinceMs) =>
			settlement({ sinceMs, reason: sinceMs > 2 ? "units" : "disputed" }),
		);
		await consume(...records.map(ofSettlement));
		const inOrder = records.toSorted((a, b) => a.sinceMs - b.sinceMs || (a.checkoutId < b.checkoutId ? -1 : 1));
		const first = await listUnsettled(env.DB, null, 3);
		expect([...first, ...(await listUnsettled(env.DB, first[2] as SettlementRecord, 3))]).toEqual(inOrder);
		expect(await countUnsettled(env.DB)).toEqual({ disputed: 3, units: 2 });
	});
});

describe("a message of the commit before", () => {
	it("is taken up: an order without what keeps it from being settled, and without amounts beside its lines", async () => {
		const { unsettled, adjustments, shipTo, metadata, ...before } = storedOrder(1, newSku());
		expect(await consume(ofOrder(before as Order))).toEqual({ acknowledged: [0], retried: [] });
		expect(await findOrder(env.DB, before.id)).toEqual({ ...before, unsettled, adjustments, shipTo, metadata });
	});

	it("leaves a row that has no time of its change: the order's end counts", async () => {
		const { id, checkoutId, completedAtMs } = storedOrder(7, newSku());
		const columns =
			"id, version, checkout_id, shopper_id, email, status, currency, total_minor, refunded_minor, " +
			"refund_pending_minor, payment_provider, payment_id, created_at_ms, completed_at_ms";
		await env.DB.prepare(
			`INSERT INTO orders (${columns}) VALUES (?1, 1, ?2, 's', 'e', 'paid', 'USD', 1, 0, 0, 'p', 'p', 0, ?3)`,
		)
			.bind(id, checkoutId, completedAtMs)
			.run();
		const changed = await changedOrders(env.DB, { changedAtMs: completedAtMs - 1, id: "" }, 1_000);
		expect(changed.find((order) => order.id === id)).toEqual({ id, checkoutId, changedAtMs: completedAtMs });
	});

	it("leaves a line that has no time: the one of its order counts, and the SKU's list has it", async () => {
		const sku = newSku();
		const order = storedOrder(7, newSku());
		await consume(ofOrder({ ...order, lines: [] }));
		const columns =
			"order_id, position, version, sku, title, quantity, unit_price_minor, fulfilment, subject_id, refunded, returned";
		await env.DB.prepare(
			`INSERT INTO order_lines (${columns}) VALUES (?, 0, 1, ?, 'Mug', 1, 100, 'in_stock', 'r', 0, 0)`,
		)
			.bind(order.id, sku)
			.run();
		const listed = await listOrders(env.DB, { sku, status: "paid", after: null, limit: 5 });
		expect(listed.map(({ id }) => id)).toEqual([order.id]);
		expect(listed[0]?.lines).toHaveLength(1);
	});

	it("is acknowledged when its kind is not known: its sender sends it again", async () => {
		const unknown = { kind: "of the commit after" } as unknown as RecordMessage;
		expect(await consume(unknown)).toEqual({ acknowledged: [0], retried: [] });
	});
});

describe("an empty batch", () => {
	it("is accepted", async () => {
		expect(await consume()).toEqual({ acknowledged: [], retried: [] });
	});
});
