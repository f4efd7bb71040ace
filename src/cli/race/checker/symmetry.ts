/**
 * Which acts could change places without anybody noticing, so that only one of them has to be tried: of acts that are
 * alike the one that has to be done first. The proof is always the same. Let B be done at some point and its like A, with
 * no more time than B, later or never. Change the two: each is done within its own time, every number of the stock is
 * what it was at every point, and nothing of A's or B's buyer happens in between that could tell the difference.
 *
 * - **Answered acts** are alike if they are of one kind and size, and their buyers are in the same state now. Nothing else
 *   of the buyer may have its time at the act's (`#isAlone`), and no hold that the buyer has or gets may end within it.
 * - **Ends of holds** are alike if their buyers have nothing left to come.
 * - **Acts that may never happen**, and ends of holds of buyers who have only such, are alike if all that is left to come
 *   of their buyers is.
 */
import type { Duties, Duty } from "./duties.ts";
import type { Act } from "./model.ts";
import type { Situation } from "./situation.ts";

/** An act to try, or the end of a buyer's hold. */
export interface Choice {
	/** -1: the end of the hold. */
	readonly index: number;
	readonly buyer: number;
}

const LAPSE = -1;
const NOTHING: readonly number[] = [];

/** Whether everything that takes or returns units in this history does so one by one, restocks excepted. */
export const isUniform = ({ acts, facts }: Duties): boolean =>
	acts.every(({ what }) => what.kind === "restock" || !("units" in what) || what.units === 1) &&
	facts.every(
		({ what }) => !("units" in what) || what.kind === "available" || what.kind === "counted" || what.units === 1,
	);

export class Symmetry {
	readonly #acts: readonly Duty<Act>[];
	readonly #facts: Duties["facts"];
	readonly #isAlone: readonly boolean[];
	/** When the last duty of each buyer begins. */
	readonly #lastMs: number[];
	#nowMs = Number.NEGATIVE_INFINITY;

	constructor({ acts, facts, buyers }: Duties) {
		this.#acts = acts;
		this.#facts = facts;
		this.#lastMs = buyers.map(() => Number.NEGATIVE_INFINITY);
		const ofBuyers: Duty<unknown>[][] = buyers.map(() => []);
		for (const duty of [...acts, ...facts]) {
			const buyer = buyerOf(duty.what);
			if (buyer < 0) continue;
			ofBuyers[buyer]?.push(duty);
			this.#lastMs[buyer] = Math.max(this.#lastMs[buyer] as number, duty.fromMs);
		}
		this.#isAlone = acts.map((act) => {
			const others = ofBuyers[buyerOf(act.what)] ?? [];
			return others.every((other) => other === act || other.fromMs > act.byMs || other.byMs < act.fromMs);
		});
	}

	goTo(nowMs: number): void {
		this.#nowMs = nowMs;
	}

	/** A hold that could be taken and given back within the time of its own act. */
	mayBorrow(index: number): boolean {
		const { what, byMs } = this.#acts[index] as Duty<Act>;
		return what.kind === "hold" && ((Number.isFinite(byMs) && what.fromMs <= byMs) || !this.#isAlone[index]);
	}

	/** Whether the act that made the buyer's hold could still be done later. */
	isOpenHold({ stock }: Situation, buyer: number, nowMs: number): boolean {
		const hold = buyer < 0 ? null : stock.buyers.get(buyer).hold;
		return hold !== null && (this.#acts[hold.act] as Duty<Act>).byMs >= nowMs;
	}

	/** What may be done in a situation, one of each that are alike. */
	*choices(situation: Situation): Generator<Choice> {
		const seen = new Set<string>();
		const isNew = (like: string | null): boolean => {
			if (like === null) return true;
			const size = seen.size;
			return seen.add(like).size > size;
		};
		const left = this.#leftOf(situation);
		for (const index of situation.todo) {
			const buyer = buyerOf((this.#acts[index] as Duty<Act>).what);
			if (isNew(this.#likeAct(situation, index, left))) yield { index, buyer };
		}
		for (const buyer of situation.lapsing)
			if (isNew(this.#likeLapse(situation, buyer, left))) yield { index: LAPSE, buyer };
	}

	#likeAct(situation: Situation, index: number, left: Left): string | null {
		const { what, byMs } = this.#acts[index] as Duty<Act>;
		if (what.kind === "restock") return `restock ${what.units}`;
		const { hold, hasLost, bought, waits, owed } = situation.stock.buyers.get(what.buyer);
		const units = "units" in what ? what.units : 0;
		if (!Number.isFinite(byMs)) {
			const rest = this.#rest(situation, what.buyer, left);
			return rest === null ? null : `${what.kind} ${units} of ${rest}`;
		}
		if (!this.#isAlone[index] || (hold !== null && hold.fromMs <= byMs)) return null;
		if (what.kind === "hold" && what.fromMs <= byMs) return null;
		return `${what.kind} ${units} ${hold?.units} ${hasLost} ${bought} ${waits} ${owed}`;
	}

	#likeLapse(situation: Situation, buyer: number, left: Left): string | null {
		const rest = this.#rest(situation, buyer, left);
		return rest === null ? null : `lapse of ${rest}`;
	}

	/** All that is left to come of a buyer who need not do anything any more; null for others. */
	#rest(situation: Situation, buyer: number, left: Left): string | null {
		const { acts, hasFacts } = left(buyer);
		if (hasFacts || (this.#lastMs[buyer] as number) > this.#nowMs) return null;
		const parts: string[] = [];
		for (const index of acts) {
			const { what, byMs } = this.#acts[index] as Duty<Act>;
			if (Number.isFinite(byMs)) return null;
			parts.push(`${what.kind} ${"units" in what ? what.units : 0}`);
		}
		const { hold, hasLost, bought, waits, owed } = situation.stock.buyers.get(buyer);
		// Where there is more to come than the end of the hold, the hold has to last for it.
		const byMs = parts.length === 0 ? 0 : hold?.byMs;
		return `${hold?.units} ${byMs} ${hasLost} ${bought} ${waits} ${owed}: ${parts.sort().join(", ")}`;
	}

	/** What is open of each buyer, gathered when it is asked for. */
	#leftOf({ todo, unmet }: Situation): Left {
		let acts: Map<number, number[]> | null = null;
		const concerned = new Set<number>();
		return (buyer) => {
			if (acts === null) {
				acts = new Map();
				for (const index of todo) {
					const of = buyerOf((this.#acts[index] as Duty<Act>).what);
					const known = acts.get(of);
					if (known === undefined) acts.set(of, [index]);
					else known.push(index);
				}
				for (const index of unmet) concerned.add(buyerOf((this.#facts[index] as Duty<unknown>).what));
			}
			return { acts: acts.get(buyer) ?? NOTHING, hasFacts: concerned.has(buyer) };
		};
	}
}

type Left = (buyer: number) => { readonly acts: readonly number[]; readonly hasFacts: boolean };

const buyerOf = (what: unknown): number => (what as { readonly buyer?: number }).buyer ?? -1;
