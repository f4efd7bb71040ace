/**
 * What happened to each request, in columns: a million objects would take more memory than the rest of a simulation.
 *
 * A *press* is one wish of a shopper, from pressing the button to the answer that they see. An *ask* is one request that
 * reached an isolate for it: a press that is told to come later asks again.
 */

/** Numbers of what became of an ask or a press. */
export const OUTCOME = {
	/** No answer. */
	open: 0,
	held: 1,
	waiting: 2,
	refused: 3,
	/** Overloaded: 503. */
	unavailable: 4,
	/** Too many requests: 429. */
	limited: 5,
} as const;
export type Outcome = (typeof OUTCOME)[keyof typeof OUTCOME];

type Column = Float64Array | Int32Array | Uint8Array;
type Columns = { readonly [name: string]: Column };

const FIRST_ROOM = 1 << 16;

/** Columns that grow together. */
class Log<C extends Columns> {
	length = 0;
	columns: C;
	readonly #make: (room: number) => C;
	#room = FIRST_ROOM;

	constructor(make: (room: number) => C) {
		this.#make = make;
		this.columns = make(this.#room);
	}

	/** @returns the number of a new row, which is all zeros */
	add(): number {
		if (this.length === this.#room) {
			this.#room *= 2;
			const wider = this.#make(this.#room);
			for (const [name, column] of Object.entries(this.columns)) (wider[name] as Uint8Array).set(column as Uint8Array);
			this.columns = wider;
		}
		return this.length++;
	}

	/** The columns without the room that is left. */
	trimmed(): C {
		const entries = Object.entries(this.columns).map(([name, column]) => [name, column.slice(0, this.length)]);
		return Object.fromEntries(entries) as C;
	}
}

const asks = (room: number) => ({
	/** In the order in which they reached their isolates. */
	shopper: new Int32Array(room),
	wait: new Uint8Array(room),
	/** Decisions are numbered in their order; 0 for none. */
	decided: new Int32Array(room),
	byObject: new Uint8Array(room),
	outcome: new Uint8Array(room),
	/** The gate that it came to, and the number of its arrival among all arrivals at gates; 0 for none. */
	gate: new Int32Array(room),
	queued: new Int32Array(room),
});
const presses = (room: number) => ({
	shopper: new Int32Array(room),
	wait: new Uint8Array(room),
	atMs: new Float64Array(room),
	answeredMs: new Float64Array(room),
	asks: new Uint8Array(room),
	byObject: new Uint8Array(room),
	outcome: new Uint8Array(room),
});
export type Asks = ReturnType<typeof asks>;
export type Presses = ReturnType<typeof presses>;

export class RushLog {
	readonly asks = new Log(asks);
	readonly presses = new Log(presses);
	looks = 0;
	looksFailed = 0;
	#decisions = 0;
	#queued = 0;
	/** The ask of each shopper that is open; -1 for none. */
	readonly #openAsk: Int32Array;

	constructor(shoppers: number) {
		this.#openAsk = new Int32Array(shoppers).fill(-1);
	}

	ask(shopper: number, wait: boolean): number {
		const ask = this.asks.add();
		const { columns } = this.asks;
		columns.shopper[ask] = shopper;
		columns.wait[ask] = wait ? 1 : 0;
		this.#openAsk[shopper] = ask;
		return ask;
	}

	/** This shopper's request reaches a gate. @param gate from 1 */
	queuedAtGate(shopper: number, gate: number): void {
		const ask = this.#openAsk[shopper] as number;
		if (ask < 0) return;
		this.asks.columns.gate[ask] = gate;
		this.asks.columns.queued[ask] = ++this.#queued;
		// A gate that refuses from memory does it now, though the isolate hears of it later.
		this.asks.columns.decided[ask] = ++this.#decisions;
	}

	/** The object decides this shopper's request now. */
	decidedByObject(shopper: number): void {
		const ask = this.#openAsk[shopper] as number;
		if (ask < 0) return;
		this.asks.columns.decided[ask] = ++this.#decisions;
		this.asks.columns.byObject[ask] = 1;
	}

	/** The isolate has the answer. */
	answered(ask: number, outcome: Outcome): void {
		const { columns } = this.asks;
		columns.outcome[ask] = outcome;
		const isDecided = outcome !== OUTCOME.unavailable && outcome !== OUTCOME.limited;
		if (!isDecided) columns.byObject[ask] = columns.decided[ask] = 0;
		else if (columns.decided[ask] === 0) columns.decided[ask] = ++this.#decisions;
		const shopper = columns.shopper[ask] as number;
		if (this.#openAsk[shopper] === ask) this.#openAsk[shopper] = -1;
	}

	press(shopper: number, wait: boolean, nowMs: number): number {
		const press = this.presses.add();
		const { columns } = this.presses;
		columns.shopper[press] = shopper;
		columns.wait[press] = wait ? 1 : 0;
		columns.atMs[press] = nowMs;
		return press;
	}

	settled(press: number, nowMs: number, outcome: Outcome, asks: number, byObject: boolean): void {
		const { columns } = this.presses;
		columns.answeredMs[press] = nowMs;
		columns.outcome[press] = outcome;
		columns.asks[press] = Math.min(255, asks);
		columns.byObject[press] = byObject ? 1 : 0;
	}
}
