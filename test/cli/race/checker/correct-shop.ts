/**
 * A correct shop, simulated: random requests take effect one after the other, and each answer is on its way for a while.
 * What it makes are right histories by construction. `spoil` changes one thing in a history, which may make it wrong.
 */
import * as fc from "fast-check";
import type { Answer, History, Operation, Promises, Request } from "../../../../src/cli/race/history.ts";

interface Shop {
	free: number;
	sold: number;
	/** Since when this is so. */
	sinceMs: number;
	readonly holds: Map<string, { units: number; endsAtMs: number; untilMs: number }>;
	readonly waits: Map<string, number>;
	readonly lost: Set<string>;
	readonly orders: Map<string, number>;
}

export interface Visit {
	readonly buyer: number;
	readonly what: "reserve" | "check-out" | "pay" | "release" | "read-order" | "read-stock" | "restock";
	readonly units: number;
	readonly pauseMs: number;
	readonly beforeMs: number;
	readonly afterMs: number;
	readonly holdMs: number;
	/** From 0 to 1: where in its time a hold ends, or how old a look is. */
	readonly whim: number;
	readonly waits: boolean;
	readonly approves: boolean;
	readonly fate: "answered" | "lost" | "lost and repeated" | "failed" | "never arrived";
}

export const visits = (most: number, units = 2, pauseMs = 6): fc.Arbitrary<readonly Visit[]> =>
	fc.array(
		fc.record<Visit>({
			buyer: fc.nat(2),
			what: fc.constantFrom(
				...(["reserve", "reserve", "check-out", "pay", "pay", "release", "read-order", "read-stock"] as const),
				...(["read-stock", "restock"] as const),
			),
			units: fc.integer({ min: 1, max: units }),
			pauseMs: fc.nat(pauseMs),
			beforeMs: fc.nat(8),
			afterMs: fc.nat(8),
			holdMs: fc.integer({ min: 1, max: 30 }),
			whim: fc.double({ min: 0, max: 1, noNaN: true }),
			waits: fc.boolean(),
			approves: fc.boolean().map((yes) => yes || true),
			fate: fc.constantFrom(
				...(["answered", "answered", "answered", "answered", "answered", "answered", "answered"] as const),
				...(["lost", "lost and repeated", "failed", "never arrived"] as const),
			),
		}),
		{ maxLength: most },
	);

export const promises: fc.Arbitrary<Promises> = fc.record({
	staleMs: fc.constantFrom(0, 0, 5),
	clockMs: fc.constantFrom(0, 0, 2),
	graceMs: fc.constantFrom(0, 3),
});

const BUYERS = ["Ann", "Bob", "Cid"];

export function simulate(units: number, plan: readonly Visit[], promised: Promises, letsWait: boolean): History {
	const shop: Shop = {
		...{ free: units, sold: 0, sinceMs: 0, lost: new Set<string>(), orders: new Map<string, number>() },
		...{
			holds: new Map<string, { units: number; endsAtMs: number; untilMs: number }>(),
			waits: new Map<string, number>(),
		},
	};
	const first = { id: 0, actor: "merchant", calledAtMs: 0, endedAtMs: 0, repeats: null };
	const operations: Operation[] = [{ ...first, request: { kind: "restock", units }, answer: { kind: "restocked" } }];
	const past: { atMs: number; free: number; sold: number; standing: number }[] = [];
	const remember = (atMs: number) => {
		const standing = [...shop.waits.values()].reduce((total, units) => total + units, 0);
		past.push({ atMs, free: shop.free, sold: shop.sold, standing });
	};
	let nowMs = 0;
	remember(0);
	for (const visit of plan) {
		nowMs += visit.pauseMs;
		for (const [buyer, hold] of [...shop.holds].sort((one, other) => one[1].endsAtMs - other[1].endsAtMs)) {
			if (hold.endsAtMs > nowMs) continue;
			shop.holds.delete(buyer);
			shop.lost.add(buyer);
			shop.free += hold.units;
			remember(hold.endsAtMs);
		}
		const actor = visit.what === "restock" ? "merchant" : (BUYERS[visit.buyer] as string);
		const request = requestOf(visit, letsWait);
		// What the shop remembers may be as old as it says.
		const oldestMs = nowMs - promised.staleMs * visit.whim;
		const memory = past.findLast(({ atMs }) => atMs <= oldestMs) ?? (past[0] as (typeof past)[number]);
		const answer = visit.fate === "never arrived" ? null : serve(shop, actor, request, visit, promised, nowMs, memory);
		remember(nowMs);
		const id = operations.length;
		const operation = {
			...{ id, actor, request, repeats: null },
			...{ calledAtMs: nowMs - visit.beforeMs, endedAtMs: nowMs + visit.afterMs },
		};
		if (visit.fate === "answered") operations.push({ ...operation, answer });
		else if (visit.fate === "failed") operations.push({ ...operation, answer: { kind: "failed", status: 500 } });
		else operations.push({ ...operation, answer: null });
		if (visit.fate === "lost and repeated" && isKept(answer)) {
			const calledAtMs = operation.endedAtMs + 1;
			operations.push({ ...operation, id: id + 1, calledAtMs, endedAtMs: calledAtMs + 3, answer, repeats: id });
		}
	}
	return { seed: 0, promises: promised, operations };
}

/** Whether the shop gives the same answer again to the same key. A reservation is asked for anew each time. */
const isKept = (answer: Answer | null): boolean =>
	answer !== null && ["restocked", "released", "sold", "charged-for-nothing"].includes(answer.kind);

function requestOf({ what, units, approves, waits }: Visit, letsWait: boolean): Request {
	switch (what) {
		case "reserve":
			return { kind: what, units, waits: waits && letsWait };
		case "restock":
		case "check-out":
			return { kind: what, units };
		case "pay":
			return { kind: what, units, approves };
		default:
			return { kind: what };
	}
}

function serve(
	shop: Shop,
	actor: string,
	request: Request,
	{ holdMs, whim }: Visit,
	{ clockMs, graceMs }: Promises,
	nowMs: number,
	memory: { free: number; sold: number; standing: number },
): Answer {
	const hold = shop.holds.get(actor);
	const own = hold?.units ?? 0;
	switch (request.kind) {
		case "restock":
			shop.free += request.units;
			return { kind: "restocked" };
		case "reserve":
		case "check-out": {
			const { units } = request;
			const isBarred = [...shop.waits.keys()].some((other) => other !== actor);
			if (own < units && (shop.free + own < units || isBarred)) {
				// More than before, and only together with what they have: a shop may say so, but not "sold out".
				if (shop.free >= units && !isBarred) return { kind: "failed", status: 409 };
				if (request.kind === "check-out" || request.waits !== true) return { kind: "refused" };
				shop.waits.set(actor, units);
				return { kind: "waiting", units };
			}
			// Sold out, as it is remembered: nobody who holds what they ask for hears that.
			if (memory.free < units && own < units && whim > 0.5) return { kind: "refused" };
			const untilMs = nowMs + holdMs;
			const endsAtMs = Math.max(nowMs, untilMs - clockMs + whim * (2 * clockMs + graceMs));
			shop.free += own - units;
			shop.holds.set(actor, { units, untilMs, endsAtMs });
			shop.waits.delete(actor);
			shop.orders.delete(actor);
			return { kind: "held", units, untilMs };
		}
		case "release":
			if (hold !== undefined) shop.lost.add(actor);
			shop.free += own;
			shop.holds.delete(actor);
			shop.waits.delete(actor);
			return { kind: "released" };
		case "pay": {
			const { units } = request;
			const before = shop.orders.get(actor);
			if (before !== undefined) return { kind: "sold", units: before };
			if (shop.free + own >= units) {
				shop.free += own - units;
				shop.sold += units;
				shop.holds.delete(actor);
				shop.waits.delete(actor);
				shop.orders.set(actor, units);
				return { kind: "sold", units };
			}
			if (own >= units || own > 0) return { kind: "pending" };
			return shop.lost.has(actor) && whim > 0.5 ? { kind: "charged-for-nothing" } : { kind: "refused" };
		}
		case "read-order": {
			const units = shop.orders.get(actor);
			return units === undefined ? { kind: "none" } : { kind: "sold", units };
		}
		case "read-stock":
			return {
				kind: "stock",
				available: Math.max(0, memory.free - memory.standing),
				sold: whim > 0.3 ? memory.sold : null,
			};
	}
}

/** A change of one operation. */
export interface Spoiling {
	readonly at: number;
	readonly how: "swap answer" | "other units" | "other count" | "shift" | "drop" | "shorten" | "lose" | "repeat";
	readonly with: number;
}

export const spoiling: fc.Arbitrary<Spoiling> = fc.record({
	at: fc.nat(20),
	how: fc.constantFrom(
		...(["swap answer", "swap answer", "other units", "other count", "shift", "drop", "shorten"] as const),
		...(["lose", "repeat"] as const),
	),
	with: fc.nat(20),
});

export function spoil(history: History, { at, how, with: other }: Spoiling): History {
	const { operations } = history;
	if (operations.length === 0) return history;
	const index = at % operations.length;
	const operation = operations[index] as Operation;
	const put = (change: Partial<Operation>): History => ({
		...history,
		operations: operations.with(index, { ...operation, ...change }),
	});
	const { answer } = operation;
	switch (how) {
		case "swap answer":
			return put({ answer: ANSWERS[other % ANSWERS.length] as Answer });
		case "other units":
			return answer !== null && "units" in answer ? put({ answer: { ...answer, units: 1 + (other % 3) } }) : history;
		case "other count":
			if (answer?.kind !== "stock") return history;
			return put({ answer: { ...answer, available: other % 4, sold: answer.sold === null ? null : other % 3 } });
		case "shift": {
			const byMs = other - 10;
			return put({ calledAtMs: operation.calledAtMs + byMs, endedAtMs: operation.endedAtMs + byMs });
		}
		case "shorten":
			return put({ endedAtMs: operation.calledAtMs });
		case "lose":
			return put({ answer: null });
		case "repeat": {
			const earlier = operations.find(
				({ actor, request, id, repeats }) =>
					id < operation.id && actor === operation.actor && request.kind === operation.request.kind && repeats === null,
			);
			return earlier === undefined ? history : put({ repeats: earlier.id, request: earlier.request });
		}
		case "drop":
			return {
				...history,
				operations: operations.filter(({ id, repeats }) => id !== operation.id && repeats !== operation.id),
			};
	}
}

const ANSWERS: readonly Answer[] = [
	{ kind: "held", units: 1, untilMs: 30 },
	{ kind: "held", units: 1, untilMs: 8 },
	{ kind: "carted", units: 1 },
	{ kind: "waiting", units: 1 },
	{ kind: "refused" },
	{ kind: "released" },
	{ kind: "sold", units: 1 },
	{ kind: "sold", units: 1 },
	{ kind: "declined" },
	{ kind: "charged-for-nothing" },
	{ kind: "owed", units: 1 },
	{ kind: "pending" },
	{ kind: "none" },
	{ kind: "stock", available: 1, sold: null },
];
