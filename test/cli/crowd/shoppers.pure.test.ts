/** What the simulated shoppers do: they come back as the client does, and no more often. */
import { expect, it } from "vitest";
import { populationAtOnePlace } from "../../../src/cli/crowd/connections.ts";
import { OUTCOME, RushLog } from "../../../src/cli/crowd/log.ts";
import { type Door, Shoppers } from "../../../src/cli/crowd/shoppers.ts";
import { VirtualTime } from "../../../src/cli/crowd/virtual-time.ts";
import { mulberry32 } from "../../../src/cli/random.ts";
import { createShop } from "../../../src/client/index.ts";

const START_MS = Date.UTC(2026, 11, 12);
const LATER = { outcome: OUTCOME.unavailable, byObject: false };

/** When one shopper asks who is always told to come after so many seconds. */
async function simulated(retryAfterSeconds: readonly number[], seed: number): Promise<number[]> {
	const time = new VirtualTime(START_MS, Math.random);
	const asked: number[] = [];
	const door: Door = {
		look: (_, answered) => answered(true),
		reserve: (_, __, answered) => {
			const seconds = retryAfterSeconds[asked.length % retryAfterSeconds.length] ?? 0;
			asked.push(time.nowMs);
			answered({ ...LATER, retryAfterMs: seconds * 1000 });
		},
		refuse: () => expect.unreachable(),
	};
	const crowd = { population: { ...populationAtOnePlace(1), mood: Float32Array.of(1) }, log: new RushLog(1), door };
	new Shoppers(time, { ...crowd, random: mulberry32(seed), untilMs: 1, onDone: () => {} });
	await time.run();
	return asked;
}

async function real(retryAfterSeconds: readonly number[], seed: number): Promise<number[]> {
	const time = new VirtualTime(START_MS, mulberry32(seed));
	const asked: number[] = [];
	const fetch = async () => {
		const seconds = retryAfterSeconds[asked.length % retryAfterSeconds.length] ?? 0;
		asked.push(time.nowMs);
		const headers = { "content-type": "application/problem+json", "retry-after": String(seconds) };
		return new Response(JSON.stringify({ type: "/problems/temporarily-unavailable" }), { status: 503, headers });
	};
	time.at(0, () => {
		const kept = { shopperId: "s", token: "t", expiresAt: "2099-01-01T00:00:00Z" };
		const tokens = { get: async () => kept, set: async () => {} };
		const shop = createShop({ origin: "http://shop", fetch, tokens, timeoutMs: Number.POSITIVE_INFINITY });
		void shop.reserve({ sku: "LAMP", quantity: 1 });
	});
	await time.run();
	return asked;
}

it.each([
	[[1], 1],
	[[2, 6, 3], 2],
	[[5], 3],
	[[0], 4],
	[[15], 5],
])("a client that is told to come after %j s asks when the real one does", async (seconds, seed) => {
	const asked = await simulated(seconds, seed);
	// The real client's clock shows whole milliseconds.
	const expected = await real(seconds, seed);
	expect(asked.map(Math.round)).toEqual(expected.map(Math.round));
	expect(asked.length).toBeGreaterThan(0);
});

it("a person who is refused presses twice at most, and a bot until the end, 120 times a minute at most", async () => {
	const time = new VirtualTime(START_MS, Math.random);
	const count = { person: 0, bot: 0, sentAway: 0 };
	const log = new RushLog(2);
	const answer = { outcome: OUTCOME.refused, retryAfterMs: 0, byObject: true };
	const door: Door = {
		look: (_, answered) => answered(true),
		reserve: (shopper, _, answered) => {
			count[shopper === 0 ? "person" : "bot"] += 1;
			time.after(10, () => answered(answer));
		},
		refuse: (_, __, answered) => {
			count.sentAway += 1;
			time.after(10, () => answered({ ...LATER, outcome: OUTCOME.limited, retryAfterMs: 3_000 }));
		},
	};
	const population = { ...populationAtOnePlace(2), isBot: Uint8Array.of(0, 1), mood: Float32Array.of(0.2, 0) };
	new Shoppers(time, { population, log, door, random: mulberry32(1), untilMs: 55_000, onDone: () => {} });
	await time.run();
	expect(count.person).toBe(2);
	expect(count.bot).toBe(120);
	expect(count.sentAway).toBeGreaterThan(0);
});
