/** Rushes of small crowds, through Holdfast's own code in virtual time: what is promised holds in each kind of shop. */
import { describe, expect, it } from "vitest";
import { KINDS } from "../../../src/cli/crowd/kinds.ts";
import { promisesOf } from "../../../src/cli/crowd/promises.ts";
import type { Rushed } from "../../../src/cli/crowd/rush.ts";
import { crowdOf, playSmall, UNITS } from "./small-crowd.ts";

/** Units come while some wait at a gate for others to be asked for, and somebody else is to ask whether all is still gone. */
const SEED = 1;

describe.each(KINDS)("a rush of the kind %s", { timeout: 60_000 }, (kind) => {
	it("keeps every promise to a crowd that its object can serve", async () => {
		const rushed = await playSmall(kind, SEED);
		const promises = promisesOf(rushed, crowdOf(SEED), UNITS);
		expect(promises.map(({ name, isKept }) => [name, isKept])).toEqual([
			["held", true],
			["answered", true],
			["told", true],
			["order", true],
		]);
	});

	it("is the same again with the same seed, and another with another", async () => {
		const [first, again, other] = [await playSmall(kind, 7), await playSmall(kind, 7), await playSmall(kind, 8)];
		// Every answer with its time: one long text is compared in no time.
		const toldBy = ({ presses }: Rushed) => `${presses.outcome.join()} ${presses.answeredMs.join()}`;
		expect(toldBy(again) === toldBy(first)).toBe(true);
		expect(toldBy(other) === toldBy(first)).toBe(false);
	});

	it("gives the clock and the timers back", async () => {
		const before = [Date.now, Math.random, globalThis.setTimeout, globalThis.clearTimeout];
		await playSmall(kind, 1);
		expect([Date.now, Math.random, globalThis.setTimeout, globalThis.clearTimeout]).toEqual(before);
	});
});
