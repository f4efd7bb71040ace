/** What is known of each buyer, by number, as a value: a change makes a new one that shares all but two small arrays. */
import { type Buyer, NEWCOMER } from "./model.ts";

const PAGE = 32;

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
