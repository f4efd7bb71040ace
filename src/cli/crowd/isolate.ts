/** One isolate of the Worker: its memory, its batchers and its caches are Holdfast's own, and so is what a route does. */
import { type Edge, EdgeSku } from "../../edge/sku.ts";
import { retryShortly } from "../../http/problems.ts";
import { ObjectUnavailable } from "../../platform/errors.ts";
import type { ReserveResult } from "../../stock/rpc.ts";
import { OUTCOME, type Outcome, type RushLog } from "./log.ts";
import type { Processor } from "./processor.ts";
import { SKU } from "./sku-in-memory.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** An answer as a shopper's client reads it. */
export interface Answer {
	readonly outcome: Outcome;
	/** From the header of 503 and 429. */
	readonly retryAfterMs: number;
	readonly byObject: boolean;
}

export class Isolate {
	readonly #time: VirtualTime;
	readonly #log: RushLog;
	readonly #edge: Edge;
	readonly #processor: Processor;
	readonly #doorMs: number;

	constructor(time: VirtualTime, log: RushLog, edge: Edge, processor: Processor, doorMs: number) {
		this.#time = time;
		this.#log = log;
		this.#edge = edge;
		this.#processor = processor;
		this.#doorMs = doorMs;
	}

	/** `PUT /v1/reservations/{sku}`, as `http/shopper/reservations.ts` serves it. */
	reserve(shopper: number, wait: boolean, answer: (answer: Answer) => void): void {
		const ask = this.#log.ask(shopper, wait);
		this.#serve(
			async () => {
				const sku = new EdgeSku(this.#edge, SKU);
				if (!(await sku.mayExist())) throw new Error("the product is not there");
				return sku.reserve({ shopperId: shopperId(shopper), quantity: 1, wait, ifMatch: null });
			},
			(result) => this.#answer(ask, outcomeOf(result), 0, answer),
			() => this.#answer(ask, OUTCOME.unavailable, retryAfterMs(), answer),
		);
	}

	/** `GET /v1/products/{sku}`, as `http/shopper/products.ts` serves it. */
	look(answer: (isShown: boolean) => void): void {
		this.#serve(
			async () => {
				const sku = new EdgeSku(this.#edge, SKU);
				await sku.product();
				return sku.availability();
			},
			() => answer(true),
			() => answer(false),
		);
	}

	/** Too many requests of one shopper: the door sends them away. */
	refuse(shopper: number, wait: boolean, answer: (answer: Answer) => void): void {
		this.#answer(this.#log.ask(shopper, wait), OUTCOME.limited, retryAfterMs(), answer);
	}

	#serve<T>(work: () => Promise<T>, done: (result: T) => void, unavailable: () => void): void {
		const startMs = this.#processor.take(this.#time.nowMs, this.#doorMs);
		this.#time.at(startMs + this.#doorMs, () => {
			work().then(done, (error: unknown) => {
				// Whatever else it is ends the simulation: it is a fault of ours.
				if (!(error instanceof ObjectUnavailable)) this.#time.fail(error);
				unavailable();
			});
		});
	}

	#answer(ask: number, outcome: Outcome, retryAfterMs: number, answer: (answer: Answer) => void): void {
		this.#log.answered(ask, outcome);
		answer({ outcome, retryAfterMs, byObject: this.#log.asks.columns.byObject[ask] === 1 });
	}
}

/** In the order of their arrival, as the shop's own ids are. */
export const shopperId = (shopper: number): string => `s_${String(shopper).padStart(9, "0")}`;
export const shopperOf = (id: string): number => Number(id.slice(2));

function outcomeOf(result: ReserveResult): Outcome {
	switch (result.kind) {
		case "held":
			return OUTCOME.held;
		case "waiting":
			return OUTCOME.waiting;
		case "sold-out":
			return OUTCOME.refused;
		default:
			throw new Error(`nobody in this crowd is to be answered ${result.kind}`);
	}
}

const retryAfterMs = (): number => Number(retryShortly()["retry-after"]) * 1000;
