/** The rules of gates: when a SKU is hot, who asks which gate, and what a gate may say. */
import { describe, expect, it } from "vitest";
import {
	GATE_CALLS,
	GATE_WATCHERS,
	HOT_CALLERS,
	HOT_CALLS,
	HOT_FOR_MS,
	HOT_WATCHERS,
	MAX_GATES,
	SALE_START_GATES,
	SALE_START_MS,
	SOLD_OUT_TTL_MS,
	WARM_CALLS,
	WARM_WATCHERS,
} from "../../src/limits.ts";
import {
	ageMs,
	askedAtMs,
	COLD,
	gateName,
	gateOf,
	gatesNeeded,
	gatesToAsk,
	type Heard,
	type Heat,
	hear,
	heated,
	hotForMs,
	isRefusable,
	mayHandDown,
	regionOf,
	wordFrom,
	wordOf,
} from "../../src/stock/rules/gates.ts";
import { NOW } from "./builders.ts";

/** So many calls a second for so many seconds, one after the other. */
function busy(heat: Heat, callsPerSecond: number, seconds: number, fromMs: number): Heat {
	let after = heat;
	for (let i = 0; i < callsPerSecond * seconds; i++) {
		after = heated(after, 1, 0, fromMs + Math.floor((i * 1_000) / callsPerSecond));
	}
	return after;
}

const times = (howMany: number): number[] => Array.from({ length: howMany }, (_, i) => i);
const HOT = heated(COLD, HOT_CALLS, 0, NOW);

describe("a SKU", () => {
	it("is cold before anybody calls, and while fewer call than would make it hot", () => {
		expect(hotForMs(COLD, NOW)).toBe(0);
		expect(wordOf(COLD, NOW)).toBeUndefined();
		expect(hotForMs(busy(COLD, HOT_CALLS - 1, 20, NOW), NOW + 20_000)).toBe(0);
	});

	it("is hot with the last call that makes one second busy, and not a second later", () => {
		const almost = heated(COLD, HOT_CALLS - 1, 0, NOW);
		expect(hotForMs(almost, NOW)).toBe(0);
		expect(hotForMs(heated(almost, 1, 0, NOW + 999), NOW + 999)).toBe(HOT_FOR_MS);
		expect(hotForMs(heated(almost, 1, 0, NOW + 1_000), NOW + 1_000)).toBe(0);
	});

	it("is not hot by what few callers send, however many calls that is, nor by a crowd that was there before", () => {
		const by = (callers: number, heat: Heat = COLD, atMs = NOW): Heat =>
			times(3 * HOT_CALLS).reduce((after, i) => heated(after, 1, 0, atMs, i % callers), heat);
		expect(hotForMs(by(HOT_CALLERS - 1), NOW)).toBe(0);
		expect(hotForMs(by(HOT_CALLERS), NOW)).toBe(HOT_FOR_MS);
		const crowd = times(HOT_CALLERS).reduce((after, i) => heated(after, 1, 0, NOW, i), COLD);
		expect(hotForMs(by(1, crowd), NOW)).toBe(HOT_FOR_MS);
		expect(hotForMs(by(1, crowd, NOW + 1_000), NOW + 1_000)).toBe(0);
	});

	it("counts for a gate's call those that it stands for", () => {
		expect(hotForMs(heated(heated(COLD, HOT_CALLS - 50, 0, NOW), 50, 0, NOW), NOW)).toBe(HOT_FOR_MS);
	});

	it("stays hot with fewer calls than made it so, and cools when even those no longer come", () => {
		const later = NOW + 1_000;
		const warm = busy(HOT, WARM_CALLS, 60, later);
		const end = later + 60_000;
		expect(hotForMs(warm, end)).toBeGreaterThan(HOT_FOR_MS - 1_100);
		const cooling = busy(warm, WARM_CALLS - 1, 9, end);
		expect(hotForMs(cooling, end + 9_000)).toBeGreaterThan(0);
		expect(hotForMs(busy(cooling, WARM_CALLS - 1, 3, end + 9_000), end + 12_000)).toBe(0);
	});

	it("is cold again until it is as busy as at first", () => {
		const cold = NOW + HOT_FOR_MS;
		expect(hotForMs(HOT, cold - 1)).toBe(1);
		expect(hotForMs(HOT, cold)).toBe(0);
		expect(hotForMs(heated(HOT, WARM_CALLS, 0, cold - 1), cold - 1)).toBe(HOT_FOR_MS);
		expect(hotForMs(heated(HOT, WARM_CALLS, 0, cold), cold)).toBe(0);
		expect(hotForMs(heated(HOT, HOT_CALLS, 0, cold), cold)).toBe(HOT_FOR_MS);
	});

	it("is hot by its watchers too, with fewer to stay so than to become so", () => {
		expect(hotForMs(heated(COLD, 0, HOT_WATCHERS - 1, NOW), NOW)).toBe(0);
		const watched = heated(COLD, 0, HOT_WATCHERS, NOW);
		expect(hotForMs(watched, NOW)).toBe(HOT_FOR_MS);
		expect(hotForMs(heated(watched, 0, WARM_WATCHERS, NOW + 5_000), NOW + 5_000)).toBe(HOT_FOR_MS);
		expect(hotForMs(heated(watched, 0, WARM_WATCHERS - 1, NOW + 5_000), NOW + 5_000)).toBe(HOT_FOR_MS - 5_000);
	});

	it("says for how long it is hot, never longer than that may be, though its clock was set back", () => {
		expect(wordOf(HOT, NOW + 1)).toEqual({ forMs: HOT_FOR_MS - 1, gates: 1 });
		expect(wordOf(HOT, NOW + HOT_FOR_MS - 1)).toEqual({ forMs: 1, gates: 1 });
		expect(wordOf(HOT, NOW + HOT_FOR_MS)).toBeUndefined();
		expect(wordOf(HOT, NOW - 3_600_000)).toEqual({ forMs: HOT_FOR_MS, gates: 1 });
		// Nor does it count calls into a second that is yet to come.
		expect(heated(HOT, 1, 0, NOW - 5_000)).toMatchObject({ sinceMs: NOW - 5_000, calls: 1 });
	});
});

describe("what is heard of a SKU", () => {
	const word = { forMs: 4_000, gates: 2 };
	const heard = hear(undefined, word, NOW);

	it("lasts as long as the word says, and no longer than a SKU may be hot", () => {
		expect(heard).toEqual({ hotUntilMs: NOW + 4_000, gates: 2 });
		expect(hear(undefined, { forMs: 1e9, gates: 1e9 }, NOW)).toMatchObject({
			hotUntilMs: NOW + HOT_FOR_MS,
			gates: MAX_GATES,
		});
	});

	it("is not ended by an answer without the word, nor shortened by a lesser one", () => {
		expect(hear(heard, undefined, NOW + 1_000)).toEqual(heard);
		expect(hear(heard, { forMs: 1_000, gates: 1 }, NOW + 1_000)).toMatchObject({ hotUntilMs: NOW + 4_000, gates: 2 });
	});

	it("begins anew when it has run out", () => {
		expect(hear(heard, { forMs: 100, gates: 1 }, NOW + 4_000)).toMatchObject({ hotUntilMs: NOW + 4_100, gates: 1 });
		expect(gatesToAsk(hear(heard, undefined, NOW + 4_000), null, NOW + 4_000)).toBe(0);
	});

	it("is handed on with what is left of its time", () => {
		expect(wordFrom(heard, 4, NOW + 3_999)).toEqual({ forMs: 1, gates: 4 });
		expect(wordFrom(heard, 4, NOW + 4_000)).toBeUndefined();
		expect(wordFrom(undefined, 4, NOW)).toBeUndefined();
		// Through however many hands: the last one knows no more than the first.
		let hands: Heard | undefined = heard;
		for (let i = 1; i <= 10; i++) hands = hear(undefined, wordFrom(hands, 1, NOW + i * 100), NOW + i * 100);
		expect(hands?.hotUntilMs).toBe(NOW + 4_000);
	});
});

describe("an isolate", () => {
	const START = NOW;

	it("asks the SKU's object when it has heard nothing, or nothing of heat", () => {
		expect(gatesToAsk(undefined, null, NOW)).toBe(0);
		expect(gatesToAsk(hear(undefined, undefined, NOW), null, NOW)).toBe(0);
	});

	it("asks gates for as long as the word lasts", () => {
		const heard = hear(undefined, { forMs: 4_000, gates: 2 }, NOW);
		expect(gatesToAsk(heard, null, NOW + 3_999)).toBe(2);
		expect(gatesToAsk(heard, null, NOW + 4_000)).toBe(0);
	});

	it.each([
		{ when: "before an announced start", atMs: -1, asks: 0 },
		{ when: "from the start", atMs: 0, asks: SALE_START_GATES },
		{ when: "while a sale starts", atMs: SALE_START_MS - 1, asks: SALE_START_GATES },
		{ when: "when it has started", atMs: SALE_START_MS, asks: 0 },
	])("that has not asked asks $asks gates $when", ({ atMs, asks }) => {
		expect(gatesToAsk(undefined, START, START + atMs)).toBe(asks);
	});

	it("keeps to gates while a sale starts though an answer said nothing, and to as many as it was told", () => {
		expect(gatesToAsk(hear(undefined, undefined, START - 1), START, START)).toBe(SALE_START_GATES);
		expect(gatesToAsk(hear(undefined, undefined, START), START, START + 1)).toBe(SALE_START_GATES);
		expect(gatesToAsk(hear(undefined, { forMs: 9_000, gates: 1 }, START - 1), START, START)).toBe(1);
	});
});

describe("the region of a request", () => {
	it.each([
		["San Francisco", "wnam", { latitude: "37.77", longitude: "-122.42", continent: "NA" }],
		["New York", "enam", { latitude: "40.71", longitude: "-74.01", continent: "NA" }],
		["São Paulo", "sam", { latitude: "-23.55", longitude: "-46.63", continent: "SA" }],
		["Paris", "weur", { latitude: "48.86", longitude: "2.35", continent: "EU" }],
		["Kyiv", "eeur", { latitude: "50.45", longitude: "30.52", continent: "EU" }],
		["Tokyo", "apac", { latitude: "35.68", longitude: "139.69", continent: "AS" }],
		["Singapore", "apac", { latitude: "1.35", longitude: "103.82", continent: "AS" }],
		["Sydney", "oc", { latitude: "-33.87", longitude: "151.21", continent: "OC" }],
		["Auckland, across the date line from nothing", "oc", { latitude: "-36.85", longitude: "174.76" }],
		["Honolulu, across it from America", "wnam", { latitude: "21.31", longitude: "-157.86" }],
		["Johannesburg", "afr", { latitude: "-26.2", longitude: "28.05", continent: "AF" }],
		["Dubai", "me", { latitude: "25.2", longitude: "55.27", continent: "AS" }],
		// 4,016 km from the middle of eastern Europe and 4,031 from that of the Middle East.
		["Barnaul, which is a little nearer to one middle", "eeur", { latitude: "53.35", longitude: "83.76" }],
		// 4,307 km from the middle of Asia's networks and 4,314 from that of eastern Europe.
		["Achinsk, which is a little nearer to another", "apac", { latitude: "56.27", longitude: "90.50" }],
		["numbers, as well as text", "weur", { latitude: 48.86, longitude: 2.35 }],
	])("of %s is %s", (_, region, place) => {
		expect(regionOf(place)).toBe(region);
	});

	it("is that of its continent when nothing else is known, and none when nothing is", () => {
		const of = (continent: string) => regionOf({ continent });
		expect(["AF", "AN", "AS", "EU", "NA", "OC", "SA"].map(of)).toEqual([
			...["afr", "oc", "apac", "weur", "enam", "oc", "sam"],
		]);
		expect(regionOf({ continent: "EU", latitude: "north" })).toBe("weur");
		expect(regionOf({ continent: "EU", latitude: "1.35" })).toBe("weur");
		expect(regionOf({ continent: "EU", longitude: "103.82" })).toBe("weur");
		expect(regionOf({})).toBeNull();
		expect(of("T1")).toBeNull();
	});
});

describe("the name of a gate", () => {
	it("is of the SKU, the region and the isolate's share, and leads back to the SKU", () => {
		const name = gateName({ sku: "lamp.12-12_x", region: "weur", gates: 4 }, 7);
		expect(name).toBe("lamp.12-12_x weur 3/4");
		expect(gateOf(name)).toEqual({ sku: "lamp.12-12_x", gates: 4 });
		expect(gateOf(gateName({ sku: "lamp", region: "oc", gates: 16 }, 7))).toEqual({ sku: "lamp", gates: 16 });
		expect(gateName({ sku: "lamp", region: null, gates: 1 }, 7)).toBe("lamp near 0/1");
	});

	it("spreads isolates evenly", () => {
		const names = Array.from({ length: 400 }, (_, seed) => gateName({ sku: "lamp", region: "oc", gates: 4 }, seed));
		const counts = [0, 1, 2, 3].map((i) => names.filter((name) => name === `lamp oc ${i}/4`).length);
		expect(counts).toEqual([100, 100, 100, 100]);
	});
});

describe("the gates that a region needs", () => {
	it("are as many as there are while none has too much, and doubled until none has", () => {
		expect(gatesNeeded(1, GATE_CALLS, 0)).toBe(1);
		expect(gatesNeeded(1, GATE_CALLS + 1, 0)).toBe(2);
		expect(gatesNeeded(2, 2 * GATE_CALLS, 0)).toBe(4);
		expect(gatesNeeded(2, 2 * GATE_CALLS + 1, 0)).toBe(8);
		expect(gatesNeeded(1, 0, GATE_WATCHERS)).toBe(1);
		expect(gatesNeeded(1, 0, GATE_WATCHERS + 1)).toBe(2);
	});

	it("are never more than there may be, and never fewer than there are", () => {
		expect(gatesNeeded(1, 1e9, 0)).toBe(MAX_GATES);
		expect(gatesNeeded(4, 0, 0)).toBe(4);
		expect(gatesNeeded(1e9, 0, 0)).toBe(MAX_GATES);
	});
});

describe("what a gate says", () => {
	it("is handed down for less than a second, or less than its caller allows", () => {
		expect(mayHandDown(NOW - SOLD_OUT_TTL_MS + 1, NOW)).toBe(true);
		expect(mayHandDown(NOW - SOLD_OUT_TTL_MS, NOW)).toBe(false);
		expect(mayHandDown(NOW - 299, NOW, 300)).toBe(true);
		expect(mayHandDown(NOW - 300, NOW, 300)).toBe(false);
		expect(mayHandDown(NOW - SOLD_OUT_TTL_MS, NOW, 1e9)).toBe(false);
	});

	it("is as old for the isolate as it is, however long the way: together they remember it for one second", () => {
		expect(ageMs(NOW - 400, NOW)).toBe(400);
		expect(ageMs(NOW + 400, NOW)).toBe(0);
		expect(askedAtMs(NOW, 400)).toBe(NOW - 400);
		expect(askedAtMs(NOW, undefined)).toBe(NOW);
		expect(askedAtMs(NOW, -400)).toBe(NOW);
	});

	it("refuses nobody who names a condition", () => {
		expect(isRefusable({ ifMatch: null })).toBe(true);
		expect(isRefusable({ ifMatch: "*" })).toBe(false);
		expect(isRefusable({ ifMatch: [] })).toBe(false);
	});
});
