/**
 * The whole purchase: reserved, checked out, paid, and its order in D1. It runs in Miniflare (`miniflare.ts`), beside
 * Miniflare's own `GET /health`, by one buyer and by many. Buyers and server share all cores.
 */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { unwrap } from "../../src/client/index.ts";
import { build, PRODUCT_ENTRY } from "./build.ts";
import { BUYER_STEPS, type BuyerStep, Buyers, type DoStep, pay, reserveOne } from "./buyer.ts";
import { type Figures, quantile } from "./figures.ts";
import { HEALTH, underLoad } from "./http-rows.ts";
import { signer } from "./load/tokens.ts";
import type { Load } from "./load.ts";
import type { BenchContext, Measurement, Suite } from "./measurement.ts";
import { serveWithD1 } from "./miniflare.ts";
import { freshName, Shop } from "./shop.ts";
import type { Served } from "./workerd.ts";

/** Alone, and as many as keep the server busy. */
const CROWDS = [
	{ buyers: 1, purchasesPerSecond: 15 },
	{ buyers: 64, purchasesPerSecond: 300 },
] as const;
const STEPS: Readonly<Record<BuyerStep, string>> = {
	reserve: "PUT /v1/reservations",
	open: "POST /v1/checkouts",
	pay: "the payment, until its webhooks are answered",
	look: "GET /v1/checkouts",
};
const POLL_MS = 100;
const PATIENCE_MS = 120_000;

export const purchase: Suite = {
	name: "purchase",
	about: "the whole purchase until its order is in D1, and each step of it, in Miniflare",
	group: "purchase",
	async prepare(context) {
		const served = await serveWithD1(
			await build(join(context.dir, "product"), true, PRODUCT_ENTRY),
			join(context.dir, "miniflare"),
		);
		context.atEnd(() => served.stop());
		const load = await context.load();
		return CROWDS.flatMap((crowd) => rowsOf(context, load, served, crowd));
	},
};

/** The platform's limit, the purchase, and its steps, which were timed in that purchase. */
function rowsOf(
	context: BenchContext,
	load: Load,
	served: Served,
	{ buyers, purchasesPerSecond }: (typeof CROWDS)[number],
): readonly Measurement[] {
	const purchases = Math.max(buyers, Math.round((context.measureMs / 1000) * purchasesPerSecond));
	const who = buyers === 1 ? "one buyer" : `${buyers} buyers at once`;
	let door: Figures = {};
	let waits = new Map<BuyerStep, number[]>();
	return [
		{
			name: `d1-health-${buyers}`,
			title: `GET /health in Miniflare, ${buyers} conn.`,
			async measure() {
				door = await underLoad(context, load, served, buyers, HEALTH, 200);
				return door;
			},
		},
		{
			name: `purchase-${buyers}`,
			title: `whole purchases, ${who}`,
			async measure() {
				waits = new Map(BUYER_STEPS.map((step) => [step, []]));
				return measurePurchases(served, buyers, purchases, (step, ms) => waits.get(step)?.push(ms));
			},
		},
		...BUYER_STEPS.map((step) => ({
			name: `purchase-${buyers}-${step}`,
			title: `${STEPS[step]}, ${who}`,
			async measure() {
				const [p50Ms, p99Ms] = [quantile(waits.get(step) ?? [], 0.5), quantile(waits.get(step) ?? [], 0.99)];
				return {
					p50Ms,
					p99Ms,
					doorsP50: p50Ms / (door["p50Ms"] ?? Number.NaN),
					doorsP99: p99Ms / (door["p99Ms"] ?? Number.NaN),
				};
			},
		})),
	];
}

async function measurePurchases(
	served: Served,
	atOnce: number,
	purchases: number,
	waited: (step: BuyerStep, ms: number) => void,
): Promise<Figures> {
	const shop = new Shop(served);
	const sign = signer(served.secret);
	const sku = freshName("bought");
	await shop.sell(sku, purchases);
	const crowd = new Buyers(served, atOnce);
	const buyers = Array.from({ length: purchases }, () => crowd.buyer(sign(freshName("buyer"))));
	const latenciesMs: number[] = [];
	const doStep: DoStep = async (step, work) => {
		const beganMs = performance.now();
		const result = await work();
		waited(step, performance.now() - beganMs);
		return result;
	};
	const cpuBeforeMs = served.cpuMs();
	const startMs = performance.now();
	await runConcurrently(atOnce, buyers, async (buyer) => {
		const beganMs = performance.now();
		await doStep("reserve", () => reserveOne(buyer, sku));
		await pay(buyer, sku, freshName("key"), doStep);
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
}

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
