/**
 * Time that runs as fast as the processor can: events in the order of their times, and real code between them that
 * believes it. While a simulation runs, the globals by which Holdfast's code tells the time, waits and draws are the
 * simulation's own, so the code is the one that is deployed. A process that simulates does nothing else meanwhile.
 *
 * Promises that an event settles are followed to their ends before the next event: each event is a task of its own, and
 * Node runs all microtasks between two tasks. So a run depends on its seed and on nothing else.
 */

interface Event {
	readonly atMs: number;
	/** Of two events of the same moment the one that was planned first comes first. */
	readonly order: number;
	/** Null when it was called off. */
	work: (() => void) | null;
}

/** Tasks that are handed to Node at once. */
const TASKS_AT_ONCE = 1_000;
/** Deadlines are this long and longer, and nearly all of them are called off. */
const DEADLINE_MS = 1_000;

/** Events that come in the order of their times by themselves: deadlines that are equally long. */
interface Lane {
	events: Event[];
	next: number;
}

export class VirtualTime {
	/** Milliseconds since the start of the simulation, with a fraction. */
	nowMs = 0;
	readonly #startMs: number;
	readonly #random: () => number;
	/** A binary heap. */
	readonly #events: Event[] = [];
	/** By how long they are. Few of them ever happen, and it would cost much to sort them among what does. */
	readonly #deadlines = new Map<number, Lane>();
	#planned = 0;
	#isStopped = false;

	/** @param startMs what the clock shows at the start @param random what code that draws gets */
	constructor(startMs: number, random: () => number) {
		this.#startMs = startMs;
		this.#random = random;
	}

	at(atMs: number, work: () => void): Event {
		const event = { atMs: Math.max(atMs, this.nowMs), order: this.#planned++, work };
		this.#push(event);
		return event;
	}

	after(ms: number, work: () => void): Event {
		return this.at(this.nowMs + ms, work);
	}

	/** Nothing that is still planned happens. */
	stop(): void {
		this.#isStopped = true;
	}

	/** Ends the run with this error. */
	fail(error: unknown): void {
		this.at(this.nowMs, () => {
			throw error;
		});
	}

	/** Runs until nothing is planned, or until `stop`. @throws whatever an event throws */
	async run(): Promise<void> {
		const giveBack = this.#takeGlobals();
		try {
			await this.#runAll();
		} finally {
			giveBack();
		}
	}

	#runAll(): Promise<void> {
		const { promise, resolve, reject } = Promise.withResolvers<void>();
		let isOver = false;
		const end = (settle: () => void) => {
			isOver = true;
			settle();
		};
		const step = () => {
			if (isOver) return;
			const event = this.#isStopped ? null : this.#pop();
			if (event === null) return end(resolve);
			this.nowMs = event.atMs;
			try {
				event.work?.();
			} catch (error) {
				end(() => reject(error));
			}
		};
		const plan = () => {
			for (let task = 0; task < TASKS_AT_ONCE; task++) setImmediate(step);
			if (!isOver) setImmediate(plan);
		};
		plan();
		return promise;
	}

	/** @returns what puts the real ones back */
	#takeGlobals(): () => void {
		const { setTimeout, clearTimeout } = globalThis;
		const { now } = Date;
		const { random } = Math;
		const { scheduler } = globalThis as { scheduler?: unknown };
		const wait = (ms: number) => {
			const { promise, resolve } = Promise.withResolvers<void>();
			this.after(ms, resolve);
			return promise;
		};
		Object.assign(globalThis, {
			setTimeout: (work: () => void, ms = 0) => (ms < DEADLINE_MS ? this.after(ms, work) : this.#deadline(ms, work)),
			clearTimeout: (event: Event | undefined) => {
				if (event !== undefined) event.work = null;
			},
			scheduler: { wait },
		});
		Date.now = () => Math.floor(this.#startMs + this.nowMs);
		Math.random = this.#random;
		return () => {
			Object.assign(globalThis, { setTimeout, clearTimeout, scheduler });
			Date.now = now;
			Math.random = random;
		};
	}

	#push(event: Event): void {
		const events = this.#events;
		let at = events.length;
		while (at > 0) {
			const parent = (at - 1) >> 1;
			const above = events[parent] as Event;
			if (!isBefore(event, above)) break;
			events[at] = above;
			at = parent;
		}
		events[at] = event;
	}

	#deadline(ms: number, work: () => void): Event {
		const event = { atMs: this.nowMs + ms, order: this.#planned++, work };
		const lane = this.#deadlines.get(ms) ?? { events: [], next: 0 };
		this.#deadlines.set(ms, lane);
		lane.events.push(event);
		return event;
	}

	/** The next event that was not called off. */
	#pop(): Event | null {
		let earliest: Lane | null = null;
		let first = this.#firstOfHeap();
		for (const lane of this.#deadlines.values()) {
			const head = firstOf(lane);
			if (head === undefined || (first !== undefined && isBefore(first, head))) continue;
			[first, earliest] = [head, lane];
		}
		if (first === undefined) return null;
		if (earliest === null) this.#dropFirst();
		else earliest.next += 1;
		return first;
	}

	#firstOfHeap(): Event | undefined {
		while (this.#events[0]?.work === null) this.#dropFirst();
		return this.#events[0];
	}

	#dropFirst(): void {
		const last = this.#events.pop() as Event;
		if (this.#events.length > 0) this.#sink(last);
	}

	#sink(event: Event): void {
		const events = this.#events;
		let at = 0;
		for (;;) {
			let child = 2 * at + 1;
			if (child >= events.length) break;
			if (child + 1 < events.length && isBefore(events[child + 1] as Event, events[child] as Event)) child += 1;
			const below = events[child] as Event;
			if (!isBefore(below, event)) break;
			events[at] = below;
			at = child;
		}
		events[at] = event;
	}
}

/** Steps over those that were called off, and lets go of them. */
function firstOf(lane: Lane): Event | undefined {
	while (lane.events[lane.next]?.work === null) lane.next += 1;
	if (lane.next > TASKS_AT_ONCE && 2 * lane.next > lane.events.length) {
		lane.events = lane.events.slice(lane.next);
		lane.next = 0;
	}
	return lane.events[lane.next];
}

const isBefore = (one: Event, other: Event): boolean =>
	one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
