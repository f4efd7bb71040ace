/**
 * One object's own limit: reservations decided in full batches, as busy lanes send them, driven from inside the runtime;
 * what one costs when there are many live ones already; and how an object with many wakes.
 */
import { join } from "node:path";
import type { Part } from "./measurement.ts";
import { fresh, Shop } from "./shop.ts";
import { serve } from "./workerd.ts";

/** As many as a lane puts into one call: `LANE_BATCH` in `src/limits.ts`. */
const BATCH = 512;
/** As from so many busy isolates: while one batch is being synced to disk the next is decided. */
const CALLS_AT_ONCE = 4;
const MEASURED = 80 * BATCH;
const KINDS = [
	{ live: 0, anyIds: false },
	{ live: 10_000, anyIds: false },
	{ live: 100_000, anyIds: false },
	// Each reservation is then stored on a page of the index that no other of its batch is on.
	{ live: 100_000, anyIds: true },
];
const PLENTY = 100_000_000;
const LONG_HOLD = { holdSeconds: 86_400 };
const MANY = 100_000;

export const object: Part = {
	name: "object",
	about: "one object alone: reservations in full batches, with 0, 10,000 and 100,000 live ones",
	set: "object",
	async prepare(world) {
		const served = await world.holdfast(true);
		const shop = new Shop(served);
		return KINDS.map(({ live, anyIds }) => ({
			name: `object-${live}${anyIds ? "-any-ids" : ""}`,
			title: `one object, ${live.toLocaleString("en-US")} live${anyIds ? ", ids in no order" : ""}`,
			against: live === 0 ? {} : { "÷ 0 live": "object-0" },
			async measure() {
				const sku = fresh("object");
				const batches = { sku, anyIds, perCall: BATCH, callsAtOnce: CALLS_AT_ONCE };
				await shop.sell(sku, PLENTY, LONG_HOLD);
				if (live > 0) await shop.fill({ reservations: live, ...batches });
				const send = await shop.readyToFill({ reservations: MEASURED, ...batches });
				const cpuBeforeMs = served.cpuMs();
				const startMs = performance.now();
				await send();
				const elapsedMs = performance.now() - startMs;
				return {
					perSecond: (MEASURED * 1000) / elapsedMs,
					microsEach: (elapsedMs * 1000) / MEASURED,
					cpuMicros: ((served.cpuMs() - cpuBeforeMs) * 1000) / MEASURED,
				};
			},
		}));
	},
};

export const wake: Part = {
	name: "wake",
	about: "an object with 100,000 live reservations: time to wake it, its memory and its size on disk",
	set: "object",
	async prepare(world) {
		const stateDir = join(world.dir, "asleep");
		const bundle = await world.bundle(true);
		const start = () => serve({ bundle, stateDir, core: world.cores.server });
		const [small, big] = [fresh("small"), fresh("big")];
		const first = await start();
		try {
			const shop = new Shop(first);
			for (const [sku, reservations] of [
				[small, 1],
				[big, MANY],
			] as const) {
				await shop.sell(sku, PLENTY, LONG_HOLD);
				await shop.fill({ sku, reservations, perCall: BATCH, callsAtOnce: CALLS_AT_ONCE });
			}
		} finally {
			await first.stop();
		}
		return [
			{
				name: "wake-100000",
				title: "waking one with 100,000 live",
				async measure() {
					const served = await start();
					try {
						const shop = new Shop(served);
						const touch = async (sku: string) => {
							const startMs = performance.now();
							await shop.bench("touch", { sku });
							return performance.now() - startMs;
						};
						// A small one first, so that what the Worker itself takes to start is not counted.
						await touch(small);
						const before = served.residentBytes();
						const wakeMs = await touch(big);
						const awakeMs = await touch(big);
						// It is in use, and not only awake: what it reads for its work is in memory.
						await shop.fill({ sku: big, reservations: BATCH, perCall: BATCH, callsAtOnce: 1 });
						const memoryMb = (served.residentBytes() - before) / 1e6;
						const { bytes } = await shop.bench<{ bytes: number }>("measured", { sku: big });
						return { wakeMs, awakeMs, memoryMb, diskMb: bytes / 1e6 };
					} finally {
						await served.stop();
					}
				},
			},
		];
	},
};
