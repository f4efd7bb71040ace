/** A load as the bench makes it: so many connections, on each of which the next shopper asks when the last was answered. */
import type { RushLog } from "./log.ts";
import type { Population } from "./population.ts";
import type { Door } from "./shoppers.ts";
import type { VirtualTime } from "./virtual-time.ts";

export class Connections {
	readonly #time: VirtualTime;
	readonly #door: Door;
	readonly #log: RushLog;
	readonly #shoppers: number;
	readonly #waitsEvery: number;
	readonly #onDone: () => void;
	#next = 0;
	#open = 0;

	/** @param waitsEvery one in so many asks for a place on the waitlist; Infinity for nobody */
	constructor(
		time: VirtualTime,
		load: {
			readonly door: Door;
			readonly log: RushLog;
			readonly shoppers: number;
			readonly connections: number;
			readonly waitsEvery: number;
			readonly onDone: () => void;
		},
	) {
		this.#time = time;
		this.#door = load.door;
		this.#log = load.log;
		this.#shoppers = load.shoppers;
		this.#waitsEvery = load.waitsEvery;
		this.#onDone = load.onDone;
		for (let connection = 0; connection < load.connections; connection++) this.#ask();
	}

	#ask(): void {
		const shopper = this.#next;
		if (shopper >= this.#shoppers) {
			if (this.#open === 0) this.#onDone();
			return;
		}
		this.#next += 1;
		this.#open += 1;
		const wait = (shopper + 1) % this.#waitsEvery === 0;
		const press = this.#log.press(shopper, wait, this.#time.nowMs);
		this.#door.reserve(shopper, wait, ({ outcome, byObject }) => {
			this.#log.settled(press, this.#time.nowMs, outcome, 1, byObject);
			this.#open -= 1;
			this.#ask();
		});
	}
}

/** All of them at one isolate, beside its object. */
export const populationAtOnePlace = (size: number): Population => ({
	size,
	arrivesMs: new Float64Array(size),
	place: new Uint16Array(size),
	isolate: new Uint16Array(size),
	isBot: new Uint8Array(size),
	accessMs: new Float32Array(size),
	thinksMs: new Float32Array(size),
	mood: new Float32Array(size),
});
