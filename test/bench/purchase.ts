/**
 * The whole purchase: reserved, checked out, paid, and its order in D1. It runs in Miniflare (`miniflare.ts`), beside
 * Miniflare's own `GET /health`. Buyers and server share all cores.
 */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { unwrap } from "../../src/client/index.ts";
import { build, PRODUCT_ENTRY } from "./build.ts";
import { Buyers, pay, reserveOne } from "./buyer.ts";
import { quantile } from "./figures.ts";
import { HEALTH, underLoad } from "./http-rows.ts";
import { signer } from "./load/tokens.ts";
import type { Suite } from "./measurement.ts";
import { serveWithD1 } from "./miniflare.ts";
import { freshName, Shop } from "./shop.ts";

const BUYERS_AT_ONCE = 64;
const PURCHASES_PER_SECOND_OF_LOAD = 300;
const POLL_MS = 100;
const PATIENCE_MS = 120_000;

export const purchase: Suite = {
	name: "purchase",
	about: "the whole purchase until its order is in D1, in Miniflare",
	group: "purchase",
	async prepare(context) {
		const served = await serveWithD1(
			await build(join(context.dir, "product"), true, PRODUCT_ENTRY),
			join(context.dir, "miniflare"),
		);
		context.atEnd(() => served.stop());
		const load = await context.load();
		const shop = new Shop(served);
		const sign = signer(served.secret);
		const purchases = Math.max(BUYERS_AT_ONCE, Math.round((context.measureMs / 1000) * PURCHASES_PER_SECOND_OF_LOAD));
		return [
			{
				name: "d1-health",
				title: `GET /health in Miniflare, ${BUYERS_AT_ONCE} conn.`,
				measure: () => underLoad(context, load, served, BUYERS_AT_ONCE, HEALTH, 200),
			},
			{
				name: "purchase",
				title: `whole purchases, ${BUYERS_AT_ONCE} buyers at once`,
				async measure() {
					const sku = freshName("bought");
					await shop.sell(sku, purchases);
					const crowd = new Buyers(served, BUYERS_AT_ONCE);
					const buyers = Array.from({ length: purchases }, () => crowd.buyer(sign(freshName("buyer"))));
					const latenciesMs: number[] = [];
					const cpuBeforeMs = served.cpuMs();
					const startMs = performance.now();
					await runConcurrently(BUYERS_AT_ONCE, buyers, async (buyer) => {
						const beganMs = performance.now();
						await reserveOne(buyer, sku);
						await pay(buyer, sku, freshName("key"));
						latenciesMs.push(performance.now() - beganMs);
					});
					crowd.close();
					await waitUntilRecorded(shop, sku, purchases, startMs + PATIENCE_MS);
					return {
						perSecond: (purchases * 1000) / (performance.now() - startMs),
						p50Ms: quantile(latenciesMs, 0.5),
						p99Ms: quantile(latenciesMs, 0.99),
						cpuMicros: ((served.cpuMs() - cpuBeforeMs) * 1000) / purchases,
					};
				},
			},
		];
	},
};

async function runConcurrently<T>(most: number, items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
	let next = 0;
	const worker = async () => {
		for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item);
	};
	await Promise.all(Array.from({ length: most }, worker));
}

/** Waits until all orders are in D1, in the list that the merchant reads. */
async function waitUntilRecorded(shop: Shop, sku: string, purchases: number, untilMs: number): Promise<void> {
	for (;;) {
		const found = await ordersInD1(shop, sku);
		if (found === purchases) return;
		if (performance.now() > untilMs) throw new Error(`${found} of ${purchases} orders reached D1`);
		await sleep(POLL_MS);
	}
}

async function ordersInD1(shop: Shop, sku: string): Promise<number> {
	let found = 0;
	for (let cursor: string | null = ""; cursor !== null; ) {
		const page: { orders: readonly unknown[]; nextCursor: string | null } = unwrap(
			await shop.admin.listOrders({ sku, limit: 200, cursor }),
		);
		found += page.orders.length;
		cursor = page.nextCursor;
	}
	return found;
}
