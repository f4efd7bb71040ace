/** Visitors who look at a product, live by a socket, and go again. A few are there at any time. */
import { createShop } from "../../client/index.ts";
import { mulberry32 } from "../random.ts";

const LONGEST_LOOK_MS = 20_000;
const SHORTEST_LOOK_MS = 1_000;

export class Watchers {
	/** Looks that began. */
	looks = 0;
	/** Sockets that opened. */
	live = 0;
	/** What was said of a SKU's availability. */
	told = 0;
	readonly #origin: string;
	readonly #skus: readonly string[];
	readonly #tokens: readonly string[];
	readonly #random: () => number;
	readonly #leaving = new AbortController();

	/** @param tokens of those who are known, and are told of their reservations too */
	constructor(origin: string, skus: readonly string[], tokens: readonly string[], seed: number) {
		this.#origin = origin;
		this.#skus = skus;
		this.#tokens = tokens;
		this.#random = mulberry32(seed);
	}

	/** @returns when all have gone, after `leave` */
	async come(count: number): Promise<void> {
		await Promise.all(Array.from({ length: count }, (_, index) => this.#keepLooking(index)));
	}

	leave(): void {
		this.#leaving.abort();
	}

	async #keepLooking(index: number): Promise<void> {
		while (!this.#leaving.signal.aborted) {
			const sku = this.#skus[Math.floor(this.#random() * this.#skus.length)] ?? "";
			const watching = this.#shopOf(index).watch(sku, {
				onAvailability: () => {
					this.told += 1;
				},
				onConnection: (connection) => {
					if (connection === "live") this.live += 1;
				},
			});
			this.looks += 1;
			await this.#pause(SHORTEST_LOOK_MS + this.#random() * (LONGEST_LOOK_MS - SHORTEST_LOOK_MS));
			watching.close();
		}
	}

	/** Every other watcher is a shopper. */
	#shopOf(index: number) {
		const token = index % 2 === 0 ? this.#tokens[index] : undefined;
		const shopper = token === undefined ? null : { shopperId: "", token, expiresAt: "" };
		return createShop({ origin: this.#origin, tokens: { get: () => shopper, set: () => {} } });
	}

	#pause(ms: number): Promise<void> {
		const { signal } = this.#leaving;
		return new Promise((resolve) => {
			const timer = setTimeout(end, ms);
			function end() {
				clearTimeout(timer);
				signal.removeEventListener("abort", end);
				resolve();
			}
			if (signal.aborted) end();
			else signal.addEventListener("abort", end);
		});
	}
}
