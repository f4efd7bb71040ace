/** Rushes of small crowds, through Holdfast's own code in virtual time: what is promised holds in each kind of shop. */
import { describe, expect, it } from "vitest";
import { KINDS } from "../../../src/cli/crowd/kinds.ts";
import { promisesOf } from "../../../src/cli/crowd/promises.ts";
import { crowdOf, playSmall, UNITS } from "./small-crowd.ts";

describe.each(KINDS)("a rush of the kind %s", (kind) => {
	it("keeps every promise to a crowd that its object can serve", async () => {
		const rushed = await playSmall(kind, 1);
		const promises = promisesOf(rushed, crowdOf(1), UNITS);
		expect(promises.map(({ name, isKept }) => [name, isKept])).toEqual([
			["held", true],
			["answered", true],
			["told", true],
			["order", true],
		]);
	});

	it("is the same again with the same seed, and another with another", async () => {
		const [first, again, other] = [await playSmall(kind, 7), await playSmall(kind, 7), await playSmall(kind, 8)];
		expect(again).toEqual(first);
		expect(other.asks).not.toEqual(first.asks);
	});

	it("gives the clock and the timers back", async () => {
		const before = [Date.now, Math.random, globalThis.setTimeout, globalThis.clearTimeout];
		await playSmall(kind, 1);
		expect([Date.now, Math.random, globalThis.setTimeout, globalThis.clearTimeout]).toEqual(before);
	});
});
