/**
 * The history of a drop: what each buyer asked and was told, and the merchant's deliveries. `MeasuredShop` tells of each
 * call by its name, and `race/client-answers.ts` knows what the answers mean.
 */
import {
	checkoutAnswer,
	outcomeAnswer,
	paymentAnswer,
	releaseAnswer,
	reservationAnswer,
	type Told,
} from "../race/client-answers.ts";
import type { History } from "../race/history.ts";
import { Scribe, type Times } from "../race/scribe.ts";
import type { StockCounters } from "./records.ts";
import type { Listener } from "./shop.ts";

/** "Sold out" may be a second old, and so may the Worker's clock be a little. */
const STALE_MS = 1_100;
/** How wrong the reading of the server's clock may be, and how long the Worker's clock may stand still. */
const CLOCK_MS = 250;

export class DropHistory {
	readonly #scribe = new Scribe();
	readonly #aheadMs: number;
	readonly #actors: ReadonlyMap<string, string>;

	/** @param tokens of the buyers, by their index */
	constructor(tokens: readonly string[], clockAheadMs: number) {
		this.#aheadMs = clockAheadMs;
		this.#actors = new Map(tokens.map((token, index) => [token, `buyer ${index}`]));
	}

	restocked(units: number, times: Times): void {
		if (units > 0) this.#scribe.restocked(units, times);
	}

	/** What the shop came to, read when nothing is under way. */
	ended(stock: StockCounters, times: Times): void {
		this.#scribe.stock(stock, times);
	}

	readonly listen: Listener = (name, token, times, answer) => {
		const actor = this.#actors.get(token);
		if (actor === undefined) return;
		switch (name) {
			case "reserve":
			case "join waitlist":
				return this.#scribe.reserved(actor, 1, name !== "reserve", times, reservationAnswer(as(answer), this.#aheadMs));
			case "read reservation":
				return this.#scribe.looked(actor, times, reservationAnswer(as(answer), this.#aheadMs));
			case "release":
				return this.#scribe.released(actor, times, releaseAnswer(as(answer)));
			case "checkout":
				return this.#scribe.checkedOut(actor, 1, times, checkoutAnswer(as(answer), this.#aheadMs));
			case "pay":
				return this.#scribe.paid(actor, 1, times, paymentAnswer(as(answer)));
			case "read checkout":
				return this.#scribe.read(actor, times, outcomeAnswer(as(answer)));
		}
	};

	history(seed: number, graceMs: number): History {
		return this.#scribe.history(seed, { staleMs: STALE_MS, clockMs: CLOCK_MS, graceMs });
	}
}

/** Who calls by this name is answered so. */
const as = <Data>(answer: Told<unknown>) => answer as Told<Data>;
