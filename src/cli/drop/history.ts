/**
 * The history of a drop: what each buyer asked and was told, and the merchant's deliveries. `MeasuredShop` tells of each
 * call by its name, and `race/client-answers.ts` knows what the answers mean.
 */
import type { Checkout } from "../../client/index.ts";
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
	readonly #graceMs: number;
	readonly #actors: ReadonlyMap<string, string>;
	/** Until when the pre-order in a buyer's cart may be paid, by the recorder's clock. */
	readonly #preorderEndsMs = new Map<string, number>();
	/** Who paid for a pre-order after that. The money has to go back, and a history has no word for a cart that ended. */
	readonly #tooLate = new Set<string>();

	/** @param tokens of the buyers, by their index */
	constructor(tokens: readonly string[], clockAheadMs: number, graceMs: number) {
		this.#aheadMs = clockAheadMs;
		this.#graceMs = graceMs;
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
				this.#noteEnd(actor, as(answer));
				return this.#scribe.checkedOut(actor, 1, times, checkoutAnswer(as(answer), this.#aheadMs));
			case "pay":
				if (times.calledAtMs > (this.#preorderEndsMs.get(actor) ?? Number.POSITIVE_INFINITY)) this.#tooLate.add(actor);
				return this.#scribe.paid(actor, 1, times, paymentAnswer(as(answer)));
			case "read checkout": {
				const outcome = outcomeAnswer(as(answer));
				if (outcome?.kind === "charged-for-nothing" && this.#tooLate.has(actor)) return;
				return this.#scribe.read(actor, times, outcome);
			}
		}
	};

	#noteEnd(actor: string, told: Told<Checkout>): void {
		if (told?.ok !== true || told.data.expiresAt === null || told.data.lines[0]?.fulfilment !== "preorder") return;
		this.#preorderEndsMs.set(actor, Date.parse(told.data.expiresAt) - this.#aheadMs + this.#graceMs);
	}

	history(seed: number): History {
		return this.#scribe.history(seed, { staleMs: STALE_MS, clockMs: CLOCK_MS, graceMs: this.#graceMs });
	}
}

/** Who calls by this name is answered so. */
const as = <Data>(answer: Told<unknown>) => answer as Told<Data>;
