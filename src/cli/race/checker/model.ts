/**
 * What a correct shop does with the units of one SKU, one thing after the other. Everything that the race detector holds
 * against a shop stands in this file and in `duties.ts`, which says what each answer promises.
 *
 * An `Act` changes the stock, and may be impossible now. A `Fact` changes nothing, and is true now or not. Where shops
 * may differ, the rule allows what any of them does: who is accused must be wrong by every reading.
 *
 * Not judged: the order in which people are served, limits per buyer, prices, and how long an offer lasts.
 */
import type { Buyer, Buyers, Hold } from "./buyers.ts";

export interface Stock {
	/** Neither held nor sold. */
	readonly free: number;
	readonly sold: number;
	/** Units for which somebody waits. */
	readonly waiting: number;
	/** Units that are paid and yet to come. */
	readonly owed: number;
	readonly buyers: Buyers;
}

export type Act =
	| { readonly kind: "restock"; readonly units: number }
	| ({ readonly kind: "hold"; readonly buyer: number; readonly units: number } & Pick<Hold, "fromMs" | "byMs">)
	| { readonly kind: "begin"; readonly buyer: number }
	| { readonly kind: "wait"; readonly buyer: number; readonly units: number }
	| { readonly kind: "release"; readonly buyer: number }
	| { readonly kind: "sell"; readonly buyer: number; readonly units: number }
	| { readonly kind: "owe"; readonly buyer: number; readonly units: number }
	| { readonly kind: "fill"; readonly buyer: number }
	| { readonly kind: "lapse"; readonly buyer: number };

/** @returns the stock after the act; null when a correct shop cannot do it now */
export function perform(stock: Stock, act: Act, index: number): Stock | null {
	if (act.kind === "restock") return { ...stock, free: stock.free + act.units };
	const buyer = stock.buyers.get(act.buyer);
	const own = buyer.hold?.units ?? 0;
	const changed = (change: Partial<Buyer>, counters: Partial<Stock> = {}): Stock => {
		const next = { ...buyer, ...change };
		return {
			free: stock.free,
			sold: stock.sold,
			waiting: stock.waiting + next.waits - buyer.waits,
			owed: stock.owed + next.owed - buyer.owed,
			...counters,
			buyers: stock.buyers.with(act.buyer, next),
		};
	};
	switch (act.kind) {
		// Units that nobody else has. The buyer's own hold is exchanged for the new one, and so is a place in the line of
		// those who wait. A new purchase begins.
		case "hold": {
			const free = stock.free + own - act.units;
			if (free < 0) return null;
			const hold = { act: index, units: act.units, fromMs: act.fromMs, byMs: act.byMs };
			return changed({ hold, bought: 0, waits: 0 }, { free });
		}
		// The shop let the buyer go on and promised nothing. A new purchase begins.
		case "begin":
			return changed({ bought: 0 });
		case "wait":
			return changed({ waits: act.units });
		case "release":
			if (buyer.hold === null) return changed({ waits: 0 });
			return changed({ hold: null, hasLost: true, waits: 0 }, { free: stock.free + own });
		// Out of the buyer's hold, and out of what is free. One purchase sells once: who hears "sold" of it again hears the
		// same again.
		case "sell": {
			if (buyer.bought > 0) return stock;
			const free = stock.free + own - act.units;
			if (free < 0) return null;
			const { units } = act;
			return changed({ hold: null, bought: units, lastBought: units, waits: 0 }, { free, sold: stock.sold + units });
		}
		// Takes no unit before there is one.
		case "owe":
			return changed({ owed: act.units });
		case "fill": {
			const units = buyer.owed;
			if (units === 0 || stock.free < units) return null;
			const counters = { free: stock.free - units, sold: stock.sold + units };
			return changed({ owed: 0, bought: units, lastBought: units }, counters);
		}
		// The hold ends. Its units are anybody's.
		case "lapse":
			if (buyer.hold === null) return null;
			return changed({ hold: null, hasLost: true }, { free: stock.free + own });
	}
}

export type Fact =
	/** There are fewer units than this buyer asked for, or they stand free for others, who wait. */
	| { readonly kind: "short"; readonly buyer: number; readonly units: number }
	/** The buyer holds no units that would do. */
	| { readonly kind: "uncovered"; readonly buyer: number; readonly units: number; readonly before: number | null }
	/** A payment may be turned away: it comes late, comes twice, or there is nothing to sell. */
	| { readonly kind: "turned-away"; readonly buyer: number; readonly units: number }
	/** Money may go back: the buyer had units, and paid when they had not. */
	| { readonly kind: "late"; readonly buyer: number }
	/** The shop took the money of this buyer and has to give it back. */
	| { readonly kind: "refunded"; readonly buyer: number }
	| { readonly kind: "ordered"; readonly buyer: number; readonly units: number }
	| { readonly kind: "not-ordered"; readonly buyer: number }
	| { readonly kind: "available"; readonly units: number }
	| { readonly kind: "counted"; readonly units: number }
	/** One request got two answers that cannot both be so. */
	| { readonly kind: "contradiction"; readonly buyer: number };

/** Whether it is a word on the stock as a whole. */
export const isGlobal = ({ kind }: Fact): boolean =>
	kind === "short" || kind === "turned-away" || kind === "available" || kind === "counted";

/** Whether the fact is so now. `before` of "uncovered" is the search's to heed. */
export function isSo(stock: Stock, fact: Fact): boolean {
	switch (fact.kind) {
		case "short":
			return isShort(stock, fact);
		case "uncovered":
			return (stock.buyers.get(fact.buyer).hold?.units ?? 0) < fact.units;
		case "turned-away": {
			const { hasLost, bought } = stock.buyers.get(fact.buyer);
			return hasLost || bought > 0 || isShort(stock, fact);
		}
		// A shop that never held units for the buyer must not take money that it cannot keep.
		case "late": {
			const { hold, hasLost, bought } = stock.buyers.get(fact.buyer);
			return hold === null && hasLost && bought === 0;
		}
		case "refunded": {
			const { hasLost, bought } = stock.buyers.get(fact.buyer);
			return hasLost && bought === 0;
		}
		// An order keeps the units that were paid.
		case "ordered":
			return stock.buyers.get(fact.buyer).lastBought === fact.units;
		case "not-ordered":
			return stock.buyers.get(fact.buyer).bought === 0;
		// A shop may leave out what stands free for those who wait or are owed.
		case "available":
			return fact.units <= stock.free && fact.units >= stock.free - stock.waiting - stock.owed;
		// A shop may count what is owed as sold.
		case "counted":
			return fact.units >= stock.sold && fact.units <= stock.sold + stock.owed;
		case "contradiction":
			return false;
	}
}

function isShort(stock: Stock, { buyer, units }: { readonly buyer: number; readonly units: number }): boolean {
	const own = stock.buyers.get(buyer);
	return stock.free < units || stock.waiting > own.waits || stock.owed > own.owed;
}

/** Whether it can never be so again: what is sold stays sold. */
export const isOver = (stock: Stock, fact: Fact): boolean =>
	fact.kind === "contradiction" || (fact.kind === "counted" && fact.units < stock.sold);
