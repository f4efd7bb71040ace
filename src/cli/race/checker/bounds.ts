/**
 * What is sure whatever the order: how many units there are at the most, and how few of them can be free. A history that
 * breaks such a bound is impossible, which is seen at once however long it is. One that keeps them all may still be
 * impossible.
 *
 * The bounds are numbers of each instant of the history and of each time between two. An act is sure to be done after its
 * end, and sure not to be before its beginning. Of each buyer they say the least and the most units that they have, held
 * and bought together; of the stock the sum over all buyers, and what came in.
 */
import { BuyerBounds } from "./buyer-bounds.ts";
import { Axis, Course, mostAt, type Span } from "./course.ts";
import type { Duties, Duty } from "./duties.ts";
import type { Act, Fact } from "./model.ts";

const NEVER = Number.POSITIVE_INFINITY;

/** @returns an operation whose answer no order can make true; null if every answer keeps within the bounds */
export function brokenBound(duties: Duties): number | null {
	const axis = new Axis(duties);
	const stock = new Bounds(duties, axis);
	const overdrawn = stock.firstOverdrawn();
	if (overdrawn !== null) return lastBefore(duties, axis, overdrawn);
	for (const fact of duties.facts) {
		const [from, by] = [axis.at(fact.fromMs), axis.at(fact.byMs)];
		let isPossible = false;
		for (let place = from; place <= by && !isPossible; place++) isPossible = stock.mayBeSo(fact.what, place);
		if (!isPossible) return fact.operation;
	}
	return null;
}

/** What took units and was the last to be sure there. */
function lastBefore({ acts }: Duties, axis: Axis, place: number): number {
	const sure = acts.filter(({ what, byMs }) => what.kind !== "restock" && axis.at(byMs) < place);
	return sure.reduce((last, act) => (act.byMs > last.byMs ? act : last)).operation;
}

class Bounds {
	readonly #axis: Axis;
	/** Units that came in. */
	readonly #leastIn: Course;
	readonly #mostIn: Course;
	/** Units that are held or sold. */
	readonly #leastTaken: Course;
	readonly #mostTaken: Course;
	readonly #leastSold: Course;
	/** Units that are sold or owed. */
	readonly #mostSold: Course;
	/** Units that stand free for those who wait or are owed. */
	readonly #mostStanding: Course;
	readonly #standingOf: (readonly Span[])[] = [];
	/** From where a payment of the buyer may come late, or twice. */
	readonly #knownFrom: number[] = [];

	constructor({ acts, buyers }: Duties, axis: Axis) {
		const course = () => new Course(axis.length);
		this.#axis = axis;
		[this.#leastIn, this.#mostIn, this.#leastTaken, this.#mostTaken] = [course(), course(), course(), course()];
		[this.#leastSold, this.#mostSold, this.#mostStanding] = [course(), course(), course()];
		const ofBuyers: Duty<Act>[][] = buyers.map(() => []);
		for (const act of acts) {
			if (act.what.kind === "restock") {
				this.#mostIn.add(axis.at(act.fromMs), act.what.units);
				this.#leastIn.add(axis.at(act.byMs) + 1, act.what.units);
			} else ofBuyers[act.what.buyer]?.push(act);
		}
		for (const own of ofBuyers) this.#addBuyer(new BuyerBounds(own, axis), own);
	}

	#addBuyer(bounds: BuyerBounds, acts: readonly Duty<Act>[]): void {
		const standing = bounds.perhapsStanding();
		this.#leastSold.addMost(bounds.surelySold());
		this.#leastTaken.addMost([...bounds.surelySold(), ...bounds.surelyHeld()]);
		this.#mostSold.addMost(bounds.perhapsSold());
		this.#mostTaken.addMost([...bounds.perhapsSold(), ...bounds.perhapsHeld()]);
		this.#mostStanding.addMost(standing);
		this.#standingOf.push(standing);
		const known = acts.filter(({ what }) => what.kind === "hold" || what.kind === "sell" || what.kind === "owe");
		this.#knownFrom.push(Math.min(NEVER, ...known.map(({ fromMs }) => this.#axis.at(fromMs))));
	}

	/** Where more is taken than can have come in. */
	firstOverdrawn(): number | null {
		for (let place = 0; place <= this.#axis.length; place++) if (this.#mostFree(place) < 0) return place;
		return null;
	}

	/** False: it is not so at this place in any order. */
	mayBeSo(fact: Fact, place: number): boolean {
		switch (fact.kind) {
			case "short":
				return this.#mayBeShort(fact, place);
			case "turned-away":
				return (this.#knownFrom[fact.buyer] as number) <= place || this.#mayBeShort(fact, place);
			case "available": {
				const least = this.#leastFree(place) - this.#mostStanding.at(place);
				return fact.units >= least && fact.units <= this.#mostFree(place);
			}
			case "counted":
				return fact.units >= this.#leastSold.at(place) && fact.units <= this.#mostSold.at(place);
			default:
				return true;
		}
	}

	#mayBeShort({ buyer, units }: { readonly buyer: number; readonly units: number }, place: number): boolean {
		const own = mostAt(this.#standingOf[buyer] ?? [], place);
		return this.#leastFree(place) < units || this.#mostStanding.at(place) > own;
	}

	#leastFree(place: number): number {
		return this.#leastIn.at(place) - this.#mostTaken.at(place);
	}

	#mostFree(place: number): number {
		return this.#mostIn.at(place) - this.#leastTaken.at(place);
	}
}
