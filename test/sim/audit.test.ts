/**
 * That each invariant can fail: the story is played to its end, and nothing is wrong with it. Then one thing is broken,
 * and exactly the check of that invariant says so.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Actors } from "./actors.ts";
import { audit } from "./audit.ts";
import { type Books, factsOf, readBooks } from "./books.ts";
import { BREAKAGES, type OpenFacts } from "./breakages.ts";
import { activate, interceptObjects } from "./nemesis.ts";
import { Simulation } from "./simulation.ts";
import { playStory, STORY_SHOPPERS } from "./story.ts";
import { INVARIANTS, toText } from "./violations.ts";

const SEED = 1;

let actors: Actors;
let books: Books;

beforeAll(async () => {
	interceptObjects();
	vi.useFakeTimers({ toFake: ["Date"] });
	vi.spyOn(console, "error").mockImplementation(() => {});
	vi.spyOn(console, "warn").mockImplementation(() => {});
	const sim = new Simulation(SEED, STORY_SHOPPERS, ["a", "b"]);
	sim.faultRate = 0;
	actors = new Actors(sim);
	activate(sim);
	await sim.shareWebhookSecret();
	await playStory(actors);
	books = await readBooks(sim);
}, 60_000);
afterAll(() => {
	activate(null);
	vi.restoreAllMocks();
	vi.useRealTimers();
});

/** Others than those of the simulation, so that they can be changed. */
function ownFacts(): OpenFacts {
	const { limits, refundsRequested, paidInTime, ...facts } = factsOf(actors.sim, actors);
	return {
		...facts,
		limits: new Map(limits),
		refundsRequested: new Map(refundsRequested),
		paidInTime: new Set(paidInTime),
	};
}

describe("the audit of a simulation", () => {
	it("finds nothing wrong with the story", () => {
		const { violations } = audit(books, ownFacts());
		expect([...actors.sim.violations.all, ...violations].map(toText)).toEqual([]);
	});

	it.each(INVARIANTS)("fails alone when it is broken: %s", { timeout: 60_000 }, async (invariant) => {
		const breakage = BREAKAGES[invariant];
		const find = async () => {
			if ("shop" in breakage) return breakage.shop(actors, books);
			const [broken, facts] = [structuredClone(books), ownFacts()];
			breakage.books(broken, facts);
			return audit(broken, facts).violations;
		};
		const found = new Set((await find()).map((violation) => violation.invariant));
		const implied = "also" in breakage && breakage.also !== undefined ? [breakage.also] : [];
		expect([...found].sort()).toEqual([invariant, ...implied].sort());
	});
});
