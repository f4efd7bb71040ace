/** Says a witness in plain English: what went wrong, who was concerned, and which two answers cannot both be right. */
import type { Answer, Operation } from "../history.ts";
import type { Witness } from "./shrink.ts";

export type RaceKind = "oversold" | "paid-for-nothing" | "told-two-things" | "lost-unit" | "miscounted";

export interface Explanation {
	readonly title: string;
	readonly kind: RaceKind;
	readonly sentences: readonly string[];
	/** The two operations whose answers cannot both be right; the later one last. */
	readonly pair: readonly [number, number];
}

const TITLES: Readonly<Record<RaceKind, string>> = {
	oversold: "More units were promised than there were",
	"paid-for-nothing": "A buyer paid for nothing",
	"told-two-things": "A buyer was told two things that cannot both be true",
	"lost-unit": "A unit was lost",
	miscounted: "The shop's count is not what it told its buyers",
};

/** @param witness shrunk, as `shrink` returns it: every operation left is needed */
export function explain(witness: Witness): Explanation {
	const { operations } = witness.history;
	const startMs = Math.min(...operations.map(({ calledAtMs }) => calledAtMs));
	const kind = kindOf(witness);
	const second = culprit(witness, kind);
	const first = counterpart(operations, second, kind);
	const story = operations
		.toSorted((one, other) => one.endedAtMs - other.endedAtMs || one.id - other.id)
		.map((operation) => sentenceOf(operation, startMs));
	return {
		title: TITLES[kind],
		kind,
		sentences: [...asideOf(witness), ...story, verdictOf(kind, first, second, operations)],
		pair: [first.id, second.id],
	};
}

function kindOf({ history, operation }: Witness): RaceKind {
	const { operations } = history;
	const has = (kind: Answer["kind"]) => operations.some(({ answer }) => answer?.kind === kind);
	if (has("charged-for-nothing")) return "paid-for-nothing";
	if (operations.some(({ request }) => request.kind === "read-order")) return "told-two-things";
	const stock = operations.find(({ answer }) => answer?.kind === "stock");
	const last = operations.find(({ id }) => id === operation);
	const refusals = operations.filter(({ answer }) => answer !== null && NO.has(answer.kind));
	const isBuyer = ({ actor }: Operation) =>
		operations.some((other) => other.actor === actor && other.answer?.kind === "sold");
	if (refusals.some((refusal) => isBuyer(refusal) || holdOf(operations, refusal) !== undefined))
		return "told-two-things";
	if (stock !== undefined) return kindOfCount(operations);
	if (refusals.length > 0 || last?.answer?.kind === "waiting") return "lost-unit";
	const intents = new Map(operations.map((each) => [each.repeats ?? each.id, each.answer?.kind]));
	const differs = ({ id, repeats, answer }: Operation) =>
		answer !== null && intents.get(repeats ?? id) !== answer.kind && TOLD.has(answer.kind);
	return operations.some(differs) ? "told-two-things" : "oversold";
}

const NO: ReadonlySet<string> = new Set(["refused", "none", "declined"]);
const TOLD: ReadonlySet<string> = new Set(["sold", "owed"]);

/** The shop shows more than it can have, less than it must have, or does not count what it sold. */
function kindOfCount(operations: readonly Operation[]): RaceKind {
	const received = sum(operations, ({ request }) => (request.kind === "restock" ? request.units : 0));
	const told = sum(operations, ({ answer, repeats }) =>
		answer?.kind === "sold" && repeats === null ? answer.units : 0,
	);
	const counts = operations.flatMap(({ answer, endedAtMs }) =>
		answer?.kind === "stock" ? [{ ...answer, held: heldAt(operations, endedAtMs) }] : [],
	);
	if (Math.max(told, ...counts.map((count) => count.sold ?? 0)) > received) return "oversold";
	if (counts.some((count) => (count.sold ?? told) !== told)) return "miscounted";
	return counts.some(({ available, held }) => available + told + held > received) ? "oversold" : "lost-unit";
}

/** Units that buyers who did not buy were told are theirs beyond this time. */
function heldAt(operations: readonly Operation[], atMs: number): number {
	const units = new Map<string, number>();
	for (const { actor, answer } of operations) {
		if (answer?.kind === "held" && answer.untilMs > atMs) units.set(actor, answer.units);
		if (answer?.kind === "sold" || answer?.kind === "released") units.delete(actor);
	}
	return [...units.values()].reduce((total, each) => total + each, 0);
}

const sum = (operations: readonly Operation[], units: (operation: Operation) => number): number =>
	operations.reduce((total, operation) => total + units(operation), 0);

/** The later of the two: the answer that should not have been given. */
function culprit({ history, operation }: Witness, kind: RaceKind): Operation {
	const { operations } = history;
	const latest = (wanted: (operation: Operation) => boolean): Operation | undefined =>
		operations.filter(wanted).toSorted((one, other) => other.endedAtMs - one.endedAtMs)[0];
	const byKind: Readonly<Record<RaceKind, (operation: Operation) => boolean>> = {
		oversold: ({ answer }) => answer?.kind === "sold" || answer?.kind === "held" || answer?.kind === "stock",
		"paid-for-nothing": ({ answer }) => answer?.kind === "charged-for-nothing",
		"told-two-things": ({ request, answer }) =>
			request.kind === "read-order" || (answer !== null && NO.has(answer.kind)),
		"lost-unit": ({ answer }) => answer !== null && (NO.has(answer.kind) || ["stock", "waiting"].includes(answer.kind)),
		miscounted: ({ answer }) => answer?.kind === "stock",
	};
	return latest(byKind[kind]) ?? operations.find(({ id }) => id === operation) ?? (operations.at(-1) as Operation);
}

/** The earlier of the two: what the culprit contradicts. */
function counterpart(operations: readonly Operation[], second: Operation, kind: RaceKind): Operation {
	const others = operations
		.filter(({ id }) => id !== second.id)
		.toSorted((one, other) => other.endedAtMs - one.endedAtMs);
	const has = (...kinds: readonly Answer["kind"][]) =>
		others.filter(({ answer }) => answer !== null && kinds.includes(answer.kind));
	const own = others.filter(({ actor }) => actor === second.actor);
	const ownWords = own.filter(({ answer }) => answer !== null && answer.kind !== "restocked");
	const foreign = has("sold", "held").filter(({ actor }) => actor !== second.actor);
	const candidates =
		kind === "told-two-things" || kind === "paid-for-nothing"
			? [...ownWords, ...foreign, ...others]
			: kind === "lost-unit"
				? [...has("released", "restocked"), ...others]
				: [...foreign, ...has("sold", "held"), ...others];
	return candidates[0] ?? second;
}

/** The hold that the buyer of a refusal still had, as they were told. */
const holdOf = (operations: readonly Operation[], { actor, calledAtMs }: Operation): Operation | undefined =>
	operations.find(
		(other) =>
			other.actor === actor &&
			other.answer?.kind === "held" &&
			other.answer.untilMs > calledAtMs &&
			other.endedAtMs <= calledAtMs,
	);

function asideOf({ aside }: Witness): string[] {
	if (aside.length === 0) return [];
	const total = aside.reduce((sum, { units }) => sum + units, 0);
	const who = aside.length === 1 ? (aside[0] as { buyer: string }).buyer : `${aside.length} other buyers`;
	return [`${counted(total)} had been sold to ${who} by right, and ${total === 1 ? "is" : "are"} left out here.`];
}

function verdictOf(kind: RaceKind, first: Operation, second: Operation, operations: readonly Operation[]): string {
	switch (kind) {
		case "oversold":
			if (second.answer?.kind === "stock") return "So the shop shows a unit that somebody else has.";
			return first.actor === second.actor
				? `So ${second.actor} got more units than there were.`
				: `So ${first.actor} and ${second.actor} got the same unit.`;
		case "paid-for-nothing": {
			const wasHeld = operations.some(({ actor, answer }) => actor === second.actor && answer?.kind === "held");
			return wasHeld
				? `So ${second.actor} paid for units that were held for them, and did not get them.`
				: `So the shop took money from ${second.actor} for units that it had not kept for them.`;
		}
		case "told-two-things":
			return `So ${second.actor} was told two things: "${heard(first.answer)}" and "${heard(second.answer)}".`;
		case "lost-unit":
			return "So there is a unit that nobody has and nobody can get.";
		case "miscounted":
			return "So the shop's count and what its buyers were told do not fit together.";
	}
}

function sentenceOf({ actor, request, answer, calledAtMs, endedAtMs, repeats }: Operation, startMs: number): string {
	const from = Math.round(calledAtMs - startMs);
	const to = Math.round(endedAtMs - startMs);
	const when = from === to ? `At ${from} ms` : `From ${from} to ${to} ms`;
	const asked = `${actor} ${repeats === null ? "" : "once more "}${ASKED[request.kind]}`;
	const units = "units" in request ? ` ${counted(request.units)}` : "";
	const until = answer?.kind === "held" ? `, until ${Math.round(answer.untilMs - startMs)} ms` : "";
	if (request.kind === "restock" && answer?.kind === "restocked") return `${when}, ${counted(request.units)} came in.`;
	return `${when}, ${asked}${units}, and heard: ${heard(answer)}${until}.`;
}

const ASKED: Readonly<Record<Operation["request"]["kind"], string>> = {
	restock: "brought in",
	reserve: "reserved",
	release: "gave back what they had",
	"check-out": "went to the till with",
	pay: "paid for",
	"read-order": "looked at the order",
	"read-stock": "looked at the stock",
};

/** An answer in the words of a shop. */
export function heard(answer: Answer | null): string {
	switch (answer?.kind) {
		case undefined:
			return "nothing";
		case "held":
			return `${counted(answer.units)} held for you`;
		case "carted":
			return "go on";
		case "waiting":
			return "you are on the waitlist";
		case "refused":
			return "sold out";
		case "released":
			return "given back";
		case "sold":
			return `${counted(answer.units)} sold to you`;
		case "declined":
			return "your bank said no";
		case "charged-for-nothing":
			return "charged, and no units";
		case "owed":
			return `${counted(answer.units)} owed to you`;
		case "pending":
			return "not decided yet";
		case "none":
			return "no such order";
		case "stock":
			return `${answer.available} available${answer.sold === null ? "" : `, ${answer.sold} sold`}`;
		case "restocked":
			return "came in";
		case "failed":
			return `error ${answer.status}`;
	}
}

const counted = (units: number): string => `${units} ${units === 1 ? "unit" : "units"}`;
