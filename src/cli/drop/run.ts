/**
 * The rush itself: every buyer comes in their time, deliveries come in theirs, and whoever still waits in line is told when
 * nothing can come any more.
 *
 * What it keeps true: it ends, with one outcome for each plan. Not here: what a buyer does (`buyer.ts`).
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { AdminReader } from "./admin-reader.ts";
import { buy } from "./buyer.ts";
import type { BuyerContext, WaitlistClosing } from "./buyer-context.ts";
import type { BuyerPlan } from "./buyer-plans.ts";
import type { Delivery } from "./concurrent-holds.ts";
import type { Merchant } from "./merchant.ts";
import type { Restock } from "./options.ts";
import type { BuyerReport } from "./outcome.ts";

export interface RunResult {
	readonly reports: readonly BuyerReport[];
	readonly deliveries: readonly Delivery[];
	readonly seconds: number;
}

const LOOK_EVERY_MS = 500;

export async function runBuyers(
	shop: Omit<BuyerContext, "waitlist">,
	merchant: Merchant,
	reader: AdminReader,
	plans: readonly BuyerPlan[],
	tokens: readonly string[],
	restocks: readonly Restock[],
): Promise<RunResult> {
	const watch = new WaitlistCloser(plans.length);
	const context: BuyerContext = { ...shop, waitlist: watch };
	const startMs = performance.now();
	const at = async (afterMs: number) => {
		const waitMs = startMs + afterMs - performance.now();
		if (waitMs > 0) await sleep(waitMs);
	};
	const deliveries = Promise.all(
		restocks.map(async ({ units, afterSeconds }, index): Promise<Delivery> => {
			await at(afterSeconds * 1000);
			const delivery = { atMs: Date.now(), units };
			await merchant.restock(context.sku, units, `${index + 1}`);
			return delivery;
		}),
	);
	const closing = deliveries.then(() => watch.close(reader, context.patienceMs));
	const reports = await Promise.all(
		plans.map(async (plan) => {
			await at(plan.arrivesAtMs);
			return buy(context, plan, tokens[plan.index] ?? "").finally(() => watch.left());
		}),
	);
	await closing;
	return { reports: reports, deliveries: await deliveries, seconds: (performance.now() - startMs) / 1000 };
}

/** Knows how many buyers are about, and how many of those do nothing but wait. */
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
	 * Closes the doors once all who are about only wait and nobody holds a unit, so that none can come free; or when nothing
	 * has changed for longer than anybody's patience. No delivery may be on its way.
	 */
	async close(reader: AdminReader, patienceMs: number): Promise<void> {
		let version = -1;
		let changedAtMs = performance.now();
		while (this.#present > 0) {
			await sleep(LOOK_EVERY_MS);
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
