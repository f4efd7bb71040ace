/** What a soak finds in its samples: each figure that must not grow is made to grow once. */
import { describe, expect, it } from "vitest";
import { ENOUGH_MINUTES, judgeSamples, LEVELS, RATES, type Samples, show } from "../../../src/cli/soak/rules.ts";
import type { Sample } from "../../../src/cli/soak/sample.ts";

const MEGABYTE = 2 ** 20;
const DURATION_MS = 600_000;
const COUNT = 120;
const SHOPPERS = 2_400;
const told = {
	...{ outboxAgeSeconds: 0, unsettled: 0, unbalanced: 0 },
	...{ eventsWaiting: 0, eventsFailed: 0, eventsDropped: 0, webhooksDisabled: 0 },
};
const idle: Sample = {
	...{
		atMs: -1,
		shoppers: 0,
		memoryBytes: 120 * MEGABYTE,
		heapBytes: 12 * MEGABYTE,
		sockets: 14,
		objectFiles: 0,
		otherHandles: 69,
	},
	...{ walBytes: MEGABYTE, objects: 0, storedBytes: MEGABYTE, alarms: 0, overdueMs: 0, told },
};

/** A server in good health: it warms up in the first third, and its figures go up and down. */
function healthy(index: number): Sample {
	const shoppers = (SHOPPERS * (index + 1)) / COUNT;
	const wave = ((index * 7) % 11) - 5;
	return {
		...{ ...idle, shoppers, atMs: (DURATION_MS * (index + 0.5)) / COUNT },
		memoryBytes: (Math.min(200, 150 + 5 * index) + index) * MEGABYTE,
		heapBytes: (14 + wave / 10) * MEGABYTE,
		...{ sockets: 60 + wave, objectFiles: 200 + 6 * wave, alarms: 25 + wave },
		walBytes: (20 + wave) * MEGABYTE,
		...{ objects: Math.round(shoppers * 0.7), storedBytes: shoppers * 20_000 },
	};
}

function soak(change: (sample: Sample, index: number) => Partial<Sample>, rest: Partial<Sample> = {}): Samples {
	const during = Array.from({ length: COUNT }, (_, index) => {
		const sample = healthy(index);
		return { ...sample, ...change(sample, index) };
	});
	return { before: idle, during, rest: { ...idle, ...rest }, durationMs: DURATION_MS };
}
const same = () => ({});

describe("a soak", () => {
	it("finds nothing in a server that warms up and whose figures then go up and down", () => {
		const { problems, levels, rates, shoppers } = judgeSamples(soak(same));
		expect(problems).toEqual([]);
		expect(levels).toHaveLength(LEVELS.length);
		expect(rates.map(({ name }) => name)).toEqual(RATES.map(({ name }) => name));
		expect(shoppers).toBeCloseTo((SHOPPERS * 2) / 3, -2);
	});

	it.each<[string, (sample: Sample, index: number) => Partial<Sample>, RegExp]>([
		[
			"the heap, by six kilobytes that each shopper leaves behind",
			({ shoppers, heapBytes }) => ({ heapBytes: heapBytes + shoppers * 6_144 }),
			/^heap grew by \d+\.\d MB, and 8\.0 MB would be none$/,
		],
		[
			"resident memory, of which each shopper takes more than those before",
			({ shoppers, memoryBytes }) => ({ memoryBytes: memoryBytes + 200 * shoppers * shoppers }),
			/^resident memory for each shopper: /,
		],
		[
			"open files of objects, by one object of 60 that stays open",
			({ shoppers, objectFiles }) => ({ objectFiles: objectFiles + 3 * Math.floor(shoppers / 60) }),
			/^open files of objects grew by \d+/,
		],
		[
			"open sockets, by one of 50 that nobody closes",
			({ shoppers, sockets }) => ({ sockets: sockets + Math.floor(shoppers / 50) }),
			/^open sockets grew by \d+/,
		],
		["other handles", (_, index) => ({ otherHandles: 69 + Math.floor(index / 8) }), /^other handles grew by \d/],
		[
			"write-ahead logs that are never moved into their databases",
			({ shoppers, walBytes }) => ({ walBytes: walBytes + shoppers * 8_000 }),
			/^write-ahead logs grew by \d/,
		],
		[
			"alarms that ring for nothing",
			({ shoppers, alarms }) => ({ alarms: alarms + Math.floor(shoppers / 50) }),
			/^alarms that are set grew by \d/,
		],
		[
			"objects that one shopper of five makes too many from the middle on",
			({ shoppers, objects }) => ({ objects: objects + Math.max(0, shoppers - SHOPPERS * 0.66) * 0.2 }),
			/^objects stored for each shopper: 0\.90 in the last third, after 0\.70 in the middle one$/,
		],
		[
			"what a shopper stores",
			({ shoppers, storedBytes }) => ({ storedBytes: storedBytes + 4 * shoppers * shoppers }),
			/^bytes stored for each shopper: /,
		],
	])("finds growth of %s", (_, change, words) => {
		const { problems } = judgeSamples(soak(change));
		expect(problems).toHaveLength(1);
		expect(problems[0]).toMatch(words);
	});

	it.each<[string, Partial<Sample>, RegExp]>([
		[
			"a file of an object",
			{ objectFiles: 3 },
			/^open files of objects: 3 when all was quiet, and at most 0 belong there$/,
		],
		["sockets", { sockets: 40 }, /^open sockets: 40 when all was quiet, and at most 26 belong there$/],
		["other handles", { otherHandles: 80 }, /^other handles: 80 when all was quiet/],
		["an alarm", { alarms: 1 }, /^alarms that are set: 1 when all was quiet/],
	])("finds %s left when all was quiet", (_, rest, words) => {
		const { problems } = judgeSamples(soak(same, rest));
		expect(problems).toHaveLength(1);
		expect(problems[0]).toMatch(words);
	});

	it("finds nothing in one odd sample of ten", () => {
		const odd = (sample: Sample, index: number) => (index % 10 === 9 ? { memoryBytes: sample.memoryBytes * 3 } : {});
		expect(judgeSamples(soak(odd)).problems).toEqual([]);
	});

	it("finds nothing in sweeps that wake ever more objects, which then rest again", () => {
		const woken = (sample: Sample, index: number) =>
			index % 10 < 4 ? { objectFiles: sample.objectFiles + sample.shoppers, memoryBytes: sample.memoryBytes * 2 } : {};
		expect(judgeSamples(soak(woken)).problems).toEqual([]);
	});

	it("does not pass a figure that could not be read", () => {
		expect(judgeSamples(soak(() => ({ memoryBytes: Number.NaN }))).problems).toHaveLength(1);
	});

	it("judges no growth when it was short, and what is left at rest all the same", () => {
		const durationMs = ENOUGH_MINUTES * 60_000 - 1;
		const grows = soak(({ shoppers, memoryBytes }) => ({ memoryBytes: memoryBytes + shoppers * 1e6 }), { alarms: 2 });
		const { problems, levels, rates } = judgeSamples({ ...grows, durationMs });
		expect(problems).toEqual(["alarms that are set: 2 when all was quiet, and at most 0 belong there"]);
		expect(levels.map(({ grew }) => grew)).toEqual(LEVELS.map(() => null));
		expect(rates.map(({ last }) => last)).toEqual(RATES.map(() => null));
	});
});

describe("a figure", () => {
	it.each([
		[1_536, "bytes", "1.5 kB"],
		[-3 * MEGABYTE, "bytes", "-3.0 MB"],
		[12_345, "count", "12,345"],
		[0.704, "count", "0.70"],
		[123.4, "count", "123"],
	] as const)("%d in %s is shown as %s", (value, unit, text) => {
		expect(show(value, unit)).toBe(text);
	});
});
