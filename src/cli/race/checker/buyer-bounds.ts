/**
 * The least and the most units that one buyer can have at each time, whatever the order of all acts. Of the spans of each
 * kind the largest counts where they overlap.
 */
import type { Axis, Span } from "./course.ts";
import type { Duty } from "./duties.ts";
import type { Act } from "./model.ts";

type Holding = Duty<Extract<Act, { kind: "hold" }>>;
type Taking = Duty<Extract<Act, { kind: "sell" | "owe" }>>;

export class BuyerBounds {
	readonly #acts: readonly Duty<Act>[];
	readonly #axis: Axis;
	readonly #holds: readonly Holding[];
	/** What may become sales, earliest first. */
	readonly #takings: readonly Taking[];

	constructor(acts: readonly Duty<Act>[], axis: Axis) {
		this.#acts = acts;
		this.#axis = axis;
		this.#holds = acts.filter((act): act is Holding => act.what.kind === "hold");
		this.#takings = acts
			.filter((act): act is Taking => act.what.kind === "sell" || act.what.kind === "owe")
			.sort((one, other) => one.fromMs - other.fromMs);
	}

	/**
	 * Whoever heard "sold" has bought: then, or before in the same purchase. A second sale is sure where a new purchase must
	 * have begun in between. Of what size each was is not sure if there are several sizes.
	 */
	surelySold(): Span[] {
		const spans: Span[] = [];
		let last: Taking | null = null;
		for (const sale of this.#takings.toSorted((one, other) => one.byMs - other.byMs)) {
			if (sale.what.kind !== "sell" || !Number.isFinite(sale.byMs)) continue;
			if (last !== null && !this.#mustBeginBetween(last, sale)) continue;
			last = sale;
			spans.push({
				from: this.#axis.at(sale.byMs) + 1,
				to: this.#axis.length,
				units: (spans.length + 1) * this.#smallest(),
			});
		}
		return spans;
	}

	#mustBeginBetween(one: Taking, other: Taking): boolean {
		return this.#acts.some(
			({ what, fromMs, byMs }) =>
				(what.kind === "hold" || what.kind === "begin") && fromMs > one.byMs && byMs < other.fromMs,
		);
	}

	#smallest(): number {
		return Math.min(...this.#takings.map(({ what }) => what.units));
	}

	/**
	 * From the end of the act that made a hold to where it may have ended. A sale out of it changes nothing: what was held is
	 * sold then, unless less was sold.
	 */
	surelyHeld(): Span[] {
		const sold = this.surelySold();
		return this.#holds
			.filter(({ byMs }) => Number.isFinite(byMs))
			.map((hold) => {
				const before = sold.filter(({ from }) => from <= this.#axis.at(hold.fromMs)).at(-1)?.units ?? 0;
				const units = before + Math.min(hold.what.units, this.#smallest());
				return { from: this.#axis.at(hold.byMs) + 1, to: this.#firstEnd(hold) - 1, units };
			})
			.filter(({ from, to }) => from <= to);
	}

	/** The first place at which the units of a hold may be free again. */
	#firstEnd(hold: Holding): number {
		let endMs = hold.what.fromMs;
		for (const act of this.#acts) {
			if (act === hold || act.byMs < hold.fromMs) continue;
			const { what, fromMs } = act;
			if (what.kind === "release") endMs = Math.min(endMs, fromMs);
			if (what.kind !== "hold") continue;
			const isAsLarge = what.units >= hold.what.units;
			endMs = Math.min(endMs, isAsLarge ? Math.max(fromMs, what.fromMs) : fromMs);
		}
		return this.#axis.at(endMs);
	}

	/** Sold or owed. */
	perhapsSold(): Span[] {
		return this.#sums(this.#takings, -1, this.#axis.length, 0);
	}

	/** While a hold lasts nothing has been sold since, except what was owed. */
	perhapsHeld(): Span[] {
		return this.#holds.flatMap((hold) => {
			const takings = this.#takings.filter(({ what, fromMs }) => what.kind === "owe" || fromMs <= hold.byMs);
			return this.#sums(takings, this.#axis.at(hold.fromMs), this.#lastEnd(hold), hold.what.units);
		});
	}

	/** The last place at which a hold may be there. */
	#lastEnd(hold: Holding): number {
		// What was owed and comes closes the purchase, so that a sale after it would not touch the hold.
		const isOwed = this.#takings.some(({ what }) => what.kind === "owe");
		let endMs = hold.what.byMs;
		for (const { what, fromMs, byMs } of this.#acts) {
			const ends = what.kind === "release" || what.kind === "hold" || (what.kind === "sell" && !isOwed);
			if (ends && fromMs > hold.byMs) endMs = Math.min(endMs, byMs);
		}
		return this.#axis.at(endMs);
	}

	/** All that may have been sold by each place from one place to another, and some more. */
	#sums(takings: readonly Taking[], from: number, to: number, more: number): Span[] {
		let units = more;
		const spans: Span[] = more > 0 ? [{ from, to, units }] : [];
		for (const { what, fromMs } of takings) {
			units += what.units;
			spans.push({ from: Math.max(from, this.#axis.at(fromMs)), to, units });
		}
		return spans.filter((span) => span.from <= span.to);
	}

	/** Units for which the buyer waits, or that they are owed. */
	perhapsStanding(): Span[] {
		const owed = this.#sums(
			this.#takings.filter(({ what }) => what.kind === "owe"),
			-1,
			this.#axis.length,
			0,
		);
		const allOwed = owed.at(-1)?.units ?? 0;
		const waits = this.#acts.flatMap(({ what, fromMs, byMs }) => {
			if (what.kind !== "wait") return [];
			const ends = this.#acts.filter(
				(act) => (act.what.kind === "hold" || act.what.kind === "release") && act.fromMs > byMs,
			);
			const endMs = Math.min(Number.POSITIVE_INFINITY, ...ends.map((act) => act.byMs));
			return [{ from: this.#axis.at(fromMs), to: this.#axis.at(endMs), units: what.units + allOwed }];
		});
		return [...owed, ...waits];
	}
}
