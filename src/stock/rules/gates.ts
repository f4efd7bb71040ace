/**
 * Gates: when a SKU is hot, which gate an isolate asks then, and what a gate may say by itself.
 *
 * A gate is an object that stands before a hot SKU in one region. It gathers the batches of many isolates into larger
 * ones and hands down what the SKU's object said a moment ago. It decides nothing: like an isolate it refuses for a
 * moment, or delays. Pure: the time is handed in, and durations travel instead of times, since clocks differ.
 *
 * Not here: the gate itself (`edge/gates/gate.ts`), and the batcher that it shares with isolates (`edge/call-batcher.ts`).
 */
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
} from "../../limits.ts";

// ---- How hot a SKU is, as its object counts it in memory

export interface Heat {
	/** The second that is being counted, and the calls in it so far: also those that gates have kept from the object. */
	readonly sinceMs: number;
	readonly calls: number;
	/** Who called in it, as far as they matter: `HOT_CALLERS` are many. */
	readonly callers: ReadonlySet<number> | "many";
	/** The SKU is hot until then, if nothing else happens. */
	readonly hotUntilMs: number;
}

const NOBODY: ReadonlySet<number> = new Set();
export const COLD: Heat = {
	sinceMs: Number.NEGATIVE_INFINITY,
	calls: 0,
	callers: NOBODY,
	hotUntilMs: Number.NEGATIVE_INFINITY,
};

/**
 * After these calls, with so many watchers. A SKU becomes hot as soon as one second has `HOT_CALLS` by many callers, since
 * what few send one after the other no gate could gather. It stays so for `HOT_FOR_MS` after the last second that has
 * `WARM_CALLS`: what gates take from it does not make it flicker.
 * @param calls for a gate's call those that it stands for
 * @param watchers at the object and at its gates
 * @param caller a number of the isolate; null for calls of many
 */
export function heated(heat: Heat, calls: number, watchers: number, nowMs: number, caller: number | null = null): Heat {
	const isSameSecond = nowMs >= heat.sinceMs && nowMs < heat.sinceMs + 1_000;
	const sum = (isSameSecond ? heat.calls : 0) + calls;
	const callers = withCaller(isSameSecond ? heat.callers : NOBODY, caller);
	const isHot = hotForMs(heat, nowMs) > 0;
	const isCrowded = isHot ? sum >= WARM_CALLS : sum >= HOT_CALLS && callers === "many";
	const isBusy = isCrowded || watchers >= (isHot ? WARM_WATCHERS : HOT_WATCHERS);
	return {
		sinceMs: isSameSecond ? heat.sinceMs : nowMs,
		calls: sum,
		callers,
		hotUntilMs: isBusy ? nowMs + HOT_FOR_MS : heat.hotUntilMs,
	};
}

function withCaller(callers: Heat["callers"], caller: number | null): Heat["callers"] {
	if (callers === "many" || caller === null) return "many";
	if (callers.has(caller)) return callers;
	return callers.size + 1 >= HOT_CALLERS ? "many" : new Set([...callers, caller]);
}

/** How much longer the SKU is hot; 0 when it is cold. No clock that was set back makes it longer. */
export const hotForMs = ({ hotUntilMs }: Heat, nowMs: number): number =>
	Math.min(HOT_FOR_MS, Math.max(0, hotUntilMs - nowMs));

/** The word of a hot SKU, in its answers and in those of its gates. A cold SKU says nothing. */
export interface HotWord {
	/** For how long whoever hears it asks a gate. */
	readonly forMs: number;
	/** Gates of the region among which isolates spread. */
	readonly gates: number;
}

/** What the SKU's object says of itself. How many gates a region needs is for the gates to say. */
export function wordOf(heat: Heat, nowMs: number): HotWord | undefined {
	const forMs = hotForMs(heat, nowMs);
	return forMs > 0 ? { forMs, gates: 1 } : undefined;
}

// ---- What an isolate, or a gate, has heard of it

/** The word, by the clock of whoever heard it. */
export interface Heard {
	readonly hotUntilMs: number;
	readonly gates: number;
}

/**
 * After an answer. The word holds for its time: an answer without it, as of an object that was loaded anew, does not end
 * it. It never lasts longer than the SKU's object meant it to, through however many hands it went.
 */
export function hear(before: Heard | undefined, word: HotWord | undefined, nowMs: number): Heard | undefined {
	if (word === undefined) return before;
	const heard = { hotUntilMs: nowMs + Math.min(word.forMs, HOT_FOR_MS), gates: Math.min(word.gates, MAX_GATES) };
	if (before === undefined || nowMs >= before.hotUntilMs) return heard;
	return { hotUntilMs: Math.max(before.hotUntilMs, heard.hotUntilMs), gates: Math.max(before.gates, heard.gates) };
}

/** The word as it is handed on, with what is left of its time; undefined when it has run out. */
export function wordFrom(heard: Heard | undefined, gates: number, nowMs: number): HotWord | undefined {
	return heard !== undefined && nowMs < heard.hotUntilMs ? { forMs: heard.hotUntilMs - nowMs, gates } : undefined;
}

/**
 * Among how many gates of its region an isolate spreads its calls; 0 when it asks the SKU's object itself, which it does
 * unless it was told to do otherwise.
 *
 * In the first seconds of a sale that was announced, isolates do not wait to be told: thousands of them would learn it
 * each by a call of its own, all in the same second. Nor does an answer that says nothing send them away: those who
 * waited for the first answers would all ask the SKU's object next, which did not know yet that it is hot.
 */
export function gatesToAsk(heard: Heard | undefined, saleStartsAtMs: number | null, nowMs: number): number {
	if (heard !== undefined && nowMs < heard.hotUntilMs) return heard.gates;
	const isStarting = saleStartsAtMs !== null && nowMs >= saleStartsAtMs && nowMs < saleStartsAtMs + SALE_START_MS;
	return isStarting ? SALE_START_GATES : 0;
}

// ---- Which gate

/** Location hints, each with a place in the middle of its networks: degrees north, and east. */
const REGIONS = {
	wnam: [37, -120],
	enam: [40, -77],
	sam: [-20, -50],
	weur: [49, 3],
	eeur: [50, 24],
	apac: [22, 115],
	oc: [-33, 148],
	afr: [-10, 25],
	me: [27, 50],
} as const;

export type Region = keyof typeof REGIONS;

const OF_CONTINENT = new Map<string | undefined, Region>(
	Object.entries({ AF: "afr", AN: "oc", AS: "apac", EU: "weur", NA: "enam", OC: "oc", SA: "sam" } as const),
);

/** Where a request comes from, as the platform says it. */
export interface Place {
	readonly continent?: string | undefined;
	readonly latitude?: string | number | undefined;
	readonly longitude?: string | number | undefined;
}

/** The region that is nearest; that of the continent when nothing else is known; null when nothing is. */
export function regionOf({ continent, latitude, longitude }: Place): Region | null {
	const [north, east] = [Number(latitude), Number(longitude)];
	if (Number.isNaN(north) || Number.isNaN(east)) return OF_CONTINENT.get(continent) ?? null;
	const nearness = ([toNorth, toEast]: readonly [number, number]) =>
		sine(north) * sine(toNorth) + cosine(north) * cosine(toNorth) * cosine(east - toEast);
	const entries = Object.entries(REGIONS) as [Region, readonly [number, number]][];
	return entries.reduce((best, other) => (nearness(other[1]) > nearness(best[1]) ? other : best))[0];
}

const DEGREES_OF_RADIAN = 180 / Math.PI;
const sine = (degrees: number): number => Math.sin(degrees / DEGREES_OF_RADIAN);
const cosine = (degrees: number): number => Math.cos(degrees / DEGREES_OF_RADIAN);

export interface GateOf {
	readonly sku: string;
	/** Null for wherever its first caller is. */
	readonly region: Region | null;
	/** Gates of the region, as far as its callers know. A gate has no two numbers of them. */
	readonly gates: number;
}

/** @param seed of the isolate, a whole number: isolates spread evenly, and each stays with its gate */
export const gateName = ({ sku, region, gates }: GateOf, seed: number): string =>
	`${sku} ${region ?? "near"} ${seed % gates}/${gates}`;

/** The SKU and the number of gates in the name of one. No SKU has a space in its name. */
export const gateOf = (name: string): Pick<GateOf, "sku" | "gates"> => ({
	sku: name.slice(0, name.indexOf(" ")),
	gates: Number(name.slice(name.lastIndexOf("/") + 1)),
});

// ---- What a gate says

/**
 * Among how many gates the isolates of a region are to spread, by what comes to one of `gates` in a second, and by how
 * many watch there. Each step doubles them, so that what one gate had is had by two. They do not become fewer until the
 * SKU is cold.
 */
export function gatesNeeded(gates: number, callsInSecond: number, watchers: number): number {
	let needed = gates;
	const isTooMuch = () => {
		const share = gates / needed;
		return callsInSecond * share > GATE_CALLS || watchers * share > GATE_WATCHERS;
	};
	while (isTooMuch()) needed *= 2;
	return Math.min(needed, MAX_GATES);
}

/** Whether memory may refuse such a request at all: whoever names a condition wants to know how things stand. */
export const isRefusable = ({ ifMatch }: { readonly ifMatch: unknown }): boolean => ifMatch === null;

/**
 * Whether a gate may hand down what it was told, to a caller that came at `arrivedAtMs`.
 * @param askedAtMs when the SKU's object was asked for it
 * @param maxAgeMs how old it may be: less than a second for an isolate through which units came free since
 */
export const mayHandDown = (askedAtMs: number, arrivedAtMs: number, maxAgeMs: number = SOLD_OUT_TTL_MS): boolean =>
	ageMs(askedAtMs, arrivedAtMs) < Math.min(maxAgeMs, SOLD_OUT_TTL_MS);

/** How old it was when its caller came; 0 for what was asked after that. */
export const ageMs = (askedAtMs: number, arrivedAtMs: number): number => Math.max(0, arrivedAtMs - askedAtMs);

/**
 * Since when an isolate counts the age of what a gate handed down. So an isolate and a gate, one after the other,
 * remember it for no longer than one of them would.
 * @param sentAtMs when the isolate asked the gate
 */
export const askedAtMs = (sentAtMs: number, age: number | undefined): number => sentAtMs - Math.max(0, age ?? 0);
