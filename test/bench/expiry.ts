/**
 * How late units come free: ten thousand holds that run out in the same millisecond, and ten thousand shoppers who wait for
 * them. Nobody touches the object meanwhile, so it is the alarm that wakes it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { quantile } from "./figures.ts";
import type { Part } from "./measurement.ts";
import { fresh, Shop } from "./shop.ts";

const HOLDS = 10_000;
/** Long enough to let everybody get in line before it ends. */
const HOLD_SECONDS = 10;
const POLICY = { holdSeconds: HOLD_SECONDS, offerSeconds: 86_400, waitlistLimit: HOLDS };
/** Looking would wake the object: nobody looks before this has passed. */
const PATIENCE_MS = 5_000;

interface Entry {
	readonly seq: number;
	readonly kind: string;
	readonly atMs: number;
}

export const expiry: Part = {
	name: "expiry",
	about: "10,000 holds that run out at once: how late the units are others'",
	set: "object",
	async prepare(world) {
		const shop = new Shop(await world.holdfast(true));
		return [
			{
				name: "expiry-10000",
				title: "10,000 holds run out at once",
				async measure() {
					const sku = fresh("expiry");
					await shop.sell(sku, HOLDS, POLICY);
					// In one call, so that all of them have the same end.
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
 * An entry bears the time at which its turn began, and is good when that turn ends: taken here to be when the next one
 * begins, and for the last turn, as long after its beginning as the turn before it took.
 */
function lateness(entries: readonly Entry[], dueMs: number) {
	const promoted = entries.filter(({ kind }) => kind === "promoted");
	const turns = [...new Set(entries.filter(({ atMs }) => atMs >= dueMs).map(({ atMs }) => atMs))];
	const [beforeLast = dueMs, last = dueMs] = turns.slice(-2);
	const endOf = (atMs: number) => turns[turns.indexOf(atMs) + 1] ?? last + (last - beforeLast);
	if (promoted.length !== HOLDS) throw new Error(`${promoted.length} of ${HOLDS} were served from the line`);
	const lateMs = promoted.map(({ atMs }) => endOf(atMs) - dueMs);
	return { p50Ms: quantile(lateMs, 0.5), p99Ms: quantile(lateMs, 0.99), lastMs: quantile(lateMs, 1) };
}
