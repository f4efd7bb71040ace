/**
 * The death of an object in each of its awaits, one after the other: the first time while what it waits for is under way,
 * the second time when that is done and the object has not gone on. In the end everything adds up all the same.
 */
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { SandboxObject } from "../../src/payments/sandbox/sandbox.ts";
import { Actors } from "./actors.ts";
import { audit } from "./audit.ts";
import { awaitPoints, type DeathInAwait } from "./awaits.ts";
import { factsOf, readBooks } from "./books.ts";
import { activate, interceptObjects, type Message, type ObjectKey, stubOf } from "./nemesis.ts";
import { Simulation } from "./simulation.ts";
import { stateOf } from "./stored.ts";
import { playForgetting, playStory, STORY_SHOPPERS } from "./story.ts";
import { toText } from "./violations.ts";

const DEATHS: readonly DeathInAwait[] = ["during", "after"];
/** One story is enough for some awaits that have nothing to do with each other. */
const STORIES = 17;
/** A provider that answers at first and does nothing: else no event of an effect changes nothing, and none waits there. */
const OF_AN_IDLE_PROVIDER = "CHECKOUT run 3";

const stories = Array.from({ length: STORIES }, (_, story) => {
	return { story: story + 1, points: awaitPoints().filter((_, at) => at % STORIES === story) };
});

/** A shop whose objects die in each of some awaits, twice. */
class DyingAt extends Simulation {
	readonly deaths: Map<string, number>;
	#idleCalls = 0;

	constructor(seed: number, points: readonly string[]) {
		super(seed, STORY_SHOPPERS, [`a-${seed}`, `b-${seed}`]);
		this.faultRate = 0;
		this.deaths = new Map(points.map((point) => [point, 0]));
		if (points.includes(OF_AN_IDLE_PROVIDER)) this.#idleCalls = DEATHS.length;
	}

	override async pass(message: Message, real: () => Promise<unknown>): Promise<unknown> {
		if (message.call !== "void" || this.#idleCalls-- <= 0) return super.pass(message, real);
		const provider = stubOf(this.providerKey) as DurableObjectStub<SandboxObject>;
		return provider.read(message.args[0] as string);
	}

	override diesInAwait(key: ObjectKey, point: string): DeathInAwait | null {
		const deaths = this.deaths.get(point);
		const death = deaths === undefined || !this.knows(key) ? undefined : DEATHS[deaths];
		if (death === undefined) return null;
		this.deaths.set(point, (deaths ?? 0) + 1);
		this.log(`    ! ${key} dies ${death} ${point}`);
		return death;
	}
}

beforeAll(interceptObjects);
beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(() => {
	activate(null);
	vi.restoreAllMocks();
	vi.useRealTimers();
});

describe("an object that dies in an await", () => {
	it.each(stories)("leaves everything as it should be: $points", { timeout: 60_000 }, async ({ story, points }) => {
		const sim = new DyingAt(story, points);
		const actors = new Actors(sim);
		activate(sim);
		vi.spyOn(console, "error").mockImplementation((...words) => sim.reportError(words.map(String).join(" ")));
		vi.spyOn(console, "warn").mockImplementation(() => {});
		await sim.shareWebhookSecret();
		await playStory(actors);
		await playForgetting(actors);
		for (const id of sim.requests.keys()) {
			const c = await stateOf(id);
			// Nothing, or what was paid, or a sale.
			if (c?.phase === "closed")
				expect([c.email, c.payment?.seen.capturedMinor ?? 0]).toEqual(["", expect.any(Number)]);
		}
		const { violations } = audit(await readBooks(sim), factsOf(sim, actors));
		const wrong = [...sim.violations.all, ...violations].map(toText);
		if (wrong.length > 0) console.log([...sim.history, ...wrong].join("\n"));
		expect(wrong).toEqual([]);
		expect([...sim.deaths]).toEqual(points.map((point) => [point, DEATHS.length]));
	});
});
