/**
 * The run of a drop: every buyer and every delivery comes at its time, and the waitlist closes when no unit can become
 * free any more. It always ends, with one report for each plan. What a buyer does is in `buyer.ts`.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { nowMs } from "../race/scribe.ts";
import type { AdminReader } from "./admin-reader.ts";
import { buy } from "./buyer.ts";
import type { BuyerContext, WaitlistClosing } from "./buyer-context.ts";
import type { BuyerPlan } from "./buyer-plans.ts";
import type { Delivery } from "./concurrent-holds.ts";
import type { Merchant } from "./merchant.ts";
import type { Restock } from "./options.ts";
import type { BuyerReport } from "./outcome.ts";

/** When the merchant was told that the units are there. */
interface Arrival extends Delivery {
	readonly arrivedAtMs: number;
}

export interface RunResult {
	readonly reports: readonly BuyerReport[];
	readonly deliveries: readonly Arrival[];
	readonly seconds: number;
}

const POLL_MS = 500;

export async function runBuyers(
	shared: Omit<BuyerContext, "waitlist">,
	merchant: Merchant,
	reader: AdminReader,
	plans: readonly BuyerPlan[],
	tokens: readonly string[],
	restocks: readonly Restock[],
): Promise<RunResult> {
	const closer = new WaitlistCloser(plans.length);
	const context: BuyerContext = { ...shared, waitlist: closer };
	const startMs = performance.now();
	const at = async (afterMs: number) => {
		const waitMs = startMs + afterMs - performance.now();
		if (waitMs > 0) await sleep(waitMs);
	};
	const deliveries = Promise.all(
		restocks.map(async ({ units, afterSeconds }, index): Promise<Arrival> => {
			await at(afterSeconds * 1000);
			const atMs = nowMs();
			await merchant.restock(context.sku, units, `${index + 1}`);
			return { atMs, units, arrivedAtMs: nowMs() };
		}),
	);
	const closing = deliveries.then(() => closer.close(reader, context.patienceMs));
	const reports = await Promise.all(
		plans.map(async (plan) => {
			await at(plan.arrivesAtMs);
			return buy(context, plan, tokens[plan.index] ?? "").finally(() => closer.left());
		}),
	);
	await closing;
	return { reports, deliveries: await deliveries, seconds: (performance.now() - startMs) / 1000 };
}

/** Counts the buyers who are still there, and how many of them do nothing but wait. */
class WaitlistCloser implements WaitlistClosing {
	closed = false;
	#present: number;
	#waiting = 0;

	constructor(buyers: number) {
		this.#present = buyers;
	}

	countWaiting(by: 1 | -1): void {
		this.#waiting += by;
	}

	left(): void {
		this.#present -= 1;
	}

	/**
	 * Closes the waitlist once all buyers who are left only wait and nobody holds a unit, since no unit can become free
	 * then; or once the stock has not changed for longer than the patience. No delivery may be on its way.
	 */
	async close(reader: AdminReader, patienceMs: number): Promise<void> {
		let version = -1;
		let changedAtMs = performance.now();
		while (this.#present > 0) {
			await sleep(POLL_MS);
			if (this.#present > this.#waiting) {
				changedAtMs = performance.now();
				continue;
			}
			const stock = await reader.stock();
			if (stock.version !== version) changedAtMs = performance.now();
			version = stock.version;
			const isQuiet = stock.held === 0 && this.#present === this.#waiting;
			if (isQuiet || performance.now() - changedAtMs > patienceMs) break;
		}
		this.closed = true;
	}
}
