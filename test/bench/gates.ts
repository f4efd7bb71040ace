/**
 * Reservations of one hot SKU from many isolates, with a gate and without. Here all of them, the gate and the SKU are one
 * process on one core, where a gate is one more hop and nothing else: what it gives is that the SKU's object is called
 * less often, and at Cloudflare each call is a request of which an object takes about 1,000 a second.
 */
import type { Measurement, Suite } from "./measurement.ts";
import { freshName, Shop } from "./shop.ts";

const ISOLATES = 64;
const AT_ONCE = 4;
const EACH = 20;
const RESERVATIONS = ISOLATES * AT_ONCE * EACH;
const PLENTY = 100_000_000;

export const gates: Suite = {
	name: "gates",
	about: `one hot SKU and ${ISOLATES} isolates, with a gate and without: calls of its object, and what the hop costs`,
	group: "object",
	async prepare(context) {
		const served = await context.holdfast(true);
		const shop = new Shop(served);
		const row = (name: string, title: string, isGated: boolean): Measurement => ({
			name,
			title,
			ratiosTo: isGated ? { "÷ direct": "gates-none" } : {},
			async measure() {
				const sku = freshName("hot");
				await shop.sell(sku, PLENTY);
				const cpuBeforeMs = served.cpuMs();
				const startMs = performance.now();
				const order = { sku, isolates: ISOLATES, atOnce: AT_ONCE, each: EACH, isGated };
				const answers = await shop.bench<Record<string, number>>("isolates", {}, order);
				const elapsedMs = performance.now() - startMs;
				if (answers["held"] !== RESERVATIONS) throw new Error(`${title}: ${JSON.stringify(answers)}`);
				const { calls } = await shop.bench<{ calls: number }>("measured", { sku });
				return {
					perSecond: (RESERVATIONS * 1000) / elapsedMs,
					calls,
					cpuMicros: ((served.cpuMs() - cpuBeforeMs) * 1000) / RESERVATIONS,
				};
			},
		});
		return [
			row("gates-none", `${ISOLATES} isolates ask the object`, false),
			row("gates-one", `${ISOLATES} isolates ask a gate`, true),
		];
	},
};
