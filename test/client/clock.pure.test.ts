/** The server's clock, as a client learns it. */
import { describe, expect, it } from "vitest";
import { ServerClock } from "../../src/client/index.ts";

const HOUR = 3_600_000;

function clockOf(offMs: number) {
	const time = { trueMs: 1_000_000_000, offMs };
	const clock = new ServerClock(
		() => time.trueMs + time.offMs,
		() => time.trueMs,
	);
	return { time, clock };
}

describe("the server's clock", () => {
	it("is the local one until an answer tells", () => {
		const { clock, time } = clockOf(HOUR);
		expect(clock.isKnown).toBe(false);
		expect(clock.nowMs()).toBe(time.trueMs + HOUR);
	});

	it.each([HOUR, -HOUR, 0])("is right on a laptop that is %i ms off", (offMs) => {
		const { clock, time } = clockOf(offMs);
		clock.learn(time.trueMs);
		time.trueMs += 5_000;
		expect(clock.nowMs()).toBe(time.trueMs);
	});

	it("learns from the freshest answer: one that was long on its way does not put it back", () => {
		const { clock, time } = clockOf(HOUR);
		clock.learn(time.trueMs - 900);
		clock.learn(time.trueMs - 50);
		clock.learn(time.trueMs - 700);
		expect(clock.nowMs()).toBe(time.trueMs - 50);
	});

	it.each([HOUR, -HOUR])("goes on when somebody sets the local clock by %i ms", (jumpMs) => {
		const { clock, time } = clockOf(0);
		clock.learn(time.trueMs);
		time.trueMs += 10_000;
		time.offMs += jumpMs;
		expect(clock.nowMs()).toBe(time.trueMs);
		time.trueMs += 10_000;
		expect(clock.nowMs()).toBe(time.trueMs);
	});

	it("learns nothing from what is no time", () => {
		const { clock } = clockOf(0);
		clock.learn(Number.NaN);
		expect(clock.isKnown).toBe(false);
	});
});
