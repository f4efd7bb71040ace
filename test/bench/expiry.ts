/**
 * How late units become free: ten thousand holds expire in the same millisecond, and ten thousand shoppers wait for
 * them. Nothing calls the object meanwhile, so the alarm has to wake it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { quantile } from "./figures.ts";
import type { Suite } from "./measurement.ts";
import { freshName, Shop } from "./shop.ts";

const HOLDS = 10_000;
/** Long enough for everybody to join the waitlist before it ends. */
const HOLD_SECONDS = 10;
const POLICY = { holdSeconds: HOLD_SECONDS, offerSeconds: 86_400, waitlistLimit: HOLDS };
/** A read would wake the object: nothing reads before this has passed. */
const PATIENCE_MS = 5_000;

interface Entry {
	readonly seq: number;
	readonly kind: string;
	readonly atMs: number;
}

export const expiry: Suite = {
	name: "expiry",
	about: "10,000 holds that expire at once: how late their units are promoted",
	group: "object",
	async prepare(context) {
		const shop = new Shop(await context.holdfast(true));
		return [
			{
				name: "expiry-10000",
				title: "10,000 holds expire at once",
				async measure() {
					const sku = freshName("expiry");
					await shop.sell(sku, HOLDS, POLICY);
					// In one call, which gives all of them the same end.
					await shop.fill({ sku, reservations: HOLDS, perCall: HOLDS, callsAtOnce: 1 });
					await shop.fill({ sku, reservations: HOLDS, perCall: 1_000, callsAtOnce: 1, wait: true }, "waiting");
					const entries = await journal(shop, sku);
					const dueMs = (entries.find(({ kind }) => kind === "held")?.atMs ?? 0) + HOLD_SECONDS * 1000;
					await sleep(Math.max(0, dueMs - Date.now()) + PATIENCE_MS);
					return lateness(await journal(shop, sku), dueMs);
				},
			},
		];
	},
};

async function journal(shop: Shop, sku: string): Promise<Entry[]> {
	const entries: Entry[] = [];
	for (;;) {
		const page = await shop.bench<Entry[]>("journal", { sku, after: String(entries.at(-1)?.seq ?? 0) });
		if (page.length === 0) return entries;
		entries.push(...page);
	}
}

/**
 * An entry has the time at which its unit of work began, and takes effect when that ends. The end is taken to be the
 * beginning of the next one. The last one is taken to last as long as the one before it.
 */
function lateness(entries: readonly Entry[], dueMs: number) {
	const promoted = entries.filter(({ kind }) => kind === "promoted");
	const beginnings = [...new Set(entries.filter(({ atMs }) => atMs >= dueMs).map(({ atMs }) => atMs))];
	const [beforeLast = dueMs, last = dueMs] = beginnings.slice(-2);
	const endOf = (atMs: number) => beginnings[beginnings.indexOf(atMs) + 1] ?? last + (last - beforeLast);
	if (promoted.length !== HOLDS) throw new Error(`${promoted.length} of ${HOLDS} were promoted from the waitlist`);
	const lateMs = promoted.map(({ atMs }) => endOf(atMs) - dueMs);
	return { p50Ms: quantile(lateMs, 0.5), p99Ms: quantile(lateMs, 0.99), lastMs: quantile(lateMs, 1) };
}
