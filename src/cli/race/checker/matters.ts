/**
 * Which acts may be left for later: those of which no fact that is open, and no act that has to be done now, could tell
 * whether they were done. The reasons are those of `search.ts`.
 */
import type { Duties, Duty } from "./duties.ts";
import type { Act, Fact } from "./model.ts";
import type { Goal } from "./moments.ts";
import type { Situation } from "./situation.ts";
import { isUniform, type Symmetry } from "./symmetry.ts";

export class Matters {
	readonly #acts: readonly Duty<Act>[];
	readonly #facts: readonly Duty<Fact>[];
	readonly #symmetry: Symmetry;
	readonly #isUniform: boolean;

	constructor(duties: Duties, symmetry: Symmetry) {
		this.#acts = duties.acts;
		this.#facts = duties.facts;
		this.#symmetry = symmetry;
		this.#isUniform = isUniform(duties);
	}

	/** -1: nobody's. */
	buyerOf({ kind, index }: Goal): number {
		const { what } = (kind === "fact-closes" ? this.#facts : this.#acts)[index] as Duty<Act | Fact>;
		return "buyer" in what ? what.buyer : -1;
	}

	/**
	 * Acts that change nothing that a fact or the goal looks at wait for their own end, unless they open the way to one that
	 * does: another of the same buyer, or the end of a hold that may end sooner than the one before.
	 */
	whatMatters(situation: Situation, goal: Goal): (to: Situation, buyer: number) => boolean {
		const { stock, todo, unmet, lapsing } = situation;
		const open = new Map<number, number>();
		for (const buyer of lapsing) open.set(buyer, (open.get(buyer) ?? 0) + 1);
		for (const index of todo) {
			const buyer = this.buyerOf({ kind: "act-closes", index });
			open.set(buyer, (open.get(buyer) ?? 0) + 1);
		}
		const concerned = new Set<number>([this.buyerOf(goal)]);
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
	mayComeTooLate(before: Situation, after: Situation, goal: Goal): boolean {
		const buyer = this.buyerOf(goal);
		if (buyer >= 0) {
			const isOfBuyer = (index: number) =>
				index !== goal.index && this.buyerOf({ kind: "act-closes", index }) === buyer;
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
