/**
 * Towns where anything goes wrong, and where in the end everything is right: see `audit.ts` for what that means.
 *
 * A seed makes a town, its people and its faults, and the same seed makes them again: `SEED=n npm run sim`. A few fixed seeds
 * and a new one are visited here; `npm run sim -- --seeds n` visits as many as asked. A town that does not end well is told of
 * with its story.
 */
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { Folk } from "./actors.ts";
import { Audit, type Fates } from "./audit.ts";
import { mendProvider } from "./environment-faults.ts";
import { openShop } from "./merchant.ts";
import { enter, surroundObjects } from "./nemesis.ts";
import { Town } from "./simulation.ts";

const SHOPPERS = 16;
const DEEDS = 180;

const [first, count] = env.SIM_SEEDS.split(" ").map(Number);
const SEEDS = first
	? Array.from({ length: count ?? 1 }, (_, i) => first + i)
	: [1, 2, 6, crypto.getRandomValues(new Uint32Array(1))[0] as number];

interface Visit {
	readonly fates: Fates;
	readonly checkouts: number;
	readonly faults: number;
	readonly complaints: readonly string[];
	readonly story: readonly string[];
}

async function visit(seed: number): Promise<Visit> {
	const town = new Town(seed, SHOPPERS);
	const folk = new Folk(town);
	enter(town);
	// Objects tell of every call that failed: what no fault of the story's making explains is complained of.
	vi.spyOn(console, "error").mockImplementation((...words) => town.hear(words.map(String).join(" ")));
	try {
		await openShop(folk);
		for (let i = 0; i < DEEDS; i++) await folk.act();
		town.tell("---- everything goes well from here on");
		await mendProvider(folk);
		await town.comeToRest();
		const audit = new Audit(town, folk);
		await audit.run();
		const complaints = [...town.complaints, ...audit.complaints];
		return { fates: audit.fates, checkouts: town.asked.size, faults: town.faults, complaints, story: town.story };
	} catch (fault) {
		const complaints = [...town.complaints, fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)];
		return { fates: {}, checkouts: town.asked.size, faults: town.faults, complaints, story: town.story };
	} finally {
		enter(null);
	}
}

beforeAll(surroundObjects);
beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(() => {
	vi.restoreAllMocks();
	vi.useRealTimers();
});

describe("a town where anything goes wrong", () => {
	it.each(SEEDS)("seed %i", { timeout: 120_000 }, async (seed) => {
		const { story, complaints, ...figures } = await visit(seed);
		if (complaints.length > 0) {
			console.log([...story, "", ...complaints, `seed ${seed}; again by  SEED=${seed} npm run sim`].join("\n"));
		}
		// In one line, for `run.ts` to sum up.
		console.log(`SIM ${JSON.stringify({ seed, right: complaints.length === 0, ...figures })}`);
		expect(complaints).toEqual([]);
	});
});
