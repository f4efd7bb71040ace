/** What is known of each buyer, by number, as a value: a change makes a new one that shares all but two small arrays. */

/** Units that are out of sale for one buyer. */
export interface Hold {
	/** The act that made it. */
	readonly act: number;
	readonly units: number;
	/** The shop may end it from here on: what it promised is over. */
	readonly fromMs: number;
	/** It has ended by here: nobody may be refused because of it any more. */
	readonly byMs: number;
}

export interface Buyer {
	readonly hold: Hold | null;
	/** A hold of theirs has ended without a sale: whoever pays after that pays late. */
	readonly hasLost: boolean;
	/** Units bought since they last went to the till; 0 is none. */
	readonly bought: number;
	/** Units of their latest order that was paid. */
	readonly lastBought: number;
	/** Units for which they wait. */
	readonly waits: number;
	/** Units that they paid for and that are yet to come. */
	readonly owed: number;
}

const PAGE = 32;

export const NEWCOMER: Buyer = { hold: null, hasLost: false, bought: 0, lastBought: 0, waits: 0, owed: 0 };

export class Buyers {
	readonly #pages: readonly (readonly Buyer[])[];

	private constructor(pages: readonly (readonly Buyer[])[]) {
		this.#pages = pages;
	}

	static newcomers(count: number): Buyers {
		const page = Array.from({ length: PAGE }, () => NEWCOMER);
		return new Buyers(Array.from({ length: Math.ceil(count / PAGE) }, () => page));
	}

	get(buyer: number): Buyer {
		return this.#pages[Math.floor(buyer / PAGE)]?.[buyer % PAGE] as Buyer;
	}

	with(buyer: number, value: Buyer): Buyers {
		const at = Math.floor(buyer / PAGE);
		return new Buyers(this.#pages.with(at, (this.#pages[at] as readonly Buyer[]).with(buyer % PAGE, value)));
	}

	equals(other: Buyers): boolean {
		return this.#pages.every((page, at) => {
			const others = other.#pages[at] as readonly Buyer[];
			return page === others || page.every((buyer, index) => areEqual(buyer, others[index] as Buyer));
		});
	}
}

/** Holds are the same when the same act made them. */
function areEqual(one: Buyer, other: Buyer): boolean {
	return (
		one === other ||
		(one.hold?.act === other.hold?.act &&
			one.hasLost === other.hasLost &&
			one.bought === other.bought &&
			one.lastBought === other.lastBought &&
			one.waits === other.waits &&
			one.owed === other.owed)
	);
}
