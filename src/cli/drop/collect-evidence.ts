/**
 * After the last buyer: waits until every hold has ended, every order is in D1 and all money is settled, then reads all
 * records. Each wait is bounded by the patience. What has not happened by then is evidence for `checks.ts` and no error
 * here.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { AdminReader } from "./admin-reader.ts";
import type { BuyerContext } from "./buyer-context.ts";
import { countMoney } from "./money.ts";
import type { BuyerReport } from "./outcome.ts";
import type { JournalEntry, OrderRecord, PaymentRecord, PreorderRecord, StockCounters } from "./records.ts";

export interface Evidence {
	readonly stock: StockCounters;
	readonly orders: readonly OrderRecord[];
	readonly preorders: readonly PreorderRecord[];
	readonly journal: readonly JournalEntry[];
	readonly payments: readonly PaymentRecord[];
	/** The status of the pre-order that each buyer reads in their own order, by the buyer's index. */
	readonly preorderStatuses: ReadonlyMap<number, string>;
	/** Units sold or owed by the SKU's object, less those in D1; NaN when the server does not list the SKU. */
	readonly difference: number;
	/** Buyers who did not pay and still hold a unit, or wait, after their hold should have expired. */
	readonly stillHolding: number;
}

type EvidenceContext = Pick<BuyerContext, "shop" | "sku" | "clockAheadMs" | "patienceMs" | "graceMs">;

const POLL_MS = 500;

/** @param alone nobody else uses the server, so every payment at its provider belongs to this drop */
export async function collectEvidence(
	context: EvidenceContext,
	reader: AdminReader,
	reports: readonly BuyerReport[],
	tokens: readonly string[],
	alone: boolean,
	status: (line: string) => void,
): Promise<Evidence> {
	const { patienceMs } = context;
	await waitForExpiry(context, reports, status);
	await until(
		() => reader.stock(),
		({ held, waiting }) => held === 0 && waiting === 0,
		patienceMs,
	);
	const stillHolding = await countStillHolding(context, reports, tokens);
	const sales = reports.filter(({ outcome }) => outcome === "bought" || outcome === "preordered").length;
	status(`waiting for ${sales} orders in D1`);
	await until(
		() => reader.orders(),
		(list) => list.length >= sales,
		patienceMs,
	);
	const { preorders: counted } = await reader.stock();
	const preorders = await until(
		() => reader.preorders(),
		(list) => unitsKept(list, "owed") === counted.owed && unitsWithStatus(list, "filled") === counted.filled,
		patienceMs,
	);
	const filled = unitsKept(preorders, "filled");
	const preorderStatuses = await until(
		() => readPreorderStatuses(context, reports, tokens),
		(found) => [...found.values()].filter((status) => status === "filled").length === filled,
		patienceMs,
	);
	const difference = await until(
		() => reader.difference(),
		(units) => units === 0,
		patienceMs,
	);
	const known = new Set(reports.map(({ checkoutId }) => checkoutId));
	const { orders, payments } = await until(
		async () => {
			const [orders, all] = await Promise.all([reader.orders(), reader.payments()]);
			const ours = new Set([...known, ...orders.map(({ checkoutId }) => checkoutId)]);
			return { orders, payments: alone ? all : all.filter(({ checkoutId }) => ours.has(checkoutId)) };
		},
		({ orders, payments }) => countMoney(payments, orders, new Map()).problems.length === 0,
		patienceMs,
	);
	const [stock, journal] = await Promise.all([reader.stock(), reader.journal()]);
	return { stock, orders, preorders, journal, payments, preorderStatuses, difference, stillHolding };
}

/** Units of pre-orders with this status, including those that were taken back since. */
export function unitsWithStatus(preorders: readonly PreorderRecord[], status: string): number {
	return preorders.reduce((sum, preorder) => sum + (preorder.status === status ? preorder.quantity : 0), 0);
}

/** Units of pre-orders with this status that were not taken back. */
export function unitsKept(preorders: readonly PreorderRecord[], status: string): number {
	const kept = preorders.filter(({ quantity, returned }) => returned < quantity);
	return kept.reduce((sum, { status: is, quantity, returned }) => sum + (is === status ? quantity - returned : 0), 0);
}

async function waitForExpiry(
	context: EvidenceContext,
	reports: readonly BuyerReport[],
	status: (line: string) => void,
): Promise<void> {
	const ends = reports.flatMap(({ outcome, expiresAtMs }) =>
		outcome === "unpaid" && expiresAtMs ? [expiresAtMs] : [],
	);
	const lastEndMs = Math.max(0, ...ends) - context.clockAheadMs;
	let leftMs = lastEndMs - Date.now();
	if (leftMs > 0) status(`waiting ${Math.ceil(leftMs / 1000)} s for ${ends.length} unpaid holds to expire`);
	for (; leftMs > 0; leftMs = lastEndMs - Date.now()) await sleep(leftMs);
}

/** Outcomes after which nothing is left to expire. */
const SETTLED = new Set<BuyerReport["outcome"]>(["bought", "preordered", "refused"]);

const LIVE = new Set(["held", "waiting", "paying"]);

async function countStillHolding(
	context: EvidenceContext,
	reports: readonly BuyerReport[],
	tokens: readonly string[],
): Promise<number> {
	const gone = reports.filter(({ outcome }) => !SETTLED.has(outcome) && outcome !== "failed" && outcome !== "hanging");
	const live = await Promise.all(
		gone.map(async ({ plan }) => {
			const answer = await context.shop.ask("read reservation", tokens[plan.index] ?? "", (client) =>
				client.getReservation({ sku: context.sku }),
			);
			return answer.ok && LIVE.has(answer.data.status);
		}),
	);
	return live.filter(Boolean).length;
}

async function readPreorderStatuses(
	context: EvidenceContext,
	reports: readonly BuyerReport[],
	tokens: readonly string[],
): Promise<Map<number, string>> {
	const found = await Promise.all(
		reports
			.filter(({ outcome }) => outcome === "preordered")
			.map(async ({ plan, orderId }): Promise<[number, string]> => {
				const answer = await context.shop.ask("read order", tokens[plan.index] ?? "", (client) =>
					client.getOrder({ id: orderId ?? "" }),
				);
				const order: OrderRecord | null = answer.ok ? answer.data : null;
				const line = order?.lines?.find(({ sku }) => sku === context.sku);
				return [plan.index, line?.preorder ?? "unknown"];
			}),
	);
	return new Map(found);
}

/** Reads until the value is as wanted or patience ends. @returns the last value, whether or not it is as wanted */
async function until<T>(read: () => Promise<T>, done: (value: T) => boolean, patienceMs: number): Promise<T> {
	const deadlineMs = performance.now() + patienceMs;
	for (;;) {
		const value = await read();
		if (done(value) || performance.now() > deadlineMs) return value;
		await sleep(POLL_MS);
	}
}
