/**
 * The whole purchase: reserved, checked out, paid, and its order in D1. In Miniflare (`miniflare.ts`), beside its own
 * `GET /health`. Everything shares all cores here, buyers included.
 */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { HttpClient } from "../../src/cli/http.ts";
import { build, PRODUCT_ENTRY } from "./build.ts";
import { pay, reserveOne } from "./buyer.ts";
import { quantile } from "./figures.ts";
import { HEALTH, underLoad } from "./http-rows.ts";
import { signer } from "./load/tokens.ts";
import type { Part } from "./measurement.ts";
import { serveWithD1 } from "./miniflare.ts";
import { fresh, Shop } from "./shop.ts";

const BUYERS_AT_ONCE = 64;
const PURCHASES_PER_SECOND_OF_LOAD = 300;
const POLL_MS = 100;
const PATIENCE_MS = 120_000;

export const purchase: Part = {
	name: "purchase",
	about: "the whole purchase until its order is in D1, in Miniflare",
	set: "purchase",
	async prepare(world) {
		const served = await serveWithD1(
			await build(join(world.dir, "product"), true, PRODUCT_ENTRY),
			join(world.dir, "miniflare"),
		);
		world.atEnd(() => served.stop());
		const load = await world.load();
		const shop = new Shop(served);
		const sign = signer(served.secret);
		const purchases = Math.max(BUYERS_AT_ONCE, Math.round((world.measureMs / 1000) * PURCHASES_PER_SECOND_OF_LOAD));
		return [
			{
				name: "d1-health",
				title: `GET /health in Miniflare, ${BUYERS_AT_ONCE} conn.`,
				measure: () => underLoad(world, load, served, BUYERS_AT_ONCE, HEALTH, 200),
			},
			{
				name: "purchase",
				title: `whole purchases, ${BUYERS_AT_ONCE} buyers at once`,
				async measure() {
					const sku = fresh("bought");
					await shop.sell(sku, purchases);
					const client = new HttpClient(`http://127.0.0.1:${served.port}`, BUYERS_AT_ONCE);
					const tokens = Array.from({ length: purchases }, () => sign(fresh("buyer")));
					const latenciesMs: number[] = [];
					const cpuBeforeMs = served.cpuMs();
					const startMs = performance.now();
					await atOnce(BUYERS_AT_ONCE, tokens, async (token) => {
						const beganMs = performance.now();
						await reserveOne(client, token, sku);
						await pay(client, token, sku, fresh("key"));
						latenciesMs.push(performance.now() - beganMs);
					});
					client.close();
					await recorded(shop, sku, purchases, startMs + PATIENCE_MS);
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

async function atOnce<T>(most: number, items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
	let next = 0;
	const worker = async () => {
		for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item);
	};
	await Promise.all(Array.from({ length: most }, worker));
}

/** Waits until D1 has all the orders: in its list, as the merchant sees it. */
async function recorded(shop: Shop, sku: string, purchases: number, untilMs: number): Promise<void> {
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
		const query = new URLSearchParams({ sku, limit: "200", ...(cursor === "" ? {} : { cursor }) });
		const page: { orders: unknown[]; nextCursor: string | null } = await shop.admin("GET", `/admin/v1/orders?${query}`);
		found += page.orders.length;
		cursor = page.nextCursor;
	}
	return found;
}
