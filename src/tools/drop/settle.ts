/**
 * After the rush: waits until every hold has ended and every order has arrived, then brings in the books.
 *
 * What it keeps true: waiting is bounded, and what has not happened by then is evidence and not an error. Not here: judging
 * it (`verdict.ts`).
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Market, Outcome } from "./buyer.ts";
import type { Merchant, OrderRecord, StockBooks } from "./merchant.ts";

export interface Evidence {
	readonly stock: StockBooks;
	readonly orders: readonly OrderRecord[];
	/** Units sold by the SKU's object less units sold in D1; NaN when the server does not list the SKU. */
	readonly difference: number;
	/** Buyers who did not pay and yet hold their unit after its time. */
	readonly stillHolding: number;
}

const POLL_MS = 500;

export async function settle(
	market: Market,
	merchant: Merchant,
	outcomes: readonly Outcome[],
	tokens: readonly string[],
	tell: (what: string) => void,
): Promise<Evidence> {
	await waitForExpiry(market, outcomes, tell);
	const stock = await until(
		() => merchant.stock(market.sku),
		(books) => books.held === 0 && books.waiting === 0,
		market.patienceMs,
	);
	const stillHolding = await countStillHolding(market, outcomes, tokens);
	const bought = outcomes.filter((outcome) => outcome.fate === "bought").length;
	tell(`waiting for ${bought} orders in D1`);
	const orders = await until(
		() => merchant.orders(market.sku),
		(list) => list.length >= bought,
		market.patienceMs,
	);
	const difference = await until(
		() => merchant.difference(market.sku),
		(units) => units === 0,
		market.patienceMs,
	);
	return { stock, orders, difference, stillHolding };
}

async function waitForExpiry(
	market: Market,
	outcomes: readonly Outcome[],
	tell: (what: string) => void,
): Promise<void> {
	const ends = outcomes.flatMap(({ fate, expiresAtMs }) => (fate === "unpaid" && expiresAtMs ? [expiresAtMs] : []));
	const lastEndMs = Math.max(0, ...ends) - market.clockAheadMs;
	let leftMs = lastEndMs - Date.now();
	if (leftMs > 0) tell(`waiting ${Math.ceil(leftMs / 1000)} s for ${ends.length} unpaid holds to end`);
	for (; leftMs > 0; leftMs = lastEndMs - Date.now()) await sleep(leftMs);
}

async function countStillHolding(
	market: Market,
	outcomes: readonly Outcome[],
	tokens: readonly string[],
): Promise<number> {
	const unpaid = outcomes.filter((outcome) => outcome.fate === "unpaid");
	const live = await Promise.all(
		unpaid.map(async ({ plan }) => {
			const path = `/v1/reservations/${market.sku}`;
			const answer = await market.shop.ask("read reservation", {
				method: "GET",
				path,
				token: tokens[plan.index] ?? "",
			});
			const { status } = (answer.body ?? {}) as { status?: string };
			return answer.status === 200 && (status === "held" || status === "waiting" || status === "paying");
		}),
	);
	return live.filter(Boolean).length;
}

/** The last answer, whether or not it came to what was waited for. */
async function until<T>(read: () => Promise<T>, done: (value: T) => boolean, patienceMs: number): Promise<T> {
	const deadlineMs = performance.now() + patienceMs;
	for (;;) {
		const value = await read();
		if (done(value) || performance.now() > deadlineMs) return value;
		await sleep(POLL_MS);
	}
}
