/**
 * Simulations of a shop where anything may fail, and where everything adds up in the end: `audit.ts` says what that
 * means.
 *
 * A seed determines the shop, its shoppers and the faults: `SEED=n npm run sim` repeats one. A few fixed seeds and a
 * new one run here; `npm run sim -- --seeds n` runs as many as asked for. A simulation with violations prints its log.
 */
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { Actors } from "./actors.ts";
import { Audit, type EndingCounts } from "./audit.ts";
import { deliverAllTwins, repairProvider } from "./environment-faults.ts";
import { openShop, settleEverything } from "./merchant.ts";
import { activate, interceptObjects } from "./nemesis.ts";
import { playWithoutSale } from "./no-trace.ts";
import { closeDispute, outlastDebits } from "./provider-actions.ts";
import { Simulation } from "./simulation.ts";
import { eventsOf } from "./stored.ts";

const SHOPPERS = 16;
const ACTIONS = 180;
const MANY_EVENTS = 120;

/** One without faults, and two in which most of the endings of a checkout occur. */
const FIXED_SEEDS = [8, 20, 34];

const [first, count] = env.SIM_SEEDS.split(" ").map(Number);
const SEEDS = first
	? Array.from({ length: count ?? 1 }, (_, i) => first + i)
	: [...FIXED_SEEDS, crypto.getRandomValues(new Uint32Array(1))[0] as number];

interface Outcome {
	readonly endings: EndingCounts;
	readonly checkouts: number;
	readonly faults: number;
	readonly trouble: Readonly<Record<string, number>>;
	readonly mostCalls: number;
	readonly violations: readonly string[];
	readonly history: readonly string[];
}

async function simulate(seed: number): Promise<Outcome> {
	const sim = new Simulation(seed, SHOPPERS);
	const actors = new Actors(sim);
	activate(sim);
	// Objects log every call that failed. A logged error that no injected fault explains is a violation.
	vi.spyOn(console, "error").mockImplementation((...words) => sim.reportError(words.map(String).join(" ")));
	const figures = () => ({
		checkouts: sim.requests.size,
		faults: sim.faultCount,
		trouble: sim.trouble.all(),
		mostCalls: sim.callLog.most(),
		history: sim.history,
	});
	try {
		await sim.shareWebhookSecret();
		await openShop(actors);
		for (let i = 0; i < ACTIONS; i++) await actors.act();
		sim.log("---- no more faults from here on");
		await repairProvider(actors);
		await outlastDebits(actors);
		while (actors.disputes.length > 0) await closeDispute(actors);
		await settleEverything(actors);
		await deliverAllTwins(actors);
		await settleEverything(actors);
		const audit = new Audit(sim, actors);
		await audit.run();
		const violations = [...sim.violations, ...audit.violations];
		for (const id of checkoutsIn(violations))
			sim.history.push(`events of ${id}:`, ...(await eventsOf(id, MANY_EVENTS)));
		return { endings: audit.endings, violations, ...figures() };
	} catch (error) {
		const failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
		return { endings: {}, violations: [...sim.violations, failure], ...figures() };
	} finally {
		activate(null);
	}
}

/** The first checkouts that violations name. */
function checkoutsIn(violations: readonly string[]): string[] {
	const names = violations.flatMap((violation) => /^co_[0-9a-f]+/.exec(violation)?.[0] ?? []);
	return [...new Set(names)].slice(0, 3);
}

beforeAll(interceptObjects);
beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(() => {
	vi.restoreAllMocks();
	vi.useRealTimers();
});

describe("a shop where anything may fail", () => {
	it.each(SEEDS)("adds up in the end with seed %i", { timeout: 120_000 }, async (seed) => {
		const trace = await playWithoutSale(seed);
		const { history, violations: wrong, ...figures } = await simulate(seed);
		const violations = [...trace.violations, ...wrong];
		if (violations.length > 0) {
			const told = [...(trace.violations.length > 0 ? trace.history : []), ...(wrong.length > 0 ? history : [])];
			console.log([...told, "", ...violations, `seed ${seed}; repeat with  SEED=${seed} npm run sim`].join("\n"));
		}
		// In one line, for `run.ts` to sum up.
		const { ended, comparedWhole } = trace;
		console.log(`SIM ${JSON.stringify({ seed, right: violations.length === 0, ended, comparedWhole, ...figures })}`);
		expect(violations).toEqual([]);
	});
});
