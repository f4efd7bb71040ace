/**
 * The rush itself: every buyer comes in their time, deliveries come in theirs, and whoever still waits in line is told when
 * nothing can come any more.
 *
 * What it keeps true: it ends, with one outcome for each plan. Not here: what a buyer does (`buyer.ts`).
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Books } from "./admin-reader.ts";
import { buy } from "./buyer.ts";
import type { Doors, Market } from "./buyer-context.ts";
import type { Plan } from "./buyer-plans.ts";
import type { Delivery } from "./concurrent-holds.ts";
import type { Merchant } from "./merchant.ts";
import type { Restock } from "./options.ts";
import type { Outcome } from "./outcome.ts";

export interface Rush {
	readonly outcomes: readonly Outcome[];
	readonly deliveries: readonly Delivery[];
	readonly seconds: number;
}

const LOOK_EVERY_MS = 500;

export async function rush(
	shop: Omit<Market, "doors">,
	merchant: Merchant,
	books: Books,
	plans: readonly Plan[],
	tokens: readonly string[],
	restocks: readonly Restock[],
): Promise<Rush> {
	const watch = new Watch(plans.length);
	const market: Market = { ...shop, doors: watch };
	const startMs = performance.now();
	const at = async (afterMs: number) => {
		const waitMs = startMs + afterMs - performance.now();
		if (waitMs > 0) await sleep(waitMs);
	};
	const deliveries = Promise.all(
		restocks.map(async ({ units, afterSeconds }, index): Promise<Delivery> => {
			await at(afterSeconds * 1000);
			const delivery = { atMs: Date.now(), units };
			await merchant.restock(market.sku, units, `${index + 1}`);
			return delivery;
		}),
	);
	const closing = deliveries.then(() => watch.close(books, market.patienceMs));
	const outcomes = await Promise.all(
		plans.map(async (plan) => {
			await at(plan.arrivesAtMs);
			return buy(market, plan, tokens[plan.index] ?? "").finally(() => watch.left());
		}),
	);
	await closing;
	return { outcomes, deliveries: await deliveries, seconds: (performance.now() - startMs) / 1000 };
}

/** Knows how many buyers are about, and how many of those do nothing but wait. */
class Watch implements Doors {
	closed = false;
	#about: number;
	#waiting = 0;

	constructor(buyers: number) {
		this.#about = buyers;
	}

	waiting(by: 1 | -1): void {
		this.#waiting += by;
	}

	left(): void {
		this.#about -= 1;
	}

	/**
	 * Closes the doors once all who are about only wait and nobody holds a unit, so that none can come free; or when nothing
	 * has changed for longer than anybody's patience. No delivery may be on its way.
	 */
	async close(books: Books, patienceMs: number): Promise<void> {
		let version = -1;
		let changedAtMs = performance.now();
		while (this.#about > 0) {
			await sleep(LOOK_EVERY_MS);
			if (this.#about > this.#waiting) {
				changedAtMs = performance.now();
				continue;
			}
			const stock = await books.stock();
			if (stock.version !== version) changedAtMs = performance.now();
			version = stock.version;
			const isQuiet = stock.held === 0 && this.#about === this.#waiting;
			if (isQuiet || performance.now() - changedAtMs > patienceMs) break;
		}
		this.closed = true;
	}
}
