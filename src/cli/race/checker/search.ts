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
import { Effort, OutOfPatience } from "./effort.ts";
import { Matters } from "./matters.ts";
import { type Act, type Fact, isGlobal, isOver, isSo, perform, type Stock } from "./model.ts";
import { type Goal, type Moment, momentsOf } from "./moments.ts";
import { type Move, type Situation, Situations, type Step } from "./situation.ts";
import { Symmetry } from "./symmetry.ts";

export interface Found {
	readonly kind: "order" | "no-order" | "gave-up";
	/** The last whose end was reached; with "no-order", the one that none can go beyond. */
	readonly operation: number;
	/** Words on the stock that are not true in the order. */
	readonly passedOver: number;
	/** How many were looked at. */
	readonly situations: number;
}

/**
 * @param budget how many situations may be looked at
 * @param patience how many of them for one word on the stock, which is passed over then
 */
export const findOrder = (duties: Duties, budget: number, patience = Number.POSITIVE_INFINITY): Found =>
	new Search(duties, budget, patience).run();

const LAPSE = -1;

class Search {
	readonly #duties: Duties;
	readonly #symmetry: Symmetry;
	readonly #matters: Matters;
	readonly #acts: readonly Duty<Act>[];
	readonly #facts: readonly Duty<Fact>[];
	readonly #opened: boolean[];
	/** From where orders to the goal of each moment have begun so far. */
	readonly #tried = new Map<number, Situations>();
	readonly #effort: Effort;
	#passedOver = 0;
	#at = -1;
	#nowMs = Number.NEGATIVE_INFINITY;

	constructor(duties: Duties, budget: number, patience: number) {
		this.#duties = duties;
		this.#acts = duties.acts;
		this.#facts = duties.facts;
		this.#symmetry = new Symmetry(duties);
		this.#matters = new Matters(duties, this.#symmetry);
		this.#opened = duties.acts.map(() => false);
		this.#effort = new Effort(budget, patience);
	}

	/** Depth first: what waits longest is tried first, and is nearly always right in a history of a correct shop. */
	run(): Found {
		const buyers = Buyers.newcomers(this.#duties.buyers.length);
		const stock: Stock = { free: 0, sold: 0, waiting: 0, owed: 0, buyers };
		const moments = momentsOf(this.#duties);
		let path: Iterator<Situation>[] = [[{ stock, todo: [], unmet: [], lapsing: [] }].values()];
		let furthest = -1;
		let there: Situation | null = null;
		const found = (kind: Found["kind"]): Found => ({
			kind,
			operation: this.#operationOf(moments[furthest] ?? moments.at(-1)),
			passedOver: this.#passedOver,
			situations: this.#effort.spent,
		});
		for (;;) {
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
					if (moment === undefined) return found("order");
					if (at > furthest) {
						furthest = at;
						there = next.value;
						this.#effort.beginAnew();
					}
					this.#goTo(moments, at);
					path.push(this.#pass(next.value, moment, at));
				}
				if (this.#passedOver === 0) return found("no-order");
			} catch (error) {
				if (!(error instanceof OutOfPatience)) throw error;
			}
			const rest = this.#effort.isLeft && there !== null ? this.#passOver(there, moments[furthest] as Moment) : null;
			if (rest === null) return found("gave-up");
			// The other ways to get there are given up, so that from now on nothing is proven impossible.
			path = [...Array.from({ length: furthest }, () => [].values()), [rest].values()];
			this.#effort.beginAnew();
		}
	}

	/** Goes on as if a word on the stock were not there; null if something else is in the way. */
	#passOver(situation: Situation, { kind, index }: Moment): Situation | null {
		if (kind !== "fact-closes" || !isGlobal((this.#facts[index] as Duty<Fact>).what)) return null;
		if (!situation.unmet.includes(index)) return null;
		this.#passedOver += 1;
		return { ...situation, unmet: situation.unmet.filter((other) => other !== index) };
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

	#operationOf(moment: Moment | undefined): number {
		if (moment === undefined) return -1;
		const duties = moment.kind === "fact-opens" || moment.kind === "fact-closes" ? this.#facts : this.#acts;
		return (duties[moment.index] as Duty<unknown>).operation;
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
				const tried = this.#tried.get(at) ?? new Situations();
				this.#tried.set(at, tried);
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
		return situation.stock.buyers.get(this.#matters.buyerOf({ kind, index })).hold?.act !== index;
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
			this.#effort.spend();
			if (this.#isReached(landmark, goal)) {
				yield landmark;
				continue;
			}
			const direct = this.#step(landmark, goal);
			if (direct.kind === "done") {
				yield direct.to;
				if (!this.#matters.mayComeTooLate(landmark, direct.to, goal)) continue;
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
						this.#effort.spend();
						const step: Step = isPossible ? { kind: "over" } : this.#step(move.to, goal);
						if (step.kind === "done") yield step.to;
						next.push({ situation: move.to, isPossible: isPossible || step.kind !== "impossible" });
					}
				}
				layer = next;
			}
		}
	}

	#isLandmark(before: Situation, { to, buyer, isBorrowed }: Move, goal: Goal): boolean {
		if (isBorrowed || to.unmet.length < before.unmet.length) return true;
		return buyer >= 0 && buyer === this.#matters.buyerOf(goal);
	}

	/** Does the goal, if it is an act and possible now. */
	#step(situation: Situation, goal: Goal): Step {
		if (goal.kind === "fact-closes") return { kind: "impossible" };
		const move = this.#move(situation, goal.kind === "act-closes" ? goal.index : LAPSE, this.#matters.buyerOf(goal));
		if (move === null) return { kind: "impossible" };
		this.#effort.spend();
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
		const matters = this.#matters.whatMatters(situation, goal);
		for (const { index, buyer } of this.#symmetry.choices(situation)) {
			if (goal.kind === "act-closes" && index === goal.index) continue;
			if (goal.kind === "hold-closes" && index === LAPSE && buyer === this.#matters.buyerOf(goal)) continue;
			const move = this.#move(situation, index, buyer);
			if (move === null || move.to === null || !matters(move.to, buyer)) continue;
			const gives = move.to.stock.free > situation.stock.free;
			yield { to: move.to, buyer, isBorrowed: gives && this.#symmetry.isOpenHold(situation, buyer, this.#nowMs) };
		}
	}
}
