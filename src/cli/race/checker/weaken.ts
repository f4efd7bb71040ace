/**
 * Takes something out of a history such that what is left is possible whenever the whole was. So if what is left is
 * impossible, the whole is, and the smaller history is a witness against the larger. Each function returns null where that
 * cannot be said. The reasons are given for an order of the whole, of which an order of the rest is made.
 *
 * What buyers do only ever takes units away, and gives back at most what they took. Without them there are at least as
 * many free units at every moment: nobody else can miss them. Only a word on how many there are (`short`, `turned-away`,
 * `available`, `counted`) could stop being true, if it may have been said while the buyer had units.
 */
import type { History, Operation } from "../history.ts";
import { type Duties, type Duty, dutiesOf } from "./duties.ts";
import { intentsOf, isTold, withoutHolds } from "./intents.ts";
import { type Act, type Fact, isGlobal } from "./model.ts";

const MERCHANT = "merchant";
const NEVER = Number.POSITIVE_INFINITY;

/** The operations that only say how things are. A lost request is none of them: it may have done something. */
export function wordsOf(history: History): number[] {
	const acting = new Set(dutiesOf(history).acts.map(({ operation }) => operation));
	return history.operations.filter((operation) => !acting.has(operation.id) && isTold(operation)).map(({ id }) => id);
}

/**
 * Without some that only say how things are: to have said less is never wrong.
 *
 * @param ids of `wordsOf`
 */
export const withoutWords = (history: History, ids: ReadonlySet<number>): History | null =>
	checked(history, without(history, ids), dutiesOf(history));

/** Without all that these buyers did. */
export function withoutBuyers(history: History, names: ReadonlySet<string>): History | null {
	const duties = dutiesOf(history);
	const isOfThem = ({ actor }: Operation) => names.has(actor);
	const dropped = new Set(history.operations.filter(isOfThem).map(({ id }) => id));
	const words = duties.facts.filter((fact) => isGlobal(fact.what) && !dropped.has(fact.operation));
	for (const name of names) {
		if (name === MERCHANT) return null;
		const { fromMs, byMs } = timeOf(duties, duties.buyers.indexOf(name));
		if (words.some((word) => word.byMs >= fromMs && word.fromMs <= byMs)) return null;
	}
	return checked(history, without(history, dropped), duties);
}

/** From when to when a buyer may have had units, or have waited. */
function timeOf({ acts }: Duties, buyer: number): { readonly fromMs: number; readonly byMs: number } {
	const own = acts.filter(({ what }) => "buyer" in what && what.buyer === buyer);
	const ends = own.map(({ what, byMs }) => {
		if (what.kind === "begin" || what.kind === "release") return Number.NEGATIVE_INFINITY;
		if (what.kind !== "hold" || byMs === NEVER) return NEVER;
		const releases = own.filter((other) => other.what.kind === "release" && other.fromMs > byMs);
		return Math.min(what.byMs, ...releases.map((release) => release.byMs));
	});
	return { fromMs: Math.min(NEVER, ...own.map(({ fromMs }) => fromMs)), byMs: Math.max(...ends) };
}

/**
 * Without one operation of a buyer who goes on.
 *
 * - Units that are taken later or not at all are free meanwhile: nothing else is missed, as above. What the buyer does
 *   next takes them from what is free instead of from the hold.
 * - It must not be told of in the buyer's own story: no word of theirs is left that looks at what was dropped, and no
 *   sale before it, which a new purchase would have closed.
 */
export function withoutStep(history: History, id: number): History | null {
	const duties = dutiesOf(history);
	const operation = history.operations.find((other) => other.id === id);
	if (operation === undefined || operation.actor === MERCHANT) return null;
	const kind = operation.request.kind;
	if (kind === "release" || kind === "read-order" || kind === "read-stock") return null;
	const buyer = duties.buyers.indexOf(operation.actor);
	const own = duties.acts.filter((act) => act.operation === id);
	const fromMs = Math.min(NEVER, ...own.map((act) => act.fromMs));
	const isOwe = own.some(({ what }) => what.kind === "owe");
	// A call without an answer may be when the effect took place of which a repetition tells.
	if (own.length === 0) return null;
	if (own.some((act) => duties.acts.some((other) => other.operation !== id && mayEase(act, other)))) return null;
	const words = duties.facts.filter((fact) => fact.operation !== id);
	if (isOwe || words.some((word) => isGlobal(word.what) && word.byMs >= fromMs)) return null;
	const isSale = own.some(({ what }) => what.kind === "sell" || what.kind === "fill");
	const matters: readonly Fact["kind"][] = isSale
		? ["uncovered", "late", "refunded", "ordered", "not-ordered", "contradiction"]
		: ["late", "refunded", "contradiction"];
	if (words.some(({ what }) => "buyer" in what && what.buyer === buyer && matters.includes(what.kind))) return null;
	const sales = duties.acts.filter(({ what }) => what.kind === "sell" && what.buyer === buyer);
	const lastMs = Math.max(...own.map((act) => act.byMs));
	if (!isSale && sales.some((sale) => sale.fromMs <= lastMs)) return null;
	return checked(history, without(history, new Set([id])), duties, true);
}

/** Whether an act may give back units of the buyer's own hold, or let go of them sooner: then somebody else may need it. */
function mayEase({ what, byMs }: Duty<Act>, { what: held, fromMs }: Duty<Act>): boolean {
	// Of two answers about one purchase the other would be the sale.
	if (what.kind === "sell" && held.kind === "sell" && what.buyer === held.buyer) return held.units > what.units;
	if (held.kind !== "hold" || fromMs > byMs) return false;
	if (what.kind !== "hold" && what.kind !== "sell") return false;
	if (what.buyer !== held.buyer) return false;
	return held.units > what.units || (what.kind === "hold" && held.fromMs > what.fromMs);
}

/**
 * Without what was called after a moment. What was under way then may have happened or not: its answer is forgotten.
 * Whatever an order has done by that moment is an order of the rest.
 */
export function until(history: History, atMs: number): History | null {
	const duties = dutiesOf(history);
	const acting = new Set(duties.acts.map(({ operation }) => operation));
	const operations: Operation[] = [];
	for (const operation of history.operations) {
		if (operation.calledAtMs > atMs) continue;
		if (operation.endedAtMs <= atMs || operation.answer === null) operations.push(operation);
		else if (acting.has(operation.id) || !isTold(operation)) {
			const forgotten = withoutAnswer(operation);
			if (forgotten === null) return null;
			operations.push(forgotten);
		}
	}
	const kept = new Set(operations.map(({ id }) => id));
	const dropped = new Set(history.operations.map(({ id }) => id).filter((id) => !kept.has(id)));
	return checked(history, without({ ...history, operations }, dropped, history), duties, true);
}

/** The same request, and nobody knows its answer; null if the request alone does not say what might have happened. */
function withoutAnswer(operation: Operation): Operation | null {
	const { request, answer } = operation;
	const units = "units" in request ? request.units : 0;
	if (answer !== null && "units" in answer && answer.units !== units) return null;
	if (answer?.kind === "owed" || (request.kind === "pay" && !request.approves)) return null;
	if (answer?.kind === "sold" && request.kind !== "pay") return null;
	const waits = request.kind === "reserve" && answer?.kind === "waiting";
	return { ...operation, request: waits ? { ...request, waits } : request, answer: null };
}

/**
 * Sets a buyer aside with the units that are theirs for good, and takes as many out of the restock from which they came.
 * From the buyer's last act on everything is as it was. Before the first, there are fewer free units than there were, and
 * nobody may notice: either nobody else took any before, or no unit ever came back, so that what was left for the buyer
 * was left all the time.
 */
export function withoutOwner(history: History, name: string): { history: History; units: number } | null {
	const duties = dutiesOf(history);
	const buyer = duties.buyers.indexOf(name);
	const isOwn = (act: Duty<Act>) => "buyer" in act.what && act.what.buyer === buyer;
	const own = duties.acts.filter((act) => isOwn(act) && act.what.kind !== "begin");
	const others = duties.acts.filter((act) => !isOwn(act) && act.what.kind !== "begin");
	const units = ownedForGood(own);
	if (units === null) return null;
	const takenFromMs = Math.min(...own.map((act) => act.fromMs));
	const takenByMs = Math.min(...own.map((act) => act.byMs));
	const settledMs = Math.max(...own.map((act) => act.byMs));

	const isOfBuyer = ({ actor }: Operation) => actor === name;
	const dropped = new Set(history.operations.filter(isOfBuyer).map(({ id }) => id));
	const words = duties.facts.filter((fact) => isGlobal(fact.what) && !dropped.has(fact.operation));
	if (words.some((word) => word.fromMs <= settledMs)) return null;

	const restocks = others.filter(({ what }) => what.kind === "restock");
	const source = restocks.find(({ what, byMs }) => byMs <= takenFromMs && "units" in what && what.units >= units);
	if (source === undefined) return null;
	const isApart = (restock: Duty<Act>) => restock.byMs < source.fromMs || restock.fromMs > takenByMs;
	if (!restocks.every((restock) => restock === source || isApart(restock))) return null;
	const takes = others.filter(({ what }) => what.kind !== "restock");
	if (!takes.every((act) => act.fromMs > takenByMs) && !nothingComesBack(duties)) return null;

	const operations: Operation[] = [];
	for (const operation of history.operations) {
		const { request, answer } = operation;
		if (request.kind === "restock" && operation.id === source.operation)
			operations.push({ ...operation, request: { ...request, units: request.units - units } });
		else if (answer?.kind === "stock" && answer.sold !== null) {
			if (answer.sold < units) return null;
			operations.push({ ...operation, answer: { ...answer, sold: answer.sold - units } });
		} else operations.push(operation);
	}
	// A restock that was sent twice would have to shrink twice.
	if (history.operations.some(({ repeats }) => repeats === source.operation)) return null;
	const rest = checked(history, without({ ...history, operations }, dropped, history), duties);
	return rest === null ? null : { history: rest, units };
}

/** Units that a buyer got and certainly kept: sold at once, or out of a hold that could not end before. */
function ownedForGood(own: readonly Duty<Act>[]): number | null {
	if (own.some(({ what, byMs }) => byMs === NEVER || (what.kind !== "hold" && what.kind !== "sell"))) return null;
	const sales = own.filter(({ what }) => what.kind === "sell");
	const [sale] = sales;
	if (sale?.what.kind !== "sell" || sales.length > 1) return null;
	const { units } = sale.what;
	const isKept = ({ what, byMs }: Duty<Act>) =>
		what.kind !== "hold" || (what.units === units && what.fromMs > sale.byMs && byMs < sale.fromMs);
	return own.every(isKept) ? units : null;
}

/** Whether no unit that was taken may be free again before the last word of the history. */
function nothingComesBack({ acts, facts, buyers }: Duties): boolean {
	const ends = [...acts, ...facts].map(({ byMs }) => byMs).filter(Number.isFinite);
	const endMs = Math.max(...ends);
	const sizes = buyers.map(() => new Set<number>());
	return acts.every(({ what }) => {
		if (what.kind === "release") return false;
		if (what.kind !== "hold" && what.kind !== "sell") return true;
		const own = sizes[what.buyer] as Set<number>;
		own.add(what.units);
		return own.size === 1 && (what.kind === "sell" || what.fromMs > endMs);
	});
}

/** @param whole where the intents are looked up, if operations changed since */
function without(history: History, ids: ReadonlySet<number>, whole = history): History {
	const first = new Map<number, number>();
	for (const intent of intentsOf(whole.operations).values()) {
		const kept = intent.filter(({ id }) => !ids.has(id));
		for (const { id } of kept) first.set(id, (kept[0] as Operation).id);
	}
	const operations = history.operations
		.filter(({ id }) => !ids.has(id))
		.map((operation) => {
			const root = first.get(operation.id) as number;
			return { ...operation, repeats: root === operation.id ? null : root };
		});
	return { ...history, operations };
}

/**
 * What is dropped must not tighten what is left: no hold has to have ended sooner because a payment is missing that it
 * waited for, and what may have become of a lost request is still the same.
 *
 * @param mayEndSooner when no word is left on how many units there are, an earlier end only frees units
 */
function checked(whole: History, rest: History, duties: Duties, mayEndSooner = false): History | null {
	const now = dutiesOf(rest);
	if (!mayEndSooner) {
		const before = new Map(duties.acts.map((act) => [act.operation, act.what]));
		for (const { what, operation } of now.acts) {
			const old = before.get(operation);
			if (what.kind === "hold" && old?.kind === "hold" && what.byMs < old.byMs) return null;
		}
	}
	const hadNoHolds = withoutHolds(whole);
	const hasNoHolds = withoutHolds(rest);
	const isOther = ({ request, answer }: Operation) =>
		(answer === null || answer.kind === "failed" || answer.kind === "pending") &&
		hasNoHolds.has(request.kind) !== hadNoHolds.has(request.kind);
	return rest.operations.some(isOther) ? null : rest;
}
