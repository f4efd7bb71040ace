/**
 * The limit of one object: reservations in full batches, as busy isolates send them, driven from inside the runtime;
 * what a reservation costs when many are live already; and how long an object with many takes to wake.
 */
import { join } from "node:path";
import type { Suite } from "./measurement.ts";
import { freshName, Shop } from "./shop.ts";
import { serve } from "./workerd.ts";

/** As many as one call carries: `BATCH_SIZE` in `src/limits.ts`. */
const BATCH = 512;
/** As from so many busy isolates: while one batch is synced to disk, the next is decided. */
const CALLS_AT_ONCE = 4;
const MEASURED = 80 * BATCH;
const KINDS = [
	{ live: 0, anyIds: false },
	{ live: 10_000, anyIds: false },
	{ live: 100_000, anyIds: false },
	// Each reservation is then on a page of the index of its own, where no other of its batch is.
	{ live: 100_000, anyIds: true },
];
const PLENTY = 100_000_000;
const LONG_HOLD = { holdSeconds: 86_400 };
const MANY = 100_000;

export const object: Suite = {
	name: "object",
	about: "one object alone: reservations in full batches, with 0, 10,000 and 100,000 live ones",
	group: "object",
	async prepare(context) {
		const served = await context.holdfast(true);
		const shop = new Shop(served);
		return KINDS.map(({ live, anyIds }) => ({
			name: `object-${live}${anyIds ? "-any-ids" : ""}`,
			title: `one object, ${live.toLocaleString("en-US")} live${anyIds ? ", ids in no order" : ""}`,
			ratiosTo: live === 0 ? {} : { "÷ 0 live": "object-0" },
			async measure() {
				const sku = freshName("object");
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

export const wake: Suite = {
	name: "wake",
	about: "an object with 100,000 live reservations: time to wake it, its memory and its size on disk",
	group: "object",
	async prepare(context) {
		const stateDir = join(context.dir, "asleep");
		const bundle = await context.bundle(true);
		const start = () => serve({ bundle, stateDir, core: context.cores.server });
		const [small, big] = [freshName("small"), freshName("big")];
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
						// A small one first, or the start of the Worker itself would be counted.
						await touch(small);
						const before = served.residentBytes();
						const wakeMs = await touch(big);
						const awakeMs = await touch(big);
						// Use it: memory is measured with all that the object reads for its work.
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
