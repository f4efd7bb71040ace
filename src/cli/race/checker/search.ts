/**
 * Looks for an order of the acts of a history in which all its facts come true: linearizability, decided just in time
 * (Wing and Gong; Lowe). The search goes through the times of the history once, with every situation that the shop may be
 * in so far. At the end of each act's time, each situation is led to where the act is done, by as few others as will do.
 *
 * Three things keep the situations few, and each is sound:
 * - **A fact is ticked off as soon as it is so.** It changes nothing, so that to have it behind can only help.
 * - **Acts wait.** Let other acts P be done in front of act X though X was possible without them and no fact came true by
 *   them. Then X may go first, and P after it reaches the same situation: those of P that give units go first, those that
 *   take units are left with at least what is left at the end. So P need not be tried before X. It must be where a unit
 *   given in P was taken in P (`isBorrowed`), where P is of X's own buyer, or where a fact is open that X may spoil
 *   (`mayComeTooLate`): those orders are tried.
 * - **Who is alike is not told apart.** Of acts that could change places (`symmetry.ts`) the one with the least time left
 *   goes first.
 */
import { Buyers } from "./buyers.ts";
import type { Duties, Duty } from "./duties.ts";
import { type Act, type Fact, isOver, isSo, perform, type Stock } from "./model.ts";
import { isUniform, Symmetry } from "./symmetry.ts";

export type Found =
	| { readonly kind: "order" }
	/** `operation` is the first whose end no order reaches. */
	| { readonly kind: "no-order"; readonly operation: number; readonly situations: number }
	| { readonly kind: "gave-up"; readonly operation: number };

/** Where the shop may be. */
export interface Situation {
	readonly stock: Stock;
	/** Acts whose time has begun and that are not done, by the end of their time. */
	readonly todo: readonly number[];
	/** Facts whose time has begun and that have not been so. */
	readonly unmet: readonly number[];
	/** Buyers whose hold may end now, by the time at which it has to have ended. */
	readonly lapsing: readonly number[];
}

type Moment = { readonly atMs: number; readonly index: number } & (
	| { readonly kind: "act-opens" | "fact-opens" | "hold-loosens" }
	| { readonly kind: "act-closes" | "fact-closes" | "hold-closes" }
);
type Goal = Pick<Moment, "kind" | "index">;

/** One thing done: an act, or the end of a hold. */
interface Move {
	readonly to: Situation;
	readonly buyer: number;
	/** Gives back units that were taken by an act whose own time is not over. */
	readonly isBorrowed: boolean;
}

const LAPSE = -1;

/** First without any word on the number of units, which is quick: what is impossible then is impossible with them. */
export function findOrder(duties: Duties, budget: number): Found {
	const facts = duties.facts.filter(({ what }) => !GLOBAL.has(what.kind));
	const found = new Search({ ...duties, facts }, budget).run();
	return found.kind === "no-order" ? found : new Search(duties, budget).run();
}

/** Words on the stock as a whole. */
const GLOBAL: ReadonlySet<Fact["kind"]> = new Set(["short", "turned-away", "available", "counted"]);

class OutOfBudget extends Error {}

class Search {
	readonly #duties: Duties;
	readonly #symmetry: Symmetry;
	readonly #isUniform: boolean;
	readonly #acts: readonly Duty<Act>[];
	readonly #facts: readonly Duty<Fact>[];
	readonly #opened: boolean[];
	/** From where orders to the goal of each moment have begun so far. */
	readonly #tried = new Map<number, Situations>();
	#budget: number;
	#at = -1;
	#nowMs = Number.NEGATIVE_INFINITY;

	constructor(duties: Duties, budget: number) {
		this.#duties = duties;
		this.#acts = duties.acts;
		this.#facts = duties.facts;
		this.#symmetry = new Symmetry(duties);
		this.#isUniform = isUniform(duties);
		this.#opened = duties.acts.map(() => false);
		this.#budget = budget;
	}

	/** Depth first: what waits longest is tried first, and is nearly always right in a history of a correct shop. */
	run(): Found {
		const start = this.#budget;
		const buyers = Buyers.newcomers(this.#duties.buyers.length);
		const stock: Stock = { free: 0, sold: 0, waiting: 0, owed: 0, buyers };
		const moments = momentsOf(this.#duties);
		const path: Iterator<Situation>[] = [[{ stock, todo: [], unmet: [], lapsing: [] }].values()];
		let furthest = 0;
		try {
			while (path.length > 0) {
				const at = path.length - 1;
				const moment = moments[at];
				this.#goTo(moments, at - 1);
				const next = path[at]?.next();
				if (next === undefined || next.done === true) {
					path.pop();
					continue;
				}
				if (moment === undefined) return { kind: "order" };
				furthest = Math.max(furthest, at);
				this.#goTo(moments, at);
				path.push(this.#pass(next.value, moment, at));
			}
		} catch (error) {
			if (!(error instanceof OutOfBudget)) throw error;
			return { kind: "gave-up", operation: this.#operationOf(moments[furthest] as Moment) };
		}
		const operation = this.#operationOf(moments[furthest] as Moment);
		return { kind: "no-order", operation, situations: start - this.#budget };
	}

	/** Puts the clock to a moment, forward or back. */
	#goTo(moments: readonly Moment[], at: number): void {
		for (; this.#at < at; ) {
			const moment = moments[++this.#at] as Moment;
			if (moment.kind === "act-opens") this.#opened[moment.index] = true;
		}
		for (; this.#at > at; ) {
			const moment = moments[this.#at--] as Moment;
			if (moment.kind === "act-opens") this.#opened[moment.index] = false;
		}
		this.#nowMs = moments[at]?.atMs ?? Number.NEGATIVE_INFINITY;
		this.#symmetry.goTo(this.#nowMs);
	}

	#operationOf({ kind, index }: Moment): number {
		const duties = kind === "fact-opens" || kind === "fact-closes" ? this.#facts : this.#acts;
		return (duties[index] as Duty<unknown>).operation;
	}

	#pass(situation: Situation, moment: Moment, at: number): Iterator<Situation> {
		const { kind, index } = moment;
		switch (kind) {
			case "act-opens":
				return [{ ...situation, todo: this.#withTodo(situation.todo, index) }].values();
			case "fact-opens": {
				const ticked = this.#tick({ ...situation, unmet: [...situation.unmet, index] });
				return (ticked === null ? [] : [ticked]).values();
			}
			case "hold-loosens":
				return [this.#loosen(situation, index)].values();
			default: {
				if (this.#isReached(situation, moment)) return [situation].values();
				let tried = this.#tried.get(at);
				if (tried === undefined) this.#tried.set(at, (tried = new Situations()));
				return this.#reach(situation, moment, tried);
			}
		}
	}

	#withTodo(todo: readonly number[], index: number): number[] {
		const end = (act: number) => (this.#acts[act] as Duty<Act>).byMs;
		const at = todo.findIndex((other) => end(other) > end(index));
		return at < 0 ? [...todo, index] : todo.toSpliced(at, 0, index);
	}

	#loosen(situation: Situation, index: number): Situation {
		const { what } = this.#acts[index] as Duty<Act>;
		if (what.kind !== "hold" || situation.stock.buyers.get(what.buyer).hold?.act !== index) return situation;
		return { ...situation, lapsing: this.#withLapsing(situation, what.buyer) };
	}

	#withLapsing({ lapsing, stock }: Situation, buyer: number): readonly number[] {
		if (lapsing.includes(buyer)) return lapsing;
		const end = (other: number) => stock.buyers.get(other).hold?.byMs ?? 0;
		const at = lapsing.findIndex((other) => end(other) > end(buyer));
		return at < 0 ? [...lapsing, buyer] : lapsing.toSpliced(at, 0, buyer);
	}

	/** Ticks off what is so. @returns null when a fact can never be so any more */
	#tick(situation: Situation): Situation | null {
		const { stock, unmet } = situation;
		if (unmet.length === 0) return situation;
		const left: number[] = [];
		for (const index of unmet) {
			const { what } = this.#facts[index] as Duty<Fact>;
			const isLate = what.kind === "uncovered" && what.before !== null && this.#isDone(situation, what.before);
			if (isLate || isOver(stock, what)) return null;
			if (!isSo(stock, what)) left.push(index);
		}
		return left.length === unmet.length ? situation : { ...situation, unmet: left };
	}

	#isDone({ todo }: Situation, act: number): boolean {
		return this.#opened[act] === true && !todo.includes(act);
	}

	#isReached(situation: Situation, { kind, index }: Goal): boolean {
		if (kind === "act-closes") return !situation.todo.includes(index);
		if (kind === "fact-closes") return !situation.unmet.includes(index);
		return situation.stock.buyers.get(this.#buyerOf({ kind, index })).hold?.act !== index;
	}

	#buyerOf({ kind, index }: Goal): number {
		const { what } = (kind === "fact-closes" ? this.#facts : this.#acts)[index] as Duty<Act | Fact>;
		return "buyer" in what ? what.buyer : -1;
	}

	/**
	 * All situations that matter in which the goal is reached.
	 *
	 * @param tried from where orders to this goal have begun so far
	 */
	*#reach(from: Situation, goal: Goal, tried: Situations): Generator<Situation> {
		const seen = new Situations();
		seen.add(from);
		// Where something was gained, orders begin anew.
		const landmarks = tried.add(from) ? [from] : [];
		for (let landmark = landmarks.pop(); landmark !== undefined; landmark = landmarks.pop()) {
			this.#spend();
			if (this.#isReached(landmark, goal)) {
				yield landmark;
				continue;
			}
			const direct = this.#step(landmark, goal);
			if (direct.kind === "done") {
				yield direct.to;
				if (!this.#mayComeTooLate(landmark, direct.to, goal)) continue;
			}
			let layer = [{ situation: landmark, isPossible: direct.kind !== "impossible" }];
			while (layer.length > 0) {
				const next: typeof layer = [];
				for (const { situation, isPossible } of layer) {
					for (const move of this.#moves(situation, goal)) {
						if (this.#isLandmark(situation, move, goal)) {
							if (tried.add(move.to)) landmarks.push(move.to);
							continue;
						}
						if (!seen.add(move.to)) continue;
						this.#spend();
						const step: Step = isPossible ? { kind: "over" } : this.#step(move.to, goal);
						if (step.kind === "done") yield step.to;
						next.push({ situation: move.to, isPossible: isPossible || step.kind !== "impossible" });
					}
				}
				layer = next;
			}
		}
	}

	#spend(): void {
		this.#budget -= 1;
		if (this.#budget < 0) throw new OutOfBudget();
	}

	#isLandmark(before: Situation, { to, buyer, isBorrowed }: Move, goal: Goal): boolean {
		if (isBorrowed || to.unmet.length < before.unmet.length) return true;
		return buyer >= 0 && buyer === this.#buyerOf(goal);
	}

	/** Does the goal, if it is an act and possible now. */
	#step(situation: Situation, goal: Goal): Step {
		if (goal.kind === "fact-closes") return { kind: "impossible" };
		const move = this.#move(situation, goal.kind === "act-closes" ? goal.index : LAPSE, this.#buyerOf(goal));
		if (move === null) return { kind: "impossible" };
		this.#spend();
		return move.to === null ? { kind: "over" } : { kind: "done", to: move.to };
	}

	#move(situation: Situation, index: number, buyer: number): { readonly to: Situation | null } | null {
		const act: Act = index === LAPSE ? { kind: "lapse", buyer } : (this.#acts[index] as Duty<Act>).what;
		const stock = perform(situation.stock, act, index);
		if (stock === null) return null;
		const todo = index === LAPSE ? situation.todo : situation.todo.filter((other) => other !== index);
		let { lapsing } = situation;
		if (buyer >= 0) {
			const { hold } = stock.buyers.get(buyer);
			if (hold !== situation.stock.buyers.get(buyer).hold) {
				lapsing = lapsing.filter((other) => other !== buyer);
				if (hold !== null && hold.fromMs <= this.#nowMs)
					lapsing = this.#withLapsing({ ...situation, stock, lapsing }, buyer);
			}
		}
		return { to: this.#tick({ stock, todo, unmet: situation.unmet, lapsing }) };
	}

	/** What else could be done now and might matter. */
	*#moves(situation: Situation, goal: Goal): Generator<Move> {
		const matters = this.#whatMatters(situation, goal);
		for (const { index, buyer } of this.#symmetry.choices(situation)) {
			if (goal.kind === "act-closes" && index === goal.index) continue;
			if (goal.kind === "hold-closes" && index === LAPSE && buyer === this.#buyerOf(goal)) continue;
			const move = this.#move(situation, index, buyer);
			if (move === null || move.to === null || !matters(move.to, buyer)) continue;
			const gives = move.to.stock.free > situation.stock.free;
			yield { to: move.to, buyer, isBorrowed: gives && this.#symmetry.isOpenHold(situation, buyer, this.#nowMs) };
		}
	}

	/**
	 * Acts that change nothing that a fact or the goal looks at wait for their own end, unless they open the way to one that
	 * does: another of the same buyer, or the end of a hold that may end sooner than the one before.
	 */
	#whatMatters(situation: Situation, goal: Goal): (to: Situation, buyer: number) => boolean {
		const { stock, todo, unmet, lapsing } = situation;
		const open = new Map<number, number>();
		for (const buyer of lapsing) open.set(buyer, (open.get(buyer) ?? 0) + 1);
		for (const index of todo) {
			const buyer = this.#buyerOf({ kind: "act-closes", index });
			open.set(buyer, (open.get(buyer) ?? 0) + 1);
		}
		const concerned = new Set<number>([this.#buyerOf(goal)]);
		let isCounted = false;
		for (const index of unmet) {
			const { what } = this.#facts[index] as Duty<Fact>;
			if ("buyer" in what) concerned.add(what.buyer);
			if (what.kind === "counted") isCounted = true;
		}
		return (to, buyer) =>
			to.stock.free !== stock.free ||
			to.stock.waiting !== stock.waiting ||
			to.stock.owed !== stock.owed ||
			to.lapsing.length > lapsing.length ||
			(isCounted && to.stock.sold !== stock.sold) ||
			(buyer >= 0 && (concerned.has(buyer) || (open.get(buyer) ?? 0) > 1));
	}

	/** Whether something that is possible now might be no more once the goal is done. */
	#mayComeTooLate(before: Situation, after: Situation, goal: Goal): boolean {
		const buyer = this.#buyerOf(goal);
		if (buyer >= 0) {
			const isOfBuyer = (index: number) =>
				index !== goal.index && this.#buyerOf({ kind: "act-closes", index }) === buyer;
			if (before.todo.some(isOfBuyer) || (goal.kind === "act-closes" && before.lapsing.includes(buyer))) return true;
		}
		const change = after.stock.free - before.stock.free;
		if (change < 0 && before.todo.some((index) => this.#symmetry.mayBorrow(index))) return true;
		const isWaitingChanged = after.stock.waiting !== before.stock.waiting || after.stock.owed !== before.stock.owed;
		return before.unmet.some((index) => {
			const { what } = this.#facts[index] as Duty<Fact>;
			if ("buyer" in what && what.buyer === buyer) return true;
			switch (what.kind) {
				case "counted":
					return after.stock.sold !== before.stock.sold && (!this.#isUniform || after.stock.owed > 0);
				case "short":
				case "turned-away":
					return isWaitingChanged || change > 0 || (change < 0 && !this.#isUniform);
				// On its way down by single units the shop passes every number.
				case "available":
					return isWaitingChanged || change > 0 || (change < 0 && (!this.#isUniform || what.units > before.stock.free));
				default:
					return false;
			}
		});
	}
}

type Step =
	| { readonly kind: "impossible" }
	| { readonly kind: "over" }
	| { readonly kind: "done"; readonly to: Situation };

function momentsOf({ acts, facts }: Duties): Moment[] {
	const moments: Moment[] = [];
	const add = (kind: Moment["kind"], atMs: number, index: number) => {
		if (Number.isFinite(atMs)) moments.push({ kind, atMs, index });
	};
	acts.forEach(({ what, fromMs, byMs }, index) => {
		add("act-opens", fromMs, index);
		add("act-closes", byMs, index);
		if (what.kind !== "hold") return;
		add("hold-loosens", what.fromMs, index);
		add("hold-closes", what.byMs, index);
	});
	facts.forEach(({ fromMs, byMs }, index) => {
		add("fact-opens", fromMs, index);
		add("fact-closes", byMs, index);
	});
	// What begins at the instant at which another ends may be either's first.
	return moments.sort((one, other) => one.atMs - other.atMs || RANK[one.kind] - RANK[other.kind]);
}

const RANK: Readonly<Record<Moment["kind"], number>> = {
	"act-opens": 0,
	"fact-opens": 0,
	"hold-loosens": 0,
	"act-closes": 1,
	"fact-closes": 1,
	"hold-closes": 2,
};

/** A set of situations, by value. */
class Situations {
	readonly #byHash = new Map<number, Situation[]>();

	/** @returns false when it was there */
	add(situation: Situation): boolean {
		const hash = hashOf(situation);
		const others = this.#byHash.get(hash);
		if (others === undefined) this.#byHash.set(hash, [situation]);
		else if (others.some((other) => areEqual(other, situation))) return false;
		else others.push(situation);
		return true;
	}
}

function hashOf({ stock, todo, unmet, lapsing }: Situation): number {
	let hash = stock.free * 31 + stock.sold;
	for (const list of [todo, unmet, lapsing]) {
		hash = (hash * 31 + list.length) | 0;
		for (const index of list) hash = (hash + Math.imul(index + 1, 0x9e3779b1)) | 0;
	}
	return hash;
}

const areEqual = (one: Situation, other: Situation): boolean =>
	one.stock.free === other.stock.free &&
	one.stock.sold === other.stock.sold &&
	haveSame(one.todo, other.todo) &&
	haveSame(one.unmet, other.unmet) &&
	haveSame(one.lapsing, other.lapsing) &&
	one.stock.buyers.equals(other.stock.buyers);

/** Lists may be in another order where two ends are the same. */
function haveSame(one: readonly number[], other: readonly number[]): boolean {
	if (one.length !== other.length) return false;
	if (one.every((index, at) => index === other[at])) return true;
	const others = new Set(other);
	return one.every((index) => others.has(index));
}
