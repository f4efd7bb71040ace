/** The server's clock, as a client learns it. */
import { describe, expect, it } from "vitest";
import { ServerClock } from "../../src/client/index.ts";

const HOUR = 3_600_000;

/** A laptop whose clock is `offMs` off, and the true time. */
function laptop(offMs: number) {
	const time = { trueMs: 1_000_000_000, offMs };
	const wall = () => time.trueMs + time.offMs;
	const clock = new ServerClock(wall, () => time.trueMs);
	/** An answer that takes `rttMs` in all, and was true `ageMs` before it was sent half-way. */
	const ask = (ageMs: number, rttMs: number) => {
		const askedAtMs = wall();
		const asOfMs = time.trueMs + rttMs / 2 - ageMs;
		time.trueMs += rttMs;
		clock.learn(asOfMs, askedAtMs);
	};
	return { time, clock, ask, errorMs: () => clock.nowMs() - time.trueMs };
}

describe("the server's clock", () => {
	it("is the local one until an answer tells", () => {
		const { clock, errorMs } = laptop(HOUR);
		expect(clock.isKnown).toBe(false);
		expect(errorMs()).toBe(HOUR);
	});

	it.each([HOUR, -HOUR, 0])("is right to half a second after one answer on a laptop that is %i ms off", (offMs) => {
		for (const ageMs of [0, 300, 1_000]) {
			const { ask, errorMs, time } = laptop(offMs);
			ask(ageMs, 40);
			time.trueMs += 5_000;
			expect(Math.abs(errorMs())).toBeLessThanOrEqual(520);
		}
	});

	it("is narrowed by each further answer, and an answer that was long on its way does no harm", () => {
		const { ask, errorMs } = laptop(HOUR);
		ask(900, 20);
		ask(500, 3_000);
		ask(50, 20);
		expect(Math.abs(errorMs())).toBeLessThanOrEqual(100);
	});

	it("learns from a message that nobody asked for how late it is at least", () => {
		const { clock, time, ask, errorMs } = laptop(0);
		ask(1_000, 20);
		clock.learn(time.trueMs - 10);
		expect(errorMs()).toBeGreaterThanOrEqual(-10);
		expect(errorMs()).toBeLessThanOrEqual(20);
	});

	it.each([HOUR, -HOUR])("goes on when somebody sets the local clock by %i ms", (jumpMs) => {
		const { ask, errorMs, time } = laptop(0);
		ask(900, 20);
		ask(0, 20);
		const before = errorMs();
		time.trueMs += 10_000;
		time.offMs += jumpMs;
		expect(errorMs()).toBe(before);
		time.trueMs += 10_000;
		expect(errorMs()).toBe(before);
	});

	it("believes the newer of two answers that contradict each other", () => {
		const { ask, errorMs, time } = laptop(0);
		ask(0, 20);
		// Asleep: neither of the laptop's clocks has noticed how long it was.
		time.offMs -= 600;
		time.offMs -= 600;
		ask(0, 20);
		expect(Math.abs(errorMs())).toBeLessThanOrEqual(520);
	});

	it("learns nothing from what is no time", () => {
		const { clock } = laptop(0);
		clock.learn(Number.NaN);
		expect(clock.isKnown).toBe(false);
	});
});
